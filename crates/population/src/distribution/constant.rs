//! One number for everybody.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::{LARGEST_SCALE, check_between};

/// One number for everybody: an atom, not a law with a density.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Constant {
    /// The number, >= 0.
    pub value: f64,
}

const VALUE: NumberKey =
    NumberKey { name: "value", range: Range::NonNegative, meaning: "the number everybody has" };

impl Constant {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { value: section.number(&VALUE)? })
    }

    pub(super) fn check(self) -> Result<(), Invalid> {
        check_between(&VALUE, self.value, 0.0, LARGEST_SCALE)
    }
}

impl Law for Constant {
    fn support(&self) -> (f64, f64) {
        (self.value, self.value)
    }

    fn survival(&self, x: f64) -> f64 {
        f64::from(x < self.value)
    }

    fn density(&self, _: f64) -> f64 {
        0.0
    }

    fn upper_quantile(&self, _: f64) -> f64 {
        self.value
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Constant {
    fn cdf(&self, x: f64) -> f64 {
        f64::from(x >= self.value)
    }

    fn lower_quantile(&self, _: f64) -> f64 {
        self.value
    }

    fn mean(&self) -> f64 {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_value_and_less_is_not() {
        assert!(Constant { value: 0.0 }.check().is_ok());
        assert_eq!(Constant { value: -1.0 }.check().unwrap_err().key, "value");
    }
}
