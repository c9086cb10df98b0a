//! Menus of two-part tariffs: a fee with fine-tuning, and tokens at a markup.

use model::menu::{Certificate, Expected, Offer, Plan, PlanMenu};
use model::technology::Technology;

use crate::certificate::{Line, audit, max_or_nan};
use crate::packages;
use crate::plan_audit::{bounded_by_packages, largest_gain};
use crate::tariffs::{Powered, Tariff};
use crate::{Designed, Seller};

/// The packages as two-part tariffs, or the best menu of at most `count` of these.
///
/// ```text
/// plan k: fee p0_k, fine-tuning z_k, tokens at m_k c_n with m_k = θ_k/φ_k
/// U(θ; k) = A_k x - p0_k,   x = θ^{1/(1-σ)},   A_k = ((1-σ)/σ) (σ κ (b+z_k)^γ m_k^{-σ})^{1/(1-σ)}
/// p0_k = A_k x_k - U_k,   U_k = U_{k-1} + A_{k-1} (x_k - x_{k-1})
/// ```
/// Whoever takes another plan picks other tokens, so that rents are larger than those of packages. In the limit of a
/// continuum they are the same where A rises; intervals of types on which it would fall are merged. With `count` given,
/// markups and fine-tuning are the best for the interval of types that takes each plan, and so are these intervals.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, Propositions 5-7.
pub(crate) fn two_part_menu(seller: &Seller, count: Option<u64>) -> Designed {
    let (technology, index, curve) = (seller.technology, &seller.belief.index, &seller.curve);
    let powered = Powered::new(technology, index, curve);
    let (edges, tariffs, bound) = if let Some(count) = count {
        let best = powered.best(count as usize);
        let tariffs = powered.rising(&best.edges, |from, to| powered.tariff(from, to));
        (best.edges, tariffs, best.bound)
    } else {
        let edges = curve.hull();
        let tariffs = powered.rising(&edges, |from, to| powered.implementing(from, to));
        (edges, tariffs, None)
    };
    let plans = priced(&powered, &tariffs);
    let expected = expected(technology, &tariffs, &plans);
    let offer = PlanMenu::new(technology, plans);
    let packages = packages::expected(technology, &seller.screening).profit;
    let mut parameters = vec![("plans", tariffs.len() as f64)];
    parameters.extend(lost("rent_lost", "rent_lost_share", packages, expected.profit));
    if let Some(bound) = bound.filter(|bound| *bound > 0.0) {
        // No plans earn more than the packages either.
        let gap = 1.0 - expected.profit / bound.min(packages);
        parameters.push(("optimality_gap", if gap > seller.rounding() { gap } else { 0.0 }));
    }
    if tariffs.len() + 1 < edges.len() {
        parameters.push(("plans_merged", (edges.len() - 1 - tariffs.len()) as f64));
    }
    if let Some(failure) = seller.screening.replication_fails(technology) {
        parameters.extend([
            ("replication_fails_from", failure.from),
            ("replication_fails_to", failure.to),
            ("replication_fails_share", failure.share),
        ]);
    }
    let (offer, certificate) = certify(seller, &powered, &tariffs, offer, &expected, packages);
    Designed { offer, expected, parameters, certificate }
}

/// Profit lost to the optimal packages, in $ and as a share of theirs.
pub(crate) fn lost(
    name: &'static str,
    share_name: &'static str,
    packages: f64,
    profit: f64,
) -> [(&'static str, f64); 2] {
    let lost = packages - profit;
    [(name, lost), (share_name, if packages > 0.0 { lost / packages } else { 0.0 })]
}

/// Fees that leave the lowest type of each tariff indifferent to the tariff below, and the lowest of all to nothing.
fn priced(powered: &Powered, tariffs: &[Tariff]) -> Vec<(f64, Plan)> {
    let mut plans = Vec::with_capacity(tariffs.len());
    let (mut utility, mut below): (f64, Option<&Tariff>) = (0.0, None);
    for tariff in tariffs {
        let power = powered.lowest(tariff);
        utility += below.map_or(0.0, |below| below.slope * (power - powered.lowest(below)));
        let fee = tariff.slope * power - utility;
        let plan = Plan::tariff(powered.technology(), fee, tariff.fine_tuning, tariff.markup, f64::INFINITY);
        plans.push((powered.threshold(tariff), plan));
        below = Some(tariff);
    }
    plans
}

/// Everything is linear in x among the buyers of one plan, so that their mass and E[x] are enough.
fn expected(technology: &Technology, tariffs: &[Tariff], plans: &[(f64, Plan)]) -> Expected {
    let mut expected = Expected::default();
    for (tariff, (_, plan)) in tariffs.iter().zip(plans) {
        let outlay = tariff.markup * tariff.spend * tariff.sum;
        let payment = tariff.mass * plan.fee + outlay;
        expected.revenue += payment;
        expected.cost += tariff.spend * tariff.sum + tariff.mass * technology.cost(0.0, plan.fine_tuning);
        expected.consumer_surplus += outlay / technology.sigma() - payment;
        expected.served_share += tariff.mass;
        if plan.fine_tuning > 0.0 {
            expected.fine_tuned_share += tariff.mass;
        }
    }
    expected.profit = expected.revenue - expected.cost;
    expected
}

/// Every threshold type against every plan, with slopes computed anew from what the plans contain (between thresholds
/// utilities are linear in x), and types against plans with tokens of a grid.
fn certify(
    seller: &Seller,
    powered: &Powered,
    tariffs: &[Tariff],
    menu: PlanMenu,
    expected: &Expected,
    packages: f64,
) -> (Offer, Certificate) {
    let (technology, rounding) = (seller.technology, seller.rounding());
    let types: Vec<f64> = tariffs.iter().map(|tariff| powered.lowest(tariff)).collect();
    let line = |((tariff, plan), power): ((&Tariff, &Plan), &f64)| {
        let spend = tariff.spend * power;
        let value = powered.threshold(tariff) * technology.package_precision(spend, plan.fine_tuning);
        Line { slope: (value - tariff.markup * spend) / power, payment: plan.fee }
    };
    let lines: Vec<Line> = tariffs.iter().zip(menu.plans()).zip(&types).map(line).collect();
    // A is a share 1-σ of the value it is computed from.
    let found = audit(&types, &lines, rounding / (1.0 - technology.sigma()));
    let rent = types.first().zip(lines.first()).map_or(0.0, |(power, lowest)| {
        let value = lowest.slope * power / (1.0 - technology.sigma());
        lowest.slope * power - lowest.payment - 2.0 * rounding * value
    });
    let offer = Offer::Plans(menu);
    let gain = largest_gain(seller, &offer);
    let certificate = Certificate {
        ic_violation: Some(max_or_nan(max_or_nan(found.ic_violation, rent), gain)),
        ir_violation: Some(found.ir_violation),
        monotone: Some(found.monotone),
        gap_to_first_best: seller.first_best.profit - expected.profit,
        ..Certificate::benchmark()
    };
    let certificate = certificate.judged(seller.first_best.profit);
    (offer, bounded_by_packages(seller, certificate, expected.profit, packages))
}
