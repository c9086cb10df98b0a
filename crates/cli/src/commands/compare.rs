//! `tokenmarket compare`: the tables of recorded runs.

use std::process::ExitCode;

use analysis::{compare_on, read_summary};

use super::{print, style, warn};
use crate::args::Compare;

pub(crate) fn run(arguments: &Compare) -> anyhow::Result<ExitCode> {
    let summaries = arguments.paths.iter().map(|path| read_summary(path)).collect::<Result<Vec<_>, _>>()?;
    let (baseline, format) = (arguments.baseline.as_deref(), arguments.output.format);
    print(&compare_on(&arguments.tables, &summaries, baseline, format, style())?)?;
    for summary in &summaries {
        warn(arguments.output.format, &summary.warnings);
    }
    Ok(ExitCode::SUCCESS)
}
