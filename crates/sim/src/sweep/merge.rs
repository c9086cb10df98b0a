//! The tables of a sweep, from what its runs found: the same bytes whoever computed them, and in whatever order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use model::column::{self, ColumnType};
use model::summary::Summary;
use serde::Serialize;

use super::claim::Claims;
use super::error::SweepError;
use super::experiment::Experiment;
use super::plan::{Cell, SweepPlan};
use super::replicates::{self, OverReplicates, RuleFigures};
use super::store::{Store, Trial};
use crate::RESULTS_VERSION;
use crate::manifest::{Provenance, host, unix_seconds};
use crate::run::to_json;
use crate::sink::{Entry, FileRecord, Sheet, write_file};

/// What was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Folder of the sweep.
    pub folder: PathBuf,
    /// Runs.
    pub trials: usize,
    /// Of them, failed.
    pub failed: usize,
    /// Codes of warnings with the number of runs that have each.
    pub warnings: BTreeMap<String, usize>,
}

/// Writes cells.parquet, runs.parquet, summary.parquet and manifest.json, one cell in memory at a time.
///
/// # Errors
/// Runs that are missing, another plan, or a disk that is full or refuses.
pub fn merge(
    experiment: &Experiment,
    plan: &SweepPlan,
    out: &Path,
    provenance: &Provenance,
) -> Result<Merged, SweepError> {
    let store = Store::of(out, &experiment.name);
    let trials = plan.cells.len() * plan.replicates as usize;
    let needed = (trials * experiment.base.rules.len()) as u64 * BYTES_PER_ROW;
    merge_in(&store, experiment, plan, provenance).map_err(|error| error.explain(&store.root, || needed))
}

/// Measured: a row of runs.parquet and its part of the other tables.
const BYTES_PER_ROW: u64 = 1000;

fn merge_in(
    store: &Store,
    experiment: &Experiment,
    plan: &SweepPlan,
    provenance: &Provenance,
) -> Result<Merged, SweepError> {
    store.begun(plan)?;
    let trials = plan.cells.len() * plan.replicates as usize;
    let missing = |trial: &Trial| !store.is_complete(trial) && store.failure(trial).is_none();
    match Trial::all(plan).filter(missing).count() {
        0 => {}
        missing => return Err(SweepError::Incomplete { missing, trials }),
    }
    let refused = |source| SweepError::Folder { path: store.root.clone(), source };
    let claims = Claims::open(&store.root).map_err(refused)?;
    // Two processes that finish together write the same bytes, one after the other.
    let _claim = claims.wait_for("merge").map_err(refused)?;
    let (found, files) = write_tables(store, experiment, plan)?;
    let manifest = SweepManifest {
        sweep: &plan.name,
        status: "complete",
        plan: plan.hash(),
        cells: plan.cells.len(),
        replicates: plan.replicates,
        failed: found.failed,
        warnings: &found.warnings,
        version: env!("CARGO_PKG_VERSION"),
        commit: &provenance.commit,
        results_version: RESULTS_VERSION,
        argv: &provenance.argv,
        host: host(),
        finished_unix_seconds: unix_seconds(),
        files,
    };
    write_file(&store.root, "manifest.json", &to_json(&manifest))?;
    let over: BTreeSet<String> =
        Trial::all(plan).filter(|trial| store.is_complete(trial)).map(|trial| trial.run_id()).collect();
    claims.clear(|what| over.contains(what)).map_err(refused)?;
    Ok(Merged { folder: store.root.clone(), trials, failed: found.failed, warnings: found.warnings })
}

/// What the tables say of all runs, and the files.
fn write_tables(
    store: &Store,
    experiment: &Experiment,
    plan: &SweepPlan,
) -> Result<(Found, Vec<FileRecord>), SweepError> {
    let mut tables = Tables::create(store, plan)?;
    let baseline = plan.cells.iter().position(|cell| cell.cell == plan.baseline).unwrap_or(0);
    let baseline_runs = Runs::read(store, plan, baseline)?.summaries;
    for position in 0..plan.cells.len() {
        let runs = Runs::read(store, plan, position)?;
        tables.add(&runs, &runs.rules(experiment)?, &baseline_runs)?;
    }
    let found = std::mem::take(&mut tables.found);
    Ok((found, tables.finish()?))
}

/// `manifest.json` of a sweep.
#[derive(Debug, Serialize)]
struct SweepManifest<'a> {
    sweep: &'a str,
    status: &'static str,
    plan: String,
    cells: usize,
    replicates: u32,
    failed: usize,
    warnings: &'a BTreeMap<String, usize>,
    version: &'static str,
    commit: &'a str,
    results_version: u32,
    argv: &'a [String],
    host: String,
    finished_unix_seconds: u64,
    files: Vec<FileRecord>,
}

/// The runs of one cell by replicate.
struct Runs<'a> {
    cell: &'a Cell,
    position: usize,
    seeds: Vec<u64>,
    summaries: Vec<Option<Summary>>,
    /// Kinds of errors.
    failures: Vec<Option<String>>,
}

impl<'a> Runs<'a> {
    fn read(store: &Store, plan: &'a SweepPlan, position: usize) -> Result<Self, SweepError> {
        let cell = &plan.cells[position];
        let mut runs =
            Self { cell, position, seeds: Vec::new(), summaries: Vec::new(), failures: Vec::new() };
        for replicate in 0..plan.replicates {
            let trial = Trial { cell: position, hash: cell.cell.clone(), seed: plan.seed_of(replicate) };
            let summary = store.summary(&trial)?;
            let failure = store.failure(&trial).map(|failure| failure.kind).filter(|_| summary.is_none());
            runs.seeds.push(trial.seed);
            runs.summaries.push(summary);
            runs.failures.push(failure);
        }
        Ok(runs)
    }

    /// Labels of the rules in the order of the market, the baseline of its comparisons first of the pair.
    fn rules(&self, experiment: &Experiment) -> Result<(String, Vec<String>), SweepError> {
        let market = experiment.market(self.position)?;
        let labels: Vec<String> = market.rules.iter().map(|rule| rule.label.clone()).collect();
        Ok((labels[market.baseline()].clone(), labels))
    }
}

/// The tables being written.
struct Tables<'a> {
    plan: &'a SweepPlan,
    kinds: Vec<ColumnType>,
    figures: Vec<String>,
    cells: Sheet,
    runs: Sheet,
    summary: Sheet,
    found: Found,
}

/// What is counted over all runs.
#[derive(Default)]
struct Found {
    failed: usize,
    warnings: BTreeMap<String, usize>,
}

impl<'a> Tables<'a> {
    fn create(store: &Store, plan: &'a SweepPlan) -> Result<Self, SweepError> {
        let keys: Vec<(String, ColumnType)> =
            plan.keys.iter().enumerate().map(|(at, key)| (key.clone(), kind_of(plan, at))).collect();
        let create = |name: &str, columns| Sheet::create(&store.root, name, columns);
        Ok(Self {
            plan,
            cells: create("cells.parquet", column::cells(&keys))?,
            runs: create("runs.parquet", column::runs(&keys, &plan.classes))?,
            summary: create("summary.parquet", column::sweep_summary(&keys, &plan.classes))?,
            kinds: keys.into_iter().map(|(_, kind)| kind).collect(),
            figures: column::figures(&plan.classes).into_iter().map(|column| column.name).collect(),
            found: Found::default(),
        })
    }

    fn add(
        &mut self,
        runs: &Runs,
        (baseline, labels): &(String, Vec<String>),
        baseline_runs: &[Option<Summary>],
    ) -> Result<(), SweepError> {
        let cell = self.cell(runs.cell);
        self.cells.push(cell.clone())?;
        self.found.count(&runs.summaries);
        for replicate in 0..runs.seeds.len() {
            for label in labels {
                let rest = self.run(runs, replicate, label, baseline);
                self.runs.push(cell.iter().cloned().chain(rest).collect())?;
            }
        }
        for label in labels {
            let over = replicates::of_cell(label, baseline, &self.figures, &runs.summaries, baseline_runs);
            self.summary.push(cell.iter().cloned().chain(summary_of(&over, runs)).collect())?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<FileRecord>, SweepError> {
        Ok(vec![self.cells.finish()?, self.runs.finish()?, self.summary.finish()?])
    }

    /// The columns that every table has.
    fn cell(&self, cell: &Cell) -> Vec<Entry> {
        let values =
            self.plan.keys.iter().enumerate().map(|(at, _)| match (&self.kinds[at], &cell.values[at]) {
                (ColumnType::Float, value) => value.as_f64().map_or(Entry::Null, Entry::Float),
                (_, serde_json::Value::String(text)) => Entry::Text(text.clone()),
                (_, other) => Entry::Text(other.to_string()),
            });
        std::iter::once(Entry::Text(cell.cell.clone())).chain(values).collect()
    }

    /// The columns of one rule in one run.
    fn run(&self, runs: &Runs, replicate: usize, label: &str, baseline: &str) -> Vec<Entry> {
        let summary = runs.summaries[replicate].as_ref();
        let rule = summary.and_then(|summary| summary.rules.iter().find(|rule| rule.rule == label));
        let failure = &runs.failures[replicate];
        let text = |text: Option<&str>| text.map_or(Entry::Null, |text| Entry::Text(text.into()));
        let mut row = vec![
            Entry::Count(replicate as u64),
            Entry::Count(runs.seeds[replicate]),
            text(Some(label)),
            text(rule.map(|rule| rule.kind.as_str())),
            text(Some(if summary.is_some() { "complete" } else { "failed" })),
            text(failure.as_deref()),
            text(Some(baseline)),
            summary.map_or(Entry::Null, |summary| Entry::Count(summary.users)),
            text(summary.map(codes_of_warnings).and_then(joined).as_deref()),
        ];
        for name in &self.figures {
            let estimate = rule.and_then(|rule| rule.estimate(name));
            row.extend(match estimate {
                Some(estimate) => [Entry::Float(estimate.mean), Entry::Float(estimate.se)],
                None => [Entry::Null, Entry::Null],
            });
        }
        row
    }
}

impl Found {
    fn count(&mut self, runs: &[Option<Summary>]) {
        self.failed += runs.iter().filter(|run| run.is_none()).count();
        for code in runs.iter().flatten().flat_map(codes_of_warnings) {
            *self.warnings.entry(code.into()).or_insert(0) += 1;
        }
    }
}

/// Each code once, in order.
pub(super) fn codes_of_warnings(summary: &Summary) -> BTreeSet<&str> {
    summary.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

/// Codes separated by commas; `None` without warnings.
fn joined(codes: BTreeSet<&str>) -> Option<String> {
    (!codes.is_empty()).then(|| codes.into_iter().collect::<Vec<_>>().join(","))
}

fn summary_of(over: &RuleFigures, runs: &Runs) -> Vec<Entry> {
    let complete = runs.summaries.iter().flatten().count();
    let mut row = vec![
        Entry::Text(over.rule.clone()),
        over.kind.clone().map_or(Entry::Null, Entry::Text),
        Entry::Text(over.baseline.clone()),
        Entry::Count(complete as u64),
        Entry::Count((runs.summaries.len() - complete) as u64),
    ];
    let number = |value: Option<f64>| value.map_or(Entry::Null, Entry::Float);
    let pair = |figure: &Option<OverReplicates>| {
        [number(figure.map(|figure| figure.mean)), number(figure.and_then(|figure| figure.se))]
    };
    row.extend(over.figures.iter().chain(&over.from_baseline_cell).flat_map(pair));
    row
}

/// Numbers stay numbers if all values of a key are.
fn kind_of(plan: &SweepPlan, key: usize) -> ColumnType {
    let numeric = plan.cells.iter().all(|cell| cell.values[key].is_number());
    if numeric { ColumnType::Float } else { ColumnType::Text }
}
