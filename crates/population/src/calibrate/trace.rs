//! Usage traces: who used how many tokens, read from CSV with the columns the user names.

mod table;

use std::collections::BTreeMap;
use std::io::Read;

use model::config::{ConfigError, Invalid, NumberKey, Range, check_name};
use serde::Serialize;

use self::table::{Row, Table};

/// Tokens in one Mtok.
const TOKENS_PER_MTOK: f64 = 1e6;

/// A column that holds the tokens of one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassColumn {
    /// Name of the token class: `[a-z0-9][a-z0-9_]*`.
    pub class: String,
    /// Header of its column.
    pub column: String,
}

/// Which rows to read: those whose `column` holds `value`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Header of the column.
    pub column: String,
    /// What it holds in the rows that count, spaces around it aside.
    pub value: String,
}

/// What one row of a trace is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "rows", rename_all = "kebab-case")]
pub enum Rows {
    /// All usage of one customer.
    Customers {
        /// Header of the column that names her; every customer has one row.
        customer: String,
        /// Header of a column with the number of such customers, > 0; absent: each row is one.
        weight: Option<String>,
        /// Header of a column with the days her usage was observed for, > 0; absent: usage is per trace, not per day.
        days: Option<String>,
    },
    /// One request, of an unknown customer.
    Requests,
}

/// Which columns of a trace mean what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Columns {
    /// What a row is about.
    #[serde(flatten)]
    pub rows: Rows,
    /// Token classes, at least one.
    pub tokens: Vec<ClassColumn>,
    /// Number of tokens in a count of one, > 0: 1 for tokens, 1e6 for Mtok.
    pub unit: f64,
    /// Rows to read; absent: all.
    pub group: Option<Group>,
}

impl Columns {
    /// Checks names of classes and the unit.
    ///
    /// # Errors
    /// At least one class, distinct names, distinct columns, a positive unit.
    pub fn check(&self) -> Result<(), Invalid> {
        const UNIT: NumberKey =
            NumberKey { name: "unit", range: Range::Positive, meaning: "tokens in a count of one" };
        UNIT.check(self.unit)?;
        if self.tokens.is_empty() {
            return Err(Invalid::new("tokens", "no token class", "at least one pair CLASS=COLUMN".into()));
        }
        for (position, token) in self.tokens.iter().enumerate() {
            check_name(&token.class, false)
                .map_err(|allowed| Invalid::new("tokens", &token.class, allowed))?;
            let earlier = &self.tokens[..position];
            if earlier.iter().any(|other| other.class == token.class || other.column == token.column) {
                let found = format!("{}={} after another", token.class, token.column);
                return Err(Invalid::new(
                    "tokens",
                    found,
                    "one column per class, one class per column".into(),
                ));
            }
        }
        Ok(())
    }
}

/// Usage as read: one row per customer or request, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Token classes, in the order of [`Columns::tokens`].
    pub classes: Vec<String>,
    /// Names of the customers; `None` for requests.
    pub customers: Option<Vec<String>>,
    /// Row by row the Mtok of each class, per day where days are known.
    pub tokens: Vec<f64>,
    /// Number of customers or requests each row stands for.
    pub weights: Vec<f64>,
    /// Whether tokens are per day.
    pub per_day: bool,
    /// What was read and what was not.
    pub counts: Counts,
}

/// How many rows were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Rows that were read and count.
    pub used: usize,
    /// Rows of the group whose tokens are unknown in at least one class.
    pub skipped: usize,
    /// Rows of other groups.
    pub other_groups: usize,
}

const TOKENS: NumberKey = NumberKey {
    name: "tokens",
    range: Range::NonNegative,
    meaning: "tokens; leave the field empty where they are unknown",
};
const WEIGHT: NumberKey =
    NumberKey { name: "weight", range: Range::Positive, meaning: "customers this row stands for" };
const DAYS: NumberKey = NumberKey { name: "days", range: Range::Positive, meaning: "days of observation" };

impl Trace {
    /// Reads a CSV file with a header line; `file` is its name in errors.
    ///
    /// A row in which the tokens of any class are left empty is skipped and counted.
    ///
    /// # Errors
    /// Names line, column, value and what is allowed: a column that is not there (and the nearest that is), a field
    /// that is not a number in range, a customer named twice, a group nobody is in, a line with missing fields.
    pub fn read(file: &str, csv: impl Read, columns: &Columns) -> Result<Self, ConfigError> {
        let mut table = Table::open(file, csv)?;
        columns.check().map_err(|invalid| table.refuse(None, &invalid))?;
        let tokens: Vec<usize> =
            columns.tokens.iter().map(|token| table.column(&token.column)).collect::<Result<_, _>>()?;
        let group = columns
            .group
            .as_ref()
            .map(|group| Ok::<_, ConfigError>((table.column(&group.column)?, group.value.trim())))
            .transpose()?;
        let person = Person::columns(&columns.rows, &table)?;
        let mut trace = Self::without_rows(columns);
        let (mut seen, mut others) = (BTreeMap::new(), Vec::new());
        while let Some(row) = table.next()? {
            if let Some((column, value)) = group
                && row.text(column) != value
            {
                trace.counts.other_groups += 1;
                remember(&mut others, row.text(column));
                continue;
            }
            trace.add(&row, &tokens, &person, columns.unit, &mut seen)?;
        }
        if trace.counts.used > 0 {
            return Ok(trace);
        }
        Err(table.nothing_read(group.map(|(column, value)| (column, value, others.as_slice())), trace.counts))
    }

    fn without_rows(columns: &Columns) -> Self {
        let (customers, per_day) = match &columns.rows {
            Rows::Customers { days, .. } => (Some(Vec::new()), days.is_some()),
            Rows::Requests => (None, false),
        };
        Self {
            classes: columns.tokens.iter().map(|token| token.class.clone()).collect(),
            customers,
            tokens: Vec::new(),
            weights: Vec::new(),
            per_day,
            counts: Counts::default(),
        }
    }

    /// Adds one row, or counts it as skipped.
    fn add(
        &mut self,
        row: &Row,
        columns: &[usize],
        person: &Person,
        unit: f64,
        seen: &mut BTreeMap<String, usize>,
    ) -> Result<(), ConfigError> {
        if let (Some(customers), Some(column)) = (&mut self.customers, person.customer) {
            let name = row.text(column);
            if name.is_empty() {
                return Err(row.error(column, "a customer's name"));
            }
            if let Some(line) = seen.insert(name.into(), row.line()) {
                let allowed = format!("a customer without a row before; line {line} has this one");
                let help = "add the rows of a customer up first, or read one group of rows";
                return Err(ConfigError { help: Some(help.into()), ..row.error(column, &allowed) });
            }
            customers.push(name.into());
        }
        let days = person.days.map_or(Ok(1.0), |column| row.number(column, &DAYS))?;
        let weight = person.weight.map_or(Ok(1.0), |column| row.number(column, &WEIGHT))?;
        let first = self.tokens.len();
        let mut unknown = false;
        for column in columns {
            let count = row.optional_number(*column, &TOKENS)?;
            unknown |= count.is_none();
            self.tokens.push(count.unwrap_or(0.0) * unit / TOKENS_PER_MTOK / days);
        }
        if unknown {
            self.tokens.truncate(first);
            self.customers.as_mut().map(Vec::pop);
            self.counts.skipped += 1;
        } else {
            self.weights.push(weight);
            self.counts.used += 1;
        }
        Ok(())
    }

    /// The Mtok of each class, row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.tokens.chunks_exact(self.classes.len())
    }
}

/// Keeps the first few distinct values of a column for an error message.
fn remember(seen: &mut Vec<String>, value: &str) {
    const MOST: usize = 12;
    if seen.len() < MOST && !seen.iter().any(|other| other == value) {
        seen.push(value.into());
    }
}

/// Positions of the columns about a customer.
#[derive(Default)]
struct Person {
    customer: Option<usize>,
    weight: Option<usize>,
    days: Option<usize>,
}

impl Person {
    fn columns(rows: &Rows, table: &Table<impl Read>) -> Result<Self, ConfigError> {
        let Rows::Customers { customer, weight, days } = rows else { return Ok(Self::default()) };
        let optional = |name: &Option<String>| name.as_ref().map(|name| table.column(name)).transpose();
        Ok(Self { customer: Some(table.column(customer)?), weight: optional(weight)?, days: optional(days)? })
    }
}

#[cfg(test)]
mod tests;
