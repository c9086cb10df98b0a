//! Sums over columns of buyers: kernels with a fixed number of lanes, so that bytes do not depend on the machine.

use model::tolerance::INDIFFERENCE;

use super::moments::{LANES, Moments, sum_of};

/// A mean and the sum of squared deviations from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Centred {
    /// The mean.
    pub(super) mean: f64,
    /// Sum of squared deviations.
    pub(super) m2: f64,
}

impl Centred {
    /// The moments of so many numbers.
    pub(super) fn of(self, count: usize) -> Moments {
        if count == 0 {
            return Moments::default();
        }
        Moments { count: count as u64, mean: self.mean, m2: self.m2 }
    }
}

/// The sum over buyers of what an expression makes of each one's numbers in some columns of the same length, after a prelude.
///
/// Chunk by chunk in interleaved lanes; a macro, so that a kernel compiles all of it for its own instruction set.
macro_rules! one_sum {
    ([$first:ident $(, $column:ident)*], { $($prelude:tt)* }, $of_each:expr) => {{
        #[allow(unused_variables, reason = "what this sum does not need of the prelude")]
        let lanes = {
            let mut lanes = [0.0; LANES];
            $(let $column = $column[..$first.len()].as_chunks::<LANES>();)*
            let $first = $first.as_chunks::<LANES>();
            for chunk in 0..$first.0.len() {
                let $first = &$first.0[chunk];
                $(let $column = &$column.0[chunk];)*
                for lane in 0..LANES {
                    let $first = $first[lane];
                    $(let $column = $column[lane];)*
                    $($prelude)*
                    lanes[lane] += $of_each;
                }
            }
            for lane in 0..$first.1.len() {
                let $first = $first.1[lane];
                $(let $column = $column.1[lane];)*
                $($prelude)*
                lanes[lane] += $of_each;
            }
            lanes
        };
        sum_of(&lanes)
    }};
}

/// Several sums over the same columns, each by a pass of its own: of loops with many sums compilers make no vectors.
macro_rules! sums {
    ($columns:tt, $prelude:tt, [$($of_each:expr),+ $(,)?]) => {
        [$(one_sum!($columns, $prelude, $of_each)),+]
    };
}

/// [`sums!`] over so many buyers as means with the squares around them.
macro_rules! centred {
    ($count:expr, $columns:tt, $prelude:tt, [$($of_each:expr),+ $(,)?]) => {
        [$({
            let mean = one_sum!($columns, $prelude, $of_each) / $count as f64;
            let m2 = one_sum!($columns, $prelude, {
                let away = $of_each - mean;
                away * away
            });
            Centred { mean, m2 }
        }),+]
    };
}

model::kernel! {
    /// Means and squares of six columns of the same length.
    pub(super) fn of_columns(columns: [&[f64]; 6]) -> [Centred; 6] {
        let mut found = [Centred { mean: 0.0, m2: 0.0 }; 6];
        for (found, column) in found.iter_mut().zip(columns) {
            [*found] = centred!(column.len(), [column], {}, [column]);
        }
        found
    }
}

model::kernel! {
    /// Σ x.
    pub(super) fn total(x: &[f64]) -> f64 {
        one_sum!([x], {}, x)
    }
}

model::kernel! {
    /// How many numbers are positive.
    pub(super) fn positive(x: &[f64]) -> u64 {
        let mut positive = 0;
        for x in x {
            positive += u64::from(*x > 0.0);
        }
        positive
    }
}

model::kernel! {
    /// Σ (x - x̄)(y - ȳ).
    pub(super) fn products(x: &[f64], y: &[f64], mean_x: f64, mean_y: f64) -> f64 {
        one_sum!([x, y], {}, (x - mean_x) * (y - mean_y))
    }
}

model::kernel! {
    /// Squares of welfare, deadweight loss, and profit less first-best surplus around their means.
    pub(super) fn of_surplus(
        first_best: &[f64],
        profit: &[f64],
        utility: &[f64],
        means: [f64; 3],
    ) -> [f64; 3] {
        let [welfare, loss, less] = means;
        let around_welfare = one_sum!([utility, profit], { let away = utility + profit - welfare; }, away * away);
        let around_loss =
            one_sum!([first_best, profit, utility], { let away = first_best - (utility + profit) - loss; }, away * away);
        let around_less = one_sum!([profit, first_best], { let away = profit - first_best - less; }, away * away);
        [around_welfare, around_loss, around_less]
    }
}

model::kernel! {
    /// Of the deadweight loss of who buys nothing, and of who buys.
    pub(super) fn of_losses(
        first_best: &[f64],
        profit: &[f64],
        utility: &[f64],
        served: &[f64],
    ) -> [Centred; 2] {
        centred!(
            first_best.len(),
            [first_best, profit, utility, served],
            { let loss = first_best - (utility + profit); },
            [(1.0 - served) * loss, served * loss]
        )
    }
}

model::kernel! {
    /// Of the product x of a weight and a payment y, and Σ x (y - ȳ).
    pub(super) fn of_weighted(weight: &[f64], payment: &[f64], mean_payment: f64) -> (Centred, f64) {
        let [of] = centred!(weight.len(), [weight, payment], {}, [weight * payment]);
        (of, one_sum!([weight, payment], {}, weight * payment * (payment - mean_payment)))
    }
}

/// What a group's differences between two rules add up to.
#[derive(Debug, Clone, Copy)]
pub(super) struct DifferenceSums {
    /// Squares of the differences of profits around their mean.
    pub(super) profit: f64,
    /// The same of utilities.
    pub(super) utility: f64,
    /// How many gain, and how many lose.
    pub(super) better_worse: [u64; 2],
}

model::kernel! {
    /// Of two columns each of profits and utilities, first minus second, whose means are known.
    pub(super) fn differences(
        first_best: &[f64],
        profits: [&[f64]; 2],
        utilities: [&[f64]; 2],
        means: [f64; 2],
    ) -> DifferenceSums {
        let ([p1, p0], [u1, u0]) = (profits, utilities);
        let profit = one_sum!([p1, p0], { let away = p1 - p0 - means[0]; }, away * away);
        let (mut better, mut worse) = ([0; LANES], [0; LANES]);
        let mut lanes = [0.0; LANES];
        let buyers = u1.len();
        let [u1, u0, first_best] = [u1, u0, first_best].map(|column| column[..buyers].as_chunks::<LANES>());
        for ((u1, u0), first_best) in u1.0.iter().zip(u0.0).zip(first_best.0) {
            for lane in 0..LANES {
                let (gain, indifferent) = (u1[lane] - u0[lane], INDIFFERENCE * first_best[lane]);
                let away = gain - means[1];
                lanes[lane] += away * away;
                better[lane] += u64::from(gain > indifferent);
                worse[lane] += u64::from(gain < -indifferent);
            }
        }
        for lane in 0..u1.1.len() {
            let (gain, indifferent) = (u1.1[lane] - u0.1[lane], INDIFFERENCE * first_best.1[lane]);
            let away = gain - means[1];
            lanes[lane] += away * away;
            better[lane] += u64::from(gain > indifferent);
            worse[lane] += u64::from(gain < -indifferent);
        }
        let better_worse = [better.iter().sum(), worse.iter().sum()];
        DifferenceSums { profit, utility: sum_of(&lanes), better_worse }
    }
}

model::kernel! {
    /// How many are better off with these utilities than with nothing, and how many worse.
    pub(super) fn better_and_worse(first_best: &[f64], utilities: &[f64]) -> [u64; 2] {
        let (mut better, mut worse) = (0, 0);
        for (first_best, utility) in first_best.iter().zip(utilities) {
            let indifferent = INDIFFERENCE * first_best;
            better += u64::from(*utility > indifferent);
            worse += u64::from(*utility < -indifferent);
        }
        [better, worse]
    }
}

model::kernel! {
    /// How many buy under the second rule only, and under the first only: from who is served under the two.
    pub(super) fn leave_and_join(served: [&[f64]; 2]) -> [u64; 2] {
        let (mut leave, mut join) = (0, 0);
        for (first, second) in served[0].iter().zip(served[1]) {
            leave += u64::from(second > first);
            join += u64::from(first > second);
        }
        [leave, join]
    }
}

model::kernel! {
    /// How many have another amount in the first column than in the second, beyond rounding.
    pub(super) fn differing(columns: [&[f64]; 2]) -> u64 {
        let mut differing = 0;
        for (first, second) in columns[0].iter().zip(columns[1]) {
            differing += u64::from(differ(*first, *second));
        }
        differing
    }
}

model::kernel! {
    /// How many buy under both of two rules, but something else or at another payment: from who is served and from payment,
    /// spend and fine-tuning under the two, columns of one length.
    pub(super) fn moving(served: [&[f64]; 2], columns: [[&[f64]; 2]; 3]) -> u64 {
        let [s1, s0] = served;
        let [[t1, t0], [e1, e0], [z1, z0]] = columns;
        let buyers = s1.len();
        let [s1, s0, t1, t0, e1, e0, z1, z0] = [s1, s0, t1, t0, e1, e0, z1, z0].map(|column| &column[..buyers]);
        let mut moves = 0;
        for buyer in 0..buyers {
            let (first, second) = (s1[buyer] > 0.0, s0[buyer] > 0.0);
            let uses_another = differ(e1[buyer], e0[buyer]) | differ(z1[buyer], z0[buyer]);
            let another = uses_another | differ(t1[buyer], t0[buyer]);
            moves += u64::from(first & second & another);
        }
        moves
    }
}

/// Whether two amounts differ beyond rounding.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn differ(a: f64, b: f64) -> bool {
    let away = (a - b).abs();
    (away > INDIFFERENCE * a.abs()) & (away > INDIFFERENCE * b.abs())
}

model::kernel! {
    /// Σ (t - t̄) and Σ (t - t̄)² of the payments of who buys under one rule and not under the other.
    pub(super) fn lost(payment: &[f64], mean: f64, served: &[f64], served_by_other: &[f64]) -> [f64; 2] {
        sums!(
            [payment, served, served_by_other],
            {
                let lost = served * (1.0 - served_by_other) * (payment - mean);
            },
            [lost, lost * (payment - mean)]
        )
    }
}
