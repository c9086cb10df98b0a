//! Token packages chosen by thresholds.

use super::{ChoiceColumns, Thresholds};
use crate::choice::Choice;
use crate::kernel;

/// One package of a menu, in one line of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Item {
    /// Smallest index θ in $ (value w for allocations) that chooses the item.
    pub threshold: f64,
    /// The virtual value φ in $ it is efficient for.
    pub virtual_value: f64,
    /// Aggregate precision q.
    pub precision: f64,
    /// Tokens at cost, E, in $.
    pub spend: f64,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Payment t in $.
    pub payment: f64,
    /// Utility U in $ of the type at the threshold.
    pub utility: f64,
}

/// Token packages chosen by thresholds in θ.
///
/// Type θ_k is exactly indifferent between items k and k-1, so the choice is the largest k with θ >= θ_k, never a
/// floating-point argmax. Between thresholds utility is `U_k + q_k (θ - θ_k)`, which is never negative.
#[derive(Debug, Clone)]
pub struct PackageMenu {
    thresholds: Thresholds,
    items: Vec<Item>,
}

impl PackageMenu {
    /// A menu of items with strictly ascending thresholds.
    pub fn new(items: Vec<Item>) -> Self {
        Self { thresholds: Thresholds::new(items.iter().map(|item| item.threshold).collect()), items }
    }

    /// The items by ascending threshold.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The position of the item that type θ chooses.
    #[inline]
    pub fn position(&self, index: f64) -> Option<usize> {
        self.thresholds.reached_by(index).checked_sub(1)
    }

    /// What every type chooses, bit for bit as [`PackageMenu::choose`] has it.
    ///
    /// Neighbours who take the same item all at once where they are many; else first where to look, then what is there: loads
    /// that do not wait for each other.
    pub(super) fn choose_all(&self, indices: &[f64], columns: &mut ChoiceColumns) {
        if self.thresholds.have_long_runs(indices) {
            for (rows, reached) in self.thresholds.runs(indices) {
                let mut columns = columns.rows(rows.clone());
                match reached.checked_sub(1) {
                    Some(position) => self.take_all(position, &indices[rows], &mut columns),
                    None => columns.set_nothing(),
                }
            }
            return;
        }
        self.thresholds.reached_by_each(indices, columns.item);
        for item in &mut *columns.item {
            // None at all leaves the number of nothing.
            *item = item.wrapping_sub(1);
        }
        columns.set_each(|row, item| match item {
            ChoiceColumns::NOTHING => Choice::default(),
            position => self.take(position as usize, indices[row]),
        });
    }

    /// What types get who all take the item at this position, bit for bit as [`PackageMenu::take`] has it.
    fn take_all(&self, position: usize, indices: &[f64], columns: &mut ChoiceColumns) {
        let item = &self.items[position];
        columns.item.fill(position as u32);
        columns.spend.fill(item.spend);
        columns.fine_tuning.fill(item.fine_tuning);
        columns.payment.fill(item.payment);
        enjoy(item, indices, columns.gross_value, columns.utility);
    }

    #[inline]
    pub(super) fn choose(&self, index: f64) -> Choice {
        self.position(index).map_or_else(Choice::default, |position| self.take(position, index))
    }

    /// What type θ gets who takes the item at this position.
    #[inline]
    pub(super) fn take(&self, position: usize, index: f64) -> Choice {
        let item = &self.items[position];
        let utility = item.utility + item.precision * (index - item.threshold);
        Choice {
            item: Some(position as u32),
            spend: item.spend,
            fine_tuning: item.fine_tuning,
            payment: item.payment,
            gross_value: utility + item.payment,
            utility,
        }
    }
}

kernel! {
    /// Gross value and utility of types who take an item.
    fn enjoy(item: &Item, indices: &[f64], gross_values: &mut [f64], utilities: &mut [f64]) {
        for ((index, gross_value), utility) in indices.iter().zip(gross_values).zip(utilities) {
            *utility = item.utility + item.precision * (index - item.threshold);
            *gross_value = *utility + item.payment;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Offer;
    use super::*;

    /// Below the first threshold, on each and between them, and where there is nothing to choose.
    #[test]
    fn columns_are_chosen_as_one_by_one() {
        let item = |threshold: f64| Item {
            threshold,
            virtual_value: threshold,
            precision: 2.0 * threshold,
            spend: 0.5 * threshold,
            fine_tuning: threshold - 1.0,
            payment: 0.25 * threshold,
            utility: 0.125 * threshold,
        };
        let indices = [0.0, 0.99, 1.0, 1.5, 2.0, 2.000_1, 1e300];
        // Each alone, and enough of each in a row for runs of neighbours, one stray among them.
        let many: Vec<f64> = indices.iter().flat_map(|index| [*index; 20]).chain([1.5, 0.5, 1e300]).collect();
        for (thresholds, indices, buyers) in [
            (vec![], &indices[..], 0),
            (vec![1.0, 2.0, 3.0], &indices, 5),
            (vec![], &many, 0),
            (vec![1.0, 2.0, 3.0], &many, 102),
        ] {
            let menu = PackageMenu::new(thresholds.into_iter().map(item).collect());
            let mut item = vec![7; indices.len()];
            let mut figures = [(); 5].map(|()| vec![f64::NAN; indices.len()]);
            let [spend, fine_tuning, payment, gross_value, utility] = &mut figures;
            let mut columns =
                ChoiceColumns { item: &mut item, spend, fine_tuning, payment, gross_value, utility };
            menu.choose_all(indices, &mut columns);
            let [spend, fine_tuning, payment, gross_value, utility] = figures;
            for (row, index) in indices.iter().copied().enumerate() {
                let found = Choice {
                    item: Some(item[row]).filter(|item| *item != ChoiceColumns::NOTHING),
                    spend: spend[row],
                    fine_tuning: fine_tuning[row],
                    payment: payment[row],
                    gross_value: gross_value[row],
                    utility: utility[row],
                };
                assert_eq!(found, menu.choose(index), "{index}");
            }
            assert_eq!(item.iter().filter(|item| **item != ChoiceColumns::NOTHING).count(), buyers);
            let (first, offer) = (menu.items.first().map(|item| item.threshold), Offer::Packages(menu));
            assert_eq!(offer.sold_from(), first.unwrap_or(f64::INFINITY));
        }
    }
}
