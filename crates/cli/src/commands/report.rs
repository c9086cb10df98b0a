//! `tokenmarket report`: a page with all charts and tables, and figures for papers.

use std::process::ExitCode;

use analysis::Report;

use super::{mention_runs_beside, print};
use crate::args::Recorded;

pub(crate) fn run(arguments: &Recorded) -> anyhow::Result<ExitCode> {
    mention_runs_beside(&arguments.path);
    let written = Report::of(&arguments.path)?.write()?;
    let lines: Vec<String> = written.iter().map(|path| format!("{}\n", path.display())).collect();
    print(&lines.concat())?;
    Ok(ExitCode::SUCCESS)
}
