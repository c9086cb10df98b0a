//! Token allocations for value-scale types.

use super::package::Item;
use super::{ChoiceColumns, Thresholds};
use crate::choice::Choice;
use crate::kernel::{exp_all, ln_all};
use crate::technology::{PrecisionRegime, Technology, Use};

/// Optimal token allocations for value-scale types: tiers in w, a continuum in s.
///
/// Type (w, s) with w in tier k gets the efficient use at τ = φ_k s^{1-σ}, spread evenly over her share of the tasks:
/// ```text
/// U(w, s) = h ( Σ_{j<k} q(φ_j h) (w_{j+1} - w_j) + q(φ_k h) (w - w_k) ),   h = s^{1-σ},   t = w h q(φ_k h) - U
/// ```
/// q is a power of τ within each regime of tuning, so the sum is a difference of prefix sums per regime: O(log K).
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, value-scale heterogeneity, doi 10.1145/3736252.3742625.
#[derive(Debug, Clone)]
pub struct AllocationMenu {
    thresholds: Thresholds,
    virtual_values: Thresholds,
    scale_exponent: f64,
    regimes: Vec<RegimeSums>,
}

/// One regime of q with its prefix sums: `sums[k] = Σ_{j<k} coefficient (φ_j/θ*)^power (w_{j+1} - w_j)`.
#[derive(Debug, Clone)]
struct RegimeSums {
    regime: PrecisionRegime,
    sums: Vec<f64>,
}

impl AllocationMenu {
    /// A menu with tiers `(w_k, φ_k)`, both strictly ascending and φ_k > 0.
    pub fn new(technology: &Technology, tiers: &[(f64, f64)]) -> Self {
        let thresholds = Thresholds::new(tiers.iter().map(|tier| tier.0).collect());
        let virtual_values = Thresholds::new(tiers.iter().map(|tier| tier.1).collect());
        let reference = technology.reference_index();
        let regimes = technology
            .precision_regimes()
            .into_iter()
            .map(|regime| {
                let mut sum = 0.0;
                let mut sums = vec![0.0];
                for (tier, next) in tiers.iter().zip(tiers.iter().skip(1)) {
                    sum +=
                        regime.coefficient * libm::pow(tier.1 / reference, regime.power) * (next.0 - tier.0);
                    sums.push(sum);
                }
                RegimeSums { regime, sums }
            })
            .collect();
        Self { thresholds, virtual_values, scale_exponent: 1.0 - technology.sigma(), regimes }
    }

    /// Smallest value w of each tier, in $.
    pub fn thresholds(&self) -> &[f64] {
        self.thresholds.as_slice()
    }

    /// Virtual value φ of each tier, in $.
    pub fn virtual_values(&self) -> &[f64] {
        self.virtual_values.as_slice()
    }

    /// The position of the tier that value w belongs to.
    #[inline]
    pub fn position(&self, value: f64) -> Option<usize> {
        self.thresholds.reached_by(value).checked_sub(1)
    }

    /// ln h and h.
    #[inline]
    fn scaled(&self, scale: f64) -> (f64, f64) {
        let log = self.scale_exponent * libm::log(scale);
        (log, libm::exp(log))
    }

    /// U(w, s) of a buyer who reports truthfully, in $.
    pub fn utility(&self, technology: &Technology, value: f64, scale: f64) -> f64 {
        let (Some(tier), true) = (self.position(value), scale > 0.0) else { return 0.0 };
        let (log_scaled, scaled) = self.scaled(scale);
        let precision = technology.precision(self.virtual_values()[tier] * scaled);
        self.rent(tier, scaled, precision, value, |power, _| libm::exp(power * log_scaled))
    }

    /// h ( Σ_{j<k} q(φ_j h) (w_{j+1} - w_j) + q (w - w_k) ) for tier k, scaled share h and precision q; `power_of_scaled` is a
    /// power of h, that of the regime at a position.
    #[inline]
    fn rent(
        &self,
        tier: usize,
        scaled: f64,
        precision: f64,
        value: f64,
        power_of_scaled: impl Fn(f64, usize) -> f64,
    ) -> f64 {
        let mut rent = precision * (value - self.thresholds()[tier]);
        let mut first = 0;
        for (position, sums) in self.regimes.iter().enumerate() {
            let end = match self.regimes.get(position + 1) {
                Some(next) => {
                    let bound = next.regime.from / scaled;
                    self.virtual_values.below(bound).min(tier)
                }
                None => tier,
            };
            if end > first {
                let power = power_of_scaled(sums.regime.power, position);
                rent += power * (sums.sums[end] - sums.sums[first]);
                first = end;
            }
        }
        scaled * rent
    }

    /// The item of tier `position` for a buyer with all tasks, s = 1.
    pub fn item_at_full_scale(&self, technology: &Technology, position: usize) -> Item {
        let (threshold, virtual_value) = (self.thresholds()[position], self.virtual_values()[position]);
        let used = technology.efficient_use(virtual_value);
        let precision = technology.precision(virtual_value);
        let utility = self.utility(technology, threshold, 1.0);
        Item {
            threshold,
            virtual_value,
            precision,
            spend: used.spend,
            fine_tuning: used.fine_tuning,
            payment: threshold * precision - utility,
            utility,
        }
    }

    #[inline]
    pub(super) fn choose(&self, technology: &Technology, value: f64, scale: f64) -> Choice {
        self.position(value).map_or_else(Choice::default, |tier| self.take(technology, tier, value, scale))
    }

    /// What type (w, s) gets who takes this tier at her scale.
    #[inline]
    pub(super) fn take(&self, technology: &Technology, tier: usize, value: f64, scale: f64) -> Choice {
        if !(scale > 0.0) {
            return Choice::default();
        }
        let (log_scaled, scaled) = self.scaled(scale);
        let virtual_index = self.virtual_values()[tier] * scaled;
        if virtual_index <= 0.0 {
            return Choice::default(); // the scale is so small that the product underflows
        }
        let used = technology.efficient_use(virtual_index);
        let precision = used.gross_value / virtual_index;
        let utility = self.rent(tier, scaled, precision, value, |power, _| libm::exp(power * log_scaled));
        choice(tier as u32, &used, value * scaled * precision, utility)
    }

    /// What every type (w, s) chooses, bit for bit as [`AllocationMenu::choose`] has it.
    pub(super) fn choose_all(
        &self,
        technology: &Technology,
        types: impl Iterator<Item = (f64, f64)>,
        columns: &mut ChoiceColumns,
    ) {
        if self.thresholds().is_empty() {
            return columns.set_each(|_, _| Choice::default());
        }
        let (values, mut log_scaled): (Vec<f64>, Vec<f64>) = types.unzip();
        ln_all(&mut log_scaled);
        for log in &mut log_scaled {
            *log *= self.scale_exponent;
        }
        let power_of = |power: f64| {
            let mut powers: Vec<f64> = log_scaled.iter().map(|log| power * log).collect();
            exp_all(&mut powers);
            powers
        };
        let scaled = power_of(1.0);
        // Long tables one after the other, each for all buyers: loads that do not wait for each other, and nothing that
        // branches on who buys, which nobody can foresee.
        let mut tiers = vec![0; values.len()];
        self.thresholds.reached_by_each(&values, &mut tiers);
        let mut virtual_indices = vec![0.0; values.len()];
        for (row, virtual_index) in virtual_indices.iter_mut().enumerate() {
            let reached = tiers[row];
            tiers[row] = reached.saturating_sub(1);
            let product = self.virtual_values()[tiers[row] as usize] * scaled[row];
            let buys = reached > 0 && product > 0.0;
            *virtual_index = if buys { product } else { 0.0 };
            columns.item[row] = if buys { tiers[row] } else { ChoiceColumns::NOTHING };
        }
        let powers = technology.power_columns(&virtual_indices);
        let ChoiceColumns { item, spend, fine_tuning, payment, gross_value, utility } = columns;
        technology.efficient().fill(&powers, [spend, fine_tuning, payment, gross_value, utility]);
        let mut rents = vec![0.0; values.len()];
        for (row, rent) in rents.iter_mut().enumerate() {
            let precision = gross_value[row] / powers.index[row];
            *rent = precision * (values[row] - self.thresholds()[tiers[row] as usize]);
            gross_value[row] = values[row] * scaled[row] * precision;
        }
        self.add_flows(&tiers, &scaled, power_of, &mut rents);
        for (row, rent) in rents.iter().enumerate() {
            let of_buyer = |x: f64| if item[row] == ChoiceColumns::NOTHING { 0.0 } else { x };
            utility[row] = of_buyer(scaled[row] * rent);
            payment[row] = of_buyer(gross_value[row] - scaled[row] * rent);
            gross_value[row] = of_buyer(gross_value[row]);
        }
    }

    /// Adds Σ_{j<k} q(φ_j h) (w_{j+1} - w_j) to what each buyer has, as [`AllocationMenu::rent`] does; `power_of` makes a power
    /// of every h.
    fn add_flows(
        &self,
        tiers: &[u32],
        scaled: &[f64],
        power_of: impl Fn(f64) -> Vec<f64>,
        rents: &mut [f64],
    ) {
        let (mut firsts, mut ends) = (vec![0_u32; tiers.len()], tiers.to_vec());
        for (position, RegimeSums { regime, sums }) in self.regimes.iter().enumerate() {
            match self.regimes.get(position + 1) {
                Some(next) => {
                    let bounds: Vec<f64> = scaled.iter().map(|scaled| next.regime.from / scaled).collect();
                    self.virtual_values.below_each(&bounds, &mut ends);
                }
                None => ends.copy_from_slice(tiers),
            }
            let powers = power_of(regime.power);
            for (row, rent) in rents.iter_mut().enumerate() {
                let first = firsts[row];
                let end = ends[row].min(tiers[row]).max(first);
                let flow = powers[row] * (sums[end as usize] - sums[first as usize]);
                *rent += if end > first { flow } else { 0.0 };
                firsts[row] = end;
            }
        }
    }
}

/// A tier with its efficient use, and what that gives to a buyer.
#[inline]
fn choice(tier: u32, used: &Use, gross_value: f64, utility: f64) -> Choice {
    Choice {
        item: Some(tier),
        spend: used.spend,
        fine_tuning: used.fine_tuning,
        payment: gross_value - utility,
        gross_value,
        utility,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};

    /// Without tuning, with it, and with little of it: one, two and three regimes of q.
    fn technologies() -> [Technology; 3] {
        let tuning = |maximum| Some(FineTuning { exponent: 0.25, cost: 0.125, maximum });
        [None, tuning(None), tuning(Some(0.5))].map(|fine_tuning| {
            Technology::new(TechnologyConfig {
                base_quality: 1.0,
                aggregator: Aggregator::CobbDouglas,
                tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.25 }],
                fine_tuning,
            })
            .expect("a valid technology")
        })
    }

    /// All buyers at once and each alone, bit for bit; how many of them buy.
    fn check(technology: &Technology, tiers: &[(f64, f64)], types: &[(f64, f64)]) -> usize {
        let menu = AllocationMenu::new(technology, tiers);
        let mut item = vec![7; types.len()];
        let mut figures = [(); 5].map(|()| vec![f64::NAN; types.len()]);
        let [spend, fine_tuning, payment, gross_value, utility] = &mut figures;
        let mut columns =
            ChoiceColumns { item: &mut item, spend, fine_tuning, payment, gross_value, utility };
        menu.choose_all(technology, types.iter().copied(), &mut columns);
        for (row, (value, scale)) in types.iter().enumerate() {
            let alone = menu.choose(technology, *value, *scale);
            assert_eq!(item[row], alone.item.unwrap_or(ChoiceColumns::NOTHING), "{value:e}, {scale:e}");
            let expected = [alone.spend, alone.fine_tuning, alone.payment, alone.gross_value, alone.utility];
            for (found, expected) in figures.iter().zip(expected) {
                assert_eq!(found[row].to_bits(), expected.to_bits(), "{value:e}, {scale:e}");
            }
        }
        item.iter().filter(|item| **item != ChoiceColumns::NOTHING).count()
    }

    #[test]
    fn of_no_tiers_nobody_buys() {
        for technology in technologies() {
            assert_eq!(check(&technology, &[], &[(1.0, 1.0), (0.0, 0.5), (1e300, 0.0)]), 0);
        }
    }

    proptest! {
        /// Values on both sides of tiers that lie close together or far apart; scales from none to one.
        #[test]
        fn columns_are_chosen_as_one_by_one(
            steps in prop::collection::vec((1e-6..0.3_f64, 1e-6..0.6_f64), 1..60),
            drawn in prop::collection::vec((0.0..12.0_f64, 0.0..1.0_f64), 1..60),
            power in 0.5..12.0_f64,
        ) {
            let mut last = (0.1, 0.0);
            let tiers: Vec<(f64, f64)> = steps
                .iter()
                .map(|(value, virtual_value)| {
                    last = (last.0 + value, last.1 + virtual_value);
                    last
                })
                .collect();
            let mut types: Vec<(f64, f64)> =
                drawn.iter().map(|(value, scale)| (*value, libm::pow(*scale, power))).collect();
            types.extend(tiers.iter().map(|tier| (tier.0, 1.0)));
            types.extend([(0.0, 1.0), (9.0, 0.0), (9.0, 5e-324), (5e-324, 1.0), (1e200, 1e-200)]);
            for technology in technologies() {
                prop_assert!(check(&technology, &tiers, &types) >= tiers.len());
            }
        }
    }
}
