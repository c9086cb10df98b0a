//! Buyers out of a file: every row is one, drawn by its weight or in the order of the file.

mod sampler;

use std::path::Path;
use std::sync::Arc;

use model::config::{ConfigError, Invalid, NumberKey, Range, Section, nearest};
use serde::Serialize;

use crate::config::{MOST_TASKS, check_shares};
use crate::table::{ReadTables, Table, TableError, other_content};

pub(crate) use sampler::RowSampler;

/// Buyers known one by one.
///
/// The law of the index is exactly that of the rows by their weights: points, ties merged. The file is known by the hash
/// of its content: where it stands is no part of a run's identity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Empirical {
    /// The file, CSV with a header line or Parquet, relative to the market file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// BLAKE3 of the file's content; a market file that states it accepts no other content.
    pub hash: String,
    /// Which columns hold the buyers.
    #[serde(flatten)]
    pub columns: Columns,
    /// Column with the number of such buyers, >= 0; absent: each row is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// How rows become buyers.
    pub draw: Drawing,
    #[serde(skip)]
    rows: Arc<Rows>,
}

/// Which columns hold the buyers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Columns {
    /// The index alone.
    Index {
        /// Column of the index θ in $.
        index: String,
    },
    /// Value and scale.
    ValueScale {
        /// Column of the value w in $ per unit precision.
        value: String,
        /// Column of the scale s, a share of the tasks.
        scale: String,
    },
    /// Values task by task.
    Tasks {
        /// A column for each task with its value in $ per unit precision.
        tasks: Vec<String>,
        /// Masses of the tasks, summing to one; absent: equal.
        #[serde(skip_serializing_if = "Option::is_none")]
        masses: Option<Vec<f64>>,
    },
}

impl Columns {
    /// Masses of the tasks, where rows have values task by task.
    pub(crate) fn masses(&self) -> Option<Vec<f64>> {
        match self {
            Self::Tasks { tasks, masses: None } => Some(vec![1.0 / tasks.len() as f64; tasks.len()]),
            Self::Tasks { masses, .. } => masses.clone(),
            Self::Index { .. } | Self::ValueScale { .. } => None,
        }
    }
}

/// How rows become buyers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// Every buyer is a row drawn with its weight, with replacement.
    Bootstrap,
    /// Buyer i is row i, whatever the seed.
    InOrder,
}

/// What was read.
#[derive(Debug, PartialEq)]
struct Rows {
    /// Row by row: the index, or value and scale, or the values of the tasks.
    numbers: Vec<f64>,
    /// Numbers of each row.
    width: usize,
    weights: Option<Vec<f64>>,
}

const INDEX: NumberKey = NumberKey { name: "index", range: Range::NonNegative, meaning: "index in $" };
const VALUE: NumberKey =
    NumberKey { name: "value", range: Range::NonNegative, meaning: "value in $ per unit precision" };
const SCALE: NumberKey = NumberKey { name: "scale", range: Range::Unit, meaning: "share of the tasks" };
const TASKS: NumberKey =
    NumberKey { name: "tasks", range: Range::NonNegative, meaning: "value in $ per unit precision" };
const WEIGHT: NumberKey =
    NumberKey { name: "weight", range: Range::NonNegative, meaning: "buyers this row stands for" };
const MASSES: NumberKey =
    NumberKey { name: "masses", range: Range::Positive, meaning: "share of each task in all tasks" };

/// A column to read, with the key that names it.
type Wanted<'a> = (&'a str, &'static NumberKey);

impl Columns {
    fn read(section: &Section) -> Result<Self, ConfigError> {
        let column = |key, what| section.text(key, what);
        match (section.has("index"), section.has("value") || section.has("scale"), section.has("tasks")) {
            (false, true, false) => Ok(Self::ValueScale {
                value: column("value", "name of the column of values")?,
                scale: column("scale", "name of the column of scales")?,
            }),
            (false, false, true) => {
                let allowed = format!("names of 1 to {MOST_TASKS} columns, one for each task");
                let tasks = section.texts("tasks", &allowed)?;
                if tasks.is_empty() || tasks.len() > MOST_TASKS {
                    return Err(section.error("tasks", allowed));
                }
                let masses = section.has("masses").then(|| section.numbers(&MASSES)).transpose()?;
                Ok(Self::Tasks { tasks, masses })
            }
            (_, false, false) => Ok(Self::Index {
                index: column(
                    "index",
                    "name of the column of the index; or value and scale; or tasks, an array",
                )?,
            }),
            _ => Err(section
                .error("family", "columns of one kind: index, or value and scale, or tasks")
                .found_instead("several kinds of columns".into())),
        }
    }

    fn wanted(&self) -> Vec<Wanted<'_>> {
        match self {
            Self::Index { index } => vec![(index, &INDEX)],
            Self::ValueScale { value, scale } => vec![(value, &VALUE), (scale, &SCALE)],
            Self::Tasks { tasks, .. } => tasks.iter().map(|task| (task.as_str(), &TASKS)).collect(),
        }
    }
}

impl Empirical {
    /// How many buyers there are, where they are the rows in their order.
    pub(crate) fn rows_in_order(&self) -> Option<u64> {
        (self.draw == Drawing::InOrder).then(|| self.rows.count() as u64)
    }

    pub(crate) fn read(section: &Section, tables: &dyn ReadTables) -> Result<Self, ConfigError> {
        let file = section.text("file", "path of a CSV or Parquet file, relative to this one")?;
        let stated = section.optional_text("hash", "BLAKE3 of the file's content, in hex")?;
        let columns = Columns::read(section)?;
        let weight = section.optional_text("weight", "name of the column of weights")?;
        let draw = match section.has("draw").then(|| section.choice("draw", &["bootstrap", "in-order"])) {
            Some(draw) if draw.clone()? == "in-order" => Drawing::InOrder,
            _ => Drawing::Bootstrap,
        };
        if let (Some(weight), Drawing::InOrder) = (&weight, draw) {
            let allowed = "no weight with draw = \"in-order\", where every row counts once";
            return Err(section.error("weight", allowed).found_instead(format!("the column \"{weight}\"")));
        }
        let mut wanted = columns.wanted();
        wanted.extend(weight.as_deref().map(|name| (name, &WEIGHT)));
        let names: Vec<&str> = wanted.iter().map(|(name, _)| *name).collect();
        let beside = Path::new(section.file()).parent().unwrap_or(Path::new(""));
        let table = tables
            .read(&beside.join(&file), &names, stated.as_deref())
            .map_err(|error| refuse(section, &file, &wanted, error))?;
        let hash = table.hash.clone();
        let rows = Rows::checked(table, &wanted, weight.is_some()).map_err(|mut invalid| {
            invalid.found = format!("{} of {file}", invalid.found);
            section.locate(&invalid)
        })?;
        Ok(Self { file, hash, columns, weight, draw, rows: Arc::new(rows) })
    }

    /// The same buyers without the place they were read from.
    #[must_use]
    pub fn without_path(&self) -> Self {
        Self { file: String::new(), ..self.clone() }
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let Columns::Tasks { tasks, masses: Some(masses) } = &self.columns else { return Ok(()) };
        if masses.len() != tasks.len() {
            let allowed = format!("{} masses, one for each of the tasks", tasks.len());
            return Err(Invalid::new(MASSES.name, format!("{} masses", masses.len()), allowed));
        }
        check_shares(&MASSES, masses)
    }

    /// Whether buyers have values task by task.
    pub(crate) fn has_tasks(&self) -> bool {
        matches!(self.columns, Columns::Tasks { .. })
    }
}

impl Rows {
    /// The rows of a table whose last column holds weights, or does not.
    fn checked(table: Table, wanted: &[Wanted], weighted: bool) -> Result<Self, Invalid> {
        for (column, (name, key)) in table.columns.iter().zip(wanted) {
            if let Some((row, invalid)) =
                (1..).zip(column).find_map(|(row, number)| Some((row, key.check(*number).err()?)))
            {
                let found = format!("{} in row {row} of column {name}", invalid.found);
                return Err(Invalid { found, ..invalid });
            }
        }
        let mut columns = table.columns;
        let weights = if weighted { columns.pop() } else { None };
        let (width, count) = (columns.len(), columns.first().map_or(0, Vec::len));
        if count == 0 {
            return Err(Invalid::new("file", "no row", "at least one row".into()));
        }
        if let Some(weights) = &weights {
            let total: f64 = weights.iter().sum();
            if !(total > 0.0 && total.is_finite()) {
                let found = format!("weights that sum to {total}");
                return Err(Invalid::new(WEIGHT.name, found, "a finite sum > 0".into()));
            }
        }
        let numbers = (0..count).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Ok(Self { numbers, width, weights })
    }

    fn count(&self) -> usize {
        self.numbers.len() / self.width
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.width..(row + 1) * self.width]
    }
}

/// A table that cannot be used, said at the key that asked for it.
fn refuse(section: &Section, file: &str, wanted: &[Wanted], error: TableError) -> ConfigError {
    let key_of =
        |column: &str| wanted.iter().find(|(name, _)| *name == column).map_or(&INDEX, |(_, key)| *key);
    match error {
        TableError::Refused { found, allowed } => {
            section.error("file", allowed).found_instead(format!("{found} ({file})"))
        }
        TableError::OtherContent { hash } => other_content(section, file, &hash),
        TableError::NoColumn { name, columns } => {
            let help = nearest(&name, columns.iter().map(String::as_str));
            let allowed = format!("one of the columns of {file}: {}", columns.join(", "));
            ConfigError {
                help: help.map(|near| format!("did you mean \"{near}\"?")),
                ..section.error(key_of(&name).name, allowed).found_instead(format!("\"{name}\""))
            }
        }
        TableError::NotANumber { column, row, found } => {
            let found = if found.is_empty() { "nothing".into() } else { format!("\"{found}\"") };
            let key = key_of(&column);
            section
                .error(key.name, format!("numbers, each {} ({})", key.range, key.meaning))
                .found_instead(format!("{found} in row {row} of column {column} of {file}"))
        }
    }
}

#[cfg(test)]
mod tests;
