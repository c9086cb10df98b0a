//! Runs that stop where they are precise enough.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use sim::engine::BLOCK;
use sim::progress::Silent;
use sim::run::Origin;
use sim::{Progress, run};
use tempfile::TempDir;

use super::interruption::PulledPlug;
use super::support::{contents, market, options, run_in_new_folder};

/// The largest share of the baseline's profit that a standard error of the summary is.
fn error(summary: &model::summary::Summary) -> f64 {
    let baseline = summary.rules.iter().find(|rule| rule.rule == summary.baseline).unwrap();
    let errors = summary.rules.iter().map(|rule| rule.profit_difference.se);
    errors.fold(baseline.profit.se, f64::max) / baseline.profit.mean
}

fn paper(changes: &[&str]) -> sim::Market {
    market("paper-uniform", &[&["belief.points=1000", "run.record=none"], changes].concat())
}

/// The first power of two of blocks, here more than one, checked against runs of exactly that many buyers and of half of them.
#[test]
fn a_run_stops_at_the_first_power_of_two_that_is_precise() {
    for (target, sampling) in [
        (0.004, &[][..]),
        (0.0004, &["run.sampling=sobol", "run.replicates=8"]),
        (0.002, &["run.sampling=stratified", "run.replicates=8"]),
    ] {
        let run_of = |changes: &[&str]| run_in_new_folder(&paper(&[changes, sampling].concat()), 2).1.summary;
        let found = run_of(&["run.users=3_000_000", &format!("run.target_se={target}")]);
        let replicates = if sampling.is_empty() { 1 } else { 8 };
        let users = found.users / replicates;
        assert!((users / BLOCK).is_power_of_two() && users % BLOCK == 0, "{users}");
        assert!(error(&found) <= target);
        assert!(found.warnings.iter().all(|warning| warning.code != "target-se"));
        let of = |users: u64| run_of(&[format!("run.users={users}").as_str()]);
        let whole = of(users);
        assert_eq!(
            (&whole.rules, &whole.pairs, &whole.by_decile),
            (&found.rules, &found.pairs, &found.by_decile)
        );
        assert!(users > BLOCK && error(&of(users / 2)) > target, "{users}");
    }
}

#[test]
fn threads_and_interruptions_do_not_move_the_end() {
    let changes = ["run.users=4_000_000", "run.target_se=0.0012", "run.record=sample=1500000"];
    let market = market("pareto-index", &[&["belief.points=1000"], &changes[..]].concat());
    let (_one, one) = run_in_new_folder(&market, 1);
    for threads in [2, 3, 8] {
        let (_many, many) = run_in_new_folder(&market, threads);
        assert_eq!(contents(&one.folder), contents(&many.folder), "{threads} threads");
    }
    assert!(
        one.summary.users > 1 << 20,
        "{} buyers: the interruption needs a finished part",
        one.summary.users
    );
    let out = TempDir::new().unwrap();
    let options = options(out.path(), 2);
    let plug = PulledPlug::after(1_100_000);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let continued = run(&market, &options, &Silent).unwrap();
    assert_eq!(continued.origin, Origin::Continued);
    assert_eq!(contents(&continued.folder), contents(&one.folder));
}

#[test]
fn a_target_out_of_reach_is_a_warning() {
    let (_folder, report) = run_in_new_folder(&paper(&["run.users=10_000", "run.target_se=0.0001"]), 2);
    assert_eq!(report.summary.users, 10_000);
    assert!(report.summary.warnings.iter().any(|warning| warning.code == "target-se"));
}

/// A short last block of a replicate shifts all that follow; they are still counted, block by block.
#[test]
fn replicates_of_no_whole_blocks_stop_where_they_are_precise() {
    // Two blocks to a replicate, the second of 904 buyers.
    let size = BLOCK + 904;
    let changes = [&*format!("run.users={size}"), "run.replicates=100", "run.target_se=0.01"];
    let (_folder, report) = run_in_new_folder(&paper(&changes), 2);
    let users = report.summary.users;
    assert!(error(&report.summary) <= 0.01 && users < 40 * size, "{users}");
    let blocks = users / size * 2 + u64::from(users % size > 0);
    assert!(blocks > 2 && blocks.is_power_of_two() && [0, BLOCK].contains(&(users % size)), "{users}");
}

/// Keeps what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.into());
    }
}

#[test]
fn the_number_of_buyers_it_took_is_said() {
    let market = paper(&["run.users=3_000_000", "run.target_se=0.01"]);
    let out = TempDir::new().unwrap();
    let notes = Notes::default();
    let report = run(&market, &options(out.path(), 2), &notes).unwrap();
    let said = notes.0.into_inner().unwrap();
    let users = report.summary.users;
    assert!(users < 3_000_000 && report.summary.rules[0].totals["profit"].mean > 0.0);
    assert!(said.iter().any(|note| note.starts_with(&format!("{users} buyers, "))), "{said:?}");
}

/// Where replicates tell the errors all are drawn again with twice the buyers: a kill on the way changes nothing.
#[test]
fn a_kill_between_stages_of_an_even_design_does_not_move_the_end() {
    let changes = [
        "run.users=1_000_000",
        "run.target_se=0.0003",
        "run.sampling=sobol",
        "run.replicates=8",
        "run.record=sample=5000",
    ];
    let market = market("paper-uniform", &[&["belief.points=1000"], &changes[..]].concat());
    let (_one, one) = run_in_new_folder(&market, 1);
    // In the second stage, or later, between two replicates.
    let after = 8 * BLOCK + 3 * (2 * BLOCK);
    assert!(one.summary.users > after, "{} buyers: nothing is left to interrupt", one.summary.users);
    let out = TempDir::new().unwrap();
    let options = options(out.path(), 3);
    let plug = PulledPlug::after(after);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&market, &options, &plug))).is_err());
    let continued = run(&market, &options, &Silent).unwrap();
    assert_eq!(continued.origin, Origin::Continued);
    assert_eq!(contents(&continued.folder), contents(&one.folder));
}
