//! `tokenmarket incidence`: who pays and who gains.

use std::process::ExitCode;

use super::{print, style};
use crate::args::Incidence;

pub(crate) fn run(arguments: &Incidence) -> anyhow::Result<ExitCode> {
    let (path, baseline) = (&arguments.recorded.path, arguments.baseline.as_deref());
    print(&analysis::incidence(path, &arguments.by, baseline, arguments.output.format, style())?)?;
    Ok(ExitCode::SUCCESS)
}
