//! A CSV table read row by row, whose every error says file, line, column, value and what is allowed.

use std::io::Read;

use model::config::{ConfigError, Invalid, NumberKey, Origin, Value, nearest};

use super::Counts;

/// A table with its header read.
pub(super) struct Table<R> {
    file: String,
    header: Vec<String>,
    reader: csv::Reader<R>,
    record: csv::StringRecord,
}

/// One row of a [`Table`].
pub(super) struct Row<'a> {
    file: &'a str,
    header: &'a [String],
    record: &'a csv::StringRecord,
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub(super) fn open(file: &str, csv: R) -> Result<Self, ConfigError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
        let header: Vec<String> =
            reader.headers().map_err(|error| unreadable(file, &error))?.iter().map(Into::into).collect();
        if header.is_empty() {
            return Err(about(file, None, "", "an empty file", "CSV with a header line"));
        }
        for (position, name) in header.iter().enumerate() {
            if header[..position].contains(name) {
                return Err(about(file, Some(1), name, "two columns of this name", "distinct names"));
            }
        }
        Ok(Self { file: file.into(), header, reader, record: csv::StringRecord::new() })
    }

    /// The position of the column with this header.
    pub(super) fn column(&self, name: &str) -> Result<usize, ConfigError> {
        self.header.iter().position(|header| header == name).ok_or_else(|| {
            let names = self.header.iter().map(String::as_str);
            let allowed = format!("one of the columns {}", self.header.join(", "));
            let help = nearest(name, names).map(|near| format!("did you mean {near}?"));
            ConfigError { help, ..about(&self.file, Some(1), name, "no such column", &allowed) }
        })
    }

    /// The next row, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, ConfigError> {
        let more =
            self.reader.read_record(&mut self.record).map_err(|error| unreadable(&self.file, &error))?;
        Ok(more.then_some(Row { file: &self.file, header: &self.header, record: &self.record }))
    }

    /// The error for a mapping of columns that broke a rule.
    pub(super) fn refuse(&self, line: Option<usize>, invalid: &Invalid) -> ConfigError {
        about(&self.file, line, &invalid.key, &invalid.found, &invalid.allowed)
    }

    /// The error for a table without a row to use; `group` is the column, the value sought and values found instead.
    pub(super) fn nothing_read(
        &self,
        group: Option<(usize, &str, &[String])>,
        counts: Counts,
    ) -> ConfigError {
        match group {
            Some((column, value, others)) if counts.skipped == 0 => {
                let found = format!("no row with {}", quoted(value));
                let allowed = format!("a value that occurs, such as {}", others.join(", "));
                let help = nearest(value, others.iter().map(String::as_str));
                let help = help.map(|near| format!("did you mean {near}?"));
                ConfigError { help, ..about(&self.file, None, &self.header[column], &found, &allowed) }
            }
            _ => {
                let found = format!("no row with known tokens, {} with unknown ones", counts.skipped);
                about(&self.file, None, "", &found, "at least one row whose tokens are known in every class")
            }
        }
    }
}

impl Row<'_> {
    /// The line the row begins on, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.record.position().map_or(0, |position| position.line() as usize)
    }

    /// The field without spaces around it.
    pub(super) fn text(&self, column: usize) -> &str {
        &self.record[column]
    }

    /// A number that must be there.
    pub(super) fn number(&self, column: usize, key: &NumberKey) -> Result<f64, ConfigError> {
        let value = self.text(column).parse().unwrap_or(f64::NAN);
        key.check(value).map_err(|invalid| self.error(column, &invalid.allowed))
    }

    /// A number, or nothing.
    pub(super) fn optional_number(&self, column: usize, key: &NumberKey) -> Result<Option<f64>, ConfigError> {
        if self.text(column).is_empty() { Ok(None) } else { self.number(column, key).map(Some) }
    }

    /// An error about the field in this column.
    pub(super) fn error(&self, column: usize, allowed: &str) -> ConfigError {
        let text = self.text(column);
        let found = if text.is_empty() { "nothing".into() } else { quoted(text) };
        about(self.file, Some(self.line()), &self.header[column], &found, allowed)
    }
}

fn quoted(text: &str) -> String {
    Value::Text(text.into()).to_string()
}

fn about(file: &str, line: Option<usize>, key: &str, found: &str, allowed: &str) -> ConfigError {
    ConfigError {
        file: file.into(),
        origin: line.map(Origin::Line),
        key: key.into(),
        found: found.into(),
        allowed: allowed.into(),
        help: None,
    }
}

/// What the CSV reader could not read: a line with too few or too many fields, text that is not UTF-8, a broken disk.
fn unreadable(file: &str, error: &csv::Error) -> ConfigError {
    let line = error.position().map(|position| position.line() as usize);
    let (found, allowed) = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (format!("{len} fields"), format!("{expected_len} fields, as many as the header has"))
        }
        csv::ErrorKind::Utf8 { .. } => ("text that is not UTF-8".into(), "CSV in UTF-8".into()),
        _ => (error.to_string(), "a readable CSV file".into()),
    };
    about(file, line, "", &found, &allowed)
}
