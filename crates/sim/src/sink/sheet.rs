//! A Parquet file written row by row, in row groups of a fixed size: the tables of a sweep.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use model::column::{Column as Definition, ColumnType};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{Column, DataFrame, PlSmallStr};

use super::{FileRecord, Hashed, SinkError, encode, parquet, rename, schema, temporary};

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
const ROWS: usize = 8192;

/// A table being written.
pub struct Sheet {
    columns: Vec<Definition>,
    rows: Vec<Vec<Entry>>,
    writer: BatchedWriter<Hashed>,
    hasher: Arc<Mutex<(blake3::Hasher, u64)>>,
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
        let hasher = Arc::new(Mutex::new((blake3::Hasher::new(), 0)));
        let hashed = Hashed { file: BufWriter::new(file), hasher: hasher.clone() };
        let writer = parquet(hashed).batched(&schema(&columns)).map_err(|source| encode(&path, source))?;
        Ok(Self { columns, rows: Vec::new(), writer, hasher, path, name: name.into() })
    }

    /// Adds a row with an entry per column.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub fn push(&mut self, row: Vec<Entry>) -> Result<(), SinkError> {
        assert_eq!(row.len(), self.columns.len(), "an entry per column of {}", self.name);
        self.rows.push(row);
        if self.rows.len() == ROWS { self.flush() } else { Ok(()) }
    }

    /// Ends the table and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub fn finish(mut self) -> Result<FileRecord, SinkError> {
        self.flush()?;
        self.writer.finish().map_err(|source| encode(&self.path, source))?;
        rename(&self.path)?;
        let (hasher, bytes) = &*self.hasher.lock().expect("no writer panicked");
        Ok(FileRecord { path: self.name, bytes: *bytes, blake3: hasher.finalize().to_hex().to_string() })
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let columns = self.columns.iter().enumerate().map(|(at, definition)| column(definition, at, &rows));
        let frame = DataFrame::new(rows.len(), columns.collect()).expect("every row has an entry per column");
        self.writer.write_batch(&frame).map_err(|source| encode(&self.path, source))
    }
}

fn column(definition: &Definition, at: usize, rows: &[Vec<Entry>]) -> Column {
    let name = PlSmallStr::from_str(&definition.name);
    let entries = rows.iter().map(|row| &row[at]);
    let count = |entry: &Entry| match entry {
        Entry::Count(count) => Some(*count),
        _ => None,
    };
    match definition.kind {
        ColumnType::Float => Column::new(
            name,
            entries
                .map(|entry| match entry {
                    Entry::Float(value) => Some(*value),
                    other => count(other).map(|count| count as f64),
                })
                .collect::<Vec<Option<f64>>>(),
        ),
        ColumnType::Count => Column::new(name, entries.map(count).collect::<Vec<_>>()),
        ColumnType::Number => Column::new(
            name,
            entries.map(|entry| count(entry).map(|count| count as u32)).collect::<Vec<Option<u32>>>(),
        ),
        ColumnType::Text => Column::new(
            name,
            entries
                .map(|entry| if let Entry::Text(text) = entry { Some(text.as_str()) } else { None })
                .collect::<Vec<_>>(),
        ),
        ColumnType::Floats => unreachable!("tables of sweeps hold no lists"),
    }
}
