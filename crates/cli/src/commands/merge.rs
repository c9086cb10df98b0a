//! `tokenmarket merge`: the tables of a sweep.

use std::path::Path;
use std::process::ExitCode;

use analysis::{Format, Rounded, Table, grouped, percent, significance};
use model::column::figures;
use model::summary::{Estimate, StandardErrors};
use serde_json::Value;
use sim::sweep::{Cell, Experiment, RuleFigures, SweepPlan};

use super::{load_experiment, print, provenance, style, to_json};
use crate::args::Merge;

pub(crate) fn run(arguments: &Merge) -> anyhow::Result<ExitCode> {
    let experiment = load_experiment(&arguments.experiment)?;
    let plan = SweepPlan::of(&experiment)?;
    merged(&experiment, &plan, &arguments.experiment.out, arguments.output.format)
}

/// Rows that are printed; the files hold all.
const SHOWN: usize = 2000;

/// Merges and prints the summary; 1 if any run failed.
pub(super) fn merged(
    experiment: &Experiment,
    plan: &SweepPlan,
    out: &Path,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let mut rows: Vec<(Cell, RuleFigures)> = Vec::new();
    let mut count = 0;
    let merged = sim::sweep::merge(experiment, plan, out, &provenance(), &mut |cell, figures| {
        count += 1;
        if rows.len() < SHOWN {
            rows.push((cell.clone(), figures.clone()));
        }
    })?;
    let names: Vec<String> = figures(&plan.classes).into_iter().map(|column| column.name).collect();
    let text = match format {
        Format::Json => to_json(&json(plan, &names, &rows))?,
        Format::Csv => csv(plan, &names, &rows).render(Format::Csv, style()),
        format => table(plan, &names, &rows).render(format, style()),
    };
    print(&text)?;
    if count > SHOWN {
        eprintln!("{} more rows in summary.parquet", grouped((count - SHOWN) as u64));
    }
    eprintln!("merged {} runs of {} cells in {}", merged.trials, plan.cells.len(), merged.folder.display());
    Ok(if merged.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A figure and its difference to the baseline cell; not a number where they are unknown.
fn estimates(names: &[String], figures: &RuleFigures, name: &str) -> (Estimate, Estimate) {
    let at = names.iter().position(|own| own == name);
    let of = |values: &[Option<sim::sweep::OverReplicates>]| {
        let value = at.and_then(|at| values[at]);
        let number = |number: Option<f64>| number.unwrap_or(f64::NAN);
        Estimate { mean: number(value.map(|value| value.mean)), se: number(value.and_then(|value| value.se)) }
    };
    (of(&figures.figures), of(&figures.from_baseline_cell))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

/// Whole tables as values are told by how they begin.
fn cut(text: String) -> String {
    const LONGEST: usize = 24;
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn table(plan: &SweepPlan, names: &[String], rows: &[(Cell, RuleFigures)]) -> Table {
    let mut headers = vec!["rule".to_string()];
    headers.extend(plan.keys.iter().map(|key| short(key, &plan.keys)));
    headers.extend(
        ["profit\n($)", "consumer\nsurplus ($)", "served\n(%)", "Δ profit\n($)", "Δ cell\nprofit ($)"]
            .map(String::from),
    );
    let errors = match plan.replicates {
        1 => StandardErrors::Buyers,
        replicates => StandardErrors::Replicates { replicates },
    };
    let row = |(cell, figures): &(Cell, RuleFigures)| {
        let mut row = vec![figures.rule.clone()];
        row.extend(cell.values.iter().map(|value| cut(shown(value))));
        let estimate = |name: &str| estimates(names, figures, name);
        let tested =
            |estimate: Estimate| format!("{}{}", Rounded::new(estimate), significance(estimate, errors));
        let mark = |known: String, none: bool| if none { "baseline".into() } else { known };
        row.extend([
            Rounded::new(estimate("profit").0).to_string(),
            Rounded::new(estimate("consumer_surplus").0).to_string(),
            percent(estimate("served_share").0.mean),
            mark(tested(estimate("profit_difference").0), figures.rule == figures.baseline),
            mark(tested(estimate("profit").1), cell.cell == plan.baseline),
        ]);
        row
    };
    let over = match plan.replicates {
        1 => "Means per buyer ± standard errors of one run".to_string(),
        replicates => format!("Means per buyer ± standard errors over {replicates} replicates"),
    };
    Table {
        title: format!("{}: {} cells", plan.name, grouped(plan.cells.len() as u64)),
        headers,
        rows: rows.iter().map(row).collect(),
        notes: vec![
            format!("{over}; money in $ per buyer."),
            "Δ profit: rule minus baseline rule; Δ cell: cell minus baseline cell, same rule. Same buyers in both.".into(),
        ],
        ..Table::default()
    }
}

/// The last parts of a key path that tell it from the other keys.
fn short(key: &str, keys: &[String]) -> String {
    let parts: Vec<&str> = key.split('.').collect();
    let tails = (1..=parts.len()).map(|length| parts[parts.len() - length..].join("."));
    let ending =
        |tail: &String| keys.iter().filter(|own| *own == tail || own.ends_with(&format!(".{tail}"))).count();
    tails.into_iter().find(|tail| ending(tail) == 1).unwrap_or_else(|| key.into())
}

fn json(plan: &SweepPlan, names: &[String], rows: &[(Cell, RuleFigures)]) -> Value {
    let pair = |value: &Option<sim::sweep::OverReplicates>| {
        value.map_or(Value::Null, |value| serde_json::json!({ "mean": value.mean, "se": value.se }))
    };
    let all = |values: &[Option<sim::sweep::OverReplicates>]| -> serde_json::Map<String, Value> {
        names.iter().cloned().zip(values.iter().map(pair)).collect()
    };
    let row = |(cell, figures): &(Cell, RuleFigures)| {
        let values: serde_json::Map<String, Value> =
            plan.keys.iter().cloned().zip(cell.values.iter().cloned()).collect();
        serde_json::json!({
            "cell": cell.cell,
            "values": values,
            "rule": figures.rule,
            "kind": figures.kind,
            "baseline": figures.baseline,
            "figures": all(&figures.figures),
            "from_baseline_cell": all(&figures.from_baseline_cell),
        })
    };
    serde_json::json!({
        "schema": model::summary::SCHEMA,
        "sweep": plan.name,
        "plan": plan.hash(),
        "replicates": plan.replicates,
        "baseline_cell": plan.baseline,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn csv(plan: &SweepPlan, names: &[String], rows: &[(Cell, RuleFigures)]) -> Table {
    let with_error = |name: String| [name.clone(), format!("{name}_se")];
    let mut headers = vec!["cell".to_string()];
    headers.extend(plan.keys.iter().cloned());
    headers.push("rule".into());
    headers.extend(names.iter().cloned().flat_map(with_error));
    headers.extend(names.iter().map(|name| format!("{name}_from_baseline_cell")).flat_map(with_error));
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let row = |(cell, figures): &(Cell, RuleFigures)| {
        let mut row = vec![cell.cell.clone()];
        row.extend(cell.values.iter().map(shown));
        row.push(figures.rule.clone());
        for value in figures.figures.iter().chain(&figures.from_baseline_cell) {
            row.push(number(value.map(|value| value.mean)));
            row.push(number(value.and_then(|value| value.se)));
        }
        row
    };
    Table { headers, rows: rows.iter().map(row).collect(), ..Table::default() }
}
