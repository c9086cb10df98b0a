//! The optimal token packages: one-dimensional screening on the index.

use model::menu::{Certificate, Expected, Item, Offer, PackageMenu};
use model::technology::Technology;

use crate::certificate::{Line, audit, max_or_nan};
use crate::revenue::RevenueCurve;
use crate::screening::Screening;
use crate::{Designed, Seller};

/// The optimal menu of token packages.
///
/// ```text
/// item for θ = efficient use at φ(θ)^+,   U(θ) = ∫ q(φ(r)^+) dr,   t(θ) = θ q(φ(θ)) - U(θ)
/// profit = E[π(φ^+)],   revenue = E[φ^+ q(φ^+)]
/// ```
/// φ is the ironed virtual value; buyers with φ <= 0 are excluded. The posted menu stands on points of the revenue curve:
/// between two of them buyers get the use that is efficient at the chord's slope, U_k = U_{k-1} + q_{k-1} (θ_k - θ_{k-1}),
/// and thresholds make it incentive compatible for every θ between. The certificate compares what the posted menu earns
/// with the bound E[π(φ^+)] of the continuum.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, optimal token packages; Myerson (1981).
pub(crate) fn packages(seller: &Seller) -> Designed {
    let (technology, curve) = (seller.technology, &seller.curve);
    let expected = expected(technology, &seller.screening);
    let hull = curve.hull();
    let items = items(technology, &tiers_of(curve, &hull));
    let earned: f64 = items
        .iter()
        .rev()
        .zip(hull.windows(2))
        .map(|(item, edge)| {
            let mass = curve.tail[edge[1]] - curve.tail[edge[0]];
            mass * (item.payment - technology.cost(item.spend, item.fine_tuning))
        })
        .sum();
    let gap = if expected.profit > 0.0 { (expected.profit - earned) / expected.profit } else { 0.0 };
    let certificate = certify(seller, &items, Some(gap), &expected);
    let mut parameters = vec![("items", items.len() as f64)];
    parameters.extend(seller.screening.markup_rises_at().map(|index| ("markup_rises_at", index)));
    Designed { parameters, offer: Offer::Packages(PackageMenu::new(items)), expected, certificate }
}

/// The tiers between the vertices of a majorant, lowest first.
pub(crate) fn tiers_of(curve: &RevenueCurve, vertices: &[usize]) -> Vec<Tier> {
    let tier = |edge: &[usize]| Tier {
        threshold: curve.types[edge[1]],
        virtual_value: curve.slope(edge[0], edge[1]),
    };
    let mut tiers: Vec<Tier> = vertices.windows(2).map(tier).collect();
    tiers.reverse();
    tiers
}

/// E over the ironed virtual value of everything the optimal packages give.
pub(crate) fn expected(technology: &Technology, screening: &Screening) -> Expected {
    let mut kinks = vec![0.0];
    kinks.extend(technology.kinks());
    let [profit, revenue, gross_value] = screening.expectation(&kinks, |theta, phi| {
        let precision = technology.precision(phi);
        [technology.surplus(phi), phi.max(0.0) * precision, theta * precision]
    });
    Expected {
        profit,
        revenue,
        cost: revenue - profit,
        consumer_surplus: gross_value - revenue,
        served_share: screening.share_above(0.0),
        fine_tuned_share: screening.share_above(technology.efficient().tuning_starts()),
    }
}

/// A package before it is priced: who chooses it, and the virtual value it is efficient for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tier {
    pub(crate) threshold: f64,
    pub(crate) virtual_value: f64,
}

/// Prices tiers so that each threshold type is indifferent to the tier below, and the lowest to nothing.
pub(crate) fn items(technology: &Technology, tiers: &[Tier]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(tiers.len());
    for tier in tiers {
        let used = technology.efficient_use(tier.virtual_value);
        let precision = technology.precision(tier.virtual_value);
        let utility = items
            .last()
            .map_or(0.0, |below| below.utility + below.precision * (tier.threshold - below.threshold));
        items.push(Item {
            threshold: tier.threshold,
            virtual_value: tier.virtual_value,
            precision,
            spend: used.spend,
            fine_tuning: used.fine_tuning,
            payment: tier.threshold * precision - utility,
            utility,
        });
    }
    items
}

/// The certificate of a menu of packages: every threshold type against every item, with the precisions computed anew from
/// what the items contain. Between thresholds utilities are linear, so no other type can gain more.
pub(crate) fn certify(
    seller: &Seller,
    items: &[Item],
    duality_gap: Option<f64>,
    expected: &Expected,
) -> Certificate {
    let types: Vec<f64> = items.iter().map(|item| item.threshold).collect();
    let lines: Vec<Line> = items
        .iter()
        .map(|item| Line {
            slope: seller.technology.package_precision(item.spend, item.fine_tuning),
            payment: item.payment,
        })
        .collect();
    let mut found = audit(&types, &lines, seller.rounding());
    // If the lowest threshold type kept a rent, excluded types next to her would rather buy too.
    if let (Some(theta), Some(lowest)) = (types.first(), lines.first()) {
        let rent = lowest.slope * theta - lowest.payment;
        let allowed = 2.0 * seller.rounding() * lowest.slope * theta;
        found.ic_violation = max_or_nan(found.ic_violation, rent - allowed);
    }
    Certificate {
        ic_violation: Some(found.ic_violation),
        ir_violation: Some(found.ir_violation),
        monotone: Some(found.monotone),
        duality_gap,
        gap_to_first_best: seller.first_best.profit - expected.profit,
        ..Certificate::benchmark()
    }
    .judged(seller.first_best.profit)
}
