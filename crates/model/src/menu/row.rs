//! Menus as rows of a table.

use serde::Serialize;

use super::package::Item;
use crate::technology::{Prices, Technology};

/// A row of `menus/LABEL.parquet`; `None` where the rule has no such figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MenuRow {
    /// Number of the item, from 0.
    pub item: u32,
    /// Smallest index in $ (value for allocations) that chooses the item.
    pub threshold: Option<f64>,
    /// Virtual value in $.
    pub virtual_value: Option<f64>,
    /// Price over cost at the margin: θ/φ for packages, the posted markup for prices.
    pub markup: Option<f64>,
    /// Posted markup on fine-tuning.
    pub fine_tuning_markup: Option<f64>,
    /// Aggregate precision.
    pub precision: Option<f64>,
    /// Tokens at cost in $.
    pub spend: Option<f64>,
    /// Mtok per class, in the order of the technology.
    pub tokens: Vec<Option<f64>>,
    /// Fine-tuning in Mtok.
    pub fine_tuning: Option<f64>,
    /// Payment in $.
    pub payment: Option<f64>,
    /// Utility of the type at the threshold, in $.
    pub utility: Option<f64>,
}

impl MenuRow {
    pub(super) fn of_item(technology: &Technology, number: usize, item: &Item) -> Self {
        Self {
            item: number as u32,
            threshold: Some(item.threshold),
            virtual_value: Some(item.virtual_value),
            markup: Some(item.threshold / item.virtual_value),
            fine_tuning_markup: None,
            precision: Some(item.precision),
            spend: Some(item.spend),
            tokens: technology.tokens_per_spend().iter().map(|rate| Some(rate * item.spend)).collect(),
            fine_tuning: Some(item.fine_tuning),
            payment: Some(item.payment),
            utility: Some(item.utility),
        }
    }

    /// The figure in a column of [`crate::column::menus`] after `item`; `classes` are those of the technology.
    pub fn get(&self, column: &str, classes: &[&str]) -> Option<f64> {
        match column {
            "threshold" => self.threshold,
            "virtual_value" => self.virtual_value,
            "markup" => self.markup,
            "fine_tuning_markup" => self.fine_tuning_markup,
            "precision" => self.precision,
            "spend" => self.spend,
            "fine_tuning" => self.fine_tuning,
            "payment" => self.payment,
            "utility" => self.utility,
            _ => {
                let class = column.strip_prefix("tokens_")?;
                self.tokens[classes.iter().position(|own| *own == class)?]
            }
        }
    }

    /// The one item of a rule that has no figures of its own: full extraction.
    pub(super) fn bare(technology: &Technology) -> Self {
        Self { markup: None, fine_tuning_markup: None, ..Self::of_prices(technology, Prices::MARGINAL_COST) }
    }

    pub(super) fn of_prices(technology: &Technology, prices: Prices) -> Self {
        Self {
            item: 0,
            threshold: None,
            virtual_value: None,
            markup: Some(prices.token_markup),
            fine_tuning_markup: prices.fine_tuning_markup,
            precision: None,
            spend: None,
            tokens: vec![None; technology.tokens_per_spend().len()],
            fine_tuning: None,
            payment: None,
            utility: None,
        }
    }
}
