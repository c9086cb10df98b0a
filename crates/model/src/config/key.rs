//! Keys that hold numbers: name, range and meaning in one place.

use std::fmt;

use super::error::Invalid;

/// Sizes of amounts beside zero: their products and powers stay far from the ends of 64-bit floats.
const SMALLEST: f64 = 1e-30;
const LARGEST: f64 = 1e30;

/// Ranges of numbers. NaN and infinities lie in none of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Any finite number.
    Finite,
    /// x > 0.
    Positive,
    /// x >= 0.
    NonNegative,
    /// 1e-30 <= x <= 1e30: of $, tokens, prices.
    PositiveAmount,
    /// Zero, or such an amount.
    Amount,
    /// 0 < x < 1.
    OpenUnit,
    /// 0 <= x < 1.
    UnitBelowOne,
    /// 0 <= x <= 1.
    Unit,
}

impl Range {
    /// Whether `x` lies in the range.
    pub fn contains(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Self::Finite => true,
                Self::Positive => x > 0.0,
                Self::NonNegative => x >= 0.0,
                Self::PositiveAmount => (SMALLEST..=LARGEST).contains(&x),
                Self::Amount => x == 0.0 || (SMALLEST..=LARGEST).contains(&x),
                Self::OpenUnit => x > 0.0 && x < 1.0,
                Self::UnitBelowOne => (0.0..1.0).contains(&x),
                Self::Unit => (0.0..=1.0).contains(&x),
            }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finite => "a finite number",
            Self::Positive => "a finite number > 0",
            Self::NonNegative => "a finite number >= 0",
            Self::PositiveAmount => "a finite number > 0, from 1e-30 to 1e30",
            Self::Amount => "a finite number >= 0: 0, or from 1e-30 to 1e30",
            Self::OpenUnit => "a number between 0 and 1, both excluded",
            Self::UnitBelowOne => "a number >= 0 and < 1",
            Self::Unit => "a number from 0 to 1",
        })
    }
}

/// A key that holds a number: its name, range and meaning in one place.
#[derive(Debug, Clone, Copy)]
pub struct NumberKey {
    /// Name in the file.
    pub name: &'static str,
    /// What it may be.
    pub range: Range,
    /// Meaning and unit.
    pub meaning: &'static str,
}

impl NumberKey {
    /// `value` if it is in range.
    ///
    /// # Errors
    /// Says the range otherwise.
    pub fn check(&self, value: f64) -> Result<f64, Invalid> {
        if self.range.contains(value) {
            Ok(value)
        } else {
            Err(Invalid::new(self.name, value, self.allowed()))
        }
    }

    /// What is allowed, for messages.
    pub fn allowed(&self) -> String {
        format!("{} ({})", self.range, self.meaning)
    }
}

/// A key that holds a whole number.
#[derive(Debug, Clone, Copy)]
pub struct IntegerKey {
    /// Name in the file.
    pub name: &'static str,
    /// Smallest value.
    pub low: u64,
    /// Largest value, at most 2^63 - 1.
    pub high: u64,
    /// Meaning and unit.
    pub meaning: &'static str,
}

impl IntegerKey {
    /// What is allowed, for messages.
    pub fn allowed(&self) -> String {
        format!("a whole number from {} to {} ({})", self.low, self.high, self.meaning)
    }
}
