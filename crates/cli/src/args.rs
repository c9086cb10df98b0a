//! What can be typed.

use std::path::PathBuf;

use analysis::{By, Format, Subject};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use sim::Override;
use sim::sweep::{MemoryLimit, Shard, TimeLimit};

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

const SWEEP_EXAMPLES: &str = "\
Examples:
  tokenmarket sweep experiments/cost-pass-through
  tokenmarket sweep experiments/cost-pass-through --status
  tokenmarket sweep experiments/cost-pass-through --shard 2/8          (then: tokenmarket merge, once)
  tokenmarket sweep experiments/cost-pass-through --slurm-script 8 | bash -s -- --time=60

The same command continues: runs that are complete are not computed again, and several processes share the rest. Runs beyond
[limits] of the experiment (cell_time = \"10m\", cell_memory = \"4GB\") fail, with error time-limit or memory in runs.parquet;
--retry-failed continues them after their last finished part.
Exit codes: 0 ok; 1 some cell failed, the disk is full, or a warning under --strict; 2 bad input, or a plan that changed;
75 stopped by SIGUSR1, requeue me; 130, 143 interrupted.";

const CALIBRATE_EXAMPLES: &str = "\
Examples:
  calibrate clients.csv --out clients.toml --customer client --tokens input=prompt_tokens --tokens output=output_tokens
            --price input=2 --price output=8 --sigma 0.5 --cost-share 0.4 --days active_days
  calibrate requests.csv --out shares.toml --requests --tokens input=ContextTokens --tokens output=GeneratedTokens
            --price input=2 --price output=8 --elasticity=-2 --cost-share 0.4

Spend shares are shares of the token exponents; their sum σ has to be assumed, or follows from a demand elasticity
-1/(1-σ). FILE holds [technology] and [population] for a market file; customers and their indices stand beside it in a CSV
file, which is a population itself: family = \"empirical\", file = \"clients.csv\", index = \"index\", weight = \"weight\".";

const QUERY_EXAMPLES: &str = "\
Examples:
  tokenmarket query results/paper-uniform/0123456789ab-20250702 \"SELECT rule, AVG(payment) AS paid FROM choices GROUP BY rule\"
  tokenmarket query results/cost-pass-through \"SELECT cell, rule, profit FROM summary ORDER BY profit DESC LIMIT 5\"

Tables of a run: buyers, choices (all rules, with a column rule), menus, menu_tasks, belief, summary; of a sweep: cells, runs,
summary. Their columns: tokenmarket schema. One SELECT, in the SQL of polars; nothing is ever written.";

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
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) users: Option<i64>,
    /// Stop once every rule's profit is compared to the baseline's with standard errors below this share of the
    /// baseline's profit (run.target_se); the number of buyers is then the most
    #[arg(long, value_name = "SHARE")]
    pub(crate) target_se: Option<f64>,
    /// Seed of all draws (run.seed)
    #[arg(long, value_name = "S", value_parser = count, allow_negative_numbers = true)]
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
    #[arg(long, value_name = "T", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub(crate) threads: u16,
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

/// An experiment, changes to its market, and where its results stand.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArguments {
    /// Experiment file in TOML, or the folder that holds experiment.toml
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiment: PathBuf,
    #[command(flatten)]
    pub(crate) changes: ChangeArguments,
    /// Folder of all results
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Sweep {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArguments,
    /// Only every N-th run, from the I-th on; nothing is merged
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Try again what failed
    #[arg(long)]
    pub(crate) retry_failed: bool,
    /// Time that a run may take in this session, such as 10m, looked at between batches; beyond it the run fails and the
    /// others go on. Instead of limits.cell_time
    #[arg(long, value_name = "TIME")]
    pub(crate) cell_time: Option<TimeLimit>,
    /// Memory that a run may need by the estimate of check, such as 4GB; beyond it the run fails before it begins. Instead
    /// of limits.cell_memory
    #[arg(long, value_name = "BYTES")]
    pub(crate) cell_memory: Option<MemoryLimit>,
    /// Only print how far the sweep has come
    #[arg(long, conflicts_with_all = ["retry_failed", "slurm_script"])]
    pub(crate) status: bool,
    /// Only print a shell script that submits the missing shards of so many as a Slurm array, and a job that merges
    #[arg(long, value_name = "TASKS", conflicts_with = "shard", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) slurm_script: Option<u32>,
    /// Tasks of the Slurm array that may run at the same time
    #[arg(long, value_name = "TASKS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) throttle: u32,
    #[command(flatten)]
    pub(crate) merge: MergeArguments,
    #[command(flatten)]
    pub(crate) threads: ThreadArguments,
}

/// How merged tables are printed and judged.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Exit with 1 if any run has a warning
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArguments,
    #[command(flatten)]
    pub(crate) merge: MergeArguments,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("row").args(["customer", "requests"]).required(true)))]
#[command(group(clap::ArgGroup::new("returns").args(["sigma", "elasticity"]).required(true)))]
pub(crate) struct Calibrate {
    /// Usage in CSV, one row per customer or per request
    #[arg(value_name = "TRACE")]
    pub(crate) trace: PathBuf,
    /// Market fragment to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Column that holds the tokens of a class; once per class
    #[arg(long, value_name = "CLASS=COLUMN", required = true, value_parser = pair)]
    pub(crate) tokens: Vec<(String, String)>,
    /// List price of a class in $ per Mtok; once per class
    #[arg(long, value_name = "CLASS=PRICE", required = true, value_parser = priced)]
    pub(crate) price: Vec<(String, f64)>,
    /// Column that names the customer of a row
    #[arg(long, value_name = "COLUMN")]
    pub(crate) customer: Option<String>,
    /// Rows are single requests: only the exponents are calibrated
    #[arg(long)]
    pub(crate) requests: bool,
    /// Column with the number of such customers
    #[arg(long, value_name = "COLUMN", requires = "customer")]
    pub(crate) weight: Option<String>,
    /// Column with the days a customer was observed for
    #[arg(long, value_name = "COLUMN", requires = "customer")]
    pub(crate) days: Option<String>,
    /// Read only rows whose column holds this value
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    pub(crate) group: Option<(String, String)>,
    /// Tokens in a count of one: 1, or 1e6 where the columns hold Mtok
    #[arg(long, value_name = "TOKENS", default_value_t = 1.0)]
    pub(crate) unit: f64,
    /// Assumed sum σ of the token exponents
    #[arg(long, value_name = "S")]
    pub(crate) sigma: Option<f64>,
    /// Demand elasticity -1/(1-σ) instead of σ
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub(crate) elasticity: Option<f64>,
    /// A smaller and a larger σ to compare with, LOW,HIGH
    #[arg(long, value_name = "LOW,HIGH", value_delimiter = ',', num_args = 2)]
    pub(crate) alternatives: Option<Vec<f64>>,
    /// Marginal cost as a share of list price
    #[arg(long, value_name = "K")]
    pub(crate) cost_share: f64,
    /// Where the law of the index is truncated, in $; left out: at twice the largest index
    #[arg(long, value_name = "DOLLARS", requires = "customer")]
    pub(crate) top: Option<f64>,
    /// Where the trace is from, for the header of FILE
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) source: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Exit with 1 if there is any warning
    #[arg(long)]
    pub(crate) strict: bool,
}

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
    /// Tables to print, separated by commas; csv holds one of them, json everything
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

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .map(|name| name.parse().expect("one of the possible values"))
}

/// NAME=VALUE.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.into(), value.into())),
        _ => Err(format!("found {text}; allowed: NAME=VALUE")),
    }
}

/// NAME=NUMBER.
fn priced(text: &str) -> Result<(String, f64), String> {
    let (name, value) = pair(text)?;
    let price = value
        .parse()
        .map_err(|_| format!("found {value}; allowed: a price in $ per Mtok, for example input=2.5"))?;
    Ok((name, price))
}

/// A whole number that a market file can hold, in which underscores may group digits.
fn count(text: &str) -> Result<i64, String> {
    let number: Option<i64> = text.replace('_', "").parse().ok();
    number.filter(|number| *number >= 0).ok_or_else(|| {
        format!("found {text}; allowed: a whole number from 0 to {}, such as 1_000_000", i64::MAX)
    })
}

impl MarketArguments {
    /// All changes: the flags that stand for keys come after `--set`.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        self.changes.overrides()
    }
}

impl ChangeArguments {
    /// All changes: the flags that stand for keys come after `--set`.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides = self.changes.clone();
        overrides.extend(self.users.map(|users| Override::integer("run.users", users)));
        overrides.extend(self.target_se.map(|share| Override::number("run.target_se", share)));
        overrides.extend(self.seed.map(|seed| Override::integer("run.seed", seed)));
        overrides.extend(self.record.as_ref().map(|record| Override::text("run.record", record)));
        overrides
    }
}
