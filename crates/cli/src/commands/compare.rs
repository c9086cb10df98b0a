//! `tokenmarket compare`: the tables of recorded runs.

use std::process::ExitCode;

use analysis::{AnalysisError, Subject, compare_on, compare_sweep, is_sweep, read_summaries};

use super::{mention_runs_beside, print, print_sweep, style, warn};
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
        if arguments.tables != [Subject::Summary] {
            return Err(AnalysisError::TablesOfSweep { path: sweep.clone() }.into());
        }
        mention_runs_beside(sweep);
        let (baseline, format) = (arguments.baseline.as_deref(), arguments.output.format);
        print_sweep(&compare_sweep(sweep, baseline, format, style())?, format)?;
        return Ok(ExitCode::SUCCESS);
    }
    let summaries = read_summaries(&arguments.paths)?;
    let (baseline, format) = (arguments.baseline.as_deref(), arguments.output.format);
    print(&compare_on(&arguments.tables, &summaries, baseline, format, style())?)?;
    for summary in &summaries {
        warn(arguments.output.format, &summary.warnings);
    }
    Ok(ExitCode::SUCCESS)
}
