//! From our columns to polars frames: names, order and types come from `model::column`.

use menu::Ironed;
use model::belief::Points;
use model::column::{self, Column as Definition};
use model::menu::MenuRow;
use model::summary::{Estimate, Summary};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PlSmallStr, Series};

use super::{Table, data_type};
use crate::engine::Block;
use crate::outcome::Outcomes;

/// One row group of a part file: the first `rows` buyers of the blocks.
pub(super) fn part_frame(
    table: Table,
    replicate: u32,
    columns: &[Definition],
    tokens: &[(String, f64)],
    blocks: &[Block],
    rows: usize,
) -> DataFrame {
    let first = blocks[0].buyers.first_user;
    frame(rows, columns, |name| match name {
        "replicate" => numbers(name, vec![replicate; rows]),
        "user" => Column::new(name.into(), (first..first + rows as u64).collect::<Vec<u64>>()),
        _ => match table {
            Table::Buyers => buyers_column(name, blocks, rows),
            Table::Choices(rule) => choices_column(name, tokens, blocks, rule, rows),
        },
    })
}

fn buyers_column(name: &str, blocks: &[Block], rows: usize) -> Column {
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
        _ => Column::full_null(name.into(), rows, &polars::prelude::DataType::String),
    }
}

fn choices_column(
    name: &str,
    tokens: &[(String, f64)],
    blocks: &[Block],
    rule: usize,
    rows: usize,
) -> Column {
    let of = |get: fn(&Outcomes) -> &Vec<f64>| {
        floats(name, gather(blocks, rows, |block| get(&block.outcomes[rule])))
    };
    if let Some(class) = name.strip_prefix("tokens_") {
        let rate = tokens.iter().find(|(own, _)| own == class).map_or(f64::NAN, |(_, rate)| *rate);
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
        _ => of(|outcomes| &outcomes.utility),
    }
}

/// The first `rows` values of a column over consecutive blocks.
fn gather<'a>(blocks: &'a [Block], rows: usize, column: impl Fn(&'a Block) -> &'a Vec<f64>) -> Vec<f64> {
    let mut gathered = Vec::with_capacity(rows);
    for block in blocks {
        let values = column(block);
        gathered.extend_from_slice(&values[..values.len().min(rows - gathered.len())]);
    }
    gathered
}

/// `menus/LABEL.parquet`.
pub fn menu_frame(rows: &[MenuRow], classes: &[&str]) -> DataFrame {
    let optional = |name: &str, get: &dyn Fn(&MenuRow) -> Option<f64>| {
        Series::new(name.into(), rows.iter().map(get).collect::<Vec<Option<f64>>>()).into_column()
    };
    frame(rows.len(), &column::menus(classes.iter().copied()), |name| match name {
        "item" => numbers(name, rows.iter().map(|row| row.item).collect()),
        "threshold" => optional(name, &|row| row.threshold),
        "virtual_value" => optional(name, &|row| row.virtual_value),
        "markup" => optional(name, &|row| row.markup),
        "fine_tuning_markup" => optional(name, &|row| row.fine_tuning_markup),
        "precision" => optional(name, &|row| row.precision),
        "spend" => optional(name, &|row| row.spend),
        "fine_tuning" => optional(name, &|row| row.fine_tuning),
        "payment" => optional(name, &|row| row.payment),
        "utility" => optional(name, &|row| row.utility),
        _ => {
            let class = classes.iter().position(|class| name.strip_prefix("tokens_") == Some(class));
            optional(name, &|row| class.and_then(|class| row.tokens[class]))
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
                _ => points.masses().to_vec(),
            },
        )
    })
}

/// `summary.parquet`: a row per rule, each quantity with its standard error beside it.
pub fn summary_frame(summary: &Summary) -> DataFrame {
    let rules = &summary.rules;
    let text = |name: &str, get: &dyn Fn(usize) -> String| {
        Column::new(name.into(), (0..rules.len()).map(get).collect::<Vec<String>>())
    };
    let mut columns = vec![
        text("rule", &|rule| rules[rule].rule.clone()),
        text("kind", &|rule| rules[rule].kind.clone()),
        text("baseline", &|_| summary.baseline.clone()),
        Column::new("users".into(), vec![summary.users; rules.len()]),
    ];
    let mut estimates = |name: &str, get: &dyn Fn(usize) -> Estimate| {
        columns.push(floats(name, (0..rules.len()).map(|rule| get(rule).mean).collect()));
        columns.push(floats(&format!("{name}_se"), (0..rules.len()).map(|rule| get(rule).se).collect()));
    };
    estimates("profit", &|rule| rules[rule].profit);
    estimates("revenue", &|rule| rules[rule].revenue);
    estimates("cost", &|rule| rules[rule].cost);
    estimates("consumer_surplus", &|rule| rules[rule].consumer_surplus);
    estimates("welfare", &|rule| rules[rule].welfare);
    estimates("deadweight_loss", &|rule| rules[rule].deadweight_loss);
    estimates("served_share", &|rule| rules[rule].served_share);
    estimates("fine_tuned_share", &|rule| rules[rule].fine_tuned_share);
    estimates("profit_difference", &|rule| rules[rule].profit_difference);
    estimates("consumer_surplus_difference", &|rule| rules[rule].consumer_surplus_difference);
    estimates("better_off_share", &|rule| rules[rule].better_off_share);
    estimates("worse_off_share", &|rule| rules[rule].worse_off_share);
    estimates("profit_share_of_first_best", &|rule| rules[rule].profit_share_of_first_best);
    for class in rules.first().into_iter().flat_map(|rule| rule.tokens.keys()) {
        estimates(&format!("tokens_{class}"), &|rule| rules[rule].tokens[class]);
    }
    DataFrame::new(rules.len(), columns).expect("a row per rule in every column")
}

/// A frame of the defined columns, in their order and with their types.
fn frame(rows: usize, columns: &[Definition], values: impl Fn(&str) -> Column) -> DataFrame {
    let columns: Vec<Column> = columns
        .iter()
        .map(|definition| {
            let column = values(&definition.name);
            debug_assert_eq!(column.dtype(), &data_type(definition.kind), "{}", definition.name);
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
