//! From our columns to polars frames: names, order and types come from `model::column`.

use menu::Ironed;
use model::belief::Points;
use model::column::{self, Column as Definition};
use model::menu::{MenuRow, TaskRow};
use model::summary::{Estimate, RuleSummary, Summary};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PlSmallStr, Series};

use super::{Table, data_type};
use crate::engine::Block;
use crate::outcome::Outcomes;

/// One row group of a part file: the first `rows` buyers of the blocks.
pub(super) fn part_frame(
    table: Table,
    replicate: u32,
    columns: &[Definition],
    (tokens, segments): (&[(String, f64)], &[String]),
    blocks: &[Block],
    rows: usize,
) -> DataFrame {
    let first = blocks[0].buyers.first_user;
    frame(rows, columns, |name| match name {
        "replicate" => numbers(name, vec![replicate; rows]),
        "user" => Column::new(name.into(), (first..first + rows as u64).collect::<Vec<u64>>()),
        _ => match table {
            Table::Buyers => buyers_column(name, segments, blocks, rows),
            Table::Choices(rule) => choices_column(name, tokens, blocks, rule, rows),
        },
    })
}

fn buyers_column(name: &str, segments: &[String], blocks: &[Block], rows: usize) -> Column {
    let optional = |get: fn(&Block) -> Option<&Vec<f64>>| {
        let known = blocks.iter().all(|block| get(block).is_some());
        if known {
            floats(name, gather(blocks, rows, |block| get(block).expect("just seen")))
        } else {
            Column::full_null(name.into(), rows, &polars::prelude::DataType::Float64)
        }
    };
    match name {
        "index" => floats(name, gather(blocks, rows, |block| &block.buyers.index)),
        "value" => optional(|block| block.buyers.value.as_ref()),
        "scale" => optional(|block| block.buyers.scale.as_ref()),
        "segment" if segments.is_empty() => {
            Column::full_null(name.into(), rows, &polars::prelude::DataType::String)
        }
        "segment" => {
            let positions =
                blocks.iter().flat_map(|block| block.buyers.segment.as_deref().unwrap_or_default());
            let names = positions.take(rows).map(|position| segments[usize::from(*position)].as_str());
            Column::new(name.into(), names.collect::<Vec<&str>>())
        }
        "task_values" => {
            let of_block = |block: &Block| {
                let values = block.buyers.task_values.clone().unwrap_or_default();
                let tasks = (values.len() / block.buyers.index.len()).max(1);
                values.chunks(tasks).map(|values| Series::new(PlSmallStr::EMPTY, values)).collect::<Vec<_>>()
            };
            let lists: Vec<Series> = blocks.iter().flat_map(of_block).take(rows).collect();
            Series::new(name.into(), lists).into_column()
        }
        _ => unreachable!("{name} is no column of buyers"),
    }
}

fn choices_column(
    name: &str,
    tokens: &[(String, f64)],
    blocks: &[Block],
    rule: usize,
    rows: usize,
) -> Column {
    let of =
        |get: fn(&Outcomes) -> &[f64]| floats(name, gather(blocks, rows, |block| get(&block.outcomes[rule])));
    if let Some(class) = name.strip_prefix("tokens_") {
        let number = tokens.iter().position(|(own, _)| own == class).expect("a column of a class");
        if blocks.iter().all(|block| !block.outcomes[rule].tokens.is_empty()) {
            return floats(name, gather(blocks, rows, |block| &block.outcomes[rule].tokens[number]));
        }
        let rate = tokens[number].1;
        let spend = gather(blocks, rows, |block| &block.outcomes[rule].spend);
        return floats(name, spend.into_iter().map(|spend| rate * spend).collect());
    }
    match name {
        "item" => {
            let items: Vec<Option<u32>> = blocks
                .iter()
                .flat_map(|block| &block.outcomes[rule].item)
                .take(rows)
                .map(|item| Some(*item).filter(|item| *item != Outcomes::NOTHING))
                .collect();
            Series::new(name.into(), items).into_column()
        }
        "fine_tuning" => of(|outcomes| &outcomes.fine_tuning),
        "payment" => of(|outcomes| &outcomes.payment),
        "cost" => of(|outcomes| &outcomes.cost),
        "gross_value" => of(|outcomes| &outcomes.gross_value),
        "utility" => of(|outcomes| &outcomes.utility),
        _ => unreachable!("{name} is no column of choices"),
    }
}

/// The first `rows` values of a column over consecutive blocks.
fn gather<'a>(blocks: &'a [Block], rows: usize, column: impl Fn(&'a Block) -> &'a [f64]) -> Vec<f64> {
    let mut gathered = Vec::with_capacity(rows);
    for block in blocks {
        let values = column(block);
        gathered.extend_from_slice(&values[..values.len().min(rows - gathered.len())]);
    }
    gathered
}

/// `menus/LABEL.parquet`.
pub fn menu_frame(rows: &[MenuRow], classes: &[&str]) -> DataFrame {
    frame(rows.len(), &column::menus(classes.iter().copied()), |name| {
        if name == "item" {
            return numbers(name, rows.iter().map(|row| row.item).collect());
        }
        let values: Vec<Option<f64>> = rows.iter().map(|row| row.get(name, classes)).collect();
        Series::new(name.into(), values).into_column()
    })
}

/// `menus/LABEL.tasks.parquet`.
pub fn menu_tasks_frame(rows: &[TaskRow]) -> DataFrame {
    frame(rows.len(), &column::menu_tasks(), |name| match name {
        "item" => numbers(name, rows.iter().map(|row| row.item).collect()),
        "task" => numbers(name, rows.iter().map(|row| row.task).collect()),
        _ => {
            let values: Vec<Option<f64>> = rows.iter().map(|row| row.get(name)).collect();
            Series::new(name.into(), values).into_column()
        }
    })
}

/// `belief.parquet`.
pub fn belief_frame(points: &Points, ironed: &Ironed) -> DataFrame {
    frame(points.len(), &column::belief(), |name| {
        floats(
            name,
            match name {
                "index" => points.nodes().to_vec(),
                "virtual_value" => ironed.raw.clone(),
                "ironed_virtual_value" => ironed.virtual_values(),
                "mass" => points.masses().to_vec(),
                _ => unreachable!("{name} is no column of beliefs"),
            },
        )
    })
}

/// `summary.parquet`: a row per rule, each figure with its standard error beside it; null where it is undefined.
pub fn summary_frame(summary: &Summary) -> DataFrame {
    let rules = &summary.rules;
    let classes: Vec<&str> =
        rules.first().map_or_else(Vec::new, |rule| rule.tokens.keys().map(String::as_str).collect());
    let text = |name: &str, get: &dyn Fn(&RuleSummary) -> String| {
        Column::new(name.into(), rules.iter().map(get).collect::<Vec<String>>())
    };
    let mut columns = Vec::new();
    for definition in column::summary(classes) {
        let name = definition.name.as_str();
        match name {
            "rule" => columns.push(text(name, &|rule| rule.rule.clone())),
            "kind" => columns.push(text(name, &|rule| rule.kind.clone())),
            "baseline" => columns.push(text(name, &|_| summary.baseline.clone())),
            "users" => columns.push(Column::new(name.into(), vec![summary.users; rules.len()])),
            _ => {
                let estimates: Vec<Option<Estimate>> = rules.iter().map(|rule| rule.estimate(name)).collect();
                let numbers = |name: &str, of: fn(Estimate) -> f64| {
                    let values: Vec<Option<f64>> = estimates.iter().map(|own| own.map(of)).collect();
                    Series::new(name.into(), values).into_column()
                };
                columns.push(numbers(name, |estimate| estimate.mean));
                columns.push(numbers(&format!("{name}_se"), |estimate| estimate.se));
            }
        }
    }
    DataFrame::new(rules.len(), columns).expect("a row per rule in every column")
}

/// A frame of the defined columns, in their order and with their types.
fn frame(rows: usize, columns: &[Definition], values: impl Fn(&str) -> Column) -> DataFrame {
    let columns: Vec<Column> = columns
        .iter()
        .map(|definition| {
            let column = values(&definition.name);
            assert_eq!(column.dtype(), &data_type(definition.kind), "{}", definition.name);
            column
        })
        .collect();
    DataFrame::new(rows, columns).expect("every column has a value per row")
}

fn floats(name: &str, values: Vec<f64>) -> Column {
    Column::new(PlSmallStr::from_str(name), values)
}

fn numbers(name: &str, values: Vec<u32>) -> Column {
    Column::new(PlSmallStr::from_str(name), values)
}
