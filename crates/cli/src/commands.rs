//! One file per command.

pub(crate) mod bundle;
pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod describe;
pub(crate) mod design;
pub(crate) mod incidence;
pub(crate) mod merge;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod slurm;
pub(crate) mod status;
pub(crate) mod sweep;
pub(crate) mod verify;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use analysis::{Format, Style, SweepRows, runs_beside};
use model::number::significant;
use model::summary::Warning;
use sim::Market;
use sim::manifest::Provenance;
use sim::sweep::Experiment;

use crate::args::{ExperimentArguments, MarketArguments};
use crate::output::results_folder;

/// Something typed that cannot be.
#[derive(Debug)]
pub(crate) struct BadInput(pub(crate) String);

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// Reads the market file with all changes applied.
fn load(arguments: &MarketArguments) -> anyhow::Result<Market> {
    Ok(Market::load(&arguments.config, &arguments.changes.overrides()?)?)
}

/// The error with the file it is about, where the input is to blame and its own words do not name it.
fn in_file(error: sim::RunError, arguments: &MarketArguments) -> anyhow::Error {
    let unnamed = error.is_bad_input() && !matches!(error, sim::RunError::Config(_));
    let error = anyhow::Error::from(error);
    if unnamed { error.context(arguments.config.display().to_string()) } else { error }
}

/// What manifests say of this process.
fn provenance() -> Provenance {
    Provenance {
        argv: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
        commit: env!("TOKENMARKET_COMMIT").into(),
    }
}

/// Reads an experiment with all changes to its market applied.
fn load_experiment(arguments: &ExperimentArguments) -> anyhow::Result<Experiment> {
    results_folder(&arguments.out)?;
    Ok(Experiment::load(&arguments.experiment, &arguments.changes.overrides()?)?)
}

/// Says on stderr which runs stand in the folder of a sweep, where its market has the same name: the sweep is meant.
fn mention_runs_beside(path: &Path) {
    let runs = runs_beside(path);
    if let Some(run) = runs.first() {
        eprintln!(
            "note: {} is a sweep and also holds {} of a market of the same name; for a run name its folder, such as {}",
            path.display(),
            if runs.len() == 1 { "a run".into() } else { format!("{} runs", runs.len()) },
            run.display()
        );
    }
}

/// What stdout can show.
fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    let width = terminal_size::terminal_size().filter(|_| terminal).map(|(width, _)| width.0);
    Style { colour: terminal && std::env::var_os("NO_COLOR").is_none(), width }
}

/// Prints results.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Prints rows of a sweep; formats for machines have no room to say that some are left out.
fn print_sweep(rows: &SweepRows, format: Format) -> anyhow::Result<()> {
    print(&rows.text)?;
    if let (Format::Csv | Format::Json, Some(left_out)) = (format, &rows.left_out) {
        eprintln!("note: {left_out}");
    }
    Ok(())
}

/// Warnings on stderr, for formats that hold nothing but numbers.
fn warn(format: Format, warnings: &[Warning]) {
    if format == Format::Csv {
        for warning in warnings {
            eprintln!("warning: {}: {}", warning.code, warning.message);
        }
    }
}

/// 1 if warnings count as failure, and which they are.
fn verdict(strict: bool, warnings: &[Warning]) -> ExitCode {
    failing_under(strict, warnings.iter().map(|warning| &warning.code))
}

/// 1 if there are codes of warnings and they count as failure.
fn failing_under<'a>(strict: bool, codes: impl Iterator<Item = &'a String>) -> ExitCode {
    let codes: Vec<&str> = codes.map(String::as_str).collect();
    if !strict || codes.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: under --strict warnings are failures: {}", codes.join(", "));
    ExitCode::FAILURE
}

/// A JSON document for stdout.
fn to_json(value: &impl serde::Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
