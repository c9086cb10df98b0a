//! Distributions of one number: value of precision, scale, or the index itself.
//!
//! Every distribution knows both of its tails; draws, beliefs and tests all use the same parameters and functions.

pub mod beta;
mod bounds;
pub mod constant;
mod draw;
pub mod exponential;
pub mod gamma;
#[cfg(test)]
mod inversion;
pub mod lognormal;
pub mod mixture;
pub mod pareto;
mod parts;
pub mod truncated;
pub mod uniform;
pub mod weibull;

use std::sync::Arc;

use model::belief::Law;
use model::config::{ConfigError, Invalid, Section};
use serde::Serialize;

pub use self::beta::Beta;
pub use self::constant::Constant;
pub use self::exponential::Exponential;
pub use self::gamma::Gamma;
pub use self::lognormal::Lognormal;
pub use self::mixture::{Component, Mixture};
pub use self::pareto::Pareto;
pub use self::truncated::{Ends, Truncated};
pub use self::uniform::Uniform;
pub use self::weibull::Weibull;
use crate::level::Level;
use crate::special::{Tails, normal};

/// A distribution on the non-negative reals as configured: `{ distribution = "NAME", parameters }`, and for any of them
/// `truncate = { low, high }`.
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
    /// Several distributions, each for a share of the draws.
    Mixture(Mixture),
    /// One of the others, cut at one or both ends: it is written with the other's name.
    #[serde(untagged)]
    Truncated(Truncated),
}

/// Names in configuration files, in the order of [`Distribution`]; the mixture comes last.
pub const NAMES: [&str; 9] =
    ["uniform", "lognormal", "exponential", "gamma", "weibull", "pareto", "beta", "constant", "mixture"];

/// What a table of a distribution looks like, for error messages.
pub(crate) const SHAPE: &str = "a table { distribution = \"NAME\", its parameters }";

/// What a distribution adds to [`Law`]: its lower tail and mean. With atoms the density is that of the rest.
pub(crate) trait TwoTailed: Law {
    /// F(x), accurate relative to the lower tail.
    fn cdf(&self, x: f64) -> f64;
    /// The x with F(x) = p, accurate for small p.
    fn lower_quantile(&self, p: f64) -> f64;
    /// The mean; infinite where it does not exist.
    fn mean(&self) -> f64;
    /// Both tails at x.
    fn tails(&self, x: f64) -> Tails {
        Tails { lower: self.cdf(x), upper: self.survival(x) }
    }
}

impl Distribution {
    /// Reads a table that names a distribution.
    ///
    /// # Errors
    /// Names the offending key: an unknown distribution, a missing, unknown or bad parameter.
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        Self::read_one_of(section, &NAMES)
    }

    /// Reads a table that names one of some distributions; other keys than theirs must have been read before.
    fn read_one_of(section: &Section, names: &[&'static str]) -> Result<Self, ConfigError> {
        let read = match section.choice("distribution", names)? {
            "uniform" => Self::Uniform(Uniform::read(section)?),
            "lognormal" => Self::Lognormal(Lognormal::read(section)?),
            "exponential" => Self::Exponential(Exponential::read(section)?),
            "gamma" => Self::Gamma(Gamma::read(section)?),
            "weibull" => Self::Weibull(Weibull::read(section)?),
            "pareto" => Self::Pareto(Pareto::read(section)?),
            "beta" => Self::Beta(Beta::read(section)?),
            "constant" => Self::Constant(Constant::read(section)?),
            _ => Self::Mixture(Mixture::read(section)?),
        };
        let truncate = Ends::read(section)?;
        section.finish()?;
        match truncate {
            None => read.check().map(|()| read),
            Some(ends) => Truncated::new(read, ends).map(Self::Truncated),
        }
        .map_err(|invalid| section.locate(&invalid))
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
            Self::Mixture(mixture) => mixture.check(),
            // Nothing truncated exists that was not checked.
            Self::Truncated(_) => Ok(()),
        }
    }

    /// The distribution with both of its tails, atoms or not.
    pub(crate) fn two_tailed(&self) -> &dyn TwoTailed {
        match self {
            Self::Uniform(law) => law,
            Self::Lognormal(law) => law,
            Self::Exponential(law) => law,
            Self::Gamma(law) => law,
            Self::Weibull(law) => law,
            Self::Pareto(law) => law,
            Self::Beta(law) => law,
            Self::Constant(constant) => constant,
            Self::Mixture(mixture) => mixture,
            Self::Truncated(truncated) => truncated.other().map_or(truncated, Self::two_tailed),
        }
    }

    /// The law, where it has no atoms: `None` for a constant and for a mixture that has one.
    pub fn law(&self) -> Option<Arc<dyn Law>> {
        Some(match self {
            Self::Uniform(law) => Arc::new(*law),
            Self::Lognormal(law) => Arc::new(*law),
            Self::Exponential(law) => Arc::new(*law),
            Self::Gamma(law) => Arc::new(*law),
            Self::Weibull(law) => Arc::new(*law),
            Self::Pareto(law) => Arc::new(*law),
            Self::Beta(law) => Arc::new(*law),
            _ if self.has_atoms() => return None,
            Self::Constant(_) => return None,
            Self::Mixture(mixture) => Arc::new(mixture.clone()),
            Self::Truncated(truncated) => match truncated.other() {
                Some(other) => return other.law(),
                None => Arc::new(truncated.clone()),
            },
        })
    }

    /// Smallest and largest value; the largest may be infinite.
    pub fn support(&self) -> (f64, f64) {
        self.two_tailed().support()
    }

    /// The mean; infinite where it does not exist.
    pub fn mean(&self) -> f64 {
        self.two_tailed().mean()
    }

    /// P(X <= x).
    pub fn cdf(&self, x: f64) -> f64 {
        self.two_tailed().cdf(x)
    }

    /// P(X > x).
    pub fn survival(&self, x: f64) -> f64 {
        self.two_tailed().survival(x)
    }

    /// The largest a such that E[x^b] exists for all b < a; infinite for light tails.
    pub fn tail_index(&self) -> f64 {
        self.two_tailed().tail_index()
    }

    /// The value at a level, taken from whichever end is nearer.
    pub fn quantile(&self, level: Level) -> f64 {
        self.quantile_of_tails(level.below(), level.above())
    }

    /// The value with these shares below and above it.
    #[inline]
    pub(crate) fn quantile_of_tails(&self, below: f64, above: f64) -> f64 {
        let law = self.two_tailed();
        if below <= above { law.lower_quantile(below) } else { law.upper_quantile(above) }
    }

    /// The value at the level of a normal score, Φ(score): the quantile there.
    #[inline]
    pub(crate) fn quantile_of_score(&self, score: f64) -> f64 {
        if let Self::Lognormal(law) = self {
            return law.at_score(score);
        }
        let level = normal::tails(score);
        self.quantile_of_tails(level.lower, level.upper)
    }
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
    fn what_is_written_is_read_back_as_the_same() {
        let examples = testing::examples().into_iter().map(|(distribution, _)| distribution);
        for distribution in examples.chain(testing::cut_examples()) {
            let node = testing::written(&distribution);
            let read = Section::root("market.toml", &node).and_then(|section| Distribution::read(&section));
            assert_eq!(read, Ok(distribution));
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
            if !distribution.has_atoms() {
                testing::check_law(distribution.two_tailed());
            }
        }
    }
}
