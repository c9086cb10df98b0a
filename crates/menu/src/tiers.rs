//! A few packages: flat rates and tiers, cut optimally.

use model::belief::{Belief, Marginal};
use model::menu::{Expected, Item, Offer, PackageMenu};
use model::technology::Technology;

use crate::Designed;
use crate::ironing::iron;
use crate::packages::{Tier, certify, items};
use model::quadrature::integrate;

/// The optimal menu of at most `count` packages.
///
/// With cuts at upper-tail probabilities 0 = p_0 < p_1 < ... < p_T and R(p) = p θ(p),
/// ```text
/// profit = Σ_t (p_t - p_{t-1}) π( (R(p_t) - R(p_{t-1})) / (p_t - p_{t-1}) )
/// ```
/// The optimal cuts are vertices of R's concave majorant (along an edge the sum is convex in the cut), so the dynamic
/// programme over vertices is exact for the belief's points. Where the law is known the tiers at those cuts are then
/// priced, and their expected outcome computed, with the law's own tail probabilities.
pub(crate) fn tiers(
    technology: &Technology,
    belief: &Belief,
    first_best: &Expected,
    count: usize,
) -> Designed {
    let hull = Hull::new(&belief.index);
    let cuts = best_cuts(technology, &hull, count);
    let thresholds: Vec<f64> = cuts.iter().rev().map(|cut| hull.thresholds[*cut]).collect();
    let items = items(technology, &priced_tiers(&belief.index, &thresholds));
    let expected = expected(technology, &belief.index, &items);
    let certificate = certify(technology, &belief.index, &items, None, first_best, &expected);
    Designed {
        parameters: vec![("items", items.len() as f64)],
        offer: Offer::Packages(PackageMenu::new(items)),
        expected,
        certificate,
    }
}

/// The vertices of R's concave majorant with positive slopes, from the top of the distribution down.
struct Hull {
    /// Upper-tail probability, 0 first.
    tail: Vec<f64>,
    /// R at the vertex in $, 0 first.
    revenue: Vec<f64>,
    /// Lowest type above the vertex, in $; unused at 0.
    thresholds: Vec<f64>,
}

impl Hull {
    fn new(index: &Marginal) -> Self {
        let mut hull = Self { tail: vec![0.0], revenue: vec![0.0], thresholds: vec![f64::INFINITY] };
        let (mut tail, mut revenue) = (0.0, 0.0);
        for pool in iron(&index.points).pools.iter().rev().take_while(|pool| pool.virtual_value > 0.0) {
            tail += pool.mass;
            revenue += pool.mass * pool.virtual_value;
            hull.tail.push(tail);
            hull.revenue.push(revenue);
            hull.thresholds.push(index.points.nodes()[pool.first]);
        }
        hull
    }

    /// Profit of one package for the buyers between two vertices: mass times π(slope of the chord).
    fn profit(&self, technology: &Technology, from: usize, to: usize) -> f64 {
        let mass = self.tail[to] - self.tail[from];
        mass * technology.surplus((self.revenue[to] - self.revenue[from]) / mass)
    }
}

/// The vertices that bound the best `count` packages, ascending in the tail probability.
///
/// A perspective of the convex π, the profit of an interval satisfies the quadrangle inequality, so the best last cut
/// rises with the vertex and divide and conquer finds each layer in O(V log V).
fn best_cuts(technology: &Technology, hull: &Hull, count: usize) -> Vec<usize> {
    let vertices = hull.tail.len();
    let mut best = vec![f64::NEG_INFINITY; vertices];
    best[0] = 0.0;
    let mut last_cuts: Vec<Vec<usize>> = Vec::new();
    for _ in 0..count.min(vertices - 1) {
        let mut layer = Layer {
            technology,
            hull,
            below: best,
            best: vec![f64::NEG_INFINITY; vertices],
            cut: vec![0; vertices],
        };
        layer.fill(1, vertices - 1, 0, vertices - 1);
        best = layer.best;
        last_cuts.push(layer.cut);
    }
    // Fewer packages are never better, but with fewer vertices than packages every vertex is a cut.
    let mut end = (1..vertices).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
    let mut cuts = Vec::new();
    for layer in last_cuts.iter().rev() {
        if end == 0 {
            break;
        }
        cuts.push(end);
        end = layer[end];
    }
    cuts.reverse();
    cuts
}

/// One layer of the dynamic programme: the best profit with one package more, ending at each vertex.
struct Layer<'a> {
    technology: &'a Technology,
    hull: &'a Hull,
    below: Vec<f64>,
    best: Vec<f64>,
    cut: Vec<usize>,
}

impl Layer<'_> {
    /// Solves vertices `low..=high`, whose best cuts lie in `first..=last`.
    fn fill(&mut self, low: usize, high: usize, first: usize, last: usize) {
        if low > high {
            return;
        }
        let middle = low.midpoint(high);
        for cut in first..=last.min(middle - 1) {
            if self.below[cut] == f64::NEG_INFINITY {
                continue;
            }
            let profit = self.below[cut] + self.hull.profit(self.technology, cut, middle);
            if profit > self.best[middle] {
                self.best[middle] = profit;
                self.cut[middle] = cut;
            }
        }
        let found = if self.best[middle] == f64::NEG_INFINITY { first } else { self.cut[middle] };
        self.fill(low, middle - 1, first, found.max(first));
        self.fill(middle + 1, high, found.max(first), last);
    }
}

/// Virtual values of the tiers at given thresholds: slopes of R between their tail probabilities under the belief.
fn priced_tiers(index: &Marginal, thresholds: &[f64]) -> Vec<Tier> {
    let mut tiers: Vec<Tier> = Vec::with_capacity(thresholds.len());
    let (mut tail_above, mut revenue_above) = (0.0, 0.0);
    for &threshold in thresholds.iter().rev() {
        let tail = index.survival(threshold);
        let revenue = tail * threshold;
        let virtual_value = (revenue - revenue_above) / (tail - tail_above);
        tiers.push(Tier { threshold, virtual_value });
        (tail_above, revenue_above) = (tail, revenue);
    }
    tiers.reverse();
    tiers
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
    let [between] = integrate(p_high, p_low, |p| [law.upper_quantile(p) - low]);
    let above = if high.is_finite() { p_high * (high - low) } else { 0.0 };
    between + above
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::belief::Points;
    use model::technology::{FineTuning, TechnologyConfig, TokenClass};
    use proptest::prelude::*;

    fn technology() -> Technology {
        Technology::new(TechnologyConfig {
            base_quality: 1.0,
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
            let chosen: Vec<f64> = (0..nodes.len()).filter(|k| set >> k & 1 == 1).map(|k| nodes[k]).collect();
            let tiers = priced_tiers(index, &chosen);
            // Falling virtual values would not be incentive compatible.
            if tiers.windows(2).any(|pair| pair[0].virtual_value > pair[1].virtual_value) {
                continue;
            }
            best = best.max(expected(technology, index, &items(technology, &tiers)).profit);
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
            let first_best = crate::expectation::first_best(&technology, &index);
            let belief = Belief { index: index.clone(), value_scale: None, source: String::new() };
            let found = tiers(&technology, &belief, &first_best, count).expected.profit;
            let best = by_enumeration(&technology, &index, count);
            prop_assert!((found - best).abs() <= 1e-12 * best.max(1e-3), "{found} {best}");
        }
    }
}
