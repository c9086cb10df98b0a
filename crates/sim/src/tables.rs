//! Tables that a market file names: CSV, or Parquet through polars.

use std::fs::File;
use std::io::{Cursor, Read};
use std::panic::catch_unwind;
use std::path::Path;

use polars::prelude::{Column, DataType, ParquetReader, SerReader};
use population::table::{ReadTables, Table, TableError, check_content, check_size, position_of, read_csv};

use crate::config::file;

/// Tables on disk.
#[derive(Debug, Clone, Copy)]
pub struct Tables;

/// Most bytes of a file: it is held in memory while it is hashed and read.
const MOST_BYTES: u64 = 2_000_000_000;

/// The first bytes of every Parquet file.
const PARQUET: &[u8] = b"PAR1";

impl ReadTables for Tables {
    fn read(&self, path: &Path, columns: &[&str], stated: Option<&str>) -> Result<Table, TableError> {
        let bytes = content(path)?;
        let hash = blake3::hash(&bytes).to_hex().to_string();
        check_content(&hash, stated)?;
        let columns = if bytes.starts_with(PARQUET) {
            catch_unwind(|| read_parquet(&bytes, columns)).unwrap_or_else(|_| Err(damaged()))?
        } else {
            read_csv(bytes.as_slice(), columns)?
        };
        Ok(Table { hash, columns })
    }
}

fn refused(found: &dyn ToString, allowed: &str) -> TableError {
    TableError::Refused { found: found.to_string(), allowed: allowed.into() }
}

/// Some damage to a Parquet file makes polars panic rather than say what it found.
fn damaged() -> TableError {
    refused(
        &"damaged bytes",
        "an intact Parquet file; write it anew, or as CSV, and pin its content with hash",
    )
}

/// The bytes of a file that is not too large.
fn content(path: &Path) -> Result<Vec<u8>, TableError> {
    let unreadable = |error: std::io::Error| {
        refused(&error, "a readable CSV or Parquet file, its path relative to the market file")
    };
    let mut bytes = Vec::new();
    file::regular(path).map_err(unreadable)?;
    let file = File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(refused(
            &format!("more than {MOST_BYTES} bytes"),
            "a smaller file; draw a sample of the rows",
        ));
    }
    Ok(bytes)
}

fn read_parquet(bytes: &[u8], columns: &[&str]) -> Result<Vec<Vec<f64>>, TableError> {
    let broken = |error: polars::error::PolarsError| refused(&error, "a Parquet file that polars can read");
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let header: Vec<String> =
        reader.schema().map_err(broken)?.iter_names().map(ToString::to_string).collect();
    for name in columns {
        position_of(name, &header)?;
    }
    check_size(reader.num_rows().map_err(broken)?, columns.len())?;
    let wanted = columns.iter().map(ToString::to_string).collect();
    let frame = reader.with_columns(Some(wanted)).finish().map_err(broken)?;
    columns.iter().map(|name| numbers(frame.column(name).map_err(broken)?)).collect()
}

/// The numbers of a column, none of them missing.
fn numbers(column: &Column) -> Result<Vec<f64>, TableError> {
    let name = column.name().to_string();
    let kind = column.dtype();
    if !kind.is_primitive_numeric() {
        let found = format!("column {name} of type {kind}");
        return Err(refused(&found, "columns of numbers"));
    }
    let floats = column.cast(&DataType::Float64).map_err(|error| refused(&error, "columns of numbers"))?;
    let floats = floats.f64().map_err(|error| refused(&error, "columns of numbers"))?;
    floats
        .iter()
        .enumerate()
        .map(|(row, number)| {
            let missing =
                || TableError::NotANumber { column: name.clone(), row: row + 1, found: String::new() };
            number.ok_or_else(missing)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, ParquetWriter};

    use super::*;

    fn written(columns: Vec<Column>) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("customers.parquet");
        let rows = columns[0].len();
        let mut frame = DataFrame::new(rows, columns).unwrap();
        ParquetWriter::new(File::create(&path).unwrap()).finish(&mut frame).unwrap();
        (folder, path)
    }

    fn customers() -> Vec<Column> {
        vec![
            Column::new("name".into(), ["ann", "bob", "eve"]),
            Column::new("index".into(), [1.5, 0.25, 3.0]),
            Column::new("weight".into(), [1_i64, 2, 3]),
            Column::new("gap".into(), [Some(1.0), None, Some(2.0)]),
        ]
    }

    #[test]
    fn the_same_numbers_in_csv_and_parquet_are_the_same_table() {
        let (folder, path) = written(customers());
        let csv = folder.path().join("customers.csv");
        std::fs::write(&csv, "index,weight\n1.5,1\n0.25,2\n3,3\n").unwrap();
        let [parquet, csv] = [&path, &csv].map(|path| Tables.read(path, &["weight", "index"], None).unwrap());
        assert_eq!(parquet.columns, csv.columns);
        assert_eq!(parquet.columns[1], [1.5, 0.25, 3.0]);
        assert_eq!((parquet.hash.len(), parquet.hash == csv.hash), (64, false));
    }

    #[test]
    fn what_is_wrong_in_a_parquet_file_is_located() {
        let (folder, path) = written(customers());
        let error = |column| Tables.read(&path, &[column], None).unwrap_err();
        assert!(matches!(error("wieght"), TableError::NoColumn { columns, .. } if columns.len() == 4));
        assert!(matches!(error("gap"), TableError::NotANumber { row: 2, .. }));
        assert!(matches!(error("name"), TableError::Refused { found, .. } if found.contains("column name")));
        let torn = folder.path().join("torn.parquet");
        std::fs::write(&torn, &std::fs::read(&path).unwrap()[..50]).unwrap();
        assert!(matches!(Tables.read(&torn, &["index"], None), Err(TableError::Refused { .. })));
        let none = Tables.read(&folder.path().join("none.csv"), &["index"], None);
        assert!(matches!(none, Err(TableError::Refused { found, .. }) if found.contains("No such file")));
    }

    /// Every fifth bit of the footer, where some make polars panic.
    ///
    /// Bytes changed within pages are another matter: polars may then ask for an impossible amount of memory, which ends
    /// the process. Recorded results and pinned files have hashes for that.
    #[test]
    fn a_damaged_footer_is_no_panic() {
        let (folder, path) = written(customers());
        let whole = std::fs::read(&path).unwrap();
        let damaged = folder.path().join("damaged.parquet");
        let length = whole.len() - 8;
        let footer = u32::from_le_bytes(whole[length..length + 4].try_into().unwrap()) as usize;
        let mut refused = 0;
        for bit in (8 * (length - footer)..8 * whole.len()).step_by(5) {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&damaged, bytes).unwrap();
            refused += u32::from(Tables.read(&damaged, &["index", "weight"], None).is_err());
        }
        assert!(refused > 200, "{refused}");
    }

    #[test]
    fn pinned_content_is_checked_before_it_is_decoded() {
        let (folder, path) = written(customers());
        let hash = Tables.read(&path, &["index"], None).unwrap().hash;
        assert!(Tables.read(&path, &["index"], Some(&hash)).is_ok());
        let torn = folder.path().join("torn.parquet");
        std::fs::write(&torn, &std::fs::read(&path).unwrap()[..50]).unwrap();
        let error = Tables.read(&torn, &["index"], Some(&hash)).unwrap_err();
        assert!(matches!(error, TableError::OtherContent { .. }), "{error:?}");
    }

    /// A download that broke off: every length that a file can be cut to.
    #[test]
    fn torn_parquet_files_are_refused() {
        let (folder, path) = written(customers());
        let whole = std::fs::read(&path).unwrap();
        let torn = folder.path().join("torn.parquet");
        for length in 0..whole.len() {
            std::fs::write(&torn, &whole[..length]).unwrap();
            let error = Tables.read(&torn, &["index", "weight"], None).unwrap_err();
            assert!(
                matches!(error, TableError::Refused { .. } | TableError::NoColumn { .. }),
                "{length}: {error:?}"
            );
        }
    }
}
