//! The same menu with other token prices, or in front of another technology.

use super::envelope::upper_envelope;
use super::{Allowance, Item, Offer, Over, PackageMenu, Plan, PlanMenu};
use crate::technology::{Prices, Technology};

impl Offer {
    /// The offer with all prices of tokens times `factor`; fees and the price of fine-tuning stay.
    ///
    /// Plans include and allow the same tokens as before, and tokens beyond cost more. `None` where no token has a price of its own:
    /// packages, allocations, budgets and full extraction.
    pub fn at_token_prices(&self, technology: &Technology, factor: f64) -> Option<Self> {
        match self {
            Self::Prices { prices, .. } => {
                let prices = Prices { token_markup: factor * prices.token_markup, ..*prices };
                Some(Self::prices(technology, prices))
            }
            Self::Plans(menu) => {
                let plans = menu.plans();
                let priced = plans.iter().any(Plan::sells_tokens);
                let dearer = || plans.iter().map(|plan| dearer(plan, factor)).collect();
                priced.then(|| Self::Plans(PlanMenu::posted(technology, dearer())))
            }
            Self::FullExtraction | Self::Packages(_) | Self::Allocations(_) | Self::Profiles(_) => None,
        }
    }

    /// What the offer is to buyers of this technology, if it was designed for another with the same costs.
    ///
    /// Prices stay prices, packages keep what they contain and cost, and buyers take what is best for them: thresholds are
    /// computed anew. `None` for offers that no buyer of another technology can read: plans and allocations.
    pub fn before(&self, technology: &Technology) -> Option<Self> {
        match self {
            Self::FullExtraction => Some(Self::FullExtraction),
            Self::Prices { prices, .. } => Some(Self::prices(technology, *prices)),
            Self::Packages(menu) => Some(Self::Packages(packages(technology, menu.items()))),
            Self::Plans(_) | Self::Allocations(_) | Self::Profiles(_) => None,
        }
    }
}

/// The plan with token prices times a factor, and the same tokens in its allowance and below its limit.
fn dearer(plan: &Plan, factor: f64) -> Plan {
    if !plan.sells_tokens() {
        return plan.clone();
    }
    let allowance = match &plan.allowance {
        Allowance::Spend(spend) => Allowance::Spend(factor * spend),
        Allowance::Tokens(tokens) => Allowance::Tokens(tokens.clone()),
    };
    let over = match plan.over {
        Over::Prices { limit } => Over::Prices { limit: factor * limit },
        Over::Stop => Over::Stop,
    };
    let prices = plan.prices.iter().map(|price| factor * price).collect();
    Plan { prices, allowance, over, ..plan.clone() }
}

/// Packages with the precision that they have under this technology.
fn packages(technology: &Technology, items: &[Item]) -> PackageMenu {
    let precision = |item: &Item| technology.package_precision(item.spend, item.fine_tuning);
    let lines: Vec<(f64, f64)> = items.iter().map(|item| (precision(item), item.payment)).collect();
    let restated = |(position, threshold): (usize, f64)| {
        let (precision, payment) = lines[position];
        Item { threshold, precision, utility: threshold * precision - payment, ..items[position] }
    };
    PackageMenu::new(upper_envelope(&lines).into_iter().map(restated).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Buyer;
    use crate::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};

    fn technology(exponent: f64) -> Technology {
        Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 1.0,
            tokens: vec![TokenClass { class: "all".into(), exponent, cost: 0.125 }],
            fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
        })
        .unwrap()
    }

    /// Dearer tokens, the best plan found by trying all of them at their new prices.
    #[test]
    fn dearer_plans_are_chosen_anew() {
        let technology = technology(0.5);
        let tariff = |fee, z, markup| Plan::tariff(&technology, fee, z, markup, f64::INFINITY);
        let included = Plan { allowance: Allowance::Spend(0.02), ..tariff(0.05, 0.2, 1.3) };
        let plans = [tariff(0.01, 0.0, 2.0), included, tariff(0.3, 1.0, 1.1)];
        let menu = Offer::Plans(PlanMenu::posted(&technology, plans.to_vec()));
        for factor in [1.0, 1.01, 1.5] {
            let repriced = menu.at_token_prices(&technology, factor).unwrap();
            let mut chosen = [0; 4];
            for step in 0..200 {
                let buyer = Buyer::of_index(&technology, 0.01 * f64::from(step));
                let found = repriced.choose(&technology, &buyer);
                let alone = plans.clone().map(|plan| {
                    Offer::Plans(PlanMenu::new(&technology, [(0.0, dearer(&plan, factor))])).take(
                        &technology,
                        &buyer,
                        0,
                    )
                });
                let best = alone.iter().map(|choice| choice.utility).fold(0.0, f64::max);
                assert!((found.utility - best).abs() < 1e-12, "{factor}, {step}: {found:?} but {best}");
                chosen[found.item.map_or(3, |item| item as usize)] += 1;
            }
            assert!(chosen[..3].iter().filter(|count| **count > 0).count() >= 2, "{chosen:?}");
        }
    }

    #[test]
    fn what_has_no_token_price_has_no_dearer_version() {
        let technology = technology(0.5);
        let budget =
            Offer::Plans(PlanMenu::posted(&technology, vec![Plan::package(&technology, 1.0, 1.0, 0.0)]));
        assert!(budget.at_token_prices(&technology, 1.01).is_none());
        assert!(Offer::FullExtraction.at_token_prices(&technology, 1.01).is_none());
    }

    /// What is included stays so: a buyer who uses no more than the allowance pays the same.
    #[test]
    fn allowances_hold_the_same_tokens_at_dearer_prices() {
        let technology = technology(0.5);
        let tariff = Plan::tariff(&technology, 0.5, 0.0, 2.0, 3.0);
        let plan = Plan { allowance: Allowance::Spend(1.0), ..tariff };
        let dearer = dearer(&plan, 1.5);
        assert!((dearer.allowance_at_cost(&technology) - plan.allowance_at_cost(&technology)).abs() < 1e-15);
        let [limit, before] = [&dearer, &plan].map(|plan| plan.limit_at_cost(&technology).unwrap());
        assert!((limit - before).abs() < 1e-14);
        assert!((dearer.markup(&technology).unwrap() - 3.0).abs() < 1e-14);
    }

    /// Packages of another technology: every buyer takes the best of what they contain, at their payments.
    #[test]
    fn packages_are_read_by_the_buyers_own_technology() {
        let (designed, own) = (technology(0.4), technology(0.5));
        let item = |threshold, spend, fine_tuning, payment| Item {
            threshold,
            virtual_value: 1.0,
            precision: designed.package_precision(spend, fine_tuning),
            spend,
            fine_tuning,
            payment,
            utility: 0.0,
        };
        let items = vec![item(0.3, 0.02, 0.0, 0.1), item(0.5, 0.1, 0.0, 0.25), item(0.8, 0.5, 1.0, 1.1)];
        let Some(Offer::Packages(menu)) = Offer::Packages(PackageMenu::new(items.clone())).before(&own)
        else {
            panic!("packages stay packages")
        };
        for step in 0..200 {
            let theta = 0.01 * f64::from(step);
            let worth =
                |item: &Item| theta * own.package_precision(item.spend, item.fine_tuning) - item.payment;
            let best = items.iter().map(worth).fold(0.0, f64::max);
            assert!((menu.choose(theta).utility - best).abs() < 1e-12, "{theta}");
        }
    }
}
