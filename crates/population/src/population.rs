//! A population: draws buyers, and says what a seller who knows its law believes.

use std::sync::Arc;

use model::belief::{Belief, Law, Marginal, Points, ValueScaleBelief};
use model::config::Invalid;
use model::technology::Technology;

use crate::config::PopulationConfig;
use crate::distribution::Distribution;
use crate::family::finite::Kinds;
use crate::points::points_of;
use crate::product::NumberLaw;
use crate::stream::{Key, Purpose};

/// Buyers in the design sample that fixes decile edges where no law is known.
const DECILE_SAMPLE: usize = 100_000;

/// A batch of buyers, in order of their numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Buyers {
    /// Number of the first buyer.
    pub first_user: u64,
    /// Index θ of each buyer in $.
    pub index: Vec<f64>,
    /// Value w of each buyer in $ per unit precision, where the family has one.
    pub value: Option<Vec<f64>>,
    /// Scale s of each buyer, where the family has one.
    pub scale: Option<Vec<f64>>,
}

/// A validated population facing a technology.
#[derive(Debug, Clone)]
pub struct Population {
    config: PopulationConfig,
    sigma: f64,
    index_law: IndexLaw,
}

/// What is known of the law of the index.
#[derive(Debug, Clone)]
enum IndexLaw {
    Continuous(Arc<dyn Law>),
    /// The types of a finite population.
    Kinds(Kinds),
    Point(f64),
    Unknown,
}

impl From<NumberLaw> for IndexLaw {
    fn from(law: NumberLaw) -> Self {
        match law {
            NumberLaw::Continuous(law) => Self::Continuous(law),
            NumberLaw::Point(point) => Self::Point(point),
        }
    }
}

impl Population {
    /// Validates a configuration; of the technology only σ counts, which the index depends on.
    ///
    /// # Errors
    /// Names the key of the section `[population]` that breaks a rule.
    pub fn new(config: PopulationConfig, technology: &Technology) -> Result<Self, Invalid> {
        config.check()?;
        let sigma = technology.sigma();
        let index_law = match &config {
            PopulationConfig::Index { index } => number_law(index).into(),
            PopulationConfig::ValueScale(family) => family.index_law(sigma).into(),
            PopulationConfig::Finite(family) => IndexLaw::Kinds(Kinds::new(family, sigma)),
            PopulationConfig::Tasks(_) => IndexLaw::Unknown,
        };
        Ok(Self { config, sigma, index_law })
    }

    /// What the section said.
    pub fn config(&self) -> &PopulationConfig {
        &self.config
    }

    /// Whether buyers have a value and a scale.
    pub fn has_value_scale(&self) -> bool {
        matches!(self.config, PopulationConfig::ValueScale(_))
    }

    /// The tail index of the index θ: the heaviest tail among values; infinite for light tails.
    pub fn tail_index(&self) -> f64 {
        match &self.config {
            PopulationConfig::Index { index: law }
            | PopulationConfig::ValueScale(crate::family::value_scale::ValueScale { value: law, .. })
            | PopulationConfig::Tasks(crate::family::tasks::Tasks { value: law, .. }) => law.tail_index(),
            PopulationConfig::Finite(_) => f64::INFINITY,
        }
    }

    /// Buyers `first_user` to `first_user + count - 1`.
    ///
    /// Every buyer is drawn from her own numbers, so that she is the same person in every batch and in every longer run.
    pub fn draw(&self, key: Key, first_user: u64, count: usize) -> Buyers {
        let users = first_user..first_user + count as u64;
        let (mut value, mut scale) = (None, None);
        let index = match &self.config {
            PopulationConfig::Index { index } => {
                users.map(|user| index.draw(key, Purpose::Index, user, 0)).collect()
            }
            PopulationConfig::ValueScale(family) => {
                let (mut values, mut scales) = (Vec::with_capacity(count), Vec::with_capacity(count));
                let index = users
                    .map(|user| {
                        let (w, s, index) = family.draw(key, user, self.sigma);
                        values.push(w);
                        scales.push(s);
                        index
                    })
                    .collect();
                (value, scale) = (Some(values), Some(scales));
                index
            }
            PopulationConfig::Tasks(family) => {
                let masses = family.all_masses();
                let mut values = vec![0.0; family.n_tasks];
                users.map(|user| family.draw(key, user, self.sigma, &masses, &mut values)).collect()
            }
            PopulationConfig::Finite(_) => match &self.index_law {
                IndexLaw::Kinds(kinds) => users.map(|user| kinds.draw(key, user)).collect(),
                _ => Vec::new(),
            },
        };
        Buyers { first_user, index, value, scale }
    }

    /// What a seller who knows the law believes, on about `points` points.
    ///
    /// The law itself where it is known; else a design sample of `points` buyers, drawn with the seed in a replicate
    /// that is never simulated.
    pub fn belief(&self, points: usize, seed: u64) -> Belief {
        let (index, source) = match &self.index_law {
            IndexLaw::Continuous(law) => {
                let source = format!("the law of the index, posted on about {points} quantile points");
                (marginal(law.clone(), points), source)
            }
            IndexLaw::Kinds(kinds) => {
                (Marginal::exactly(kinds.points()), "the finite law of the index, exactly".into())
            }
            IndexLaw::Point(point) => {
                (Marginal::exactly(Points::from_sample([*point])), "one index, that of every buyer".into())
            }
            IndexLaw::Unknown => {
                let sample = Points::from_sample(self.design_sample(points, seed).index);
                (
                    Marginal::exactly(sample),
                    format!("a design sample of {points} buyers, none of them simulated"),
                )
            }
        };
        let value_scale = match &self.config {
            PopulationConfig::ValueScale(family) => Some(ValueScaleBelief {
                value: marginal_of(&family.value, points),
                scale: marginal_of(&family.scale, points),
            }),
            _ => None,
        };
        Belief { index, value_scale, source }
    }

    /// What a seller believes who has met `buyers` buyers of this population, none of them simulated.
    pub fn sampled_belief(&self, buyers: usize, seed: u64) -> Belief {
        let Buyers { index, value, scale, .. } = self.design_sample(buyers, seed);
        let empirical = |sample: Vec<f64>| Marginal::exactly(Points::from_sample(sample));
        let value_scale = value
            .zip(scale)
            .map(|(value, scale)| ValueScaleBelief { value: empirical(value), scale: empirical(scale) });
        let source = format!("the empirical law of a sample of {buyers} buyers, none of them simulated");
        Belief { index: empirical(index), value_scale, source }
    }

    /// The nine edges between deciles of the index in $, fixed before any run.
    ///
    /// Quantiles of the law where it is known, else of a design sample of 100,000 buyers.
    pub fn decile_edges(&self, seed: u64) -> [f64; 9] {
        let levels = std::array::from_fn(|k| (k + 1) as f64 / 10.0);
        let points = match &self.index_law {
            IndexLaw::Continuous(law) => return levels.map(|level: f64| law.upper_quantile(1.0 - level)),
            IndexLaw::Kinds(kinds) => kinds.points(),
            IndexLaw::Point(point) => return [*point; 9],
            IndexLaw::Unknown => Points::from_sample(self.design_sample(DECILE_SAMPLE, seed).index),
        };
        levels.map(|level| points.quantile(level))
    }

    fn design_sample(&self, buyers: usize, seed: u64) -> Buyers {
        self.draw(Key::design(seed), 0, buyers.max(1))
    }
}

fn number_law(distribution: &Distribution) -> NumberLaw {
    match distribution.law() {
        Some(law) => NumberLaw::Continuous(law),
        None => NumberLaw::Point(distribution.mean()),
    }
}

fn marginal_of(distribution: &Distribution, points: usize) -> Marginal {
    match number_law(distribution) {
        NumberLaw::Continuous(law) => marginal(law, points),
        NumberLaw::Point(point) => Marginal::exactly(Points::from_sample([point])),
    }
}

fn marginal(law: Arc<dyn Law>, points: usize) -> Marginal {
    Marginal { points: points_of(&*law, points), law: Some(law) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Constant, Pareto};
    use crate::testing;

    #[test]
    fn batches_and_prefixes_hold_the_same_people() {
        let key = Key { seed: 1, replicate: 2 };
        for population in testing::populations() {
            let whole = population.draw(key, 0, 100);
            let prefix = population.draw(key, 0, 37);
            assert_eq!(prefix.index, whole.index[..37]);
            let later = population.draw(key, 37, 63);
            assert_eq!((later.first_user, later.index.as_slice()), (37, &whole.index[37..]));
            assert_eq!(whole.value.is_some(), population.has_value_scale());
            if let (Some(later), Some(whole)) = (later.scale, whole.scale) {
                assert_eq!(later, whole[37..]);
            }
        }
    }

    #[test]
    fn beliefs_agree_with_samples() {
        for population in testing::populations() {
            let (belief, sample) = (population.belief(2_000, 3), population.sampled_belief(20_000, 4));
            assert_eq!(belief.value_scale.is_some(), population.has_value_scale());
            assert_eq!(sample.value_scale.is_some(), population.has_value_scale());
            let mean = |points: &Points| points.mean_of(|x| x);
            let (believed, met) = (mean(&belief.index.points), mean(&sample.index.points));
            assert!((met / believed - 1.0).abs() < 0.1, "{:?}: {met} is not {believed}", population.config());
            let edges = population.decile_edges(5);
            for (k, edge) in edges.iter().enumerate() {
                let level =
                    belief.index.points.iter().filter(|(x, _)| x <= edge).map(|(_, mass)| mass).sum::<f64>();
                assert!(level > (k + 1) as f64 / 10.0 - 0.03, "{:?}", population.config());
            }
        }
    }

    #[test]
    fn the_design_sample_is_nobody_who_is_simulated() {
        let population = &testing::populations()[2];
        let simulated = population.draw(Key { seed: 9, replicate: 0 }, 0, 50).index;
        let design = population.sampled_belief(50, 9);
        assert!(simulated.iter().all(|index| !design.index.points.nodes().contains(index)));
    }

    #[test]
    fn constants_are_one_exact_point() {
        let constant = Distribution::Constant(Constant { value: 2.0 });
        let population = testing::population(PopulationConfig::Index { index: constant });
        let belief = population.belief(100, 0);
        assert_eq!((belief.index.points.nodes(), belief.index.law.is_none()), ([2.0].as_slice(), true));
        assert_eq!(population.decile_edges(0), [2.0; 9]);
    }

    #[test]
    fn heavy_tails_of_tasks_are_known_though_their_law_is_not() {
        let value = Distribution::Pareto(Pareto { scale: 1.0, shape: 3.0 });
        let tasks = crate::family::tasks::Tasks { n_tasks: 3, value, masses: None };
        assert_eq!(testing::population(PopulationConfig::Tasks(tasks)).tail_index(), 3.0);
    }
}
