//! Parquet through polars: row groups of one batch, written under temporary names and renamed when whole.

mod frames;
mod sheet;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use model::column::{self, Column, ColumnType};
use polars::io::parquet::write::BatchedWriter;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    DataFrame, DataType, Field, ParquetCompression, ParquetWriter, PolarsError, Schema, StatisticsOptions,
};
use serde::{Deserialize, Serialize};

use crate::engine::Block;
pub use frames::{belief_frame, menu_frame, menu_tasks_frame, summary_frame};
pub use sheet::{Entry, Sheet};

/// Rows of a row group: polars encodes groups of this size two to three times faster than a million at once.
pub const ROW_GROUP: u64 = 131_072;
/// Buyers of a part file: 8 row groups.
pub const PART: u64 = 1 << 20;
/// zstd level 1 halves the time of the default 3 and loses a few percent of size.
const ZSTD_LEVEL: i32 = 1;

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The file system refused.
    #[error("cannot write {} (is there space, and may you write there?)", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// polars refused.
    #[error("cannot write {} (is there space, and may you write there?)", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What polars said.
        source: Box<PolarsError>,
    },
}

/// A finished file: its path within the run's folder, size and checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Path relative to the run's folder.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// BLAKE3 of the content, in hex.
    pub blake3: String,
}

impl FileRecord {
    /// Whether the file in this folder has the recorded size and checksum.
    pub fn is_intact(&self, folder: &Path) -> bool {
        let path = folder.join(&self.path);
        let mut hasher = blake3::Hasher::new();
        let hashed = File::open(&path).and_then(|file| hasher.update_reader(file).map(|_| ()));
        hashed.is_ok() && hasher.count() == self.bytes && hasher.finalize().to_hex().as_str() == self.blake3
    }
}

/// Which columns a part file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The buyers themselves.
    Buyers,
    /// The choices under the rule at this position.
    Choices(usize),
}

/// What all part files of a run share.
#[derive(Debug, Clone)]
pub struct PartLayout {
    /// The run's folder.
    pub folder: PathBuf,
    /// Labels of the rules.
    pub labels: Vec<String>,
    /// Names of the segments.
    pub segments: Vec<String>,
    /// Whether the buyers' values of their tasks are written.
    pub record_tasks: bool,
    /// Token classes with Mtok per $ of spend.
    pub tokens: Vec<(String, f64)>,
}

/// A part file being written.
pub struct PartWriter {
    table: Table,
    replicate: u32,
    columns: Vec<Column>,
    tokens: Vec<(String, f64)>,
    segments: Vec<String>,
    writer: BatchedWriter<Hashed>,
    hasher: Arc<Mutex<(blake3::Hasher, u64)>>,
    folder: PathBuf,
    name: String,
}

impl PartLayout {
    /// Opens part `part` of every table.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(&self, part: u64, replicate: u32) -> Result<Vec<PartWriter>, SinkError> {
        let tables = std::iter::once(Table::Buyers).chain((0..self.labels.len()).map(Table::Choices));
        tables.map(|table| self.open_table(table, part, replicate)).collect()
    }

    fn open_table(&self, table: Table, part: u64, replicate: u32) -> Result<PartWriter, SinkError> {
        let (folder, columns) = match table {
            Table::Buyers => ("buyers".to_string(), column::buyers(self.record_tasks)),
            Table::Choices(rule) => (
                format!("choices/rule={}", self.labels[rule]),
                column::choices(self.tokens.iter().map(|(class, _)| class.as_str())),
            ),
        };
        let name = format!("{folder}/part-{part:05}.parquet");
        let path = temporary(&self.folder.join(&name));
        let refused = |source| SinkError::Write { path: path.clone(), source };
        std::fs::create_dir_all(self.folder.join(&folder)).map_err(refused)?;
        let hasher = Arc::new(Mutex::new((blake3::Hasher::new(), 0)));
        let file =
            Hashed { file: BufWriter::new(File::create(&path).map_err(refused)?), hasher: hasher.clone() };
        let writer = parquet(file).batched(&schema(&columns)).map_err(|source| encode(&path, source))?;
        let (tokens, segments, folder) = (self.tokens.clone(), self.segments.clone(), self.folder.clone());
        Ok(PartWriter { table, replicate, columns, tokens, segments, writer, hasher, folder, name })
    }
}

impl PartWriter {
    /// Writes the first `rows` buyers of consecutive blocks as one row group.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub fn write(&mut self, blocks: &[Block], rows: usize) -> Result<(), SinkError> {
        if rows == 0 {
            return Ok(());
        }
        let frame = frames::part_frame(
            self.table,
            self.replicate,
            &self.columns,
            (&self.tokens, &self.segments),
            blocks,
            rows,
        );
        self.writer.write_batch(&frame).map_err(|source| encode(&self.folder.join(&self.name), source))
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub fn finish(self) -> Result<FileRecord, SinkError> {
        let path = self.folder.join(&self.name);
        // The footer's end flushes the buffer, and reports a full disk.
        self.writer.finish().map_err(|source| encode(&path, source))?;
        std::fs::rename(temporary(&path), &path)
            .map_err(|source| SinkError::Write { path: path.clone(), source })?;
        let (hasher, bytes) = &*self.hasher.lock().expect("no writer panicked");
        Ok(FileRecord { path: self.name, bytes: *bytes, blake3: hasher.finalize().to_hex().to_string() })
    }
}

/// Writes a whole file under a temporary name and renames it.
///
/// # Errors
/// The folder cannot be written.
pub fn write_file(folder: &Path, name: &str, content: &[u8]) -> Result<FileRecord, SinkError> {
    let path = folder.join(name);
    let refused = |source| SinkError::Write { path: path.clone(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(refused)?;
    }
    std::fs::write(temporary(&path), content).map_err(refused)?;
    rename(&path)?;
    Ok(FileRecord {
        path: name.into(),
        bytes: content.len() as u64,
        blake3: blake3::hash(content).to_hex().to_string(),
    })
}

/// Gives a finished file its name, once its content is on the disk: a power cut leaves it whole or not at all.
fn rename(path: &Path) -> Result<(), SinkError> {
    File::open(temporary(path))
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(temporary(path), path))
        .map_err(|source| SinkError::Write { path: path.into(), source })
}

/// Writes one frame as a Parquet file.
///
/// # Errors
/// The folder cannot be written.
pub fn write_frame(folder: &Path, name: &str, mut frame: DataFrame) -> Result<FileRecord, SinkError> {
    let mut content = Vec::new();
    parquet(&mut content).finish(&mut frame).map_err(|source| encode(&folder.join(name), source))?;
    write_file(folder, name, &content)
}

/// Our settings: one thread (the engine writes files in parallel), no statistics on floats that nobody filters by.
fn parquet<W: Write>(writer: W) -> ParquetWriter<W> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).expect("zstd has a level 1");
    ParquetWriter::new(writer)
        .with_compression(ParquetCompression::Zstd(Some(level)))
        .with_statistics(StatisticsOptions::empty())
        .with_row_group_size(Some(ROW_GROUP as usize))
        .set_parallel(false)
}

fn schema(columns: &[Column]) -> Schema {
    columns.iter().map(|column| Field::new(column.name.as_str().into(), data_type(column.kind))).collect()
}

fn data_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Float => DataType::Float64,
        ColumnType::Count => DataType::UInt64,
        ColumnType::Number => DataType::UInt32,
        ColumnType::Text => DataType::String,
        ColumnType::Floats => DataType::List(Box::new(DataType::Float64)),
    }
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

fn encode(path: &Path, source: PolarsError) -> SinkError {
    SinkError::Encode { path: path.into(), source: Box::new(source) }
}

/// A file that is hashed as it is written.
struct Hashed {
    file: BufWriter<File>,
    hasher: Arc<Mutex<(blake3::Hasher, u64)>>,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let mut state = self.hasher.lock().expect("no writer panicked");
        state.0.update(&bytes[..written]);
        state.1 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
