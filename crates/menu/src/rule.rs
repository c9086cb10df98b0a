//! The pricing rules: one closed enum, and how each is written in a market file.

use model::config::{ConfigError, IntegerKey, Invalid, NumberKey, Range, Section, check_name};
use model::technology::Technology;
use serde::{Serialize, Serializer};

/// Names of all rules, as written in a market file.
pub const KINDS: [&str; 9] = [
    "first-best",
    "marginal-cost",
    "pay-as-you-go",
    "flat",
    "tiers",
    "two-part-menu",
    "committed-spend",
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
    /// The optimal token packages.
    Packages,
    /// The optimal token allocations.
    Allocations {
        /// Types that stand for all buyers where the belief is about more.
        #[serde(skip_serializing_if = "Option::is_none")]
        types: Option<u64>,
    },
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
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
}

const MARKUP: NumberKey =
    NumberKey { name: "markup", range: Range::Positive, meaning: "token price over marginal cost" };
const TUNING_MARKUP: NumberKey = NumberKey {
    name: "fine_tuning_markup",
    range: Range::Positive,
    meaning: "fine-tuning price over marginal cost, or \"not-for-sale\"",
};
const TIERS: IntegerKey = IntegerKey { name: "tiers", low: 1, high: 1000, meaning: "number of packages" };
const PLANS: IntegerKey =
    IntegerKey { name: "plans", low: 1, high: 1000, meaning: "largest number of plans" };
const TYPES: IntegerKey =
    IntegerKey { name: "types", low: 2, high: 1000, meaning: "types that stand for all buyers" };

/// Types that stand for all buyers unless the rule says otherwise: solved in seconds.
const DEFAULT_TYPES: u64 = 64;

impl PostedRule {
    /// Reads one element of `[[rules]]`.
    ///
    /// # Errors
    /// Unknown rules and keys, and parameters out of range.
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let kind = section.choice("rule", &KINDS)?;
        let label = section.optional_text("label", "a name such as \"three-tiers\"")?;
        if let Some(label) = &label {
            check_name(label, true).map_err(|allowed| section.error("label", allowed))?;
        }
        let rule = match kind {
            "first-best" => Rule::FirstBest,
            "marginal-cost" => Rule::MarginalCost,
            "pay-as-you-go" => Rule::PayAsYouGo {
                markup: section.optional_number(&MARKUP)?,
                fine_tuning_markup: read_tuning_markup(section)?,
            },
            "flat" => Rule::Flat,
            "tiers" => Rule::Tiers { tiers: section.integer(&TIERS)? },
            "two-part-menu" => Rule::TwoPartMenu {
                plans: section.optional_integer(&PLANS)?,
                spend_cap: section.optional_boolean("spend_cap", "true or false")?.unwrap_or(false),
            },
            "committed-spend" => Rule::CommittedSpend { plans: section.optional_integer(&PLANS)? },
            "packages" => Rule::Packages,
            "allocations" => Rule::Allocations { types: section.optional_integer(&TYPES)? },
            other => unreachable!("{other} is one of KINDS"),
        };
        section.finish()?;
        Ok(Self { label: label.unwrap_or_else(|| kind.into()), rule })
    }

    /// Checks the rule against the technology it is posted for.
    ///
    /// # Errors
    /// A price for tuning where tuning is not offered.
    pub fn check(&self, technology: &Technology) -> Result<(), Invalid> {
        match self.rule {
            Rule::PayAsYouGo { fine_tuning_markup: Some(TuningMarkup::Markup(markup)), .. }
                if technology.gamma() == 0.0 =>
            {
                let allowed =
                    "nothing or \"not-for-sale\": technology.fine_tuning is absent or has exponent 0";
                Err(Invalid::new("fine_tuning_markup", markup, allowed.into()).within(&self.label))
            }
            _ => Ok(()),
        }
    }
}

fn read_tuning_markup(section: &Section) -> Result<Option<TuningMarkup>, ConfigError> {
    if let Ok(Some(text)) = section.optional_text(TUNING_MARKUP.name, NOT_FOR_SALE)
        && text == NOT_FOR_SALE
    {
        return Ok(Some(TuningMarkup::NotForSale));
    }
    Ok(section.optional_number(&TUNING_MARKUP)?.map(TuningMarkup::Markup))
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
            Self::TwoPartMenu { .. } => "two-part-menu",
            Self::CommittedSpend { .. } => "committed-spend",
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
            Rule::TwoPartMenu { plans: None, spend_cap: false },
            Rule::CommittedSpend { plans: None },
            Rule::Packages,
            Rule::Allocations { types: None },
        ];
        assert_eq!(rules.map(|rule| rule.kind()), KINDS);
    }
}
