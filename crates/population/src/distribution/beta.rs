//! The beta law between two ends.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::{HIGH, LOW, check_between, check_ends};
use crate::special::{Tails, beta};

/// The beta law between two ends.
///
/// ```text
/// f(x) ~ (x - low)^{alpha-1} (high - x)^{beta-1} on [low, high]
/// ```
/// Draws come from `rand_distr` (Cheng 1978), which uses the logarithm and exponential of std.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Beta {
    /// Power at the lower end plus one, > 0.
    pub alpha: f64,
    /// Power at the upper end plus one, > 0.
    pub beta: f64,
    /// Smallest value, >= 0.
    pub low: f64,
    /// Largest value, > low.
    pub high: f64,
}

const ALPHA: NumberKey =
    NumberKey { name: "alpha", range: Range::Positive, meaning: "power of the density at low, plus one" };
const BETA: NumberKey =
    NumberKey { name: "beta", range: Range::Positive, meaning: "power of the density at high, plus one" };

impl Beta {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self {
            alpha: section.number(&ALPHA)?,
            beta: section.number(&BETA)?,
            low: section.number(&LOW)?,
            high: section.number(&HIGH)?,
        })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_between(&ALPHA, self.alpha, 1e-2, 1e4)?;
        check_between(&BETA, self.beta, 1e-2, 1e4)?;
        check_ends(self.low, self.high)
    }

    pub(super) fn sampler(&self) -> rand_distr::Beta<f64> {
        rand_distr::Beta::new(self.alpha, self.beta).expect("alpha and beta were checked to be positive")
    }

    /// From [0, 1] to [low, high].
    pub(super) fn stretch(&self, x: f64) -> f64 {
        (self.low + self.length() * x).clamp(self.low, self.high)
    }

    fn length(&self) -> f64 {
        self.high - self.low
    }

    /// Distances from both ends as shares of the length.
    fn distances(&self, x: f64) -> (f64, f64) {
        ((x - self.low) / self.length(), (self.high - x) / self.length())
    }

    fn tails(&self, x: f64) -> Tails {
        let (below, above) = self.distances(x);
        beta::tails(self.alpha, self.beta, below, above)
    }

    fn at(&self, target: Tails) -> f64 {
        // From the nearer end, so that nothing but the last rounding is lost there.
        let (below, above) = beta::quantile(self.alpha, self.beta, target);
        if below < above { self.stretch(below) } else { (self.high - self.length() * above).max(self.low) }
    }
}

impl Law for Beta {
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn survival(&self, x: f64) -> f64 {
        self.tails(x).upper
    }

    fn density(&self, x: f64) -> f64 {
        let (below, above) = self.distances(x);
        if below > 0.0 && above > 0.0 {
            return beta::scaled_density(self.alpha, self.beta, below, above) / (x - self.low);
        }
        // At an end the density is infinite, finite or zero with the power there.
        let (power, other) = if below == 0.0 { (self.alpha, self.beta) } else { (self.beta, self.alpha) };
        if below < 0.0 || above < 0.0 { 0.0 } else { other * libm::pow(0.0, power - 1.0) / self.length() }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.at(Tails::from_upper(p))
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Beta {
    fn cdf(&self, x: f64) -> f64 {
        self.tails(x).lower
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        self.at(Tails::from_lower(p))
    }

    fn mean(&self) -> f64 {
        self.low + self.length() * self.alpha / (self.alpha + self.beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_and_one_is_a_triangle() {
        let law = Beta { alpha: 2.0, beta: 1.0, low: 1.0, high: 3.0 };
        assert!((law.cdf(2.0) - 0.25).abs() < 1e-15 && (law.survival(2.0) - 0.75).abs() < 1e-15);
        assert!((law.density(2.0) - 0.5).abs() < 1e-15);
        assert_eq!((law.density(1.0), law.density(3.0), law.density(3.1)), (0.0, 1.0, 0.0));
        assert!((law.mean() - 7.0 / 3.0).abs() < 1e-15);
    }
}
