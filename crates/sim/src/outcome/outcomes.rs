//! The choices of some buyers under one rule.

use model::choice::Choice;
use model::kernel::Aligned;
use model::menu::ChoiceColumns;
use model::technology::Technology;

/// The choices of some buyers under one rule, column by column: of a group while they are folded, of a block where recorded.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// Item chosen, or [`Outcomes::NOTHING`].
    pub item: Aligned<u32>,
    /// Tokens at cost, E, in $.
    pub spend: Aligned<f64>,
    /// Fine-tuning in Mtok.
    pub fine_tuning: Aligned<f64>,
    /// Payment in $.
    pub payment: Aligned<f64>,
    /// Seller's cost in $.
    pub cost: Aligned<f64>,
    /// Payment minus cost in $.
    pub profit: Aligned<f64>,
    /// One if anything was bought, else zero.
    pub served: Aligned<f64>,
    /// Gross value in $.
    pub gross_value: Aligned<f64>,
    /// Utility in $.
    pub utility: Aligned<f64>,
    /// Tokens at cost, in $, if all token prices were [`crate::engine::DEARER`] times as high; empty where tokens have no
    /// price.
    pub dearer_spend: Aligned<f64>,
    /// Mtok class by class; empty where every class is a constant rate of the spend.
    pub tokens: Vec<Vec<f64>>,
    /// Whether it is known, and in every column but the last two written, that nobody buys anything.
    pub nobody_buys: bool,
}

impl Outcomes {
    /// The item of a buyer who bought nothing.
    pub const NOTHING: u32 = ChoiceColumns::NOTHING;

    /// Makes room for the choices of so many buyers: whatever is in it must be written over.
    pub fn make_room(&mut self, buyers: usize) {
        self.item.resize(buyers, Self::NOTHING);
        for column in [
            &mut self.spend,
            &mut self.fine_tuning,
            &mut self.payment,
            &mut self.gross_value,
            &mut self.utility,
        ] {
            column.resize(buyers, 0.0);
        }
    }

    /// Writes that of so many buyers nobody buys anything; what says so already is not written again.
    pub fn set_nothing(&mut self, buyers: usize) {
        if !std::mem::replace(&mut self.nobody_buys, true) {
            self.make_room(0);
            self.make_room_for_accounts(0);
        }
        self.make_room(buyers);
        self.make_room_for_accounts(buyers);
    }

    fn make_room_for_accounts(&mut self, buyers: usize) {
        for column in [&mut self.cost, &mut self.profit, &mut self.served] {
            column.resize(buyers, 0.0);
        }
    }

    /// From what was chosen: cost, profit, and who is served.
    pub fn account(&mut self, technology: &Technology) {
        self.make_room_for_accounts(self.item.len());
        account(
            technology.fine_tuning_cost(),
            &self.item,
            [&self.spend, &self.fine_tuning, &self.payment],
            [&mut self.cost, &mut self.profit, &mut self.served],
        );
    }

    /// The columns that choices fill.
    pub fn columns(&mut self) -> ChoiceColumns<'_> {
        self.nobody_buys = false;
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

    /// Puts what is recorded of them into the rows of a block of so many buyers: who stands at a place here is the buyer
    /// `rows[place]` of the block.
    pub fn put(&self, rows: &[u32], block: &mut Self, buyers: usize) {
        fn put<T: Copy>(rows: &[u32], own: &[T], column: &mut [T]) {
            for (row, own) in rows.iter().zip(own) {
                column[*row as usize] = *own;
            }
        }
        block.make_room(buyers);
        block.cost.resize(buyers, 0.0);
        put(rows, &self.item, &mut block.item);
        put(rows, &self.spend, &mut block.spend);
        put(rows, &self.fine_tuning, &mut block.fine_tuning);
        put(rows, &self.payment, &mut block.payment);
        put(rows, &self.cost, &mut block.cost);
        put(rows, &self.gross_value, &mut block.gross_value);
        put(rows, &self.utility, &mut block.utility);
        block.tokens.resize(self.tokens.len(), Vec::new());
        for (own, column) in self.tokens.iter().zip(&mut block.tokens) {
            column.resize(buyers, 0.0);
            put(rows, own, column);
        }
    }
}

model::kernel! {
    /// From items, and from spend, fine-tuning and payment, to cost, profit and who is served.
    fn account(fine_tuning_cost: f64, items: &[u32], chosen: [&[f64]; 3], accounts: [&mut [f64]; 3]) {
        let buyers = items.len();
        let [spend, fine_tuning, payment] = chosen.map(|column| &column[..buyers]);
        let [cost, profit, served] = accounts.map(|column| &mut column[..buyers]);
        for buyer in 0..buyers {
            let used = spend[buyer] + fine_tuning_cost * fine_tuning[buyer];
            cost[buyer] = used;
            profit[buyer] = payment[buyer] - used;
            served[buyer] = if items[buyer] == Outcomes::NOTHING { 0.0 } else { 1.0 };
        }
    }
}
