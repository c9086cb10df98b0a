//! Menus: what is offered, how a buyer chooses from it, and the certificate that travels with it.

mod allocation;
mod certificate;
mod columns;
mod envelope;
mod package;
mod plan;
mod price_book;
mod profile;
mod restated;
mod row;
mod thresholds;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::choice::{Buyer, Choice};
use crate::technology::{Demand, Prices, Technology};

pub use allocation::AllocationMenu;
pub use certificate::{Certificate, Status};
pub use columns::ChoiceColumns;
pub use package::{Item, PackageMenu};
pub use plan::{Allowance, Over, Plan, PlanMenu};
pub use price_book::{AllowanceTerms, Beyond, PlanTerms, PriceBook};
pub use profile::{ProfileItem, ProfileMenu, TaskItem, value_on_cells};
pub use row::{MenuRow, TaskRow};
pub use thresholds::Thresholds;

/// A designed menu: what is offered, what it is expected to earn, and its certificate.
#[derive(Debug, Clone)]
pub struct Menu {
    /// Unique label of the rule in the market file.
    pub label: String,
    /// Name of the pricing rule.
    pub kind: &'static str,
    /// What buyers choose from.
    pub offer: Offer,
    /// Expected outcome under the belief.
    pub expected: Expected,
    /// Named numbers that describe the menu: markups, number of items.
    pub parameters: BTreeMap<&'static str, f64>,
    /// The proof.
    pub certificate: Certificate,
}

impl Menu {
    /// The items as rows: one per package, tier or plan (allocations: at s = 1), one row for prices and for
    /// full extraction.
    pub fn rows(&self, technology: &Technology) -> Vec<MenuRow> {
        match &self.offer {
            Offer::FullExtraction => vec![MenuRow::bare(technology)],
            Offer::Prices { prices, .. } => vec![MenuRow::of_prices(technology, *prices)],
            Offer::Packages(menu) => menu
                .items()
                .iter()
                .enumerate()
                .map(|(number, item)| MenuRow::of_item(technology, number, item))
                .collect(),
            Offer::Plans(menu) => MenuRow::of_plans(technology, menu),
            Offer::Allocations(menu) => (0..menu.thresholds().len())
                .map(|tier| MenuRow::of_item(technology, tier, &menu.item_at_full_scale(technology, tier)))
                .collect(),
            Offer::Profiles(menu) => {
                (0..menu.items().len()).map(|item| MenuRow::of_profile(technology, item, menu)).collect()
            }
        }
    }

    /// The tasks of all items as rows; none for rules whose items leave the tasks to the buyer.
    pub fn task_rows(&self, technology: &Technology) -> Vec<TaskRow> {
        match &self.offer {
            Offer::Profiles(menu) => TaskRow::of_menu(technology, menu),
            _ => Vec::new(),
        }
    }
}

/// Expected outcome per buyer under the belief, in $ and shares.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Expected {
    /// Revenue minus cost.
    pub profit: f64,
    /// Mean payment.
    pub revenue: f64,
    /// Mean cost of tokens and fine-tuning.
    pub cost: f64,
    /// Mean utility.
    pub consumer_surplus: f64,
    /// Share of buyers who buy.
    pub served_share: f64,
    /// Share of buyers with z > 0.
    pub fine_tuned_share: f64,
}

/// What is offered to every buyer.
#[derive(Debug, Clone)]
pub enum Offer {
    /// Every buyer pays her gross value of the efficient use: the benchmark of full information.
    FullExtraction,
    /// Tokens and tuning at proportional prices.
    Prices {
        /// The posted markups.
        prices: Prices,
        /// What buyers buy at them.
        demand: Demand,
    },
    /// Token packages.
    Packages(PackageMenu),
    /// Plans with a fee, within which buyers pick their tokens.
    Plans(PlanMenu),
    /// Token allocations for value-scale types.
    Allocations(AllocationMenu),
    /// Token allocations for profiles of values.
    Profiles(ProfileMenu),
}

impl Offer {
    /// An offer of proportional prices.
    pub fn prices(technology: &Technology, prices: Prices) -> Self {
        Self::Prices { prices, demand: technology.demand(prices) }
    }

    /// Number of items a buyer can take, besides nothing.
    pub fn len(&self) -> usize {
        match self {
            Self::FullExtraction | Self::Prices { .. } => 1,
            Self::Packages(menu) => menu.items().len(),
            Self::Plans(menu) => menu.plans().len(),
            Self::Allocations(menu) => menu.thresholds().len(),
            Self::Profiles(menu) => menu.items().len(),
        }
    }

    /// Whether buyers choose by the values of their tasks.
    pub fn needs_profiles(&self) -> bool {
        matches!(self, Self::Profiles(menu) if !menu.is_on_cells())
    }

    /// Whether tokens of every class are [`Technology::tokens_per_spend`] times the spend, whoever chooses.
    pub fn splits_at_cost(&self, technology: &Technology) -> bool {
        if let Self::Plans(menu) = self { menu.splits_at_cost(technology) } else { true }
    }

    /// Mtok of every class in a choice from this offer, in the order of the technology.
    pub fn tokens(&self, technology: &Technology, choice: &Choice) -> Vec<f64> {
        match self {
            Self::Plans(menu) => menu.tokens(choice),
            _ => technology.tokens_per_spend().iter().map(|rate| rate * choice.spend).collect(),
        }
    }

    /// Whether nothing can be bought.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Smallest index of a buyer who takes anything: infinite where nobody does, zero where not the index alone decides.
    pub fn sold_from(&self) -> f64 {
        match self {
            Self::Packages(menu) => menu.items().first().map_or(f64::INFINITY, |item| item.threshold),
            Self::Plans(menu) => menu.sold_from(),
            _ => 0.0,
        }
    }

    /// What the buyer gets who takes item number `item`, best for her or not; her utility may be negative.
    ///
    /// Allocations: the item of tier `item` at her own scale.
    pub fn take(&self, technology: &Technology, buyer: &Buyer, item: usize) -> Choice {
        match self {
            Self::FullExtraction | Self::Prices { .. } => self.choose(technology, buyer),
            Self::Packages(menu) => menu.take(item, buyer.powers.index),
            Self::Plans(menu) => menu.take(item, &buyer.powers),
            Self::Allocations(menu) => menu.take(technology, item, buyer.value, buyer.scale),
            Self::Profiles(menu) => menu.take_for(item, buyer),
        }
    }

    /// The buyer takes the best item, or nothing; ties go to the higher item.
    #[inline]
    pub fn choose(&self, technology: &Technology, buyer: &Buyer) -> Choice {
        match self {
            Self::FullExtraction => {
                let used = technology.efficient().at(&buyer.powers).used;
                bought(buyer, used.spend, used.fine_tuning, used.gross_value, used.gross_value)
            }
            Self::Prices { demand, .. } => {
                let purchase = demand.at(&buyer.powers);
                let used = purchase.used;
                bought(buyer, used.spend, used.fine_tuning, purchase.payment, used.gross_value)
            }
            Self::Packages(menu) => menu.choose(buyer.powers.index),
            Self::Plans(menu) => menu.choose(&buyer.powers),
            Self::Allocations(menu) => menu.choose(technology, buyer.value, buyer.scale),
            Self::Profiles(menu) => menu.choose_for(buyer),
        }
    }
}

/// The choice of a buyer without menu items: item 0, or nothing where she has no value.
#[inline]
fn bought(buyer: &Buyer, spend: f64, fine_tuning: f64, payment: f64, gross_value: f64) -> Choice {
    if buyer.powers.index > 0.0 {
        Choice { item: Some(0), spend, fine_tuning, payment, gross_value, utility: gross_value - payment }
    } else {
        Choice::default()
    }
}
