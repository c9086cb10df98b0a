//! Menus as rows of a table.

use serde::Serialize;

use super::package::Item;
use super::plan::PlanMenu;
use super::profile::ProfileMenu;
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
    /// Fee of a plan in $.
    pub fee: Option<f64>,
    /// Tokens at cost that the fee includes, in $.
    pub allowance: Option<f64>,
    /// Most tokens at cost in $.
    pub spend_cap: Option<f64>,
    /// Price per Mtok of each class beyond the allowance, in the order of the technology.
    pub prices: Vec<Option<f64>>,
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
            fee: None,
            allowance: None,
            spend_cap: None,
            prices: vec![None; technology.tokens_per_spend().len()],
            precision: Some(item.precision),
            spend: Some(item.spend),
            tokens: technology.tokens_per_spend().iter().map(|rate| Some(rate * item.spend)).collect(),
            fine_tuning: Some(item.fine_tuning),
            payment: Some(item.payment),
            utility: Some(item.utility),
        }
    }

    /// Plans, each with what its threshold type uses and pays.
    pub(super) fn of_plans(technology: &Technology, menu: &PlanMenu) -> Vec<Self> {
        (0..menu.plans().len()).map(|number| Self::of_plan(technology, menu, number)).collect()
    }

    fn of_plan(technology: &Technology, menu: &PlanMenu, number: usize) -> Self {
        let plan = &menu.plans()[number];
        let threshold = Some(menu.thresholds()[number]).filter(|threshold| !threshold.is_nan());
        let taken = threshold.map(|threshold| menu.take(number, &technology.powers(threshold)));
        let priced = |price: &f64| Some(*price).filter(|_| plan.sells_tokens());
        let prices: Vec<Option<f64>> = plan.prices.iter().map(priced).collect();
        let classes = technology.tokens_per_spend().len();
        Self {
            item: number as u32,
            threshold,
            virtual_value: None,
            markup: plan.markup(technology),
            fine_tuning_markup: plan.fine_tuning_price.map(|price| price / technology.fine_tuning_cost()),
            fee: Some(plan.fee),
            allowance: Some(plan.allowance_at_cost(technology)),
            spend_cap: plan.limit_at_cost(technology),
            prices: if prices.is_empty() { vec![None; classes] } else { prices },
            // Whoever has any value takes a plan for nothing.
            precision: taken
                .zip(threshold.filter(|threshold| *threshold > 0.0))
                .map(|(taken, threshold)| taken.gross_value / threshold),
            spend: taken.map(|taken| taken.spend),
            tokens: taken
                .map_or(vec![None; classes], |taken| menu.tokens(&taken).into_iter().map(Some).collect()),
            fine_tuning: taken.map(|taken| taken.fine_tuning),
            payment: taken.map(|taken| taken.payment),
            utility: taken.map(|taken| taken.utility),
        }
    }

    pub(super) fn of_profile(technology: &Technology, number: usize, menu: &ProfileMenu) -> Self {
        let (item, spend) = (&menu.items()[number], menu.spend(number));
        Self {
            item: number as u32,
            precision: Some(menu.precision(number)),
            spend: Some(spend),
            tokens: technology.tokens_per_spend().iter().map(|rate| Some(rate * spend)).collect(),
            fine_tuning: Some(item.fine_tuning),
            payment: Some(item.payment),
            utility: Some(item.utility),
            ..Self::bare(technology)
        }
    }

    /// The figure in a column of [`crate::column::menus`] after `item`; `classes` are those of the technology.
    pub fn get(&self, column: &str, classes: &[&str]) -> Option<f64> {
        match column {
            "threshold" => self.threshold,
            "virtual_value" => self.virtual_value,
            "markup" => self.markup,
            "fine_tuning_markup" => self.fine_tuning_markup,
            "fee" => self.fee,
            "allowance" => self.allowance,
            "spend_cap" => self.spend_cap,
            "precision" => self.precision,
            "spend" => self.spend,
            "fine_tuning" => self.fine_tuning,
            "payment" => self.payment,
            "utility" => self.utility,
            _ => {
                let of = |figures: &[Option<f64>], class: &str| {
                    figures[classes.iter().position(|own| *own == class)?]
                };
                match column.strip_prefix("price_") {
                    Some(class) => of(&self.prices, class),
                    None => of(&self.tokens, column.strip_prefix("tokens_")?),
                }
            }
        }
    }

    /// The one item of a rule that has no figures of its own: full extraction.
    pub(super) fn bare(technology: &Technology) -> Self {
        Self {
            markup: None,
            fine_tuning_markup: None,
            prices: prices_at(technology, None),
            ..Self::of_prices(technology, Prices::MARGINAL_COST)
        }
    }

    pub(super) fn of_prices(technology: &Technology, prices: Prices) -> Self {
        Self {
            item: 0,
            threshold: None,
            virtual_value: None,
            markup: Some(prices.token_markup),
            fine_tuning_markup: prices.fine_tuning_markup,
            fee: None,
            allowance: None,
            spend_cap: None,
            prices: prices_at(technology, Some(prices.token_markup)),
            precision: None,
            spend: None,
            tokens: vec![None; technology.tokens_per_spend().len()],
            fine_tuning: None,
            payment: None,
            utility: None,
        }
    }
}

/// m c_n in $ per Mtok for each class; nothing where tokens are not sold by the piece.
fn prices_at(technology: &Technology, markup: Option<f64>) -> Vec<Option<f64>> {
    technology.config().tokens.iter().map(|class| markup.map(|markup| markup * class.cost)).collect()
}

/// A row of `menus/LABEL.tasks.parquet`: one task of one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRow {
    /// Number of the item, from 0.
    pub item: u32,
    /// Number of the task, from 0.
    pub task: u32,
    /// Mass μ_i of the task.
    pub mass: f64,
    /// Value w_i of the type the item is meant for, in $ per unit precision.
    pub value: f64,
    /// Virtual value ω_i the item is efficient for, in $ per unit precision.
    pub virtual_value: Option<f64>,
    /// Tokens at cost e_i in $ per unit of mass.
    pub spend: f64,
    /// Precision v_i.
    pub precision: f64,
    /// Precision of the type's efficient use.
    pub efficient_precision: f64,
    /// Precision minus efficient precision.
    pub distortion: f64,
}

impl TaskRow {
    /// The tasks of all items, item by item.
    pub(super) fn of_menu(technology: &Technology, menu: &ProfileMenu) -> Vec<Self> {
        let mut rows = Vec::with_capacity(menu.items().len() * menu.masses().len());
        for (number, item) in menu.items().iter().enumerate() {
            let values: Vec<f64> = item.tasks.iter().map(|task| task.value).collect();
            let efficient = technology.profile_use(menu.masses(), &values).precisions;
            for (task, cell) in item.tasks.iter().enumerate() {
                rows.push(Self {
                    item: number as u32,
                    task: task as u32,
                    mass: menu.masses()[task],
                    value: cell.value,
                    virtual_value: cell.virtual_value,
                    spend: cell.spend,
                    precision: cell.precision,
                    efficient_precision: efficient[task],
                    distortion: cell.precision - efficient[task],
                });
            }
        }
        rows
    }

    /// The figure in a column of [`crate::column::menu_tasks`] after `item` and `task`.
    pub fn get(&self, column: &str) -> Option<f64> {
        match column {
            "mass" => Some(self.mass),
            "value" => Some(self.value),
            "virtual_value" => self.virtual_value,
            "spend" => Some(self.spend),
            "precision" => Some(self.precision),
            "efficient_precision" => Some(self.efficient_precision),
            "distortion" => Some(self.distortion),
            _ => None,
        }
    }
}
