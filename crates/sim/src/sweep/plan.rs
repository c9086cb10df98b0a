//! The plan of a sweep: every cell in order, known by hash, written down before the first one runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::config::{ConfigError, Value};
use serde::{Deserialize, Serialize};

use super::experiment::Experiment;
use crate::RESULTS_VERSION;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// Version of the layout.
    pub schema: u32,
    /// [`RESULTS_VERSION`].
    pub results_version: u32,
    /// Name of the experiment.
    pub name: String,
    /// Seed of replicate 0, from which those of the others are drawn.
    pub seed: u64,
    /// Replications of every cell.
    pub replicates: u32,
    /// Key paths that vary.
    pub keys: Vec<String>,
    /// Token classes of all cells.
    pub classes: Vec<String>,
    /// Hash of the baseline cell.
    pub baseline: String,
    /// Cells in order.
    pub cells: Vec<Cell>,
    /// The resolved market before anything varies, by key path.
    pub base: BTreeMap<String, serde_json::Value>,
}

/// One combination of parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// 12 hex digits: the RUN_ID of its market without the seed.
    pub cell: String,
    /// Values in the order of [`SweepPlan::keys`].
    pub values: Vec<serde_json::Value>,
}

/// A difference that keeps two plans apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Key path, or what else differs.
    pub key: String,
    /// What the plan on the disk says.
    pub before: String,
    /// What the experiment says now.
    pub now: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.key, self.before, self.now)
    }
}

impl SweepPlan {
    /// Expands an experiment.
    ///
    /// # Errors
    /// Any cell whose market is not valid, two cells with the same market, or a baseline that no cell is.
    pub fn of(experiment: &Experiment) -> Result<Self, ConfigError> {
        let mut cells = Vec::with_capacity(experiment.cells());
        let mut classes = BTreeSet::new();
        let mut seen = BTreeMap::new();
        for position in 0..experiment.cells() {
            let market = experiment.market(position)?;
            let cell = hash_of(&market.run_id());
            classes.extend(market.technology.tokens.iter().map(|class| class.class.clone()));
            let values: Vec<serde_json::Value> = experiment.values(position).iter().map(to_json).collect();
            if let Some(earlier) = seen.insert(cell.clone(), position) {
                return Err(ConfigError {
                    file: experiment.file().into(),
                    origin: None,
                    key: "axes".into(),
                    found: format!(
                        "cells {} and {} with the same market, {}",
                        earlier + 1,
                        position + 1,
                        assigned(experiment, &values)
                    ),
                    allowed: "values that differ".into(),
                    help: None,
                });
            }
            cells.push(Cell { cell, values });
        }
        let mut base = BTreeMap::new();
        flatten("", &serde_json::to_value(&experiment.base).expect("plain data"), &mut base);
        Ok(Self {
            schema: model::summary::SCHEMA,
            results_version: RESULTS_VERSION,
            name: experiment.name.clone(),
            seed: experiment.base.run.seed,
            replicates: experiment.replicates,
            keys: experiment.keys().map(String::from).collect(),
            classes: classes.into_iter().collect(),
            baseline: cells[experiment.baseline()?].cell.clone(),
            cells,
            base,
        })
    }

    /// 12 hex digits of BLAKE3 over the whole plan.
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(self).expect("plain data");
        blake3::hash(&json).to_hex()[..12].to_string()
    }

    /// Seed of a replicate.
    pub fn seed_of(&self, replicate: u32) -> u64 {
        population::stream::replicate_seed(self.seed, replicate)
    }

    /// What keeps this plan from continuing `before`; empty where it is the same or has grown.
    pub fn changes_since(&self, before: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut differ = |key: &str, before: String, now: String| {
            if before != now {
                changes.push(Change { key: key.into(), before, now });
            }
        };
        differ("results_version", before.results_version.to_string(), self.results_version.to_string());
        if self.replicates < before.replicates {
            differ("replicates", before.replicates.to_string(), self.replicates.to_string());
        }
        let known: BTreeSet<&str> = self.cells.iter().map(|cell| cell.cell.as_str()).collect();
        let gone: Vec<&Cell> =
            before.cells.iter().filter(|cell| !known.contains(cell.cell.as_str())).collect();
        if gone.is_empty() && self.seed == before.seed {
            return changes;
        }
        let keys: BTreeSet<&String> = before.base.keys().chain(self.base.keys()).collect();
        let shown = |base: &BTreeMap<String, serde_json::Value>, key: &str| {
            base.get(key).map_or("nothing".into(), ToString::to_string)
        };
        for key in keys.into_iter().filter(|key| !self.keys.contains(key)) {
            differ(key, shown(&before.base, key), shown(&self.base, key));
        }
        differ("varied keys", before.keys.join(", "), self.keys.join(", "));
        if self.keys == before.keys {
            for (position, key) in self.keys.iter().enumerate() {
                differ(key, before.values_of(position), self.values_of(position));
            }
        }
        if changes.is_empty() {
            let cell = gone.first().map_or("-", |cell| cell.cell.as_str());
            changes.push(Change { key: "cell".into(), before: cell.into(), now: "not planned".into() });
        }
        changes
    }

    /// All values of a key, each once.
    fn values_of(&self, position: usize) -> String {
        let mut values: Vec<String> = Vec::new();
        for cell in &self.cells {
            let value = cell.values[position].to_string();
            if !values.contains(&value) && values.len() < 20 {
                values.push(value);
            }
        }
        format!("[{}]", values.join(", "))
    }
}

/// Values under their keys, for readers.
fn assigned(experiment: &Experiment, values: &[serde_json::Value]) -> String {
    let pairs: Vec<String> =
        experiment.keys().zip(values).map(|(key, value)| format!("{key} = {value}")).collect();
    pairs.join(", ")
}

/// The part of a RUN_ID before the seed.
pub(super) fn hash_of(run_id: &str) -> String {
    run_id.split('-').next().unwrap_or_default().to_string()
}

/// Key paths with their values; elements of arrays go by the names market files give them, else by position.
fn flatten(path: &str, value: &serde_json::Value, found: &mut BTreeMap<String, serde_json::Value>) {
    let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match value {
        serde_json::Value::Object(table) => {
            for (key, value) in table {
                flatten(&below(key), value, found);
            }
        }
        serde_json::Value::Array(values) if values.iter().any(serde_json::Value::is_object) => {
            for (position, value) in values.iter().enumerate() {
                let named = model::config::ELEMENT_NAMES.iter().find_map(|name| value.get(name)?.as_str());
                flatten(&below(named.unwrap_or(&position.to_string())), value, found);
            }
        }
        other => {
            found.insert(path.into(), other.clone());
        }
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => value.clone().into(),
        Value::Array(nodes) => nodes.iter().map(|node| to_json(&node.value)).collect(),
        Value::Table(table) => serde_json::Value::Object(
            table.iter().map(|(key, node)| (key.clone(), to_json(&node.value))).collect(),
        ),
    }
}
