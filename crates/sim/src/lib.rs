//! Runs the market: designs menus, draws buyers, lets every buyer choose under every rule, records and folds outcomes.
//!
//! Data flows one way: configuration -> law -> belief -> menus; law -> batch of buyers -> choices -> sink and summary.
//!
//! # Architecture invariants
//!
//! - This crate knows nothing of terminals: progress goes to a [`Progress`], results to files.
//! - rayon lives in [`engine`] only (a run also designs its menus in its pool), polars in [`sink`] and [`tables`] only.
//! - Bytes depend on (resolved configuration, seed, [`RESULTS_VERSION`]) only. Sums are folded over blocks of
//!   [`engine::BLOCK`] buyers in block order, whatever the threads and batches.
//! - Nothing complete is lost and nothing incomplete taken for complete: files are written under temporary names and
//!   renamed, a run's folder is hidden until it is whole, and a killed run continues after its last checkpoint.

pub mod calibrate;
pub mod config;
pub mod describe;
pub mod engine;
pub mod error;
mod fresh;
pub mod manifest;
pub mod outcome;
pub mod plan;
pub mod progress;
pub mod run;
pub mod sink;
pub mod sweep;
pub mod tables;
pub mod verify;
mod warnings;

pub use config::{Market, Override};
pub use describe::{Description, describe};
pub use error::RunError;
pub use menu::{Portrait, PortraitRow};
pub use plan::{Design, Plan, design};
pub use progress::Progress;
pub use run::{RunOptions, RunReport, run};

/// Raised with every change that changes results; part of every RUN_ID.
pub const RESULTS_VERSION: u32 = 2;
