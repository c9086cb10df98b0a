//! Moments of one rule.

use serde::{Deserialize, Serialize};

use super::groups::{Group, TopBuyers};
use super::joint::Joint;
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::paired::Paired;
use super::sums::{of_columns, of_losses, of_surplus, of_weighted, positive, products, total};

/// Moments of one rule over a group of buyers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupMoments(Joint<7, 2>);

impl GroupMoments {
    /// Of buyers with these.
    pub(super) fn new(bill: Paired, value: Paired, [profit, utility, served]: [Moments; 3]) -> Self {
        Self(Joint::of([bill.x, bill.y, value.x, value.y, profit, utility, served], [bill.co, value.co]))
    }

    /// Of so many buyers who buy nothing: nothing is used, paid or gained.
    fn nobody(count: u64) -> Self {
        Self(Joint::of([Moments::zeros(count); 7], [0.0; 2]))
    }

    /// Of a group of which so many buy.
    fn of(outcomes: &Outcomes, served: u64) -> Self {
        let buyers = outcomes.item.len();
        if served == 0 {
            return Self::nobody(buyers as u64);
        }
        let Outcomes { profit, payment, cost, gross_value, spend, utility, .. } = outcomes;
        let [of_profit, paid, costs, value, spent, of_utility] =
            of_columns([profit, payment, cost, gross_value, spend, utility]).map(|of| of.of(buyers));
        Self::new(
            Paired { x: paid, y: costs, co: products(payment, cost, paid.mean, costs.mean) },
            Paired { x: value, y: spent, co: products(gross_value, spend, value.mean, spent.mean) },
            [of_profit, of_utility, Moments::of_share(served, buyers as u64)],
        )
    }

    /// How many buyers.
    pub fn count(&self) -> u64 {
        self.0.count()
    }

    /// Payment, and the seller's cost.
    pub fn bill(&self) -> Paired {
        self.0.pair(0)
    }

    /// Gross value, and tokens at cost.
    pub fn value(&self) -> Paired {
        self.0.pair(1)
    }

    /// Payment minus cost.
    pub fn profit(&self) -> Moments {
        self.0.at(4)
    }

    /// Utility.
    pub fn utility(&self) -> Moments {
        self.0.at(5)
    }

    /// Whether anything was bought.
    pub fn served(&self) -> Moments {
        self.0.at(6)
    }

    fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    fn as_one(&self) -> Self {
        Self(self.0.as_one())
    }
}

/// What is known of one rule over all buyers, but not of a decile.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct WelfareMoments(Joint<10, 2>);

impl WelfareMoments {
    /// Payments of the top hundredth and of the top tenth of buyers, and all payments.
    pub fn top(&self) -> [Paired; 2] {
        [self.0.pair(0), self.0.pair(1)]
    }

    /// Utility plus profit.
    pub fn welfare(&self) -> Moments {
        self.0.at(4)
    }

    /// First-best surplus minus welfare.
    pub fn deadweight_loss(&self) -> Moments {
        self.0.at(5)
    }

    /// The same of those who buy nothing.
    pub fn exclusion(&self) -> Moments {
        self.0.at(6)
    }

    /// The same of those who buy.
    pub fn distortion(&self) -> Moments {
        self.0.at(7)
    }

    /// Profit minus first-best surplus: for the standard error of their ratio.
    pub fn profit_less_first_best(&self) -> Moments {
        self.0.at(8)
    }

    /// Whether there is fine-tuning.
    pub fn fine_tuned(&self) -> Moments {
        self.0.at(9)
    }
}

/// Moments of one rule over all buyers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RuleMoments {
    /// Profit, payment, value, utility and share served.
    pub all: GroupMoments,
    /// What is known of all buyers only.
    pub further: WelfareMoments,
    /// Mtok class by class; empty where every class is a constant rate of the spend.
    #[serde(default)]
    pub tokens: Vec<Moments>,
    /// Tokens at cost if all token prices were higher, and as they are; absent where tokens have no price.
    pub dearer: Option<Joint<2, 1>>,
    /// As `all`, by decile of the index.
    pub by_decile: [GroupMoments; 10],
    /// As `all`, by segment; empty where the population has none.
    pub by_segment: Vec<GroupMoments>,
}

impl RuleMoments {
    /// Nothing seen yet of buyers in so many segments.
    pub(super) fn new(segments: usize) -> Self {
        Self { by_segment: vec![GroupMoments::default(); segments], ..Self::default() }
    }

    /// Adds a group of a block.
    pub(super) fn add(&mut self, group: &Group, part: &RuleGroup) {
        self.all.merge(&part.own);
        self.further.0.merge(&part.further);
        merge_each(&mut self.tokens, &part.tokens, Moments::merge);
        if let Some(dearer) = &part.dearer {
            self.dearer.get_or_insert_default().merge(dearer);
        }
        self.by_decile[group.decile].merge(&part.own);
        if let Some(segment) = self.by_segment.get_mut(group.segment) {
            segment.merge(&part.own);
        }
    }

    pub(super) fn merge(&mut self, new: &Self) {
        self.all.merge(&new.all);
        self.further.0.merge(&new.further.0);
        merge_each(&mut self.tokens, &new.tokens, Moments::merge);
        if let Some(new) = &new.dearer {
            self.dearer.get_or_insert_default().merge(new);
        }
        for (own, new) in self.by_decile.iter_mut().zip(&new.by_decile) {
            own.merge(new);
        }
        merge_each(&mut self.by_segment, &new.by_segment, GroupMoments::merge);
    }

    pub(super) fn as_one(&self) -> Self {
        Self {
            all: self.all.as_one(),
            further: WelfareMoments(self.further.0.as_one()),
            tokens: self.tokens.iter().map(Moments::as_one).collect(),
            dearer: self.dearer.map(|dearer| dearer.as_one()),
            by_decile: self.by_decile.map(|decile| decile.as_one()),
            by_segment: self.by_segment.iter().map(GroupMoments::as_one).collect(),
        }
    }
}

/// Adds new moments to those there are, each to its own; at first there are none.
pub(super) fn merge_each<T: Clone + Default>(own: &mut Vec<T>, new: &[T], merge: impl Fn(&mut T, &T)) {
    own.resize(new.len(), T::default());
    for (own, new) in own.iter_mut().zip(new) {
        merge(own, new);
    }
}

/// Moments of one rule over one group of a block.
#[derive(Debug, Clone)]
pub(super) struct RuleGroup {
    /// How many buy anything.
    pub(super) buyers: u64,
    pub(super) own: GroupMoments,
    further: Joint<10, 2>,
    tokens: Vec<Moments>,
    dearer: Option<Joint<2, 1>>,
}

impl RuleGroup {
    /// The moments of one group: first-best surplus and its moments, who is at the top, and what she chose under the rule.
    pub(super) fn new(first_best: (&[f64], Moments), top: &[TopBuyers; 2], outcomes: &Outcomes) -> Self {
        let buyers = if outcomes.nobody_buys { 0 } else { total(&outcomes.served) as u64 };
        let own = GroupMoments::of(outcomes, buyers);
        let (first_best, surplus) = first_best;
        let count = surplus.count;
        let (profit, utility) = (&outcomes.profit, &outcomes.utility);
        let nothing = Moments::zeros(count);
        let [welfare, deadweight_loss, less] = if buyers == 0 {
            [nothing, surplus, surplus.scaled(-1.0)]
        } else {
            let welfare = own.utility().mean + own.profit().mean;
            let means = [welfare, surplus.mean - welfare, own.profit().mean - surplus.mean];
            let squares = of_surplus(first_best, profit, utility, means);
            std::array::from_fn(|which| Moments { count, mean: means[which], m2: squares[which] })
        };
        let [exclusion, distortion] = if buyers == 0 {
            [deadweight_loss, nothing]
        } else if buyers == count {
            [nothing, deadweight_loss]
        } else {
            of_losses(first_best, profit, utility, &outcomes.served).map(|of| of.of(first_best.len()))
        };
        let dearer = (!outcomes.dearer_spend.is_empty()).then(|| {
            let (x, y) = (Moments::of(&outcomes.dearer_spend), own.value().y);
            Joint::of([x, y], [products(&outcomes.dearer_spend, &outcomes.spend, x.mean, y.mean)])
        });
        let [hundredth, tenth] = top.each_ref().map(|top| top_payments(top, &outcomes.payment, own.bill().x));
        let fine_tuned = if buyers == 0 { 0 } else { positive(&outcomes.fine_tuning) };
        let further = [
            hundredth.x,
            hundredth.y,
            tenth.x,
            tenth.y,
            welfare,
            deadweight_loss,
            exclusion,
            distortion,
            less,
            Moments::of_share(fine_tuned, count),
        ];
        Self {
            buyers,
            further: Joint::of(further, [hundredth.co, tenth.co]),
            tokens: outcomes.tokens.iter().map(|class| Moments::of(class)).collect(),
            dearer,
            own,
        }
    }
}

/// Payments x of the buyers at the top, zero for the others, beside all payments y.
///
/// ```text
/// Σ (x - x̄)(y - ȳ) = Σ x (y - ȳ)
/// ```
fn top_payments(top: &TopBuyers, payments: &[f64], all: Moments) -> Paired {
    if top.weights.is_empty() {
        return Paired::of_zeros(all);
    }
    let (own, co) = of_weighted(&top.weights, &payments[top.from..], all.mean);
    let mut x = Moments::zeros(top.from as u64);
    x.merge(&own.of(top.weights.len()));
    Paired { x, y: all, co }
}
