//! What a killed run leaves behind: finished parts, and the moments folded so far.

use std::path::Path;

use model::summary::StandardErrors;
use serde::{Deserialize, Serialize};

use crate::outcome::Tally;
use crate::sink::{FileRecord, SinkError, write_file};

/// The state after a number of finished parts. Floats survive JSON exactly, so a continued run gives the same bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// Buyers of each replicate that this stage draws: all, or, on the way to a target, fewer.
    pub(super) users: u64,
    pub(super) parts_done: u64,
    pub(super) tally: Tally,
    pub(super) files: Vec<FileRecord>,
}

const NAME: &str = "checkpoint.json";

impl Checkpoint {
    pub(super) fn new(users: u64, rules: usize, errors: StandardErrors) -> Self {
        Self { users, parts_done: 0, tally: Tally::new(rules, errors), files: Vec::new() }
    }

    /// The state in a hidden folder, if it is whole: as its own checksum says, with every file as that file's says.
    pub(super) fn read(folder: &Path, rules: usize) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        let (hash, json) = text.split_once('\n')?;
        if blake3::hash(json.as_bytes()).to_hex().as_str() != hash {
            return None;
        }
        let state: Self = serde_json::from_str(json).ok()?;
        let fits =
            state.tally.buyers.rules.len() == rules && state.files.iter().all(|file| file.is_intact(folder));
        fits.then_some(state)
    }

    /// Whether there is a state, whole or not.
    pub(super) fn stands_in(folder: &Path) -> bool {
        folder.join(NAME).exists()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), SinkError> {
        let json = serde_json::to_string(self).expect("plain data");
        let hash = blake3::hash(json.as_bytes()).to_hex();
        write_file(folder, NAME, format!("{hash}\n{json}").as_bytes()).map(|_| ())
    }

    /// Removes the state of a run that is whole.
    pub(super) fn remove(folder: &Path) -> std::io::Result<()> {
        match std::fs::remove_file(folder.join(NAME)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
