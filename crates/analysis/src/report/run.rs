//! The report of one run.

mod belief;
mod buyers;
mod menus;
mod outcome;
mod provenance;
mod survey;

use crate::recorded::{Run, parquet};
use crate::{AnalysisError, incidence};

use super::Page;

/// Most points of a series.
const POINTS: usize = 300;

/// Lays the report out.
///
/// # Errors
/// Files are missing or damaged.
pub(super) fn page(run: &Run) -> Result<Page, AnalysisError> {
    let setting = provenance::Setting::of(run)?;
    let belief = belief::Belief::of(run)?;
    let recorded = run.has_buyers()?;
    let by_decile = if recorded { Some(incidence::of_run(run, &incidence::By::Decile, None)?) } else { None };
    let survey = if recorded { Some(survey::Survey::of(run, &setting, &belief)?) } else { None };
    Ok(Page {
        title: run.summary.run.clone(),
        lead: outcome::lead(run),
        numbers: outcome::numbers(run),
        warnings: run.summary.warnings.iter().map(|own| format!("{}: {}", own.code, own.message)).collect(),
        sections: vec![
            outcome::section(run),
            menus::section(run)?,
            belief::section(run, &belief),
            buyers::incidence_section(run, by_decile.as_ref()),
            buyers::distributions_section(&belief, survey.as_ref()),
            buyers::tail_section(&setting, &belief, survey.as_ref()),
            provenance::certificates(run)?,
            provenance::reproduce(run)?,
        ],
    })
}

/// Positions of at most `most` of so many points, both ends included.
fn thinned(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    (0..most).map(|at| at * (count - 1) / (most - 1)).collect()
}

/// Columns of a small table of the run.
fn columns(run: &Run, file: &str, names: &[&str]) -> Result<Vec<Vec<f64>>, AnalysisError> {
    let path = run.table(file)?;
    let frame = parquet::read(&path, names)?;
    names.iter().map(|name| parquet::floats(&frame, name, &path)).collect()
}
