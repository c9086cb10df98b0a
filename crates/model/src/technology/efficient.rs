//! Efficient use at a virtual index: π(τ), q(τ) and where q has kinks.

use super::{Demand, PowerColumns, Technology, Use};

/// One regime of q(τ): `coefficient (τ/θ*)^power` from `from` up to the next regime.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionRegime {
    /// Smallest virtual index of the regime, in $.
    pub from: f64,
    /// Precision at τ = θ* if the regime held there.
    pub coefficient: f64,
    /// Power of τ/θ*.
    pub power: f64,
}

impl Technology {
    /// What a buyer buys when everything is priced at cost: the efficient use.
    pub fn efficient(&self) -> &Demand {
        &self.efficient
    }

    /// First-best surplus of each of many buyers: what full extraction earns of her.
    pub fn fill_surplus(&self, powers: &PowerColumns, surplus: &mut [f64]) {
        self.efficient.fill_surplus(powers, self.fine_tuning_cost(), surplus);
    }

    /// The efficient use at a virtual index τ; nothing for τ <= 0.
    ///
    /// ```text
    /// argmax_{E >= 0, 0 <= z <= z_max}  τ κ E^σ (b+z)^γ - E - c_z z
    /// ```
    #[inline]
    pub fn efficient_use(&self, virtual_index: f64) -> Use {
        if virtual_index > 0.0 { self.efficient.at(&self.powers(virtual_index)).used } else { Use::default() }
    }

    /// π(τ): the largest value minus cost at virtual index τ, in $; 0 for τ <= 0.
    #[inline]
    pub fn surplus(&self, virtual_index: f64) -> f64 {
        let used = self.efficient_use(virtual_index);
        used.gross_value - self.cost(used.spend, used.fine_tuning)
    }

    /// q(τ) = π'(τ): the aggregate precision of the efficient use; 0 for τ <= 0.
    #[inline]
    pub fn precision(&self, virtual_index: f64) -> f64 {
        if virtual_index > 0.0 { self.efficient_use(virtual_index).gross_value / virtual_index } else { 0.0 }
    }

    /// Where q has kinks: the virtual indices at which tuning starts and at which its cap binds, in $.
    pub fn kinks(&self) -> impl Iterator<Item = f64> {
        [self.efficient.tuning_starts, self.efficient.cap_binds].into_iter().filter(|kink| kink.is_finite())
    }

    /// q as a piecewise power of τ/θ*, regimes in ascending order of τ.
    ///
    /// ```text
    /// untuned: q ~ τ^{σ/(1-σ)},   tuned: q ~ τ^{(σ+γ)/(1-σ-γ)},   capped: q ~ τ^{σ/(1-σ)}
    /// ```
    pub fn precision_regimes(&self) -> Vec<PrecisionRegime> {
        let (demand, reference) = (&self.efficient, self.reference_index);
        let untuned_power = self.sigma / (1.0 - self.sigma);
        let regime = |from, coefficient, power| PrecisionRegime { from, coefficient, power };
        let mut regimes = vec![regime(0.0, demand.outlay_untuned / (self.sigma * reference), untuned_power)];
        if demand.tuning_starts.is_finite() {
            let tuned_power = 1.0 / (1.0 - self.sigma - self.gamma) - 1.0;
            let coefficient = demand.outlay_per_quality * demand.quality_tuned / (self.sigma * reference);
            regimes.push(regime(demand.tuning_starts, coefficient, tuned_power));
        }
        if demand.cap_binds.is_finite() {
            regimes.push(regime(
                demand.cap_binds,
                demand.outlay_capped / (self.sigma * reference),
                untuned_power,
            ));
        }
        regimes
    }
}
