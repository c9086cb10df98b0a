//! A run's folder: hidden while it is partial, renamed when it is complete.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use model::summary::Summary;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::checkpoint::Checkpoint;
use crate::config::Market;
use crate::error::RunError;
use crate::sink::{FileRecord, SinkError, is_full};

/// Where a run stands.
pub(super) struct RunFolder {
    /// NAME/RUN_ID.
    pub(super) name: String,
    /// RUN_ID in the folder of all runs of the market.
    pub(super) complete: PathBuf,
    /// .RUN_ID.partial beside it.
    pub(super) partial: PathBuf,
}

impl RunFolder {
    /// `folder` in `parent`.
    pub(super) fn of(market: &Market, parent: &Path, folder: &str) -> Self {
        Self {
            name: format!("{}/{}", market.name, market.run_id()),
            complete: parent.join(folder),
            partial: parent.join(format!(".{folder}.partial")),
        }
    }

    /// The summary of a complete run, `None` if there is no such folder yet.
    pub(super) fn recognise(&self) -> Result<Option<Summary>, RunError> {
        if !self.complete.exists() {
            return Ok(None);
        }
        remove_lock(&self.complete);
        let damaged = |reason: String| RunError::Damaged { path: self.complete.clone(), reason };
        let files = files_of(&self.complete).map_err(damaged)?;
        if let Some(file) = first_missing(&self.complete, &files) {
            let reason = format!("{} is missing or has another size than the manifest says", file.path);
            return Err(damaged(reason));
        }
        summary_of(&self.complete).map(Some).map_err(damaged)
    }

    /// Shows a run that was killed between its last file and its name, if every checksum holds.
    pub(super) fn show_if_whole(&self) -> Result<Option<Summary>, RunError> {
        let intact = |files: &Vec<FileRecord>| files.iter().all(|file| file.is_intact(&self.partial));
        let Some(files) = files_of(&self.partial).ok().filter(intact) else { return Ok(None) };
        let _lock = self.prepare()?;
        self.show(&files)?;
        summary_of(&self.complete)
            .map(Some)
            .map_err(|reason| RunError::Damaged { path: self.complete.clone(), reason })
    }

    /// Makes the hidden folder, and keeps other processes from it as long as the lock lives.
    pub(super) fn prepare(&self) -> Result<File, RunError> {
        let locked =
            std::fs::create_dir_all(&self.partial).and_then(|()| File::create(self.partial.join(LOCK)));
        let lock = locked.map_err(|source| self.refused(source))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Err(RunError::Busy { path: self.partial.clone() }),
            // Locked, or on a file system without locks: processes of a sweep have claims besides.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(lock),
        }
    }

    /// Refuses a run that would fill the disk; what an interrupted one has written already counts as room.
    pub(super) fn has_room(&self, needed: u64) -> Result<(), RunError> {
        let available = fs4::available_space(&self.partial)
            .and_then(|free| Ok(free + written(&self.partial)?))
            .map_err(|source| self.refused(source))?;
        if needed <= available {
            return Ok(());
        }
        Err(RunError::NoRoom { path: self.partial.clone(), needed, available })
    }

    /// Removes the hidden folder of a run that ends so, if nothing in it can be continued: no part is finished, or they all
    /// are and the figures are of no use. Nobody could tell it from one that waits to be continued.
    pub(super) fn give_up(&self, error: RunError) -> RunError {
        let in_vain = matches!(error, RunError::NotFinite { .. });
        if in_vain || !Checkpoint::stands_in(&self.partial) {
            let _ = std::fs::remove_dir_all(&self.partial);
            if let Some(parent) = self.partial.parent() {
                // Only where this run was the first of its market: a folder that holds anything stays.
                let _ = std::fs::remove_dir(parent);
            }
        }
        error
    }

    /// What to say of an error of a run that writes `total` bytes, if it is that the disk is full.
    pub(super) fn explain(&self, error: RunError, total: u64) -> RunError {
        let (path, source) = match error {
            RunError::Sink(SinkError::Write { path, source }) | RunError::Folder { path, source }
                if is_full(&source) =>
            {
                (path, source)
            }
            other => return other,
        };
        let needed = total.saturating_sub(written(&self.partial).unwrap_or(0));
        let available = fs4::available_space(&self.partial).unwrap_or(0);
        RunError::Full { path, needed, available, source }
    }

    /// Gives the folder its name, if it holds all of these files: somebody may have deleted what was finished before.
    pub(super) fn show(&self, files: &[FileRecord]) -> Result<(), RunError> {
        if let Some(file) = first_missing(&self.partial, files) {
            let path = self.partial.join(&file.path);
            return Err(RunError::Folder { path, source: io::ErrorKind::NotFound.into() });
        }
        Checkpoint::remove(&self.partial)
            .and_then(|()| std::fs::rename(&self.partial, &self.complete))
            .and_then(|()| std::fs::remove_file(self.complete.join(LOCK)))
            .map_err(|source| self.refused(source))
    }

    fn refused(&self, source: io::Error) -> RunError {
        RunError::Folder { path: self.partial.clone(), source }
    }
}

/// Bytes of all files in a folder.
fn written(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let entry = entry?;
            match entry.metadata()? {
                found if found.is_dir() => folders.push(entry.path()),
                found => bytes += found.len(),
            }
        }
    }
    Ok(bytes)
}

/// Held by the process that writes a hidden folder.
const LOCK: &str = "lock";

/// Removes what a process leaves that was killed just after it had named a complete folder.
pub(crate) fn remove_lock(complete: &Path) {
    let _ = std::fs::remove_file(complete.join(LOCK));
}

/// The first of these files that is not there in its size.
fn first_missing<'a>(folder: &Path, files: &'a [FileRecord]) -> Option<&'a FileRecord> {
    let bytes = |file: &FileRecord| std::fs::metadata(folder.join(&file.path)).map(|found| found.len()).ok();
    files.iter().find(|file| bytes(file) != Some(file.bytes))
}

/// The files that a folder's manifest lists, or what is wrong with it.
fn files_of(folder: &Path) -> Result<Vec<FileRecord>, String> {
    let mut manifest: Value = read_json(folder, "manifest.json")?;
    serde_json::from_value(manifest["files"].take()).map_err(|error| format!("manifest.json: {error}"))
}

fn summary_of(folder: &Path) -> Result<Summary, String> {
    read_json(folder, "summary.json")
}

fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, String> {
    let text = std::fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))
}
