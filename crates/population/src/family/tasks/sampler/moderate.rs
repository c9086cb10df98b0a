//! Lognormal values of tasks that are so far from the ends of 64-bit floats that their sums need no care.

use super::{Scores, Tasks};
use crate::distribution::Distribution;

/// Above the size of every independent score, unless a length is given to some of them.
pub(super) const LARGEST_SCORE: f64 = 9.6;
/// Up to this size exponentials, and sums of 4096 of them, are far from the ends of 64-bit floats.
const MODERATE: f64 = 690.0;

/// μ and s of every task, ln w = μ + s z, if all are lognormal and done by everybody.
pub(super) fn lines(family: &Tasks) -> Option<Vec<(f64, f64)>> {
    let line = |task| match (family.value.of(task), &family.zero_probability) {
        (Distribution::Lognormal(law), None) => Some((law.mu, law.sigma)),
        _ => None,
    };
    (0..family.n_tasks).map(line).collect()
}

/// Whether no (w_i)^{1/(1-σ)} can be very large or small where no independent score is larger than [`LARGEST_SCORE`] by more than the
/// factor `stretch`.
pub(super) fn are_moderate(lines: &[(f64, f64)], scores: &Scores, stretch: f64, sigma: f64) -> bool {
    let largest = LARGEST_SCORE
        * match scores {
            Scores::Independent => stretch,
            Scores::OneFactor { common, own } => (common + own) * stretch,
            // Rows of the factor have length one, and all scores together are no longer than as many of the largest, turned or not.
            Scores::Correlated(_) => (lines.len() as f64).sqrt(),
        };
    lines.iter().all(|(mu, slope)| (mu.abs() + slope * largest) / (1.0 - sigma) < MODERATE)
}

/// Values of which sums need no care.
///
/// ```text
/// ln w_i = μ_i + s_i z_i,   base = max_i (μ_i + (1-σ) ln mass_i)
/// Σ_i mass_i w_i^{1/(1-σ)} = e^{(base + s f)/(1-σ)} Σ_i mass'_i 2^{slope_i z_i}
/// ```
/// with s f, and the task's own score as z_i, where all scores have a factor f in common and all tasks the same s.
#[derive(Debug, Clone)]
pub(super) struct Moderate {
    pub(super) base: f64,
    /// s where a factor leaves the sum; zero where there is none, `None` where there is one and tasks differ.
    pub(super) factor_slope: Option<f64>,
    /// mass'_i and slope_i.
    pub(super) tasks: Vec<(f64, f64)>,
}

impl Moderate {
    pub(super) fn new(lines: &[(f64, f64)], masses: &[f64], scores: &Scores, sigma: f64) -> Self {
        let (factor_slope, own) = match scores {
            Scores::OneFactor { own, .. } => {
                let is_alike = lines.iter().all(|(_, slope)| *slope == lines[0].1);
                if is_alike { (Some(lines[0].1), *own) } else { (None, 1.0) }
            }
            Scores::Independent | Scores::Correlated(_) => (Some(0.0), 1.0),
        };
        let bases: Vec<f64> =
            lines.iter().zip(masses).map(|((mu, _), mass)| mu + (1.0 - sigma) * libm::log(*mass)).collect();
        let base = bases.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let power = 1.0 / (1.0 - sigma);
        let tasks = lines.iter().zip(bases).map(|((_, slope), own_base)| {
            (libm::exp(power * (own_base - base)), power * slope * own * std::f64::consts::LOG2_E)
        });
        Self { base, factor_slope, tasks: tasks.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TaskSampler;
    use super::*;
    use crate::design::Design;
    use crate::family::dependence::TaskDependence;
    use crate::family::per_task::PerTask;
    use crate::luck::Crowd;
    use crate::stream::Key;
    use crate::testing::lognormal;

    const KEY: Key = Key { seed: 6, replicate: 1 };

    /// A turned score may be ten times the largest of 64, or nearly as long as all of 4096: values of which their sum could be infinite
    /// find their largest first.
    #[test]
    fn turned_scores_have_a_bound_of_their_own() {
        let nearly_one = Some(TaskDependence::OneFactor { correlation: 1.0 - 1e-9 });
        for (n_tasks, dependence, sigma, is_moderate) in [
            (64, None, 1.0, [true; 3]),
            (64, None, 10.0, [true, false, false]),
            (4096, nearly_one.clone(), 1.0, [true; 3]),
            (4096, nearly_one, 8.0, [true, false, false]),
        ] {
            let family = Tasks { dependence, ..Tasks::alike(n_tasks, lognormal(0.0, sigma)) };
            let sampler = TaskSampler::new(&family, 0.5);
            let users: Vec<u64> = (0..100).collect();
            let designs = [Design::Pseudo, Design::Stratified, Design::Sobol];
            for (design, is_moderate) in designs.into_iter().zip(is_moderate) {
                let (crowd, mut indices) = (Crowd::new(design, KEY, &users), [f64::NAN; 100]);
                assert_eq!(sampler.moderate(crowd).is_some(), is_moderate, "{n_tasks} {sigma} {design:?}");
                sampler.draw(crowd, &mut indices, None);
                assert!(indices.iter().all(|index| *index > 0.0 && index.is_finite()));
            }
        }
    }

    /// Masses far apart weigh as they should, also where values of the lighter task are larger by as much.
    #[test]
    fn small_masses_of_large_values_count() {
        let heavy = [1e-200, 1.0];
        let lognormals = [lognormal(300.0, 0.1), lognormal(-160.0, 0.1)];
        let family = Tasks {
            value: PerTask::Each(lognormals.to_vec()),
            masses: Some(heavy.to_vec()),
            ..Tasks::alike(2, lognormal(0.0, 1.0))
        };
        let (mut index, mut values) = ([f64::NAN], [f64::NAN; 2]);
        TaskSampler::new(&family, 0.5).draw(
            Crowd::new(Design::Pseudo, KEY, &[7]),
            &mut index,
            Some(&mut values),
        );
        let expected = model::index::ces_index(&values, &heavy, 0.5);
        assert!((index[0] / expected - 1.0).abs() < 1e-12, "{index:?} {expected}");
    }

    /// A factor that cannot leave the sum, since tasks differ, is in their scores.
    #[test]
    fn tasks_of_different_slopes_have_their_factor() {
        let slopes = [0.1, 0.4, 0.9];
        let value = PerTask::Each(slopes.map(|sigma| lognormal(0.2, sigma)).to_vec());
        let dependence = Some(TaskDependence::OneFactor { correlation: 0.6 });
        // The same scores where all tasks are alike, and the factor leaves the sum.
        let alike = Tasks { dependence: dependence.clone(), ..Tasks::alike(3, lognormal(0.0, 1.0)) };
        let sampler =
            TaskSampler::new(&Tasks { value, dependence, ..Tasks::alike(3, lognormal(0.0, 1.0)) }, 0.5);
        for design in [Design::Pseudo, Design::Stratified, Design::Sobol] {
            let (crowd, mut index, mut values) = (Crowd::new(design, KEY, &[7]), [f64::NAN], [f64::NAN; 3]);
            assert!(sampler.moderate(crowd).is_some_and(|moderate| moderate.factor_slope.is_none()));
            sampler.draw(crowd, &mut index, Some(&mut values));
            let expected = model::index::ces_index(&values, &[1.0 / 3.0; 3], 0.5);
            assert!((index[0] / expected - 1.0).abs() < 1e-13, "{design:?}: {index:?} {expected}");
            if design == Design::Pseudo {
                let mut scores = [f64::NAN; 3];
                TaskSampler::new(&alike, 0.5).draw(crowd, &mut index, Some(&mut scores));
                for ((value, score), slope) in values.iter().zip(scores).zip(slopes) {
                    let expected = libm::exp(0.2 + slope * libm::log(score));
                    assert!((value / expected - 1.0).abs() < 1e-13, "{value} {expected}");
                }
            }
        }
    }
}
