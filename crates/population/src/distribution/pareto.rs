//! The Pareto law.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::{check_between, check_scale};

/// The Pareto law.
///
/// ```text
/// 1 - F(x) = (scale/x)^shape for x >= scale
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pareto {
    /// Smallest value, > 0.
    pub scale: f64,
    /// Tail index, > 0: moments below it exist.
    pub shape: f64,
}

const SCALE: NumberKey = NumberKey { name: "scale", range: Range::Positive, meaning: "smallest value" };
const SHAPE: NumberKey =
    NumberKey { name: "shape", range: Range::Positive, meaning: "tail index: moments below it exist" };

impl Pareto {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { scale: section.number(&SCALE)?, shape: section.number(&SHAPE)? })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_scale(&SCALE, self.scale)?;
        // Below one tenth the largest of many draws leaves the range of numbers.
        check_between(&SHAPE, self.shape, 0.1, 1e4)
    }
}

impl Law for Pareto {
    fn support(&self) -> (f64, f64) {
        (self.scale, f64::INFINITY)
    }

    fn survival(&self, x: f64) -> f64 {
        if x <= self.scale { 1.0 } else { libm::pow(self.scale / x, self.shape) }
    }

    fn density(&self, x: f64) -> f64 {
        if x < self.scale { 0.0 } else { self.shape / x * libm::pow(self.scale / x, self.shape) }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.scale * libm::pow(p, -1.0 / self.shape)
    }

    fn tail_index(&self) -> f64 {
        self.shape
    }
}

impl TwoTailed for Pareto {
    fn cdf(&self, x: f64) -> f64 {
        if x <= self.scale {
            0.0
        } else {
            -libm::expm1(-self.shape * libm::log1p((x - self.scale) / self.scale))
        }
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        self.scale * libm::exp(-libm::log1p(-p) / self.shape)
    }

    fn mean(&self) -> f64 {
        if self.shape > 1.0 { self.scale * self.shape / (self.shape - 1.0) } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_comes_first_and_shape_is_the_tail_index() {
        let law = Pareto { scale: 2.0, shape: 3.0 };
        assert_eq!((law.survival(4.0), law.tail_index(), law.mean()), (0.125, 3.0, 3.0));
        assert_eq!((law.upper_quantile(0.125), law.support().0), (4.0, 2.0));
        assert_eq!(Pareto { scale: 2.0, shape: 1.0 }.mean(), f64::INFINITY);
    }
}
