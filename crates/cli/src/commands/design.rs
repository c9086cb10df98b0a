//! `tokenmarket design`: menus without buyers.

mod portrait;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis::{Format, Table};
use model::column;
use model::config::nearest;
use model::menu::{Menu, MenuRow, Status, TaskRow};
use model::technology::Technology;
use serde_json::{Map, Value, json};
use sim::{Market, Portrait, design};

use super::{BadInput, in_file, load, print, significant, style, to_json, verdict, warn};
use crate::args::Design;
use crate::bars::Bars;
use crate::output::Outputs;

pub(crate) fn run(arguments: &Design) -> anyhow::Result<ExitCode> {
    let mut market = load(&arguments.market)?;
    let config = &arguments.market.config;
    let beside = config.parent().unwrap_or(Path::new(""));
    let books: Vec<PathBuf> =
        market.rules.iter().filter_map(|rule| rule.price_book()).map(|book| beside.join(book)).collect();
    if let Some(label) = &arguments.rule {
        keep(&mut market, label)?;
    }
    let export = match &arguments.export {
        Some(file) => {
            let inputs: Vec<&Path> = std::iter::once(config).chain(&books).map(PathBuf::as_path).collect();
            Some(Outputs::planned("--export", std::slice::from_ref(file), &inputs, arguments.force)?)
        }
        None => None,
    };
    let designed = design(&market, &Bars::new()).map_err(|error| in_file(error, &arguments.market))?;
    if let (Some(file), Some(outputs)) = (&arguments.export, export) {
        let book = designed.price_book(&market).map_err(|error| BadInput(format!("--export: {error}")))?;
        outputs.write(&[sim::config::to_toml(&book)])?;
        eprintln!("wrote {}", file.display());
    }
    let portraits = designed.portraits()?;
    let (technology, chosen) = (&designed.technology, &designed.menus);
    let text = match arguments.output.format {
        Format::Json => {
            let menus = chosen.iter().zip(&portraits);
            let rules: Vec<Value> =
                menus.map(|(menu, portrait)| menu_json(menu, portrait, technology)).collect();
            to_json(
                &json!({ "schema": model::summary::SCHEMA, "rules": rules, "warnings": designed.warnings }),
            )?
        }
        // One table per document: the items where a rule is named, else the rules.
        Format::Csv if arguments.rule.is_some() => {
            items_table(&chosen[0], technology, true).render(Format::Csv, style())
        }
        Format::Csv => rules_csv(chosen, &portraits),
        format => {
            let warnings =
                designed.warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message));
            let mut tables = vec![rules_table(chosen, &portraits, warnings.collect())];
            if arguments.rule.is_some() {
                // Where no one number orders the buyers there are no quantiles to show.
                tables.push(if arguments.items == "all" || portraits[0].tiers.is_empty() {
                    items_table(&chosen[0], technology, false)
                } else {
                    portrait::tiers_table(&chosen[0], &portraits[0], technology)
                });
                tables.extend(portrait::summary_tables(&chosen[0], &portraits[0]));
                let tasks = chosen[0].task_rows(technology);
                if !tasks.is_empty() {
                    tables.push(tasks_table(&chosen[0].label, &tasks));
                }
            }
            let texts: Vec<String> = tables.iter().map(|table| table.render(format, style())).collect();
            texts.join("\n")
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
fn menu_json(menu: &Menu, portrait: &Portrait, technology: &Technology) -> Value {
    let items: Vec<Value> = menu.rows(technology).iter().map(|row| row_json(row, technology)).collect();
    let mut json = json!({
        "rule": menu.label,
        "kind": menu.kind,
        "expected": menu.expected,
        "parameters": menu.parameters,
        "tiers": portrait.tiers,
        "markups": portrait.markups,
        "surplus": portrait.surplus,
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
fn rules_csv(menus: &[Menu], portraits: &[Portrait]) -> String {
    let headers = [
        "rule",
        "kind",
        "profit",
        "revenue",
        "cost",
        "consumer_surplus",
        "served_share",
        "fine_tuned_share",
        "certificate",
        "first_best",
        "deadweight_loss",
        "exclusion",
        "distortion",
        "markup_p10",
        "markup_p50",
        "markup_p90",
    ];
    let row = |(menu, portrait): (&Menu, &Portrait)| {
        let (expected, surplus) = (&menu.expected, &portrait.surplus);
        let numbers = |values: &[f64]| values.iter().map(ToString::to_string).collect::<Vec<String>>();
        let mut row = vec![menu.label.clone(), menu.kind.to_string()];
        row.extend(numbers(&[
            expected.profit,
            expected.revenue,
            expected.cost,
            expected.consumer_surplus,
            expected.served_share,
            expected.fine_tuned_share,
        ]));
        row.push(format!("{:?}", menu.certificate.status).to_lowercase());
        row.extend(numbers(&[surplus.first_best, surplus.deadweight_loss]));
        row.extend(
            [surplus.exclusion, surplus.distortion]
                .map(|loss| loss.map(|loss| loss.to_string()).unwrap_or_default()),
        );
        row.extend(
            portrait.markups.iter().flat_map(|markups| numbers(&[markups.p10, markups.p50, markups.p90])),
        );
        row
    };
    Table {
        headers: headers.map(String::from).into(),
        rows: menus.iter().zip(portraits).map(row).collect(),
        ..Table::default()
    }
    .render(Format::Csv, style())
}

fn rules_table(menus: &[Menu], portraits: &[Portrait], warnings: Vec<String>) -> Table {
    let headers = [
        "rule",
        "profit",
        "revenue",
        "cost",
        "consumer surplus",
        "deadweight loss",
        "served",
        "fine-tuned",
        "certificate",
        "menu",
    ];
    Table {
        title: "Expected outcome under the belief, $ per buyer".into(),
        headers: headers.map(String::from).into(),
        rows: menus.iter().zip(portraits).map(|(menu, portrait)| rule_row(menu, portrait)).collect(),
        notes: vec!["--rule LABEL shows one menu; --format json shows every digit.".into()],
        warnings: menus
            .iter()
            .filter_map(|menu| Some(format!("rule {}: {}", menu.label, menu.certificate.failure.as_ref()?)))
            .chain(warnings)
            .collect(),
        ..Table::default()
    }
}

fn rule_row(menu: &Menu, portrait: &Portrait) -> Vec<String> {
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
        money(portrait.surplus.deadweight_loss),
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

fn items_table(menu: &Menu, technology: &Technology, every_digit: bool) -> Table {
    let rows = menu.rows(technology);
    let number = |value: Option<f64>| match value {
        Some(value) if every_digit => value.to_string(),
        Some(value) => significant(value),
        None => String::new(),
    };
    let mut headers = vec!["item".to_string()];
    if let Some(row) = rows.first() {
        headers.extend(fields_of(row, technology).into_iter().map(|(name, _)| name));
    }
    let cells = |row: &MenuRow| {
        let figures = fields_of(row, technology).into_iter().map(|(_, value)| number(value));
        std::iter::once(row.item.to_string()).chain(figures).collect()
    };
    Table {
        title: format!("Items of {}", menu.label),
        headers,
        rows: rows.iter().map(cells).collect(),
        notes: vec![
            "Money in $ per buyer, tokens and fine-tuning in Mtok; threshold: the smallest index (value for allocations) \
             that chooses the item, payment and utility hers; markup: price over cost at the margin. `tokenmarket schema` \
             explains every column."
                .into(),
        ],
        ..Table::default()
    }
}

/// Rows of tasks that a terminal shows.
const SHOWN: usize = 20;

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
