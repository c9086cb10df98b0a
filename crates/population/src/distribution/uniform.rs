//! The uniform law.

use model::belief::Law;
use model::config::{ConfigError, Invalid, Section};
use serde::Serialize;

use super::TwoTailed;
use super::bounds::{HIGH, LOW, check_ends};
use crate::level::Level;

/// The uniform law.
///
/// ```text
/// f(x) = 1/(high - low) on [low, high]
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Uniform {
    /// Smallest value, >= 0.
    pub low: f64,
    /// Largest value, > low.
    pub high: f64,
}

impl Uniform {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { low: section.number(&LOW)?, high: section.number(&HIGH)? })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_ends(self.low, self.high)
    }

    /// The values at levels: the quantile from whichever end is nearer.
    pub(super) fn fill(&self, levels: &[Level], values: &mut [f64]) {
        quantiles(self.low, self.high, levels, values);
    }

    fn length(&self) -> f64 {
        self.high - self.low
    }
}

model::kernel! {
    fn quantiles(low: f64, high: f64, levels: &[Level], values: &mut [f64]) {
        for (level, value) in levels.iter().zip(values) {
            let (nearer, side) = level.nearer_end();
            let step = (high - low) * nearer;
            *value = (if side.is_sign_negative() { low + step } else { high - step }).max(low).min(high);
        }
    }
}

impl Law for Uniform {
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn survival(&self, x: f64) -> f64 {
        ((self.high - x) / self.length()).clamp(0.0, 1.0)
    }

    fn density(&self, x: f64) -> f64 {
        if (self.low..=self.high).contains(&x) { 1.0 / self.length() } else { 0.0 }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        (self.high - self.length() * p).clamp(self.low, self.high)
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

impl TwoTailed for Uniform {
    fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / self.length()).clamp(0.0, 1.0)
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        (self.low + self.length() * p).clamp(self.low, self.high)
    }

    fn mean(&self) -> f64 {
        0.5 * (self.low + self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters() {
        let law = Uniform { low: 1.0, high: 3.0 };
        assert_eq!((law.survival(1.5), law.cdf(1.5), law.density(1.5)), (0.75, 0.25, 0.5));
        assert_eq!((law.upper_quantile(0.25), law.lower_quantile(0.25), law.mean()), (2.5, 1.5, 2.0));
        assert_eq!((law.survival(0.5), law.survival(4.0), law.density(4.0)), (1.0, 0.0, 0.0));
    }
}
