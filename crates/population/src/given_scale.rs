//! The law of the value given the scale under a Gaussian copula.

use std::sync::Arc;

use model::belief::{GivenScale, Law, Marginal, Points};

use crate::distribution::Distribution;
use crate::index_law::IndexLaw;
use crate::population::marginal;
use crate::special::normal;

/// Equal shares of the scores of an atom of scale, and of all scores where the scale has a law; three nodes in each.
const SHARES: u32 = 16;
/// Points of each law given a scale, for menus: enough for the widest grid of types.
const MOST_POINTS: usize = 2000;

/// F(w|s) at scales that stand for all: at every scale where there are finitely many, else at Gauss nodes of the scale's
/// quantiles.
///
/// ```text
/// F(w|s) = Φ( (Φ^{-1}(F_w(w)) - ρ z_s) / √(1-ρ²) ),   z_s = Φ^{-1}(F_s(s))
/// ```
/// A scale with positive probability has an interval of scores z_s, over which this is averaged. `None` where value or scale
/// mixes atoms with a continuum.
pub(crate) fn given_scale(
    value: &Distribution,
    scale: &Distribution,
    correlation: f64,
    points: usize,
) -> Option<Vec<GivenScale>> {
    let points = points.min(MOST_POINTS);
    let value = match IndexLaw::of(value) {
        IndexLaw::Unknown => return None,
        known => known,
    };
    let given = |from: f64, to: f64| given_scores(&value, correlation, nodes(from, to), points);
    match IndexLaw::of(scale) {
        IndexLaw::Unknown => None,
        IndexLaw::Continuous(law) => Some(
            nodes(0.0, 1.0)
                .into_iter()
                .map(|(level, mass)| GivenScale {
                    scale: law.upper_quantile(1.0 - level),
                    mass,
                    value: given_scores(&value, correlation, vec![(level, 1.0)], points),
                })
                .collect(),
        ),
        IndexLaw::Points(scales) => {
            let mut below = 0.0;
            let of = |(scale, mass): (f64, f64)| {
                let from = below;
                below += mass;
                GivenScale { scale, mass, value: given(from, below.min(1.0)) }
            };
            Some(scales.iter().map(of).collect())
        }
    }
}

/// Levels between two with their weights, which sum to one: three Gauss nodes in each of [`SHARES`] equal shares.
fn nodes(from: f64, to: f64) -> Vec<(f64, f64)> {
    let width = (to - from) / f64::from(SHARES);
    let outer = (0.6f64).sqrt();
    let share = |share: u32| {
        [(-outer, 5.0), (0.0, 8.0), (outer, 5.0)].map(|(node, weight)| {
            let middle = from + width * (f64::from(share) + 0.5);
            (middle + 0.5 * width * node, weight / 18.0 / f64::from(SHARES))
        })
    };
    (0..SHARES).flat_map(share).collect()
}

/// The law of the value given levels of the scale with their weights.
fn given_scores(value: &IndexLaw, correlation: f64, levels: Vec<(f64, f64)>, points: usize) -> Marginal {
    let given = |level: f64| Given {
        mean: correlation * -normal::upper_quantile(level),
        spread: ((1.0 - correlation) * (1.0 + correlation)).sqrt(),
    };
    let parts = levels.into_iter().map(|(level, weight)| {
        let law = match value {
            IndexLaw::Points(values) => IndexLaw::Points(given(level).of_points(values)),
            IndexLaw::Continuous(law) => {
                IndexLaw::Continuous(Arc::new(GivenScore { law: law.clone(), given: given(level) }))
            }
            IndexLaw::Unknown => IndexLaw::Unknown,
        };
        (weight, law)
    });
    match IndexLaw::mixed(parts.collect()) {
        IndexLaw::Continuous(law) => marginal(law, points),
        IndexLaw::Points(points) => Marginal::exactly(points),
        IndexLaw::Unknown => unreachable!("the value is known, and of one sort"),
    }
}

/// The law of the value's normal score given a score of the scale: normal with this mean and standard deviation.
#[derive(Debug, Clone, Copy)]
struct Given {
    mean: f64,
    spread: f64,
}

impl Given {
    /// P(value's score > z).
    fn survival(self, z: f64) -> f64 {
        normal::survival((z - self.mean) / self.spread)
    }

    /// The probabilities of points, which the value has where its score lies between those of the cumulated masses.
    fn of_points(self, values: &Points) -> Points {
        let mut tail = 0.0;
        let mut above = 0.0;
        let weighted = values.iter().rev().map(|(node, mass)| {
            tail += mass;
            let here = self.survival(normal::upper_quantile(f64::min(tail, 1.0)));
            let mass = (here - above).max(0.0);
            above = here;
            (node, mass)
        });
        Points::new(weighted.collect())
    }
}

/// The law of a value without atoms given a score of the scale.
#[derive(Debug)]
struct GivenScore {
    law: Arc<dyn Law>,
    given: Given,
}

impl Law for GivenScore {
    fn support(&self) -> (f64, f64) {
        self.law.support()
    }

    fn survival(&self, x: f64) -> f64 {
        self.given.survival(normal::upper_quantile(self.law.survival(x)))
    }

    fn density(&self, x: f64) -> f64 {
        let density = self.law.density(x);
        let score = normal::upper_quantile(self.law.survival(x));
        if !(density > 0.0 && score.is_finite()) {
            return 0.0;
        }
        let relative = (score - self.given.mean) / self.given.spread;
        density * libm::exp(0.5 * (score - relative) * (score + relative)) / self.given.spread
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        let score = self.given.mean + self.given.spread * normal::upper_quantile(p);
        self.law.upper_quantile(normal::survival(score))
    }

    fn jumps(&self) -> Vec<f64> {
        self.law.jumps()
    }

    /// The tail is the value's to the power 1/(1-ρ²), but for factors that vary more slowly.
    fn tail_index(&self) -> f64 {
        self.law.tail_index() / (self.given.spread * self.given.spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::distribution::Uniform;
    use crate::family::dependence::PairDependence;
    use crate::family::value_scale::ValueScale;
    use crate::luck::Crowd;
    use crate::stream::Key;
    use crate::testing::{constant, lognormal, mixture};

    fn unit() -> Distribution {
        Distribution::Uniform(Uniform { low: 0.0, high: 1.0 })
    }

    /// Given the scale, the logarithm of a lognormal value is normal with mean μ + σ ρ z and variance σ² (1-ρ²).
    #[test]
    fn lognormal_values_stay_lognormal() {
        let (mu, sigma, correlation) = (0.3, 0.7, -0.6);
        for given in given_scale(&lognormal(mu, sigma), &unit(), correlation, 100).unwrap() {
            let score = -normal::upper_quantile(given.scale);
            let exact = lognormal(mu + sigma * correlation * score, sigma * 0.8).law().unwrap();
            let law = given.value.law.unwrap();
            for p in [1e-9, 0.01, 0.3, 0.9, 0.999] {
                let x = exact.upper_quantile(p);
                for (found, exact) in
                    [(law.upper_quantile(p), x), (law.survival(x), p), (law.density(x), exact.density(x))]
                {
                    assert!((found / exact - 1.0).abs() < 1e-8, "{p} at {}: {found} {exact}", given.scale);
                }
            }
        }
    }

    /// The laws given scales add up to the value's own, for laws and for atoms.
    #[test]
    fn laws_given_scales_mix_to_the_marginal() {
        let two = mixture(&[(0.3, constant(1.0)), (0.7, constant(2.0))]);
        let scales = mixture(&[(0.5, constant(0.25)), (0.2, constant(0.5)), (0.3, constant(1.0))]);
        for (value, x) in [(lognormal(0.0, 1.0), 1.7), (two, 2.0)] {
            for scale in [&scales, &unit()] {
                let given = given_scale(&value, scale, 0.5, 100).unwrap();
                let mixed: f64 = given.iter().map(|given| given.mass * given.value.survival(x)).sum();
                let below = x * (1.0 - 1e-12);
                assert!((mixed - value.survival(below)).abs() < 2e-4, "{mixed} {}", value.survival(below));
                let first = given[0].value.survival(x);
                assert!(first < given[given.len() - 1].value.survival(x));
            }
        }
        let halves = mixture(&[(0.5, constant(0.0)), (0.5, unit())]);
        assert!(given_scale(&halves, &unit(), 0.5, 100).is_none());
    }

    /// Buyers drawn with the copula have their values as often as F(w|s) says.
    #[test]
    fn draws_follow_the_law_given_the_scale() {
        let scales = mixture(&[(0.5, constant(0.25)), (0.5, constant(1.0))]);
        let dependence = Some(PairDependence::Gaussian { correlation: 0.7 });
        let family = ValueScale { value: lognormal(0.0, 1.0), scale: scales, dependence };
        let given = family.given_scale(1000).unwrap();
        let users: Vec<u64> = (0..40_000).collect();
        let [mut index, mut value, mut scale] = [0; 3].map(|_| vec![0.0; users.len()]);
        let crowd = Crowd::new(Design::Pseudo, Key { seed: 5, replicate: 0 }, &users);
        family.draw(crowd, 0.5, &mut index, &mut value, &mut scale);
        let draws: Vec<(f64, f64)> = value.into_iter().zip(scale).collect();
        for given in given {
            let here: Vec<f64> =
                draws.iter().filter(|(_, scale)| *scale == given.scale).map(|(value, _)| *value).collect();
            let share = here.iter().filter(|value| **value > 1.5).count() as f64 / here.len() as f64;
            let exact = given.value.survival(1.5);
            let error = (exact * (1.0 - exact) / here.len() as f64).sqrt();
            assert!((share - exact).abs() < 4.0 * error, "{share} {exact}");
        }
    }
}
