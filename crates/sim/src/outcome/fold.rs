//! From the choices of one block of buyers to moments, and from blocks to the whole run.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::pair::PairMoments;
use super::rule::RuleMoments;
use super::view::View;

/// Everything a run remembers of its buyers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// First-best surplus.
    pub first_best: Moments,
    /// Rules in the order of the market file.
    pub rules: Vec<RuleMoments>,
    /// Pairs (i, j) with i < j: rule j minus rule i, in the order (0,1), (0,2), ..., (1,2), ...
    pub pairs: Vec<PairMoments>,
}

impl Fold {
    /// Nothing seen yet.
    pub fn new(rules: usize) -> Self {
        let pairs = rules * (rules.max(1) - 1) / 2;
        Self {
            first_best: Moments::default(),
            rules: vec![RuleMoments::default(); rules],
            pairs: vec![PairMoments::default(); pairs],
        }
    }

    /// The moments of one block.
    pub fn of_block(groups: &Groups, first_best: &[f64], outcomes: &[Outcomes]) -> Self {
        let views: Vec<View> = outcomes.iter().map(|outcome| View::new(&groups.deciles, outcome)).collect();
        let first_best = groups.deciles.ordered(first_best);
        let rules: Vec<RuleMoments> = outcomes
            .iter()
            .zip(&views)
            .map(|(outcome, view)| RuleMoments::of(groups, &first_best, outcome, view))
            .collect();
        let pairs = PairMoments::all(groups, &first_best, &views, &rules);
        // Added up as the profits of rules are: a rule that takes all of it has the same figure.
        let mut surplus = Moments::default();
        for range in groups.deciles.ranges() {
            surplus.merge(&Moments::of(&first_best[range]));
        }
        Self { first_best: surplus, rules, pairs }
    }

    /// Its means as a single observation of each.
    #[must_use]
    pub fn as_one(&self) -> Self {
        Self {
            first_best: self.first_best.as_one(),
            rules: self.rules.iter().map(RuleMoments::as_one).collect(),
            pairs: self.pairs.iter().map(PairMoments::as_one).collect(),
        }
    }

    /// Adds the next block; the order of blocks is part of the result.
    pub fn merge(&mut self, block: &Self) {
        self.first_best.merge(&block.first_best);
        for (own, new) in self.rules.iter_mut().zip(&block.rules) {
            own.merge(new);
        }
        for (own, new) in self.pairs.iter_mut().zip(&block.pairs) {
            own.merge(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use population::Top;

    use super::super::groups::Edges;
    use super::super::paired::Paired;
    use super::*;

    const BUYERS: usize = 500;

    /// A number between 0 and 1 that looks random.
    fn noise(buyer: usize, which: usize) -> f64 {
        ((buyer * 7919 + which * 104_729) % 1009) as f64 / 1009.0
    }

    fn outcomes(which: usize, is_served: impl Fn(usize) -> bool) -> Outcomes {
        let column = |number: usize| -> Vec<f64> {
            let of = |buyer| if is_served(buyer) { noise(buyer, 10 * which + number) } else { 0.0 };
            (0..BUYERS).map(of).collect()
        };
        let (payment, cost) = (column(0), column(1));
        Outcomes {
            item: (0..BUYERS).map(|buyer| if is_served(buyer) { 0 } else { Outcomes::NOTHING }).collect(),
            profit: payment.iter().zip(&cost).map(|(payment, cost)| payment - cost).collect(),
            served: (0..BUYERS).map(|buyer| f64::from(u8::from(is_served(buyer)))).collect(),
            payment,
            cost,
            spend: column(2),
            fine_tuning: column(3),
            gross_value: column(4),
            utility: column(5),
            ..Outcomes::default()
        }
    }

    fn check(what: &str, found: Moments, of: impl Fn(usize) -> f64) {
        let values: Vec<f64> = (0..BUYERS).map(of).collect();
        let mean = values.iter().sum::<f64>() / BUYERS as f64;
        let m2: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        assert_eq!(found.count, BUYERS as u64, "{what}");
        assert!(
            (found.mean - mean).abs() < 1e-13 && (found.m2 - m2).abs() < 1e-11,
            "{what}: {found:?} {mean} {m2}"
        );
    }

    fn check_paired(what: &str, found: &Paired, x: impl Fn(usize) -> f64, y: &[f64]) {
        let mean = y.iter().sum::<f64>() / BUYERS as f64;
        let mean_x = (0..BUYERS).map(&x).sum::<f64>() / BUYERS as f64;
        let co: f64 = (0..BUYERS).map(|buyer| (x(buyer) - mean_x) * (y[buyer] - mean)).sum();
        assert!((found.co - co).abs() < 1e-11, "{what}: {} {co}", found.co);
        check(what, found.x, x);
        check(what, found.y, |buyer| y[buyer]);
    }

    /// Deciles in which nobody, somebody or everybody buys, under one rule or both, and a top that begins within a decile.
    #[test]
    fn sums_by_decile_are_sums_over_buyers() {
        let index: Vec<f64> = (0..BUYERS).map(|buyer| ((buyer * 37 % BUYERS) as f64 + 0.5) / 500.0).collect();
        let top = [Top { edge: 495.5 / 500.0, at_edge: 0.5 }, Top { edge: 0.9, at_edge: 0.0 }];
        let edges = Edges { deciles: std::array::from_fn(|edge| (edge + 1) as f64 / 10.0), top };
        let groups = Groups::new(&edges, &index, None);
        let first_best: Vec<f64> = (0..BUYERS).map(|buyer| 3.0 + noise(buyer, 99)).collect();
        let rules = [
            outcomes(1, |buyer| index[buyer] > 0.35),
            outcomes(2, |buyer| index[buyer] > 0.62 || (0.2..0.3).contains(&index[buyer]) && buyer % 3 == 0),
        ];
        let fold = Fold::of_block(&groups, &first_best, &rules);
        for (own, rule) in rules.iter().zip(&fold.rules) {
            let welfare = |buyer: usize| own.utility[buyer] + own.profit[buyer];
            let loss = |buyer: usize| first_best[buyer] - welfare(buyer);
            check("welfare", rule.welfare, welfare);
            check("loss", rule.deadweight_loss, loss);
            check("exclusion", rule.exclusion, |buyer| (1.0 - own.served[buyer]) * loss(buyer));
            check("distortion", rule.distortion, |buyer| own.served[buyer] * loss(buyer));
            check("less", rule.profit_less_first_best, |buyer| own.profit[buyer] - first_best[buyer]);
            check("served", rule.all.served, |buyer| own.served[buyer]);
            check_paired("bill", &rule.all.bill, |buyer| own.payment[buyer], &own.cost);
            for (top, found) in edges.top.iter().zip(&rule.top) {
                let x = |buyer: usize| top.weight(index[buyer]) * own.payment[buyer];
                check_paired("top", found, x, &own.payment);
            }
        }
        let ([first, second], pair) = (&rules, &fold.pairs[0]);
        check("profit", pair.all.profit, |buyer| second.profit[buyer] - first.profit[buyer]);
        check("utility", pair.all.utility, |buyer| second.utility[buyer] - first.utility[buyer]);
        let one_if = |is_so: bool| f64::from(u8::from(is_so));
        check("better", pair.all.better, |buyer| one_if(second.utility[buyer] > first.utility[buyer]));
        check("worse", pair.all.worse, |buyer| one_if(second.utility[buyer] < first.utility[buyer]));
        let leaves = |buyer: usize| first.served[buyer] * (1.0 - second.served[buyer]);
        let joins = |buyer: usize| second.served[buyer] * (1.0 - first.served[buyer]);
        check("leaves", pair.leaves, leaves);
        check("joins", pair.joins, joins);
        check("moves", pair.moves, |buyer| first.served[buyer] * second.served[buyer]);
        check_paired("leaving", &pair.leaving, |buyer| leaves(buyer) * first.payment[buyer], &first.payment);
        check_paired("joining", &pair.joining, |buyer| joins(buyer) * second.payment[buyer], &second.payment);
    }
}
