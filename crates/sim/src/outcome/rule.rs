//! Moments of one rule.

use serde::{Deserialize, Serialize};

use super::groups::{Groups, TopBuyers};
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::paired::Paired;
use super::sums::{of_columns, of_losses, of_surplus, of_weighted, positive, products, total};

/// Moments of one rule over a group of buyers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupMoments {
    /// Payment minus cost.
    pub profit: Moments,
    /// Payment, and the seller's cost.
    pub bill: Paired,
    /// Gross value, and tokens at cost.
    pub value: Paired,
    /// Utility.
    pub utility: Moments,
    /// Whether anything was bought.
    pub served: Moments,
}

impl GroupMoments {
    /// Of so many buyers who buy nothing: nothing is used, paid or gained.
    fn nobody(count: u64) -> Self {
        let zero = Moments::zeros(count);
        let zeros = Paired::of_zeros(zero);
        Self { profit: zero, bill: zeros, value: zeros, utility: zero, served: zero }
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
        Self {
            profit: of_profit,
            bill: Paired { x: paid, y: costs, co: products(payment, cost, paid.mean, costs.mean) },
            value: Paired { x: value, y: spent, co: products(gross_value, spend, value.mean, spent.mean) },
            utility: of_utility,
            served: Moments::of_share(served, buyers as u64),
        }
    }

    /// The groups together.
    fn pooled<'a>(groups: impl Iterator<Item = &'a Self> + Clone) -> Self {
        Self {
            profit: Moments::pooled(groups.clone().map(|group| group.profit)),
            bill: Paired::pooled(groups.clone().map(|group| group.bill)),
            value: Paired::pooled(groups.clone().map(|group| group.value)),
            utility: Moments::pooled(groups.clone().map(|group| group.utility)),
            served: Moments::pooled(groups.map(|group| group.served)),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.profit.merge(&other.profit);
        self.bill.merge(&other.bill);
        self.value.merge(&other.value);
        self.utility.merge(&other.utility);
        self.served.merge(&other.served);
    }

    fn as_one(&self) -> Self {
        Self {
            profit: self.profit.as_one(),
            bill: self.bill.as_one(),
            value: self.value.as_one(),
            utility: self.utility.as_one(),
            served: self.served.as_one(),
        }
    }
}

/// Moments of one rule over all buyers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RuleMoments {
    /// Profit, payment, value, utility and share served.
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
    /// The same of those who buy nothing.
    pub exclusion: Moments,
    /// The same of those who buy.
    pub distortion: Moments,
    /// Profit minus first-best surplus: for the standard error of their ratio.
    pub profit_less_first_best: Moments,
    /// Whether there is fine-tuning.
    pub fine_tuned: Moments,
    /// Payments of the top hundredth and of the top tenth of buyers, and all payments.
    pub top: [Paired; 2],
    /// Tokens at cost if all token prices were higher, and as they are; absent where tokens have no price.
    pub dearer: Option<Paired>,
    /// The same by decile of the index.
    pub by_decile: Vec<GroupMoments>,
    /// The same by segment; empty where the population has none.
    pub by_segment: Vec<GroupMoments>,
}

impl RuleMoments {
    /// The moments of one rule over one block from those of its groups.
    pub(super) fn of_groups(groups: &Groups, parts: &[&RuleGroup]) -> Self {
        let parts = parts.iter().copied();
        let all = GroupMoments::pooled(parts.clone().map(|part| &part.own));
        let classes = parts.clone().next().map_or(0, |part| part.tokens.len());
        let tokens = |class: usize| Moments::pooled(parts.clone().map(move |part| part.tokens[class]));
        let dearer = parts.clone().map(|part| part.dearer).collect::<Option<Vec<Paired>>>();
        let fine_tuned = parts.clone().map(|part| part.fine_tuned).sum();
        let own = parts.clone().map(|part| &part.own);
        let (by_decile, by_segment) = groups.merged(own, GroupMoments::merge);
        Self {
            cost: all.bill.y,
            spend: all.value.y,
            tokens: (0..classes).map(tokens).collect(),
            welfare: Moments::pooled(parts.clone().map(|part| part.welfare)),
            deadweight_loss: Moments::pooled(parts.clone().map(|part| part.deadweight_loss)),
            exclusion: Moments::pooled(parts.clone().map(|part| part.exclusion)),
            distortion: Moments::pooled(parts.clone().map(|part| part.distortion)),
            profit_less_first_best: Moments::pooled(parts.clone().map(|part| part.profit_less_first_best)),
            fine_tuned: Moments::of_share(fine_tuned, all.profit.count),
            top: std::array::from_fn(|share| Paired::pooled(parts.clone().map(move |part| part.top[share]))),
            dearer: dearer.map(|parts| Paired::pooled(parts.into_iter())),
            by_decile,
            by_segment,
            all,
        }
    }

    pub(super) fn merge(&mut self, new: &Self) {
        self.all.merge(&new.all);
        self.cost.merge(&new.cost);
        self.spend.merge(&new.spend);
        merge_groups(&mut self.tokens, &new.tokens, Moments::merge);
        self.welfare.merge(&new.welfare);
        self.deadweight_loss.merge(&new.deadweight_loss);
        self.exclusion.merge(&new.exclusion);
        self.distortion.merge(&new.distortion);
        self.profit_less_first_best.merge(&new.profit_less_first_best);
        self.fine_tuned.merge(&new.fine_tuned);
        for (own, new) in self.top.iter_mut().zip(&new.top) {
            own.merge(new);
        }
        if let Some(new) = &new.dearer {
            self.dearer.get_or_insert_default().merge(new);
        }
        merge_groups(&mut self.by_decile, &new.by_decile, GroupMoments::merge);
        merge_groups(&mut self.by_segment, &new.by_segment, GroupMoments::merge);
    }

    pub(super) fn as_one(&self) -> Self {
        Self {
            all: self.all.as_one(),
            cost: self.cost.as_one(),
            spend: self.spend.as_one(),
            tokens: self.tokens.iter().map(Moments::as_one).collect(),
            welfare: self.welfare.as_one(),
            deadweight_loss: self.deadweight_loss.as_one(),
            exclusion: self.exclusion.as_one(),
            distortion: self.distortion.as_one(),
            profit_less_first_best: self.profit_less_first_best.as_one(),
            fine_tuned: self.fine_tuned.as_one(),
            top: self.top.map(|top| top.as_one()),
            dearer: self.dearer.map(|dearer| dearer.as_one()),
            by_decile: self.by_decile.iter().map(GroupMoments::as_one).collect(),
            by_segment: self.by_segment.iter().map(GroupMoments::as_one).collect(),
        }
    }
}

/// Adds the groups of a block to those of a run.
pub(super) fn merge_groups<T: Clone + Default>(own: &mut Vec<T>, new: &[T], merge: impl Fn(&mut T, &T)) {
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
    welfare: Moments,
    deadweight_loss: Moments,
    exclusion: Moments,
    distortion: Moments,
    profit_less_first_best: Moments,
    /// How many have fine-tuning.
    fine_tuned: u64,
    tokens: Vec<Moments>,
    top: [Paired; 2],
    dearer: Option<Paired>,
}

impl RuleGroup {
    /// The moments of one group: first-best surplus and its moments, who is at the top, and what she chose under the rule.
    pub(super) fn new(first_best: (&[f64], Moments), top: &[TopBuyers; 2], outcomes: &Outcomes) -> Self {
        let buyers = total(&outcomes.served) as u64;
        let own = GroupMoments::of(outcomes, buyers);
        let (first_best, surplus) = first_best;
        let count = surplus.count;
        let (profit, utility) = (&outcomes.profit, &outcomes.utility);
        let nothing = Moments::zeros(count);
        let [welfare, deadweight_loss, less] = if buyers == 0 {
            [nothing, surplus, surplus.scaled(-1.0)]
        } else {
            let welfare = own.utility.mean + own.profit.mean;
            let means = [welfare, surplus.mean - welfare, own.profit.mean - surplus.mean];
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
            let (x, y) = (Moments::of(&outcomes.dearer_spend), own.value.y);
            Paired { x, y, co: products(&outcomes.dearer_spend, &outcomes.spend, x.mean, y.mean) }
        });
        Self {
            buyers,
            welfare,
            deadweight_loss,
            exclusion,
            distortion,
            profit_less_first_best: less,
            fine_tuned: positive(&outcomes.fine_tuning),
            tokens: outcomes.tokens.iter().map(|class| Moments::of(class)).collect(),
            top: top.each_ref().map(|top| top_payments(top, &outcomes.payment, own.bill.x)),
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
    let others = Moments::zeros(top.from as u64);
    Paired { x: Moments::pooled([others, own.of(top.weights.len())].into_iter()), y: all, co }
}
