//! Experiments: `sweep` and `merge`.

use std::path::PathBuf;

use clap::Args;
use sim::sweep::{MemoryLimit, Shard, TimeLimit};

use super::{ChangeArguments, OutputArguments, ThreadArguments};

pub(super) const SWEEP_EXAMPLES: &str = "\
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
    #[arg(long, value_name = "I/N", allow_hyphen_values = true)]
    pub(crate) shard: Option<Shard>,
    /// Try again what failed
    #[arg(long)]
    pub(crate) retry_failed: bool,
    /// Time that a run may take in this session, such as 10m, looked at between batches; beyond it the run fails and the
    /// others go on. Instead of limits.cell_time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) cell_time: Option<TimeLimit>,
    /// Memory that a run may need by the estimate of check, such as 4GB; beyond it the run fails before it begins. Instead
    /// of limits.cell_memory
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    pub(crate) cell_memory: Option<MemoryLimit>,
    /// Only print how far the sweep has come
    #[arg(long, conflicts_with_all = ["retry_failed", "slurm_script"])]
    pub(crate) status: bool,
    /// Only print a shell script that submits the missing shards of so many as a Slurm array, and a job that merges
    #[arg(long, value_name = "TASKS", conflicts_with = "shard", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub(crate) slurm_script: Option<u32>,
    /// Tasks of the Slurm array that may run at the same time
    #[arg(long, value_name = "TASKS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
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
