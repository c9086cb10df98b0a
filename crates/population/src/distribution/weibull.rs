//! The Weibull law.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::{check_between, check_scale};

/// The Weibull law.
///
/// ```text
/// 1 - F(x) = exp(-(x/scale)^shape) for x >= 0
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Weibull {
    /// Shape, > 0: below one the tail is heavier than exponential.
    pub shape: f64,
    /// Scale, > 0: the value that a share 1/e of buyers exceed.
    pub scale: f64,
}

const SHAPE: NumberKey =
    NumberKey { name: "shape", range: Range::Positive, meaning: "power of the hazard plus one" };
const SCALE: NumberKey =
    NumberKey { name: "scale", range: Range::Positive, meaning: "the value that a share 1/e exceed" };

impl Weibull {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { shape: section.number(&SHAPE)?, scale: section.number(&SCALE)? })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_between(&SHAPE, self.shape, 1e-2, 1e4)?;
        check_scale(&SCALE, self.scale)
    }

    /// The integrated hazard (x/scale)^shape.
    fn hazard(&self, x: f64) -> f64 {
        libm::pow(x.max(0.0) / self.scale, self.shape)
    }

    fn at_hazard(&self, hazard: f64) -> f64 {
        self.scale * libm::pow(hazard, 1.0 / self.shape)
    }
}

impl Law for Weibull {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.hazard(x))
    }

    fn density(&self, x: f64) -> f64 {
        if x < 0.0 || x == f64::INFINITY {
            return 0.0;
        }
        let ratio = x / self.scale;
        let survival = libm::exp(-libm::pow(ratio, self.shape));
        // Where nothing survives the power may be infinite.
        if survival == 0.0 {
            0.0
        } else {
            self.shape / self.scale * libm::pow(ratio, self.shape - 1.0) * survival
        }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.at_hazard(-libm::log(p) + 0.0)
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Weibull {
    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-self.hazard(x))
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        self.at_hazard(-libm::log1p(-p))
    }

    fn mean(&self) -> f64 {
        self.scale * libm::tgamma(1.0 + 1.0 / self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_two_is_rayleigh() {
        let law = Weibull { shape: 2.0, scale: 3.0 };
        assert!((law.survival(1.5) - libm::exp(-0.25)).abs() < 1e-16);
        assert!((law.density(1.5) - 2.0 / 9.0 * 1.5 * libm::exp(-0.25)).abs() < 1e-16);
        assert!((law.mean() - 3.0 * std::f64::consts::PI.sqrt() / 2.0).abs() < 1e-14);
    }
}
