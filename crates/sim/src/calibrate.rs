//! From a usage trace on disk to a market fragment beside its empirical file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use model::config::ConfigError;
pub use population::calibrate::index::{Price, sigma_of_elasticity};
pub use population::calibrate::trace::{ClassColumn, Columns, Group, Rows, Trace};
pub use population::calibrate::{Assumptions, Calibration, calibrate};

use crate::error::RunError;

/// Reads a usage trace and calibrates technology and population to it.
///
/// # Errors
/// A file that cannot be read, or that does not hold what the columns say; assumptions out of range.
pub fn calibrate_file(
    path: &Path,
    columns: &Columns,
    assumptions: &Assumptions,
) -> Result<Calibration, RunError> {
    let name = path.display().to_string();
    let opened = if path.is_dir() { Err(io::Error::other("a folder")) } else { File::open(path) };
    let file = opened.map_err(|error| ConfigError {
        file: name.clone(),
        origin: None,
        key: String::new(),
        found: error.to_string(),
        allowed: "a readable CSV file of usage".into(),
        help: None,
    })?;
    let trace = Trace::read(&name, file, columns)?;
    calibrate(&trace, assumptions).map_err(|invalid| RunError::invalid("calibrate", invalid))
}

/// The file of customers that stands beside a market fragment.
pub fn customers_beside(fragment: &Path) -> PathBuf {
    fragment.with_extension("csv")
}

/// The market fragment and, for customers, their indices beside it as CSV: paths and texts.
pub fn fragment(calibration: &Calibration, path: &Path, source: &str) -> Vec<(PathBuf, String)> {
    let mut texts = vec![(path.to_path_buf(), calibration.market(source))];
    if !calibration.customers.is_empty() {
        texts.push((customers_beside(path), calibration.empirical()));
    }
    texts
}
