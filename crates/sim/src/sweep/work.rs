//! Doing the work of a sweep: workers take trials that nobody has finished or claimed, until none is left.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::claim::Claims;
use super::error::SweepError;
use super::experiment::Experiment;
use super::limits::Watch;
use super::plan::{SweepPlan, hash_of};
use super::size::{Size, at_once, largest_first};
use super::store::{Failure, Store, Trial};
use crate::config::Record;
use crate::engine::thread_pool;
use crate::error::RunError;
use crate::manifest::Provenance;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::run::{Workplace, run_in};

/// Part `number` of `of`: every `of`-th trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub number: usize,
    /// Number of shards.
    pub of: usize,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { number: 1, of: 1 };
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(format!("found {text}; allowed: I/N with I from 1 to N, for example 2/8")),
        }
    }
}

/// How to sweep.
#[derive(Debug, Clone)]
pub struct SweepOptions {
    /// Folder of all results.
    pub out: PathBuf,
    /// Worker threads of all cells together; 0: as many as the machine has.
    pub threads: usize,
    /// What manifests say besides.
    pub provenance: Provenance,
    /// Which trials are meant.
    pub shard: Shard,
    /// Whether trials that failed are tried again.
    pub retry_failed: bool,
}

/// What a sweep has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepReport {
    /// Folder of the sweep.
    pub folder: PathBuf,
    /// Trials of this shard.
    pub trials: usize,
    /// Of them, computed now.
    pub computed: usize,
    /// Of them, failed, with the run's name and why.
    pub failed: Vec<(String, String)>,
}

/// How a trial ended, as one worker saw it.
enum Ending {
    Complete {
        computed: bool,
    },
    Failed(Failure),
    /// Another process is at work on it.
    Taken,
}

/// How often a process that has nothing left to do looks after the others.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs every trial of the shard that is not complete yet; failing ones are recorded and do not stop the others.
///
/// # Errors
/// Bad input, a plan that differs from the one begun here, a disk that is full or refuses, or an interruption; what is
/// complete stays.
pub fn sweep(
    experiment: &Experiment,
    plan: &SweepPlan,
    options: &SweepOptions,
    progress: &dyn Progress,
) -> Result<SweepReport, SweepError> {
    let store = Store::of(&options.out, &experiment.name);
    work(experiment, plan, options, (&store, progress)).map_err(|error| {
        let open = Trial::all(plan).filter(|trial| !store.is_complete(trial));
        error.explain(&store.root, || open.map(|trial| disk_bytes(experiment, &trial)).sum())
    })
}

/// Bytes that a trial leaves on the disk, roughly.
fn disk_bytes(experiment: &Experiment, trial: &Trial) -> u64 {
    Plan::BYTES_BESIDES + experiment.market(trial.cell).map_or(0, |market| Plan::disk_bytes(&market))
}

fn work(
    experiment: &Experiment,
    plan: &SweepPlan,
    options: &SweepOptions,
    (store, progress): (&Store, &dyn Progress),
) -> Result<SweepReport, SweepError> {
    let refused = |source| SweepError::Folder { path: store.root.clone(), source };
    let claims = Claims::open(&store.root).map_err(refused)?;
    store.adopt(plan, &claims)?;
    let pool = thread_pool(options.threads)?;
    let shard = options.shard;
    let mut open: Vec<Trial> = Trial::all(plan).skip(shard.number - 1).step_by(shard.of).collect();
    let crew = Crew { experiment, store, claims: &claims, pool: &pool, options, progress };
    let mut report =
        SweepReport { folder: store.root.clone(), trials: open.len(), computed: 0, failed: Vec::new() };
    progress.begin("runs", open.len() as u64);
    let mut retry = options.retry_failed;
    while !open.is_empty() {
        let endings = crew.pass(&open, retry)?;
        // What failed in this session failed for good.
        retry = false;
        let mut taken = Vec::new();
        for (trial, ending) in open.into_iter().zip(endings) {
            match ending {
                Ending::Complete { computed } => report.computed += usize::from(computed),
                Ending::Failed(failure) => report.failed.push((trial.run_id(), failure.message)),
                Ending::Taken => taken.push(trial),
            }
        }
        open = taken;
        if !open.is_empty() {
            if progress.stopped() {
                return Err(SweepError::Interrupted);
            }
            std::thread::sleep(PATIENCE);
        }
    }
    progress.end();
    Ok(report)
}

/// Those who work, and with what.
struct Crew<'a> {
    experiment: &'a Experiment,
    store: &'a Store,
    claims: &'a Claims,
    pool: &'a rayon::ThreadPool,
    options: &'a SweepOptions,
    progress: &'a dyn Progress,
}

impl Crew<'_> {
    /// Tries every trial once, the largest first and several at a time: the serial part of one leaves threads to another.
    fn pass(&self, trials: &[Trial], retry: bool) -> Result<Vec<Ending>, SweepError> {
        let sizes = Size::of_all(self.experiment, trials);
        let order = largest_first(&sizes);
        let workers = at_once(&sizes, self.pool.current_num_threads()).min(trials.len());
        let next = AtomicUsize::new(0);
        let stopped_by = Mutex::new(None);
        let endings: Vec<Mutex<Option<Ending>>> = trials.iter().map(|_| Mutex::new(None)).collect();
        let give_up = |error| {
            next.store(trials.len(), Ordering::Relaxed);
            stopped_by.lock().expect("no worker panicked").get_or_insert(error);
        };
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let turn = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&position) = order.get(turn) else { return };
                        match self.attempt(&trials[position], retry) {
                            Ok(ending) => {
                                if !matches!(ending, Ending::Taken) {
                                    self.progress.advance(1);
                                }
                                *endings[position].lock().expect("no worker panicked") = Some(ending);
                            }
                            Err(error) => return give_up(error),
                        }
                    }
                });
            }
        });
        if let Some(error) = stopped_by.into_inner().expect("no worker panicked") {
            return Err(error);
        }
        let ended = |ending: Mutex<Option<Ending>>| ending.into_inner().expect("no worker panicked");
        Ok(endings.into_iter().map(|ending| ended(ending).expect("every trial was tried")).collect())
    }

    fn attempt(&self, trial: &Trial, retry: bool) -> Result<Ending, SweepError> {
        if self.progress.stopped() {
            return Err(SweepError::Interrupted);
        }
        if let Some(ending) = self.ended(trial, retry) {
            return Ok(ending);
        }
        let refused = |source| SweepError::Folder { path: self.store.root.clone(), source };
        let Some(_claim) = self.claims.take(&trial.run_id()).map_err(refused)? else {
            return Ok(Ending::Taken);
        };
        // Whoever had the claim before may have finished since we looked.
        if let Some(ending) = self.ended(trial, retry) {
            return Ok(ending);
        }
        match self.run(trial) {
            Ok(()) => {
                self.store.forget_failure(trial)?;
                Ok(Ending::Complete { computed: true })
            }
            Err(RunError::Interrupted) => Err(SweepError::Interrupted),
            // No cell's fault, and no other cell would fare better.
            Err(error @ (RunError::Full { .. } | RunError::NoRoom { .. })) => Err(error.into()),
            Err(RunError::Busy { .. }) => Ok(Ending::Taken),
            // Somebody who thought us dead was quicker.
            Err(_) if self.store.is_complete(trial) => Ok(Ending::Complete { computed: false }),
            Err(error) => {
                let failure = Failure::of(&error);
                self.store.record_failure(trial, &failure)?;
                self.progress.note(&format!("run {} failed: {}", trial.run_id(), failure.message));
                Ok(Ending::Failed(failure))
            }
        }
    }

    fn ended(&self, trial: &Trial, retry: bool) -> Option<Ending> {
        if self.store.is_complete(trial) {
            self.store.tidy(trial);
            return Some(Ending::Complete { computed: false });
        }
        self.store.failure(trial).filter(|_| !retry).map(Ending::Failed)
    }

    fn run(&self, trial: &Trial) -> Result<(), RunError> {
        let mut market = self.experiment.market(trial.cell)?;
        market.run.seed = trial.seed;
        debug_assert_eq!(hash_of(&market.run_id()), trial.hash);
        let place = Workplace {
            parent: &self.store.cell(&trial.hash),
            folder: &trial.folder(),
            pool: self.pool,
            provenance: &self.options.provenance,
            menus: market.run.record != Record::None,
        };
        let limits = &self.experiment.limits;
        limits.check_memory(&market)?;
        let watch = Watch::start(self.progress, limits);
        run_in(&market, place, &watch).map(|_| ()).map_err(|error| watch.explain(error))
    }
}
