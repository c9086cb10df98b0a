//! Moments of one rule minus another on the same buyers.

use serde::{Deserialize, Serialize};

use super::groups::Group;
use super::joint::Joint;
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::paired::Paired;
use super::rule::{RuleGroup, merge_each};
use super::sums::{better_and_worse, differences, differing, leave_and_join, lost, moving};

/// One rule minus another over a group of buyers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Difference(Joint<4, 0>);

impl Difference {
    /// Of these differences of profit and utility, and of who is better and who is worse off.
    pub(super) fn new(quantities: [Moments; 4]) -> Self {
        Self(Joint::of(quantities, []))
    }

    /// How many buyers.
    pub fn count(&self) -> u64 {
        self.0.count()
    }

    /// Difference of profits.
    pub fn profit(&self) -> Moments {
        self.0.at(0)
    }

    /// Difference of utilities.
    pub fn utility(&self) -> Moments {
        self.0.at(1)
    }

    /// Whether the first rule gives more utility.
    pub fn better(&self) -> Moments {
        self.0.at(2)
    }

    /// Whether the first rule gives less utility.
    pub fn worse(&self) -> Moments {
        self.0.at(3)
    }

    #[must_use]
    fn reversed(&self) -> Self {
        let minus = |moments: Moments| moments.scaled(-1.0);
        Self::new([minus(self.profit()), minus(self.utility()), self.worse(), self.better()])
    }

    fn merge(&mut self, new: &Self) {
        self.0.merge(&new.0);
    }

    fn as_one(&self) -> Self {
        Self(self.0.as_one())
    }
}

/// Who buys under one rule and not under another, or something else, and what they pay.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Flows(Joint<7, 2>);

impl Flows {
    fn new(leaving: Paired, joining: Paired, [leaves, joins, moves]: [Moments; 3]) -> Self {
        Self(Joint::of(
            [leaving.x, leaving.y, joining.x, joining.y, leaves, joins, moves],
            [leaving.co, joining.co],
        ))
    }

    /// Payments of those who buy under the other rule only, and all payments under it.
    pub fn leaving(&self) -> Paired {
        self.0.pair(0)
    }

    /// Payments of those who buy under the first rule only, and all payments under it.
    pub fn joining(&self) -> Paired {
        self.0.pair(1)
    }

    /// Whether she buys under the other rule only.
    pub fn leaves(&self) -> Moments {
        self.0.at(4)
    }

    /// Whether she buys under the first rule only.
    pub fn joins(&self) -> Moments {
        self.0.at(5)
    }

    /// Whether she buys under both, but something else or at another payment.
    pub fn moves(&self) -> Moments {
        self.0.at(6)
    }

    #[must_use]
    fn reversed(&self) -> Self {
        Self::new(self.joining(), self.leaving(), [self.joins(), self.leaves(), self.moves()])
    }
}

/// Moments of one rule minus another on the same buyers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PairMoments {
    /// All buyers.
    pub all: Difference,
    /// Who leaves, joins and moves, of all buyers.
    pub flows: Flows,
    /// By decile of the index.
    pub by_decile: [Difference; 10],
    /// By segment; empty where the population has none.
    pub by_segment: Vec<Difference>,
}

impl PairMoments {
    /// Nothing seen yet of buyers in so many segments.
    pub(super) fn new(segments: usize) -> Self {
        Self { by_segment: vec![Difference::default(); segments], ..Self::default() }
    }

    /// Adds a group of a block.
    pub(super) fn add(&mut self, group: &Group, part: &PairGroup) {
        self.all.merge(&part.difference);
        self.flows.0.merge(&part.flows.0);
        self.by_decile[group.decile].merge(&part.difference);
        if let Some(segment) = self.by_segment.get_mut(group.segment) {
            segment.merge(&part.difference);
        }
    }

    /// The other rule minus the first, over all buyers alone.
    #[must_use]
    pub(super) fn reversed(&self) -> Self {
        Self { all: self.all.reversed(), flows: self.flows.reversed(), ..Self::default() }
    }

    /// Any rule minus itself, which earns these payments.
    pub(super) fn itself(payment: Moments) -> Self {
        let (zero, nobody) = (Moments::zeros(payment.count), Paired::of_zeros(payment));
        Self {
            all: Difference::new([zero; 4]),
            flows: Flows::new(nobody, nobody, [zero; 3]),
            ..Self::default()
        }
    }

    pub(super) fn merge(&mut self, new: &Self) {
        self.all.merge(&new.all);
        self.flows.0.merge(&new.flows.0);
        for (own, new) in self.by_decile.iter_mut().zip(&new.by_decile) {
            own.merge(new);
        }
        merge_each(&mut self.by_segment, &new.by_segment, Difference::merge);
    }

    pub(super) fn as_one(&self) -> Self {
        Self {
            all: self.all.as_one(),
            flows: Flows(self.flows.0.as_one()),
            by_decile: self.by_decile.map(|decile| decile.as_one()),
            by_segment: self.by_segment.iter().map(Difference::as_one).collect(),
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
    flows: Flows,
}

impl PairGroup {
    /// All pairs (i, j), i < j, rule j minus rule i, buyer by buyer: the variance of the difference, not the difference of
    /// variances.
    pub(super) fn all(first_best: &[f64], outcomes: &[Outcomes], rules: &[RuleGroup]) -> Vec<Self> {
        // Who is better off and who worse than with nothing, where the others may have nothing.
        let somebody_has_nothing = rules.iter().any(|rule| rule.buyers == 0);
        let than_nothing = |(own, rule): (&Outcomes, &RuleGroup)| match rule.buyers {
            1.. if somebody_has_nothing => better_and_worse(first_best, &own.utility),
            _ => [0, 0],
        };
        let than_nothing: Vec<[u64; 2]> = outcomes.iter().zip(rules).map(than_nothing).collect();
        of_each_pair(outcomes.len(), |i, j| match [rules[j].buyers, rules[i].buyers] {
            [_, 0] => Self::from_nothing(&rules[j], than_nothing[j]),
            [0, _] => Self::from_nothing(&rules[i], than_nothing[i]).reversed(),
            _ => Self::new(first_best, [&outcomes[j], &outcomes[i]], [&rules[j], &rules[i]]),
        })
    }

    /// A rule minus another, under each of which somebody buys.
    fn new(first_best: &[f64], outcomes: [&Outcomes; 2], rules: [&RuleGroup; 2]) -> Self {
        let count = first_best.len() as u64;
        let own = rules.map(|rule| &rule.own);
        let columns = |of: fn(&Outcomes) -> &[f64]| outcomes.map(of);
        let (profits, utilities) = (columns(|own| &own.profit), columns(|own| &own.utility));
        let (profit, utility) = (own.map(|own| own.profit().mean), own.map(|own| own.utility().mean));
        let sums =
            differences(first_best, profits, utilities, [profit[0] - profit[1], utility[0] - utility[1]]);
        let [better, worse] = sums.better_worse.map(|ones| Moments::of_share(ones, count));
        let difference = Difference::new([
            Moments::of_differences(count, profit, sums.profit),
            Moments::of_differences(count, utility, sums.utility),
            better,
            worse,
        ]);
        let payments = own.map(|own| own.bill().x);
        let share = |ones| Moments::of_share(ones, count);
        let all_stay = |moves: u64| {
            let ([joining, leaving], nobody) = (payments.map(Paired::of_zeros), Moments::zeros(count));
            Self { difference, flows: Flows::new(leaving, joining, [nobody, nobody, share(moves)]) }
        };
        let (paid, served) = (columns(|own| &own.payment), columns(|own| &own.served));
        let all_buy = rules.iter().all(|rule| rule.buyers == count);
        // What is used matters only where somebody pays the same under both.
        if all_buy && differing(paid) == count {
            return all_stay(count);
        }
        let (used, tuned) = (columns(|own| &own.spend), columns(|own| &own.fine_tuning));
        let moves = moving(served, [paid, used, tuned]);
        if all_buy {
            return all_stay(moves);
        }
        let [leaves, joins] = leave_and_join(served);
        let lost = |lost: u64, from: usize| match lost {
            0 => Paired::of_zeros(payments[from]),
            _ => payments_lost(payments[from], lost, paid[from], [served[from], served[1 - from]]),
        };
        let flows = Flows::new(lost(leaves, 1), lost(joins, 0), [leaves, joins, moves].map(share));
        Self { difference, flows }
    }

    /// A rule minus one under which nobody in the group buys anything: whoever buys joins. So many are better off and so many
    /// worse than with nothing.
    fn from_nothing(rule: &RuleGroup, better_worse: [u64; 2]) -> Self {
        let (own, count) = (&rule.own, rule.own.count());
        let (zeros, share) = (Moments::zeros(count), |ones| Moments::of_share(ones, count));
        let [better, worse] = better_worse.map(share);
        let payments = own.bill().x;
        let joining = Paired { x: payments, y: payments, co: payments.m2 };
        Self {
            difference: Difference::new([own.profit(), own.utility(), better, worse]),
            flows: Flows::new(Paired::of_zeros(zeros), joining, [zeros, share(rule.buyers), zeros]),
        }
    }

    fn reversed(&self) -> Self {
        Self { difference: self.difference.reversed(), flows: self.flows.reversed() }
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
