//! The choices of one block of buyers under one rule.

use model::choice::Choice;
use model::menu::ChoiceColumns;

/// The choices of one block of buyers under one rule, column by column.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// Item chosen, or [`Outcomes::NOTHING`].
    pub item: Vec<u32>,
    /// Tokens at cost, E, in $.
    pub spend: Vec<f64>,
    /// Fine-tuning in Mtok.
    pub fine_tuning: Vec<f64>,
    /// Payment in $.
    pub payment: Vec<f64>,
    /// Seller's cost in $.
    pub cost: Vec<f64>,
    /// Gross value in $.
    pub gross_value: Vec<f64>,
    /// Utility in $.
    pub utility: Vec<f64>,
    /// Tokens at cost, in $, if all token prices were [`crate::engine::DEARER`] times as high; empty where tokens have no
    /// price.
    pub dearer_spend: Vec<f64>,
    /// Mtok class by class; empty where every class is a constant rate of the spend.
    pub tokens: Vec<Vec<f64>>,
}

impl Outcomes {
    /// The item of a buyer who bought nothing.
    pub const NOTHING: u32 = ChoiceColumns::NOTHING;

    /// A row of zeros for each of so many buyers.
    pub fn of_nobody(buyers: usize) -> Self {
        let column = || vec![0.0; buyers];
        Self {
            item: vec![Self::NOTHING; buyers],
            spend: column(),
            fine_tuning: column(),
            payment: column(),
            cost: column(),
            gross_value: column(),
            utility: column(),
            dearer_spend: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// The columns that choices fill.
    pub fn columns(&mut self) -> ChoiceColumns<'_> {
        ChoiceColumns {
            item: &mut self.item,
            spend: &mut self.spend,
            fine_tuning: &mut self.fine_tuning,
            payment: &mut self.payment,
            gross_value: &mut self.gross_value,
            utility: &mut self.utility,
        }
    }

    /// What the buyer in a row chose.
    pub fn choice(&self, row: usize) -> Choice {
        Choice {
            item: Some(self.item[row]).filter(|item| *item != Self::NOTHING),
            spend: self.spend[row],
            fine_tuning: self.fine_tuning[row],
            payment: self.payment[row],
            gross_value: self.gross_value[row],
            utility: self.utility[row],
        }
    }

    /// The same buyers in another order: who stands in row i stands in row `rows[i]` of the result.
    #[must_use]
    pub fn in_rows(&self, rows: &[u32]) -> Self {
        let float = |column: &Vec<f64>| {
            let mut moved = vec![0.0; column.len()];
            for (row, value) in rows.iter().zip(column) {
                moved[*row as usize] = *value;
            }
            moved
        };
        let mut item = vec![0; self.item.len()];
        for (row, own) in rows.iter().zip(&self.item) {
            item[*row as usize] = *own;
        }
        Self {
            item,
            spend: float(&self.spend),
            fine_tuning: float(&self.fine_tuning),
            payment: float(&self.payment),
            cost: float(&self.cost),
            gross_value: float(&self.gross_value),
            utility: float(&self.utility),
            dearer_spend: float(&self.dearer_spend),
            tokens: self.tokens.iter().map(float).collect(),
        }
    }

    /// One for every buyer who bought anything, else zero.
    pub(super) fn served(&self) -> Vec<f64> {
        self.item.iter().map(|item| if *item == Self::NOTHING { 0.0 } else { 1.0 }).collect()
    }
}
