//! Plans posted as they are: what buyers make of them, the certificate, and prices rounded to a step.

use model::choice::Buyer;
use model::menu::{Certificate, Expected, Offer, Plan, PlanMenu};

use crate::certificate::max_or_nan;
use crate::expectation::of_plans;
use crate::packages;
use crate::plan_audit::{bounded_by_packages, largest_gain};
use crate::{Designed, Seller};

/// Plans, each buyer taking the one that is best for her, or nothing.
///
/// The expected outcome is the quadrature of actual choices over the law, or their sum over the points.
pub(crate) fn posted(seller: &Seller, plans: Vec<Plan>) -> Designed {
    let menu = PlanMenu::posted(seller.technology, plans);
    let expected = of_plans(seller.technology, &seller.belief.index, &menu);
    let chosen = menu.thresholds().iter().filter(|threshold| !threshold.is_nan()).count();
    let parameters = vec![("plans", menu.plans().len() as f64), ("plans_chosen", chosen as f64)];
    let offer = Offer::Plans(menu);
    let certificate = certify(seller, &offer, &expected);
    Designed { offer, expected, parameters, certificate }
}

/// No buyer does better elsewhere, none loses, precision rises with the type, and packages earn at least as much.
fn certify(seller: &Seller, offer: &Offer, expected: &Expected) -> Certificate {
    let Offer::Plans(menu) = offer else { unreachable!("plans were posted") };
    let technology = seller.technology;
    let rounding = seller.rounding();
    let (mut loss, mut monotone, mut below) = (0.0, true, 0.0);
    // On both sides of everything that changes.
    for theta in menu.starts().iter().flat_map(|start| [start.next_down(), *start]) {
        if !(theta > 0.0 && theta < 1e150) {
            continue;
        }
        let taken = offer.choose(technology, &Buyer::of_index(technology, theta));
        if let Some(item) = taken.item {
            let exact = menu_utility(offer, seller, theta, item as usize);
            loss = max_or_nan(
                loss,
                -exact - 2.0 * seller.rounding().max(model::tolerance::TIE) * taken.gross_value,
            );
        }
        let precision = taken.gross_value / theta;
        monotone &= precision >= below * (1.0 - 1e3 * rounding);
        below = precision;
    }
    let certificate = Certificate {
        ic_violation: Some(largest_gain(seller, offer)),
        ir_violation: Some(loss),
        monotone: Some(monotone),
        gap_to_first_best: seller.first_best.profit - expected.profit,
        ..Certificate::benchmark()
    };
    let packages = packages::expected(technology, &seller.screening).profit;
    bounded_by_packages(seller, certificate.judged(seller.first_best.profit), expected.profit, packages)
}

fn menu_utility(offer: &Offer, seller: &Seller, theta: f64, item: usize) -> f64 {
    offer.take(seller.technology, &Buyer::of_index(seller.technology, theta), item).utility
}

/// A designed menu with fees and prices rounded down to multiples of `step`, but prices at least to one: whatever is rounded
/// is rounded in the buyers' favour, so that nobody leaves. Buyers then choose anew, also between plans. `None` where the
/// menu is no list of plans.
pub(crate) fn rounded(seller: &Seller, designed: &Designed, step: f64) -> Option<Designed> {
    let plans = designed.offer.plans(seller.technology)?;
    let round = |plan: Plan| Plan {
        fee: down(plan.fee, step),
        prices: if plan.sells_tokens() {
            plan.prices.iter().map(|price| down(*price, step).max(step)).collect()
        } else {
            plan.prices
        },
        fine_tuning_price: plan.fine_tuning_price.map(|price| down(price, step).max(step)),
        ..plan
    };
    let after = posted(seller, plans.into_iter().map(round).collect());
    let loss = designed.expected.profit - after.expected.profit;
    let share = if designed.expected.profit > 0.0 { loss / designed.expected.profit } else { 0.0 };
    let mut parameters = after.parameters.clone();
    parameters.extend([("round", step), ("rounding_loss", loss), ("rounding_loss_share", share)]);
    Some(Designed { parameters, ..after })
}

/// The largest multiple of the step that is not above the amount, but for rounding.
fn down(amount: f64, step: f64) -> f64 {
    let count = (amount / step * (1.0 + 1e-12)).floor();
    // 29 hundredths are 0.29; 29 times 0.01 is not.
    let inverse = (1.0 / step).round();
    if (inverse * step - 1.0).abs() < 1e-12 { count / inverse } else { count * step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_down_to_decimals() {
        assert_eq!(down(0.299, 0.01).to_string(), "0.29");
        assert_eq!(down(0.29, 0.01).to_string(), "0.29");
        assert_eq!(down(1.15 - 1e-15, 0.05).to_string(), "1.15");
        assert_eq!(down(7.0, 2.5).to_string(), "5");
        assert_eq!(down(0.004, 0.01), 0.0);
    }
}
