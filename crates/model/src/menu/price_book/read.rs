//! Reading price books and plans.

use super::{AllowanceTerms, Beyond, PlanTerms, PriceBook};
use crate::config::{ConfigError, NumberKey, Range, Section, check_name};

const FEE: NumberKey = NumberKey { name: "fee", range: Range::Amount, meaning: "fee of the plan in $" };
const MARKUP: NumberKey = NumberKey {
    name: "markup",
    range: Range::PositiveAmount,
    meaning: "all token prices over marginal cost",
};
const FINE_TUNING: NumberKey = NumberKey {
    name: "fine_tuning",
    range: Range::PositiveAmount,
    meaning: "price in $ per Mtok of fine-tuning",
};
const LIMIT: NumberKey = NumberKey {
    name: "limit",
    range: Range::PositiveAmount,
    meaning: "most tokens in $ at the plan's prices",
};
const PRICES: NumberKey =
    NumberKey { name: "prices", range: Range::PositiveAmount, meaning: "price of the class in $ per Mtok" };
const SPEND: NumberKey = NumberKey {
    name: "spend",
    range: Range::PositiveAmount,
    meaning: "tokens included, in $ at the plan's prices",
};
const INCLUDED: NumberKey =
    NumberKey { name: "fine_tuning", range: Range::Amount, meaning: "Mtok of fine-tuning included" };
const TOKENS: NumberKey =
    NumberKey { name: "tokens", range: Range::Amount, meaning: "Mtok of the class included" };

/// Most plans of one menu.
const MOST_PLANS: usize = 200_000;

impl PriceBook {
    /// Reads a whole file.
    ///
    /// # Errors
    /// Names the offending key.
    pub fn read(file: &Section) -> Result<Self, ConfigError> {
        let source = file.text("source", "where the prices stand, for example the address of a page")?;
        let allowed = "the day the prices were read, as \"YYYY-MM-DD\"";
        let date = file.optional_text("date", allowed)?;
        if date.as_deref().is_some_and(|date| !is_date(date)) {
            return Err(file.error("date", allowed));
        }
        let plans = PlanTerms::read_all(file, "plan")?;
        file.finish()?;
        Ok(Self { source, date, plans })
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.char_indices().all(|(at, letter)| match at {
            4 | 7 => letter == '-',
            _ => letter.is_ascii_digit(),
        })
}

impl PlanTerms {
    /// Reads an array of plans.
    ///
    /// # Errors
    /// No plan or too many, a label twice, or a key that is wrong.
    pub fn read_all(section: &Section, key: &'static str) -> Result<Vec<Self>, ConfigError> {
        let allowed = format!("1 to {MOST_PLANS} plans, each with fee and what it includes or sells");
        let sections = section.sections(key, "label", &allowed)?;
        if sections.is_empty() || sections.len() > MOST_PLANS {
            return Err(section.error(key, allowed));
        }
        let mut labels = std::collections::BTreeSet::new();
        let mut plans = Vec::with_capacity(sections.len());
        for (number, plan) in sections.iter().enumerate() {
            let terms = Self::read(plan, number)?;
            if !labels.insert(terms.label.clone()) {
                return Err(plan
                    .error("label", "a label no other plan has")
                    .found_instead(format!("the label \"{}\" twice", terms.label)));
            }
            plans.push(terms);
        }
        Ok(plans)
    }

    fn read(section: &Section, number: usize) -> Result<Self, ConfigError> {
        let label = section
            .optional_text("label", "a name such as \"pro\"")?
            .unwrap_or_else(|| format!("plan-{}", number + 1));
        check_name(&label, true).map_err(|allowed| section.error("label", allowed))?;
        let allowed = "{ spend } in $ or { tokens = { CLASS } } in Mtok, and optionally fine_tuning in Mtok";
        let allowance = section
            .optional_section("allowance", allowed)?
            .map(|section| AllowanceTerms::read(&section, allowed))
            .transpose()?;
        let includes_tokens =
            allowance.as_ref().is_some_and(|own| own.spend.is_some() || own.tokens.is_some());
        let over = if includes_tokens || section.has("over") {
            Some(match section.choice("over", &["prices", "stop"])? {
                "stop" => Beyond::Stop,
                _ => Beyond::Prices,
            })
        } else {
            None
        };
        let terms = Self {
            label,
            fee: section.number(&FEE)?,
            markup: section.optional_number(&MARKUP)?,
            fine_tuning: section.optional_number(&FINE_TUNING)?,
            over,
            limit: section.optional_number(&LIMIT)?,
            prices: section.optional_named_numbers(&PRICES)?,
            allowance,
        };
        if terms.markup.is_some() && terms.prices.is_some() {
            return Err(section.error("markup", "nothing beside prices"));
        }
        if terms.over == Some(Beyond::Stop) && terms.limit.is_some() {
            return Err(section.error("limit", "nothing where over = \"stop\""));
        }
        section.finish()?;
        Ok(terms)
    }
}

impl AllowanceTerms {
    fn read(section: &Section, allowed: &str) -> Result<Self, ConfigError> {
        let read = Self {
            spend: section.optional_number(&SPEND)?,
            fine_tuning: section.optional_number(&INCLUDED)?,
            tokens: section.optional_named_numbers(&TOKENS)?,
        };
        if read.spend.is_some() && read.tokens.is_some() {
            return Err(section.error("tokens", allowed).found_instead("spend and tokens".into()));
        }
        section.finish()?;
        Ok(read)
    }
}
