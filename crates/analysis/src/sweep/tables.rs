//! A sweep as a table for readers, a wide table, and JSON.

use model::summary::{Estimate, SCHEMA, StandardErrors};
use serde_json::{Map, Value, json};

use super::recorded::{Figure, Recorded, Row};
use crate::number::{Rounded, grouped, percent, significance};
use crate::table::Table;

/// One row per cell and rule, rounded to what the replicates can tell.
pub(super) fn reader(sweep: &Recorded) -> Table {
    let plan = &sweep.plan;
    let mut headers = vec!["rule".to_string()];
    headers.extend(plan.keys.iter().map(|key| short(key, &plan.keys)));
    headers.extend(
        ["profit\n($)", "consumer\nsurplus ($)", "served\n(%)", "Δ profit\n($)", "Δ cell\nprofit ($)"]
            .map(String::from),
    );
    let over = match plan.replicates {
        1 => "standard errors of one run".to_string(),
        replicates => format!("standard errors over {replicates} replicates"),
    };
    let mut notes = vec![
        format!("Means per buyer ± {over}; money in $ per buyer."),
        format!(
            "Δ profit: rule minus baseline rule; Δ cell: cell minus baseline cell, same rule. {}",
            plan.buyers()
        ),
    ];
    notes.extend(left_out(sweep));
    Table {
        title: format!("{}: {} cells", plan.name, grouped(plan.cells.len() as u64)),
        headers,
        rows: sweep.rows.iter().map(|row| cells(sweep, row)).collect(),
        notes,
        warnings: warnings(sweep),
        ..Table::default()
    }
}

/// How many rows are not shown, and where they are.
pub(super) fn left_out(sweep: &Recorded) -> Option<String> {
    let count = |rows: usize| grouped(rows as u64);
    (sweep.more > 0).then(|| {
        format!(
            "{} of {} rows are left out; the whole table is {}.",
            count(sweep.more),
            count(sweep.rows.len() + sweep.more),
            sweep.table.display()
        )
    })
}

fn cells(sweep: &Recorded, row: &Row) -> Vec<String> {
    let plan = &sweep.plan;
    let errors = match plan.replicates {
        1 => StandardErrors::Buyers,
        replicates => StandardErrors::Replicates { replicates },
    };
    let cell = &plan.cells[row.cell];
    let estimate = |figures: &[Option<Figure>], name: &str| {
        let at = sweep.names.iter().position(|own| own == name);
        let figure = at.and_then(|at| figures[at]);
        let number = |number: Option<f64>| number.unwrap_or(f64::NAN);
        Estimate { mean: number(figure.map(|figure| figure.mean)), se: number(figure.and_then(|f| f.se)) }
    };
    let tested = |estimate: Estimate| format!("{}{}", Rounded::new(estimate), significance(estimate, errors));
    let unless = |is_baseline: bool, known: String| if is_baseline { "baseline".into() } else { known };
    let mut cells = vec![row.rule.clone()];
    cells.extend(cell.values.iter().map(|value| cut(shown(value))));
    cells.extend([
        Rounded::new(estimate(&row.figures, "profit")).to_string(),
        Rounded::new(estimate(&row.figures, "consumer_surplus")).to_string(),
        percent(estimate(&row.figures, "served_share").mean),
        unless(row.rule == row.baseline, tested(estimate(&row.figures, "profit_difference"))),
        unless(cell.cell == plan.baseline, tested(estimate(&row.from_baseline_cell, "profit"))),
    ]);
    cells
}

/// What the reader must know: which runs failed or warn.
fn warnings(sweep: &Recorded) -> Vec<String> {
    let runs = sweep.plan.cells.len() * sweep.plan.replicates as usize;
    let failed = (sweep.manifest.failed > 0).then_some(("failed", sweep.manifest.failed));
    let codes = sweep.manifest.warnings.iter().map(|(code, runs)| (code.as_str(), *runs));
    let line = |(what, count): (&str, usize)| format!("{what}: {count} of {runs} runs");
    failed.into_iter().chain(codes).map(line).collect()
}

/// The last parts of a key path that tell it from the other keys.
fn short(key: &str, keys: &[String]) -> String {
    let parts: Vec<&str> = key.split('.').collect();
    let tails = (1..=parts.len()).map(|length| parts[parts.len() - length..].join("."));
    let ending =
        |tail: &String| keys.iter().filter(|own| *own == tail || own.ends_with(&format!(".{tail}"))).count();
    tails.into_iter().find(|tail| ending(tail) == 1).unwrap_or_else(|| key.into())
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

/// Every figure of the rows that are shown.
pub(super) fn json(sweep: &Recorded) -> Value {
    let plan = &sweep.plan;
    let figure = |value: &Option<Figure>| {
        value.map_or(Value::Null, |value| json!({ "mean": value.mean, "se": value.se }))
    };
    let all = |values: &[Option<Figure>]| -> Map<String, Value> {
        sweep.names.iter().cloned().zip(values.iter().map(figure)).collect()
    };
    let row = |row: &Row| {
        let cell = &plan.cells[row.cell];
        let values: Map<String, Value> = plan.keys.iter().cloned().zip(cell.values.iter().cloned()).collect();
        json!({
            "cell": cell.cell,
            "values": values,
            "rule": row.rule,
            "kind": row.kind,
            "baseline": row.baseline,
            "figures": all(&row.figures),
            "from_baseline_cell": all(&row.from_baseline_cell),
        })
    };
    json!({
        "schema": SCHEMA,
        "sweep": plan.name,
        "plan": sweep.manifest.plan,
        "replicates": plan.replicates,
        "baseline_cell": plan.baseline,
        "failed": sweep.manifest.failed,
        "warnings": sweep.manifest.warnings,
        "rows": sweep.rows.iter().map(row).collect::<Vec<_>>(),
        "more_rows": sweep.more,
    })
}

/// The same, one row per cell and rule.
pub(super) fn csv(sweep: &Recorded) -> Table {
    let with_error = |name: String| [name.clone(), format!("{name}_se")];
    let mut headers = vec!["cell".to_string()];
    headers.extend(sweep.plan.keys.iter().cloned());
    headers.extend(["rule".into(), "baseline".into()]);
    headers.extend(sweep.names.iter().cloned().flat_map(with_error));
    headers.extend(sweep.names.iter().map(|name| format!("{name}_from_baseline_cell")).flat_map(with_error));
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let row = |row: &Row| {
        let cell = &sweep.plan.cells[row.cell];
        let mut cells = vec![cell.cell.clone()];
        cells.extend(cell.values.iter().map(shown));
        cells.extend([row.rule.clone(), row.baseline.clone()]);
        for value in row.figures.iter().chain(&row.from_baseline_cell) {
            cells.push(number(value.map(|value| value.mean)));
            cells.push(number(value.and_then(|value| value.se)));
        }
        cells
    };
    Table { headers, rows: sweep.rows.iter().map(row).collect(), ..Table::default() }
}
