//! The section `[technology]`: keys, ranges, and what exponents may sum to.

use serde::Serialize;
use serde::ser::SerializeSeq;

use super::Aggregator;
use crate::config::{ConfigError, Invalid, NumberKey, Range, Section, check_name};
use crate::tolerance::PROBABILITY_SUM;

/// One class of tokens as configured.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenClass {
    /// Name of the class: `[a-z0-9][a-z0-9_]*`, part of the column `tokens_CLASS`.
    pub class: String,
    /// Elasticity α_n > 0 of precision in tokens of this class; with [`Aggregator::Ces`] the `share` a_n > 0.
    pub exponent: f64,
    /// Marginal cost c_n > 0 in $ per Mtok.
    pub cost: f64,
}

/// Fine-tuning as configured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FineTuning {
    /// Elasticity γ >= 0 of precision in the quality b + z.
    pub exponent: f64,
    /// Marginal cost c_z > 0 in $ per Mtok.
    pub cost: f64,
    /// Largest amount z_max > 0 in Mtok that can be sold; absent: no cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
}

/// The section `[technology]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TechnologyConfig {
    /// Quality b > 0 of the untuned model.
    pub base_quality: f64,
    /// How classes combine.
    pub aggregator: Aggregator,
    /// Token classes, at least one.
    pub tokens: Vec<TokenClass>,
    /// Fine-tuning; absent: not offered.
    pub fine_tuning: Option<FineTuning>,
}

const BASE_QUALITY: NumberKey =
    NumberKey { name: "base_quality", range: Range::PositiveAmount, meaning: "quality of the untuned model" };
const EXPONENT: NumberKey = NumberKey {
    name: "exponent",
    range: Range::OpenUnit,
    meaning: "elasticity of precision in these tokens; a share needs aggregator = { ces = ... }",
};
const SHARE: NumberKey = NumberKey {
    name: "share",
    range: Range::Positive,
    meaning: "share of these tokens in the aggregator ces, instead of an exponent",
};
const TUNING_EXPONENT: NumberKey =
    NumberKey { name: "exponent", range: Range::UnitBelowOne, meaning: "elasticity of precision in quality" };
const COST: NumberKey =
    NumberKey { name: "cost", range: Range::PositiveAmount, meaning: "marginal cost in $ per Mtok" };
const MAXIMUM: NumberKey =
    NumberKey { name: "maximum", range: Range::PositiveAmount, meaning: "largest fine-tuning in Mtok" };

/// Most token classes a technology may have.
const MOST_CLASSES: usize = 64;

impl TechnologyConfig {
    /// Reads the section `[technology]`.
    ///
    /// # Errors
    /// Names the offending key; the ranges are those of [`super::Technology::new`].
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let base_quality = section.number(&BASE_QUALITY)?;
        let aggregator = Aggregator::read(section)?;
        let weight = aggregator.weight();
        let tokens = section
            .sections("tokens", "class", &format!("an array of {{ class, {}, cost }}", weight.name))?
            .iter()
            .map(|class| {
                let token = TokenClass {
                    class: class.text("class", "a name such as \"input\"")?,
                    exponent: class.number(weight)?,
                    cost: class.number(&COST)?,
                };
                class.finish()?;
                Ok(token)
            })
            .collect::<Result<Vec<_>, ConfigError>>()?;
        let fine_tuning = section
            .optional_section("fine_tuning", "{ exponent, cost } and optionally maximum")?
            .map(|tuning| {
                let read = FineTuning {
                    exponent: tuning.number(&TUNING_EXPONENT)?,
                    cost: tuning.number(&COST)?,
                    maximum: tuning.optional_number(&MAXIMUM)?,
                };
                tuning.finish()?;
                Ok::<_, ConfigError>(read)
            })
            .transpose()?;
        section.finish()?;
        let config = Self { base_quality, aggregator, tokens, fine_tuning };
        config.check().map_err(|invalid| section.locate(&invalid))?;
        Ok(config)
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        BASE_QUALITY.check(self.base_quality)?;
        self.aggregator.check()?;
        if self.tokens.is_empty() || self.tokens.len() > MOST_CLASSES {
            return Err(Invalid::new(
                "tokens",
                self.tokens.len(),
                format!("1 to {MOST_CLASSES} token classes"),
            ));
        }
        for (position, token) in self.tokens.iter().enumerate() {
            let element = if token.class.is_empty() { position.to_string() } else { token.class.clone() };
            let here = |invalid: Invalid| invalid.within(&format!("tokens.{element}"));
            check_name(&token.class, false)
                .map_err(|allowed| here(Invalid::new("class", &token.class, allowed)))?;
            self.aggregator.weight().check(token.exponent).map_err(here)?;
            COST.check(token.cost).map_err(here)?;
            if self.tokens[..position].iter().any(|earlier| earlier.class == token.class) {
                let allowed = "a name no other token class has";
                let twice = Invalid::new("class", &token.class, allowed.into());
                return Err(twice.within(&format!("tokens.{position}")));
            }
        }
        if !self.aggregator.is_cobb_douglas() {
            let total: f64 = self.tokens.iter().map(|token| token.exponent).sum();
            if !((total - 1.0).abs() <= PROBABILITY_SUM) {
                let found = format!("a sum of shares of {total}");
                return Err(Invalid::new("tokens", found, "shares that sum to 1".into()));
            }
        }
        let mut gamma = 0.0;
        if let Some(tuning) = &self.fine_tuning {
            let here = |invalid: Invalid| invalid.within("fine_tuning");
            gamma = TUNING_EXPONENT.check(tuning.exponent).map_err(here)?;
            COST.check(tuning.cost).map_err(here)?;
            tuning.maximum.map_or(Ok(1.0), |maximum| MAXIMUM.check(maximum)).map_err(here)?;
        }
        self.check_returns(gamma)
    }

    /// Refuses σ + γ so near to one that every result would overflow: beyond 0.999 the power 1/(1-σ-γ) exceeds a thousand.
    fn check_returns(&self, gamma: f64) -> Result<(), Invalid> {
        let total = self.aggregator.sigma(&self.tokens) + gamma;
        if total <= 0.999 {
            return Ok(());
        }
        let (key, found, allowed) = if self.aggregator.is_cobb_douglas() {
            ("tokens", "a sum of exponents of", "token exponents and the fine-tuning exponent that sum")
        } else {
            (
                "aggregator.ces.returns",
                "a sum with the fine-tuning exponent of",
                "returns and the fine-tuning exponent that sum",
            )
        };
        let allowed = format!("{allowed} to at most 0.999 (decreasing returns)");
        Err(Invalid::new(key, format!("{found} {total}"), allowed))
    }
}

impl Aggregator {
    /// The key that holds a class's weight.
    fn weight(self) -> &'static NumberKey {
        if self.is_cobb_douglas() { &EXPONENT } else { &SHARE }
    }
}

/// As it stands in a file: `share` instead of `exponent` where the aggregator is CES.
impl Serialize for TechnologyConfig {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            base_quality: f64,
            #[serde(skip_serializing_if = "Aggregator::is_cobb_douglas")]
            aggregator: Aggregator,
            tokens: WrittenClasses<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            fine_tuning: &'a Option<FineTuning>,
        }
        Written {
            base_quality: self.base_quality,
            aggregator: self.aggregator,
            tokens: WrittenClasses(self),
            fine_tuning: &self.fine_tuning,
        }
        .serialize(serializer)
    }
}

/// The array `tokens`.
struct WrittenClasses<'a>(&'a TechnologyConfig);

impl Serialize for WrittenClasses<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithExponent<'a> {
            class: &'a str,
            exponent: f64,
            cost: f64,
        }
        #[derive(Serialize)]
        struct WithShare<'a> {
            class: &'a str,
            share: f64,
            cost: f64,
        }
        let mut classes = serializer.serialize_seq(Some(self.0.tokens.len()))?;
        for TokenClass { class, exponent, cost } in &self.0.tokens {
            let (weight, cost) = (*exponent, *cost);
            if self.0.aggregator.is_cobb_douglas() {
                classes.serialize_element(&WithExponent { class, exponent: weight, cost })?;
            } else {
                classes.serialize_element(&WithShare { class, share: weight, cost })?;
            }
        }
        classes.end()
    }
}
