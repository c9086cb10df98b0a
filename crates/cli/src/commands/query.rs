//! `tokenmarket query`: SQL over recorded tables.

use std::process::ExitCode;

use super::{print, style};
use crate::args::Query;

pub(crate) fn run(arguments: &Query) -> anyhow::Result<ExitCode> {
    print(&analysis::query(&arguments.recorded.path, &arguments.sql, arguments.output.format, style())?)?;
    Ok(ExitCode::SUCCESS)
}
