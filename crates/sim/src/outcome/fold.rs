//! From the choices of one block of buyers to moments, and from blocks to the whole run.

use model::tolerance::INDIFFERENCE;
use serde::{Deserialize, Serialize};

use super::moments::Moments;

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
    /// Mtok class by class; empty where every class is a constant rate of the spend.
    pub tokens: Vec<Vec<f64>>,
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
            tokens: Vec::new(),
        }
    }

    fn profit(&self) -> Vec<f64> {
        self.payment.iter().zip(&self.cost).map(|(payment, cost)| payment - cost).collect()
    }

    fn bought(&self) -> impl Iterator<Item = bool> {
        self.item.iter().map(|item| *item != Self::NOTHING)
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
    /// Mtok class by class; empty where every class is a constant rate of the spend.
    #[serde(default)]
    pub tokens: Vec<Moments>,
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
            tokens: self.tokens.iter().map(Moments::as_one).collect(),
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
        let mut pairs = Vec::new();
        for i in 0..outcomes.len() {
            for j in i + 1..outcomes.len() {
                pairs.push(pair_moments(
                    first_best,
                    (&outcomes[j], &profits[j]),
                    (&outcomes[i], &profits[i]),
                ));
            }
        }
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
            own.tokens.resize(new.tokens.len(), Moments::default());
            for (own, new) in own.tokens.iter_mut().zip(&new.tokens) {
                own.merge(new);
            }
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
    fn moments(&self, outcome: &Outcomes, profit: &[f64], served: &[f64]) -> Vec<GroupMoments> {
        let by_group = |column: &[f64]| -> Vec<Moments> {
            let ordered: Vec<f64> = self.order.iter().map(|buyer| column[*buyer as usize]).collect();
            self.bounds.windows(2).map(|ends| Moments::of(&ordered[ends[0]..ends[1]])).collect()
        };
        let (profits, revenues) = (by_group(profit), by_group(&outcome.payment));
        let (utilities, served) = (by_group(&outcome.utility), by_group(served));
        (0..profits.len())
            .map(|group| GroupMoments {
                profit: profits[group],
                revenue: revenues[group],
                utility: utilities[group],
                served: served[group],
            })
            .collect()
    }
}

fn rule_moments(groups: &Groups, first_best: &[f64], outcome: &Outcomes, profit: &[f64]) -> RuleMoments {
    let served: Vec<f64> = outcome.bought().map(|bought| f64::from(u8::from(bought))).collect();
    let by_decile = groups.deciles.moments(outcome, profit, &served);
    let by_segment =
        groups.segments.as_ref().map_or_else(Vec::new, |own| own.moments(outcome, profit, &served));
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
        tokens: outcome.tokens.iter().map(|class| Moments::of(class)).collect(),
        deadweight_loss: less(first_best, &welfare),
        welfare: Moments::of(&welfare),
        profit_less_first_best: less(profit, first_best),
        fine_tuned: Moments::of_share(fine_tuned, profit.len() as u64),
        by_decile,
        by_segment,
    }
}

/// Rule minus baseline, buyer by buyer: the variance of the difference, not the difference of variances.
fn pair_moments(first_best: &[f64], rule: (&Outcomes, &[f64]), baseline: (&Outcomes, &[f64])) -> PairMoments {
    let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
    let (profit, utility) = (minus(rule.1, baseline.1), minus(&rule.0.utility, &baseline.0.utility));
    let (mut better, mut worse) = (0, 0);
    for (difference, surplus) in utility.iter().zip(first_best) {
        better += u64::from(*difference > INDIFFERENCE * surplus);
        worse += u64::from(*difference < -INDIFFERENCE * surplus);
    }
    let count = profit.len() as u64;
    PairMoments {
        profit: Moments::of(&profit),
        utility: Moments::of(&utility),
        better: Moments::of_share(better, count),
        worse: Moments::of_share(worse, count),
    }
}
