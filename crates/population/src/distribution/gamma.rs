//! The gamma law.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::{check_between, check_scale};
use crate::special::{Tails, gamma};

/// The gamma law.
///
/// ```text
/// F(x) = P(shape, x/scale) for x >= 0, mean shape scale
/// ```
/// Draws come from `rand_distr` (Marsaglia and Tsang 2000), which uses the logarithm and power of std.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gamma {
    /// Shape, > 0.
    pub shape: f64,
    /// Scale, > 0 (not the rate).
    pub scale: f64,
}

const SHAPE: NumberKey = NumberKey { name: "shape", range: Range::Positive, meaning: "mean over scale" };
const SCALE: NumberKey = NumberKey { name: "scale", range: Range::Positive, meaning: "variance over mean" };

impl Gamma {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { shape: section.number(&SHAPE)?, scale: section.number(&SCALE)? })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_between(&SHAPE, self.shape, 1e-2, 1e4)?;
        check_scale(&SCALE, self.scale)
    }

    /// `rand_distr` takes (shape, scale) as we do; statrs takes (shape, rate).
    pub(super) fn sampler(&self) -> rand_distr::Gamma<f64> {
        rand_distr::Gamma::new(self.shape, self.scale).expect("shape and scale were checked to be positive")
    }
}

impl Law for Gamma {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn survival(&self, x: f64) -> f64 {
        gamma::tails(self.shape, x / self.scale).upper
    }

    fn density(&self, x: f64) -> f64 {
        if x > 0.0 && x < f64::INFINITY {
            gamma::scaled_density(self.shape, x / self.scale) / x
        } else if x == 0.0 {
            // x^{shape-1} at zero: infinite, one or zero.
            libm::pow(0.0, self.shape - 1.0) / self.scale
        } else {
            0.0
        }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.scale * gamma::quantile(self.shape, Tails::from_upper(p))
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Gamma {
    fn cdf(&self, x: f64) -> f64 {
        gamma::tails(self.shape, x / self.scale).lower
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        self.scale * gamma::quantile(self.shape, Tails::from_lower(p))
    }

    fn mean(&self) -> f64 {
        self.shape * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_one_is_exponential() {
        let law = Gamma { shape: 1.0, scale: 2.0 };
        for x in [1e-9, 0.5, 2.0, 50.0] {
            assert!((law.survival(x) / libm::exp(-x / 2.0) - 1.0).abs() < 1e-14);
            assert!((law.density(x) / law.survival(x) - 0.5).abs() < 1e-14);
        }
        assert_eq!(law.density(0.0), 0.5);
    }
}
