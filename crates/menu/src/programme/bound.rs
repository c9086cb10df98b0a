//! The upper bound on every menu's profit, in closed form, from any multipliers: it does not know where they come from.

use model::technology::Technology;

use super::aggregate::surplus;

/// The multiplier of one incentive constraint: `tempted` must not prefer the item of `item`.
///
/// ```text
/// λ_kj of  u_k >= u_j + Σ_i μ_i (w_ki - w_ji) v_ji,   k = tempted, j = item
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Multiplier {
    /// The type that is tempted.
    pub(super) tempted: usize,
    /// The type whose item tempts.
    pub(super) item: usize,
    /// λ >= 0.
    pub(super) weight: f64,
}

/// Sweeps that cut each type's excess outflow before all multipliers are shrunk.
const SWEEPS: usize = 50;

/// Makes multipliers feasible: non-negative, and from no type flows more than it has and receives.
///
/// ```text
/// Σ_j λ_kj <= f_k + Σ_j λ_jk
/// ```
/// First every excess is cut where it arises; what is left of it shrinks all multipliers by one factor, which is feasible
/// because f_k > 0.
pub(super) fn make_feasible(probabilities: &[f64], multipliers: &mut [Multiplier]) {
    for multiplier in multipliers.iter_mut() {
        // NaN becomes zero too.
        multiplier.weight = multiplier.weight.max(0.0);
    }
    for _ in 0..SWEEPS {
        let (out, received) = flows(probabilities.len(), multipliers);
        let kept: Vec<f64> = (0..probabilities.len())
            .map(|k| if out[k] > 0.0 { ((probabilities[k] + received[k]) / out[k]).min(1.0) } else { 1.0 })
            .collect();
        if kept.iter().all(|share| *share == 1.0) {
            break;
        }
        for multiplier in multipliers.iter_mut() {
            multiplier.weight *= kept[multiplier.tempted];
        }
    }
    let (out, received) = flows(probabilities.len(), multipliers);
    let factor = (0..probabilities.len())
        .filter(|k| out[*k] > received[*k])
        .map(|k| probabilities[k] / (out[k] - received[k]))
        .fold(1.0, f64::min);
    for multiplier in multipliers.iter_mut() {
        multiplier.weight *= factor;
    }
}

/// Σ_j λ_kj and Σ_j λ_jk of every type k.
fn flows(types: usize, multipliers: &[Multiplier]) -> (Vec<f64>, Vec<f64>) {
    let (mut out, mut received) = (vec![0.0; types], vec![0.0; types]);
    for multiplier in multipliers {
        out[multiplier.tempted] += multiplier.weight;
        received[multiplier.item] += multiplier.weight;
    }
    (out, received)
}

/// ω: the virtual values of every type, type by type.
///
/// ```text
/// ω_k = w_k - Σ_j (λ_jk / f_k) (w_j - w_k)
/// ```
pub(super) fn virtual_values(
    probabilities: &[f64],
    profiles: &[Vec<f64>],
    multipliers: &[Multiplier],
) -> Vec<Vec<f64>> {
    let mut virtual_values = profiles.to_vec();
    for multiplier in multipliers.iter().filter(|multiplier| multiplier.weight > 0.0) {
        let k = multiplier.item;
        let share = multiplier.weight / probabilities[k];
        for (i, value) in virtual_values[k].iter_mut().enumerate() {
            *value -= share * (profiles[multiplier.tempted][i] - profiles[k][i]);
        }
    }
    virtual_values
}

/// Σ_k f_k Π(ω_k^+): no incentive compatible menu earns more, whatever the feasible multipliers.
///
/// Proof: add λ_kj times each incentive constraint to the profit. Utilities then have coefficients
/// -f_k + Σ_j λ_kj - Σ_j λ_jk <= 0, and the rest is f_k (Σ_i μ_i ω_ki v_ki - cost) by type, at most f_k Π(ω_k^+).
pub(super) fn dual_bound(
    technology: &Technology,
    masses: &[f64],
    probabilities: &[f64],
    virtual_values: &[Vec<f64>],
) -> f64 {
    probabilities
        .iter()
        .zip(virtual_values)
        .map(|(f, values)| if *f > 0.0 { f * surplus(technology, masses, values) } else { 0.0 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::testing::paper;

    /// D_lh(1) of the binary environment (.5, .5), (1, .6) by hand: ω = (0, .4), .5 (.08) + .5 (2 (.68)² + .125) = .5649.
    #[test]
    fn binary_bound_by_hand() {
        let profiles = vec![vec![0.5, 0.5], vec![1.0, 0.6]];
        let values =
            virtual_values(&[0.5, 0.5], &profiles, &[Multiplier { tempted: 1, item: 0, weight: 0.5 }]);
        assert!(values[0][0].abs() < 1e-15 && (values[0][1] - 0.4).abs() < 1e-15, "{values:?}");
        let bound = dual_bound(&paper(), &[0.5, 0.5], &[0.5, 0.5], &values);
        assert!((bound - 0.5649).abs() < 1e-4, "{bound}");
        assert!((bound - (0.04 + 0.5 * (2.0 * 0.68 * 0.68 + 0.125))).abs() < 1e-14, "{bound}");
    }

    /// Type 2 sends .9 to type 1, which sends .9 on: cut to .5 at 2, then to .5 + .3 at 1; a negative one and NaN are dropped.
    #[test]
    fn excess_is_cut_where_it_arises() {
        let multiplier = |tempted, item, weight| Multiplier { tempted, item, weight };
        let mut multipliers = [
            multiplier(2, 1, 0.9),
            multiplier(1, 0, 0.9),
            multiplier(0, 2, -1.0),
            multiplier(0, 1, f64::NAN),
        ];
        make_feasible(&[0.2, 0.3, 0.5], &mut multipliers);
        let weights = multipliers.map(|multiplier| multiplier.weight);
        assert!((weights[0] - 0.5).abs() < 1e-12 && (weights[1] - 0.8).abs() < 1e-12, "{weights:?}");
        assert_eq!(weights[2..], [0.0, 0.0]);
        let feasible = multipliers;
        make_feasible(&[0.2, 0.3, 0.5], &mut multipliers);
        assert_eq!(feasible, multipliers);
    }
}
