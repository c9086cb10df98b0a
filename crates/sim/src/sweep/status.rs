//! How far a sweep has come.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::claim::live;
use super::error::SweepError;
use super::merge::codes_of_warnings;
use super::plan::SweepPlan;
use super::store::{Store, Trial};
use super::work::Shard;

/// Runs by what is known of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepStatus {
    /// Runs of the plan, or of the shard.
    pub runs: usize,
    /// Complete.
    pub done: usize,
    /// Being computed by some process.
    pub running: usize,
    /// Failed.
    pub failed: usize,
    /// Nobody has begun, or whoever began was killed.
    pub missing: usize,
    /// Expected seconds until all are done, at the pace of those that are; null before the first.
    pub seconds_left: Option<f64>,
    /// Names of failed runs, with why.
    pub failures: Vec<(String, String)>,
}

/// Runs whose time is looked up.
const TIMED: usize = 200;

/// Looks at a sweep without touching it.
///
/// # Errors
/// There is no sweep, or one by another plan.
pub fn status(plan: &SweepPlan, out: &Path, shard: Shard) -> Result<SweepStatus, SweepError> {
    let store = Store::of(out, &plan.name);
    store.begun(plan)?;
    let claimed = live(&store.root);
    let mut status = SweepStatus {
        runs: 0,
        done: 0,
        running: 0,
        failed: 0,
        missing: 0,
        seconds_left: None,
        failures: Vec::new(),
    };
    let mut seconds = Vec::new();
    for trial in Trial::all(plan).skip(shard.number - 1).step_by(shard.of) {
        status.runs += 1;
        if store.is_complete(&trial) {
            status.done += 1;
            if seconds.len() < TIMED {
                seconds.extend(store.seconds(&trial));
            }
        } else if claimed.contains(&trial.run_id()) {
            status.running += 1;
        } else if let Some(failure) = store.failure(&trial) {
            status.failed += 1;
            status.failures.push((trial.run_id(), failure.message));
        } else {
            status.missing += 1;
        }
    }
    let left = (status.running + status.missing) as f64;
    if left == 0.0 {
        status.seconds_left = Some(0.0);
    } else if !seconds.is_empty() {
        let each = seconds.iter().sum::<f64>() / seconds.len() as f64;
        status.seconds_left = Some(left * each / status.running.max(1) as f64);
    }
    Ok(status)
}

/// Shards of so many that hold a run which is neither complete nor failed nor being computed; with `retry`, failed runs are
/// missing, too.
///
/// # Errors
/// A sweep by another plan.
pub fn missing_shards(
    plan: &SweepPlan,
    out: &Path,
    of: usize,
    retry: bool,
) -> Result<Vec<usize>, SweepError> {
    let store = Store::of(out, &plan.name);
    store.check(store.plan()?.as_ref(), plan)?;
    let claimed = live(&store.root);
    let missing = |trial: &Trial| {
        let failed = !retry && store.failure(trial).is_some();
        !store.is_complete(trial) && !failed && !claimed.contains(&trial.run_id())
    };
    let shards = Trial::all(plan).enumerate().filter(|(_, trial)| missing(trial)).map(|(at, _)| at % of + 1);
    Ok(shards.collect::<BTreeSet<_>>().into_iter().collect())
}

/// Codes of the warnings of complete runs, of the whole plan or of a shard, with the number of runs that have each.
///
/// # Errors
/// A summary that cannot be read.
pub fn warnings(plan: &SweepPlan, out: &Path, shard: Shard) -> Result<BTreeMap<String, usize>, SweepError> {
    let store = Store::of(out, &plan.name);
    let mut runs = BTreeMap::new();
    for trial in Trial::all(plan).skip(shard.number - 1).step_by(shard.of) {
        let Some(summary) = store.summary(&trial)? else { continue };
        for code in codes_of_warnings(&summary) {
            *runs.entry(code.into()).or_insert(0) += 1;
        }
    }
    Ok(runs)
}
