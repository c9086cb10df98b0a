//! A Parquet file written row by row, in row groups of a fixed size: the tables of a sweep.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use model::column::{Column as Definition, ColumnType};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{Column, DataFrame, PlSmallStr};

use super::{FileRecord, Hashed, SinkError, Written, encode, parquet, record, rename, schema, temporary};

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A number of any column of numbers.
    Float(f64),
    /// A whole number.
    Count(u64),
    /// Text.
    Text(String),
    /// Nothing known.
    Null,
}

/// Rows of a row group: a bound on memory that does not depend on the sweep.
const ROWS: usize = 1024;

/// A table being written.
pub struct Sheet {
    columns: Vec<Buffer>,
    rows: usize,
    writer: BatchedWriter<Hashed>,
    written: Arc<Mutex<Written>>,
    path: PathBuf,
    name: String,
}

impl Sheet {
    /// Opens a table under a temporary name.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn create(folder: &Path, name: &str, columns: Vec<Definition>) -> Result<Self, SinkError> {
        let path = folder.join(name);
        let file = File::create(temporary(&path))
            .map_err(|source| SinkError::Write { path: path.clone(), source })?;
        let (file, written) = Hashed::new(file);
        let writer =
            parquet(file).batched(&schema(&columns)).map_err(|source| encode(&path, source, &written))?;
        let columns = columns.into_iter().map(Buffer::new).collect();
        Ok(Self { columns, rows: 0, writer, written, path, name: name.into() })
    }

    /// Adds a row with an entry per column.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub fn push(&mut self, row: Vec<Entry>) -> Result<(), SinkError> {
        assert_eq!(row.len(), self.columns.len(), "an entry per column of {}", self.name);
        for (column, entry) in self.columns.iter_mut().zip(row) {
            column.push(entry);
        }
        self.rows += 1;
        if self.rows == ROWS { self.flush() } else { Ok(()) }
    }

    /// Ends the table and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub fn finish(mut self) -> Result<FileRecord, SinkError> {
        self.flush()?;
        self.writer.finish().map_err(|source| encode(&self.path, source, &self.written))?;
        rename(&self.path)?;
        Ok(record(self.name, &self.written))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if self.rows == 0 {
            return Ok(());
        }
        let columns = self.columns.iter_mut().map(Buffer::take).collect();
        let frame = DataFrame::new(self.rows, columns).expect("every row has an entry per column");
        self.rows = 0;
        self.writer.write_batch(&frame).map_err(|source| encode(&self.path, source, &self.written))
    }
}

/// A column of rows that are not written yet.
struct Buffer {
    name: PlSmallStr,
    values: Values,
}

enum Values {
    Floats(Vec<Option<f64>>),
    Counts(Vec<Option<u64>>),
    Numbers(Vec<Option<u32>>),
    Texts(Vec<Option<String>>),
}

impl Buffer {
    fn new(definition: Definition) -> Self {
        let Definition { name, kind, .. } = definition;
        let values = match kind {
            ColumnType::Float => Values::Floats(Vec::new()),
            ColumnType::Count => Values::Counts(Vec::new()),
            ColumnType::Number => Values::Numbers(Vec::new()),
            ColumnType::Text => Values::Texts(Vec::new()),
            ColumnType::Floats => unreachable!("tables of sweeps hold no lists"),
        };
        Self { name: PlSmallStr::from_string(name), values }
    }

    /// Adds an entry; what does not fit the column is nothing known.
    fn push(&mut self, entry: Entry) {
        match (&mut self.values, entry) {
            (Values::Floats(values), Entry::Float(value)) => values.push(Some(value)),
            (Values::Floats(values), Entry::Count(count)) => values.push(Some(count as f64)),
            (Values::Floats(values), _) => values.push(None),
            (Values::Counts(values), Entry::Count(count)) => values.push(Some(count)),
            (Values::Counts(values), _) => values.push(None),
            (Values::Numbers(values), Entry::Count(count)) => values.push(Some(count as u32)),
            (Values::Numbers(values), _) => values.push(None),
            (Values::Texts(values), Entry::Text(text)) => values.push(Some(text)),
            (Values::Texts(values), _) => values.push(None),
        }
    }

    fn take(&mut self) -> Column {
        let name = self.name.clone();
        match &mut self.values {
            Values::Floats(values) => Column::new(name, std::mem::take(values)),
            Values::Counts(values) => Column::new(name, std::mem::take(values)),
            Values::Numbers(values) => Column::new(name, std::mem::take(values)),
            Values::Texts(values) => Column::new(name, std::mem::take(values)),
        }
    }
}
