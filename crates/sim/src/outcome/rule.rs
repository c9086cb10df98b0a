//! Moments of one rule.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::groups::{Grouping, Groups, TopBuyers};
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::paired::Paired;
use super::sums::{Centred, of_columns, of_losses, of_surplus, of_weighted, products, total};
use super::view::View;

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

    /// Whether nobody in the group buys anything.
    pub(super) fn buys_nothing(&self) -> bool {
        self.served.mean == 0.0
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
    /// The moments of one block; first-best surplus and columns in the order of the deciles.
    pub(super) fn of(groups: &Groups, first_best: &[f64], outcome: &Outcomes, view: &View) -> Self {
        let by_decile = group_moments(&groups.deciles, view);
        let by_segment = groups
            .segments
            .as_ref()
            .map_or_else(Vec::new, |segments| group_moments(segments, &view.regrouped(segments)));
        let mut all = GroupMoments::default();
        for group in &by_decile {
            all.merge(group);
        }
        let [welfare, deadweight_loss, exclusion, distortion, profit_less_first_best] =
            surplus_moments(&groups.deciles, first_best, view, &by_decile);
        let fine_tuned = view.fine_tuning.iter().filter(|tuning| **tuning > 0.0).count() as u64;
        let dearer = groups.deciles.ordered(&outcome.dearer_spend);
        let top = groups.top.each_ref().map(|top| top_payments(top, &view.payment, all.bill.x));
        Self {
            cost: all.bill.y,
            spend: all.value.y,
            all,
            tokens: outcome.tokens.iter().map(|class| Moments::of(class)).collect(),
            exclusion,
            distortion,
            deadweight_loss,
            welfare,
            profit_less_first_best,
            fine_tuned: Moments::of_share(fine_tuned, first_best.len() as u64),
            top,
            dearer: (!dearer.is_empty()).then(|| Paired::of(&dearer, &view.spend)),
            by_decile,
            by_segment,
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

/// Moments of welfare, deadweight loss, that of who buys nothing and of who buys, and of profit less first-best surplus: group by
/// group, since in most either everybody buys or nobody.
fn surplus_moments(
    groups: &Grouping,
    first_best: &[f64],
    view: &View,
    moments: &[GroupMoments],
) -> [Moments; 5] {
    let of_group = |(range, moments): (Range<usize>, &GroupMoments)| {
        let buyers = range.len();
        let of = |centred: Centred| centred.of(buyers);
        let nothing = Moments::zeros(buyers as u64);
        let (first_best, served) = (&first_best[range.clone()], &view.served[range.clone()]);
        let (profit, utility) = (&view.profit[range.clone()], &view.utility[range]);
        if moments.buys_nothing() {
            let loss = Moments::of(first_best);
            return [nothing, loss, loss, nothing, loss.scaled(-1.0)];
        }
        let [welfare, loss, less] = of_surplus(first_best, profit, utility).map(of);
        let [exclusion, distortion] = if moments.served.mean == 1.0 {
            [nothing, loss]
        } else {
            of_losses(first_best, profit, utility, served).map(of)
        };
        [welfare, loss, exclusion, distortion, less]
    };
    let parts: Vec<[Moments; 5]> = groups.ranges().zip(moments).map(of_group).collect();
    std::array::from_fn(|which| Moments::pooled(parts.iter().map(|part| &part[which])))
}

/// Payments x of the buyers at the top, zero for the others, beside all payments y.
///
/// ```text
/// Σ (x - x̄)(y - ȳ) = Σ x (y - ȳ)
/// ```
fn top_payments(top: &TopBuyers, payments: &[f64], all: Moments) -> Paired {
    let (own, co) = of_weighted(&top.weights, &payments[top.from..], all.mean);
    let others = Moments::zeros(top.from as u64);
    Paired { x: Moments::pooled([others, own.of(top.weights.len())].iter()), y: all, co }
}

/// Moments of every column in each group.
fn group_moments(groups: &Grouping, view: &View) -> Vec<GroupMoments> {
    let of_group = |range: Range<usize>| {
        let buyers = range.len();
        let (columns, served) = (view.columns(range.clone()), total(&view.served[range]));
        if served == 0.0 {
            return GroupMoments::nobody(buyers as u64);
        }
        let [_, payment, cost, gross_value, spend, _] = columns;
        let [profit, paid, costs, value, spent, utility] = of_columns(columns).map(|of| of.of(buyers));
        GroupMoments {
            profit,
            bill: Paired { x: paid, y: costs, co: products(payment, cost, paid.mean, costs.mean) },
            value: Paired { x: value, y: spent, co: products(gross_value, spend, value.mean, spent.mean) },
            utility,
            served: Moments::of_share(served as u64, buyers as u64),
        }
    };
    groups.ranges().map(of_group).collect()
}
