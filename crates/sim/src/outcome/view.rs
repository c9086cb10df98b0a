//! What one rule's moments are made of: its columns in the order of the groups.

use std::borrow::Cow;
use std::ops::Range;

use super::groups::Grouping;
use super::outcomes::Outcomes;

/// Columns of a rule in the order of a grouping, where they are in it already by reference.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    /// Payment minus cost.
    pub(super) profit: Cow<'a, [f64]>,
    /// Payment.
    pub(super) payment: Cow<'a, [f64]>,
    /// Seller's cost.
    pub(super) cost: Cow<'a, [f64]>,
    /// Gross value.
    pub(super) gross_value: Cow<'a, [f64]>,
    /// Tokens at cost.
    pub(super) spend: Cow<'a, [f64]>,
    /// Fine-tuning.
    pub(super) fine_tuning: Cow<'a, [f64]>,
    /// Utility.
    pub(super) utility: Cow<'a, [f64]>,
    /// One for whoever bought anything, else zero.
    pub(super) served: Cow<'a, [f64]>,
}

impl<'a> View<'a> {
    pub(super) fn new(grouping: &Grouping, outcome: &'a Outcomes) -> Self {
        Self {
            profit: grouping.ordered(&outcome.profit),
            payment: grouping.ordered(&outcome.payment),
            cost: grouping.ordered(&outcome.cost),
            gross_value: grouping.ordered(&outcome.gross_value),
            spend: grouping.ordered(&outcome.spend),
            fine_tuning: grouping.ordered(&outcome.fine_tuning),
            utility: grouping.ordered(&outcome.utility),
            served: grouping.ordered(&outcome.served),
        }
    }

    /// The same in the order of another grouping of these.
    pub(super) fn regrouped(&'a self, grouping: &Grouping) -> Self {
        Self {
            profit: grouping.ordered(&self.profit),
            payment: grouping.ordered(&self.payment),
            cost: grouping.ordered(&self.cost),
            gross_value: grouping.ordered(&self.gross_value),
            spend: grouping.ordered(&self.spend),
            fine_tuning: grouping.ordered(&self.fine_tuning),
            utility: grouping.ordered(&self.utility),
            served: grouping.ordered(&self.served),
        }
    }

    /// Profit, payment, cost, gross value, spend and utility of some places.
    pub(super) fn columns(&self, range: Range<usize>) -> [&[f64]; 6] {
        [&self.profit, &self.payment, &self.cost, &self.gross_value, &self.spend, &self.utility]
            .map(|column| &column[range.clone()])
    }
}
