//! What buyers buy at proportional prices, in closed form.

use super::Technology;
use crate::kernel;
use crate::kernel::{Aligned, fused_exp, fused_ln};

/// Token and fine-tuning prices as multiples of marginal cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// Markup m > 0: class n is sold at m c_n.
    pub token_markup: f64,
    /// Markup m_z > 0: fine-tuning is sold at m_z c_z; `None`: not for sale.
    pub fine_tuning_markup: Option<f64>,
}

impl Prices {
    /// Everything at marginal cost.
    pub const MARGINAL_COST: Self = Self { token_markup: 1.0, fine_tuning_markup: Some(1.0) };
}

/// What is used: aggregate tokens and fine-tuning, and the gross value they give.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Use {
    /// Tokens valued at marginal cost, E, in $.
    pub spend: f64,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Gross value θ κ E^σ (b+z)^γ in $ to the index it was computed for.
    pub gross_value: f64,
}

/// The two powers of an index that every closed form needs, computed once per buyer.
///
/// ```text
/// untuned = (θ/θ*)^{1/(1-σ)},   tuned = (θ/θ*)^{1/(1-σ-γ)}
/// ```
/// θ* is the technology's reference index ([`super::Technology::reference_index`]), which keeps both in range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Powers {
    /// The index θ itself, in $.
    pub index: f64,
    /// (θ/θ*)^{1/(1-σ)}.
    pub untuned: f64,
    /// (θ/θ*)^{1/(1-σ-γ)}.
    pub tuned: f64,
}

/// The powers of many indices, column by column.
#[derive(Debug, Clone, Default)]
pub struct PowerColumns {
    /// θ in $.
    pub index: Aligned<f64>,
    /// (θ/θ*)^{1/(1-σ)}.
    pub untuned: Aligned<f64>,
    /// (θ/θ*)^{1/(1-σ-γ)}.
    pub tuned: Aligned<f64>,
}

impl PowerColumns {
    /// Fills the powers of the indices.
    pub(super) fn raise(&mut self, reference: f64, divisors: [f64; 2]) {
        self.untuned.resize(self.index.len(), 0.0);
        self.tuned.resize(self.index.len(), 0.0);
        powers(reference, divisors, &self.index, &mut self.untuned, &mut self.tuned);
    }

    /// The powers of one of them.
    #[inline]
    pub fn of(&self, row: usize) -> Powers {
        Powers { index: self.index[row], untuned: self.untuned[row], tuned: self.tuned[row] }
    }
}

kernel! {
    /// Powers 1/`divisors` of the ratio of each index to the reference; quotients, since an exponent that is rounded first is off in
    /// the same direction for everybody.
    pub(super) fn powers(
        reference: f64,
        divisors: [f64; 2],
        indices: &[f64],
        first: &mut [f64],
        second: &mut [f64],
    ) {
        for (index, logarithm) in indices.iter().zip(&mut *first) {
            *logarithm = fused_ln(*index / reference);
        }
        for (first, second) in first.iter_mut().zip(second) {
            let logarithm = *first;
            *first = fused_exp(logarithm / divisors[0]);
            *second = fused_exp(logarithm / divisors[1]);
        }
    }
}

/// A purchase at posted prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    /// What is used.
    pub used: Use,
    /// Payment for tokens and fine-tuning in $.
    pub payment: f64,
}

/// What buyers buy at one vector of proportional prices: [`super::Technology::demand`].
#[derive(Debug, Clone)]
pub struct Demand {
    pub(super) value_per_outlay: f64,
    pub(super) base: f64,
    pub(super) cost_per_outlay: f64,
    pub(super) fine_tuning_price: f64,
    pub(super) maximum: f64,
    pub(super) outlay_untuned: f64,
    pub(super) outlay_capped: f64,
    pub(super) outlay_per_quality: f64,
    pub(super) quality_tuned: f64,
    pub(super) tuning_starts: f64,
    pub(super) cap_binds: f64,
}

impl Demand {
    pub(super) const NOTHING: Self = Self {
        value_per_outlay: 1.0,
        base: 1.0,
        cost_per_outlay: 1.0,
        fine_tuning_price: 0.0,
        maximum: f64::INFINITY,
        outlay_untuned: 0.0,
        outlay_capped: 0.0,
        outlay_per_quality: 0.0,
        quality_tuned: 0.0,
        tuning_starts: f64::INFINITY,
        cap_binds: f64::INFINITY,
    };

    /// The index in $ from which buyers tune; infinite where nobody does.
    pub fn tuning_starts(&self) -> f64 {
        self.tuning_starts
    }

    /// The index in $ from which the cap on tuning binds; infinite where there is none.
    pub fn cap_binds(&self) -> f64 {
        self.cap_binds
    }

    /// What each of many buyers buys, as [`Demand::at`] gives it, and her utility; nothing where θ = 0.
    ///
    /// The columns are spend, fine-tuning, payment, gross value and utility.
    pub(crate) fn fill(&self, powers: &PowerColumns, columns: [&mut [f64]; 5]) {
        purchases(self, &powers.index, &powers.untuned, &powers.tuned, columns);
    }

    /// Tokens at cost that each of many buyers buys, as in [`Demand::at`].
    pub fn fill_spend(&self, powers: &PowerColumns, spend: &mut [f64]) {
        spends(self, &powers.index, &powers.untuned, &powers.tuned, spend);
    }

    /// Gross value less the seller's cost of what each of many buyers buys, as in [`Demand::at`], where tuning costs so much.
    pub(super) fn fill_surplus(&self, powers: &PowerColumns, fine_tuning_cost: f64, surplus: &mut [f64]) {
        surpluses(self, fine_tuning_cost, &powers.index, &powers.untuned, &powers.tuned, surplus);
    }

    /// Outlay on tokens and fine-tuning, as in [`Demand::at`] but without branches, and nothing where θ = 0.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    fn outlay_and_tuning(&self, index: f64, untuned: f64, tuned: f64) -> (f64, f64) {
        let quality = self.quality_tuned * tuned;
        let more = quality - self.base;
        let tuned = (self.outlay_per_quality * quality, if more > 0.0 { more } else { 0.0 });
        let capped = (self.outlay_capped * untuned, self.maximum);
        let bought = if index < self.cap_binds { tuned } else { capped };
        let bought = if index < self.tuning_starts { (self.outlay_untuned * untuned, 0.0) } else { bought };
        if index > 0.0 { bought } else { (0.0, 0.0) }
    }

    /// What the buyer with these powers of her index buys; utility is `used.gross_value - payment`.
    #[inline]
    pub fn at(&self, powers: &Powers) -> Purchase {
        let (outlay, fine_tuning) = if powers.index < self.tuning_starts {
            (self.outlay_untuned * powers.untuned, 0.0)
        } else if powers.index < self.cap_binds {
            let quality = self.quality_tuned * powers.tuned;
            // At the start of tuning the quality equals b up to rounding, from below at times.
            (self.outlay_per_quality * quality, (quality - self.base).max(0.0))
        } else {
            (self.outlay_capped * powers.untuned, self.maximum)
        };
        Purchase {
            used: Use {
                spend: outlay * self.cost_per_outlay,
                fine_tuning,
                gross_value: outlay * self.value_per_outlay,
            },
            payment: outlay + self.fine_tuning_price * fine_tuning,
        }
    }
}

kernel! {
    fn purchases(
        demand: &Demand,
        index: &[f64],
        untuned: &[f64],
        tuned: &[f64],
        columns: [&mut [f64]; 5],
    ) {
        let buyers = index.len();
        let (untuned, tuned) = (&untuned[..buyers], &tuned[..buyers]);
        let [spend, fine_tuning, payment, gross_value, utility] = columns.map(|column| &mut column[..buyers]);
        for buyer in 0..buyers {
            let (outlay, tuning) = demand.outlay_and_tuning(index[buyer], untuned[buyer], tuned[buyer]);
            let (value, paid) =
                (outlay * demand.value_per_outlay, outlay + demand.fine_tuning_price * tuning);
            spend[buyer] = outlay * demand.cost_per_outlay;
            fine_tuning[buyer] = tuning;
            payment[buyer] = paid;
            gross_value[buyer] = value;
            utility[buyer] = value - paid;
        }
    }
}

kernel! {
    fn spends(demand: &Demand, index: &[f64], untuned: &[f64], tuned: &[f64], spend: &mut [f64]) {
        for (((index, untuned), tuned), spend) in index.iter().zip(untuned).zip(tuned).zip(spend) {
            let (outlay, _) = demand.outlay_and_tuning(*index, *untuned, *tuned);
            *spend = outlay * demand.cost_per_outlay;
        }
    }
}

kernel! {
    fn surpluses(
        demand: &Demand,
        fine_tuning_cost: f64,
        index: &[f64],
        untuned: &[f64],
        tuned: &[f64],
        surplus: &mut [f64],
    ) {
        for (((index, untuned), tuned), surplus) in index.iter().zip(untuned).zip(tuned).zip(surplus) {
            let (outlay, tuning) = demand.outlay_and_tuning(*index, *untuned, *tuned);
            let cost = outlay * demand.cost_per_outlay + fine_tuning_cost * tuning;
            *surplus = outlay * demand.value_per_outlay - cost;
        }
    }
}

impl Technology {
    /// What buyers buy at proportional prices, in closed form.
    ///
    /// A buyer facing m c_n and m_z c_z solves the efficient problem with those costs:
    /// ```text
    /// untuned: outlay = (σ θ κ m^{-σ} b^γ)^{1/(1-σ)}
    /// tuned:   b+z = b (θ m^{-σ}/θ*)^{1/(1-σ-γ)} m_z^{-(1-σ)/(1-σ-γ)},  outlay = (σ/γ) m_z c_z (b+z)
    /// capped:  outlay = (σ θ κ m^{-σ} (b+z_max)^γ)^{1/(1-σ)}
    /// ```
    /// Tuning starts at θ = θ* m^σ m_z^{1-σ}. In every regime the gross value is outlay/σ.
    pub fn demand(&self, prices: Prices) -> Demand {
        let (sigma, gamma, base) = (self.sigma, self.gamma, self.config.base_quality);
        let (log, exp) = (libm::log, libm::exp);
        let log_markup = log(prices.token_markup);
        let log_untuned = (log(sigma * self.reference_index * self.efficiency) + gamma * log(base)
            - sigma * log_markup)
            / (1.0 - sigma);
        let mut demand = Demand {
            value_per_outlay: 1.0 / sigma,
            base,
            cost_per_outlay: 1.0 / prices.token_markup,
            outlay_untuned: exp(log_untuned),
            ..Demand::NOTHING
        };
        let (Some(tuning), Some(tuning_markup)) = (&self.config.fine_tuning, prices.fine_tuning_markup)
        else {
            return demand;
        };
        if gamma <= 0.0 {
            return demand;
        }
        let power = 1.0 / (1.0 - sigma - gamma);
        let log_price_effect = -sigma * log_markup - (1.0 - sigma) * log(tuning_markup);
        demand.fine_tuning_price = tuning_markup * tuning.cost;
        demand.quality_tuned = base * exp(power * log_price_effect);
        demand.outlay_per_quality = sigma / gamma * demand.fine_tuning_price;
        demand.tuning_starts = self.reference_index * exp(-log_price_effect);
        if let Some(maximum) = tuning.maximum {
            let log_quality = log((base + maximum) / base);
            demand.maximum = maximum;
            demand.cap_binds = demand.tuning_starts * exp(log_quality / power);
            demand.outlay_capped = exp(log_untuned + gamma * log_quality / (1.0 - sigma));
        }
        demand
    }

    /// Tokens in $ at marginal cost that a buyer with (θ/θ*)^{1/(1-σ)} = 1 buys at m times their cost, given fine-tuning z.
    ///
    /// ```text
    /// argmax_E  θ κ E^σ (b+z)^γ - m E  =  (σ θ κ (b+z)^γ / m)^{1/(1-σ)},   a gross value of m E/σ
    /// ```
    pub fn spend_per_power(&self, markup: f64, fine_tuning: f64) -> f64 {
        let log_value = libm::log(self.sigma * self.reference_index * self.efficiency)
            + self.gamma * libm::log(self.config.base_quality + fine_tuning);
        libm::exp((log_value - libm::log(markup)) / (1.0 - self.sigma))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's, with a cap on tuning.
    fn technology() -> Technology {
        let mut config = super::super::tests::paper().config().clone();
        config.fine_tuning.as_mut().unwrap().maximum = Some(1.5);
        Technology::new(config).unwrap()
    }

    /// Against another library's logarithm and exponential, whose argument is rounded to one part in 2^53: small and large
    /// indices alike.
    #[test]
    fn powers_are_those_of_the_definition() {
        let technology = technology();
        for step in -160..=160 {
            let index = libm::exp(f64::from(step) + 0.3);
            let logarithm = libm::log(index / technology.reference_index());
            let Powers { untuned, tuned, .. } = technology.powers(index);
            for (found, argument) in [(untuned, 2.0 * logarithm), (tuned, 4.0 * logarithm)] {
                let allowed = f64::EPSILON * (2.0 + 2.0 * argument.abs());
                assert!((found / libm::exp(argument) - 1.0).abs() <= allowed, "{index:e}");
            }
        }
        assert_eq!(technology.powers(0.0), Powers { index: 0.0, untuned: 0.0, tuned: 0.0 });
    }

    /// Nobody, who does not tune, who does and whom the cap binds: the columns of many, and those that are filled alone.
    #[test]
    fn columns_are_what_each_buys() {
        let technology = technology();
        let indices: Vec<f64> = (0..1003_u16).map(|step| f64::from(step) / 1000.0).collect();
        let powers = technology.power_columns(&indices);
        for prices in [Prices::MARGINAL_COST, Prices { token_markup: 1.3, fine_tuning_markup: Some(0.7) }] {
            let demand = technology.demand(prices);
            let mut columns = [(); 7].map(|()| vec![f64::NAN; indices.len()]);
            let [spend, fine_tuning, payment, gross_value, utility, alone, surplus] = &mut columns;
            demand.fill(&powers, [spend, fine_tuning, payment, gross_value, utility]);
            demand.fill_spend(&powers, alone);
            demand.fill_surplus(&powers, technology.fine_tuning_cost(), surplus);
            let mut regimes = [0; 3];
            for (row, index) in indices.iter().enumerate() {
                assert_eq!(powers.of(row), technology.powers(*index));
                let Purchase { used, payment } = match *index {
                    0.0 => Purchase { used: Use::default(), payment: 0.0 },
                    index => demand.at(&technology.powers(index)),
                };
                let cost = technology.cost(used.spend, used.fine_tuning);
                let expected = [
                    used.spend,
                    used.fine_tuning,
                    payment,
                    used.gross_value,
                    used.gross_value - payment,
                    used.spend,
                    used.gross_value - cost,
                ];
                assert_eq!(columns.each_ref().map(|column| column[row]), expected, "{index}");
                regimes[usize::from(used.fine_tuning > 0.0) + usize::from(used.fine_tuning == 1.5)] += 1;
            }
            assert!(regimes.iter().all(|count| *count > 10), "{regimes:?}");
        }
    }
}
