//! The section `[technology]`: keys, ranges, and what exponents may sum to.

use serde::Serialize;

use crate::config::{ConfigError, Invalid, NumberKey, Range, Section, check_name};

/// One class of tokens as configured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenClass {
    /// Name of the class: `[a-z0-9][a-z0-9_]*`, part of the column `tokens_CLASS`.
    pub class: String,
    /// Elasticity α_n > 0 of precision in tokens of this class.
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TechnologyConfig {
    /// Quality b > 0 of the untuned model.
    pub base_quality: f64,
    /// Token classes, at least one.
    pub tokens: Vec<TokenClass>,
    /// Fine-tuning; absent: not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_tuning: Option<FineTuning>,
}

const BASE_QUALITY: NumberKey =
    NumberKey { name: "base_quality", range: Range::Positive, meaning: "quality of the untuned model" };
const EXPONENT: NumberKey = NumberKey {
    name: "exponent",
    range: Range::OpenUnit,
    meaning: "elasticity of precision in these tokens",
};
const TUNING_EXPONENT: NumberKey =
    NumberKey { name: "exponent", range: Range::UnitBelowOne, meaning: "elasticity of precision in quality" };
const COST: NumberKey =
    NumberKey { name: "cost", range: Range::Positive, meaning: "marginal cost in $ per Mtok" };
const MAXIMUM: NumberKey =
    NumberKey { name: "maximum", range: Range::Positive, meaning: "largest fine-tuning in Mtok" };

/// Most token classes a technology may have.
const MOST_CLASSES: usize = 64;

impl TechnologyConfig {
    /// Reads the section `[technology]`.
    ///
    /// # Errors
    /// Names the offending key; the ranges are those of [`super::Technology::new`].
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let base_quality = section.number(&BASE_QUALITY)?;
        let tokens = section
            .sections("tokens", "class", "an array of { class, exponent, cost }")?
            .iter()
            .map(|class| {
                let token = TokenClass {
                    class: class.text("class", "a name such as \"input\"")?,
                    exponent: class.number(&EXPONENT)?,
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
        let config = Self { base_quality, tokens, fine_tuning };
        config.check().map_err(|invalid| section.locate(&invalid))?;
        Ok(config)
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        BASE_QUALITY.check(self.base_quality)?;
        if self.tokens.is_empty() || self.tokens.len() > MOST_CLASSES {
            return Err(Invalid::new(
                "tokens",
                self.tokens.len(),
                format!("1 to {MOST_CLASSES} token classes"),
            ));
        }
        for (position, token) in self.tokens.iter().enumerate() {
            let here = |invalid: Invalid| invalid.within(&format!("tokens.{}", token.class));
            check_name(&token.class, false)
                .map_err(|allowed| here(Invalid::new("class", &token.class, allowed)))?;
            EXPONENT.check(token.exponent).map_err(here)?;
            COST.check(token.cost).map_err(here)?;
            if self.tokens[..position].iter().any(|earlier| earlier.class == token.class) {
                let allowed = "a name no other token class has";
                let twice = Invalid::new("class", &token.class, allowed.into());
                return Err(twice.within(&format!("tokens.{position}")));
            }
        }
        let sigma: f64 = self.tokens.iter().map(|token| token.exponent).sum();
        let mut gamma = 0.0;
        if let Some(tuning) = &self.fine_tuning {
            let here = |invalid: Invalid| invalid.within("fine_tuning");
            gamma = TUNING_EXPONENT.check(tuning.exponent).map_err(here)?;
            COST.check(tuning.cost).map_err(here)?;
            tuning.maximum.map_or(Ok(1.0), |maximum| MAXIMUM.check(maximum)).map_err(here)?;
        }
        // 1e-3 keeps the largest power 1/(1-σ-γ) at a thousand; beyond it every result would overflow.
        if !(sigma + gamma <= 0.999) {
            let allowed =
                "token exponents and the fine-tuning exponent that sum to at most 0.999 (decreasing returns)";
            return Err(Invalid::new(
                "tokens",
                format!("a sum of exponents of {}", sigma + gamma),
                allowed.into(),
            ));
        }
        Ok(())
    }
}
