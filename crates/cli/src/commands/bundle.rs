//! `tokenmarket bundle`: everything for an archive in one zip.

use std::process::ExitCode;

use super::print;
use crate::args::Recorded;

pub(crate) fn run(arguments: &Recorded) -> anyhow::Result<ExitCode> {
    print(&format!("{}\n", analysis::bundle(&arguments.path)?.display()))?;
    Ok(ExitCode::SUCCESS)
}
