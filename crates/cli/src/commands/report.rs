//! `tokenmarket report`: a page with all charts and tables, and figures for papers.

use std::process::ExitCode;

use analysis::Report;

use super::print;
use crate::args::Recorded;

pub(crate) fn run(arguments: &Recorded) -> anyhow::Result<ExitCode> {
    let written = Report::of(&arguments.path)?.write()?;
    print(&written.iter().map(|path| format!("{}\n", path.display())).collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}
