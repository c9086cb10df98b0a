//! Moments of one rule minus another on the same buyers.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::groups::{Grouping, Groups};
use super::moments::Moments;
use super::paired::Paired;
use super::rule::{GroupMoments, RuleMoments, merge_groups};
use super::sums::{churn, differences, lost};
use super::view::View;

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
    fn pooled(groups: &[Self]) -> Self {
        let pooled = |of: fn(&Self) -> &Moments| Moments::pooled(groups.iter().map(of));
        Self {
            profit: pooled(|group| &group.profit),
            utility: pooled(|group| &group.utility),
            better: pooled(|group| &group.better),
            worse: pooled(|group| &group.worse),
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
    /// All pairs (i, j), i < j, rule j minus rule i, buyer by buyer: the variance of the difference, not the difference of
    /// variances. First-best surplus and columns are in the order of the deciles.
    pub(super) fn all(
        groups: &Groups,
        first_best: &[f64],
        views: &[View],
        rules: &[RuleMoments],
    ) -> Vec<Self> {
        let mut pairs = vec![Self::default(); views.len() * (views.len().max(1) - 1) / 2];
        let of_rules = |of: fn(&RuleMoments) -> &[GroupMoments]| rules.iter().map(of).collect::<Vec<_>>();
        let deciles = of_rules(|rule| &rule.by_decile);
        let by_decile = differences_by(&groups.deciles, first_best, views, &deciles);
        for (pair, by_decile) in pairs.iter_mut().zip(by_decile) {
            pair.all = Difference::pooled(&by_decile);
            pair.by_decile = by_decile;
        }
        if let Some(segments) = &groups.segments {
            let views: Vec<View> = views.iter().map(|view| view.regrouped(segments)).collect();
            let own = of_rules(|rule| &rule.by_segment);
            let by_segment = differences_by(segments, &segments.ordered(first_best), &views, &own);
            for (pair, by_segment) in pairs.iter_mut().zip(by_segment) {
                pair.by_segment = by_segment;
            }
        }
        add_churn(&groups.deciles, views, rules, &mut pairs);
        pairs
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

/// Pairs of positions i < j.
fn positions(rules: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rules).flat_map(move |i| (i + 1..rules).map(move |j| (i, j)))
}

/// Differences by group of all pairs. Group by group, so that its columns stay in the cache while all pairs pass over them.
fn differences_by(
    grouping: &Grouping,
    first_best: &[f64],
    views: &[View],
    rules: &[&[GroupMoments]],
) -> Vec<Vec<Difference>> {
    let groups = grouping.ranges().len();
    let mut pairs = vec![Vec::with_capacity(groups); positions(views.len()).count()];
    for (group, range) in grouping.ranges().enumerate() {
        let count = range.len() as u64;
        for ((i, j), pair) in positions(views.len()).zip(&mut pairs) {
            let (rule, baseline) = (&views[j], &views[i]);
            let (own, other) = (&rules[j][group], &rules[i][group]);
            if own.buys_nothing() && other.buys_nothing() {
                pair.push(Difference::none(count));
                continue;
            }
            // Means of differences but for rounding, so that one pass is enough.
            let shifts = [own.profit.mean - other.profit.mean, own.utility.mean - other.utility.mean];
            let sums = differences(
                &first_best[range.clone()],
                [&rule.profit[range.clone()], &baseline.profit[range.clone()]],
                [&rule.utility[range.clone()], &baseline.utility[range.clone()]],
                shifts,
            );
            let [better, worse] = sums.better_worse.map(|ones| Moments::of_share(ones, count));
            let moments = |shift, [sum, squares]: [f64; 2]| Moments::of_shifted(count, shift, sum, squares);
            pair.push(Difference {
                profit: moments(shifts[0], sums.profit),
                utility: moments(shifts[1], sums.utility),
                better,
                worse,
            });
        }
    }
    pairs
}

/// Who leaves, joins and moves, and what they pay.
#[derive(Debug, Clone, Copy, Default)]
struct Churned {
    /// How many leave, join and move.
    counts: [u64; 3],
    /// Σ (t - t̄) and Σ (t - t̄)² of the payments of who leaves, under the baseline.
    leaving: [f64; 2],
    /// The same of who joins, under the rule.
    joining: [f64; 2],
}

fn add_churn(grouping: &Grouping, views: &[View], rules: &[RuleMoments], pairs: &mut [PairMoments]) {
    let mut churned = vec![Churned::default(); pairs.len()];
    for (group, range) in grouping.ranges().enumerate() {
        for ((i, j), churned) in positions(views.len()).zip(&mut churned) {
            if [i, j].iter().all(|rule| rules[*rule].by_decile[group].buys_nothing()) {
                continue;
            }
            let both = |of: for<'v> fn(&'v View) -> &'v [f64]| {
                [&of(&views[j])[range.clone()], &of(&views[i])[range.clone()]]
            };
            let served = both(|view| &view.served);
            let payments = both(|view| &view.payment);
            let counts = churn(served, [payments, both(|view| &view.spend), both(|view| &view.fine_tuning)]);
            add(&mut churned.counts, counts);
            if counts[0] > 0 {
                let mean = rules[i].all.bill.x.mean;
                add(&mut churned.leaving, lost(payments[1], mean, served[1], served[0]));
            }
            if counts[1] > 0 {
                let mean = rules[j].all.bill.x.mean;
                add(&mut churned.joining, lost(payments[0], mean, served[0], served[1]));
            }
        }
    }
    for (((i, j), churned), pair) in positions(views.len()).zip(&churned).zip(pairs) {
        let count = rules[i].all.served.count;
        let [leaves, joins, moves] = churned.counts;
        pair.leaving = payments_lost(rules[i].all.bill.x, leaves, churned.leaving);
        pair.joining = payments_lost(rules[j].all.bill.x, joins, churned.joining);
        [pair.leaves, pair.joins, pair.moves] =
            [leaves, joins, moves].map(|ones| Moments::of_share(ones, count));
    }
}

fn add<T: AddAssign, const N: usize>(sums: &mut [T; N], more: [T; N]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Payments x of the `lost` buyers, zero for the others, beside all payments y; with a = Σ (y - ȳ), b = Σ (y - ȳ)² over the
/// lost:
///
/// ```text
/// Σ x = a + lost ȳ,   Σ (x - x̄)² = b + 2 ȳ a + lost ȳ² - n x̄²,   Σ (x - x̄)(y - ȳ) = b + ȳ a
/// ```
fn payments_lost(payments: Moments, lost: u64, [a, b]: [f64; 2]) -> Paired {
    if lost == 0 {
        return Paired::of_zeros(payments);
    }
    let (count, lost, mean) = (payments.count as f64, lost as f64, payments.mean);
    let mean_lost = (a + lost * mean) / count;
    let m2 = b + 2.0 * mean * a + lost * (mean * mean) - count * (mean_lost * mean_lost);
    Paired {
        x: Moments { count: payments.count, mean: mean_lost, m2: m2.max(0.0) },
        y: payments,
        co: b + mean * a,
    }
}
