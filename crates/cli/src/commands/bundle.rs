//! `tokenmarket bundle`: everything for an archive in one zip.

use std::process::ExitCode;

use super::{mention_runs_beside, print};
use crate::args::Recorded;

pub(crate) fn run(arguments: &Recorded) -> anyhow::Result<ExitCode> {
    mention_runs_beside(&arguments.path);
    print(&format!("{}\n", analysis::bundle(&arguments.path)?.display()))?;
    Ok(ExitCode::SUCCESS)
}
