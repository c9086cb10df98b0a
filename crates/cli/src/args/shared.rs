//! What several commands take: a market file and changes to it, how results are printed, threads.

use std::path::PathBuf;

use analysis::Format;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use sim::Override;

use super::numbers;
use crate::commands::BadInput;

/// A market file and changes to it.
#[derive(Debug, Args)]
pub(crate) struct MarketArguments {
    /// Market file in TOML
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) changes: ChangeArguments,
}

/// Changes to a market file.
#[derive(Debug, Args)]
pub(crate) struct ChangeArguments {
    /// Change one key, for example technology.tokens.input.cost=0.2; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) changes: Vec<Override>,
    /// Number of buyers (run.users); underscores are allowed
    #[arg(long, value_name = "N", value_parser = numbers::users, allow_negative_numbers = true)]
    pub(crate) users: Option<i64>,
    /// Stop once every rule's profit is compared to the baseline's with standard errors below this share of the
    /// baseline's profit (run.target_se); the number of buyers is then the most
    #[arg(long, value_name = "SHARE", value_parser = numbers::target_se, allow_negative_numbers = true)]
    pub(crate) target_se: Option<f64>,
    /// Seed of all draws (run.seed)
    #[arg(long, value_name = "S", value_parser = numbers::seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<i64>,
    /// Whose choices are written: all, none or sample=N (run.record)
    #[arg(long, value_name = "WHO")]
    pub(crate) record: Option<String>,
}

/// How results are printed.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Format of the results
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ThreadArguments {
    /// Worker threads, up to 1024; 0: as many as the machine has. Results do not depend on it
    #[arg(long, value_name = "T", default_value = "0", value_parser = numbers::threads, allow_negative_numbers = true)]
    pub(crate) threads: u16,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .map(|name| name.parse().expect("one of the possible values"))
}

impl ChangeArguments {
    /// All changes, each key once.
    ///
    /// # Errors
    /// A key that is set twice, by `--set` or by the flag that stands for it.
    pub(crate) fn overrides(&self) -> Result<Vec<Override>, BadInput> {
        let mut overrides = self.changes.clone();
        overrides.extend(self.users.map(|users| Override::integer("run.users", users)));
        overrides.extend(self.target_se.map(|share| Override::number("run.target_se", share)));
        overrides.extend(self.seed.map(|seed| Override::integer("run.seed", seed)));
        overrides.extend(self.record.as_ref().map(|record| Override::text("run.record", record)));
        for (position, change) in overrides.iter().enumerate() {
            if let Some(earlier) = overrides[..position].iter().find(|earlier| earlier.key == change.key) {
                return Err(BadInput(format!(
                    "--set: found {} twice, {} and {}; allowed: every key once, be it by --set or by a flag of its own",
                    change.key, earlier.value, change.value
                )));
            }
        }
        Ok(overrides)
    }
}
