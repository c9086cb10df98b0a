//! `tokenmarket sweep --status`: how far a sweep has come.

use std::path::Path;
use std::process::ExitCode;

use analysis::{Format, Table, grouped};
use sim::sweep::{Shard, SweepPlan};

use super::{print, style, to_json};

pub(super) fn run(plan: &SweepPlan, out: &Path, shard: Shard, format: Format) -> anyhow::Result<ExitCode> {
    let status = sim::sweep::status(plan, out, shard)?;
    if format == Format::Json {
        print(&to_json(&serde_json::json!({
            "schema": model::summary::SCHEMA,
            "sweep": plan.name,
            "plan": plan.hash(),
            "status": status,
        }))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let row = |name: &str, value: String| vec![name.to_string(), value];
    let count = |count: usize| grouped(count as u64);
    let left = status
        .seconds_left
        .map_or("not known before the first run is done".into(), |seconds| format!("{seconds:.0} s"));
    let failures = status.failures.iter().take(10).map(|(run, message)| format!("{run}: {message}"));
    let table = Table {
        title: format!("{}: {} runs", plan.name, count(status.runs)),
        headers: vec!["runs".into(), "count".into()],
        rows: vec![
            row("done", count(status.done)),
            row("running", count(status.running)),
            row("failed", count(status.failed)),
            row("missing", count(status.missing)),
            row("time left", left),
        ],
        warnings: failures.collect(),
        ..Table::default()
    };
    print(&table.render(format, style()))?;
    Ok(ExitCode::SUCCESS)
}
