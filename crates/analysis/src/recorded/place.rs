//! What stands at a path: a run or a sweep.

use std::fs;
use std::path::{Path, PathBuf};

use model::summary::Summary;
use serde::de::DeserializeOwned;

use super::{find, from_json, parse};
use crate::AnalysisError;

/// A complete run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its summary.
    pub(crate) summary: Summary,
}

/// A sweep whose tables are written.
#[derive(Debug, Clone)]
pub(crate) struct Sweep {
    /// Its folder.
    pub(crate) folder: PathBuf,
}

/// Recorded results.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// One run.
    Run(Box<Run>),
    /// One sweep.
    Sweep(Sweep),
}

impl Place {
    /// What stands at a path.
    ///
    /// # Errors
    /// Nothing complete stands there.
    pub(crate) fn of(path: &Path) -> Result<Self, AnalysisError> {
        if path.join("plan.json").is_file() {
            return Sweep::of(path).map(Self::Sweep);
        }
        Run::of(path).map(|run| Self::Run(Box::new(run)))
    }

    /// The run; a sweep is refused.
    ///
    /// # Errors
    /// Nothing complete stands there, or it is a sweep.
    pub(crate) fn run(path: &Path, what: &'static str) -> Result<Run, AnalysisError> {
        match Self::of(path)? {
            Self::Run(run) => Ok(*run),
            Self::Sweep(sweep) => Err(AnalysisError::NeedsRun { path: sweep.folder, what }),
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Run(run) => &run.folder,
            Self::Sweep(sweep) => &sweep.folder,
        }
    }
}

impl Run {
    fn of(path: &Path) -> Result<Self, AnalysisError> {
        let file = find(path)?;
        let summary = parse(&file)?;
        let folder = file.parent().unwrap_or(Path::new(".")).to_path_buf();
        Ok(Self { folder, summary })
    }

    /// Labels of the rules, in the order of the market file.
    pub(crate) fn labels(&self) -> Vec<&str> {
        self.summary.rules.iter().map(|rule| rule.rule.as_str()).collect()
    }

    /// Token classes.
    pub(crate) fn classes(&self) -> Vec<&str> {
        self.summary
            .rules
            .first()
            .map_or_else(Vec::new, |rule| rule.tokens.keys().map(String::as_str).collect())
    }
}

impl Sweep {
    fn of(path: &Path) -> Result<Self, AnalysisError> {
        let complete =
            ["runs.parquet", "summary.parquet", "cells.parquet"].iter().all(|name| path.join(name).is_file());
        if complete {
            Ok(Self { folder: path.into() })
        } else {
            Err(AnalysisError::NotMerged { path: path.into() })
        }
    }
}

/// A JSON file of the results.
///
/// # Errors
/// It cannot be read, or is not what it should be.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, AnalysisError> {
    from_json(path, &text(path)?)
}

/// A text file of the results.
///
/// # Errors
/// It cannot be read.
pub(crate) fn text(path: &Path) -> Result<String, AnalysisError> {
    fs::read_to_string(path).map_err(|source| AnalysisError::Unreadable { path: path.into(), source })
}
