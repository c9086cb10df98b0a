//! From the choices of one block of buyers to moments, and from blocks to the whole run.

use serde::{Deserialize, Serialize};

use super::groups::{Edges, Group, Groups, TopBuyers};
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::pair::{PairGroup, PairMoments};
use super::rule::{RuleGroup, RuleMoments};

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
        Self::of_segments(rules, 0)
    }

    fn of_segments(rules: usize, segments: usize) -> Self {
        let pairs = rules * (rules.max(1) - 1) / 2;
        Self {
            first_best: Moments::default(),
            rules: vec![RuleMoments::new(segments); rules],
            pairs: vec![PairMoments::new(segments); pairs],
        }
    }

    /// The moments of one block from those of its groups, one after the other.
    pub fn of_groups(groups: &Groups, parts: &[GroupFold]) -> Self {
        let rules = parts.first().map_or(0, |part| part.rules.len());
        let mut fold = Self::of_segments(rules, groups.segments);
        for (group, part) in groups.groups.iter().zip(parts) {
            // Merged as the profits of rules are: a rule that takes all of it has the same figure.
            fold.first_best.merge(&part.first_best);
            for (own, new) in fold.rules.iter_mut().zip(&part.rules) {
                own.add(group, new);
            }
            for (own, new) in fold.pairs.iter_mut().zip(&part.pairs) {
                own.add(group, new);
            }
        }
        fold
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

/// The moments of one group of a block.
#[derive(Debug)]
pub struct GroupFold {
    first_best: Moments,
    rules: Vec<RuleGroup>,
    pairs: Vec<PairGroup>,
}

impl GroupFold {
    /// From the indices of the buyers, their first-best surplus, and what they chose under every rule.
    pub fn new(
        edges: &Edges,
        group: &Group,
        index: &[f64],
        first_best: &[f64],
        outcomes: &[Outcomes],
    ) -> Self {
        let surplus = Moments::of(first_best);
        let top = edges.top.map(|top| TopBuyers::new(top, index, edges.largest(group)));
        let of_rule = |outcomes: &Outcomes| RuleGroup::new((first_best, surplus), &top, outcomes);
        let rules: Vec<RuleGroup> = outcomes.iter().map(of_rule).collect();
        let pairs = PairGroup::all(first_best, outcomes, &rules);
        Self { first_best: surplus, rules, pairs }
    }
}

#[cfg(test)]
mod tests {
    use model::kernel::Aligned;
    use population::Top;

    use super::super::pair::Difference;
    use super::super::paired::Paired;
    use super::super::rule::{GroupMoments, WelfareMoments};
    use super::*;

    const BUYERS: usize = 500;

    /// A number between 0 and 1 that looks random.
    fn noise(buyer: usize, which: usize) -> f64 {
        ((buyer * 7919 + which * 104_729) % 1009) as f64 / 1009.0
    }

    fn outcomes(which: usize, buyers: &[u32], is_served: impl Fn(usize) -> bool) -> Outcomes {
        let buyers = || buyers.iter().map(|buyer| *buyer as usize);
        let column = |number: usize| -> Aligned<f64> {
            let of = |buyer| if is_served(buyer) { noise(buyer, 10 * which + number) } else { 0.0 };
            buyers().map(of).collect()
        };
        let (payment, cost) = (column(0), column(1));
        Outcomes {
            item: buyers().map(|buyer| if is_served(buyer) { 0 } else { Outcomes::NOTHING }).collect(),
            profit: payment.iter().zip(&cost).map(|(payment, cost)| payment - cost).collect(),
            served: buyers().map(|buyer| f64::from(u8::from(is_served(buyer)))).collect(),
            payment,
            cost,
            spend: column(2),
            fine_tuning: column(3),
            gross_value: column(4),
            // Some are worse off than with nothing.
            utility: column(5)
                .iter()
                .map(|utility| if *utility > 0.0 { utility - 0.3 } else { 0.0 })
                .collect(),
            dearer_spend: column(6),
            tokens: vec![column(7).to_vec()],
            nobody_buys: false,
        }
    }

    fn check(what: &str, found: Moments, of: impl Fn(usize) -> f64) {
        check_among(what, found, |_| true, of);
    }

    fn check_among(what: &str, found: Moments, is_one: impl Fn(usize) -> bool, of: impl Fn(usize) -> f64) {
        let values: Vec<f64> = (0..BUYERS).filter(|buyer| is_one(*buyer)).map(of).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let m2: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        assert_eq!(found.count, values.len() as u64, "{what}");
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

    fn check_welfare(own: &Outcomes, found: &WelfareMoments, first_best: impl Fn(usize) -> f64) {
        let welfare = |buyer: usize| own.utility[buyer] + own.profit[buyer];
        let loss = |buyer: usize| first_best(buyer) - welfare(buyer);
        check("welfare", found.welfare(), welfare);
        check("loss", found.deadweight_loss(), loss);
        check("exclusion", found.exclusion(), |buyer| (1.0 - own.served[buyer]) * loss(buyer));
        check("distortion", found.distortion(), |buyer| own.served[buyer] * loss(buyer));
        check("less", found.profit_less_first_best(), |buyer| own.profit[buyer] - first_best(buyer));
    }

    /// Deciles in which nobody, somebody or everybody buys, under one rule or both, a top that begins within a decile, and
    /// segments, one of them of nobody.
    #[test]
    fn sums_by_group_are_sums_over_buyers() {
        let index: Vec<f64> = (0..BUYERS).map(|buyer| ((buyer * 37 % BUYERS) as f64 + 0.5) / 500.0).collect();
        let top = [Top { edge: 495.5 / 500.0, at_edge: 0.5 }, Top { edge: 0.9, at_edge: 0.0 }];
        let edges = Edges { deciles: std::array::from_fn(|edge| (edge + 1) as f64 / 10.0), top };
        let segment: Vec<u16> = (0..BUYERS).map(|buyer| [0, 1, 3][buyer % 3]).collect();
        let first_best = |buyer: usize| 3.0 + noise(buyer, 99);
        let rules = |buyers: &[u32]| {
            let (second, middle) = (|buyer: usize| index[buyer] > 0.62, 0.2..0.3);
            [
                outcomes(1, buyers, |buyer| {
                    index[buyer] > 0.35 || middle.contains(&index[buyer]) && buyer % 3 == 0
                }),
                outcomes(2, buyers, |buyer| {
                    second(buyer) || middle.contains(&index[buyer]) && buyer % 5 == 0
                }),
            ]
        };
        let all: Vec<u32> = (0..BUYERS as u32).collect();
        let of_all = rules(&all);
        let [first, second] = &of_all;
        let one_if = |is_so: bool| f64::from(u8::from(is_so));
        let (better, worse) = (
            |buyer: usize| one_if(second.utility[buyer] > first.utility[buyer]),
            |buyer: usize| one_if(second.utility[buyer] < first.utility[buyer]),
        );
        for segments in [None, Some((&segment[..], 4))] {
            let groups = Groups::new(&edges, &index, segments);
            let of_group = |group: &Group| {
                let buyers = &groups.order[group.places.clone()];
                let first_best: Vec<f64> = buyers.iter().map(|buyer| first_best(*buyer as usize)).collect();
                let index = &groups.index[group.places.clone()];
                GroupFold::new(&edges, group, index, &first_best, &rules(buyers))
            };
            let fold = Fold::of_groups(&groups, &groups.groups.iter().map(of_group).collect::<Vec<_>>());
            check("first-best", fold.first_best, first_best);
            for (own, rule) in of_all.iter().zip(&fold.rules) {
                check_welfare(own, &rule.further, first_best);
                check("served", rule.all.served(), |buyer| own.served[buyer]);
                check("tuned", rule.further.fine_tuned(), |buyer| one_if(own.fine_tuning[buyer] > 0.0));
                check_paired("bill", &rule.all.bill(), |buyer| own.payment[buyer], &own.cost);
                check_paired("value", &rule.all.value(), |buyer| own.gross_value[buyer], &own.spend);
                check_paired(
                    "dearer",
                    &rule.dearer.unwrap().pair(0),
                    |buyer| own.dearer_spend[buyer],
                    &own.spend,
                );
                check("tokens", rule.tokens[0], |buyer| own.tokens[0][buyer]);
                for (top, found) in edges.top.iter().zip(&rule.further.top()) {
                    let x = |buyer: usize| top.weight(index[buyer]) * own.payment[buyer];
                    check_paired("top", found, x, &own.payment);
                }
            }
            let pair = &fold.pairs[0];
            check("profit", pair.all.profit(), |buyer| second.profit[buyer] - first.profit[buyer]);
            check("utility", pair.all.utility(), |buyer| second.utility[buyer] - first.utility[buyer]);
            check("better", pair.all.better(), better);
            check("worse", pair.all.worse(), worse);
            let leaves = |buyer: usize| first.served[buyer] * (1.0 - second.served[buyer]);
            let joins = |buyer: usize| second.served[buyer] * (1.0 - first.served[buyer]);
            check("leaves", pair.flows.leaves(), leaves);
            check("joins", pair.flows.joins(), joins);
            check("moves", pair.flows.moves(), |buyer| first.served[buyer] * second.served[buyer]);
            check_paired(
                "leaving",
                &pair.flows.leaving(),
                |buyer| leaves(buyer) * first.payment[buyer],
                &first.payment,
            );
            check_paired(
                "joining",
                &pair.flows.joining(),
                |buyer| joins(buyer) * second.payment[buyer],
                &second.payment,
            );
            let check_group = |rule: &GroupMoments, pair: &Difference, is_one: &dyn Fn(usize) -> bool| {
                check_among("payment", rule.bill().x, is_one, |buyer| second.payment[buyer]);
                check_among("served", rule.served(), is_one, |buyer| second.served[buyer]);
                check_among("profit", pair.profit(), is_one, |buyer| {
                    second.profit[buyer] - first.profit[buyer]
                });
                check_among("better", pair.better(), is_one, better);
            };
            let (rule, pair) = (&fold.rules[1], &fold.pairs[0]);
            for decile in 0..10 {
                let is_one = |buyer: usize| (index[buyer] * 10.0) as usize == decile;
                check_group(&rule.by_decile[decile], &pair.by_decile[decile], &is_one);
            }
            for own in 0..segments.map_or(0, |(_, count)| count) {
                let is_one = |buyer: usize| usize::from(segment[buyer]) == own;
                if own == 2 {
                    assert_eq!(rule.by_segment[own], GroupMoments::default());
                } else {
                    check_group(&rule.by_segment[own], &pair.by_segment[own], &is_one);
                }
            }
        }
    }
}
