//! `tokenmarket compare`: the tables of recorded runs.

use std::process::ExitCode;

use analysis::{AnalysisError, compare_on, compare_sweep, is_sweep, read_summary};

use super::{print, print_sweep, style, warn};
use crate::args::Compare;

pub(crate) fn run(arguments: &Compare) -> anyhow::Result<ExitCode> {
    if let Some(sweep) = arguments.paths.iter().find(|path| is_sweep(path)) {
        if arguments.paths.len() > 1 {
            return Err(AnalysisError::SweepAmongOthers {
                path: sweep.clone(),
                count: arguments.paths.len(),
            }
            .into());
        }
        let (baseline, format) = (arguments.baseline.as_deref(), arguments.output.format);
        print_sweep(&compare_sweep(sweep, baseline, format, style())?, format)?;
        return Ok(ExitCode::SUCCESS);
    }
    let summaries = arguments.paths.iter().map(|path| read_summary(path)).collect::<Result<Vec<_>, _>>()?;
    let (baseline, format) = (arguments.baseline.as_deref(), arguments.output.format);
    print(&compare_on(&arguments.tables, &summaries, baseline, format, style())?)?;
    for summary in &summaries {
        warn(arguments.output.format, &summary.warnings);
    }
    Ok(ExitCode::SUCCESS)
}
