//! Plans posted as they are: what buyers make of them, the certificate, and prices rounded to a step.

use model::choice::Buyer;
use model::menu::{Allowance, Certificate, Expected, Offer, Over, Plan, PlanMenu};
use model::technology::Technology;
use model::tolerance::TIE;

use crate::certificate::max_or_nan;
use crate::expectation::of_plans;
use crate::packages;
use crate::plan_audit::{bounded_by_packages, largest_gain};
use crate::{Designed, Rule, Seller};

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
    let mut loss = 0.0;
    let mut precisions = Vec::new();
    // On both sides of everything that changes.
    for theta in menu.starts().iter().flat_map(|start| [start.next_down(), *start]) {
        if !(theta > 0.0 && theta < 1e150) {
            continue;
        }
        let taken = offer.choose(technology, &Buyer::of_index(technology, theta));
        if let Some(item) = taken.item {
            let exact = menu_utility(offer, seller, theta, item as usize);
            loss = max_or_nan(loss, -exact - 2.0 * seller.rounding().max(TIE) * taken.gross_value);
        }
        precisions.push((theta, taken.gross_value / theta));
    }
    let certificate = Certificate {
        ic_violation: Some(largest_gain(seller, offer)),
        ir_violation: Some(loss),
        monotone: Some(rises(&precisions, TIE.max(seller.rounding()))),
        gap_to_first_best: seller.first_best.profit - expected.profit,
        ..Certificate::benchmark()
    };
    let packages = packages::expected(technology, &seller.screening).profit;
    bounded_by_packages(seller, certificate.judged(seller.first_best.profit), expected.profit, packages)
}

/// Whether precision rises with the type, as far as buyers notice.
///
/// Whoever takes what is within ε of the best for her, types θ < θ' precision v and v', has
/// ```text
/// (v - v') (θ' - θ) <= ε(θ) + ε(θ')
/// ```
/// and where two plans are closer than a share `tie` of what both are worth she may take either: precision may fall by as much,
/// as it does among thousands of packages that are hardly different.
fn rises(precisions: &[(f64, f64)], tie: f64) -> bool {
    // Twice, as thresholds are moved in favour of the seller; the worth of two plans.
    let unnoticed = 4.0 * tie;
    let mut highest = (0.0, 0.0);
    precisions.iter().all(|(theta, precision)| {
        let (from, largest) = highest;
        if *precision > largest {
            highest = (*theta, *precision);
        }
        (largest - precision) * (theta - from) <= unnoticed * (theta + from) * largest
    })
}

fn menu_utility(offer: &Offer, seller: &Seller, theta: f64, item: usize) -> f64 {
    offer.take(seller.technology, &Buyer::of_index(seller.technology, theta), item).utility
}

/// A designed menu with prices, and then fees, rounded to multiples of `step`; `None` where it is no list of plans.
///
/// Prices are rounded down, but at least to one step, and allowances and limits in $ then hold the same tokens as before.
/// Fees are rounded down in one of two ways, whichever is expected to earn
/// more: each by itself; or from the lowest plan up, each to the most that its lowest type pays for it rather than take the
/// plan below, at the fee which that now has. The first keeps every fee within a step, but where a fee falls by less than the
/// one below, types that were indifferent move down; the second keeps them, at up to a step per plan, and lets a fee rise that
/// falling prices make worth it. Of up to [`FEW_FEES`] plans single fees are then moved by steps as long as that earns more.
/// Fees that the market file gives are rounded by themselves. Buyers then choose anew among the
/// plans that any of them takes; the rest is not posted.
///
/// The list itself may earn less than the design, whose expected outcome for packages of a law is that of infinitely many items:
/// ```text
/// expected profit = profit of the design - listing loss - rounding loss
/// ```
pub(crate) fn rounded(seller: &Seller, designed: &Designed, rule: &Rule, step: f64) -> Option<Designed> {
    let (technology, index) = (seller.technology, &seller.belief.index);
    let listed = PlanMenu::posted(technology, designed.offer.plans(technology)?);
    let earned = |menu: &PlanMenu| of_plans(technology, index, menu).profit;
    let priced: Vec<Plan> =
        listed.plans().iter().map(|plan| with_round_prices(technology, plan, step)).collect();
    let alone = priced.iter().map(|plan| Plan { fee: down(plan.fee, step), ..plan.clone() }).collect();
    let kept = keeping_buyers(technology, listed.thresholds(), &priced, step);
    let [alone, kept] = [alone, kept].map(|plans| taken(PlanMenu::posted(technology, plans), technology));
    let mut best = if !rule.gives_fees() && earned(&kept) > earned(&alone) { kept } else { alone };
    let have_fees = listed.plans().iter().all(|plan| plan.fee > 0.0);
    if have_fees && !rule.gives_fees() && best.plans().len() <= FEW_FEES {
        best = taken(with_better_fees(technology, best, step, earned), technology);
    }
    let after = posted(seller, best.plans().to_vec());
    // Plans that lose nothing differ from what they list by rounding.
    let unlisted = designed.expected.profit - earned(&listed);
    let listing_loss = if unlisted.abs() <= 1e-14 * designed.expected.profit { 0.0 } else { unlisted };
    let loss = designed.expected.profit - listing_loss - after.expected.profit;
    let share = if designed.expected.profit > 0.0 { loss / designed.expected.profit } else { 0.0 };
    let mut parameters = after.parameters.clone();
    parameters.extend([
        ("round", step),
        ("listing_loss", listing_loss),
        ("rounding_loss", loss),
        ("rounding_loss_share", share),
    ]);
    Some(Designed { parameters, ..after })
}

/// Most plans whose fees are searched for step by step.
const FEW_FEES: usize = 8;

/// The menu with single fees some steps higher or lower, the first change that earns more each time, until there is none.
fn with_better_fees(
    technology: &Technology,
    mut menu: PlanMenu,
    step: f64,
    earned: impl Fn(&PlanMenu) -> f64,
) -> PlanMenu {
    /// Beyond what the quadrature tells.
    const MORE: f64 = 1.0 + 1e-9;
    const STEPS: [f64; 6] = [64.0, -64.0, 8.0, -8.0, 1.0, -1.0];
    let mut best = earned(&menu);
    loop {
        let plans = 0..menu.plans().len();
        let mut changes = STEPS.into_iter().flat_map(|steps| plans.clone().map(move |plan| (plan, steps)));
        let better = changes.find_map(|(plan, steps)| {
            let mut plans = menu.plans().to_vec();
            plans[plan].fee = nearest(plans[plan].fee + steps * step, step);
            let changed = (plans[plan].fee >= 0.0).then(|| PlanMenu::posted(technology, plans))?;
            Some((earned(&changed), changed)).filter(|(profit, _)| *profit > best * MORE)
        });
        let Some(found) = better else { return menu };
        (best, menu) = found;
    }
}

/// The plan with prices rounded down, but at least to one step, and the same tokens included and allowed.
fn with_round_prices(technology: &Technology, plan: &Plan, step: f64) -> Plan {
    let price = |price: &f64| down(*price, step).max(step);
    let mut round = plan.clone();
    if plan.sells_tokens() {
        round.prices = plan.prices.iter().map(price).collect();
        // By the $ at cost that a $ at the plan's prices buys.
        let cheaper = technology.split_at(&plan.prices).cost / technology.split_at(&round.prices).cost;
        if let Allowance::Spend(spend) = &mut round.allowance {
            *spend *= cheaper;
        }
        if let Over::Prices { limit } = &mut round.over {
            *limit *= cheaper;
        }
    }
    round.fine_tuning_price = plan.fine_tuning_price.as_ref().map(price);
    round
}

/// The plans that anybody chose, from the lowest up, each for the largest round fee at which its lowest type still does.
fn keeping_buyers(technology: &Technology, thresholds: &[f64], plans: &[Plan], step: f64) -> Vec<Plan> {
    let free = |plan: &Plan| Plan { fee: 0.0, ..plan.clone() };
    let before_fees = PlanMenu::posted(technology, plans.iter().map(free).collect());
    let offer = Offer::Plans(before_fees);
    let mut order: Vec<usize> = (0..plans.len()).filter(|plan| !thresholds[*plan].is_nan()).collect();
    order.sort_by(|a, b| thresholds[*a].total_cmp(&thresholds[*b]));
    let mut kept: Vec<(usize, f64)> = Vec::with_capacity(order.len());
    for plan in order {
        let buyer = Buyer::of_index(technology, thresholds[plan]);
        let worth = |plan: usize| offer.take(technology, &buyer, plan).utility;
        let below = kept.last().map_or(0.0, |(below, fee)| (worth(*below) - fee).max(0.0));
        kept.push((plan, down((worth(plan) - below).max(0.0), step)));
    }
    kept.into_iter().map(|(plan, fee)| Plan { fee, ..plans[plan].clone() }).collect()
}

/// The plans that somebody chooses; of plans that are equally good where they meet it may be others when fewer are left.
fn taken(mut menu: PlanMenu, technology: &Technology) -> PlanMenu {
    while menu.thresholds().iter().any(|threshold| threshold.is_nan()) {
        let chosen = menu.plans().iter().zip(menu.thresholds()).filter(|(_, threshold)| !threshold.is_nan());
        menu = PlanMenu::posted(technology, chosen.map(|(plan, _)| plan.clone()).collect());
    }
    menu
}

/// The largest multiple of the step that is not above the amount, but for rounding.
fn down(amount: f64, step: f64) -> f64 {
    multiple((amount / step * (1.0 + 1e-12)).floor(), step)
}

/// The multiple of the step nearest to the amount.
fn nearest(amount: f64, step: f64) -> f64 {
    multiple((amount / step).round(), step)
}

fn multiple(count: f64, step: f64) -> f64 {
    // 29 hundredths are 0.29; 29 times 0.01 is not.
    let inverse = (1.0 / step).round();
    if (inverse * step - 1.0).abs() < 1e-12 { count / inverse } else { count * step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_of_precision_is_seen_where_buyers_notice() {
        let tie = 1e-12;
        assert!(rises(&[(1.0, 1.0), (2.0, 1.0), (3.0, 4.0)], tie));
        assert!(!rises(&[(1.0, 1.0), (2.0, 4.0), (3.0, 3.9)], tie));
        assert!(!rises(&[(1.0, 1.0), (2.0, 0.0)], tie));
        // Between the first and the last, whatever lies in between.
        assert!(!rises(&[(1.0, 1.0), (1.0 + 1e-9, 1.0 - 1e-4), (2.0, 1.0 - 1e-4)], tie));
        // Utilities then differ by 1e-13 of the value: neither type tells.
        assert!(rises(&[(1.0, 1.0), (1.0 + 1e-9, 1.0 - 1e-4)], tie));
        assert!(!rises(&[(1.0, 1.0), (2.0, f64::NAN)], tie));
    }

    #[test]
    fn amounts_are_rounded_down_to_decimals() {
        assert_eq!(down(0.299, 0.01).to_string(), "0.29");
        assert_eq!(down(0.29, 0.01).to_string(), "0.29");
        assert_eq!(down(1.15 - 1e-15, 0.05).to_string(), "1.15");
        assert_eq!(down(7.0, 2.5).to_string(), "5");
        assert_eq!(down(0.004, 0.01), 0.0);
    }
}
