//! A truncated distribution as it is written: like the distribution itself, and its ends.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::{Ends, Truncated};
use crate::distribution::Distribution;

/// A truncated distribution as it is written: name and parameters of the distribution, and its ends.
#[derive(Serialize)]
struct Written<'a, T> {
    distribution: &'static str,
    #[serde(flatten)]
    parameters: &'a T,
    truncate: Ends,
}

impl Serialize for Truncated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn write<T: Serialize, S: Serializer>(
            truncated: &Truncated,
            distribution: &'static str,
            parameters: &T,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            Written { distribution, parameters, truncate: truncated.truncate }.serialize(serializer)
        }
        match &*self.law {
            Distribution::Uniform(law) => write(self, "uniform", law, serializer),
            Distribution::Lognormal(law) => write(self, "lognormal", law, serializer),
            Distribution::Exponential(law) => write(self, "exponential", law, serializer),
            Distribution::Gamma(law) => write(self, "gamma", law, serializer),
            Distribution::Weibull(law) => write(self, "weibull", law, serializer),
            Distribution::Pareto(law) => write(self, "pareto", law, serializer),
            Distribution::Beta(law) => write(self, "beta", law, serializer),
            Distribution::Constant(constant) => write(self, "constant", constant, serializer),
            Distribution::Mixture(mixture) => write(self, "mixture", mixture, serializer),
            Distribution::Truncated(_) => Err(S::Error::custom("nothing is truncated twice")),
        }
    }
}
