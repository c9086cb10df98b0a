//! Count, mean and centred sum of squares of a stream of numbers.

use model::summary::Estimate;
use serde::{Deserialize, Serialize};

use super::lanes::sum_of_each;

/// Moments of numbers seen so far; merging two gives the moments of both streams.
///
/// ```text
/// mean = Σ x / n,   m2 = Σ (x - mean)²
/// ```
/// Blocks are centred on their own mean before they are merged, so nothing cancels however large the mean is.
///
/// # References
/// T. Chan, G. Golub and R. LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37
/// (1983).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Moments {
    /// How many numbers.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub m2: f64,
}

model::kernel! {
    fn mean_and_squares(values: &[f64]) -> [f64; 2] {
        let mean = sum_of_each([values], |[x]| x) / values.len() as f64;
        [mean, sum_of_each([values], |[x]| (x - mean) * (x - mean))]
    }
}

/// By how much of its distance a mean moves when so many numbers are joined by more, and how often the squared distance is added
/// to the squares: m / (n + m) and n m / (n + m).
pub(super) fn weights(count: u64, more: u64) -> [f64; 2] {
    let (own, more) = (count as f64, more as f64);
    let share = more / (own + more);
    [share, own * share]
}

impl Moments {
    /// Moments of a slice.
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let [mean, m2] = mean_and_squares(values);
        Self { count: values.len() as u64, mean, m2 }
    }

    /// Moments of so many zeros.
    pub(super) fn zeros(count: u64) -> Self {
        Self { count, ..Self::default() }
    }

    /// Moments of `ones` ones and `count - ones` zeros.
    pub fn of_share(ones: u64, count: u64) -> Self {
        if count == 0 {
            return Self::default();
        }
        let mean = ones as f64 / count as f64;
        Self { count, mean, m2: ones as f64 * (1.0 - mean) }
    }

    /// Of differences x - y, from the means of both and the sum of squares around the difference of the means.
    pub(super) fn of_differences(count: u64, [x, y]: [f64; 2], squares: f64) -> Self {
        // Of equal differences what is left is the rounding of what is subtracted.
        let rounding = 2.0 * f64::EPSILON * (x.abs() + y.abs());
        let m2 = if squares > count as f64 * (rounding * rounding) { squares } else { 0.0 };
        Self { count, mean: x - y, m2 }
    }

    /// Adds another stream's moments.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let ([share, weight], delta) = (weights(self.count, other.count), other.mean - self.mean);
        self.mean += delta * share;
        self.m2 += other.m2 + delta * delta * weight;
        self.count += other.count;
    }

    /// Its mean as a single observation, or nothing if there was none.
    #[must_use]
    pub fn as_one(&self) -> Self {
        Self { count: self.count.min(1), mean: self.mean, m2: 0.0 }
    }

    /// Variance with divisor n - 1; needs two numbers.
    pub fn variance(&self) -> f64 {
        self.m2 / (self.count as f64 - 1.0)
    }

    /// Mean with its standard error √(variance/n).
    pub fn estimate(&self) -> Estimate {
        Estimate { mean: self.mean, se: (self.variance() / self.count as f64).sqrt() }
    }

    /// The same stream times a constant.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        // Of nothing the opposite is nothing, and no negative zero.
        Self { count: self.count, mean: self.mean * factor + 0.0, m2: self.m2 * factor * factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn merging_gives_the_moments_of_both(
            a in prop::collection::vec(-1e3f64..1e3, 0..50),
            b in prop::collection::vec(1e6f64..1e6 + 10.0, 2..50)
        ) {
            let mut merged = Moments::of(&a);
            merged.merge(&Moments::of(&b));
            let both = Moments::of(&[a, b].concat());
            prop_assert_eq!(merged.count, both.count);
            prop_assert!((merged.mean - both.mean).abs() <= 1e-9 * both.mean.abs());
            prop_assert!((merged.m2 - both.m2).abs() <= 1e-9 * both.m2 + 1e-6);
        }
    }

    #[test]
    fn a_large_mean_does_not_drown_the_variance() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect();
        assert!((Moments::of(&values).variance() - 0.25 * 1000.0 / 999.0).abs() < 1e-9);
    }

    #[test]
    fn shares_are_moments_of_indicators() {
        let values = [1.0, 0.0, 0.0, 1.0, 0.0];
        let (share, direct) = (Moments::of_share(2, 5), Moments::of(&values));
        assert!((share.mean - direct.mean).abs() < 1e-15 && (share.m2 - direct.m2).abs() < 1e-15);
    }
}
