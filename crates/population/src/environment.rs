//! What a seller knows of whole profiles: all types of a finite population, or the profiles of a sample of buyers.

use model::belief::Environment;

use crate::config::PopulationConfig;
use crate::design::Design;
use crate::population::Population;
use crate::stream::Key;

/// Values kept of a sample of profiles, and the most and the fewest profiles: what representatives are formed from.
const VALUES: usize = 1 << 20;
const MOST_PROFILES: usize = 1 << 14;
const FEWEST_PROFILES: usize = 1 << 10;

impl Population {
    /// What a seller who knows the law believes of the profiles of values: a finite population exactly, else a design
    /// sample, drawn with the seed in a replicate that is never simulated; `None` without common tasks.
    pub fn environment(&self, seed: u64) -> Option<Environment> {
        match self.config() {
            PopulationConfig::Finite(family) => Some(Environment {
                masses: family.masses.clone(),
                probabilities: family.types.iter().map(|kind| kind.probability).collect(),
                values: family.types.iter().flat_map(|kind| kind.values.iter().copied()).collect(),
                sampled: false,
            }),
            _ => self.sampled_environment(MOST_PROFILES, seed),
        }
    }

    /// The profiles of `buyers` buyers of the design sample, but of no more than 16,384 of them or 2^20 values.
    pub fn sampled_environment(&self, buyers: usize, seed: u64) -> Option<Environment> {
        let masses = self.config().masses()?;
        let most = (VALUES / masses.len()).clamp(FEWEST_PROFILES, MOST_PROFILES);
        let count = buyers.clamp(1, most);
        let independent = self.clone().recording_tasks(true).sampled_by(Design::Pseudo);
        let drawn = independent.draw(Key::design(seed), 0, count);
        let probabilities = vec![1.0 / count as f64; count];
        Some(Environment { masses, probabilities, values: drawn.task_values?, sampled: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Menus do not depend on how evenly buyers are simulated: parts of a sample that are compared must be independent.
    #[test]
    fn profiles_are_those_of_independent_buyers() {
        for population in testing::populations() {
            let profiles =
                |design| population.clone().sampled_by(design).environment(3).map(|own| own.values);
            for even in [Design::Stratified, Design::Sobol] {
                assert_eq!(profiles(even), profiles(Design::Pseudo), "{even:?}");
            }
        }
    }

    /// Every environment has the mean index its population believes in.
    #[test]
    fn environments_are_of_the_population() {
        let mut known = 0;
        for population in testing::populations() {
            let Some(environment) = population.environment(3) else {
                assert!(population.config().masses().is_none());
                continue;
            };
            known += 1;
            let index =
                |kind: usize| model::index::ces_index(environment.profile(kind), &environment.masses, 0.5);
            let kinds = 0..environment.n_types();
            let mean: f64 = kinds.map(|kind| environment.probabilities[kind] * index(kind)).sum();
            let believed = population.belief(20_000, 4).index.points.mean_of(|x| x);
            assert!((mean / believed - 1.0).abs() < 0.05, "{:?}: {mean} {believed}", population.config());
            let exact = matches!(population.config(), PopulationConfig::Finite(_));
            assert_eq!(exact, environment.n_types() < 100);
            assert_eq!(population.sampled_environment(50, 3).map(|sample| sample.n_types()), Some(50));
        }
        assert!(known > 3);
    }
}
