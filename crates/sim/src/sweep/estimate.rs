//! What a sweep will take, before it begins.

use std::time::Instant;

use serde::Serialize;

use super::error::SweepError;
use super::experiment::Experiment;
use crate::plan::{Plan, design};
use crate::progress::Progress;

/// What a sweep will take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepCost {
    /// Cells.
    pub cells: usize,
    /// Replicates of every cell.
    pub replicates: u32,
    /// Runs, a cell with a seed each.
    pub runs: usize,
    /// Buyers over all runs.
    pub buyers: u64,
    /// Recorded rows, and rows of runs.parquet.
    pub rows: u64,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Bytes of memory of the largest cell within the limit, times the cells in flight.
    pub memory_bytes: u64,
    /// Cells beyond the limit on memory, whose runs will fail.
    pub cells_over_memory: usize,
    /// Expected seconds on this machine alone.
    pub seconds: f64,
}

/// Measured: figures of a run without menus, which compare every rule with every rule in every decile.
const BYTES_PER_PAIR: u64 = 4_200;
/// Measured: the rest of it.
const BYTES_PER_RUN: u64 = 20_000;

/// Adds up the markets of all cells; time by a probe of the baseline cell.
///
/// # Errors
/// A baseline cell that cannot be designed.
pub fn estimate(
    experiment: &Experiment,
    pool: &rayon::ThreadPool,
    progress: &dyn Progress,
) -> Result<SweepCost, SweepError> {
    let replicates = u64::from(experiment.replicates);
    let probed = experiment.market(experiment.baseline()?)?;
    let started = Instant::now();
    let designed = design(&probed, progress)?;
    let design_seconds = started.elapsed().as_secs_f64();
    let plan = Plan::of(&probed, &designed, pool);
    let seconds_per_buyer = plan.seconds / plan.buyers as f64;
    let threads = pool.current_num_threads();
    let cells = experiment.cells();
    let mut cost = SweepCost {
        cells,
        replicates: experiment.replicates,
        runs: cells * experiment.replicates as usize,
        buyers: 0,
        rows: 0,
        disk_bytes: 0,
        memory_bytes: 0,
        cells_over_memory: 0,
        seconds: 0.0,
    };
    for cell in 0..cells {
        let market = experiment.market(cell)?;
        if experiment.limits.check_memory(&market).is_err() {
            cost.cells_over_memory += 1;
            continue;
        }
        cost.buyers += replicates * market.run.users * u64::from(market.run.replicates);
        cost.rows += replicates * (Plan::rows(&market) + market.rules.len() as u64);
        let rules = market.rules.len() as u64;
        let figures = BYTES_PER_RUN + BYTES_PER_PAIR * rules * rules;
        cost.disk_bytes += replicates * (figures + Plan::disk_bytes(&market));
        cost.memory_bytes = cost.memory_bytes.max(Plan::memory_bytes(&market));
    }
    cost.memory_bytes *= threads.min(cost.runs) as u64;
    // Menus of different cells are designed at the same time, one thread each.
    cost.seconds =
        cost.buyers as f64 * seconds_per_buyer + cost.runs as f64 * design_seconds / threads as f64;
    Ok(cost)
}
