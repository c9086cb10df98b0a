//! The choices of many buyers at once, column by column.

use std::ops::Range;

use super::Offer;
use crate::choice::{Buyer, Choice};
use crate::technology::{Demand, PowerColumns, Technology};

/// Where the choices of many buyers go: slices as long as there are buyers, in the units of [`Choice`].
#[derive(Debug)]
pub struct ChoiceColumns<'a> {
    /// Item chosen, or [`ChoiceColumns::NOTHING`].
    pub item: &'a mut [u32],
    /// Tokens at cost.
    pub spend: &'a mut [f64],
    /// Fine-tuning.
    pub fine_tuning: &'a mut [f64],
    /// Payment.
    pub payment: &'a mut [f64],
    /// Gross value.
    pub gross_value: &'a mut [f64],
    /// Utility.
    pub utility: &'a mut [f64],
}

impl ChoiceColumns<'_> {
    /// The item of a buyer who bought nothing.
    pub const NOTHING: u32 = u32::MAX;

    /// Writes what buyer `row` chose.
    #[inline]
    pub fn set(&mut self, row: usize, choice: &Choice) {
        self.item[row] = choice.item.unwrap_or(Self::NOTHING);
        self.spend[row] = choice.spend;
        self.fine_tuning[row] = choice.fine_tuning;
        self.payment[row] = choice.payment;
        self.gross_value[row] = choice.gross_value;
        self.utility[row] = choice.utility;
    }

    /// Some of the rows.
    pub(super) fn rows(&mut self, rows: Range<usize>) -> ChoiceColumns<'_> {
        ChoiceColumns {
            item: &mut self.item[rows.clone()],
            spend: &mut self.spend[rows.clone()],
            fine_tuning: &mut self.fine_tuning[rows.clone()],
            payment: &mut self.payment[rows.clone()],
            gross_value: &mut self.gross_value[rows.clone()],
            utility: &mut self.utility[rows],
        }
    }

    /// Writes that nobody buys anything.
    pub(super) fn set_nothing(&mut self) {
        self.item.fill(Self::NOTHING);
        for column in [&mut *self.spend, self.fine_tuning, self.payment, self.gross_value, self.utility] {
            column.fill(0.0);
        }
    }

    /// Writes every choice, of which the row and what stands there as item are known.
    pub(super) fn set_each(&mut self, choice: impl Fn(usize, u32) -> Choice) {
        // Of one length, so that no row is checked in every column.
        let rows = self.item.len();
        let mut columns = ChoiceColumns {
            item: &mut self.item[..rows],
            spend: &mut self.spend[..rows],
            fine_tuning: &mut self.fine_tuning[..rows],
            payment: &mut self.payment[..rows],
            gross_value: &mut self.gross_value[..rows],
            utility: &mut self.utility[..rows],
        };
        for row in 0..rows {
            columns.set(row, &choice(row, columns.item[row]));
        }
    }
}

impl Offer {
    /// What every buyer takes: for each, bit for bit, what [`Offer::choose`] gives.
    ///
    /// `buyer` makes buyers one by one, for offers that look at more than the powers of the index.
    pub fn choose_all<'b>(
        &self,
        technology: &Technology,
        powers: &PowerColumns,
        buyer: impl Fn(usize) -> Buyer<'b>,
        columns: &mut ChoiceColumns,
    ) {
        match self {
            Self::FullExtraction => {
                buy(technology.efficient(), powers, columns);
                // Everybody pays all that it is worth to her.
                columns.payment.copy_from_slice(columns.gross_value);
                columns.utility.fill(0.0);
            }
            Self::Prices { demand, .. } => buy(demand, powers, columns),
            Self::Packages(menu) => menu.choose_all(&powers.index, columns),
            Self::Plans(menu) => menu.choose_all(powers, columns),
            Self::Allocations(menu) => {
                let types = (0..powers.index.len()).map(&buyer).map(|buyer| (buyer.value, buyer.scale));
                menu.choose_all(technology, types, columns);
            }
            Self::Profiles(menu) => columns.set_each(|row, _| menu.choose_for(&buyer(row))),
        }
    }
}

/// What buyers buy at proportional prices.
fn buy(demand: &Demand, powers: &PowerColumns, columns: &mut ChoiceColumns) {
    demand.fill(
        powers,
        [columns.spend, columns.fine_tuning, columns.payment, columns.gross_value, columns.utility],
    );
    for (item, index) in columns.item.iter_mut().zip(&powers.index) {
        *item = if *index > 0.0 { 0 } else { ChoiceColumns::NOTHING };
    }
}
