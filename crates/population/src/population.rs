//! A population: draws buyers, and says what a seller who knows its law believes.

use std::sync::Arc;

use model::belief::{Belief, Law, Marginal, Points, ValueScaleBelief};
use model::config::Invalid;
use model::technology::Technology;

use crate::buyers::{Buyers, Drawn};
use crate::config::PopulationConfig;
use crate::design::Design;
use crate::distribution::Distribution;
use crate::index_law::IndexLaw;
use crate::luck::Crowd;
use crate::points::points_of;
use crate::sampler::Sampler;
use crate::stream::{Key, Purpose};
use crate::top::Top;

/// Evenly spread buyers who fix decile edges where no law is known.
const DECILE_SAMPLE: usize = 1 << 14;

/// A validated population facing a technology.
#[derive(Debug, Clone)]
pub struct Population {
    config: PopulationConfig,
    sampler: Sampler,
    index_law: IndexLaw,
    segment_names: Vec<String>,
    recording_tasks: bool,
    design: Design,
}

impl Population {
    /// Validates a configuration; of the technology only σ counts, which the index depends on.
    ///
    /// # Errors
    /// Names the key of the section `[population]` that breaks a rule.
    pub fn new(config: PopulationConfig, technology: &Technology) -> Result<Self, Invalid> {
        config.check()?;
        let sampler = Sampler::new(&config, technology.sigma());
        let index_law = sampler.index_law();
        let segment_names = match &config {
            PopulationConfig::Segments(family) => {
                family.segments.iter().map(|segment| segment.name.clone()).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self { config, sampler, index_law, segment_names, recording_tasks: false, design: Design::Pseudo })
    }

    /// The same population, whose [`Population::draw`] keeps the values of all tasks or does not (the default).
    #[must_use]
    pub fn recording_tasks(self, recording_tasks: bool) -> Self {
        Self { recording_tasks, ..self }
    }

    /// The same population, whose [`Population::draw`] spreads buyers by a design ([`Design::Pseudo`] by default).
    ///
    /// What a seller learns from a design sample is not concerned: that is one of independent buyers.
    #[must_use]
    pub fn sampled_by(self, design: Design) -> Self {
        Self { design, ..self }
    }

    /// Number of tasks for which every buyer has a value; `None` where there are none, or not as many for everybody.
    pub fn n_tasks(&self) -> Option<usize> {
        self.sampler.n_tasks()
    }

    /// Names of the segments in their order; none without segments.
    pub fn segment_names(&self) -> &[String] {
        &self.segment_names
    }

    pub(crate) fn sampler(&self) -> &Sampler {
        &self.sampler
    }

    /// What the section said.
    pub fn config(&self) -> &PopulationConfig {
        &self.config
    }

    /// Whether a sample of buyers tells a seller the laws of value and scale: no copula, no segments.
    ///
    /// With a copula, or in segments that are all value-scale, buyers still carry value and scale
    /// ([`Population::carries_value_scale`]), but a belief from a sample is about the index alone.
    pub fn has_value_scale(&self) -> bool {
        matches!(&self.config, PopulationConfig::ValueScale(family) if family.dependence.is_none())
    }

    /// Whether buyers have a value and a scale.
    pub fn carries_value_scale(&self) -> bool {
        self.sampler.carries_value_scale()
    }

    /// The tail index of the index θ: the heaviest tail among values; infinite for light tails.
    pub fn tail_index(&self) -> f64 {
        self.sampler.tail_index()
    }

    /// Buyers `first_user` to `first_user + count - 1`.
    ///
    /// Every buyer is drawn from her own numbers, so that she is the same person in every batch and in every longer run.
    pub fn draw(&self, key: Key, first_user: u64, count: usize) -> Buyers {
        self.draw_by(self.design, key, first_user, count)
    }

    fn draw_by(&self, design: Design, key: Key, first_user: u64, count: usize) -> Buyers {
        let recorded_tasks = self.n_tasks().filter(|_| self.recording_tasks);
        let users: Vec<u64> = (first_user..first_user + count as u64).collect();
        let mut drawn = Drawn::new(count, &self.sampler, recorded_tasks.is_some());
        self.sampler.draw(Crowd::new(design, key, &users), &mut drawn);
        let value_scale = self.carries_value_scale();
        Buyers {
            first_user,
            index: drawn.index,
            value: value_scale.then_some(drawn.value),
            scale: value_scale.then_some(drawn.scale),
            segment: (!self.segment_names.is_empty()).then_some(drawn.segment),
            task_values: drawn.tasks,
        }
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
            IndexLaw::Points(exact) if exact.len() == 1 => {
                (Marginal::exactly(exact.clone()), "one index, that of every buyer".into())
            }
            IndexLaw::Points(exact) => {
                (Marginal::exactly(exact.clone()), "the finite law of the index, exactly".into())
            }
            IndexLaw::Unknown => (
                Marginal::of_sample(self.design_sample(points, seed).index),
                format!("a design sample of {points} buyers, none of them simulated"),
            ),
        };
        let value_scale = match &self.config {
            PopulationConfig::ValueScale(family) => {
                let key = Key::design(seed);
                family.given_scale(points).map(|given_scale| ValueScaleBelief {
                    value: marginal_of(&family.value, points, key, Purpose::Value),
                    scale: marginal_of(&family.scale, points, key, Purpose::Scale),
                    given_scale,
                })
            }
            _ => None,
        };
        Belief { index, value_scale, environment: None, source }
    }

    /// What a seller believes who has met `buyers` buyers of this population, none of them simulated.
    pub fn sampled_belief(&self, buyers: usize, seed: u64) -> Belief {
        let Buyers { index, value, scale, .. } = self.design_sample(buyers, seed);
        let value_scale =
            value.zip(scale).filter(|_| self.has_value_scale()).map(|(value, scale)| ValueScaleBelief {
                value: Marginal::of_sample(value),
                scale: Marginal::of_sample(scale),
                given_scale: Vec::new(),
            });
        let source = format!("the empirical law of a sample of {buyers} buyers, none of them simulated");
        Belief { index: Marginal::of_sample(index), value_scale, environment: None, source }
    }

    /// The nine edges between deciles of the index in $, fixed before any run.
    ///
    /// Quantiles of the law where it is known, else of 2^14 evenly spread buyers, none of them simulated.
    pub fn decile_edges(&self, seed: u64) -> [f64; 9] {
        self.cuts(|buyers| self.spread_indices(seed, 0, buyers)).0
    }

    /// Edges of the deciles of the index, and the hundredth and the tenth of buyers with the largest indices: from the law
    /// where it is known, else from the indices of as many of [`Population::spread_indices`] as `sample` is asked for.
    pub fn cuts(&self, sample: impl FnOnce(usize) -> Vec<f64>) -> ([f64; 9], [Top; 2]) {
        const SHARES: [f64; 2] = [0.01, 0.1];
        let levels = std::array::from_fn(|k| (k + 1) as f64 / 10.0);
        let of_points = |points: &Points| {
            (levels.map(|level| points.quantile(level)), SHARES.map(|share| Top::of_points(points, share)))
        };
        match &self.index_law {
            IndexLaw::Continuous(law) => (
                levels.map(|level: f64| law.upper_quantile(1.0 - level)),
                SHARES.map(|share| Top { edge: law.upper_quantile(share), at_edge: 0.0 }),
            ),
            IndexLaw::Points(points) => of_points(points),
            IndexLaw::Unknown => of_points(&Points::from_sample(sample(DECILE_SAMPLE))),
        }
    }

    /// Indices of evenly spread buyers from `first` on, none of them simulated: mostly as good for quantiles as six times as
    /// many independent ones, and never worse than as many.
    pub fn spread_indices(&self, seed: u64, first: u64, count: usize) -> Vec<f64> {
        self.draw_by(Design::Sobol, Key::design(seed), first, count).index
    }

    /// Indices of buyers a seller has met, none of them simulated.
    pub(crate) fn design_indices(&self, buyers: usize, seed: u64) -> Vec<f64> {
        self.design_sample(buyers, seed).index
    }

    fn design_sample(&self, buyers: usize, seed: u64) -> Buyers {
        self.draw_by(Design::Pseudo, Key::design(seed), 0, buyers.max(1))
    }
}

/// Belief about a number drawn for a purpose; of a mixture of atoms and others the design sample's numbers.
fn marginal_of(distribution: &Distribution, points: usize, key: Key, purpose: Purpose) -> Marginal {
    match IndexLaw::of(distribution) {
        IndexLaw::Continuous(law) => marginal(law, points),
        IndexLaw::Points(exact) => Marginal::exactly(exact),
        IndexLaw::Unknown => {
            let users = 0..points.max(1) as u64;
            Marginal::of_sample(users.map(|user| distribution.draw(key, purpose, user, 0)).collect())
        }
    }
}

pub(crate) fn marginal(law: Arc<dyn Law>, points: usize) -> Marginal {
    Marginal { points: points_of(&*law, points), law: Some(law), sample: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Constant, Lognormal, Pareto};
    use crate::testing;

    #[test]
    fn batches_and_prefixes_hold_the_same_people() {
        let key = Key { seed: 1, replicate: 2 };
        let designs = [Design::Pseudo, Design::Stratified, Design::Sobol];
        let populations = testing::populations().into_iter();
        for population in
            populations.flat_map(|population| designs.map(|design| population.clone().sampled_by(design)))
        {
            let whole = population.draw(key, 0, 100);
            let prefix = population.draw(key, 0, 37);
            assert_eq!(prefix.index, whole.index[..37]);
            let later = population.draw(key, 37, 63);
            assert_eq!((later.first_user, later.index.as_slice()), (37, &whole.index[37..]));
            assert_eq!(whole.value.is_some(), population.carries_value_scale());
            assert_eq!(later.value, whole.value.as_ref().map(|value| value[37..].to_vec()));
            assert_eq!(later.scale, whole.scale.as_ref().map(|scale| scale[37..].to_vec()));
            assert_eq!(later.segment, whole.segment.as_ref().map(|segment| segment[37..].to_vec()));
            assert_eq!(whole.segment.is_some(), !population.segment_names().is_empty());
            assert!(whole.task_values.is_none());
        }
    }

    /// What a seller learns from a design sample does not depend on how buyers are sampled.
    #[test]
    fn beliefs_are_those_of_independent_buyers() {
        let key = Key { seed: 3, replicate: 0 };
        let mut moved = 0;
        for population in testing::populations() {
            let even = population.clone().sampled_by(Design::Sobol);
            let sampled = |population: &Population| population.sampled_belief(50, 3).index.points;
            assert_eq!(sampled(&even).nodes(), sampled(&population).nodes());
            moved += usize::from(even.draw(key, 0, 20).index != population.draw(key, 0, 20).index);
        }
        // All but the rows of a file in their order, which no sampling moves.
        assert_eq!(moved, testing::populations().len() - 1);
    }

    /// Keeping the tasks changes nobody, and the values kept have the index drawn.
    #[test]
    fn recorded_tasks_are_those_of_the_index() {
        let key = Key { seed: 3, replicate: 0 };
        let mut recorded = 0;
        for population in testing::populations() {
            let plain = population.draw(key, 10, 20);
            let n_tasks = population.n_tasks();
            let kept = population.clone().recording_tasks(true).draw(key, 10, 20);
            assert_eq!(kept.index, plain.index);
            assert_eq!(kept.task_values.as_ref().map(Vec::len), n_tasks.map(|n_tasks| 20 * n_tasks));
            let (Some(values), Some(n_tasks)) = (kept.task_values, n_tasks) else { continue };
            let masses = match population.config() {
                PopulationConfig::Finite(family) => family.masses.clone(),
                PopulationConfig::Tasks(family) => family.all_masses(),
                _ => continue,
            };
            recorded += 1;
            for (values, index) in values.chunks(n_tasks).zip(kept.index) {
                // Drawn in one pass over the logarithms. Each of the two sums rounds every task at most four times (an
                // exponential, a product, a rescaling, an addition), halved by the root; logarithms round by as many
                // units as they are large, and so do their exponentials.
                let stored = crate::index::ces_index(values, &masses, 0.5);
                let size = values.iter().filter(|value| **value > 0.0).map(|value| libm::log(*value).abs());
                let roundings = 4.0 * n_tasks as f64 + 4.0 * size.fold(2.0, f64::max);
                let bound = 0.5 * f64::EPSILON * roundings * index;
                assert!((stored - index).abs() <= bound, "{stored} is not {index}");
            }
        }
        assert!(recorded > 3);
    }

    #[test]
    fn beliefs_agree_with_samples() {
        for population in testing::populations() {
            let (belief, sample) = (population.belief(2_000, 3), population.sampled_belief(20_000, 4));
            let known = matches!(population.config(), PopulationConfig::ValueScale(_));
            assert_eq!(belief.value_scale.is_some(), known);
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

    /// One lognormal task: its law is not used, but known. Evenly spread buyers miss no edge by 0.002 in its logarithm; as
    /// many independent ones have standard errors of 0.010 to 0.014 there.
    #[test]
    fn edges_of_an_unknown_law_come_from_evenly_spread_buyers() {
        let law = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
        let tasks = crate::family::tasks::Tasks::alike(1, law.clone());
        let population = testing::population(PopulationConfig::Tasks(tasks));
        for seed in 0..5 {
            let (edges, top) = population.cuts(|buyers| population.spread_indices(seed, 0, buyers));
            let shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].into_iter().zip(edges);
            for (share, edge) in shares.chain([(0.99, top[0].edge), (0.9, top[1].edge)]) {
                let missed = libm::log(edge / law.quantile_of_tails(share, 1.0 - share)).abs();
                assert!(missed < 0.002, "seed {seed}, {share}: {missed}");
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
        let tasks = crate::family::tasks::Tasks::alike(3, value);
        assert_eq!(testing::population(PopulationConfig::Tasks(tasks)).tail_index(), 3.0);
    }
}
