//! The Parquet files of results: found, checked against the definitions of their columns, and read.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::column::{Column as Definition, ColumnType};
use polars::prelude::{
    DataFrame, DataType, Engine, Field, HiveOptions, LazyFrame, ParquetReader, PlRefPath, PolarsError,
    ScanArgsParquet, Schema, SchemaExt, SchemaRef, SerReader,
};

use crate::AnalysisError;

/// The files of a folder that end so, sorted.
///
/// # Errors
/// There is none; `help` says why that may be.
pub(crate) fn files(folder: &Path, ending: &str, help: &str) -> Result<Vec<PathBuf>, AnalysisError> {
    let missing = || AnalysisError::NotRecorded { path: folder.into(), help: help.into() };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|_| missing())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    if files.is_empty() { Err(missing()) } else { Ok(files) }
}

fn open(path: &Path) -> Result<File, AnalysisError> {
    File::open(path).map_err(|source| AnalysisError::Unreadable { path: path.into(), source })
}

/// The error of a reader, with the file it is about.
pub(crate) fn broken(path: &Path) -> impl Fn(PolarsError) -> AnalysisError {
    move |error| AnalysisError::Broken { path: path.into(), message: first_line(&error) }
}

/// What polars says, without where in its plan.
pub(crate) fn first_line(error: &PolarsError) -> String {
    error.to_string().lines().next().unwrap_or_default().trim().to_string()
}

/// The columns of a file.
///
/// # Errors
/// It is no Parquet file.
pub(crate) fn schema(path: &Path) -> Result<SchemaRef, AnalysisError> {
    let mut reader = ParquetReader::new(open(path)?);
    let arrow = reader.schema().map_err(broken(path))?;
    Ok(Schema::from_arrow_schema(arrow.as_ref()).into())
}

/// Whether a file has the columns it should have.
///
/// # Errors
/// It is no Parquet file, or a column is missing or of another type.
pub(crate) fn check(path: &Path, columns: &[Definition]) -> Result<(), AnalysisError> {
    let schema = schema(path)?;
    for column in columns {
        let found = schema.get(&column.name);
        let expected = data_type(column.kind);
        let problem = match found {
            None => format!("column {} is missing", column.name),
            Some(found) if *found != expected => {
                format!("column {} is {found} instead of {expected}", column.name)
            }
            Some(_) => continue,
        };
        return Err(AnalysisError::Columns { path: path.into(), problem });
    }
    Ok(())
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

/// The named columns of one file.
///
/// # Errors
/// It is damaged, or has no such column.
pub(crate) fn read(path: &Path, columns: &[&str]) -> Result<DataFrame, AnalysisError> {
    let names = columns.iter().map(ToString::to_string).collect();
    ParquetReader::new(open(path)?).with_columns(Some(names)).finish().map_err(broken(path))
}

/// Files of one table, lazily; with a `partition`, (folder, name), that column is read off `NAME=VALUE` below the folder.
///
/// # Errors
/// A path that is no text.
pub(crate) fn scan(files: &[PathBuf], partition: Option<(&Path, &str)>) -> Result<LazyFrame, AnalysisError> {
    let hive_options = match partition {
        Some((folder, name)) => HiveOptions {
            // Above the folder a path may hold other equality signs, and a label may look like a number.
            hive_start_idx: folder.to_string_lossy().len(),
            schema: Some(Arc::new(Schema::from_iter([Field::new(name.into(), DataType::String)]))),
            try_parse_dates: false,
            enabled: Some(true),
        },
        None => HiveOptions::new_disabled(),
    };
    let arguments = ScanArgsParquet { hive_options, glob: false, ..ScanArgsParquet::default() };
    let first = files.first().cloned().unwrap_or_default();
    let paths: Vec<PlRefPath> = files
        .iter()
        .map(|path| PlRefPath::try_from_path(path))
        .collect::<Result<_, _>>()
        .map_err(broken(&first))?;
    LazyFrame::scan_parquet_files(paths.into(), arguments).map_err(broken(&first))
}

/// The rows of a plan, streamed.
///
/// # Errors
/// What polars says.
pub(crate) fn stream(plan: LazyFrame) -> Result<DataFrame, PolarsError> {
    Ok(plan.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// A column of floats; missing values are NaN.
///
/// # Errors
/// No such column of floats.
pub(crate) fn floats(frame: &DataFrame, name: &str, path: &Path) -> Result<Vec<f64>, AnalysisError> {
    let column = frame.column(name).map_err(broken(path))?.cast(&DataType::Float64).map_err(broken(path))?;
    Ok(column.f64().map_err(broken(path))?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// A column of counts.
///
/// # Errors
/// No such column of counts.
pub(crate) fn counts(frame: &DataFrame, name: &str, path: &Path) -> Result<Vec<u64>, AnalysisError> {
    let column = frame.column(name).map_err(broken(path))?.cast(&DataType::UInt64).map_err(broken(path))?;
    Ok(column.u64().map_err(broken(path))?.iter().map(Option::unwrap_or_default).collect())
}

/// A column of text; missing values stay so.
///
/// # Errors
/// No such column.
pub(crate) fn texts(
    frame: &DataFrame,
    name: &str,
    path: &Path,
) -> Result<Vec<Option<String>>, AnalysisError> {
    let column = frame.column(name).map_err(broken(path))?.cast(&DataType::String).map_err(broken(path))?;
    Ok(column.str().map_err(broken(path))?.iter().map(|value| value.map(Into::into)).collect())
}
