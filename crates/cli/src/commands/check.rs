//! `tokenmarket check`: validate, and say what a run will take.

use std::process::ExitCode;

use analysis::{Format, Table, grouped};
use sim::{Plan, design};

use super::{in_file, load, print, style, to_json};
use crate::args::Check;
use crate::bars::Bars;

pub(crate) fn run(arguments: &Check) -> anyhow::Result<ExitCode> {
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

fn table(market: &sim::Market, plan: &Plan, warnings: &[model::summary::Warning]) -> Table {
    let row = |name: &str, value: String| vec![name.to_string(), value];
    let megabytes = |bytes: u64| format!("{} MB", grouped(bytes.div_ceil(1_000_000)));
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
