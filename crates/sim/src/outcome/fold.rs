//! From the choices of one block of buyers to moments, and from blocks to the whole run.

mod differences;

use serde::{Deserialize, Serialize};

use super::moments::Moments;
use differences::pair_moments;

/// The choices of one block of buyers under one rule, column by column.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// Item chosen, or [`Outcomes::NOTHING`].
    pub item: Vec<u32>,
    /// Tokens at cost, E, in $.
    pub spend: Vec<f64>,
    /// Fine-tuning in Mtok.
    pub fine_tuning: Vec<f64>,
    /// Payment in $.
    pub payment: Vec<f64>,
    /// Seller's cost in $.
    pub cost: Vec<f64>,
    /// Gross value in $.
    pub gross_value: Vec<f64>,
    /// Utility in $.
    pub utility: Vec<f64>,
}

impl Outcomes {
    /// The item of a buyer who bought nothing.
    pub const NOTHING: u32 = u32::MAX;

    /// Room for this many buyers.
    pub fn with_capacity(buyers: usize) -> Self {
        let column = || Vec::with_capacity(buyers);
        Self {
            item: Vec::with_capacity(buyers),
            spend: column(),
            fine_tuning: column(),
            payment: column(),
            cost: column(),
            gross_value: column(),
            utility: column(),
        }
    }

    fn profit(&self) -> Vec<f64> {
        self.payment.iter().zip(&self.cost).map(|(payment, cost)| payment - cost).collect()
    }
}

/// Moments of one rule over a group of buyers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupMoments {
    /// Payment minus cost.
    pub profit: Moments,
    /// Payment.
    pub revenue: Moments,
    /// Utility.
    pub utility: Moments,
    /// Whether anything was bought.
    pub served: Moments,
}

impl GroupMoments {
    fn merge(&mut self, other: &Self) {
        self.profit.merge(&other.profit);
        self.revenue.merge(&other.revenue);
        self.utility.merge(&other.utility);
        self.served.merge(&other.served);
    }

    fn as_one(&self) -> Self {
        Self {
            profit: self.profit.as_one(),
            revenue: self.revenue.as_one(),
            utility: self.utility.as_one(),
            served: self.served.as_one(),
        }
    }
}

/// Moments of one rule over all buyers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RuleMoments {
    /// Profit, revenue, utility and share served.
    pub all: GroupMoments,
    /// Seller's cost.
    pub cost: Moments,
    /// Tokens at cost.
    pub spend: Moments,
    /// Utility plus profit.
    pub welfare: Moments,
    /// First-best surplus minus welfare.
    pub deadweight_loss: Moments,
    /// Profit minus first-best surplus: for the standard error of their ratio.
    pub profit_less_first_best: Moments,
    /// Whether there is fine-tuning.
    pub fine_tuned: Moments,
    /// The same by decile of the index.
    pub by_decile: Vec<GroupMoments>,
    /// The same by segment; empty where the population has none.
    pub by_segment: Vec<GroupMoments>,
}

impl RuleMoments {
    fn as_one(&self) -> Self {
        Self {
            all: self.all.as_one(),
            cost: self.cost.as_one(),
            spend: self.spend.as_one(),
            welfare: self.welfare.as_one(),
            deadweight_loss: self.deadweight_loss.as_one(),
            profit_less_first_best: self.profit_less_first_best.as_one(),
            fine_tuned: self.fine_tuned.as_one(),
            by_decile: self.by_decile.iter().map(GroupMoments::as_one).collect(),
            by_segment: self.by_segment.iter().map(GroupMoments::as_one).collect(),
        }
    }
}

/// Moments of one rule minus another on the same buyers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PairMoments {
    /// Difference of profits.
    pub profit: Moments,
    /// Difference of utilities.
    pub utility: Moments,
    /// Whether the first rule gives more utility.
    pub better: Moments,
    /// Whether the first rule gives less utility.
    pub worse: Moments,
}

impl PairMoments {
    fn as_one(&self) -> Self {
        Self {
            profit: self.profit.as_one(),
            utility: self.utility.as_one(),
            better: self.better.as_one(),
            worse: self.worse.as_one(),
        }
    }
}

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

/// The nine inner edges of the deciles of the index, fixed before the run.
pub type Deciles = [f64; 9];

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
        let profits: Vec<Vec<f64>> = outcomes.iter().map(Outcomes::profit).collect();
        let rules = outcomes
            .iter()
            .zip(&profits)
            .map(|(outcome, profit)| rule_moments(groups, first_best, outcome, profit))
            .collect();
        let utilities: Vec<&[f64]> = outcomes.iter().map(|outcome| outcome.utility.as_slice()).collect();
        let pairs = pair_moments(first_best, &profits, &utilities);
        Self { first_best: Moments::of(first_best), rules, pairs }
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
            own.all.merge(&new.all);
            own.cost.merge(&new.cost);
            own.spend.merge(&new.spend);
            own.welfare.merge(&new.welfare);
            own.deadweight_loss.merge(&new.deadweight_loss);
            own.profit_less_first_best.merge(&new.profit_less_first_best);
            own.fine_tuned.merge(&new.fine_tuned);
            merge_groups(&mut own.by_decile, &new.by_decile);
            merge_groups(&mut own.by_segment, &new.by_segment);
        }
        for (own, new) in self.pairs.iter_mut().zip(&block.pairs) {
            own.profit.merge(&new.profit);
            own.utility.merge(&new.utility);
            own.better.merge(&new.better);
            own.worse.merge(&new.worse);
        }
    }
}

fn merge_groups(own: &mut Vec<GroupMoments>, new: &[GroupMoments]) {
    own.resize(new.len(), GroupMoments::default());
    for (own, new) in own.iter_mut().zip(new) {
        own.merge(new);
    }
}

/// The buyers of a block by decile of the index and by segment.
#[derive(Debug)]
pub struct Groups {
    deciles: Grouping,
    segments: Option<Grouping>,
}

impl Groups {
    /// Groups buyers by their index and, where there are segments, by their segment of so many.
    pub fn new(edges: &Deciles, index: &[f64], segments: Option<(&[u16], usize)>) -> Self {
        let decile = |buyer: usize| edges.partition_point(|edge| *edge < index[buyer]);
        Self {
            deciles: Grouping::new(10, index.len(), decile),
            segments: segments.map(|(segment, count)| {
                Grouping::new(count, index.len(), |buyer| usize::from(segment[buyer]))
            }),
        }
    }
}

/// Buyers in the order of their groups.
#[derive(Debug)]
struct Grouping {
    order: Vec<u32>,
    /// Where each group starts in `order`, and where the last ends.
    bounds: Vec<usize>,
}

impl Grouping {
    fn new(groups: usize, buyers: usize, group: impl Fn(usize) -> usize) -> Self {
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); groups];
        for buyer in 0..buyers {
            members[group(buyer)].push(buyer as u32);
        }
        let mut bounds = vec![0];
        for members in &members {
            bounds.push(bounds[bounds.len() - 1] + members.len());
        }
        Self { order: members.concat(), bounds }
    }

    /// Moments of every column in each group.
    fn moments(&self, outcome: &Outcomes, profit: &[f64]) -> Vec<GroupMoments> {
        let mut groups = vec![GroupMoments::default(); self.bounds.len() - 1];
        let mut ordered = vec![0.0; self.order.len()];
        let columns: [(&[f64], fn(&mut GroupMoments) -> &mut Moments); 3] = [
            (profit, |group| &mut group.profit),
            (&outcome.payment, |group| &mut group.revenue),
            (&outcome.utility, |group| &mut group.utility),
        ];
        for (column, moments) in columns {
            for (slot, buyer) in ordered.iter_mut().zip(&self.order) {
                *slot = column[*buyer as usize];
            }
            for (ends, group) in self.bounds.windows(2).zip(&mut groups) {
                *moments(group) = Moments::of(&ordered[ends[0]..ends[1]]);
            }
        }
        for (ends, group) in self.bounds.windows(2).zip(&mut groups) {
            let members = &self.order[ends[0]..ends[1]];
            let bought = |buyer: &&u32| outcome.item[**buyer as usize] != Outcomes::NOTHING;
            let served = members.iter().filter(bought).count();
            group.served = Moments::of_share(served as u64, members.len() as u64);
        }
        groups
    }
}

fn rule_moments(groups: &Groups, first_best: &[f64], outcome: &Outcomes, profit: &[f64]) -> RuleMoments {
    let by_decile = groups.deciles.moments(outcome, profit);
    let by_segment = groups.segments.as_ref().map_or_else(Vec::new, |own| own.moments(outcome, profit));
    let mut all = GroupMoments::default();
    for group in &by_decile {
        all.merge(group);
    }
    let welfare: Vec<f64> =
        outcome.utility.iter().zip(profit).map(|(utility, profit)| utility + profit).collect();
    let less = |a: &[f64], b: &[f64]| Moments::of(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
    let fine_tuned = outcome.fine_tuning.iter().filter(|tuning| **tuning > 0.0).count() as u64;
    RuleMoments {
        all,
        cost: Moments::of(&outcome.cost),
        spend: Moments::of(&outcome.spend),
        deadweight_loss: less(first_best, &welfare),
        welfare: Moments::of(&welfare),
        profit_less_first_best: less(profit, first_best),
        fine_tuned: Moments::of_share(fine_tuned, profit.len() as u64),
        by_decile,
        by_segment,
    }
}
