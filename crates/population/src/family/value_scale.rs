//! Value-scale buyers: the same value of precision on a share of the tasks, nothing elsewhere.

use model::choice::value_scale_index;
use model::config::{ConfigError, Invalid, Section};
use serde::Serialize;

use crate::config::read_distribution;
use crate::distribution::Distribution;
use crate::product::{NumberLaw, value_scale_law};
use crate::stream::{Key, Purpose};

/// Independent value and scale.
///
/// ```text
/// θ = w s^{1-σ}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueScale {
    /// Law of the value w in $ per unit precision.
    pub value: Distribution,
    /// Law of the scale s, the share of tasks, within [0, 1].
    pub scale: Distribution,
}

impl ValueScale {
    pub(crate) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self { value: read_distribution(section, "value")?, scale: read_distribution(section, "scale")? })
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        self.value.check().map_err(|invalid| invalid.within("value"))?;
        self.scale.check().map_err(|invalid| invalid.within("scale"))?;
        let (low, high) = self.scale.support();
        if low >= 0.0 && high <= 1.0 {
            return Ok(());
        }
        let allowed = "a distribution on numbers from 0 to 1 (share of the tasks)";
        Err(Invalid::new("scale", format!("numbers from {low} to {high}"), allowed.into()))
    }

    /// Value, scale and index of a buyer.
    pub(crate) fn draw(&self, key: Key, user: u64, sigma: f64) -> (f64, f64, f64) {
        let value = self.value.draw(key, Purpose::Value, user, 0);
        let scale = self.scale.draw(key, Purpose::Scale, user, 0);
        (value, scale, value_scale_index(value, scale, sigma))
    }

    /// The law of the index.
    pub(crate) fn index_law(&self, sigma: f64) -> NumberLaw {
        value_scale_law(&self.value, &self.scale, sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Constant, Exponential, Uniform};

    #[test]
    fn scales_are_shares_and_values_may_be_constant() {
        let unit = Distribution::Uniform(Uniform { low: 0.0, high: 1.0 });
        let family =
            ValueScale { value: Distribution::Constant(Constant { value: 2.0 }), scale: unit.clone() };
        assert!(family.check().is_ok());
        let (value, scale, index) = family.draw(Key { seed: 1, replicate: 0 }, 5, 0.5);
        assert_eq!((value, index), (2.0, value_scale_index(2.0, scale, 0.5)));
        let wide = ValueScale { scale: Distribution::Exponential(Exponential { mean: 0.1 }), value: unit };
        assert_eq!(wide.check().unwrap_err().found, "numbers from 0 to inf");
    }
}
