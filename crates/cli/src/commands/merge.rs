//! `tokenmarket merge`: the tables of a sweep.

use std::path::Path;
use std::process::ExitCode;

use analysis::{Format, compare_sweep};
use sim::sweep::{Experiment, SweepPlan};

use super::{failing_under, load_experiment, print_sweep, provenance, style};
use crate::args::Merge;

pub(crate) fn run(arguments: &Merge) -> anyhow::Result<ExitCode> {
    let experiment = load_experiment(&arguments.experiment)?;
    let plan = SweepPlan::of(&experiment)?;
    let merge = &arguments.merge;
    merged(&experiment, &plan, &arguments.experiment.out, (merge.output.format, merge.strict))
}

/// Merges and prints the comparison; 1 if any run failed, or warned under `strict`.
pub(super) fn merged(
    experiment: &Experiment,
    plan: &SweepPlan,
    out: &Path,
    (format, strict): (Format, bool),
) -> anyhow::Result<ExitCode> {
    let merged = sim::sweep::merge(experiment, plan, out, &provenance())?;
    print_sweep(&compare_sweep(&merged.folder, None, format, style())?, format)?;
    eprintln!("merged {} runs of {} cells in {}", merged.trials, plan.cells.len(), merged.folder.display());
    if merged.failed > 0 {
        return Ok(ExitCode::FAILURE);
    }
    Ok(failing_under(strict, merged.warnings.keys()))
}
