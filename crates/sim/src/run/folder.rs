//! A run's folder: hidden while it is partial, renamed when it is complete.

use std::io;
use std::path::{Path, PathBuf};

use model::summary::Summary;
use serde_json::Value;

use super::checkpoint::Checkpoint;
use crate::config::Market;
use crate::error::RunError;

/// Where a run stands.
pub(super) struct RunFolder {
    /// NAME/RUN_ID.
    pub(super) name: String,
    /// results/NAME/RUN_ID.
    pub(super) complete: PathBuf,
    /// results/NAME/.RUN_ID.partial.
    pub(super) partial: PathBuf,
}

impl RunFolder {
    pub(super) fn of(market: &Market, out: &Path) -> Self {
        let run_id = market.run_id();
        let parent = out.join(&market.name);
        Self {
            name: format!("{}/{run_id}", market.name),
            complete: parent.join(&run_id),
            partial: parent.join(format!(".{run_id}.partial")),
        }
    }

    /// The summary of a complete run, `None` if there is no such folder yet.
    pub(super) fn recognise(&self) -> Result<Option<Summary>, RunError> {
        if !self.complete.exists() {
            return Ok(None);
        }
        let damaged = |reason: String| RunError::Damaged { path: self.complete.clone(), reason };
        let read = |name: &str| {
            std::fs::read_to_string(self.complete.join(name))
                .map_err(|error| damaged(format!("{name}: {error}")))
        };
        let manifest: Value = serde_json::from_str(&read("manifest.json")?)
            .map_err(|error| damaged(format!("manifest.json: {error}")))?;
        for file in
            manifest["files"].as_array().ok_or_else(|| damaged("manifest.json lists no files".into()))?
        {
            let name = file["path"].as_str().unwrap_or_default();
            let bytes = std::fs::metadata(self.complete.join(name)).map(|file| file.len()).ok();
            if bytes.is_none() || bytes != file["bytes"].as_u64() {
                return Err(damaged(format!("{name} is missing or has another size than the manifest says")));
            }
        }
        let summary = serde_json::from_str(&read("summary.json")?);
        summary.map(Some).map_err(|error| damaged(format!("summary.json: {error}")))
    }

    /// Makes the hidden folder.
    pub(super) fn prepare(&self) -> Result<(), RunError> {
        std::fs::create_dir_all(&self.partial).map_err(|source| self.refused(source))
    }

    /// Shows the folder.
    pub(super) fn complete(&self) -> Result<(), RunError> {
        Checkpoint::remove(&self.partial)
            .and_then(|()| std::fs::rename(&self.partial, &self.complete))
            .map_err(|source| self.refused(source))
    }

    fn refused(&self, source: io::Error) -> RunError {
        RunError::Folder { path: self.partial.clone(), source }
    }
}
