//! Why a sweep stops, as opposed to why one of its cells fails.

use std::io;
use std::path::{Path, PathBuf};

use model::config::ConfigError;

use super::plan::Change;
use crate::error::{RunError, megabytes};
use crate::sink::{SinkError, is_full};

/// Why a sweep stops.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The experiment or its market.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The plan on the disk is another one.
    #[error(
        "{} was begun with another plan, and cells of two plans do not belong in one table:\n{}\n  help: undo that change, \
         or use another --out (more replicates and more cells are welcome)",
        path.display(), listed(changes)
    )]
    Changed {
        /// Folder of the sweep.
        path: PathBuf,
        /// What is different.
        changes: Vec<Change>,
    },
    /// There is nothing to look at.
    #[error("{} holds no sweep; start it with tokenmarket sweep, or name its --out", path.display())]
    NotBegun {
        /// Folder of the sweep.
        path: PathBuf,
    },
    /// Results are not complete.
    #[error("{missing} of {trials} runs are missing; tokenmarket sweep computes them")]
    Incomplete {
        /// Runs that are neither complete nor failed.
        missing: usize,
        /// Runs of the plan.
        trials: usize,
    },
    /// What stands on the disk is not what was written there.
    #[error("{} is damaged: {reason}; remove it and run the sweep again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot use {}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk, or a quota, is full.
    #[error(
        "the disk is full: cannot write {}; the sweep needs about {} more and {} are free; free some space, then the same \
         command continues",
        path.display(), megabytes(needed.next_multiple_of(100_000)), megabytes(*available)
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// Bytes that are still to be written, roughly.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// Results could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// No threads, or no design for an estimate.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Somebody asked to stop.
    #[error("interrupted; the same command continues")]
    Interrupted,
}

impl SweepError {
    /// What to say where `needed` bytes are still to be written, if it is that the disk is full.
    pub(super) fn explain(self, root: &Path, needed: impl FnOnce() -> u64) -> Self {
        let path = match &self {
            Self::Run(RunError::Full { path, .. } | RunError::NoRoom { path, .. }) => path.clone(),
            Self::Folder { path, source } if is_full(source) => path.clone(),
            Self::Sink(error) => match error.full() {
                Some(path) => path.into(),
                None => return self,
            },
            _ => return self,
        };
        Self::Full { path, needed: needed(), available: fs4::available_space(root).unwrap_or(0) }
    }

    /// Whether the user's input is at fault, rather than the sweep.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Config(_) | Self::Changed { .. } | Self::NotBegun { .. } => true,
            Self::Run(error) => error.is_bad_input(),
            _ => false,
        }
    }
}

/// The first changes, one a line.
fn listed(changes: &[Change]) -> String {
    const SHOWN: usize = 20;
    let mut lines: Vec<String> = changes.iter().take(SHOWN).map(|change| format!("  {change}")).collect();
    if changes.len() > SHOWN {
        lines.push(format!("  and {} more", changes.len() - SHOWN));
    }
    lines.join("\n")
}
