//! The lognormal law.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::check_between;
use crate::special::normal;

/// The lognormal law.
///
/// ```text
/// 1 - F(x) = 1 - Φ((ln x - mu)/sigma) for x > 0
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lognormal {
    /// Mean of the logarithm.
    pub mu: f64,
    /// Standard deviation of the logarithm, > 0.
    pub sigma: f64,
}

const MU: NumberKey = NumberKey { name: "mu", range: Range::Finite, meaning: "mean of the logarithm" };
const SIGMA: NumberKey =
    NumberKey { name: "sigma", range: Range::Positive, meaning: "standard deviation of the logarithm" };

impl Lognormal {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { mu: section.number(&MU)?, sigma: section.number(&SIGMA)? })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        // Within these even quantiles at 1e-290 stay finite.
        check_between(&MU, self.mu, -200.0, 200.0)?;
        check_between(&SIGMA, self.sigma, 1e-6, 10.0)
    }

    /// The value whose logarithm lies `score` standard deviations above the mean.
    #[inline]
    pub(super) fn at_score(&self, score: f64) -> f64 {
        libm::exp(self.mu + self.sigma * score)
    }

    /// The logarithms of the values at normal scores.
    pub(crate) fn logarithms_at(&self, scores: &[f64], logarithms: &mut [f64]) {
        for (score, logarithm) in scores.iter().zip(logarithms) {
            *logarithm = self.mu + self.sigma * score;
        }
    }

    fn score(&self, x: f64) -> f64 {
        (libm::log(x.max(0.0)) - self.mu) / self.sigma
    }
}

impl Law for Lognormal {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn survival(&self, x: f64) -> f64 {
        normal::survival(self.score(x))
    }

    fn density(&self, x: f64) -> f64 {
        if x > 0.0 && x < f64::INFINITY { normal::density(self.score(x)) / (self.sigma * x) } else { 0.0 }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        libm::exp(self.mu + self.sigma * normal::upper_quantile(p))
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Lognormal {
    fn cdf(&self, x: f64) -> f64 {
        normal::survival(-self.score(x))
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        libm::exp(self.mu - self.sigma * normal::upper_quantile(p))
    }

    fn mean(&self) -> f64 {
        libm::exp(self.mu + 0.5 * self.sigma * self.sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_exp_mu() {
        let law = Lognormal { mu: 1.5, sigma: 0.7 };
        assert!((law.survival(libm::exp(1.5)) - 0.5).abs() < 1e-15);
        assert!((law.upper_quantile(0.5) / libm::exp(1.5) - 1.0).abs() < 1e-15);
        assert_eq!((law.survival(0.0), law.survival(f64::INFINITY)), (1.0, 0.0));
    }
}
