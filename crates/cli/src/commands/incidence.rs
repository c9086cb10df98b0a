//! `tokenmarket incidence`: who pays and who gains.

use std::process::ExitCode;

use super::{mention_runs_beside, print, style};
use crate::args::Incidence;

pub(crate) fn run(arguments: &Incidence) -> anyhow::Result<ExitCode> {
    mention_runs_beside(&arguments.recorded.path);
    let (path, baseline) = (&arguments.recorded.path, arguments.baseline.as_deref());
    print(&analysis::incidence(path, &arguments.by, baseline, arguments.output.format, style())?)?;
    Ok(ExitCode::SUCCESS)
}
