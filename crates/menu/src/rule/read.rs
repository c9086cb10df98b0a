//! Rules as they are written in a market file.

use std::path::Path;
use std::sync::Arc;

use model::config::{ConfigError, IntegerKey, NumberKey, Range, Section, check_name};
use model::menu::{PlanTerms, PriceBook};

use super::{BookError, KINDS, NOT_FOR_SALE, Plans, PostedRule, ReadBooks, Rule, TuningMarkup};

const MARKUP: NumberKey =
    NumberKey { name: "markup", range: Range::PositiveAmount, meaning: "token price over marginal cost" };
const TUNING_MARKUP: NumberKey = NumberKey {
    name: "fine_tuning_markup",
    range: Range::PositiveAmount,
    meaning: "fine-tuning price over marginal cost, or \"not-for-sale\"",
};
const FEE: NumberKey = NumberKey { name: "fee", range: Range::Amount, meaning: "fee in $" };
const ROUND: NumberKey =
    NumberKey { name: "round", range: Range::PositiveAmount, meaning: "step in $ of fees and prices" };
const TIERS: IntegerKey = IntegerKey { name: "tiers", low: 1, high: 1000, meaning: "number of packages" };
const PLANS: IntegerKey =
    IntegerKey { name: "plans", low: 1, high: 1000, meaning: "largest number of plans" };
const TYPES: IntegerKey =
    IntegerKey { name: "types", low: 2, high: 1000, meaning: "types that stand for all buyers" };

impl PostedRule {
    /// Reads one element of `[[rules]]`.
    ///
    /// # Errors
    /// Unknown rules and keys, and parameters out of range.
    pub fn read(section: &Section, books: &dyn ReadBooks) -> Result<Self, ConfigError> {
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
            "two-part" => Rule::TwoPart {
                fee: section.optional_number(&FEE)?,
                markup: section.optional_number(&MARKUP)?,
                fine_tuning_markup: read_tuning_markup(section)?,
            },
            "two-part-menu" => Rule::TwoPartMenu {
                plans: section.optional_integer(&PLANS)?,
                spend_cap: section.optional_boolean("spend_cap", "true or false")?.unwrap_or(false),
            },
            "committed-spend" => Rule::CommittedSpend { plans: section.optional_integer(&PLANS)? },
            "three-part" if section.has_array("plans") => {
                Rule::ThreePart { plans: Plans::Posted(PlanTerms::read_all(section, "plans")?) }
            }
            "three-part" => Rule::ThreePart { plans: Plans::Best(section.integer(&PLANS)?) },
            "price-book" => read_book(section, books)?,
            "packages" => Rule::Packages,
            "allocations" => Rule::Allocations { types: section.optional_integer(&TYPES)? },
            other => unreachable!("{other} is one of KINDS"),
        };
        let round = section.optional_number(&ROUND)?;
        section.finish()?;
        Ok(Self { label: label.unwrap_or_else(|| kind.into()), round, rule })
    }
}

fn read_book(section: &Section, books: &dyn ReadBooks) -> Result<Rule, ConfigError> {
    let allowed = "path of a price book in TOML, relative to this file";
    let file = section.text("file", allowed)?;
    let stated = section.optional_text("hash", "BLAKE3 of the file's content, in hex")?;
    let path = Path::new(section.file()).parent().unwrap_or(Path::new("")).join(&file);
    let (root, hash) = books.read(&path).map_err(|error| match error {
        BookError::Unreadable(found) => {
            section.error("file", allowed).found_instead(format!("{file}: {found}"))
        }
        BookError::Refused(error) => error,
    })?;
    if let Some(stated) = stated.filter(|stated| *stated != hash) {
        let allowed = format!("the hash of {file}, {hash}; leave it out to accept any content");
        return Err(section.error("hash", allowed).found_instead(stated));
    }
    let book = PriceBook::read(&Section::root(&path.display().to_string(), &root)?)?;
    Ok(Rule::PriceBook { file, hash, book: Arc::new(book) })
}

fn read_tuning_markup(section: &Section) -> Result<Option<TuningMarkup>, ConfigError> {
    if let Ok(Some(text)) = section.optional_text(TUNING_MARKUP.name, NOT_FOR_SALE)
        && text == NOT_FOR_SALE
    {
        return Ok(Some(TuningMarkup::NotForSale));
    }
    Ok(section.optional_number(&TUNING_MARKUP)?.map(TuningMarkup::Markup))
}
