//! The recorded buyers and their choices, one part in memory at a time.

use std::path::{Path, PathBuf};

use model::column;
use polars::prelude::DataFrame;

use super::{Run, intact, parquet};
use crate::AnalysisError;

/// Why a run may lack buyers and choices.
pub(crate) const NOT_RECORDED: &str = "the run recorded no buyers\n  help: run it with `--record all` (run.record = \"all\") to look at single buyers";

/// The part files of a run, every one with the columns it should have.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Files of buyers.
    buyers: Vec<PathBuf>,
    /// By rule, the files of the choices of the same buyers.
    choices: Vec<Vec<PathBuf>>,
    /// Labels of the rules.
    pub(crate) labels: Vec<String>,
    /// Token classes.
    pub(crate) classes: Vec<String>,
}

/// One part of the buyers.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    parts: &'a Parts,
    number: usize,
    /// The replicate its buyers belong to.
    pub(crate) replicate: u64,
    users: Vec<u64>,
    /// The columns asked for.
    pub(crate) buyers: DataFrame,
}

impl Parts {
    /// Finds and checks the files.
    ///
    /// # Errors
    /// The run recorded no buyers, a file is missing or damaged, or has other columns.
    pub(crate) fn of(run: &Run) -> Result<Self, AnalysisError> {
        let buyers = run.files("buyers")?;
        for file in &buyers {
            parquet::check(file, &column::buyers(false))?;
        }
        let labels: Vec<String> = run.labels().iter().map(ToString::to_string).collect();
        let mut choices = Vec::new();
        for label in &labels {
            let folder = run.folder.join("choices").join(format!("rule={label}"));
            let files: Vec<PathBuf> =
                buyers.iter().map(|file| folder.join(file.file_name().unwrap_or_default())).collect();
            intact(&run.folder, &files)?;
            for file in &files {
                if !file.is_file() {
                    let help = "buyers were recorded without these choices\n  help: delete the run's folder and run it again".into();
                    return Err(AnalysisError::NotRecorded { path: file.clone(), help });
                }
                parquet::check(file, &column::choices(run.classes()))?;
            }
            choices.push(files);
        }
        let classes = run.classes().iter().map(ToString::to_string).collect();
        Ok(Self { buyers, choices, labels, classes })
    }

    /// How many parts there are.
    pub(crate) fn len(&self) -> usize {
        self.buyers.len()
    }

    /// A file of buyers, for messages.
    pub(crate) fn buyers_file(&self, number: usize) -> &Path {
        &self.buyers[number]
    }

    /// One part, with these columns of its buyers.
    ///
    /// # Errors
    /// The file is damaged, or holds buyers of several replicates.
    pub(crate) fn read(&self, number: usize, columns: &[&str]) -> Result<Part<'_>, AnalysisError> {
        let path = &self.buyers[number];
        let mut names = vec!["replicate", "user"];
        names.extend(columns.iter().filter(|name| !matches!(**name, "replicate" | "user")));
        let buyers = parquet::read(path, &names)?;
        let replicates = parquet::counts(&buyers, "replicate", path)?;
        let replicate = replicates.first().copied().unwrap_or_default();
        if replicates.iter().any(|other| *other != replicate) {
            let problem = "column replicate is not the same in the whole part".into();
            return Err(AnalysisError::Columns { path: path.clone(), problem });
        }
        let users = parquet::counts(&buyers, "user", path)?;
        Ok(Part { parts: self, number, replicate, users, buyers })
    }
}

impl Part<'_> {
    /// How many buyers it holds.
    pub(crate) fn len(&self) -> usize {
        self.users.len()
    }

    /// The file of its buyers.
    pub(crate) fn file(&self) -> &Path {
        &self.parts.buyers[self.number]
    }

    /// A column of floats of its buyers.
    ///
    /// # Errors
    /// It was not read.
    pub(crate) fn floats(&self, name: &str) -> Result<Vec<f64>, AnalysisError> {
        parquet::floats(&self.buyers, name, self.file())
    }

    /// Columns of floats of the choices of the same buyers under a rule.
    ///
    /// # Errors
    /// The file is damaged, or its rows are other buyers.
    pub(crate) fn choices(&self, rule: usize, columns: &[&str]) -> Result<Vec<Vec<f64>>, AnalysisError> {
        let path = &self.parts.choices[rule][self.number];
        let mut names = vec!["replicate", "user"];
        names.extend(columns);
        let frame = parquet::read(path, &names)?;
        let same = parquet::counts(&frame, "user", path)? == self.users
            && parquet::counts(&frame, "replicate", path)?
                .iter()
                .all(|replicate| *replicate == self.replicate);
        if !same {
            let buyers = self.parts.buyers[self.number].clone();
            return Err(AnalysisError::OtherBuyers { path: path.clone(), buyers });
        }
        columns.iter().map(|name| parquet::floats(&frame, name, path)).collect()
    }
}
