//! Why a run fails, and whether the input is to blame.

use std::io;
use std::path::PathBuf;

use model::config::{ConfigError, Invalid};

use crate::sink::SinkError;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The market file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A section that does not fit the rest.
    #[error("{section}.{invalid}")]
    Invalid {
        /// The section.
        section: String,
        /// What is wrong in it.
        invalid: Invalid,
    },
    /// A rule that cannot be designed.
    #[error(transparent)]
    Design(#[from] menu::DesignError),
    /// A menu that must not be used.
    #[error("rule {label}: its menu is refused, the certificate fails on {failure}")]
    CertificateFails {
        /// Label of the rule.
        label: String,
        /// The inequality.
        failure: String,
    },
    /// A figure overflowed.
    #[error(
        "rule {rule}: {quantity} or its standard error is not finite; values, costs or exponents are too extreme for 64-bit \
         floats"
    )]
    NotFinite {
        /// Label of the rule.
        rule: String,
        /// Name of the figure.
        quantity: String,
    },
    /// Another process is at work on the same run.
    #[error("{} is being written by another process; wait for it, or use another --out", path.display())]
    Busy {
        /// The hidden folder.
        path: PathBuf,
    },
    /// The disk is too small for what would be recorded.
    #[error(
        "recording takes about {} MB and {} has room for {} MB; record fewer buyers (--record sample=N or none), or use \
         another --out",
        needed / 1_000_000, path.display(), available / 1_000_000
    )]
    NoRoom {
        /// The hidden folder.
        path: PathBuf,
        /// Bytes that recording takes.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// The disk, or a quota, was filled while results were written.
    #[error(
        "the disk is full: cannot write {}; this run needs about {} more and {} are free; free some space, then the same \
         command continues",
        path.display(), megabytes(needed.next_multiple_of(100_000)), megabytes(*available)
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// Bytes that are still to be written.
        needed: u64,
        /// Bytes there are.
        available: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Results could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Results of an earlier run could not be read or moved.
    #[error("cannot use {}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something stands where the run's folder should.
    #[error("{} is not a complete run: {reason}; remove that folder and run again", path.display())]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A run of a sweep takes longer than it may.
    #[error(
        "stopped after a batch of buyers: the time limit cell_time = {limit} has passed; raise it, in [limits] of the experiment \
         or by sweep --cell-time, and --retry-failed continues after the last finished part"
    )]
    TimeLimit {
        /// As it was written.
        limit: String,
    },
    /// A run of a sweep would need more memory than it may.
    #[error(
        "not begun: it needs about {needed} of memory and the limit is cell_memory = {limit}; raise it, in [limits] of the \
         experiment or by sweep --cell-memory, and --retry-failed, or lower run.users, belief.points or tiers"
    )]
    Memory {
        /// What it needs, for readers.
        needed: String,
        /// As it was written.
        limit: String,
    },
    /// Somebody asked to stop.
    #[error("interrupted; the same command continues after the last finished part")]
    Interrupted,
    /// No threads.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// Asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
}

impl RunError {
    pub(crate) fn invalid(section: &str, invalid: Invalid) -> Self {
        Self::Invalid { section: section.into(), invalid }
    }

    /// A short stable name of what went wrong, without figures or paths.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Config(_) | Self::Invalid { .. } => "input",
            Self::Design(menu::DesignError::NotCertified { .. }) | Self::CertificateFails { .. } => {
                "certificate"
            }
            Self::Design(_) => "design",
            Self::NotFinite { .. } => "not-finite",
            Self::Busy { .. } => "busy",
            Self::NoRoom { .. } | Self::Full { .. } => "no-room",
            Self::Sink(_) | Self::Folder { .. } => "file-system",
            Self::Damaged { .. } => "damaged",
            Self::TimeLimit { .. } => "time-limit",
            Self::Memory { .. } => "memory",
            Self::Interrupted => "interrupted",
            Self::Threads { .. } => "threads",
        }
    }

    /// Whether the user's input is at fault, rather than the run.
    pub fn is_bad_input(&self) -> bool {
        match self {
            // The programme fell short of what it is to find.
            Self::Design(error) => !matches!(error, menu::DesignError::NotCertified { .. }),
            Self::Config(_) | Self::Invalid { .. } => true,
            _ => false,
        }
    }
}

/// Bytes for readers.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
