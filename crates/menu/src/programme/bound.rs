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
