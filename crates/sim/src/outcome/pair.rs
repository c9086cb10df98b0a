//! Moments of one rule minus another on the same buyers.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::paired::Paired;
use super::rule::{RuleGroup, merge_groups};
use super::sums::{better_and_worse, differences, differing, leave_and_join, lost, moving};

/// One rule minus another over a group of buyers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Difference {
    /// Difference of profits.
    pub profit: Moments,
    /// Difference of utilities.
    pub utility: Moments,
    /// Whether the first rule gives more utility.
    pub better: Moments,
    /// Whether the first rule gives less utility.
    pub worse: Moments,
}

impl Difference {
    /// The difference of any rule to itself.
    pub(super) fn none(count: u64) -> Self {
        let zero = Moments::zeros(count);
        Self { profit: zero, utility: zero, better: zero, worse: zero }
    }

    #[must_use]
    pub(super) fn reversed(&self) -> Self {
        Self {
            profit: self.profit.scaled(-1.0),
            utility: self.utility.scaled(-1.0),
            better: self.worse,
            worse: self.better,
        }
    }

    /// The groups together.
    fn pooled<'a>(groups: impl Iterator<Item = &'a Self> + Clone) -> Self {
        Self {
            profit: Moments::pooled(groups.clone().map(|group| group.profit)),
            utility: Moments::pooled(groups.clone().map(|group| group.utility)),
            better: Moments::pooled(groups.clone().map(|group| group.better)),
            worse: Moments::pooled(groups.map(|group| group.worse)),
        }
    }

    fn merge(&mut self, new: &Self) {
        self.profit.merge(&new.profit);
        self.utility.merge(&new.utility);
        self.better.merge(&new.better);
        self.worse.merge(&new.worse);
    }

    fn as_one(&self) -> Self {
        Self {
            profit: self.profit.as_one(),
            utility: self.utility.as_one(),
            better: self.better.as_one(),
            worse: self.worse.as_one(),
        }
    }
}

/// Moments of one rule minus another on the same buyers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PairMoments {
    /// All buyers.
    pub all: Difference,
    /// By decile of the index.
    pub by_decile: Vec<Difference>,
    /// By segment; empty where the population has none.
    pub by_segment: Vec<Difference>,
    /// Payments of those who buy under the other rule only, and all payments under it.
    pub leaving: Paired,
    /// Payments of those who buy under the first rule only, and all payments under it.
    pub joining: Paired,
    /// Whether she buys under the other rule only.
    pub leaves: Moments,
    /// Whether she buys under the first rule only.
    pub joins: Moments,
    /// Whether she buys under both, but something else or at another payment.
    pub moves: Moments,
}

impl PairMoments {
    /// Rule j minus rule i over one block, from those of its groups and from all payments under rule j and under rule i.
    pub(super) fn of_groups(groups: &Groups, parts: &[&PairGroup], payments: [Moments; 2]) -> Self {
        let parts = parts.iter().copied();
        let sum = |of: fn(&PairGroup) -> u64| parts.clone().map(of).sum::<u64>();
        let [leaves, joins, moves] =
            [sum(|part| part.leaves), sum(|part| part.joins), sum(|part| part.moves)];
        let lost = |lost: u64, of: fn(&PairGroup) -> Paired, all: Moments| match lost {
            0 => Paired::of_zeros(all),
            _ => Paired::pooled(parts.clone().map(of)),
        };
        let share = |ones| Moments::of_share(ones, payments[0].count);
        let differences = parts.clone().map(|part| &part.difference);
        let (by_decile, by_segment) = groups.merged(differences.clone(), Difference::merge);
        Self {
            all: Difference::pooled(differences),
            by_decile,
            by_segment,
            leaving: lost(leaves, |part| part.leaving, payments[1]),
            joining: lost(joins, |part| part.joining, payments[0]),
            leaves: share(leaves),
            joins: share(joins),
            moves: share(moves),
        }
    }

    /// The other rule minus the first.
    #[must_use]
    pub(super) fn reversed(&self) -> Self {
        Self {
            all: self.all.reversed(),
            // Recorded the other way round: nobody needs them twice.
            by_decile: Vec::new(),
            by_segment: Vec::new(),
            leaving: self.joining,
            joining: self.leaving,
            leaves: self.joins,
            joins: self.leaves,
            moves: self.moves,
        }
    }

    /// Any rule minus itself, which earns these payments.
    pub(super) fn itself(payment: Moments) -> Self {
        let (zero, nobody) = (Moments::zeros(payment.count), Paired::of_zeros(payment));
        Self {
            all: Difference::none(payment.count),
            leaving: nobody,
            joining: nobody,
            leaves: zero,
            joins: zero,
            moves: zero,
            ..Self::default()
        }
    }

    pub(super) fn merge(&mut self, new: &Self) {
        self.all.merge(&new.all);
        merge_groups(&mut self.by_decile, &new.by_decile, Difference::merge);
        merge_groups(&mut self.by_segment, &new.by_segment, Difference::merge);
        self.leaving.merge(&new.leaving);
        self.joining.merge(&new.joining);
        self.leaves.merge(&new.leaves);
        self.joins.merge(&new.joins);
        self.moves.merge(&new.moves);
    }

    pub(super) fn as_one(&self) -> Self {
        Self {
            all: self.all.as_one(),
            by_decile: self.by_decile.iter().map(Difference::as_one).collect(),
            by_segment: self.by_segment.iter().map(Difference::as_one).collect(),
            leaving: self.leaving.as_one(),
            joining: self.joining.as_one(),
            leaves: self.leaves.as_one(),
            joins: self.joins.as_one(),
            moves: self.moves.as_one(),
        }
    }
}

/// What becomes of each pair of positions i < j, in the order (0,1), (0,2), ..., (1,2), ...
pub(super) fn of_each_pair<T>(rules: usize, mut of_pair: impl FnMut(usize, usize) -> T) -> Vec<T> {
    let mut pairs = Vec::with_capacity(rules * rules.saturating_sub(1) / 2);
    for i in 0..rules {
        pairs.extend((i + 1..rules).map(|j| of_pair(i, j)));
    }
    pairs
}

/// Moments of one rule minus another over one group of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairGroup {
    difference: Difference,
    /// How many leave, join and move.
    leaves: u64,
    joins: u64,
    moves: u64,
    leaving: Paired,
    joining: Paired,
}

impl PairGroup {
    /// All pairs (i, j), i < j, rule j minus rule i, buyer by buyer: the variance of the difference, not the difference of
    /// variances.
    pub(super) fn all(first_best: &[f64], outcomes: &[Outcomes], rules: &[RuleGroup]) -> Vec<Self> {
        of_each_pair(outcomes.len(), |i, j| {
            Self::new(first_best, [&outcomes[j], &outcomes[i]], [&rules[j], &rules[i]])
        })
    }

    /// A rule minus another.
    fn new(first_best: &[f64], outcomes: [&Outcomes; 2], rules: [&RuleGroup; 2]) -> Self {
        let count = first_best.len() as u64;
        match rules.map(|rule| rule.buyers) {
            [_, 0] => return Self::from_nothing(first_best, outcomes[0], rules[0]),
            [0, _] => return Self::from_nothing(first_best, outcomes[1], rules[1]).reversed(),
            _ => {}
        }
        let own = rules.map(|rule| &rule.own);
        let columns = |of: fn(&Outcomes) -> &[f64]| outcomes.map(of);
        let (profits, utilities) = (columns(|own| &own.profit), columns(|own| &own.utility));
        let (profit, utility) = (own.map(|own| own.profit.mean), own.map(|own| own.utility.mean));
        let sums =
            differences(first_best, profits, utilities, [profit[0] - profit[1], utility[0] - utility[1]]);
        let [better, worse] = sums.better_worse.map(|ones| Moments::of_share(ones, count));
        let difference = Difference {
            profit: Moments::of_differences(count, profit, sums.profit),
            utility: Moments::of_differences(count, utility, sums.utility),
            better,
            worse,
        };
        let payments = own.map(|own| own.bill.x);
        let [joining, leaving] = payments.map(Paired::of_zeros);
        let all_stay = Self { difference, leaves: 0, joins: 0, moves: count, leaving, joining };
        let (paid, served) = (columns(|own| &own.payment), columns(|own| &own.served));
        let all_buy = rules.iter().all(|rule| rule.buyers == count);
        // What is used matters only where somebody pays the same under both.
        if all_buy && differing(paid) == count {
            return all_stay;
        }
        let (used, tuned) = (columns(|own| &own.spend), columns(|own| &own.fine_tuning));
        let moves = moving(served, [paid, used, tuned]);
        if all_buy {
            return Self { moves, ..all_stay };
        }
        let [leaves, joins] = leave_and_join(served);
        let lost = |lost: u64, from: usize| match lost {
            0 => Paired::of_zeros(payments[from]),
            _ => payments_lost(payments[from], lost, paid[from], [served[from], served[1 - from]]),
        };
        Self { difference, leaves, joins, moves, leaving: lost(leaves, 1), joining: lost(joins, 0) }
    }

    /// A rule minus one under which nobody in the group buys anything: whoever buys joins.
    fn from_nothing(first_best: &[f64], outcomes: &Outcomes, rule: &RuleGroup) -> Self {
        let (own, zeros) = (&rule.own, Moments::zeros(first_best.len() as u64));
        let [better, worse] = match rule.buyers {
            0 => [0, 0],
            _ => better_and_worse(first_best, &outcomes.utility),
        };
        let share = |ones| Moments::of_share(ones, zeros.count);
        let payments = own.bill.x;
        Self {
            difference: Difference {
                profit: own.profit,
                utility: own.utility,
                better: share(better),
                worse: share(worse),
            },
            leaves: 0,
            joins: rule.buyers,
            moves: 0,
            leaving: Paired::of_zeros(zeros),
            joining: Paired { x: payments, y: payments, co: payments.m2 },
        }
    }

    fn reversed(&self) -> Self {
        Self {
            difference: self.difference.reversed(),
            leaves: self.joins,
            joins: self.leaves,
            leaving: self.joining,
            joining: self.leaving,
            ..*self
        }
    }
}

/// Payments x of the `lost_buyers` who buy under one rule and not under the other, zero for the others, beside all payments y;
/// with a = Σ (y - ȳ), b = Σ (y - ȳ)² over the lost:
///
/// ```text
/// Σ x = a + lost ȳ,   Σ (x - x̄)² = b + 2 ȳ a + lost ȳ² - n x̄²,   Σ (x - x̄)(y - ȳ) = b + ȳ a
/// ```
fn payments_lost(all: Moments, lost_buyers: u64, paid: &[f64], served: [&[f64]; 2]) -> Paired {
    let [a, b] = lost(paid, all.mean, served[0], served[1]);
    let (count, lost, mean) = (all.count as f64, lost_buyers as f64, all.mean);
    let mean_lost = (a + lost * mean) / count;
    let m2 = b + 2.0 * mean * a + lost * (mean * mean) - count * (mean_lost * mean_lost);
    Paired { x: Moments { count: all.count, mean: mean_lost, m2: m2.max(0.0) }, y: all, co: b + mean * a }
}
