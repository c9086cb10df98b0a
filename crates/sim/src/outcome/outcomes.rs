//! The choices of one block of buyers under one rule.

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
    pub const NOTHING: u32 = u32::MAX;

    /// Room for this many buyers.
    pub fn with_capacity(buyers: usize) -> Self {
        let column = || Vec::with_capacity(buyers);
        Self {
            item: Vec::with_capacity(buyers),
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

    pub(super) fn profit(&self) -> Vec<f64> {
        self.payment.iter().zip(&self.cost).map(|(payment, cost)| payment - cost).collect()
    }

    /// Whether a buyer bought anything.
    pub(super) fn bought(&self, buyer: usize) -> bool {
        self.item[buyer] != Self::NOTHING
    }

    /// One for every buyer who bought anything, else zero.
    pub(super) fn served(&self) -> Vec<f64> {
        (0..self.item.len()).map(|buyer| f64::from(u8::from(self.bought(buyer)))).collect()
    }
}
