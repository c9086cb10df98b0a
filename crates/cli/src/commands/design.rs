//! `tokenmarket design`: menus without buyers.

use std::process::ExitCode;

use analysis::{Format, Table};
use model::column;
use model::config::nearest;
use model::menu::{Menu, MenuRow, Status, TaskRow};
use model::technology::Technology;
use serde_json::{Map, Value, json};
use sim::{Market, design};

use super::{BadInput, in_file, load, print, significant, style, to_json, verdict, warn};
use crate::args::Design;
use crate::bars::Bars;

/// Items shown in a terminal; csv shows all.
const SHOWN: usize = 20;

pub(crate) fn run(arguments: &Design) -> anyhow::Result<ExitCode> {
    let mut market = load(&arguments.market)?;
    if let Some(label) = &arguments.rule {
        keep(&mut market, label)?;
    }
    let designed = design(&market, &Bars::new()).map_err(|error| in_file(error, &arguments.market))?;
    let (technology, chosen) = (&designed.technology, &designed.menus);
    let text = match arguments.output.format {
        Format::Json => {
            let rules: Vec<Value> = chosen.iter().map(|menu| menu_json(menu, technology)).collect();
            to_json(
                &json!({ "schema": model::summary::SCHEMA, "rules": rules, "warnings": designed.warnings }),
            )?
        }
        // One table per document: the items where a rule is named, else the rules.
        Format::Csv if arguments.rule.is_some() => {
            items_table(&chosen[0], technology, usize::MAX).render(Format::Csv, style())
        }
        Format::Csv => rules_csv(chosen),
        format => {
            let warnings =
                designed.warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message));
            let mut text = rules_table(chosen, warnings.collect()).render(format, style());
            if arguments.rule.is_some() {
                text += "\n";
                text += &items_table(&chosen[0], technology, SHOWN).render(format, style());
                let tasks = chosen[0].task_rows(technology);
                if !tasks.is_empty() {
                    text += "\n";
                    text += &tasks_table(&chosen[0].label, &tasks).render(format, style());
                }
            }
            text
        }
    };
    print(&text)?;
    warn(arguments.output.format, &designed.warnings);
    let failed = chosen.iter().any(|menu| menu.certificate.status == Status::Fails);
    Ok(if failed { ExitCode::FAILURE } else { verdict(arguments.strict, &designed.warnings) })
}

/// Keeps the one rule with this label.
fn keep(market: &mut Market, label: &str) -> Result<(), BadInput> {
    let labels: Vec<String> = market.rules.iter().map(|rule| rule.label.clone()).collect();
    market.rules.retain(|rule| rule.label == label);
    if !market.rules.is_empty() {
        return Ok(());
    }
    let help =
        nearest(label, labels.iter().map(String::as_str)).map(|name| format!("; did you mean {name}?"));
    Err(BadInput(format!(
        "--rule: found {label:?}; allowed: {}{}",
        labels.join(", "),
        help.unwrap_or_default()
    )))
}

/// One rule of `design --format json`; its items are the rows of menus/LABEL.parquet, its tasks those of
/// menus/LABEL.tasks.parquet.
fn menu_json(menu: &Menu, technology: &Technology) -> Value {
    let items: Vec<Value> = menu.rows(technology).iter().map(|row| row_json(row, technology)).collect();
    let mut json = json!({
        "rule": menu.label,
        "kind": menu.kind,
        "expected": menu.expected,
        "parameters": menu.parameters,
        "items": items,
        "certificate": menu.certificate,
    });
    let tasks = menu.task_rows(technology);
    if !tasks.is_empty() {
        json["tasks"] = tasks.iter().map(|row| json!(row)).collect();
    }
    json
}

fn row_json(row: &MenuRow, technology: &Technology) -> Value {
    let mut fields = Map::new();
    fields.insert("item".into(), row.item.into());
    for (name, value) in fields_of(row, technology) {
        fields.insert(name, value.map_or(Value::Null, Value::from));
    }
    Value::Object(fields)
}

/// The columns of menus/LABEL.parquet after `item`, with their values in a row.
fn fields_of(row: &MenuRow, technology: &Technology) -> Vec<(String, Option<f64>)> {
    let classes: Vec<&str> = technology.classes().collect();
    let columns = column::menus(classes.iter().copied()).into_iter().skip(1);
    columns.map(|column| (column.name.clone(), row.get(&column.name, &classes))).collect()
}

/// Every digit of every rule.
fn rules_csv(menus: &[Menu]) -> String {
    let figures = |menu: &Menu| {
        let expected = &menu.expected;
        [
            ("profit", expected.profit),
            ("revenue", expected.revenue),
            ("cost", expected.cost),
            ("consumer_surplus", expected.consumer_surplus),
            ("served_share", expected.served_share),
            ("fine_tuned_share", expected.fine_tuned_share),
        ]
    };
    let mut headers = vec!["rule".to_string(), "kind".into()];
    headers
        .extend(menus.first().into_iter().flat_map(|menu| figures(menu).map(|(name, _)| name.to_string())));
    headers.push("certificate".into());
    let row = |menu: &Menu| {
        let mut row = vec![menu.label.clone(), menu.kind.to_string()];
        row.extend(figures(menu).map(|(_, value)| value.to_string()));
        row.push(format!("{:?}", menu.certificate.status).to_lowercase());
        row
    };
    Table { headers, rows: menus.iter().map(row).collect(), ..Table::default() }.render(Format::Csv, style())
}

fn rules_table(menus: &[Menu], warnings: Vec<String>) -> Table {
    let headers = [
        "rule",
        "profit",
        "revenue",
        "cost",
        "consumer surplus",
        "served",
        "fine-tuned",
        "certificate",
        "menu",
    ];
    Table {
        title: "Expected outcome under the belief, $ per buyer".into(),
        headers: headers.map(String::from).into(),
        rows: menus.iter().map(rule_row).collect(),
        notes: vec!["--rule LABEL shows the items of one menu; --format json shows every digit.".into()],
        warnings: menus
            .iter()
            .filter_map(|menu| Some(format!("rule {}: {}", menu.label, menu.certificate.failure.as_ref()?)))
            .chain(warnings)
            .collect(),
        ..Table::default()
    }
}

fn rule_row(menu: &Menu) -> Vec<String> {
    let money = significant;
    let share = |value: f64| format!("{:.2} %", 100.0 * value);
    let expected = &menu.expected;
    let parameters: Vec<String> = menu
        .parameters
        .iter()
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), significant(*value)))
        .collect();
    vec![
        menu.label.clone(),
        money(expected.profit),
        money(expected.revenue),
        money(expected.cost),
        money(expected.consumer_surplus),
        share(expected.served_share),
        share(expected.fine_tuned_share),
        match menu.certificate.status {
            Status::Holds => "holds".into(),
            Status::Benchmark => "benchmark".into(),
            Status::Fails => "FAILS".into(),
        },
        parameters.join(", "),
    ]
}

fn items_table(menu: &Menu, technology: &Technology, most: usize) -> Table {
    let rows = menu.rows(technology);
    let stride = rows.len().div_ceil(most).max(1);
    let every_digit = most == usize::MAX;
    let number = |value: Option<f64>| match value {
        Some(value) if every_digit => value.to_string(),
        Some(value) => significant(value),
        None => String::new(),
    };
    let mut headers = vec!["item".to_string()];
    if let Some(row) = rows.first() {
        headers.extend(fields_of(row, technology).into_iter().map(|(name, _)| name));
    }
    let mut notes = vec![
        "Money in $ per buyer, tokens and fine-tuning in Mtok; threshold: the smallest index (value for allocations) that \
         chooses the item, payment and utility hers; markup: price over cost at the margin. `tokenmarket schema` explains \
         every column."
            .to_string(),
    ];
    if stride > 1 {
        notes.push(format!("One of every {stride} of {} items; --format csv shows all.", rows.len()));
    }
    Table {
        title: format!("Items of {}", menu.label),
        headers,
        rows: rows
            .iter()
            .step_by(stride)
            .map(|row| {
                let mut cells = vec![row.item.to_string()];
                cells.extend(fields_of(row, technology).into_iter().map(|(_, value)| number(value)));
                cells
            })
            .collect(),
        notes,
        ..Table::default()
    }
}

/// The tasks of the first items.
fn tasks_table(label: &str, rows: &[TaskRow]) -> Table {
    let columns: Vec<String> = column::menu_tasks().into_iter().map(|column| column.name).collect();
    let cells = |row: &TaskRow| {
        let numbers = columns.iter().skip(2).map(|name| row.get(name).map(significant).unwrap_or_default());
        [row.item.to_string(), row.task.to_string()].into_iter().chain(numbers).collect()
    };
    let mut notes = vec![
        "Value: of the type the item is meant for; spend: tokens at cost in $ per unit of mass; distortion: precision minus \
         that of the type's efficient use."
            .to_string(),
    ];
    if rows.len() > SHOWN {
        notes.push(format!("The first {SHOWN} of {} rows; --format json shows all.", rows.len()));
    }
    Table {
        title: format!("Tasks of {label}"),
        headers: columns.clone(),
        rows: rows.iter().take(SHOWN).map(cells).collect(),
        notes,
        ..Table::default()
    }
}
