//! Sweeps: one market under many parameters, each a cell, each cell run with several seeds, split over any processes.
//!
//! ```text
//! experiment -> plan (cells in order, known by hash) -> trials (cell x replicate) -> merge (runs and summary)
//! ```
//! A trial is an ordinary run: it is hidden until complete, and it continues where it was killed. Replicate 0 of every cell
//! has the seed of the market, the others seeds drawn from it ([`population::stream::replicate_seed`]): all cells face the
//! same buyers, more replicates never change earlier ones, and sweeps with other seeds have none of them.
//!
//! results/EXPERIMENT/ holds all that is known, so any number of processes on any machines may work on it:
//!
//! ```text
//! plan.json                                  what is to be done, adopted by the first process and only ever grown
//! cells/cell=HASH/seed=SEED/                 a complete trial
//! cells/cell=HASH/failed-SEED.json           a trial that failed, and why
//! .claims/HASH-SEED.GENERATION               who is at work on a trial
//! cells.parquet runs.parquet summary.parquet manifest.json     the merged results
//! ```

mod claim;
mod dimension;
mod error;
mod estimate;
mod experiment;
mod limits;
mod merge;
mod plan;
mod replicates;
mod size;
mod status;
mod store;
mod work;

pub use error::SweepError;
pub use estimate::{SweepCost, estimate};
pub use experiment::Experiment;
pub use limits::{Limits, MemoryLimit, TimeLimit};
pub use merge::{Merged, merge};
pub use plan::{Cell, Change, SweepPlan};
pub use status::{SweepStatus, missing_shards, status, warnings};
pub use work::{Shard, SweepOptions, SweepReport, sweep};
