//! The CES index: the one number through which a whole profile of values enters when only totals are contractible.

/// The index of a profile of values `values` (in $ per unit precision) on tasks of mass `masses`.
///
/// ```text
/// θ = (Σ_i μ_i w_i^{1/(1-σ)})^{1-σ} = w_max (Σ_i μ_i (w_i/w_max)^{1/(1-σ)})^{1-σ}
/// ```
/// The largest value is factored out, so that no power over- or underflows into the result; no task or no value: 0.
///
/// # References
/// Bergemann, Bonatti, Smolin (2025), eq. 10 (doi 10.1145/3736252.3742625).
pub fn ces_index(values: &[f64], masses: &[f64], sigma: f64) -> f64 {
    let largest = values.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return 0.0;
    }
    let power = 1.0 / (1.0 - sigma);
    // Relative to the largest every power is at most one; those that underflow are below rounding.
    let sum: f64 = values
        .iter()
        .zip(masses)
        .filter(|(value, _)| **value > 0.0)
        .map(|(value, mass)| mass * libm::pow(value / largest, power))
        .sum();
    largest * libm::pow(sum, 1.0 - sigma)
}

#[cfg(test)]
mod tests {
    use crate::choice::value_scale_index;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn value_scale_profiles_have_the_closed_form() {
        for sigma in [1e-9, 0.3, 0.5, 0.9, 0.999] {
            for (tasks, value) in [(1, 1e-300), (3, 0.7), (8, 1e300)] {
                let mut values = [0.0; 8];
                values[..tasks].fill(value);
                let found = ces_index(&values, &[0.125; 8], sigma);
                let expected = value_scale_index(value, tasks as f64 / 8.0, sigma);
                assert!((found / expected - 1.0).abs() < 1e-12, "σ = {sigma}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn nothing_is_worth_nothing() {
        assert_eq!(ces_index(&[], &[], 0.5), 0.0);
        assert_eq!(ces_index(&[0.0, 0.0], &[0.5, 0.5], 0.5), 0.0);
    }

    #[test]
    fn near_one_the_largest_counts_and_near_zero_the_mean() {
        let (values, masses) = ([3.0, 1.0, 2.0], [0.2, 0.3, 0.5]);
        assert!((ces_index(&values, &masses, 0.999) - 3.0).abs() < 0.01);
        assert!((ces_index(&values, &masses, 1e-12) - 1.9).abs() < 1e-11);
    }

    proptest! {
        #[test]
        fn homogeneous_monotone_and_between_mean_and_maximum(
            values in prop::collection::vec(0.0..10.0_f64, 1..20),
            sigma in 0.01..0.99_f64,
            scale in -200.0..200.0_f64,
        ) {
            let masses = vec![1.0 / values.len() as f64; values.len()];
            let index = ces_index(&values, &masses, sigma);
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let largest = values.iter().copied().fold(0.0, f64::max);
            prop_assert!(index >= mean * (1.0 - 1e-12) && index <= largest * (1.0 + 1e-12));
            let factor = libm::exp(scale);
            let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
            prop_assert!((ces_index(&scaled, &masses, sigma) - index * factor).abs() <= 1e-12 * index * factor);
        }
    }
}
