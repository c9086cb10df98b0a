//! Value-scale buyers: the same value of precision on a share of the tasks, nothing elsewhere.

use model::belief::GivenScale;
use model::choice::value_scale_indices;
use model::config::{ConfigError, Invalid, Section};
use serde::Serialize;

use crate::config::read_distribution;
use crate::distribution::Distribution;
use crate::family::dependence::PairDependence;
use crate::given_scale::given_scale;
use crate::index_law::IndexLaw;
use crate::level::Level;
use crate::luck::{Crowd, level_of_each};
use crate::product::value_scale_law;
use crate::special::normal;
use crate::stream::Purpose;

/// Value and scale, independent unless a copula says otherwise.
///
/// ```text
/// θ = w s^{1-σ}
/// ```
/// With a copula both are quantiles of keyed uniforms (of a gamma, beta or mixture, too, where that takes a search), and
/// nothing is known of the law of the index: what a seller believes of it is a design sample. Of the value she knows the law
/// given the scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueScale {
    /// Law of the value w in $ per unit precision.
    pub value: Distribution,
    /// Law of the scale s, the share of tasks, within [0, 1].
    pub scale: Distribution,
    /// How the two depend on each other; absent: they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependence: Option<PairDependence>,
}

impl ValueScale {
    pub(crate) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self {
            value: read_distribution(section, "value")?,
            scale: read_distribution(section, "scale")?,
            dependence: PairDependence::read(section)?,
        })
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        self.value.check().map_err(|invalid| invalid.within("value"))?;
        self.scale.check().map_err(|invalid| invalid.within("scale"))?;
        self.dependence.map_or(Ok(()), PairDependence::check)?;
        let (low, high) = self.scale.support();
        if low >= 0.0 && high <= 1.0 {
            return Ok(());
        }
        let allowed = "a distribution on numbers from 0 to 1 (share of the tasks)";
        Err(Invalid::new("scale", format!("numbers from {low} to {high}"), allowed.into()))
    }

    /// Indices, values and scales of buyers.
    pub(crate) fn draw(
        &self,
        crowd: Crowd,
        sigma: f64,
        index: &mut [f64],
        value: &mut [f64],
        scale: &mut [f64],
    ) {
        match self.dependence {
            None => {
                let levels = level_of_each(crowd, Purpose::Value, 0);
                self.value.fill(crowd, Purpose::Value, 0, &levels, value);
                let levels = level_of_each(crowd, Purpose::Scale, 1);
                self.scale.fill(crowd, Purpose::Scale, 0, &levels, scale);
            }
            Some(PairDependence::Gaussian { correlation }) => {
                let levels = level_of_each(crowd, Purpose::Value, 0);
                let levels = levels.into_iter().zip(level_of_each(crowd, Purpose::Scale, 1));
                for ((value, scale), levels) in value.iter_mut().zip(scale.iter_mut()).zip(levels) {
                    (*value, *scale) = self.draw_dependent(levels, correlation);
                }
            }
        }
        value_scale_indices(value, scale, sigma, index);
    }

    fn draw_dependent(&self, (of_value, of_scale): (Level, Level), correlation: f64) -> (f64, f64) {
        let rest = ((1.0 - correlation) * (1.0 + correlation)).sqrt();
        let score = correlation * normal::score(of_value.tails()) + rest * normal::score(of_scale.tails());
        (self.value.quantile(of_value), self.scale.quantile_of_score(score))
    }

    /// F(w|s) at scales that stand for all; none where value and scale are independent, `None` where it is not known.
    pub(crate) fn given_scale(&self, points: usize) -> Option<Vec<GivenScale>> {
        match self.dependence {
            Some(PairDependence::Gaussian { correlation }) if correlation != 0.0 => {
                given_scale(&self.value, &self.scale, correlation, points)
            }
            _ => Some(Vec::new()),
        }
    }

    /// What is known of the law of the index: the product of two mixtures is the mixture of the products.
    pub(crate) fn index_law(&self, sigma: f64) -> IndexLaw {
        if self.dependence.is_some() {
            return IndexLaw::Unknown;
        }
        let (values, scales) = (self.value.parts(), self.scale.parts());
        let pairs = values.iter().flat_map(|value| scales.iter().map(move |scale| (value, scale)));
        IndexLaw::mixed(
            pairs
                .map(|((v, value), (s, scale))| (v * s, value_scale_law(value, scale, sigma).into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::distribution::{Constant, Exponential, Uniform};
    use crate::stream::Key;
    use crate::testing::{self, constant, lognormal, mixture};

    fn drawn(family: &ValueScale, key: Key, user: u64) -> (f64, f64, f64) {
        let [mut index, mut value, mut scale] = [[0.0]; 3];
        let crowd = Crowd::new(Design::Pseudo, key, std::slice::from_ref(&user));
        family.draw(crowd, 0.5, &mut index, &mut value, &mut scale);
        (value[0], scale[0], index[0])
    }

    fn unit() -> Distribution {
        Distribution::Uniform(Uniform { low: 0.0, high: 1.0 })
    }

    #[test]
    fn scales_are_shares_and_values_may_be_constant() {
        let value = Distribution::Constant(Constant { value: 2.0 });
        let family = ValueScale { value, scale: unit(), dependence: None };
        assert!(family.check().is_ok());
        let (value, scale, index) = drawn(&family, Key { seed: 1, replicate: 0 }, 5);
        assert_eq!((value, index), (2.0, model::choice::value_scale_index(2.0, scale, 0.5)));
        let wide = Distribution::Exponential(Exponential { mean: 0.1 });
        let wide = ValueScale { scale: wide, value: unit(), dependence: None };
        assert_eq!(wide.check().unwrap_err().found, "numbers from 0 to inf");
        let cut = testing::truncated(wide.scale.clone(), None, Some(1.0));
        assert!(ValueScale { scale: cut, ..wide }.check().is_ok());
    }

    /// The copula moves nobody's value, and without correlation hardly anybody's scale.
    #[test]
    fn without_correlation_a_copula_changes_nothing_but_rounding() {
        let key = Key { seed: 4, replicate: 0 };
        let independent = ValueScale { value: lognormal(0.0, 1.0), scale: unit(), dependence: None };
        let with = |correlation| {
            let dependence = Some(PairDependence::Gaussian { correlation });
            ValueScale { dependence, ..independent.clone() }
        };
        for user in 0..100 {
            let (value, scale, _) = drawn(&independent, key, user);
            let (same, close, _) = drawn(&with(0.0), key, user);
            assert!(same == value && (close / scale - 1.0).abs() < 1e-13, "{scale} {close}");
            assert_eq!(drawn(&with(0.9), key, user).0, value);
            // Nearly the same level of both.
            let (value, scale, _) = drawn(&with(1.0 - 1e-12), key, user);
            assert!((independent.value.cdf(value) - scale).abs() < 1e-5);
        }
    }

    #[test]
    fn products_of_mixtures_are_known_unless_an_atom_stands_beside_a_continuum() {
        let law = |value: &Distribution, scale: &Distribution| {
            ValueScale { value: value.clone(), scale: scale.clone(), dependence: None }.index_law(0.5)
        };
        let values = mixture(&[(0.5, constant(1.0)), (0.5, constant(2.0))]);
        let scales = mixture(&[(0.25, constant(0.25)), (0.75, constant(1.0))]);
        let IndexLaw::Points(points) = law(&values, &scales) else { panic!("not points") };
        assert_eq!(points.nodes(), [0.5, 1.0, 2.0]);
        assert_eq!(points.masses(), [0.125, 0.5, 0.375]);
        let IndexLaw::Continuous(law_of_both) = law(&values, &unit()) else { panic!("not a law") };
        // P(w sqrt(s) > 1) = P(s > 1/4)/2 for w = 2, and nobody's with w = 1.
        assert!((law_of_both.survival(1.0) - 0.375).abs() < 1e-15);
        let nothing_or_something = mixture(&[(0.5, constant(0.0)), (0.5, unit())]);
        assert!(matches!(law(&nothing_or_something, &unit()), IndexLaw::Unknown));
    }
}
