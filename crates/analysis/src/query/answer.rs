//! The answer to a query, for readers and for programs.

use model::summary::Estimate;
use polars::prelude::{AnyValue, DataFrame};
use serde_json::{Map, Value};

use crate::number::digits;
use crate::{Rounded, Table};

/// The rows as text; with `exact`, every digit of every number.
pub(super) fn table(frame: &DataFrame, exact: bool) -> Table {
    let names = frame.get_column_names();
    let cell = |value: &AnyValue| match value {
        AnyValue::Null => String::new(),
        AnyValue::Float64(number) if exact => digits(*number),
        AnyValue::Float64(number) => Rounded::new(Estimate { mean: *number, se: 0.0 }).mean,
        AnyValue::String(text) => (*text).to_string(),
        AnyValue::StringOwned(text) => text.to_string(),
        other => other.to_string(),
    };
    Table {
        headers: names.iter().map(ToString::to_string).collect(),
        rows: rows(frame).map(|row| row.iter().map(cell).collect()).collect(),
        ..Table::default()
    }
}

/// An array of objects: numbers, strings, booleans, null, and arrays of numbers.
pub(super) fn json(frame: &DataFrame) -> String {
    let names = frame.get_column_names();
    let object = |row: Vec<AnyValue>| {
        names
            .iter()
            .zip(&row)
            .map(|(name, value)| (name.to_string(), json_value(value)))
            .collect::<Map<_, _>>()
    };
    let rows: Vec<Value> = rows(frame).map(|row| Value::Object(object(row))).collect();
    format!("{:#}\n", Value::Array(rows))
}

fn json_value(value: &AnyValue) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => (*flag).into(),
        AnyValue::Float64(number) => (*number).into(),
        AnyValue::String(text) => (*text).into(),
        AnyValue::StringOwned(text) => text.as_str().into(),
        AnyValue::List(values) => values.iter().map(|value| json_value(&value)).collect(),
        other => other.extract::<i64>().map_or_else(|| Value::String(other.to_string()), Value::from),
    }
}

fn rows(frame: &DataFrame) -> impl Iterator<Item = Vec<AnyValue<'_>>> {
    (0..frame.height()).map(|row| {
        frame.columns().iter().map(|column| column.get(row).expect("row is below the height")).collect()
    })
}
