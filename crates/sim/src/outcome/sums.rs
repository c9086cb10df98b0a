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

/// Σ f(i) for the numbers i below `count`, in interleaved lanes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn sum_by<const N: usize>(count: usize, f: impl Fn(usize) -> [f64; N]) -> [f64; N] {
    let mut lanes = [[0.0; LANES]; N];
    let whole = count / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let of = f(start + lane);
            for (lanes, of) in lanes.iter_mut().zip(of) {
                lanes[lane] += of;
            }
        }
    }
    for i in whole..count {
        for (lanes, of) in lanes.iter_mut().zip(f(i)) {
            lanes[i - whole] += of;
        }
    }
    lanes.map(|lanes| sum_of(&lanes))
}

/// Means and squares of N numbers of each of `count` buyers.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn centred<const N: usize>(count: usize, f: impl Fn(usize) -> [f64; N]) -> [Centred; N] {
    let means = sum_by(count, &f).map(|sum| sum / count as f64);
    let squares = sum_by(count, |i| {
        let mut of = f(i);
        for (of, mean) in of.iter_mut().zip(means) {
            *of = (*of - mean) * (*of - mean);
        }
        of
    });
    let mut found = [Centred { mean: 0.0, m2: 0.0 }; N];
    for ((found, mean), m2) in found.iter_mut().zip(means).zip(squares) {
        *found = Centred { mean, m2 };
    }
    found
}

model::kernel! {
    /// Means and squares of six columns of the same length.
    pub(super) fn of_columns(columns: [&[f64]; 6]) -> [Centred; 6] {
        columns.map(|column| {
            let [of] = centred(column.len(), |i| [column[i]]);
            of
        })
    }
}

model::kernel! {
    /// Σ x.
    pub(super) fn total(x: &[f64]) -> f64 {
        let [sum] = sum_by(x.len(), |i| [x[i]]);
        sum
    }
}

model::kernel! {
    /// Σ (x - x̄)(y - ȳ).
    pub(super) fn products(x: &[f64], y: &[f64], mean_x: f64, mean_y: f64) -> f64 {
        let y = &y[..x.len()];
        let [sum] = sum_by(x.len(), |i| [(x[i] - mean_x) * (y[i] - mean_y)]);
        sum
    }
}

model::kernel! {
    /// Of welfare, deadweight loss, that of who buys nothing and of who buys, and of profit less first-best surplus.
    pub(super) fn of_surplus(first_best: &[f64], profit: &[f64], utility: &[f64], served: &[f64]) -> [Centred; 5] {
        let count = first_best.len();
        let (profit, utility, served) = (&profit[..count], &utility[..count], &served[..count]);
        centred(count, |i| {
            let welfare = utility[i] + profit[i];
            let loss = first_best[i] - welfare;
            [welfare, loss, (1.0 - served[i]) * loss, served[i] * loss, profit[i] - first_best[i]]
        })
    }
}

model::kernel! {
    /// Of the product x of a weight and a payment y, and Σ (x - x̄)(y - ȳ).
    pub(super) fn of_weighted(weight: &[f64], payment: &[f64], mean_payment: f64) -> (Centred, f64) {
        let payment = &payment[..weight.len()];
        let [of] = centred(weight.len(), |i| [weight[i] * payment[i]]);
        let [co] = sum_by(weight.len(), |i| {
            [(weight[i] * payment[i] - of.mean) * (payment[i] - mean_payment)]
        });
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
        let count = first_best.len();
        let [p1, p0] = profits.map(|column| &column[..count]);
        let [u1, u0] = utilities.map(|column| &column[..count]);
        let profit = sum_by(count, |i| {
            let d = p1[i] - p0[i] - shifts[0];
            [d, d * d]
        });
        let [sum, squares, better, worse] = sum_by(count, |i| {
            let utility = u1[i] - u0[i];
            let indifferent = INDIFFERENCE * first_best[i];
            let d = utility - shifts[1];
            let better = if utility > indifferent { 1.0 } else { 0.0 };
            [d, d * d, better, if utility < -indifferent { 1.0 } else { 0.0 }]
        });
        DifferenceSums { profit, utility: [sum, squares], better_worse: [better, worse] }
    }
}

model::kernel! {
    /// How many buy under the second rule only, under the first only, and under both, but something else: from who is served
    /// and from spend, fine-tuning and payment under the two.
    pub(super) fn churn(served: [&[f64]; 2], columns: [[&[f64]; 2]; 3]) -> [f64; 3] {
        let count = served[0].len();
        let [s1, s0] = served.map(|column| &column[..count]);
        let [[e1, e0], [z1, z0], [t1, t0]] = columns.map(|pair| pair.map(|column| &column[..count]));
        sum_by(count, |i| {
            let moved = differ(e1[i], e0[i]) | differ(z1[i], z0[i]) | differ(t1[i], t0[i]);
            [s0[i] * (1.0 - s1[i]), s1[i] * (1.0 - s0[i]), s1[i] * s0[i] * if moved { 1.0 } else { 0.0 }]
        })
    }
}

/// Whether two amounts differ beyond rounding.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn differ(a: f64, b: f64) -> bool {
    let (a_size, b_size) = (a.abs(), b.abs());
    (a - b).abs() > INDIFFERENCE * if a_size > b_size { a_size } else { b_size }
}

model::kernel! {
    /// Σ (t - t̄) and Σ (t - t̄)² of the payments of who buys under one rule and not under the other.
    pub(super) fn lost(payment: &[f64], mean: f64, served: &[f64], served_by_other: &[f64]) -> [f64; 2] {
        let count = payment.len();
        let (one, other) = (&served[..count], &served_by_other[..count]);
        sum_by(count, |i| {
            let lost = one[i] * (1.0 - other[i]) * (payment[i] - mean);
            [lost, lost * (payment[i] - mean)]
        })
    }
}
