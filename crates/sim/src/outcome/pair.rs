//! Moments of one rule minus another on the same buyers.

use model::tolerance::INDIFFERENCE;
use serde::{Deserialize, Serialize};

use super::groups::{Grouping, Groups};
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::paired::Paired;
use super::rule::merge_groups;

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
        let zero = Moments { count, ..Moments::default() };
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

    fn of(profit: &[f64], utility: &[f64], first_best: &[f64]) -> Self {
        let (mut better, mut worse) = (0, 0);
        for (difference, surplus) in utility.iter().zip(first_best) {
            better += u64::from(*difference > INDIFFERENCE * surplus);
            worse += u64::from(*difference < -INDIFFERENCE * surplus);
        }
        let count = profit.len() as u64;
        Self {
            profit: Moments::of(profit),
            utility: Moments::of(utility),
            better: Moments::of_share(better, count),
            worse: Moments::of_share(worse, count),
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
    /// Rule minus baseline, buyer by buyer: the variance of the difference, not the difference of variances.
    pub(super) fn of(
        groups: &Groups,
        first_best: &[f64],
        rule: (&Outcomes, &[f64]),
        baseline: (&Outcomes, &[f64]),
    ) -> Self {
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let (profit, utility) = (minus(rule.1, baseline.1), minus(&rule.0.utility, &baseline.0.utility));
        let by_group = |grouping: &Grouping| -> Vec<Difference> {
            let columns = [&profit[..], &utility, first_best].map(|column| grouping.ordered(column));
            let [profit, utility, first_best] = &columns;
            grouping
                .slices(profit)
                .zip(grouping.slices(utility))
                .zip(grouping.slices(first_best))
                .map(|((profit, utility), first_best)| Difference::of(profit, utility, first_best))
                .collect()
        };
        Self {
            all: Difference::of(&profit, &utility, first_best),
            by_decile: by_group(&groups.deciles),
            by_segment: groups.segments.as_ref().map_or_else(Vec::new, by_group),
            ..Self::churn(rule.0, baseline.0)
        }
    }

    fn churn(rule: &Outcomes, baseline: &Outcomes) -> Self {
        let buyers = rule.item.len();
        let count = buyers as u64;
        let (mut leaves, mut joins, mut moves) = (0, 0, 0);
        for buyer in 0..buyers {
            match (baseline.bought(buyer), rule.bought(buyer)) {
                (true, false) => leaves += 1,
                (false, true) => joins += 1,
                (true, true) => moves += u64::from(differ(rule, baseline, buyer)),
                (false, false) => {}
            }
        }
        Self {
            leaving: exclusively(baseline, rule, leaves),
            joining: exclusively(rule, baseline, joins),
            leaves: Moments::of_share(leaves, count),
            joins: Moments::of_share(joins, count),
            moves: Moments::of_share(moves, count),
            ..Self::default()
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
        let (zero, nobody) =
            (Moments { count: payment.count, ..Moments::default() }, Paired::of_zeros(payment));
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

/// Payments of those who buy under `one` rule and not under the `other`, `count` of them, and all payments under it.
fn exclusively(one: &Outcomes, other: &Outcomes, count: u64) -> Paired {
    if count == 0 {
        return Paired::of_zeros(Moments::of(&one.payment));
    }
    let paid = |buyer: usize| if other.bought(buyer) { 0.0 } else { one.payment[buyer] };
    let lost: Vec<f64> = (0..one.payment.len()).map(paid).collect();
    Paired::of(&lost, &one.payment)
}

/// Whether a buyer gets other tokens or tuning, or pays another amount, beyond rounding.
fn differ(rule: &Outcomes, baseline: &Outcomes, buyer: usize) -> bool {
    [
        (&rule.spend, &baseline.spend),
        (&rule.fine_tuning, &baseline.fine_tuning),
        (&rule.payment, &baseline.payment),
    ]
    .iter()
    .any(|(a, b)| (a[buyer] - b[buyer]).abs() > INDIFFERENCE * a[buyer].abs().max(b[buyer].abs()))
}
