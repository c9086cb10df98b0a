//! The best few two-part tariffs, and what no menu of so many can exceed.
//!
//! # The problem
//! With x = (θ/θ*)^{1/(1-σ)} a tariff is worth A x - fee. The buyers of one plan are an interval of types, and the best tariff for
//! an interval earns, rents of all types above included,
//! ```text
//! Π(M, X, V) = M π(θ* (X/M)^{1-σ} V/X) = max_z  C X (V/X)^{1/(1-σ)} (b+z)^{γ/(1-σ)} - c_z z M
//! M = mass,   X = E[x],   V = X - (1-σ) ∫ P(type above x) dx      (each over the interval)
//! ```
//! A menu is a partition into intervals whose slopes A rise. M, X and V add up, and Π is convex and homogeneous in them (a
//! maximum of perspectives of powers), so that a cut more never lowers Σ Π. A is (1-σ) ∂Π/∂V.
//!
//! # What is exact
//! 1. *The bound.* Let V' be the least concave majorant of V over X, cumulated from the top type down. What a plan earns is
//!    linear in M, X and V of its interval, with the coefficient A/(1-σ) of V, so that raising V to V' at a cut adds V' - V
//!    times the slope above minus the slope below, which is not negative in a menu. So no menu, whatever its tariffs, earns
//!    more than the largest Σ Π(M, X, V') over partitions.
//! 2. *The programme.* Along V' the markup X/V' falls and x rises from interval to interval, so tuning and slopes rise over any
//!    partition. With G = X (V'/X)^{1/(1-σ)}, Π = M h(G/M) for a convex rising h, and its second derivative between the two
//!    ends of an interval is h' D²G + h'' (∇G - G/M)(∇G - G/M)'/M. The first part is not positive, because V' is concave over
//!    X; nor is the second, because x and V'/X are above their means at the upper end and below them at the lower. That is
//!    the quadrangle inequality, and [`monotone_cuts`] finds the largest Σ Π.
//! 3. *The menu.* If all cuts found are vertices of V', where V = V', the menu earns the bound: none of so many plans earns more.
//!
//! This is so wherever markups θ/φ of single types do not rise, every type then being a vertex, and without tuning: Π then knows
//! X and V only and is convex in a cut along an edge of V', so that vertices are best. Where markups rise and buyers tune,
//! a search over cuts at which slopes rise finds a menu, and the bound tells how far from the best it is at most.
//!
//! Of a law, cuts are points of its curve.

use super::Powered;
use super::edges::best_edges;
use crate::ironing::concave_majorant;
use crate::partition::monotone_cuts;

/// Intervals that are the best, and the most that any `count` of them can earn in $ per buyer, where it is known.
pub(crate) struct Best {
    /// The positions that bound them, from 0 on.
    pub(crate) edges: Vec<usize>,
    pub(crate) bound: Option<f64>,
}

/// Most evaluations of Π for a bound: two seconds.
const MOST_EVALUATIONS: f64 = 1e7;

impl Powered<'_> {
    /// The best `count` tariffs: certainly if they earn the bound.
    pub(crate) fn best(&self, count: usize) -> Best {
        let n = self.powers.len() as f64;
        if count as f64 * n * libm::log2(n) > MOST_EVALUATIONS {
            return Best { edges: self.searched_edges(count), bound: None };
        }
        let majorant = Majorant::new(self);
        let profit = |from: usize, to: usize| self.majorant_profit(&majorant, from, to);
        let edges = monotone_cuts(majorant.level.len(), count, profit);
        let bound = Some(edges.windows(2).map(|edge| profit(edge[0], edge[1])).sum());
        if edges.iter().all(|edge| majorant.is_vertex[*edge]) {
            return Best { edges, bound };
        }
        Best { edges: self.searched_edges(count), bound }
    }

    /// Π with V' in place of V.
    fn majorant_profit(&self, majorant: &Majorant, from: usize, to: usize) -> f64 {
        if majorant.is_vertex[from] && majorant.is_vertex[to] {
            return self.profit(from, to);
        }
        let (mass, sum, _) = self.markup(from, to);
        let inverse_markup = (majorant.level[to] - majorant.level[from]) / sum;
        mass * self.technology.surplus(self.virtual_index(mass, sum, 1.0 / inverse_markup))
    }

    /// Positions that bound good tariffs, from 0 on, with cuts where slopes rise if every position is one.
    pub(crate) fn searched_edges(&self, count: usize) -> Vec<usize> {
        let every: Vec<usize> = (0..self.powers.len()).collect();
        let mut vertices = vec![0];
        vertices.extend(
            self.rising(&every, |from, to| self.tariff(from, to)).iter().rev().map(|tariff| tariff.to),
        );
        best_edges(&vertices, count, MOST_CANDIDATES, |from, to| self.profit(from, to))
    }
}

/// The least concave majorant of V over X, down to where it is largest: serving whoever is below costs more than it brings.
struct Majorant {
    /// V' in units of x at each position.
    level: Vec<f64>,
    is_vertex: Vec<bool>,
}

impl Majorant {
    fn new(powered: &Powered) -> Self {
        let slope = |from: usize, to: usize| 1.0 / powered.markup(from, to).2;
        let vertices = concave_majorant(powered.powers.len(), slope, |slope| slope > 0.0);
        let last = vertices[vertices.len() - 1];
        let (mut level, mut is_vertex) = (vec![0.0; last + 1], vec![false; last + 1]);
        is_vertex[0] = true;
        for edge in vertices.windows(2) {
            let (from, to) = (edge[0], edge[1]);
            let slope = slope(from, to);
            for position in from + 1..=to {
                level[position] = level[from] + slope * (powered.sums[position] - powered.sums[from]);
            }
            is_vertex[to] = true;
        }
        Self { level, is_vertex }
    }
}

/// Most positions that one dynamic programme looks at, besides the best so far.
const MOST_CANDIDATES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revenue::RevenueCurve;
    use model::belief::{Marginal, Points};
    use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};
    use proptest::prelude::*;

    fn technology(gamma: f64, maximum: Option<f64>) -> Technology {
        Technology::new(TechnologyConfig {
            base_quality: 1.0,
            aggregator: Aggregator::CobbDouglas,
            tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.125 }],
            fine_tuning: (gamma > 0.0).then_some(FineTuning { exponent: gamma, cost: 0.125, maximum }),
        })
        .unwrap()
    }

    /// Sets of cuts below each other, at most `count` of them, as the positions that bound intervals, from 0 on.
    fn partitions(types: usize, count: usize) -> impl Iterator<Item = Vec<usize>> {
        (1u32..1 << types).filter(move |set| set.count_ones() as usize <= count).map(move |set| {
            let cuts = (0..types).filter(|k| set >> k & 1 == 1).map(|k| k + 1);
            std::iter::once(0).chain(cuts).collect()
        })
    }

    fn sum(edges: &[usize], profit: impl Fn(usize, usize) -> f64) -> f64 {
        edges.windows(2).map(|edge| profit(edge[0], edge[1])).sum()
    }

    /// Whether the slopes of the best tariffs make a menu.
    fn rises(powered: &Powered, edges: &[usize]) -> bool {
        let slopes: Vec<f64> = edges.windows(2).map(|edge| powered.tariff(edge[0], edge[1]).slope).collect();
        // From the top down.
        slopes.windows(2).all(|pair| pair[0] >= pair[1])
    }

    /// What the programme finds, and what trying every partition does.
    struct Compared {
        posted: f64,
        bound: f64,
        best: f64,
        /// Whether every type is a vertex down to the largest V.
        regular: bool,
    }

    fn compared(technology: &Technology, weighted: &[(f64, f64)], count: usize) -> Compared {
        let index = Marginal::exactly(Points::new(weighted.to_vec()));
        let curve = RevenueCurve::new(technology, &index);
        let powered = Powered::new(technology, &index, &curve);
        let found = powered.best(count);
        let tariffs = powered.rising(&found.edges, |from, to| powered.tariff(from, to));
        let menus = partitions(index.points.len(), count).filter(|edges| rises(&powered, edges));
        let majorant = Majorant::new(&powered);
        let on_majorant = |from: usize, to: usize| powered.majorant_profit(&majorant, from, to);
        // The quadrangle inequality, by trying every partition along V'.
        let bound = found.bound.unwrap();
        let tried = partitions(majorant.level.len() - 1, count).map(|edges| sum(&edges, on_majorant));
        let largest = tried.fold(0.0, f64::max);
        assert!((bound - largest).abs() <= 1e-12 * largest, "{bound} {largest}");
        Compared {
            posted: tariffs.iter().map(|tariff| powered.profit(tariff.from, tariff.to)).sum(),
            bound,
            best: menus.map(|edges| sum(&edges, |from, to| powered.profit(from, to))).fold(0.0, f64::max),
            regular: majorant.is_vertex.iter().all(|is_vertex| *is_vertex),
        }
    }

    fn types() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec((0.1f64..2.0, 0.01f64..1.0), 1..9)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn without_tuning_the_best_plans_are_found(weighted in types(), count in 1usize..5) {
            let Compared { posted, bound, best, .. } = compared(&technology(0.0, None), &weighted, count);
            prop_assert!((posted - best).abs() <= 1e-12 * best, "{posted} {best}");
            prop_assert!((bound - best).abs() <= 1e-12 * best, "{bound} {best}");
        }

        #[test]
        fn with_tuning_they_are_where_markups_fall_and_the_bound_always_holds(
            weighted in types(), count in 1usize..5, gamma in 0.05f64..0.45, maximum in prop::option::of(0.1f64..2.0)
        ) {
            let technology = technology(gamma, maximum);
            let Compared { posted, bound, best, regular } = compared(&technology, &weighted, count);
            prop_assert!(posted <= best * (1.0 + 1e-12) && best <= bound * (1.0 + 1e-12), "{posted} {best} {bound}");
            if regular {
                prop_assert!(posted >= bound * (1.0 - 1e-12), "{posted} {bound}");
            }
        }
    }

    /// Rare types between frequent ones pool, and with tuning the best third cut lies within their pool: out of reach of the
    /// bound, which says so, yet none of all menus earns more than the one found.
    #[test]
    fn where_markups_rise_the_bound_may_not_be_met() {
        let weighted = [(0.6, 0.5), (1.0, 0.02), (1.1, 0.3), (1.2, 0.02), (2.0, 0.16)];
        for (count, is_met) in [(1, true), (2, true), (3, false), (4, false)] {
            let Compared { posted, bound, best, regular } =
                compared(&technology(0.3, None), &weighted, count);
            assert!(!regular && (posted - best).abs() <= 1e-12 * best, "{count}: {posted} {best}");
            assert_eq!(1.0 - posted / bound < 1e-12, is_met, "{count}: {posted} {bound}");
            assert!(1.0 - posted / bound < 1e-5, "{count}: {posted} {bound}");
        }
    }
}
