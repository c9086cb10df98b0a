//! `tokenmarket query`: SQL over recorded tables.

use std::process::ExitCode;

use super::{mention_runs_beside, print, style};
use crate::args::Query;

pub(crate) fn run(arguments: &Query) -> anyhow::Result<ExitCode> {
    mention_runs_beside(&arguments.recorded.path);
    print(&analysis::query(&arguments.recorded.path, &arguments.sql, arguments.output.format, style())?)?;
    Ok(ExitCode::SUCCESS)
}
