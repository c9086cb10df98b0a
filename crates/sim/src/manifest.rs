//! The manifest of a run: what made it, so that anyone can make it again and check it.

use model::menu::{Certificate, Expected};
use model::summary::Warning;
use serde::Serialize;

use crate::sink::FileRecord;

/// `manifest.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    /// NAME/RUN_ID.
    pub run: String,
    /// Always "complete": a folder without a manifest is not a run.
    pub status: &'static str,
    /// Version of tokenmarket.
    pub version: &'static str,
    /// Commit it was built from.
    pub commit: String,
    /// [`crate::RESULTS_VERSION`].
    pub results_version: u32,
    /// The command line.
    pub argv: Vec<String>,
    /// Name of the machine.
    pub host: String,
    /// Worker threads.
    pub threads: usize,
    /// Seed of all draws.
    pub seed: u64,
    /// How draws follow from the seed.
    pub seed_formula: &'static str,
    /// How buyers of a replicate are spread.
    pub sampling: population::Design,
    /// How draws follow from the seed under the designs other than "pseudo".
    pub sampling_formula: &'static str,
    /// Where the standard errors come from.
    pub standard_errors: String,
    /// Instruction set that kernels ran with; results do not depend on it.
    pub kernels: &'static str,
    /// How the belief was formed.
    pub belief: String,
    /// Menus with their expected outcome and certificate.
    pub menus: Vec<MenuRecord>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// Wall-clock times.
    pub timings: Timings,
    /// Every other file of the run.
    pub files: Vec<FileRecord>,
}

/// A menu as the manifest knows it.
#[derive(Debug, Clone, Serialize)]
pub struct MenuRecord {
    /// Label.
    pub rule: String,
    /// Name of the pricing rule.
    pub kind: &'static str,
    /// How the belief it was designed on was formed.
    pub belief: String,
    /// Expected outcome under the belief.
    pub expected: Expected,
    /// The proof.
    pub certificate: Certificate,
}

/// Wall-clock seconds, and when the run ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Timings {
    /// Forming the belief and designing menus.
    pub design_seconds: f64,
    /// Drawing, choosing, recording, in the session that finished the run.
    pub simulate_seconds: f64,
    /// Buyers simulated in that session; fewer than all after an interruption.
    pub simulated_users: u64,
    /// Seconds since 1970-01-01 UTC.
    pub finished_unix_seconds: u64,
}

/// What a manifest says that results do not depend on.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The command line.
    pub argv: Vec<String>,
    /// Commit of the build.
    pub commit: String,
}

/// Name of this machine, or "unknown".
pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map_or("unknown".into(), |name| name.trim().into())
}

/// Seconds since 1970-01-01 UTC.
#[expect(clippy::disallowed_methods, reason = "the manifest is the one place that may look at the clock")]
pub fn unix_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
