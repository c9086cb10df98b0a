//! Reads what was recorded: tables for people, papers and machines.
//!
//! [`read_summary`] finds the summary of a complete run, [`compare()`] turns summaries into text in any [`Format`], and
//! [`query()`] answers SQL over the recorded tables, [`incidence()`] says who pays and who gains,
//! [`Report`] lays out a page with its figures, [`bundle()`] packs all of it for an archive, and [`Table`] is the one renderer behind every table that tokenmarket prints.
//!
//! # Architecture invariants
//!
//! - This crate knows nothing of simulation or menus: everything it says was recorded.
//! - Rounding happens here and for readers only; CSV and JSON carry every digit.
//! - It returns text and never prints: the terminal belongs to the command line.

mod bundle;
mod chart;
mod compare;
mod error;
mod format;
mod incidence;
mod moments;
mod number;
mod query;
mod recorded;
mod report;
mod sweep;
mod table;

#[cfg(test)]
mod example;

pub use bundle::bundle;
pub use compare::{Subject, compare, compare_on};
pub use error::AnalysisError;
pub use format::{Format, Style};
pub use incidence::{By, incidence};
pub use number::{Rounded, grouped, percent, significance};
pub use query::query;
pub use recorded::{read_summaries, read_summary};
pub use report::Report;
pub use sweep::{SweepRows, compare_sweep, is_sweep, runs_beside};
pub use table::Table;
