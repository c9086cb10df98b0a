//! Killed runs continue, complete runs are recognised, damaged ones are refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use sim::progress::Silent;
use sim::run::Origin;
use sim::{Progress, RunError, run};
use tempfile::TempDir;

use super::support::{contents, market, options, run_in_new_folder};

/// Pulls the plug once this many buyers are done.
pub(crate) struct PulledPlug {
    after: u64,
    done: AtomicU64,
}

impl PulledPlug {
    pub(crate) fn after(after: u64) -> Self {
        Self { after, done: AtomicU64::new(0) }
    }
}

impl Progress for PulledPlug {
    fn begin(&self, _: &str, _: u64) {
        self.done.store(0, Ordering::Relaxed);
    }
    fn advance(&self, steps: u64) {
        assert!(self.done.fetch_add(steps, Ordering::Relaxed) < self.after, "the plug was pulled");
    }
    fn end(&self) {}
    fn note(&self, _: &str) {}
}

/// Two part files and a bit, two replicates.
const CHANGES: [&str; 4] =
    ["run.users=1_100_000", "run.record=sample=200000", "run.replicates=2", "belief.points=1000"];

#[test]
fn a_killed_run_continues_to_the_same_bytes() {
    let market = market("pareto-index", &CHANGES);
    let (_whole, whole) = run_in_new_folder(&market, 2);
    assert_eq!(whole.origin, Origin::Fresh);
    let out = TempDir::new().unwrap();
    let options = options(out.path(), 2);
    let plug = PulledPlug::after(1_200_000);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let standing: Vec<_> = std::fs::read_dir(out.path().join(&market.name)).unwrap().collect();
    let hidden =
        standing.iter().all(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with('.'));
    assert!(standing.len() == 1 && hidden, "only the hidden folder may stand there: {standing:?}");
    let continued = run(&market, &options, &Silent).unwrap();
    assert_eq!(continued.origin, Origin::Continued);
    assert_eq!(contents(&continued.folder), contents(&whole.folder));
    let recognised = run(&market, &options, &Silent).unwrap();
    assert_eq!(recognised.origin, Origin::Recognised);
    assert_eq!(recognised.summary, whole.summary);
}

/// Evenly spread buyers and choice shocks: killed in the fifth replicate and again in the seventh, at other thread counts.
#[test]
fn even_and_shocked_runs_continue_to_the_same_bytes() {
    let small = ["run.users=6000", "run.record=sample=3000", "run.replicates=8", "belief.points=500"];
    let shocks = "behaviour={ kind = \"logit\", scale = 0.02 }";
    for (name, changes) in [
        ("segments", vec!["run.sampling=stratified"]),
        ("lognormal-tasks", vec!["run.sampling=sobol"]),
        ("paper-uniform", vec![shocks]),
        ("paper-uniform", vec![shocks, "run.sampling=sobol"]),
    ] {
        let market = market(name, &[&small[..], &changes].concat());
        let (_whole, whole) = run_in_new_folder(&market, 1);
        let out = TempDir::new().unwrap();
        for (threads, after) in [(2, 20_000), (1, 35_000)] {
            let plug = PulledPlug { after, done: AtomicU64::new(0) };
            let options = options(out.path(), threads);
            assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err(), "{name}");
        }
        let continued = run(&market, &options(out.path(), 2), &Silent).unwrap();
        assert_eq!(continued.origin, Origin::Continued, "{name}: {changes:?}");
        assert!(contents(&continued.folder) == contents(&whole.folder), "{name}: {changes:?}");
    }
}

/// Replicates of which nobody is recorded, here of two blocks, are drawn many at a time: killed after some of them they continue
/// there, and their figures are those of replicates that are recorded, and so drawn one by one.
#[test]
fn small_replicates_drawn_together_are_those_drawn_one_by_one() {
    let small = ["run.users=9000", "run.sampling=stratified", "run.replicates=40", "belief.points=500"];
    let unrecorded = market("segments", &[&small[..], &["run.record=none"]].concat());
    let (_alone, alone) =
        run_in_new_folder(&market("segments", &[&small[..], &["run.record=sample=1"]].concat()), 2);
    let (_whole, whole) = run_in_new_folder(&unrecorded, 1);
    assert_eq!(whole.summary.rules, alone.summary.rules);
    let out = TempDir::new().unwrap();
    let plug = PulledPlug::after(270_000);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&unrecorded, &options(out.path(), 3), &plug))).is_err());
    let continued = run(&unrecorded, &options(out.path(), 8), &Silent).unwrap();
    assert_eq!(continued.origin, Origin::Continued);
    assert_eq!(contents(&continued.folder), contents(&whole.folder));
}

#[test]
fn a_part_that_was_tampered_with_is_computed_again() {
    let market = market("pareto-index", &CHANGES);
    let out = TempDir::new().unwrap();
    let options = options(out.path(), 2);
    let plug = PulledPlug::after(1_200_000);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let partial = out.path().join(&market.name).join(format!(".{}.partial", market.run_id()));
    std::fs::write(partial.join("buyers/part-00000.parquet"), b"PAR1 but not really").unwrap();
    let redone = run(&market, &options, &Silent).unwrap();
    assert_eq!(redone.origin, Origin::Fresh);
    let (_whole, whole) = run_in_new_folder(&market, 2);
    assert_eq!(contents(&redone.folder), contents(&whole.folder));
}

/// A checkpoint that lost a part of itself is not believed, whatever it still says.
#[test]
fn a_damaged_checkpoint_is_not_believed() {
    let market = market("pareto-index", &CHANGES);
    let out = TempDir::new().unwrap();
    let options = options(out.path(), 2);
    let plug = PulledPlug::after(1_200_000);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let path = out.path().join(&market.name).join(format!(".{}.partial/checkpoint.json", market.run_id()));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"parts_done\":", "\"parts_done\":1")).unwrap();
    assert_eq!(run(&market, &options, &Silent).unwrap().origin, Origin::Fresh);
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let market = market("pareto-index", &["run.users=5000", "belief.points=1000"]);
    let out = TempDir::new().unwrap();
    let partial = out.path().join(&market.name).join(format!(".{}.partial", market.run_id()));
    std::fs::create_dir_all(&partial).unwrap();
    let lock = std::fs::File::create(partial.join("lock")).unwrap();
    lock.lock().unwrap();
    let refused = run(&market, &options(out.path(), 1), &Silent).map(|report| report.origin).unwrap_err();
    assert!(matches!(refused, RunError::Busy { .. }), "{refused}");
    drop(lock);
    assert_eq!(run(&market, &options(out.path(), 1), &Silent).unwrap().origin, Origin::Fresh);
}

/// A standard error that overflows would make a summary that nobody can read: the run fails instead.
#[test]
fn figures_that_overflow_are_not_recorded() {
    let market = market(
        "pareto-index",
        &[
            "population.index={ distribution = \"lognormal\", mu = 160.0, sigma = 1.0 }",
            "technology.tokens.input.exponent=0.3",
            "technology.tokens.output.exponent=0.3",
            "run.users=5000",
            "belief.points=1000",
        ],
    );
    let out = TempDir::new().unwrap();
    let refused = run(&market, &options(out.path(), 1), &Silent).map(|report| report.origin).unwrap_err();
    assert!(matches!(refused, RunError::NotFinite { .. } | RunError::Design(_)), "{refused}");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0, "what nobody can continue is left");
}

#[test]
fn recording_more_than_the_disk_holds_is_refused() {
    let market = market("pareto-index", &["run.users=1000000000000", "run.record=all", "belief.points=1000"]);
    let out = TempDir::new().unwrap();
    let refused = run(&market, &options(out.path(), 1), &Silent).map(|report| report.origin).unwrap_err();
    assert!(matches!(refused, RunError::NoRoom { .. }), "{refused}");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0, "what nobody can continue is left");
}

#[test]
fn a_folder_that_is_no_complete_run_is_refused() {
    let market = market("pareto-index", &["run.users=5000", "run.record=all", "belief.points=1000"]);
    let (out, report) = run_in_new_folder(&market, 1);
    std::fs::remove_file(report.folder.join("buyers/part-00000.parquet")).unwrap();
    let refused = run(&market, &options(out.path(), 1), &Silent).map(|report| report.origin).unwrap_err();
    assert!(matches!(refused, RunError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("buyers/part-00000.parquet"), "{refused}");
}

/// What run asks of a design before the first buyer.
#[test]
fn a_failing_certificate_is_an_error_of_ours_that_says_why() {
    let market = market("paper-uniform", &["belief.points=100"]);
    let mut designed = sim::design(&market, &Silent).unwrap();
    assert!(designed.certified().is_ok());
    let certificate = &mut designed.menus[0].certificate;
    certificate.status = model::menu::Status::Fails;
    certificate.failure = Some("incentive compatibility: planted".into());
    let refused = designed.certified().unwrap_err();
    assert!(!refused.is_bad_input());
    assert!(refused.to_string().contains("incentive compatibility: planted"), "{refused}");
}
