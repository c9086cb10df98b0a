//! The exponential law.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::check_scale;

/// The exponential law.
///
/// ```text
/// 1 - F(x) = exp(-x/mean) for x >= 0
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exponential {
    /// Mean, > 0.
    pub mean: f64,
}

const MEAN: NumberKey =
    NumberKey { name: "mean", range: Range::Positive, meaning: "mean of the number drawn" };

impl Exponential {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { mean: section.number(&MEAN)? })
    }

    pub(super) fn check(self) -> Result<(), Invalid> {
        check_scale(&MEAN, self.mean)
    }
}

impl Law for Exponential {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-x.max(0.0) / self.mean)
    }

    fn density(&self, x: f64) -> f64 {
        if x < 0.0 { 0.0 } else { libm::exp(-x / self.mean) / self.mean }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        // Adding zero turns the -0 of p = 1 into 0.
        -self.mean * libm::log(p) + 0.0
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Exponential {
    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-x.max(0.0) / self.mean)
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        -self.mean * libm::log1p(-p)
    }

    fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_ln_two_means() {
        let law = Exponential { mean: 3.0 };
        let median = 3.0 * std::f64::consts::LN_2;
        assert!((law.upper_quantile(0.5) - median).abs() < 1e-15);
        assert!((law.lower_quantile(0.5) - median).abs() < 1e-15);
        assert!((law.density(median) - 1.0 / 6.0).abs() < 1e-16);
        assert!(law.upper_quantile(1.0).is_sign_positive());
    }
}
