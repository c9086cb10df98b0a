//! The pricing rules: one closed enum, and how each is written in a market file.

mod read;

use std::path::Path;
use std::sync::Arc;

use model::config::{ConfigError, Invalid, Node};
use model::menu::{Plan, PlanTerms, PriceBook};
use model::technology::Technology;
use serde::{Serialize, Serializer};

/// Names of all rules, as written in a market file.
pub const KINDS: [&str; 12] = [
    "first-best",
    "marginal-cost",
    "pay-as-you-go",
    "flat",
    "tiers",
    "two-part",
    "two-part-menu",
    "committed-spend",
    "three-part",
    "price-book",
    "packages",
    "allocations",
];

/// A pricing rule. Parameters given are posted as they are; left out they are optimised on the belief.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Rule {
    /// Every buyer pays her gross value of the efficient use: the benchmark of full information.
    FirstBest,
    /// Tokens and tuning at marginal cost.
    MarginalCost,
    /// The API price list: tokens at m c_n, tuning at m_z c_z.
    PayAsYouGo {
        /// m > 0.
        #[serde(skip_serializing_if = "Option::is_none")]
        markup: Option<f64>,
        /// m_z > 0, or not for sale.
        #[serde(skip_serializing_if = "Option::is_none")]
        fine_tuning_markup: Option<TuningMarkup>,
    },
    /// One package: pay t, get (E, z).
    Flat,
    /// At most this many packages, chosen optimally.
    Tiers {
        /// Number of packages.
        tiers: u64,
    },
    /// One two-part tariff: a fee, tokens at m c_n, tuning at m_z c_z.
    TwoPart {
        /// Fee in $ >= 0.
        #[serde(skip_serializing_if = "Option::is_none")]
        fee: Option<f64>,
        /// m > 0.
        #[serde(skip_serializing_if = "Option::is_none")]
        markup: Option<f64>,
        /// m_z > 0, or not for sale.
        #[serde(skip_serializing_if = "Option::is_none")]
        fine_tuning_markup: Option<TuningMarkup>,
    },
    /// Two-part tariffs: a fee with fine-tuning, and tokens at a markup.
    TwoPartMenu {
        /// At most this many plans, chosen optimally; the optimal packages as two-part tariffs unless given.
        #[serde(skip_serializing_if = "Option::is_none")]
        plans: Option<u64>,
        /// Whether a plan sells at most the tokens of the package that it stands for.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        spend_cap: bool,
    },
    /// A budget paid upfront, to be spent on tokens at cost, with fine-tuning.
    CommittedSpend {
        /// At most this many plans, chosen optimally; the optimal packages unless given.
        #[serde(skip_serializing_if = "Option::is_none")]
        plans: Option<u64>,
    },
    /// Three-part tariffs: a fee, an allowance, and what more costs.
    ThreePart {
        /// How many, or which.
        plans: Plans,
    },
    /// Plans out of a file.
    PriceBook {
        /// The file, in TOML, relative to the market file.
        #[serde(skip_serializing_if = "String::is_empty")]
        file: String,
        /// BLAKE3 of its content; a market file that states it accepts no other content.
        hash: String,
        /// What it says.
        #[serde(skip)]
        book: Arc<PriceBook>,
    },
    /// The optimal token packages.
    Packages,
    /// The optimal token allocations.
    Allocations {
        /// Types that stand for all buyers where the belief is about more.
        #[serde(skip_serializing_if = "Option::is_none")]
        types: Option<u64>,
    },
}

/// The plans of a three-part tariff.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Plans {
    /// At most this many, chosen optimally.
    Best(u64),
    /// These, posted as they are.
    Posted(Vec<PlanTerms>),
}

/// Reads the price books that rules name: this crate itself knows nothing of files.
pub trait ReadBooks {
    /// The tree of the TOML file at `path`, and the hash of its content.
    ///
    /// # Errors
    /// The file cannot be read, or is no TOML.
    fn read(&self, path: &Path) -> Result<(Node, String), BookError>;
}

/// Why there is no price book.
#[derive(Debug, Clone, PartialEq)]
pub enum BookError {
    /// What the system says of the file.
    Unreadable(String),
    /// What is wrong in it.
    Refused(ConfigError),
}

/// How fine-tuning is priced when given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TuningMarkup {
    /// At m_z c_z.
    Markup(f64),
    /// Not at all.
    NotForSale,
}

const NOT_FOR_SALE: &str = "not-for-sale";

impl Serialize for TuningMarkup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Markup(markup) => serializer.serialize_f64(*markup),
            Self::NotForSale => serializer.serialize_str(NOT_FOR_SALE),
        }
    }
}

/// A rule with the unique label its results carry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostedRule {
    /// The label; the rule's name unless given.
    pub label: String,
    /// Step in $ that fees and prices are rounded down to; absent: they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<f64>,
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
}

/// Types that stand for all buyers unless the rule says otherwise: solved in seconds.
const DEFAULT_TYPES: u64 = 64;

impl PostedRule {
    /// Checks the rule against the technology it is posted for.
    ///
    /// # Errors
    /// A price for tuning where tuning is not offered.
    pub fn check(&self, technology: &Technology) -> Result<(), Invalid> {
        let here = |invalid: Invalid| invalid.within(&self.label);
        if self.round.is_some() && !self.rule.is_posted_as_plans() {
            let allowed =
                "nothing here: a payment that depends on the buyer's type, or on every task, is no price";
            return Err(here(Invalid::new("round", self.round.unwrap_or(f64::NAN), allowed.into())));
        }
        match &self.rule {
            Rule::PayAsYouGo { fine_tuning_markup: Some(TuningMarkup::Markup(markup)), .. }
            | Rule::TwoPart { fine_tuning_markup: Some(TuningMarkup::Markup(markup)), .. }
                if technology.gamma() == 0.0 =>
            {
                let allowed =
                    "nothing or \"not-for-sale\": technology.fine_tuning is absent or has exponent 0";
                Err(here(Invalid::new("fine_tuning_markup", markup, allowed.into())))
            }
            Rule::ThreePart { plans: Plans::Posted(terms) } => {
                let wrong = |invalid: Invalid| here(invalid.within("plans"));
                let known = terms.iter().try_for_each(|terms| {
                    terms.sells_only_what_there_is(technology).map_err(|invalid| invalid.within(&terms.label))
                });
                known.and_then(|()| resolve(terms, technology)).map(|_| ()).map_err(wrong)
            }
            Rule::PriceBook { file, book, .. } => {
                let wrong = |invalid: Invalid| {
                    let found = format!("{} of {file}: {}", invalid.key, invalid.found);
                    here(Invalid { key: "file".into(), found, allowed: invalid.allowed })
                };
                resolve(&book.plans, technology).map(|_| ()).map_err(wrong)
            }
            _ => Ok(()),
        }
    }

    /// The plans that the rule posts as they are; `None` where it designs what it posts.
    ///
    /// # Errors
    /// As [`PostedRule::check`].
    pub fn plans(&self, technology: &Technology) -> Result<Option<Vec<Plan>>, Invalid> {
        match &self.rule {
            Rule::ThreePart { plans: Plans::Posted(terms) } => resolve(terms, technology).map(Some),
            Rule::PriceBook { book, .. } => resolve(&book.plans, technology).map(Some),
            _ => Ok(None),
        }
    }

    /// The price book that it names, relative to the market file.
    pub fn price_book(&self) -> Option<&Path> {
        if let Rule::PriceBook { file, .. } = &self.rule { Some(Path::new(file)) } else { None }
    }

    /// The same rule without the place that anything was read from.
    #[must_use]
    pub fn without_path(&self) -> Self {
        let mut rule = self.clone();
        if let Rule::PriceBook { file, .. } = &mut rule.rule {
            file.clear();
        }
        rule
    }
}

/// Plans as written, for a technology.
fn resolve(terms: &[PlanTerms], technology: &Technology) -> Result<Vec<Plan>, Invalid> {
    terms.iter().map(|terms| terms.plan(technology).map_err(|invalid| invalid.within(&terms.label))).collect()
}

impl Rule {
    /// The number of packages, or plans that contain them, into which the rule cuts its buyers; `None` where it does not.
    pub fn tiers(&self) -> Option<u64> {
        match self {
            Self::Tiers { tiers } => Some(*tiers),
            Self::CommittedSpend { plans } | Self::TwoPartMenu { plans, spend_cap: true } => *plans,
            _ => None,
        }
    }

    /// Whether what the rule posts is a list of plans, packages or prices.
    pub fn is_posted_as_plans(&self) -> bool {
        !matches!(self, Self::FirstBest | Self::Allocations { .. })
    }

    /// Whether the market file says what the fees are.
    pub fn gives_fees(&self) -> bool {
        let posted = matches!(self, Self::ThreePart { plans: Plans::Posted(_) } | Self::PriceBook { .. });
        posted || matches!(self, Self::TwoPart { fee: Some(_), .. })
    }

    /// How many types the rule is designed for where the belief is about profiles of values; `None`: it is not.
    pub fn types(&self) -> Option<usize> {
        match self {
            Self::Allocations { types } => Some(types.unwrap_or(DEFAULT_TYPES) as usize),
            _ => None,
        }
    }

    /// The rule's name in a market file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::FirstBest => "first-best",
            Self::MarginalCost => "marginal-cost",
            Self::PayAsYouGo { .. } => "pay-as-you-go",
            Self::Flat => "flat",
            Self::Tiers { .. } => "tiers",
            Self::TwoPart { .. } => "two-part",
            Self::TwoPartMenu { .. } => "two-part-menu",
            Self::CommittedSpend { .. } => "committed-spend",
            Self::ThreePart { .. } => "three-part",
            Self::PriceBook { .. } => "price-book",
            Self::Packages => "packages",
            Self::Allocations { .. } => "allocations",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_rule() {
        let rules = [
            Rule::FirstBest,
            Rule::MarginalCost,
            Rule::PayAsYouGo { markup: None, fine_tuning_markup: None },
            Rule::Flat,
            Rule::Tiers { tiers: 3 },
            Rule::TwoPart { fee: None, markup: None, fine_tuning_markup: None },
            Rule::TwoPartMenu { plans: None, spend_cap: false },
            Rule::CommittedSpend { plans: None },
            Rule::ThreePart { plans: Plans::Best(2) },
            Rule::PriceBook {
                file: String::new(),
                hash: String::new(),
                book: Arc::new(PriceBook { source: String::new(), date: None, plans: Vec::new() }),
            },
            Rule::Packages,
            Rule::Allocations { types: None },
        ];
        assert_eq!(rules.map(|rule| rule.kind()), KINDS);
    }
}
