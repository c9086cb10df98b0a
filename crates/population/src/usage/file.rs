//! Usage out of a file: a row per customer.

use std::path::Path;
use std::sync::Arc;

use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::UsedClass;
use crate::table::{ReadTables, TableError, other_content};

/// A trace of usage: a row per customer with the tokens of every class.
///
/// The file is known by the hash of its content: where it stands is no part of a run's identity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UsageFile {
    /// The file, CSV with a header line or Parquet, relative to the market file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// BLAKE3 of the file's content; a market file that states it accepts no other content.
    pub hash: String,
    /// Tokens in a count of one: 1 for tokens, 1e6 for Mtok.
    pub unit: f64,
    /// Column with the number of such customers, >= 0; absent: each row is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// What each customer spends at the posted prices, in $, and her weight.
    #[serde(skip)]
    rows: Arc<Vec<(f64, f64)>>,
}

/// Tokens in one Mtok.
const TOKENS_PER_MTOK: f64 = 1e6;

const COUNT: NumberKey =
    NumberKey { name: "tokens", range: Range::NonNegative, meaning: "tokens of a class" };
const WEIGHT: NumberKey =
    NumberKey { name: "weight", range: Range::NonNegative, meaning: "customers this row stands for" };
const UNIT: NumberKey =
    NumberKey { name: "unit", range: Range::Positive, meaning: "tokens in a count of one" };

impl UsageFile {
    pub(super) fn read(
        section: &Section,
        tokens: &[UsedClass],
        tables: &dyn ReadTables,
    ) -> Result<Self, ConfigError> {
        let file = section.text("file", "path of a CSV or Parquet file, relative to this one")?;
        let stated = section.optional_text("hash", "BLAKE3 of the file's content, in hex")?;
        let unit = section.optional_number(&UNIT)?.unwrap_or(1.0);
        let weight = section.optional_text("weight", "name of the column of weights")?;
        let mut columns: Vec<&str> = tokens.iter().filter_map(|used| used.column.as_deref()).collect();
        columns.extend(weight.as_deref());
        let beside = Path::new(section.file()).parent().unwrap_or(Path::new(""));
        let table = tables
            .read(&beside.join(&file), &columns, stated.as_deref())
            .map_err(|error| refuse(section, &file, error))?;
        let located = |(invalid, column): (Invalid, &str)| {
            let found = format!("{} in column {column} of {file}", invalid.found);
            section.error("file", invalid.allowed).found_instead(found)
        };
        let mut outlays = Vec::new();
        for (used, column) in tokens.iter().zip(&table.columns) {
            let name = used.column.as_deref().unwrap_or_default();
            outlays.resize(column.len(), 0.0);
            for (outlay, count) in outlays.iter_mut().zip(column) {
                let count = COUNT.check(*count).map_err(|invalid| located((invalid, name)))?;
                *outlay += count * unit / TOKENS_PER_MTOK * used.price;
            }
        }
        let weights = match &weight {
            None => vec![1.0; outlays.len()],
            Some(name) => {
                let numbers = &table.columns[tokens.len()];
                let checked = numbers.iter().map(|own| WEIGHT.check(*own)).collect::<Result<Vec<_>, _>>();
                checked.map_err(|invalid| located((invalid, name)))?
            }
        };
        if !(weights.iter().sum::<f64>() > 0.0) {
            let found = format!("no customer in {file}");
            return Err(section.error("file", "at least one row with a weight > 0").found_instead(found));
        }
        Ok(Self {
            file,
            hash: table.hash,
            unit,
            weight,
            rows: Arc::new(outlays.into_iter().zip(weights).collect()),
        })
    }

    pub(super) fn without_path(&self) -> Self {
        Self { file: String::new(), ..self.clone() }
    }

    /// Rows of the file.
    pub(super) fn customers(&self) -> usize {
        self.rows.len()
    }

    /// What each customer spends in $, and her weight.
    pub(super) fn outlays(&self) -> impl Iterator<Item = (f64, f64)> {
        self.rows.iter().copied()
    }
}

/// A table that cannot be used, said at the key `file`.
fn refuse(section: &Section, file: &str, error: TableError) -> ConfigError {
    let (found, allowed) = match error {
        TableError::Refused { found, allowed } => (format!("{found} ({file})"), allowed),
        TableError::OtherContent { hash } => return other_content(section, file, &hash),
        TableError::NoColumn { name, columns } => {
            (format!("no column \"{name}\" in {file}"), format!("one of its columns: {}", columns.join(", ")))
        }
        TableError::NotANumber { column, row, found } => {
            (format!("\"{found}\" in row {row} of column {column} of {file}"), "numbers in every row".into())
        }
    };
    section.error("file", allowed).found_instead(found)
}
