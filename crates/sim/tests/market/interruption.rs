//! Killed runs continue, complete runs are recognised, damaged ones are refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use sim::progress::Silent;
use sim::run::Origin;
use sim::{Progress, RunError, run};
use tempfile::TempDir;

use super::support::{contents, market, options, run_in_new_folder};

/// Pulls the plug once this many buyers are done.
struct PulledPlug {
    after: u64,
    done: AtomicU64,
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
    let plug = PulledPlug { after: 1_200_000, done: AtomicU64::new(0) };
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let visible: Vec<_> = std::fs::read_dir(out.path().join(&market.name)).unwrap().collect();
    assert_eq!(visible.len(), 1, "only the hidden folder may stand there");
    let continued = run(&market, &options, &Silent).unwrap();
    assert_eq!(continued.origin, Origin::Continued);
    assert_eq!(contents(&continued.folder), contents(&whole.folder));
    let recognised = run(&market, &options, &Silent).unwrap();
    assert_eq!(recognised.origin, Origin::Recognised);
    assert_eq!(recognised.summary, whole.summary);
}

#[test]
fn a_part_that_was_tampered_with_is_computed_again() {
    let market = market("pareto-index", &CHANGES);
    let out = TempDir::new().unwrap();
    let options = options(out.path(), 2);
    let plug = PulledPlug { after: 1_200_000, done: AtomicU64::new(0) };
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let partial = out.path().join(&market.name).join(format!(".{}.partial", market.run_id()));
    std::fs::write(partial.join("buyers/part-00000.parquet"), b"PAR1 but not really").unwrap();
    let redone = run(&market, &options, &Silent).unwrap();
    assert_eq!(redone.origin, Origin::Fresh);
    let (_whole, whole) = run_in_new_folder(&market, 2);
    assert_eq!(contents(&redone.folder), contents(&whole.folder));
}

#[test]
fn a_folder_that_is_no_complete_run_is_refused() {
    let market = market("pareto-index", &["run.users=5000", "run.record=all", "belief.points=1000"]);
    let (out, report) = run_in_new_folder(&market, 1);
    std::fs::remove_file(report.folder.join("buyers/part-00000.parquet")).unwrap();
    let refused = run(&market, &options(out.path(), 1), &Silent).unwrap_err();
    assert!(matches!(refused, RunError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("buyers/part-00000.parquet"), "{refused}");
}

/// A scale law with types at both ends irons w so that larger scales are worth reporting: no simulation.
#[test]
fn a_menu_whose_certificate_fails_is_not_simulated() {
    let market = market(
        "paper-uniform",
        &[
            "run.users=1000",
            "population.value={ distribution = \"beta\", alpha = 0.1, beta = 0.9, low = 1.0, high = 4.0 }",
            "population.scale={ distribution = \"uniform\", low = 0.6, high = 1.0 }",
            "belief.points=2000",
        ],
    );
    let out = TempDir::new().unwrap();
    let refused = run(&market, &options(out.path(), 1), &Silent).unwrap_err();
    assert!(!refused.is_bad_input());
    let message = refused.to_string();
    assert!(message.contains("rule allocations") && message.contains("incentive compatibility"), "{message}");
    assert!(!out.path().join("paper-uniform").exists());
}
