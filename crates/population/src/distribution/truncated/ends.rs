//! The ends at which a distribution is cut, as configured.

use model::config::{ConfigError, Invalid, Section};
use serde::Serialize;

use crate::distribution::TwoTailed;
use crate::distribution::bounds::{HIGH, LOW, check_order};
use crate::special::Tails;

/// Where a distribution is cut; an absent end is that of its support.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ends {
    /// Smallest value, >= 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Largest value, > low.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// What a table of ends looks like, for error messages.
const SHAPE: &str = "a table { low, high }, either of which may be left out";

impl Ends {
    /// Reads `truncate` of a distribution, where it has one.
    pub(in crate::distribution) fn read(distribution: &Section) -> Result<Option<Self>, ConfigError> {
        let Some(section) = distribution.optional_section("truncate", SHAPE)? else { return Ok(None) };
        let read = Self { low: section.optional_number(&LOW)?, high: section.optional_number(&HIGH)? };
        section.finish()?;
        Ok(Some(read))
    }

    pub(super) fn check(self) -> Result<(), Invalid> {
        let (low, high) = (self.low.unwrap_or(0.0), self.high.unwrap_or(f64::MAX));
        if self.low.is_none() && self.high.is_none() {
            return Err(Invalid::new("truncate", "neither low nor high", SHAPE.into()));
        }
        LOW.check(low)
            .and(HIGH.check(high))
            .and(check_order(low, high))
            .map_err(|invalid| invalid.within("truncate"))
    }

    pub(super) fn intersect(self, other: Self) -> Self {
        let either = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (a, b) => a.or(b),
        };
        Self { low: either(self.low, other.low, f64::max), high: either(self.high, other.high, f64::min) }
    }

    /// Tails at both ends.
    pub(super) fn tails(self, law: &dyn TwoTailed) -> (Tails, Tails) {
        let at = |end: Option<f64>, otherwise| end.map_or(otherwise, |x| law.tails(x));
        (at(self.low, Tails::from_lower(0.0)), at(self.high, Tails::from_upper(0.0)))
    }
}
