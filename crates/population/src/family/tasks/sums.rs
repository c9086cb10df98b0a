//! The CES index of many buyers at once, task by task, of whose values nothing is stored.

use model::kernel;
use model::kernel::{Aligned, decay, fused, fused_exp, fused_ln, moderate_power_of_two};

/// Sums over the tasks met so far, for each of many buyers.
///
/// ```text
/// largest = max_i ln w_i,   sum = Σ_i μ_i (w_i/w_max)^{1/(1-σ)},   ln θ = largest + (1-σ) ln sum
/// ```
/// A task above the largest before it rescales the sum, by the same exponential that another task would add: nothing
/// overflows, and what underflows is below rounding, for any values.
///
/// # References
/// Bergemann, Bonatti, Smolin (2025), eq. 10 (doi 10.1145/3736252.3742625).
#[derive(Debug, Clone)]
pub(crate) struct CesSums {
    sigma: f64,
    largest: Aligned<f64>,
    sums: Aligned<f64>,
}

/// Below the logarithm of every positive number, and finite, so that nothing is a difference of infinities.
const NOTHING: f64 = -1e6;

impl CesSums {
    /// Room for so many buyers.
    pub(crate) fn new(buyers: usize, sigma: f64) -> Self {
        Self { sigma, largest: Aligned::filled(buyers, NOTHING), sums: Aligned::filled(buyers, 0.0) }
    }

    /// Forgets all tasks.
    pub(crate) fn reset(&mut self) {
        self.largest.fill(NOTHING);
        self.sums.fill(0.0);
    }

    /// Forgets all tasks; those to come are all [`add_moderate`](Self::add_moderate) ones, and ln θ is `base` + `slope` f and what they
    /// make of it for a buyer with common factor f.
    pub(crate) fn reset_moderate(&mut self, base: f64, slope: f64, factors: &[f64]) {
        for (largest, factor) in self.largest.iter_mut().zip(factors) {
            *largest = base + slope * factor;
        }
        self.sums.fill(0.0);
    }

    /// Adds a task of this mass with (w/w_0)^{1/(1-σ)} = 2^{slope score}, of moderate size, for each of the first buyers.
    pub(crate) fn add_moderate(&mut self, mass: f64, slope: f64, scores: &[f64]) {
        add_moderate(mass, slope, scores, &mut self.sums);
    }

    /// Adds a task of this mass; `logarithms`: ln w of each of the first buyers, -∞ for nothing.
    pub(crate) fn add(&mut self, mass: f64, logarithms: &[f64]) {
        add(mass, 1.0 / (1.0 - self.sigma), logarithms, &mut self.largest, &mut self.sums);
    }

    /// The index of each of the first buyers; zero where all values are.
    pub(crate) fn indices(&self, indices: &mut [f64]) {
        finish(1.0 - self.sigma, &self.largest, &self.sums, indices);
    }
}

kernel! {
    fn add(mass: f64, power: f64, logarithms: &[f64], largest: &mut [f64], sums: &mut [f64]) {
        for ((logarithm, largest), sum) in logarithms.iter().zip(largest).zip(sums) {
            let above = *logarithm - *largest;
            let ratio = decay(power * above.abs());
            // What belongs to the larger of the two values, and what is small beside it.
            let (large, small) = if above > 0.0 { (mass, *sum) } else { (*sum, mass) };
            *sum = fused(small, ratio, large);
            *largest = if above > 0.0 { *logarithm } else { *largest };
        }
    }
}

kernel! {
    fn add_moderate(mass: f64, slope: f64, scores: &[f64], sums: &mut [f64]) {
        for (score, sum) in scores.iter().zip(sums) {
            *sum = fused(mass, moderate_power_of_two(slope, *score), *sum);
        }
    }
}

kernel! {
    fn finish(power: f64, largest: &[f64], sums: &[f64], indices: &mut [f64]) {
        for ((largest, sum), index) in largest.iter().zip(sums).zip(indices) {
            // ln 0 = -∞ is the index zero.
            *index = fused_exp(fused(power, fused_ln(*sum), *largest));
        }
    }
}

#[cfg(test)]
mod tests {
    use model::index::ces_index;
    use proptest::prelude::*;

    use super::*;

    fn streamed(values: &[f64], masses: &[f64], sigma: f64) -> f64 {
        let mut sums = CesSums::new(3, sigma);
        sums.add(1.0, &[5.0; 3]);
        sums.reset();
        for (value, mass) in values.iter().zip(masses) {
            sums.add(*mass, &[libm::log(*value); 3]);
        }
        let mut indices = [f64::NAN; 3];
        sums.indices(&mut indices);
        assert_eq!(indices, [indices[0]; 3]);
        indices[0]
    }

    #[test]
    fn nothing_is_worth_nothing_and_extremes_stay_in_range() {
        assert_eq!(streamed(&[0.0, 0.0], &[0.5, 0.5], 0.5), 0.0);
        assert_eq!(streamed(&[], &[], 0.5), 0.0);
        for sigma in [1e-9, 0.5, 0.999] {
            for values in [[1e-300, 1e300], [1e300, 0.0], [0.0, 5e-324], [1e-310, 1e-308]] {
                let (found, expected) =
                    (streamed(&values, &[0.25, 0.75], sigma), ces_index(&values, &[0.25, 0.75], sigma));
                assert!((found / expected - 1.0).abs() < 1e-12, "{values:?} {sigma}: {found:e} {expected:e}");
            }
        }
    }

    /// Whole values have squares and cubes whose sums are whole, too: known exactly, but for one division and one root.
    #[test]
    fn sums_of_squares_and_cubes_are_exact() {
        for tasks in [1_u64, 2, 64, 4096] {
            let whole: Vec<u64> = (0..tasks).map(|task| task * 7919 % 1009).collect();
            let values: Vec<f64> = whole.iter().map(|value| *value as f64).collect();
            let masses = vec![1.0 / tasks as f64; values.len()];
            let squares: u64 = whole.iter().map(|value| value * value).sum();
            let cubes: u64 = whole.iter().map(|value| value * value * value).sum();
            let expected = [(squares as f64 / tasks as f64).sqrt(), libm::cbrt(cubes as f64 / tasks as f64)];
            for (sigma, expected) in [0.5, 2.0 / 3.0].into_iter().zip(expected) {
                let found = streamed(&values, &masses, sigma);
                assert!((found - expected).abs() <= 2e-15 * expected, "{tasks}: {found} {expected}");
            }
        }
    }

    proptest! {
        #[test]
        fn moderate_values_need_no_largest(
            logarithms in prop::collection::vec(-200.0..200.0_f64, 1..40),
            sigma in 0.001..0.7_f64,
        ) {
            let values: Vec<f64> = logarithms.iter().copied().map(libm::exp).collect();
            let masses = vec![1.0 / values.len() as f64; values.len()];
            let mut sums = CesSums::new(2, sigma);
            sums.reset_moderate(5.0, 10.0, &[0.25; 2]);
            let slope = 8.0 / (1.0 - sigma) * std::f64::consts::LOG2_E;
            for logarithm in &logarithms {
                sums.add_moderate(masses[0], slope, &[(logarithm - 5.0 - 10.0 * 0.25) / 8.0; 2]);
            }
            let mut indices = [f64::NAN; 2];
            sums.indices(&mut indices);
            let expected = ces_index(&values, &masses, sigma);
            prop_assert!((indices[1] - expected).abs() <= 3e-13 * expected, "{indices:?} {expected:e}");
        }

        /// Against the two passes over stored values, in any order of the tasks.
        #[test]
        fn one_pass_is_as_good_as_two(
            logarithms in prop::collection::vec(-300.0..300.0_f64, 1..40),
            zeros in prop::collection::vec(any::<bool>(), 40),
            sigma in 0.001..0.999_f64,
        ) {
            let zero_or = |(log, zero): (&f64, &bool)| if *zero { 0.0 } else { libm::exp(*log) };
            let values: Vec<f64> = logarithms.iter().zip(&zeros).map(zero_or).collect();
            let masses = vec![1.0 / values.len() as f64; values.len()];
            let (found, expected) = (streamed(&values, &masses, sigma), ces_index(&values, &masses, sigma));
            prop_assert!((found - expected).abs() <= 3e-13 * expected, "{found:e} {expected:e}");
        }
    }
}
