//! The efficient use of a profile of values, task by task.

use super::Technology;
use crate::index::ces_index;

/// What is used task by task at a profile of (virtual) values.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileUse {
    /// e_i: tokens at cost on each of the M tasks, in $ per unit of mass.
    pub spends: Vec<f64>,
    /// v_i: precision of each of the M tasks.
    pub precisions: Vec<f64>,
    /// z in Mtok.
    pub fine_tuning: f64,
    /// Π(ω): value at the profile minus cost, in $.
    pub surplus: f64,
}

impl Technology {
    /// The efficient use at a profile of values ω on tasks of mass μ; negative values count as zero.
    ///
    /// ```text
    /// e_i = E (ω_i/τ)^{1/(1-σ)},   v_i = q(τ) (ω_i/τ)^{σ/(1-σ)},   τ the index of ω^+
    /// ```
    /// `values` has one ω per task in $ per unit precision, `masses` one μ.
    ///
    /// # References
    /// Bergemann, Bonatti and Smolin (2025), eq. 10, doi 10.1145/3736252.3742625.
    pub fn profile_use(&self, masses: &[f64], values: &[f64]) -> ProfileUse {
        let index = ces_index(values, masses, self.sigma());
        let used = self.efficient_use(index);
        let aggregate = self.precision(index);
        let power = self.sigma() / (1.0 - self.sigma());
        let (spends, precisions) = values
            .iter()
            .map(|value| {
                if *value <= 0.0 || index <= 0.0 {
                    return (0.0, 0.0);
                }
                let ratio = value / index;
                let share = libm::pow(ratio, power);
                (used.spend * ratio * share, aggregate * share)
            })
            .unzip();
        ProfileUse { spends, precisions, fine_tuning: used.fine_tuning, surplus: self.surplus(index) }
    }
}

#[cfg(test)]
mod tests {
    use crate::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

    /// The production function on every task, the cost as a sum over tasks, and no better split of the same spend.
    #[test]
    fn a_profile_is_used_efficiently() {
        let technology = Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 0.7,
            tokens: vec![TokenClass { class: "all".into(), exponent: 0.45, cost: 3.0 }],
            fine_tuning: Some(FineTuning { exponent: 0.35, cost: 2.5, maximum: Some(2.0) }),
        })
        .unwrap();
        let masses = [0.2, 0.3, 0.1, 0.4];
        for scale in [0.5, 5.0, 50.0, 500.0] {
            let values = [scale, 0.2 * scale, -scale, 0.7 * scale];
            let used = technology.profile_use(&masses, &values);
            let value = |spends: &[f64]| -> f64 {
                let precision = |e: &f64| technology.package_precision(*e, used.fine_tuning);
                (0..4).map(|i| masses[i] * values[i].max(0.0) * precision(&spends[i])).sum()
            };
            for (spend, precision) in used.spends.iter().zip(&used.precisions) {
                let made = technology.package_precision(*spend, used.fine_tuning);
                assert!((made - precision).abs() <= 1e-13 * made, "{made} {precision}");
            }
            let total: f64 = masses.iter().zip(&used.spends).map(|(mass, spend)| mass * spend).sum();
            let surplus = value(&used.spends) - technology.cost(total, used.fine_tuning);
            assert!((surplus - used.surplus).abs() <= 1e-13 * surplus, "{surplus} {}", used.surplus);
            let mut moved = used.spends.clone();
            moved[0] *= 1.01;
            moved[3] -= 0.01 * used.spends[0] * masses[0] / masses[3];
            assert!(value(&moved) < value(&used.spends));
        }
    }
}
