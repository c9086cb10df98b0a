//! From a usage trace on disk to a market fragment beside its empirical file.

use std::fs::File;
use std::path::Path;

use model::config::ConfigError;
pub use population::calibrate::index::{Price, sigma_of_elasticity};
pub use population::calibrate::trace::{ClassColumn, Columns, Group, Rows, Trace};
pub use population::calibrate::{Assumptions, Calibration, calibrate};

use crate::error::RunError;
use crate::sink::write_file;

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
    let file = File::open(path).map_err(|error| ConfigError {
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

/// Writes the market fragment and, for customers, their indices beside it as CSV.
///
/// # Errors
/// The folder cannot be written.
pub fn write_calibration(
    calibration: &Calibration,
    out: &Path,
    source: &str,
) -> Result<Vec<std::path::PathBuf>, RunError> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = |path: &Path, content: String| -> Result<std::path::PathBuf, RunError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        write_file(folder, &name, content.as_bytes())?;
        Ok(folder.join(name))
    };
    let mut written = vec![write(out, calibration.market(source))?];
    if !calibration.customers.is_empty() {
        written.push(write(&out.with_extension("csv"), calibration.empirical())?);
    }
    Ok(written)
}
