//! The section `[belief]`, and the beliefs that single rules are designed on.

use model::config::{ConfigError, IntegerKey, Section};
use model::technology::Technology;
use population::PopulationConfig;
use population::usage::Usage;
use serde::Serialize;

use crate::tables::Tables;

/// What the seller knows.
#[derive(Debug, Clone, Serialize)]
pub struct BeliefConfig {
    /// Where the belief comes from.
    #[serde(flatten)]
    pub source: BeliefSource,
    /// Points the posted menus stand on.
    pub points: u64,
}

/// Where the seller's belief comes from.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum BeliefSource {
    /// The population's own law.
    Population,
    /// Another law.
    Law {
        /// Section `[belief.population]`.
        population: Box<PopulationConfig>,
    },
    /// A sample of the population.
    Sample {
        /// Buyers in the sample.
        buyers: u64,
    },
    /// Usage at posted linear prices.
    Usage(Usage),
}

const POINTS: IntegerKey =
    IntegerKey { name: "points", low: 10, high: 10_000_000, meaning: "points the menus stand on" };
const BUYERS: IntegerKey =
    IntegerKey { name: "buyers", low: 2, high: 100_000_000, meaning: "buyers the seller has observed" };

/// Points unless the section, or for the belief of a rule the market's, says otherwise.
const DEFAULT_POINTS: u64 = 100_000;

impl BeliefConfig {
    /// Reads a belief for a market of this technology; `points` unless the section says otherwise.
    pub(super) fn read(
        section: &Section,
        technology: &Technology,
        points: Option<u64>,
    ) -> Result<Self, ConfigError> {
        let source = match section.choice("source", &["population", "law", "sample", "usage"])? {
            "population" => BeliefSource::Population,
            "law" => {
                let population = section.section("population", "a table with family and its parameters")?;
                BeliefSource::Law { population: Box::new(PopulationConfig::read(&population, &Tables)?) }
            }
            "usage" => BeliefSource::Usage(Usage::read(section, technology, &Tables)?),
            _ => BeliefSource::Sample { buyers: section.integer(&BUYERS)? },
        };
        let given = section.optional_integer(&POINTS)?;
        section.finish()?;
        Ok(Self { source, points: given.or(points).unwrap_or(DEFAULT_POINTS) })
    }

    /// Leaves out where files stand: they count by their content.
    pub(super) fn forget_paths(&mut self) {
        match &mut self.source {
            BeliefSource::Law { population } => **population = population.without_paths(),
            BeliefSource::Usage(usage) => *usage = usage.without_path(),
            BeliefSource::Population | BeliefSource::Sample { .. } => {}
        }
    }
}
