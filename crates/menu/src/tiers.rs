//! A few packages: flat rates and tiers, cut optimally.

use model::belief::{Law, Marginal};
use model::menu::{Expected, Item, Offer, PackageMenu};
use model::technology::Technology;

use crate::expectation::{over_pieces, tail_pieces};
use crate::packages::{certify, items, tiers_of};
use crate::partition::monotone_cuts;
use crate::revenue::RevenueCurve;
use crate::{Designed, Seller};

/// The optimal menu of at most `count` packages.
///
/// With cuts at upper-tail probabilities 0 = p_0 < p_1 < ... < p_T and R(p) = p θ(p),
/// ```text
/// profit = Σ_t (p_t - p_{t-1}) π( (R(p_t) - R(p_{t-1})) / (p_t - p_{t-1}) )
/// ```
/// The optimal cuts are vertices of R's concave majorant (along an edge the sum is convex in the cut), so the dynamic
/// programme over vertices is exact for a finite belief. Of a law the vertices are points of its curve, and each cut is
/// then moved to the best place between its neighbours.
pub(crate) fn tiers(seller: &Seller, count: usize) -> Designed {
    let (technology, index, curve) = (seller.technology, &seller.belief.index, &seller.curve);
    let hull = curve.hull();
    let cuts = best_cuts(technology, curve, &hull, count);
    let thresholds = match &index.law {
        Some(law) => moved(technology, law.as_ref(), curve, &hull, &cuts),
        None => cuts[1..].iter().map(|cut| curve.types[hull[*cut]]).collect(),
    };
    let mut chosen = RevenueCurve::empty();
    for threshold in thresholds {
        chosen.push(index.survival(threshold), threshold);
    }
    // Moved cuts bound tiers whose virtual values rise, but for rounding where two all but coincide: the hull again.
    let items = items(technology, &tiers_of(&chosen, &chosen.hull()));
    let expected = expected(technology, index, &items);
    let certificate = certify(seller, &items, None, &expected);
    Designed {
        parameters: vec![("items", items.len() as f64)],
        offer: Offer::Packages(PackageMenu::new(items)),
        expected,
        certificate,
    }
}

/// The hull's vertices that bound the best `count` packages, as positions of the curve, from 0 on.
pub(crate) fn best_positions(technology: &Technology, curve: &RevenueCurve, count: usize) -> Vec<usize> {
    let hull = curve.hull();
    best_cuts(technology, curve, &hull, count).into_iter().map(|cut| hull[cut]).collect()
}

/// The vertices that bound the best `count` packages, as positions in the hull, from 0 on.
fn best_cuts(technology: &Technology, curve: &RevenueCurve, hull: &[usize], count: usize) -> Vec<usize> {
    // A perspective of the convex π, the profit of an interval satisfies the quadrangle inequality.
    monotone_cuts(hull.len(), count, |from, to| profit(technology, curve, hull[from], hull[to]))
}

/// Profit of one package for the buyers between two points of a revenue curve: mass times π(slope of the chord).
fn profit(technology: &Technology, curve: &RevenueCurve, from: usize, to: usize) -> f64 {
    (curve.tail[to] - curve.tail[from]) * technology.surplus(curve.slope(from, to))
}

/// The thresholds of a law's tiers, from the top down: each cut moved to the best type between its neighbours on the
/// hull, by golden sections, twice over. Never worse than where it was.
fn moved(
    technology: &Technology,
    law: &dyn Law,
    curve: &RevenueCurve,
    hull: &[usize],
    cuts: &[usize],
) -> Vec<f64> {
    const SWEEPS: usize = 2;
    let mut thresholds: Vec<f64> = cuts.iter().map(|cut| curve.types[hull[*cut]]).collect();
    for _ in 0..SWEEPS {
        for position in 1..thresholds.len() {
            let (above, below) = (thresholds[position - 1], thresholds.get(position + 1).copied());
            let value = |threshold: f64| {
                let mut local = RevenueCurve::empty();
                for theta in [Some(above), Some(threshold), below].into_iter().flatten() {
                    if theta.is_finite() {
                        local.push(law.survival(theta), theta);
                    }
                }
                let first = usize::from(above.is_finite());
                (first..local.tail.len() - 1)
                    .map(|from| profit(technology, &local, from, from + 1))
                    .sum::<f64>()
            };
            let low = hull.get(cuts[position] + 1).map_or(law.support().0, |vertex| curve.types[*vertex]);
            let high = curve.types[hull[cuts[position] - 1]].min(above);
            let start = thresholds[position];
            let end = golden_section(
                low.max(below.unwrap_or(low)),
                if high.is_finite() { high } else { start },
                &value,
            );
            if value(end) > value(start) {
                thresholds[position] = end;
            }
        }
    }
    thresholds.remove(0);
    thresholds
}

/// The maximiser of a function with one peak between `low` and `high`, to rounding.
pub(crate) fn golden_section(mut low: f64, mut high: f64, value: &impl Fn(f64) -> f64) -> f64 {
    const SHARE: f64 = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (high - SHARE * (high - low), low + SHARE * (high - low));
    let (mut at_left, mut at_right) = (value(left), value(right));
    for _ in 0..60 {
        if at_left >= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - SHARE * (high - low);
            at_left = value(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + SHARE * (high - low);
            at_right = value(right);
        }
    }
    if at_left >= at_right { left } else { right }
}

/// Expected outcome of a short menu: masses between thresholds, and CS = Σ_t q_t ∫ P(θ >= x) dx between thresholds.
fn expected(technology: &Technology, index: &Marginal, items: &[Item]) -> Expected {
    let mut expected = Expected::default();
    let tails: Vec<f64> = items.iter().map(|item| index.survival(item.threshold)).collect();
    for (position, item) in items.iter().enumerate() {
        let mass = tails[position] - tails.get(position + 1).copied().unwrap_or(0.0);
        let next = items.get(position + 1).map_or(f64::INFINITY, |next| next.threshold);
        expected.revenue += mass * item.payment;
        expected.cost += mass * technology.cost(item.spend, item.fine_tuning);
        expected.consumer_surplus += item.precision * tail_integral(index, item.threshold, next);
        if item.fine_tuning > 0.0 {
            expected.fine_tuned_share += mass;
        }
    }
    expected.served_share = tails.first().copied().unwrap_or(0.0);
    expected.profit = expected.revenue - expected.cost;
    expected
}

/// ∫_low^high P(θ >= x) dx = E[(θ - low)^+ - (θ - high)^+].
fn tail_integral(index: &Marginal, low: f64, high: f64) -> f64 {
    let Some(law) = &index.law else {
        return index.points.mean_of(|theta| (theta.min(high) - low).max(0.0));
    };
    let (p_high, p_low) = (law.survival(high), law.survival(low));
    let [between] = over_pieces(&tail_pieces(law.as_ref(), p_high, p_low), |p| [law.upper_quantile(p) - low]);
    let above = if high.is_finite() { p_high * (high - low) } else { 0.0 };
    between + above
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::belief::{Belief, Points};
    use model::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};
    use proptest::prelude::*;

    fn technology() -> Technology {
        Technology::new(TechnologyConfig {
            base_quality: 1.0,
            aggregator: Aggregator::CobbDouglas,
            tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.125 }],
            fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
        })
        .unwrap()
    }

    /// The best menu by enumerating every set of thresholds among the points and pricing it.
    fn by_enumeration(technology: &Technology, index: &Marginal, count: usize) -> f64 {
        let nodes = index.points.nodes();
        let mut best = 0.0f64;
        for set in 0u32..1 << nodes.len() {
            if set.count_ones() as usize > count {
                continue;
            }
            let mut chosen = RevenueCurve::empty();
            for k in (0..nodes.len()).rev().filter(|k| set >> k & 1 == 1) {
                chosen.push(index.survival(nodes[k]), nodes[k]);
            }
            // Every set of cuts that is its own hull is a menu; the others would not be incentive compatible.
            let hull = chosen.hull();
            if hull.len() == chosen.tail.len() {
                best = best
                    .max(expected(technology, index, &items(technology, &tiers_of(&chosen, &hull))).profit);
            }
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_dynamic_programme_finds_the_best_of_all_menus(
            raw in prop::collection::vec((0.05f64..1.5, 0.01f64..1.0), 1..9),
            count in 1usize..4
        ) {
            let technology = technology();
            let index = Marginal::exactly(Points::new(raw));
            let belief = Belief { index: index.clone(), value_scale: None, environment: None, source: String::new() };
            let seller = Seller::new(&technology, &belief).unwrap();
            let found = tiers(&seller, count).expected.profit;
            let best = by_enumeration(&technology, &index, count);
            prop_assert!((found - best).abs() <= 1e-12 * best.max(1e-3), "{found} {best}");
        }
    }
}
