//! `tokenmarket schema`: the recorded columns.

use std::process::ExitCode;

use analysis::{Format, Table};
use model::column::{self, Column, ColumnType};
use serde_json::{Value, json};

use super::{print, style, to_json};
use crate::args::Schema;

pub(crate) fn run(arguments: &Schema) -> anyhow::Result<ExitCode> {
    let classes = ["CLASS"];
    let keys = [("KEY".to_string(), ColumnType::Float)];
    let tables = [
        ("buyers/part-*.parquet", column::buyers(true)),
        ("choices/rule=LABEL/part-*.parquet", column::choices(classes)),
        ("menus/LABEL.parquet", column::menus(classes)),
        ("menus/LABEL.tasks.parquet", column::menu_tasks()),
        ("belief.parquet", column::belief()),
        ("beliefs/LABEL.parquet", column::belief()),
        ("summary.parquet", column::summary(classes)),
        ("cells.parquet (sweep)", column::cells(&keys)),
        ("runs.parquet (sweep)", column::runs(&keys, &classes.map(String::from))),
        ("summary.parquet (sweep)", column::sweep_summary(&keys, &classes.map(String::from))),
    ];
    let text = match arguments.output.format {
        Format::Json => {
            let describe = |(table, columns): &(&str, Vec<Column>)| {
                let columns: Vec<Value> = columns.iter().map(column_json).collect();
                json!({ "table": table, "columns": columns })
            };
            to_json(
                &json!({ "schema": model::summary::SCHEMA, "tables": tables.iter().map(describe).collect::<Vec<_>>() }),
            )?
        }
        format => table(&tables).render(format, style()),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn column_json(column: &Column) -> Value {
    json!({ "name": column.name, "type": type_name(column.kind), "unit": column.unit, "meaning": column.meaning })
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Float => "f64",
        ColumnType::Count => "u64",
        ColumnType::Number => "u32",
        ColumnType::Text => "string",
        ColumnType::Floats => "list of f64",
    }
}

fn table(tables: &[(&str, Vec<Column>)]) -> Table {
    let rows = tables.iter().flat_map(|(table, columns)| {
        columns.iter().map(|column| {
            [*table, &column.name, type_name(column.kind), column.unit, column.meaning]
                .map(String::from)
                .to_vec()
        })
    });
    Table {
        title: "Recorded columns".into(),
        headers: ["table", "column", "type", "unit", "meaning"].map(String::from).into(),
        rows: rows.collect(),
        notes: vec![
            "One tokens_CLASS for every token class. In summary.parquet of a run every figure after users has its standard error \
             beside it, in X_se; both are null where the figure is undefined. One KEY for every key that a sweep varies, a string \
             unless all its values are numbers."
                .into(),
        ],
        ..Table::default()
    }
}
