//! `[[rules]]`: pricing rules, each designed on the market's belief or on one of its own.

use std::ops::Deref;

use menu::{PostedRule, Rule};
use model::config::{ConfigError, Section};
use model::technology::Technology;
use serde::Serialize;

use super::belief::BeliefConfig;
use super::books::Books;

/// A pricing rule of a market.
#[derive(Debug, Clone, Serialize)]
pub struct MarketRule {
    /// What is posted.
    #[serde(flatten)]
    pub posted: PostedRule,
    /// What its seller believes; absent: what `[belief]` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub belief: Option<BeliefConfig>,
}

impl Deref for MarketRule {
    type Target = PostedRule;

    fn deref(&self) -> &PostedRule {
        &self.posted
    }
}

/// Most rules one market may post: every pair of them is compared.
const MOST_RULES: usize = 64;

/// Reads all rules; beliefs of their own stand on `points` points unless they say otherwise.
pub(super) fn read_rules(
    root: &Section,
    technology: &Technology,
    points: u64,
) -> Result<Vec<MarketRule>, ConfigError> {
    let allowed = format!("1 to {MOST_RULES} rules, each with rule and its parameters");
    let sections = root.sections("rules", "label", &allowed)?;
    if sections.is_empty() || sections.len() > MOST_RULES {
        return Err(root.error("rules", allowed));
    }
    let mut rules: Vec<MarketRule> = Vec::new();
    for section in &sections {
        let belief = section.optional_section("belief", "a table with source, as the section [belief]")?;
        let posted = PostedRule::read(section, &Books)?;
        posted.check(technology).map_err(|invalid| root.locate(&invalid.within("rules")))?;
        if belief.is_some() && matches!(posted.rule, Rule::FirstBest | Rule::MarginalCost) {
            let allowed =
                format!("no belief: {} is the same whatever the seller believes", posted.rule.kind());
            return Err(section.error("belief", allowed).found_instead("a table".into()));
        }
        let belief =
            belief.map(|section| BeliefConfig::read(&section, technology, Some(points))).transpose()?;
        if rules.iter().any(|earlier| earlier.label == posted.label) {
            let allowed = "a label no other rule has; give one of them its own, label = \"...\"";
            return Err(section
                .error("label", allowed)
                .found_instead(format!("the label \"{}\" twice", posted.label)));
        }
        rules.push(MarketRule { posted, belief });
    }
    Ok(rules)
}
