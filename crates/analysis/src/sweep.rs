//! Compares rules over the cells of a sweep, from its merged tables.

mod recorded;
mod tables;

use std::path::Path;

use crate::error::AnalysisError;
use crate::{Format, Style};
use recorded::Recorded;

/// Whether a folder holds a sweep rather than runs.
pub fn is_sweep(path: &Path) -> bool {
    recorded::plan_of(path).is_file()
}

/// Every rule of every cell over its replicates, as text that ends with a line break.
///
/// The varied keys are columns. Differences are rule minus baseline rule, and cell minus baseline cell, on the same buyers;
/// `baseline` is the label of a rule, `None` keeps that of each cell. With another one the paired difference is taken
/// replicate by replicate:
///
/// ```text
/// mean = Σ_r (x_r - b_r) / R,   se = sd(x_r - b_r) / √R, unknown for R = 1
/// ```
/// The first 2000 rows are shown; JSON and CSV carry every digit.
///
/// # Errors
/// A sweep that is not merged yet, files that are not what a merge writes, or a baseline that no rule is.
pub fn compare_sweep(
    path: &Path,
    baseline: Option<&str>,
    format: Format,
    style: Style,
) -> Result<String, AnalysisError> {
    let mut sweep = Recorded::read(path)?;
    if let Some(baseline) = baseline {
        sweep.rebase(path, baseline)?;
    }
    Ok(match format {
        Format::Json => format!("{:#}\n", tables::json(&sweep)),
        Format::Csv => tables::csv(&sweep).render(format, style),
        format => tables::reader(&sweep).render(format, style),
    })
}
