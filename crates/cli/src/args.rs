//! What can be typed.

mod calibrate;
mod numbers;
mod reading;
mod shared;
mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use calibrate::CALIBRATE_EXAMPLES;
pub(crate) use calibrate::Calibrate;
use reading::QUERY_EXAMPLES;
pub(crate) use reading::{Compare, Incidence, Query, Recorded, Schema, Verify};
pub(crate) use shared::{ChangeArguments, MarketArguments, OutputArguments, ThreadArguments};
use sweep::SWEEP_EXAMPLES;
pub(crate) use sweep::{ExperimentArguments, Merge, Sweep};

/// Which menu should a seller of language models post, and what does every other pricing rule lose?
///
/// tokenmarket draws heterogeneous buyers, designs the optimal menus of Bergemann, Bonatti and Smolin (EC '25), lets every
/// buyer choose under every rule, records the choices to Parquet and compares the rules with standard errors.
#[derive(Debug, Parser)]
#[command(name = "tokenmarket", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tokenmarket check configs/paper-uniform.toml
  tokenmarket describe configs/lognormal-tasks.toml
  tokenmarket design configs/paper-uniform.toml --rule three-tiers
  tokenmarket run configs/paper-uniform.toml --users 4_000_000
  tokenmarket sweep experiments/cost-pass-through
  tokenmarket compare results/paper-uniform/0123456789ab-20250702 --baseline first-best --format latex

Results go to stdout, progress and messages to stderr.
Exit codes: 0 ok; 1 the run or a cell failed, or a warning under --strict; 2 bad input.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Validate a market file or an experiment and print what running it will take
    #[command(after_help = "Examples:
  tokenmarket check configs/paper-uniform.toml --set run.users=100_000_000
  tokenmarket check experiments/cost-pass-through")]
    Check(Check),
    /// Show the population before any run: its index, its efficient use, how unequal it is
    #[command(after_help = "Examples:
  tokenmarket describe configs/lognormal-tasks.toml
  tokenmarket describe configs/lognormal-tasks.toml --set population.value.sigma=2 --format json")]
    Describe(Describe),
    /// Solve the menus without simulating: expected outcomes, certificates, items
    #[command(after_help = "Examples:
  tokenmarket design configs/paper-uniform.toml
  tokenmarket design configs/paper-uniform.toml --rule packages
  tokenmarket design configs/paper-uniform.toml --rule packages --format csv > packages.csv
  tokenmarket design configs/paper-uniform.toml --set technology.tokens.output.cost=0.25")]
    Design(Design),
    /// Design the menus, draw the buyers, record their choices and compare the rules
    #[command(after_help = "Examples:
  tokenmarket run configs/paper-uniform.toml
  tokenmarket run configs/paper-uniform.toml --users 10_000_000 --record none --format json
  tokenmarket run configs/paper-uniform.toml --set rules.three-tiers.tiers=5 --seed 7

A run that is complete is recognised and not computed again; a run that was killed continues after its last part.")]
    Run(Run),
    /// Run every cell of an experiment with every seed, on any number of machines, and merge what they found
    #[command(after_help = SWEEP_EXAMPLES)]
    Sweep(Sweep),
    /// Write the tables of a sweep whose shards are complete
    #[command(after_help = "Example:\n  tokenmarket merge experiments/cost-pass-through")]
    Merge(Merge),
    /// Turn a usage trace and list prices into a technology and a population
    #[command(after_help = CALIBRATE_EXAMPLES)]
    Calibrate(Calibrate),
    /// Print the columns of every recorded table, with unit and meaning
    #[command(after_help = "Example:\n  tokenmarket schema --format markdown")]
    Schema(Schema),
    /// Check recorded results against the checksums in their manifests
    #[command(after_help = "Examples:
  tokenmarket verify results/paper-uniform/0123456789ab-20250702
  tokenmarket verify results

Exit codes: 0 all intact; 1 something is missing, changed or foreign; 2 no results there.")]
    Verify(Verify),
    /// Print the comparison of recorded runs, or of the cells of a sweep
    #[command(after_help = "Examples:
  tokenmarket compare results/paper-uniform/0123456789ab-20250702
  tokenmarket compare results/paper-uniform/0123456789ab-20250702 --tables losses,prices,churn --baseline pay-as-you-go
  tokenmarket compare results/a/0123456789ab-1 results/b/ba9876543210-1 --baseline flat --format markdown
  tokenmarket compare results/cost-pass-through --baseline flat")]
    Compare(Compare),
    /// Print who pays and who gains, by decile, by segment or by any column of the buyers
    #[command(after_help = "Examples:
  tokenmarket incidence results/paper-uniform/0123456789ab-20250702 --by decile
  tokenmarket incidence results/paper-uniform/0123456789ab-20250702 --by scale --baseline flat --format csv")]
    Incidence(Incidence),
    /// Answer SQL over the tables of a run or a sweep
    #[command(after_help = QUERY_EXAMPLES)]
    Query(Query),
    /// Write a page with all charts and tables, and figures for papers, beside the results
    #[command(after_help = "Example:
  tokenmarket report results/paper-uniform/0123456789ab-20250702

Writes report.html, which needs no network, and figures/*.svg into the folder of the results.")]
    Report(Recorded),
    /// Pack configuration, manifest, tables, figures, report and a README into one zip for an archive
    #[command(after_help = "Example:
  tokenmarket bundle results/paper-uniform/0123456789ab-20250702

Writes bundle.zip into the folder of the results; the same results give the same bytes.")]
    Bundle(Recorded),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) market: MarketArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) threads: ThreadArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) market: MarketArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Exit with 1 if there is any warning
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Design {
    #[command(flatten)]
    pub(crate) market: MarketArguments,
    /// Only this rule, with its menu at quantiles of buyers, where the surplus goes, and its certificate
    #[arg(long, value_name = "LABEL")]
    pub(crate) rule: Option<String>,
    /// Items of that menu: at quantiles of buyers, or all of them. csv always has all, json both
    #[arg(long, value_name = "WHICH", default_value = "quantiles", requires = "rule", value_parser = ["quantiles", "all"])]
    pub(crate) items: String,
    /// Write that menu as a price book, a TOML file that the rule price-book posts
    #[arg(long, value_name = "FILE", requires = "rule")]
    pub(crate) export: Option<PathBuf>,
    /// Replace FILE if it is there already
    #[arg(long, requires = "export")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Exit with 1 if there is any warning
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) market: MarketArguments,
    /// Folder of all results
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) threads: ThreadArguments,
    /// Exit with 1 if there is any warning
    #[arg(long)]
    pub(crate) strict: bool,
}
