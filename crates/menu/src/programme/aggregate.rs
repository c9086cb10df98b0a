//! Many tasks as one number: the index of values, the aggregate of precisions, and what that costs.

use model::technology::Technology;

/// A norm over tasks, computed relative to its largest element.
///
/// ```text
/// ( Σ_i μ_i x_i^{1/p} )^p
/// ```
/// Of values with p = 1-σ it is the index θ, of precisions with p = σ the aggregate precision N; negative elements
/// count as zero.
pub(crate) fn norm(masses: &[f64], elements: &[f64], power: f64) -> f64 {
    let largest = elements.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let share = |x: f64| if x > 0.0 { libm::exp(libm::log(x / largest) / power) } else { 0.0 };
    let sum: f64 = masses.iter().zip(elements).map(|(mass, x)| mass * share(*x)).sum();
    largest * libm::exp(power * libm::log(sum))
}

/// Σ_i μ_i a_i b_i.
pub(crate) fn weighted(masses: &[f64], a: &[f64], b: &[f64]) -> f64 {
    masses.iter().zip(a).zip(b).map(|((mass, a), b)| mass * a * b).sum()
}

/// Precisions of the efficient use at these values, v_i = N (w_i/θ)^{σ/(1-σ)} with N = q(θ): zero for values <= 0.
pub(crate) fn efficient_precisions(technology: &Technology, masses: &[f64], values: &[f64]) -> Vec<f64> {
    let sigma = technology.sigma();
    let index = norm(masses, values, 1.0 - sigma);
    let precision = technology.precision(index);
    let share = |w: f64| if w > 0.0 { libm::exp(libm::log(w / index) * sigma / (1.0 - sigma)) } else { 0.0 };
    values.iter().map(|w| precision * share(*w)).collect()
}

/// Π(ω^+): the surplus of the efficient use at these values, in $.
pub(crate) fn surplus(technology: &Technology, masses: &[f64], values: &[f64]) -> f64 {
    technology.surplus(norm(masses, values, 1.0 - technology.sigma()))
}

/// The cheapest tokens and tuning that deliver given precisions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Production {
    /// e: spend by task in $.
    pub(crate) spends: Vec<f64>,
    /// z in Mtok.
    pub(crate) fine_tuning: f64,
    /// Σ μ e + c_z z in $.
    pub(crate) cost: f64,
}

/// Minimises cost over tuning, in closed form.
///
/// ```text
/// E(z) = (N/κ)^{1/σ} (b+z)^{-γ/σ},   b + z = ((γ/σ) (N/κ)^{1/σ} / c_z)^{σ/(σ+γ)} in [b, b+z_max],   e_i = E (v_i/N)^{1/σ}
/// ```
pub(crate) fn cheapest(technology: &Technology, masses: &[f64], precisions: &[f64]) -> Production {
    let (sigma, gamma) = (technology.sigma(), technology.gamma());
    let aggregate = norm(masses, precisions, sigma);
    if aggregate == 0.0 {
        return Production { spends: vec![0.0; precisions.len()], fine_tuning: 0.0, cost: 0.0 };
    }
    let base = technology.base_quality();
    let log_untuned = libm::log(aggregate / technology.efficiency()) / sigma;
    let fine_tuning = if gamma > 0.0 {
        let log_quality = sigma / (sigma + gamma)
            * (libm::log(gamma / sigma / technology.fine_tuning_cost()) + log_untuned);
        (libm::exp(log_quality) - base).clamp(0.0, maximum_tuning(technology))
    } else {
        0.0
    };
    let spend = libm::exp(log_untuned - gamma / sigma * libm::log(base + fine_tuning));
    let share = |v: f64| if v > 0.0 { libm::exp(libm::log(v / aggregate) / sigma) } else { 0.0 };
    Production {
        spends: precisions.iter().map(|v| spend * share(*v)).collect(),
        fine_tuning,
        cost: technology.cost(spend, fine_tuning),
    }
}

/// z_max, infinite where tuning has no cap.
pub(crate) fn maximum_tuning(technology: &Technology) -> f64 {
    technology.config().fine_tuning.as_ref().and_then(|tuning| tuning.maximum).unwrap_or(f64::INFINITY)
}
