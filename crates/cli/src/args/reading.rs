//! Reading what was recorded: `compare`, `incidence`, `query`, `report`, `bundle`, `verify`, `schema`.

use std::path::PathBuf;

use analysis::{By, Subject};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::OutputArguments;

pub(super) const QUERY_EXAMPLES: &str = "\
Examples:
  tokenmarket query results/paper-uniform/0123456789ab-20250702 \"SELECT rule, AVG(payment) AS paid FROM choices GROUP BY rule\"
  tokenmarket query results/cost-pass-through \"SELECT cell, rule, profit FROM summary ORDER BY profit DESC LIMIT 5\"

Tables of a run: buyers, choices (all rules, with a column rule), menus, menu_tasks, belief, summary; of a sweep: cells, runs,
summary. Their columns: tokenmarket schema. One SELECT, in the SQL of polars; nothing is ever written.";

#[derive(Debug, Args)]
pub(crate) struct Schema {
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Folders of runs, or of a market with one run; or the folder of a sweep
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Rule that differences are relative to
    #[arg(long, value_name = "LABEL")]
    pub(crate) baseline: Option<String>,
    /// Tables of runs to print, separated by commas. csv holds one table: deciles, segments, or a row per rule with every figure
    /// of the others; json holds everything
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "summary", value_parser = subjects())]
    pub(crate) tables: Vec<Subject>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Folder of a run or sweep, or of many
    #[arg(value_name = "PATH", default_value = "results")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// The folder of a run or a sweep.
#[derive(Debug, Args)]
pub(crate) struct Recorded {
    /// Folder of a run, of a market with one run, or of a sweep
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Incidence {
    #[command(flatten)]
    pub(crate) recorded: Recorded,
    /// decile, segment, or a column of buyers
    #[arg(long, value_name = "GROUPS", default_value = "decile")]
    pub(crate) by: By,
    /// Rule that gains are relative to
    #[arg(long, value_name = "LABEL")]
    pub(crate) baseline: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

fn subjects() -> impl TypedValueParser<Value = Subject> {
    PossibleValuesParser::new(Subject::ALL.map(Subject::name))
        .map(|name| name.parse().expect("one of the possible values"))
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) recorded: Recorded,
    /// One SELECT
    #[arg(value_name = "SQL")]
    pub(crate) sql: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
