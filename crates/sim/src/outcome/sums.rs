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
    /// Σ (x - x̄)(y - ȳ).
    pub(super) fn products(x: &[f64], y: &[f64], mean_x: f64, mean_y: f64) -> f64 {
        one_sum!([x, y], {}, (x - mean_x) * (y - mean_y))
    }
}

model::kernel! {
    /// Of welfare, deadweight loss, that of who buys nothing and of who buys, and of profit less first-best surplus.
    pub(super) fn of_surplus(
        first_best: &[f64],
        profit: &[f64],
        utility: &[f64],
        served: &[f64],
    ) -> [Centred; 5] {
        centred!(
            first_best.len(),
            [first_best, profit, utility, served],
            {
                let welfare = utility + profit;
                let loss = first_best - welfare;
            },
            [welfare, loss, (1.0 - served) * loss, served * loss, profit - first_best]
        )
    }
}

model::kernel! {
    /// Of the product x of a weight and a payment y, and Σ (x - x̄)(y - ȳ).
    pub(super) fn of_weighted(weight: &[f64], payment: &[f64], mean_payment: f64) -> (Centred, f64) {
        let [of] = centred!(weight.len(), [weight, payment], {}, [weight * payment]);
        let co = one_sum!([weight, payment], {}, (weight * payment - of.mean) * (payment - mean_payment));
        (of, co)
    }
}

/// What a group's differences between two rules add up to, beyond what they are expected to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct DifferenceSums {
    /// Σ d, Σ d² of profits.
    pub(super) profit: [f64; 2],
    /// Σ d, Σ d² of utilities.
    pub(super) utility: [f64; 2],
    /// How many gain, and how many lose.
    pub(super) better_worse: [f64; 2],
}

model::kernel! {
    /// Of two columns each of profits and utilities: differences d = first - second - shift.
    pub(super) fn differences(
        first_best: &[f64],
        profits: [&[f64]; 2],
        utilities: [&[f64]; 2],
        shifts: [f64; 2],
    ) -> DifferenceSums {
        let ([p1, p0], [u1, u0]) = (profits, utilities);
        let [profit_sum, profit_squares, sum, squares, better, worse] = sums!(
            [first_best, p1, p0, u1, u0],
            {
                let (profit, utility) = (p1 - p0 - shifts[0], u1 - u0);
                let (indifferent, beyond) = (INDIFFERENCE * first_best, utility - shifts[1]);
            },
            [
                profit,
                profit * profit,
                beyond,
                beyond * beyond,
                one_if(utility > indifferent),
                one_if(utility < -indifferent),
            ]
        );
        DifferenceSums {
            profit: [profit_sum, profit_squares],
            utility: [sum, squares],
            better_worse: [better, worse],
        }
    }
}

model::kernel! {
    /// How many buy under the second rule only, under the first only, and under both, but something else: from who is served
    /// and from payment, spend and fine-tuning under the two, columns of one length.
    ///
    /// More than payments is looked at only where somebody served by both pays the same.
    pub(super) fn churn(served: [&[f64]; 2], columns: [[&[f64]; 2]; 3]) -> [f64; 3] {
        let [s1, s0] = served;
        let [[t1, t0], [e1, e0], [z1, z0]] = columns;
        let [under_first, under_second, both] = sums!([s1, s0], {}, [s1, s0, s1 * s0]);
        let (leave, join) = (under_second - both, under_first - both);
        let pay_another = one_sum!([s1, s0, t1, t0], {}, s1 * s0 * differ(t1, t0));
        if pay_another == both {
            return [leave, join, both];
        }
        let stay = one_sum!(
            [s1, s0, t1, t0, e1, e0, z1, z0],
            {},
            s1 * s0 * (1.0 - differ(e1, e0)) * (1.0 - differ(z1, z0)) * (1.0 - differ(t1, t0))
        );
        [leave, join, both - stay]
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn one_if(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

/// One where two amounts differ beyond rounding, else zero.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn differ(a: f64, b: f64) -> f64 {
    let (a_size, b_size) = (a.abs(), b.abs());
    one_if((a - b).abs() > INDIFFERENCE * if a_size > b_size { a_size } else { b_size })
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
