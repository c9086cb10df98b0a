//! `tokenmarket check`: validate, and say what a run will take.

use std::process::ExitCode;

use analysis::{Format, Table, grouped};
use sim::sweep::{Experiment, SweepCost, SweepPlan, estimate};
use sim::{Plan, design};

use super::{in_file, load, print, style, to_json};
use crate::args::Check;
use crate::bars::Bars;

pub(crate) fn run(arguments: &Check) -> anyhow::Result<ExitCode> {
    if Experiment::is_experiment(&arguments.market.config) {
        return check_experiment(arguments);
    }
    let market = load(&arguments.market)?;
    let designed = design(&market, &Bars::new()).map_err(|error| in_file(error, &arguments.market))?;
    designed.certified()?;
    let pool = sim::engine::thread_pool(arguments.threads.threads.into())?;
    let plan = Plan::of(&market, &designed, &pool);
    let text = match arguments.output.format {
        Format::Json => to_json(&serde_json::json!({
            "schema": model::summary::SCHEMA,
            "run": format!("{}/{}", market.name, market.run_id()),
            "plan": plan,
            "sampling": market.run.sampling,
            "standard_errors": market.run.standard_errors(),
            "warnings": designed.warnings,
        }))?,
        Format::Csv => {
            let figures = [
                ("buyers", plan.buyers as f64),
                ("rules", plan.rules as f64),
                ("cells", plan.cells as f64),
                ("rows", plan.rows as f64),
                ("disk_bytes", plan.disk_bytes as f64),
                ("memory_bytes", plan.memory_bytes as f64),
                ("seconds", plan.seconds),
            ];
            let rows = figures.map(|(name, value)| vec![name.to_string(), value.to_string()]);
            let headers = vec!["plan".into(), "value".into()];
            Table { headers, rows: rows.into(), ..Table::default() }.render(Format::Csv, style())
        }
        format => table(&market, &plan, &designed.warnings).render(format, style()),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn check_experiment(arguments: &Check) -> anyhow::Result<ExitCode> {
    let experiment = Experiment::load(&arguments.market.config, &arguments.market.changes.overrides()?)?;
    let plan = SweepPlan::of(&experiment)?;
    let pool = sim::engine::thread_pool(arguments.threads.threads.into())?;
    let cost = estimate(&experiment, &pool, &Bars::new())?;
    let row = |name: &str, value: String| vec![name.to_string(), value];
    let text = match arguments.output.format {
        Format::Json => to_json(&serde_json::json!({
            "schema": model::summary::SCHEMA,
            "sweep": experiment.name,
            "plan": plan.hash(),
            "cost": cost,
        }))?,
        Format::Csv => {
            let figures = [
                ("cells", cost.cells as f64),
                ("replicates", f64::from(cost.replicates)),
                ("runs", cost.runs as f64),
                ("buyers", cost.buyers as f64),
                ("rows", cost.rows as f64),
                ("disk_bytes", cost.disk_bytes as f64),
                ("memory_bytes", cost.memory_bytes as f64),
                ("cells_over_memory", cost.cells_over_memory as f64),
                ("seconds", cost.seconds),
            ];
            let rows = figures.map(|(name, value)| row(name, value.to_string()));
            let headers = vec!["plan".into(), "value".into()];
            Table { headers, rows: rows.into(), ..Table::default() }.render(Format::Csv, style())
        }
        format => Table {
            title: format!("{} is valid", experiment.name),
            headers: vec!["plan".into(), "value".into()],
            rows: vec![
                row("plan", plan.hash()),
                row("varied keys", plan.keys.join(", ")),
                row("cells", grouped(cost.cells as u64)),
                row("replicates", cost.replicates.to_string()),
                row("runs", grouped(cost.runs as u64)),
                row("buyers", grouped(cost.buyers)),
                row("recorded rows", grouped(cost.rows)),
                row("disk", megabytes(cost.disk_bytes)),
                row("memory", megabytes(cost.memory_bytes)),
                row("expected time", format!("{:.0} s", cost.seconds)),
            ],
            notes: vec![
                "Disk, memory and time are estimates; time by a probe of the baseline cell on this machine."
                    .into(),
            ],
            warnings: over_memory(&experiment, &cost).into_iter().collect(),
            ..Table::default()
        }
        .render(format, style()),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What to know of cells that the limit on memory will refuse.
fn over_memory(experiment: &Experiment, cost: &SweepCost) -> Option<String> {
    let limit = experiment.limits.cell_memory.as_ref()?;
    (cost.cells_over_memory > 0).then(|| {
        format!(
            "{} of {} cells need more memory than limits.cell_memory = {limit}: their runs will be recorded as failed, and \
             nothing above counts them",
            cost.cells_over_memory, cost.cells
        )
    })
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", grouped(bytes.div_ceil(1_000_000)))
}

fn table(market: &sim::Market, plan: &Plan, warnings: &[model::summary::Warning]) -> Table {
    let row = |name: &str, value: String| vec![name.to_string(), value];
    Table {
        title: format!("{} is valid", market.name),
        headers: vec!["plan".into(), "value".into()],
        rows: vec![
            row("run", format!("{}/{}", market.name, market.run_id())),
            row("buyers", grouped(plan.buyers)),
            row("rules", plan.rules.to_string()),
            row("cells", plan.cells.to_string()),
            row("sampling", market.run.sampling.name().into()),
            row("standard errors", market.run.standard_errors().to_string()),
            row("recorded rows", grouped(plan.rows)),
            row("disk", megabytes(plan.disk_bytes)),
            row("memory", megabytes(plan.memory_bytes)),
            row("expected time", format!("{:.1} s", plan.seconds)),
        ],
        notes: vec![
            "Disk, memory and time are estimates; time by a probe on this machine, after the menus are designed.".into(),
        ],
        warnings: warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message)).collect(),
        ..Table::default()
    }
}
