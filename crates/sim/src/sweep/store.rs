//! The folder of a sweep: where its plan and trials stand, and what is known of each.

use std::io;
use std::path::{Path, PathBuf};

use model::summary::Summary;
use serde::{Deserialize, Serialize};

use super::claim::Claims;
use super::error::SweepError;
use super::plan::SweepPlan;
use crate::error::RunError;
use crate::run::{remove_lock, to_json};
use crate::sink::{temporary, write_file};

/// A cell with one seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trial {
    /// Position of the cell in the plan.
    pub(super) cell: usize,
    /// Hash of the cell.
    pub(super) hash: String,
    /// Seed.
    pub(super) seed: u64,
}

impl Trial {
    /// Every trial in order: the replicates of the first cell, then of the second.
    pub(super) fn all(plan: &SweepPlan) -> impl Iterator<Item = Self> {
        plan.cells.iter().enumerate().flat_map(move |(cell, own)| {
            (0..plan.replicates).map(move |replicate| Self {
                cell,
                hash: own.cell.clone(),
                seed: plan.seed_of(replicate),
            })
        })
    }

    /// Name of its folder: a Hive partition.
    pub(super) fn folder(&self) -> String {
        format!("seed={}", self.seed)
    }

    /// The RUN_ID of its market.
    pub(super) fn run_id(&self) -> String {
        format!("{}-{}", self.hash, self.seed)
    }
}

/// Why a trial failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    /// [`RunError::kind`].
    pub(super) kind: String,
    /// The whole message.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn of(error: &RunError) -> Self {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(source) = cause {
            message = format!("{message}: {source}");
            cause = source.source();
        }
        Self { kind: error.kind().into(), message }
    }
}

/// results/EXPERIMENT.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) root: PathBuf,
}

const PLAN: &str = "plan.json";

impl Store {
    pub(super) fn of(out: &Path, name: &str) -> Self {
        Self { root: out.join(name) }
    }

    /// The folder of a cell's runs.
    pub(super) fn cell(&self, hash: &str) -> PathBuf {
        self.root.join("cells").join(format!("cell={hash}"))
    }

    /// The folder of a complete trial.
    fn complete(&self, trial: &Trial) -> PathBuf {
        self.cell(&trial.hash).join(trial.folder())
    }

    pub(super) fn is_complete(&self, trial: &Trial) -> bool {
        self.complete(trial).is_dir()
    }

    /// Removes what a process leaves that was killed just after it had completed a trial.
    pub(super) fn tidy(&self, trial: &Trial) {
        remove_lock(&self.complete(trial));
    }

    /// A file of a complete trial, `None` where the trial is not complete.
    fn read<T: serde::de::DeserializeOwned>(
        &self,
        trial: &Trial,
        name: &str,
    ) -> Result<Option<T>, SweepError> {
        if !self.is_complete(trial) {
            return Ok(None);
        }
        Self::parse(self.complete(trial).join(name)).map(Some)
    }

    fn parse<T: serde::de::DeserializeOwned>(path: PathBuf) -> Result<T, SweepError> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(SweepError::Folder { path, source }),
        };
        serde_json::from_str(&text).map_err(|error| SweepError::Damaged { path, reason: error.to_string() })
    }

    /// The figures of a complete trial.
    pub(super) fn summary(&self, trial: &Trial) -> Result<Option<Summary>, SweepError> {
        self.read(trial, "summary.json")
    }

    /// Seconds that a complete trial took.
    pub(super) fn seconds(&self, trial: &Trial) -> Option<f64> {
        let manifest: serde_json::Value = self.read(trial, "manifest.json").ok()??;
        let timings = &manifest["timings"];
        Some(timings["design_seconds"].as_f64()? + timings["simulate_seconds"].as_f64()?)
    }

    fn failure_name(trial: &Trial) -> String {
        format!("failed-{}.json", trial.seed)
    }

    /// Why a trial failed, if it did.
    pub(super) fn failure(&self, trial: &Trial) -> Option<Failure> {
        let path = self.cell(&trial.hash).join(Self::failure_name(trial));
        path.exists().then(|| Self::parse(path).ok()).flatten()
    }

    pub(super) fn record_failure(&self, trial: &Trial, failure: &Failure) -> Result<(), SweepError> {
        write_file(&self.cell(&trial.hash), &Self::failure_name(trial), &to_json(failure))?;
        Ok(())
    }

    /// Removes what was recorded, and what a killed process left of recording it.
    pub(super) fn forget_failure(&self, trial: &Trial) -> Result<(), SweepError> {
        let path = self.cell(&trial.hash).join(Self::failure_name(trial));
        for path in [temporary(&path), path] {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(SweepError::Folder { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The plan that stands here.
    pub(super) fn plan(&self) -> Result<Option<SweepPlan>, SweepError> {
        let path = self.root.join(PLAN);
        if path.exists() { Self::parse(path).map(Some) } else { Ok(None) }
    }

    /// Writes the plan down, or accepts that it has grown, or refuses to mix it with another; one process at a time.
    pub(super) fn adopt(&self, plan: &SweepPlan, claims: &Claims) -> Result<(), SweepError> {
        let refused = |source| SweepError::Folder { path: self.root.clone(), source };
        let _claim = claims.wait_for("plan").map_err(refused)?;
        let before = self.plan()?;
        if before.as_ref() == Some(plan) {
            return Ok(());
        }
        self.check(before.as_ref(), plan)?;
        write_file(&self.root, PLAN, &to_json(plan))?;
        Ok(())
    }

    /// Refuses a plan that does not continue what was begun.
    pub(super) fn check(&self, before: Option<&SweepPlan>, plan: &SweepPlan) -> Result<(), SweepError> {
        match before.map_or_else(Vec::new, |before| plan.changes_since(before)) {
            changes if changes.is_empty() => Ok(()),
            changes => Err(SweepError::Changed { path: self.root.clone(), changes }),
        }
    }

    /// The plan must have been begun, and this one continue it.
    pub(super) fn begun(&self, plan: &SweepPlan) -> Result<(), SweepError> {
        match self.plan()? {
            None => Err(SweepError::NotBegun { path: self.root.clone() }),
            before => self.check(before.as_ref(), plan),
        }
    }
}
