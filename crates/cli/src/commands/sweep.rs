//! `tokenmarket sweep`: every cell of an experiment with every seed.

use std::process::ExitCode;

use sim::Progress;
use sim::sweep::{Limits, Shard, SweepError, SweepOptions, SweepPlan, SweepReport, sweep, warnings};

use super::{failing_under, load_experiment, merge, print, provenance, slurm, status};
use crate::args::Sweep;
use crate::bars::Bars;
use crate::signals::Signals;

pub(crate) fn run(arguments: &Sweep) -> anyhow::Result<ExitCode> {
    let mut experiment = load_experiment(&arguments.experiment)?;
    let Limits { cell_time, cell_memory } = experiment.limits;
    experiment.limits = Limits {
        cell_time: arguments.cell_time.clone().or(cell_time),
        cell_memory: arguments.cell_memory.clone().or(cell_memory),
    };
    let plan = SweepPlan::of(&experiment)?;
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let out = &arguments.experiment.out;
    if arguments.status {
        return status::run(&plan, out, shard, arguments.merge.output.format);
    }
    if arguments.slurm_script.is_some() {
        print(&slurm::script(&experiment, &plan, arguments)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = SweepOptions {
        out: out.clone(),
        threads: arguments.threads.threads.into(),
        provenance: provenance(),
        shard,
        retry_failed: arguments.retry_failed,
    };
    let signals = Signals::catch()?;
    // Claims on cells are given up before the end.
    signals.keep();
    let bars = Bars::stopped_by(signals.clone());
    let report = match sweep(&experiment, &plan, &options, &bars) {
        Err(SweepError::Interrupted) => {
            bars.note("interrupted; the same command continues");
            return Ok(signals.caught().unwrap_or(ExitCode::FAILURE));
        }
        done => done?,
    };
    drop(bars);
    tell(&report);
    if arguments.shard.is_some() {
        status::run(&plan, out, shard, arguments.merge.output.format)?;
        if !report.failed.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
        return Ok(failing_under(arguments.merge.strict, warnings(&plan, out, shard)?.keys()));
    }
    merge::merged(&experiment, &plan, out, (arguments.merge.output.format, arguments.merge.strict))
}

fn tell(report: &SweepReport) {
    let folder = report.folder.display();
    let earlier = report.trials - report.computed - report.failed.len();
    eprintln!(
        "{folder}: {} runs computed, {earlier} complete already, {} failed",
        report.computed,
        report.failed.len()
    );
    for (run, message) in report.failed.iter().take(10) {
        eprintln!("  {run}: {message}");
    }
    if !report.failed.is_empty() {
        eprintln!("failed runs stay so until sweep --retry-failed");
    }
}
