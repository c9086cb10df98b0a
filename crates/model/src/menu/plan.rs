//! Plans: a fee, what it includes, and the price of tokens beyond.

use super::Thresholds;
use crate::choice::Choice;
use crate::technology::{Powers, Technology};

/// A plan as a seller posts it: the buyer picks her tokens herself, class by class.
///
/// ```text
/// payment for tokens worth E at cost = fee + m (E - allowance)^+,   E <= limit
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Fee in $, paid upfront.
    pub fee: f64,
    /// Fine-tuning z in Mtok that the fee includes.
    pub fine_tuning: f64,
    /// Tokens that the fee includes, in $ at marginal cost, of any class.
    pub allowance: f64,
    /// What happens beyond the allowance.
    pub beyond: Beyond,
}

/// Tokens beyond a plan's allowance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beyond {
    /// Class n is sold at m c_n.
    Sold {
        /// m > 0.
        markup: f64,
        /// Most tokens of the plan in $ at marginal cost, allowance included; infinite: no limit.
        limit: f64,
    },
    /// There are none.
    Stop,
}

impl Plan {
    /// Most tokens in $ at marginal cost; infinite: no limit.
    pub fn limit(&self) -> f64 {
        match self.beyond {
            Beyond::Sold { limit, .. } => limit,
            Beyond::Stop => self.allowance,
        }
    }

    /// m, the price of a token beyond the allowance over its cost; `None` where there are none.
    pub fn markup(&self) -> Option<f64> {
        match self.beyond {
            Beyond::Sold { markup, .. } => Some(markup),
            Beyond::Stop => None,
        }
    }

    /// Payment in $ of a buyer who uses tokens worth `spend` $ at marginal cost, within the limit.
    pub fn payment(&self, spend: f64) -> f64 {
        self.fee + self.markup().unwrap_or(0.0) * (spend - self.allowance).max(0.0)
    }
}

/// Plans chosen by thresholds in θ.
///
/// Utility from a plan without allowance or limit is `A (θ/θ*)^{1/(1-σ)} - fee`; whatever a plan includes, better plans gain
/// more from a higher θ, so that the choice is the last plan whose threshold θ reaches.
#[derive(Debug, Clone)]
pub struct PlanMenu {
    thresholds: Thresholds,
    posted: Vec<Posted>,
}

/// A plan with what a buyer's choice of tokens needs.
#[derive(Debug, Clone, Copy)]
struct Posted {
    plan: Plan,
    /// Tokens bought at the markup, in $ at cost per unit of [`Powers::untuned`]; 0 where none are sold.
    spend_per_power: f64,
    /// Gross value of tokens bought at the markup, per $ at cost: m/σ.
    value_per_spend: f64,
    /// Precision of the allowance.
    precision_of_allowance: f64,
    /// Precision of all the tokens there are; unused where there is no limit.
    precision_at_limit: f64,
}

impl PlanMenu {
    /// A menu of plans with their thresholds, strictly ascending, each the smallest index that chooses its plan.
    pub fn new(technology: &Technology, plans: impl IntoIterator<Item = (f64, Plan)>) -> Self {
        let (thresholds, posted) =
            plans.into_iter().map(|(threshold, plan)| (threshold, Posted::new(technology, plan))).unzip();
        Self { thresholds: Thresholds::new(thresholds), posted }
    }

    /// The plans by ascending threshold.
    pub fn plans(&self) -> impl ExactSizeIterator<Item = &Plan> {
        self.posted.iter().map(|posted| &posted.plan)
    }

    /// The smallest index in $ that chooses each plan, ascending.
    pub fn thresholds(&self) -> &[f64] {
        self.thresholds.as_slice()
    }

    #[inline]
    pub(super) fn choose(&self, powers: &Powers) -> Choice {
        let Some(position) = self.thresholds.reached_by(powers.index).checked_sub(1) else {
            return Choice::default();
        };
        let taken = self.take(position, powers);
        // The lowest type that buys is indifferent to nothing: what she is short of it is rounding.
        let utility = taken.utility.max(0.0);
        Choice { utility, gross_value: utility + taken.payment, ..taken }
    }

    /// What the buyer with these powers gets from the plan at this position, choosing her tokens as suits her best.
    #[inline]
    pub(super) fn take(&self, position: usize, powers: &Powers) -> Choice {
        let posted = &self.posted[position];
        let wanted = posted.spend_per_power * powers.untuned;
        let (allowance, limit) = (posted.plan.allowance, posted.plan.limit());
        let (spend, gross_value) = if wanted <= allowance {
            (allowance, powers.index * posted.precision_of_allowance)
        } else if wanted < limit {
            (wanted, wanted * posted.value_per_spend)
        } else {
            (limit, powers.index * posted.precision_at_limit)
        };
        let payment = posted.plan.payment(spend);
        Choice {
            item: Some(position as u32),
            spend,
            fine_tuning: posted.plan.fine_tuning,
            payment,
            gross_value,
            utility: gross_value - payment,
        }
    }
}

impl Posted {
    fn new(technology: &Technology, plan: Plan) -> Self {
        let precision = |spend: f64| technology.package_precision(spend, plan.fine_tuning);
        let (markup, limit) = (plan.markup(), plan.limit());
        Self {
            plan,
            spend_per_power: markup
                .map_or(0.0, |markup| technology.spend_per_power(markup, plan.fine_tuning)),
            value_per_spend: markup.unwrap_or(0.0) / technology.sigma(),
            precision_of_allowance: precision(plan.allowance),
            precision_at_limit: if limit.is_finite() { precision(limit) } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};

    fn technology() -> Technology {
        let token = |class: &str, exponent, cost| TokenClass { class: class.into(), exponent, cost };
        Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 0.7,
            tokens: vec![token("input", 0.2, 3.0), token("output", 0.3, 15.0)],
            fine_tuning: Some(FineTuning { exponent: 0.3, cost: 25.0, maximum: None }),
        })
        .unwrap()
    }

    /// The best of a fine grid of tokens per class, priced class by class, bounds included: the plan's closed form knows
    /// neither classes nor grids.
    #[test]
    fn no_grid_of_tokens_beats_the_closed_form() {
        let technology = technology();
        let sold = |markup, limit| Beyond::Sold { markup, limit };
        let plans = [
            Plan { fee: 0.4, fine_tuning: 0.0, allowance: 0.0, beyond: sold(1.7, f64::INFINITY) },
            Plan { fee: 0.4, fine_tuning: 2.5, allowance: 0.0, beyond: sold(0.8, f64::INFINITY) },
            Plan { fee: 0.4, fine_tuning: 1.0, allowance: 0.0, beyond: sold(1.3, 2.0) },
            Plan { fee: 0.4, fine_tuning: 1.0, allowance: 2.0, beyond: Beyond::Stop },
            Plan { fee: 0.4, fine_tuning: 1.0, allowance: 0.5, beyond: sold(1.3, 4.0) },
        ];
        let mut regimes = [0; 3];
        for plan in plans {
            let menu = PlanMenu::new(&technology, [(0.0, plan)]);
            for step in 0..40 {
                let index = libm::exp(f64::from(step) * 0.1) * 2.0;
                let taken = menu.take(0, &technology.powers(index));
                let regime =
                    usize::from(taken.spend > plan.allowance) + usize::from(taken.spend == plan.limit());
                regimes[regime.min(2)] += 1;
                let best = best_of_grid(&technology, &plan, index, taken.spend.max(1e-3));
                let scale = taken.gross_value;
                // The grid, half a per cent fine, comes within its square of the closed form.
                assert!(
                    best <= taken.utility + 1e-12 * scale,
                    "{plan:?} at {index}: {best} > {}",
                    taken.utility
                );
                assert!(
                    best >= taken.utility - 2e-3 * scale,
                    "{plan:?} at {index}: {best} << {}",
                    taken.utility
                );
            }
        }
        assert!(regimes.iter().all(|count| *count > 10), "regimes not all visited: {regimes:?}");
    }

    /// Largest utility over tokens of both classes on a grid around those worth `spend` $.
    fn best_of_grid(technology: &Technology, plan: &Plan, index: f64, spend: f64) -> f64 {
        let config = technology.config();
        let factor = |step: i32| libm::exp(f64::from(step) * 0.01);
        let mut best = f64::NEG_INFINITY;
        for input in -70..=70 {
            for output in -70..=70 {
                let tokens = [
                    technology.tokens_per_spend()[0] * spend * factor(input),
                    technology.tokens_per_spend()[1] * spend * factor(output),
                ];
                let cost: f64 = tokens.iter().zip(&config.tokens).map(|(x, class)| x * class.cost).sum();
                if cost > plan.limit() * (1.0 + 1e-14) {
                    continue;
                }
                let tuned = libm::pow(technology.base_quality() + plan.fine_tuning, technology.gamma());
                let precision = tokens
                    .iter()
                    .zip(&config.tokens)
                    .fold(tuned, |precision, (x, class)| precision * libm::pow(*x, class.exponent));
                best = best.max(index * precision - plan.payment(cost.min(plan.limit())));
            }
        }
        best
    }

    #[test]
    fn thresholds_decide_and_nobody_loses() {
        let technology = technology();
        let plan = |fee, allowance| Plan { fee, fine_tuning: 0.0, allowance, beyond: Beyond::Stop };
        let precision = technology.package_precision(1.0, 0.0);
        let menu = PlanMenu::new(&technology, [(2.0, plan(2.0 * precision, 1.0)), (5.0, plan(9.0, 3.0))]);
        let item = |index: f64| menu.choose(&technology.powers(index)).item;
        assert_eq!([item(1.9), item(2.0), item(4.999), item(5.0)], [None, Some(0), Some(0), Some(1)]);
        assert!(menu.choose(&technology.powers(2.0)).utility.abs() < 1e-14);
    }
}
