//! What a killed run leaves behind: finished parts, and the moments folded so far.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::outcome::Fold;
use crate::sink::{FileRecord, SinkError, write_file};

/// The state after a number of finished parts. Floats survive JSON exactly, so a continued run gives the same bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) parts_done: u64,
    pub(super) fold: Fold,
    pub(super) files: Vec<FileRecord>,
}

const NAME: &str = "checkpoint.json";

impl Checkpoint {
    pub(super) fn new(rules: usize) -> Self {
        Self { parts_done: 0, fold: Fold::new(rules), files: Vec::new() }
    }

    /// The state in a hidden folder, if it is whole: readable, with every file as its checksum says.
    pub(super) fn read(folder: &Path, rules: usize) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        let state: Self = serde_json::from_str(&text).ok()?;
        let intact = |file: &FileRecord| {
            let mut hasher = blake3::Hasher::new();
            let opened = std::fs::File::open(folder.join(&file.path));
            let hashed = opened.and_then(|opened| hasher.update_reader(opened).map(|_| ()));
            hashed.is_ok() && hasher.finalize().to_hex().as_str() == file.blake3
        };
        let fits = state.fold.rules.len() == rules && state.files.iter().all(intact);
        fits.then_some(state)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), SinkError> {
        let json = serde_json::to_vec(self).expect("plain data");
        write_file(folder, NAME, &json).map(|_| ())
    }

    /// Removes the state of a run that is whole.
    pub(super) fn remove(folder: &Path) -> std::io::Result<()> {
        match std::fs::remove_file(folder.join(NAME)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
