//! `tokenmarket run`: the market, end to end.

use std::process::ExitCode;

use analysis::compare;
use sim::run::Origin;
use sim::{Progress, RunError, RunOptions};

use super::{in_file, load, print, provenance, style, verdict, warn};
use crate::args::Run;
use crate::bars::Bars;
use crate::output::results_folder;
use crate::signals::Signals;

pub(crate) fn run(arguments: &Run) -> anyhow::Result<ExitCode> {
    results_folder(&arguments.out)?;
    let market = load(&arguments.market)?;
    let options = RunOptions {
        out: arguments.out.clone(),
        threads: arguments.threads.threads.into(),
        provenance: provenance(),
    };
    let signals = Signals::catch()?;
    let bars = Bars::stopped_by(signals.clone());
    let report = match sim::run(&market, &options, &bars) {
        Err(RunError::Interrupted) => {
            bars.note("interrupted; the same command continues");
            return Ok(signals.caught().unwrap_or(ExitCode::FAILURE));
        }
        done => done.map_err(|error| in_file(error, &arguments.market))?,
    };
    let folder = report.folder.display();
    bars.note(&match report.origin {
        Origin::Fresh => format!("wrote {folder}"),
        Origin::Continued => format!("continued an interrupted run and wrote {folder}"),
        Origin::Recognised => format!("{folder} is complete already; nothing was computed"),
    });
    print(&compare(std::slice::from_ref(&report.summary), None, arguments.output.format, style())?)?;
    warn(arguments.output.format, &report.summary.warnings);
    Ok(verdict(arguments.strict, &report.summary.warnings))
}
