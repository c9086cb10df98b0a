//! Bounds of parameters, within which draws and tails are accurate, and the keys that several distributions share.

use model::config::{Invalid, NumberKey, Range};

/// Bounds of values and scales of values in $: beyond them powers of draws leave the range of numbers.
const SMALLEST_SCALE: f64 = 1e-15;
/// See [`SMALLEST_SCALE`].
pub(super) const LARGEST_SCALE: f64 = 1e15;

/// Checks a shape or another parameter that must lie between two bounds for draws and tails to be accurate.
pub(super) fn check_between(key: &NumberKey, value: f64, low: f64, high: f64) -> Result<(), Invalid> {
    key.check(value)?;
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(key.name, value, format!("a number from {low:e} to {high:e} ({})", key.meaning)))
}

pub(super) fn check_scale(key: &NumberKey, value: f64) -> Result<(), Invalid> {
    check_between(key, value, SMALLEST_SCALE, LARGEST_SCALE)
}

pub(super) const LOW: NumberKey = NumberKey {
    name: "low",
    range: Range::NonNegative,
    meaning: "smallest value, in the unit of the number drawn",
};
pub(super) const HIGH: NumberKey = NumberKey {
    name: "high",
    range: Range::Positive,
    meaning: "largest value, above low, in the unit of the number drawn",
};

/// Checks that an interval lies in the non-negative reals and has a positive length.
pub(super) fn check_ends(low: f64, high: f64) -> Result<(), Invalid> {
    LOW.check(low)?;
    check_scale(&HIGH, high)?;
    check_order(low, high)
}

/// Checks that the lower end is below the upper one.
pub(super) fn check_order(low: f64, high: f64) -> Result<(), Invalid> {
    if low < high {
        return Ok(());
    }
    Err(Invalid::new(LOW.name, low, format!("a number below high = {high}")))
}
