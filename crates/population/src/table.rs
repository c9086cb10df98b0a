//! Tables of numbers that a configuration names: what reads them for this crate, and how CSV is read.

use std::io::Read;
use std::path::Path;

use model::config::{ConfigError, Section};

/// Reads the tables that a configuration names: this crate itself knows nothing of files.
pub trait ReadTables {
    /// Columns of the table at `path`, in the order asked for, and the hash of the whole file. Content with another hash
    /// than the stated one is not decoded.
    ///
    /// # Errors
    /// Why there is no such table, column or number.
    fn read(&self, path: &Path, columns: &[&str], stated: Option<&str>) -> Result<Table, TableError>;
}

/// No table at all: for configurations that name none.
#[derive(Debug, Clone, Copy)]
pub struct NoTables;

impl ReadTables for NoTables {
    fn read(&self, _: &Path, _: &[&str], _: Option<&str>) -> Result<Table, TableError> {
        Err(TableError::Refused { found: "a file".into(), allowed: "no files here".into() })
    }
}

/// Columns of numbers, all equally long.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Hash of the file's content.
    pub hash: String,
    /// The columns asked for.
    pub columns: Vec<Vec<f64>>,
}

/// Why a table cannot be used. Rows are counted from 1, without the header.
#[derive(Debug, Clone, PartialEq)]
pub enum TableError {
    /// The file as a whole.
    Refused {
        /// What is there.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// Another content than the stated one.
    OtherContent {
        /// Its hash.
        hash: String,
    },
    /// A column that is not there.
    NoColumn {
        /// Its name.
        name: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A field that is not a number.
    NotANumber {
        /// Its column.
        column: String,
        /// Its row.
        row: usize,
        /// What stands there; empty for nothing.
        found: String,
    },
}

/// Refuses content with another hash than the stated one.
///
/// # Errors
/// [`TableError::OtherContent`].
pub fn check_content(hash: &str, stated: Option<&str>) -> Result<(), TableError> {
    if stated.is_none_or(|stated| stated == hash) {
        return Ok(());
    }
    Err(TableError::OtherContent { hash: hash.into() })
}

/// Says at the key `hash` that the file is not the one it was.
pub(crate) fn other_content(section: &Section, file: &str, hash: &str) -> ConfigError {
    let stated = section.optional_text("hash", "BLAKE3 of the file's content, in hex").ok().flatten();
    let allowed = format!("the hash of {file}, {hash}; leave it out to accept any content");
    section.error("hash", allowed).found_instead(stated.unwrap_or_default())
}

/// Most rows of a table.
pub const MOST_ROWS: usize = 10_000_000;

/// Most numbers in a table, eight bytes each.
pub const MOST_NUMBERS: usize = 100_000_000;

/// Refuses tables that would not fit into memory.
///
/// # Errors
/// More than [`MOST_ROWS`] rows or [`MOST_NUMBERS`] numbers.
pub fn check_size(rows: usize, columns: usize) -> Result<(), TableError> {
    if rows <= MOST_ROWS && rows.saturating_mul(columns) <= MOST_NUMBERS {
        return Ok(());
    }
    let found = format!("at least {rows} rows of {columns} columns");
    let allowed = format!("at most {MOST_ROWS} rows and {MOST_NUMBERS} numbers; draw a sample of the rows");
    Err(TableError::Refused { found, allowed })
}

/// Reads columns of a CSV file with a header line.
///
/// # Errors
/// A column that is not there or there twice, a field that is not a number, a line with too few fields, too many rows.
pub fn read_csv(csv: impl Read, columns: &[&str]) -> Result<Vec<Vec<f64>>, TableError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
    let header: Vec<String> =
        reader.headers().map_err(|error| unreadable(&error))?.iter().map(Into::into).collect();
    let positions: Vec<usize> =
        columns.iter().map(|name| position_of(name, &header)).collect::<Result<_, _>>()?;
    let mut numbers = vec![Vec::new(); columns.len()];
    let (mut record, mut row) = (csv::StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        row += 1;
        check_size(row, columns.len())?;
        for ((column, position), name) in numbers.iter_mut().zip(&positions).zip(columns) {
            let field = &record[*position];
            column.push(field.parse().map_err(|_| TableError::NotANumber {
                column: (*name).into(),
                row,
                found: field.into(),
            })?);
        }
    }
    Ok(numbers)
}

/// The position of the only column of this name.
///
/// # Errors
/// There is none, or there are several.
pub fn position_of(name: &str, header: &[String]) -> Result<usize, TableError> {
    let mut positions = (0..header.len()).filter(|position| header[*position] == name);
    match (positions.next(), positions.next()) {
        (Some(position), None) => Ok(position),
        (None, _) => Err(TableError::NoColumn { name: name.into(), columns: header.to_vec() }),
        (Some(_), Some(_)) => {
            let found = format!("two columns named {name}");
            Err(TableError::Refused { found, allowed: "columns with distinct names".into() })
        }
    }
}

fn unreadable(error: &csv::Error) -> TableError {
    let allowed = "CSV in UTF-8 with a header line and as many fields on every line".into();
    TableError::Refused { found: error.to_string(), allowed }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOMERS: &str = "customer, index,weight\na,1.5,2\n\"b, the second\",0,1e3\n";

    #[test]
    fn columns_are_read_in_the_order_asked_for() {
        let read = read_csv(CUSTOMERS.as_bytes(), &["weight", "index"]);
        assert_eq!(read, Ok(vec![vec![2.0, 1000.0], vec![1.5, 0.0]]));
        assert_eq!(read_csv("index\n".as_bytes(), &["index"]), Ok(vec![vec![]]));
    }

    #[test]
    fn what_is_wrong_is_located() {
        let error = |text: &str, column| read_csv(text.as_bytes(), &[column]).unwrap_err();
        let columns = ["customer", "index", "weight"].map(String::from).into();
        assert_eq!(error(CUSTOMERS, "idnex"), TableError::NoColumn { name: "idnex".into(), columns });
        assert_eq!(
            error(CUSTOMERS, "customer"),
            TableError::NotANumber { column: "customer".into(), row: 1, found: "a".into() }
        );
        assert_eq!(
            error("a,b\n1,2\n3,\n", "b"),
            TableError::NotANumber { column: "b".into(), row: 2, found: String::new() }
        );
        for (text, words) in [("a,a\n1,2\n", "two columns"), ("a,b\n1\n", "fields"), ("a\n\u{0}", "")] {
            let refused = read_csv(text.as_bytes(), &["a"]);
            assert!(
                matches!(&refused, Err(TableError::Refused { found, .. }) if found.contains(words))
                    || words.is_empty() && refused.is_err(),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        assert!(check_size(MOST_ROWS, 10).is_ok());
        assert!(check_size(MOST_ROWS + 1, 1).is_err() && check_size(MOST_ROWS, 11).is_err());
        assert!(check_size(usize::MAX, usize::MAX).is_err());
    }
}
