//! Sums over columns of buyers.

use model::tolerance::INDIFFERENCE;

use super::lanes::sum_of_each;
use super::moments::Moments;

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

model::kernel! {
    /// Means and squares of six columns of the same length.
    pub(super) fn of_columns(columns: [&[f64]; 6]) -> [Centred; 6] {
        // All means first: the next sum does not wait for a quotient.
        let means = columns.map(|column| sum_of_each([column], |[x]| x) / column.len() as f64);
        std::array::from_fn(|which| {
            let mean = means[which];
            Centred { mean, m2: sum_of_each([columns[which]], |[x]| square(x - mean)) }
        })
    }
}

model::kernel! {
    /// Σ x.
    pub(super) fn total(x: &[f64]) -> f64 {
        sum_of_each([x], |[x]| x)
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
        sum_of_each([x, y], |[x, y]| (x - mean_x) * (y - mean_y))
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
        [
            sum_of_each([utility, profit], |[utility, profit]| square(utility + profit - welfare)),
            sum_of_each([first_best, utility, profit], |[first_best, utility, profit]| {
                square(first_best - (utility + profit) - loss)
            }),
            sum_of_each([profit, first_best], |[profit, first_best]| square(profit - first_best - less)),
        ]
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
        let columns = [first_best, profit, utility, served];
        let buyers = first_best.len() as f64;
        let excluded = |[first_best, profit, utility, served]: [f64; 4]| {
            (1.0 - served) * (first_best - (utility + profit))
        };
        let distorted = |[first_best, profit, utility, served]: [f64; 4]| {
            served * (first_best - (utility + profit))
        };
        let means = [sum_of_each(columns, excluded) / buyers, sum_of_each(columns, distorted) / buyers];
        [
            Centred { mean: means[0], m2: sum_of_each(columns, |of| square(excluded(of) - means[0])) },
            Centred { mean: means[1], m2: sum_of_each(columns, |of| square(distorted(of) - means[1])) },
        ]
    }
}

model::kernel! {
    /// Of the product x of a weight and a payment y, and Σ x (y - ȳ).
    pub(super) fn of_weighted(weight: &[f64], payment: &[f64], mean_payment: f64) -> (Centred, f64) {
        let columns = [weight, payment];
        let mean = sum_of_each(columns, |[weight, payment]| weight * payment) / weight.len() as f64;
        let m2 = sum_of_each(columns, |[weight, payment]| square(weight * payment - mean));
        let co = sum_of_each(columns, |[weight, payment]| weight * payment * (payment - mean_payment));
        (Centred { mean, m2 }, co)
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn square(x: f64) -> f64 {
    x * x
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
        let [profit, utility] = means;
        let buyers = first_best.len();
        let [first, second] = utilities.map(|utilities| &utilities[..buyers]);
        let (mut better, mut worse) = (0, 0);
        for buyer in 0..buyers {
            let (gain, indifferent) = (first[buyer] - second[buyer], INDIFFERENCE * first_best[buyer]);
            better += u64::from(gain > indifferent);
            worse += u64::from(gain < -indifferent);
        }
        DifferenceSums {
            profit: sum_of_each(profits, |[first, second]| square(first - second - profit)),
            utility: sum_of_each(utilities, |[first, second]| square(first - second - utility)),
            better_worse: [better, worse],
        }
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
        let columns = [payment, served, served_by_other];
        let lost = |[payment, served, by_other]: [f64; 3]| served * (1.0 - by_other) * (payment - mean);
        [sum_of_each(columns, lost), sum_of_each(columns, |of| lost(of) * (of[0] - mean))]
    }
}
