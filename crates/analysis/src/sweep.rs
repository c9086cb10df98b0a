//! Compares rules over the cells of a sweep, from its merged tables.

mod recorded;
mod tables;

use std::path::{Path, PathBuf};

use crate::error::AnalysisError;
use crate::recorded::complete_runs;
use crate::{Format, Style};
use recorded::Recorded;

/// Whether a folder holds a sweep rather than runs.
pub fn is_sweep(path: &Path) -> bool {
    recorded::plan_of(path).is_file()
}

/// The complete runs that stand in the folder of a sweep, sorted: those of a market of the same name.
pub fn runs_beside(path: &Path) -> Vec<PathBuf> {
    if is_sweep(path) { complete_runs(path).unwrap_or_default() } else { Vec::new() }
}

/// Some rows of a sweep for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepRows {
    /// The rows, as text that ends with a line break.
    pub text: String,
    /// How many rows are left out and where all are, if some are. Tables for readers say so themselves.
    pub left_out: Option<String>,
}

/// Every rule of every cell over its replicates.
///
/// The varied keys are columns. Differences are rule minus baseline rule, and cell minus baseline cell, on the same buyers;
/// `baseline` is the label of a rule, `None` keeps that of each cell. With another one the paired difference is taken
/// replicate by replicate:
///
/// ```text
/// mean = Σ_r (x_r - b_r) / R,   se = sd(x_r - b_r) / √R, unknown for R = 1
/// ```
/// The first 400 rows are shown, and said to be where there are more; JSON and CSV carry every digit.
///
/// # Errors
/// A sweep that is not merged yet, files that are not what a merge writes, or a baseline that no rule is.
pub fn compare_sweep(
    path: &Path,
    baseline: Option<&str>,
    format: Format,
    style: Style,
) -> Result<SweepRows, AnalysisError> {
    let mut sweep = Recorded::read(path)?;
    if let Some(baseline) = baseline {
        sweep.rebase(path, baseline)?;
    }
    let text = match format {
        Format::Json => format!("{:#}\n", tables::json(&sweep)),
        Format::Csv => tables::csv(&sweep).render(format, style),
        format => tables::reader(&sweep).render(format, style),
    };
    Ok(SweepRows { text, left_out: tables::left_out(&sweep) })
}
