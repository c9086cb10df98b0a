//! The optimal token packages: one-dimensional screening on the index.

use model::belief::{Belief, Marginal};
use model::menu::{Certificate, Expected, Item, Offer, PackageMenu};
use model::technology::Technology;

use crate::Designed;
use crate::certificate::{Line, audit, max_or_nan};
use crate::ironing::iron;
use crate::screening::Screening;

/// The optimal menu of token packages.
///
/// ```text
/// item for θ = efficient use at φ(θ)^+,   U(θ) = ∫ q(φ(r)^+) dr,   t(θ) = θ q(φ(θ)) - U(θ)
/// profit = E[π(φ^+)],   revenue = E[φ^+ q(φ^+)]
/// ```
/// φ is the ironed virtual value; buyers with φ <= 0 are excluded. The posted menu is exact for the belief's points:
/// U_k = U_{k-1} + q_{k-1} (θ_k - θ_{k-1}), and its thresholds make it incentive compatible for every θ between them.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, optimal token packages; Myerson (1981).
pub(crate) fn packages(technology: &Technology, belief: &Belief, first_best: &Expected) -> Designed {
    let screening = Screening::new(&belief.index);
    let expected = expected(technology, &screening);
    let points = &belief.index.points;
    let pools = iron(points).pools;
    let served = &pools[pools.partition_point(|pool| pool.virtual_value <= 0.0)..];
    let tiers: Vec<Tier> = served
        .iter()
        .map(|pool| Tier { threshold: points.nodes()[pool.first], virtual_value: pool.virtual_value })
        .collect();
    let items = items(technology, &tiers);
    let bound: f64 = served.iter().map(|pool| pool.mass * technology.surplus(pool.virtual_value)).sum();
    let earned: f64 = served
        .iter()
        .zip(&items)
        .map(|(pool, item)| pool.mass * (item.payment - technology.cost(item.spend, item.fine_tuning)))
        .sum();
    let gap = if bound > 0.0 { (bound - earned) / bound } else { 0.0 };
    let certificate = certify(technology, &belief.index, &items, Some(gap), first_best, &expected);
    let mut parameters = vec![("items", items.len() as f64)];
    parameters.extend(screening.markup_rises_at().map(|index| ("markup_rises_at", index)));
    Designed { parameters, offer: Offer::Packages(PackageMenu::new(items)), expected, certificate }
}

/// E over the ironed virtual value of everything the optimal packages give.
fn expected(technology: &Technology, screening: &Screening) -> Expected {
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

/// The certificate of a menu of packages: every type of the belief against every item, with the precisions computed
/// anew from what the items contain.
pub(crate) fn certify(
    technology: &Technology,
    index: &Marginal,
    items: &[Item],
    duality_gap: Option<f64>,
    first_best: &Expected,
    expected: &Expected,
) -> Certificate {
    let menu = PackageMenu::new(items.to_vec());
    let delivered: Vec<Line> = items
        .iter()
        .map(|item| Line {
            slope: technology.package_precision(item.spend, item.fine_tuning),
            payment: item.payment,
        })
        .collect();
    let (mut types, mut lines) = (Vec::new(), Vec::new());
    for theta in index.points.nodes() {
        if let Some(position) = menu.position(*theta) {
            types.push(*theta);
            lines.push(delivered[position]);
        }
    }
    let mut found = audit(&types, &lines);
    // Types below the lowest threshold must not want its item.
    let excluded = index.points.nodes().iter().rev().find(|theta| menu.position(**theta).is_none());
    if let (Some(lowest), Some(theta)) = (delivered.first(), excluded) {
        found.ic_violation = max_or_nan(found.ic_violation, lowest.slope * theta - lowest.payment);
    }
    Certificate {
        ic_violation: Some(found.ic_violation),
        ir_violation: Some(found.ir_violation),
        monotone: Some(found.monotone),
        duality_gap,
        gap_to_first_best: first_best.profit - expected.profit,
        ..Certificate::benchmark()
    }
    .judged(first_best.profit)
}
