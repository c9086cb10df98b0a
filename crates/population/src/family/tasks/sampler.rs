//! Tasks made ready to draw from.

mod leading;
mod length;
mod moderate;
mod work;

use std::sync::OnceLock;

use model::kernel::{exp_all, ln_all};

use super::Tasks;
use crate::cholesky::Cholesky;
use crate::distribution::Distribution;
use crate::family::dependence::TaskDependence;
use crate::family::per_task::PerTask;
use crate::luck::{Crowd, FOUR};
use crate::special::{Tails, normal};
use crate::stream::Purpose;
use leading::Leading;
use length::Lengths;
use moderate::{LARGEST_SCORE, Moderate, are_moderate, lines};
use work::Work;

/// Independent buyers drawn together: their numbers fit the first-level cache.
const TILE: usize = 256;
/// Evenly spread buyers drawn together: every dimension is scrambled anew for each tile.
const LARGE_TILE: usize = 1024;
/// Scores held at once, in the second-level cache, if a tile of this many is not smaller than [`TILE`].
const HELD: usize = 1 << 16;

/// Tasks ready to draw from.
#[derive(Debug, Clone)]
pub(crate) struct TaskSampler {
    value: PerTask<Distribution>,
    zero_probability: Option<PerTask<f64>>,
    scores: Scores,
    /// How independent scores are turned where a sampling design spreads the first of them; values that are made of levels are
    /// left alone: with scores in between they would take several times as long.
    leading: Option<Leading>,
    /// How long all but the first of those scores are; made where they are first turned.
    lengths: OnceLock<Lengths>,
    masses: Vec<f64>,
    sigma: f64,
    /// Where no value can be very large or small.
    moderate: Option<Moderate>,
    /// Whether none can where scores are turned, either.
    moderate_turned: bool,
}

/// How the normal scores of a buyer's tasks are made.
#[derive(Debug, Clone)]
enum Scores {
    /// Not at all: her values are independent.
    Independent,
    /// `common` times her factor and `own` times the task's own score.
    OneFactor { common: f64, own: f64 },
    /// The factor of the correlation matrix times the tasks' own scores.
    Correlated(Cholesky),
}

impl Scores {
    /// Independent scores before those of the tasks.
    fn factors(&self) -> usize {
        usize::from(matches!(self, Self::OneFactor { .. }))
    }

    /// How much the scores of all tasks together move with each independent score, if each moves so much with its task's.
    fn pulls(&self, tasks: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Independent => tasks,
            Self::OneFactor { common, own } => {
                let all = common * tasks.iter().sum::<f64>();
                std::iter::once(all).chain(tasks.iter().map(|pull| own * pull)).collect()
            }
            Self::Correlated(factor) => factor.transposed_times(&tasks),
        }
    }
}

/// Half the distance between two keyed uniforms: no level is nearer to an end.
const NEAREST_LEVEL: f64 = 0.5 / (1_u64 << 53) as f64;

impl TaskSampler {
    /// From a checked family.
    pub(crate) fn new(family: &Tasks, sigma: f64) -> Self {
        let scores = match &family.dependence {
            None => Scores::Independent,
            Some(TaskDependence::OneFactor { correlation }) => {
                Scores::OneFactor { common: correlation.sqrt(), own: (1.0 - correlation).sqrt() }
            }
            Some(TaskDependence::Gaussian { correlation }) => Scores::Correlated(
                Cholesky::new(&correlation.concat(), family.n_tasks)
                    .expect("the matrix was checked to be positive definite"),
            ),
        };
        let (masses, lines) = (family.all_masses(), lines(family));
        let mut sampler = Self {
            value: family.value.clone(),
            zero_probability: family.zero_probability.clone(),
            leading: None,
            lengths: OnceLock::new(),
            moderate: None,
            moderate_turned: false,
            scores,
            masses,
            sigma,
        };
        if (0..family.n_tasks).all(|task| sampler.has_score(task)) {
            sampler.leading = Leading::along(&sampler.scores.pulls(sampler.pulls()));
        }
        if let Some(lines) = lines.filter(|lines| are_moderate(lines, &sampler.scores, 1.0, sigma)) {
            let stretch = sampler.leading.as_ref().map_or(1.0, |leading| {
                leading.stretch().max(libm::hypot(1.0, Lengths::largest(leading.others()) / LARGEST_SCORE))
            });
            sampler.moderate_turned = are_moderate(&lines, &sampler.scores, stretch, sigma);
            sampler.moderate = Some(Moderate::new(&lines, &sampler.masses, &sampler.scores, sigma));
        }
        sampler
    }

    /// How much the index moves with the score of each task, the others the same.
    ///
    /// ```text
    /// E[z μ_i w_i(z)^{1/(1-σ)}] = E[d/dz μ_i w_i(z)^{1/(1-σ)}] by Stein's lemma, all over the largest term
    /// ```
    /// at the middles of equal shares of the normal law: what is missed makes draws less even, never wrong.
    fn pulls(&self) -> Vec<f64> {
        const SHARES: usize = 32;
        let scores: [f64; SHARES] = std::array::from_fn(|share| {
            let below = (share as f64 + 0.5) / SHARES as f64;
            normal::score(Tails { lower: below, upper: 1.0 - below })
        });
        let alike = self.value.all().len() == 1
            && self.zero_probability.as_ref().is_none_or(|zeros| zeros.all().len() == 1);
        let tasks = if alike { 1 } else { self.n_tasks() };
        let power = 1.0 / (1.0 - self.sigma);
        let sizes: Vec<[f64; SHARES]> = (0..tasks)
            .map(|task| scores.map(|score| power * libm::log(self.value_at(task, score))))
            .collect();
        let largest = sizes.as_flattened().iter().fold(f64::NEG_INFINITY, |most, size| most.max(*size));
        let moves = |sizes: &[f64; SHARES]| -> f64 {
            sizes.iter().zip(&scores).map(|(size, score)| score * libm::exp(size - largest)).sum()
        };
        self.masses.iter().zip(sizes.iter().map(moves).cycle()).map(|(mass, moves)| mass * moves).collect()
    }

    /// Number of tasks.
    pub(crate) fn n_tasks(&self) -> usize {
        self.masses.len()
    }

    /// The heaviest tail of any task.
    pub(crate) fn tail_index(&self) -> f64 {
        self.value.all().iter().map(Distribution::tail_index).fold(f64::INFINITY, f64::min)
    }

    /// The indices of buyers; `kept`, if there, takes the values of each one's tasks, buyer by buyer.
    ///
    /// Task by task over tiles of buyers: values stay in the cache, and none is stored unless asked for.
    pub(crate) fn draw(&self, crowd: Crowd, indices: &mut [f64], mut kept: Option<&mut [f64]>) {
        let size = self.tile_size(crowd);
        let held = self.holds_scores(crowd).then_some((self.scores.factors(), self.n_tasks()));
        let mut work = Work::new(size.min(crowd.users().len()), self.sigma, held);
        for (tile, (users, indices)) in crowd.users().chunks(size).zip(indices.chunks_mut(size)).enumerate() {
            let kept = kept.as_deref_mut().map(|kept| {
                let stride = self.n_tasks();
                &mut kept[tile * size * stride..][..users.len() * stride]
            });
            self.tile(crowd.of(users), &mut work, kept);
            work.sums.indices(indices);
        }
    }

    /// Buyers drawn together.
    fn tile_size(&self, crowd: Crowd) -> usize {
        let held = self.scores.factors() + self.n_tasks();
        let fit = if self.holds_scores(crowd) { (HELD / held).max(TILE) } else { LARGE_TILE };
        let size = if crowd.is_keyed() { TILE } else { LARGE_TILE };
        size.min(fit.next_multiple_of(TILE))
    }

    /// How independent scores are turned: where a design spreads the first of them.
    fn turned(&self, crowd: Crowd) -> Option<&Leading> {
        self.leading.as_ref().filter(|_| crowd.is_spread())
    }

    /// Where values are moderate.
    fn moderate(&self, crowd: Crowd) -> Option<&Moderate> {
        let is_moderate = self.moderate_turned || self.turned(crowd).is_none();
        self.moderate.as_ref().filter(|_| is_moderate)
    }

    /// Whether scores are made of all others.
    fn holds_scores(&self, crowd: Crowd) -> bool {
        self.turned(crowd).is_some() || matches!(self.scores, Scores::Correlated(_))
    }

    /// Adds up the tasks of one tile of buyers.
    fn tile(&self, crowd: Crowd, work: &mut Work, mut kept: Option<&mut [f64]>) {
        let (buyers, moderate) = (crowd.users().len(), self.moderate(crowd));
        if self.holds_scores(crowd) {
            let turned = self
                .turned(crowd)
                .map(|leading| (leading, self.lengths.get_or_init(|| Lengths::new(leading.others()))));
            work.draw_all(crowd, &self.scores, turned, self.n_tasks());
        } else if let Scores::OneFactor { common, .. } = self.scores {
            work.draw_factor(crowd, common);
        }
        let factor_slope = moderate.and_then(|moderate| moderate.factor_slope);
        match moderate {
            Some(Moderate { base, .. }) => {
                work.sums.reset_moderate(*base, factor_slope.unwrap_or_default(), &work.factor);
            }
            None => work.sums.reset(),
        }
        let crowd = crowd.after(self.scores.factors() as u32);
        let own = if let Scores::OneFactor { own, .. } = self.scores { own } else { 1.0 };
        for (task, mass) in self.masses.iter().enumerate() {
            let next = |count: usize| task..self.n_tasks().min(task + count);
            if task.is_multiple_of(FOUR) && next(FOUR).any(|task| self.has_score(task)) {
                work.draw_scores(crowd, task / FOUR);
            }
            if task.is_multiple_of(2) && next(2).any(|task| !self.has_score(task)) {
                work.draw_levels(crowd, task / 2);
            }
            if factor_slope.is_none() {
                work.add_factor(task, own);
            }
            if let Some(Moderate { tasks, .. }) = moderate {
                let (mass, slope) = tasks[task];
                let row = work.row(task, buyers);
                work.sums.add_moderate(mass, slope, &work.scores[row]);
            }
            if moderate.is_none() || kept.is_some() {
                if factor_slope.is_some() {
                    work.add_factor(task, own);
                }
                self.values_of(task, crowd, work, kept.is_some());
            }
            if moderate.is_none() {
                work.sums.add(*mass, &work.logarithms[..buyers]);
            }
            if let Some(kept) = &mut kept {
                for (row, value) in kept.chunks_mut(self.n_tasks()).zip(&work.values) {
                    row[task] = *value;
                }
            }
        }
    }

    /// Whether the value of a task is made of a normal score, not of a level.
    fn has_score(&self, task: usize) -> bool {
        !matches!(self.scores, Scores::Independent)
            || matches!(self.value.of(task), Distribution::Lognormal(_))
    }

    /// From levels or scores of a task to the logarithms of its values, and to the values themselves: where they are asked
    /// for, or known first.
    fn values_of(&self, task: usize, crowd: Crowd, work: &mut Work, asked: bool) {
        let buyers = crowd.users().len();
        let row = work.row(task, buyers);
        let Work { room, scores, values, logarithms, .. } = work;
        let (levels, scores) = (&room.levels[task % 2][..buyers], &scores[row]);
        let values = &mut values[..buyers];
        let law = self.value.of(task);
        if let (Distribution::Lognormal(law), None) = (law, &self.zero_probability) {
            law.logarithms_at(scores, &mut logarithms[..buyers]);
            if asked {
                values.copy_from_slice(&logarithms[..buyers]);
                exp_all(values);
            }
            return;
        }
        if self.has_score(task) {
            for (value, score) in values.iter_mut().zip(scores) {
                *value = self.value_at(task, *score);
            }
        } else if self.zero_probability.is_none() {
            law.fill(crowd, Purpose::Task, task as u32, levels, values);
        } else {
            for ((value, level), luck) in values.iter_mut().zip(levels).zip(crowd.each()) {
                *value = self
                    .unless_zero(task, level.tails())
                    .map_or(0.0, |level| law.draw_at(level, luck, Purpose::Task, task as u32));
            }
        }
        logarithms[..buyers].copy_from_slice(values);
        ln_all(&mut logarithms[..buyers]);
    }

    /// The value of a task at a normal score.
    fn value_at(&self, task: usize, score: f64) -> f64 {
        let law = self.value.of(task);
        if self.zero_probability.as_ref().is_none_or(|zeros| *zeros.of(task) == 0.0) {
            return law.quantile_of_score(score);
        }
        self.unless_zero(task, normal::tails(score))
            .map_or(0.0, |level| law.quantile_of_tails(level.lower, level.upper))
    }

    /// Nothing for the buyers who never do a task, those with the lowest levels; the others' levels among themselves.
    ///
    /// ```text
    /// u < p: never;   else (u - p)/(1 - p)
    /// ```
    fn unless_zero(&self, task: usize, level: Tails) -> Option<Tails> {
        let Some(zeros) = &self.zero_probability else { return Some(level) };
        let never = *zeros.of(task);
        if level.lower < never {
            return None;
        }
        Some(Tails {
            lower: ((level.lower - never) / (1.0 - never)).max(NEAREST_LEVEL),
            upper: (level.upper / (1.0 - never)).min(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::stream::Key;
    use crate::testing::{self, constant, lognormal};

    const KEY: Key = Key { seed: 6, replicate: 1 };

    fn drawn(family: &Tasks, user: u64) -> Vec<f64> {
        let mut values = vec![0.0; family.n_tasks];
        let crowd = Crowd::new(Design::Pseudo, KEY, std::slice::from_ref(&user));
        TaskSampler::new(family, 0.5).draw(crowd, &mut [0.0], Some(&mut values));
        values
    }

    #[test]
    fn equal_values_are_the_index() {
        let (crowd, mut index) = (Crowd::new(Design::Pseudo, KEY, &[0]), [0.0]);
        TaskSampler::new(&Tasks::alike(7, constant(3.0)), 0.4).draw(crowd, &mut index, None);
        assert!((index[0] - 3.0).abs() < 1e-14);
    }

    /// Saying the same in another way draws the same people.
    #[test]
    fn one_law_for_all_is_that_law_for_each() {
        for (law, _) in testing::examples() {
            let same = Tasks::alike(5, law.clone());
            let each = Tasks { value: PerTask::Each(vec![law; 5]), ..same.clone() };
            let never = Tasks { zero_probability: Some(0.0.into()), ..same.clone() };
            assert_eq!(drawn(&same, 3), drawn(&each, 3));
            assert_eq!(drawn(&same, 3), drawn(&never, 3));
        }
    }

    #[test]
    fn without_correlation_copulas_change_nothing_but_rounding() {
        let independent = Tasks::alike(3, lognormal(1.0, 0.5));
        let factor =
            Tasks { dependence: Some(TaskDependence::OneFactor { correlation: 0.0 }), ..independent.clone() };
        let identity = vec![vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]];
        let matrix = Tasks {
            dependence: Some(TaskDependence::Gaussian { correlation: identity }),
            ..independent.clone()
        };
        for user in 0..50 {
            assert_eq!(drawn(&independent, user), drawn(&factor, user));
            assert_eq!(drawn(&independent, user), drawn(&matrix, user));
        }
    }

    #[test]
    fn nearly_perfect_correlation_makes_all_tasks_alike() {
        let dependence = Some(TaskDependence::OneFactor { correlation: 1.0 - 1e-14 });
        let family = Tasks { dependence, ..Tasks::alike(4, lognormal(0.0, 1.0)) };
        for user in 0..50 {
            let values = drawn(&family, user);
            assert!(values.iter().all(|value| (value / values[0] - 1.0).abs() < 1e-6), "{values:?}");
        }
    }

    /// Zeros come from the lower end of the same uniforms; who does the task is drawn higher up than without them.
    #[test]
    fn levels_below_the_zero_share_are_zero_and_the_others_keep_their_order() {
        let plain = Tasks::alike(64, lognormal(0.0, 1.0));
        let some = Tasks { zero_probability: Some(0.3.into()), ..plain.clone() };
        let (all, done) = (drawn(&plain, 2), drawn(&some, 2));
        let cut = lognormal(0.0, 1.0).quantile_of_tails(0.3, 0.7);
        for (before, after) in all.iter().zip(&done) {
            assert_eq!(*before < cut, *after == 0.0, "{before} {after}");
            assert!(*after == 0.0 || after < before);
        }
    }
}
