//! The proof that travels with a menu.

use serde::Serialize;

use crate::tolerance;

/// How a certificate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every inequality that applies holds.
    Holds,
    /// A benchmark that no seller could post: nothing to certify.
    Benchmark,
    /// An inequality is violated: the menu must not be used.
    Fails,
}

/// The proof that travels with a menu. Violations are >= 0 in $ per buyer, 0 is perfect; `None`: does not apply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Certificate {
    /// The verdict.
    pub status: Status,
    /// Largest gain of any type from another type's item.
    pub ic_violation: Option<f64>,
    /// Largest loss of any type from taking part.
    pub ir_violation: Option<f64>,
    /// Whether precision rises with the type.
    pub monotone: Option<bool>,
    /// (upper bound - profit)/upper bound, the bound by an independent route.
    pub duality_gap: Option<f64>,
    /// First-best profit minus profit, in $ per buyer.
    pub gap_to_first_best: f64,
    /// The inequality that fails, in words.
    pub failure: Option<String>,
}

impl Certificate {
    /// The certificate of a benchmark that nobody posts.
    pub fn benchmark() -> Self {
        Self {
            status: Status::Benchmark,
            ic_violation: None,
            ir_violation: None,
            monotone: None,
            duality_gap: None,
            gap_to_first_best: 0.0,
            failure: None,
        }
    }

    /// Judges the figures against [`tolerance`]; `first_best` is the first-best profit in $ per buyer.
    #[must_use]
    pub fn judged(mut self, first_best: f64) -> Self {
        let allowed = tolerance::CERTIFICATE * first_best;
        // Written so that NaN fails.
        let within = |violation: Option<f64>| violation.is_none_or(|violation| violation <= allowed);
        let describe = |name: &str, violation: Option<f64>| {
            let violation = violation.unwrap_or(f64::NAN);
            if violation.is_nan() {
                return format!("{name}: values, costs or exponents are too extreme for 64-bit floats");
            }
            format!(
                "{name}: violated by {violation:e} $ per buyer, allowed is {allowed:e} (1e-9 of first-best profit)"
            )
        };
        self.failure = if !within(self.ic_violation) {
            Some(describe(
                "incentive compatibility, U(type, own item) >= U(type, other item)",
                self.ic_violation,
            ))
        } else if !within(self.ir_violation) {
            Some(describe("participation, U(type, own item) >= 0", self.ir_violation))
        } else if self.monotone == Some(false) {
            Some("monotonicity: precision must not fall as the type rises".into())
        } else if !self.duality_gap.is_none_or(|gap| gap.abs() <= tolerance::DUALITY_GAP_REFUSED) {
            let gap = self.duality_gap.unwrap_or(f64::NAN);
            let allowed = tolerance::DUALITY_GAP_REFUSED;
            Some(format!("optimality: relative gap to the upper bound {gap:e}, allowed is {allowed:e}"))
        } else if !self.gap_to_first_best.is_finite() || self.gap_to_first_best < -allowed {
            Some(format!(
                "feasibility: profit exceeds first-best by {:e} $ per buyer",
                -self.gap_to_first_best
            ))
        } else {
            None
        };
        self.status = if self.failure.is_some() { Status::Fails } else { Status::Holds };
        self
    }
}
