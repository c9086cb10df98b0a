//! Distributions of one number: value of precision, scale, or the index itself.
//!
//! Every distribution knows both of its tails; draws, beliefs and tests all use the same parameters and functions.

pub mod beta;
pub mod constant;
pub mod exponential;
pub mod gamma;
pub mod lognormal;
pub mod pareto;
pub mod uniform;
pub mod weibull;

use std::sync::Arc;

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use rand_distr::Distribution as _;
use serde::Serialize;

pub use self::beta::Beta;
pub use self::constant::Constant;
pub use self::exponential::Exponential;
pub use self::gamma::Gamma;
pub use self::lognormal::Lognormal;
pub use self::pareto::Pareto;
pub use self::uniform::Uniform;
pub use self::weibull::Weibull;
use crate::stream::{self, Key, Level, Purpose, Stream};

/// A distribution on the non-negative reals as configured: `{ distribution = "NAME", parameters }`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "distribution", rename_all = "lowercase")]
pub enum Distribution {
    /// Equal density between two ends.
    Uniform(Uniform),
    /// The logarithm is normal.
    Lognormal(Lognormal),
    /// Constant hazard.
    Exponential(Exponential),
    /// Sums of exponentials, for any shape.
    Gamma(Gamma),
    /// Hazard that is a power.
    Weibull(Weibull),
    /// Survival that is a power: few buyers carry most of the value.
    Pareto(Pareto),
    /// Beta between two ends.
    Beta(Beta),
    /// One number for everybody.
    Constant(Constant),
}

/// Names in configuration files, in the order of [`Distribution`].
pub const NAMES: [&str; 8] =
    ["uniform", "lognormal", "exponential", "gamma", "weibull", "pareto", "beta", "constant"];

/// What a table of a distribution looks like, for error messages.
pub(crate) const SHAPE: &str = "a table { distribution = \"NAME\", its parameters }";

/// What a law without atoms adds to [`Law`]: its lower tail and mean.
pub(crate) trait Continuous: Law {
    /// F(x), accurate relative to the lower tail.
    fn cdf(&self, x: f64) -> f64;
    /// The x with F(x) = p, accurate for small p.
    fn lower_quantile(&self, p: f64) -> f64;
    /// The mean; infinite where it does not exist.
    fn mean(&self) -> f64;
}

impl Distribution {
    /// Reads a table that names a distribution.
    ///
    /// # Errors
    /// Names the offending key: an unknown distribution, a missing, unknown or bad parameter.
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let read = match section.choice("distribution", &NAMES)? {
            "uniform" => Self::Uniform(Uniform::read(section)?),
            "lognormal" => Self::Lognormal(Lognormal::read(section)?),
            "exponential" => Self::Exponential(Exponential::read(section)?),
            "gamma" => Self::Gamma(Gamma::read(section)?),
            "weibull" => Self::Weibull(Weibull::read(section)?),
            "pareto" => Self::Pareto(Pareto::read(section)?),
            "beta" => Self::Beta(Beta::read(section)?),
            _ => Self::Constant(Constant::read(section)?),
        };
        section.finish()?;
        read.check().map_err(|invalid| section.locate(&invalid))?;
        Ok(read)
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Uniform(law) => law.check(),
            Self::Lognormal(law) => law.check(),
            Self::Exponential(law) => law.check(),
            Self::Gamma(law) => law.check(),
            Self::Weibull(law) => law.check(),
            Self::Pareto(law) => law.check(),
            Self::Beta(law) => law.check(),
            Self::Constant(constant) => constant.check(),
        }
    }

    /// The law without atoms, or the constant.
    pub(crate) fn continuous(&self) -> Result<&dyn Continuous, Constant> {
        Ok(match self {
            Self::Uniform(law) => law,
            Self::Lognormal(law) => law,
            Self::Exponential(law) => law,
            Self::Gamma(law) => law,
            Self::Weibull(law) => law,
            Self::Pareto(law) => law,
            Self::Beta(law) => law,
            Self::Constant(constant) => return Err(*constant),
        })
    }

    /// The law, where it has no atoms: `None` for a constant.
    pub fn law(&self) -> Option<Arc<dyn Law>> {
        Some(match self {
            Self::Uniform(law) => Arc::new(*law),
            Self::Lognormal(law) => Arc::new(*law),
            Self::Exponential(law) => Arc::new(*law),
            Self::Gamma(law) => Arc::new(*law),
            Self::Weibull(law) => Arc::new(*law),
            Self::Pareto(law) => Arc::new(*law),
            Self::Beta(law) => Arc::new(*law),
            Self::Constant(_) => return None,
        })
    }

    /// Smallest and largest value; the largest may be infinite.
    pub fn support(&self) -> (f64, f64) {
        self.continuous().map_or_else(|constant| (constant.value, constant.value), Law::support)
    }

    /// The mean; infinite where it does not exist.
    pub fn mean(&self) -> f64 {
        self.continuous().map_or_else(|constant| constant.value, Continuous::mean)
    }

    /// P(X <= x).
    pub fn cdf(&self, x: f64) -> f64 {
        self.continuous().map_or_else(|constant| f64::from(x >= constant.value), |law| law.cdf(x))
    }

    /// The largest a such that E[x^b] exists for all b < a; infinite for light tails.
    pub fn tail_index(&self) -> f64 {
        self.continuous().map_or(f64::INFINITY, Law::tail_index)
    }

    /// The value at a level, taken from whichever end is nearer.
    pub fn quantile(&self, level: Level) -> f64 {
        self.quantile_of_tails(level.below(), level.above())
    }

    /// The value with these shares below and above it.
    pub(crate) fn quantile_of_tails(&self, below: f64, above: f64) -> f64 {
        match self.continuous() {
            Ok(law) if below <= above => law.lower_quantile(below),
            Ok(law) => law.upper_quantile(above),
            Err(constant) => constant.value,
        }
    }

    /// The value that belongs to draw `number` of a person and purpose.
    ///
    /// The quantile of her keyed uniform, increasing in it; but gamma and beta, whose quantiles are slow, are sampled by
    /// `rand_distr` from her own [`Stream`] with `number` as lane. Those two therefore use the logarithm and
    /// exponential of std, all others `libm` alone.
    #[inline]
    pub fn draw(&self, key: Key, purpose: Purpose, user: u64, number: u32) -> f64 {
        match self {
            Self::Gamma(law) => law.sampler().sample(&mut Stream::new(key, purpose, user, number)),
            Self::Beta(law) => {
                law.stretch(law.sampler().sample(&mut Stream::new(key, purpose, user, number)))
            }
            _ => self.quantile(stream::level(key, purpose, user, number)),
        }
    }

    /// Draws 0, 1, 2, ... of a person and purpose: the same numbers as [`Distribution::draw`], faster.
    pub fn fill(&self, key: Key, purpose: Purpose, user: u64, values: &mut [f64]) {
        if matches!(self, Self::Gamma(_) | Self::Beta(_)) {
            for (value, number) in values.iter_mut().zip(0..) {
                *value = self.draw(key, purpose, user, number);
            }
        } else {
            for (value, level) in values.iter_mut().zip(stream::levels(key, purpose, user)) {
                *value = self.quantile(level);
            }
        }
    }
}

/// Bounds of values and scales of values in $: beyond them powers of draws leave the range of numbers.
const SMALLEST_SCALE: f64 = 1e-15;
/// See [`SMALLEST_SCALE`].
const LARGEST_SCALE: f64 = 1e15;

/// Checks a shape or another parameter that must lie between two bounds for draws and tails to be accurate.
fn check_between(key: &NumberKey, value: f64, low: f64, high: f64) -> Result<(), Invalid> {
    key.check(value)?;
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(key.name, value, format!("a number from {low:e} to {high:e} ({})", key.meaning)))
}

fn check_scale(key: &NumberKey, value: f64) -> Result<(), Invalid> {
    check_between(key, value, SMALLEST_SCALE, LARGEST_SCALE)
}

const LOW: NumberKey = NumberKey {
    name: "low",
    range: Range::NonNegative,
    meaning: "smallest value, in the unit of the number drawn",
};
const HIGH: NumberKey = NumberKey {
    name: "high",
    range: Range::Positive,
    meaning: "largest value, above low, in the unit of the number drawn",
};

/// Checks that an interval lies in the non-negative reals and has a positive length.
fn check_ends(low: f64, high: f64) -> Result<(), Invalid> {
    LOW.check(low)?;
    check_scale(&HIGH, high)?;
    if low < high {
        return Ok(());
    }
    Err(Invalid::new("low", low, format!("a number below high = {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, number, read_table, table, text};

    #[test]
    fn a_table_is_read_checked_and_written_back() {
        let read = read_table(&[
            ("distribution", text("beta")),
            ("alpha", number(2.0)),
            ("beta", number(3.0)),
            ("low", number(0.0)),
            ("high", number(4.0)),
        ]);
        let expected = Distribution::Beta(Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 4.0 });
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn every_example_round_trips_through_its_name() {
        for (name, (distribution, entries)) in NAMES.iter().zip(testing::examples()) {
            let mut entries = entries;
            entries.push(("distribution", text(name)));
            assert_eq!(read_table(&entries), Ok(distribution.clone()), "{name}");
            entries.push(("colour", number(1.0)));
            assert!(read_table(&entries).unwrap_err().found.contains("unknown key"), "{name}");
            entries.pop();
            // Leaving out any parameter, or making it NaN, is an error that names it.
            for position in 0..entries.len() - 1 {
                let mut broken = entries.clone();
                let key = broken[position].0;
                broken[position].1 = number(f64::NAN);
                assert_eq!(read_table(&broken).unwrap_err().key, key, "{name}");
                broken.remove(position);
                assert_eq!(read_table(&broken).unwrap_err().key, key, "{name}");
            }
        }
    }

    #[test]
    fn mistakes_are_located_and_helped() {
        let misspelt = read_table(&[("distribution", text("log-normal"))]).unwrap_err();
        assert_eq!(misspelt.help.as_deref(), Some("did you mean \"lognormal\"?"));
        let crossed =
            read_table(&[("distribution", text("uniform")), ("low", number(2.0)), ("high", number(1.0))]);
        let crossed = crossed.unwrap_err();
        assert_eq!((crossed.key.as_str(), crossed.found.as_str()), ("low", "2"));
        let absurd =
            read_table(&[("distribution", text("gamma")), ("shape", number(1e9)), ("scale", number(1.0))]);
        assert_eq!(absurd.unwrap_err().key, "shape");
        assert!(table(&[]).value.to_string().contains("table"));
    }

    #[test]
    fn laws_hold_together() {
        for (distribution, _) in testing::examples() {
            let Ok(law) = distribution.continuous() else { continue };
            testing::check_law(law);
        }
    }

    #[test]
    fn draws_are_quantiles_that_increase_with_the_level() {
        for (distribution, _) in testing::examples() {
            let mut previous = 0.0;
            for step in 1_u64..64 {
                let value = distribution.quantile(Level::from_bits(step << 58));
                assert!(value >= previous, "{distribution:?}");
                previous = value;
            }
        }
    }

    #[test]
    fn filling_is_drawing_one_by_one() {
        let key = Key { seed: 5, replicate: 1 };
        for (distribution, _) in testing::examples() {
            let mut values = [0.0; 7];
            distribution.fill(key, Purpose::Task, 9, &mut values);
            for (value, number) in values.into_iter().zip(0..) {
                assert_eq!(value, distribution.draw(key, Purpose::Task, 9, number));
            }
        }
    }
}
