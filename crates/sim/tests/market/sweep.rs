//! The tables of a sweep against its runs, read and computed by another way.

use std::path::Path;
use std::sync::Mutex;

use sim::Progress;
use sim::manifest::Provenance;
use sim::progress::Silent;
use sim::sweep::{Experiment, Shard, SweepOptions, SweepPlan, merge, sweep};
use tempfile::TempDir;

use super::identities::{floats, read};
use super::support::run_in_new_folder;

const EXPERIMENT: &str = r#"
name = "designs"
replicates = 3
baseline = { "population.index.shape" = 4.0 }
market = "MARKET"
[axes]
"population.index.shape" = [3.5, 4.0]
[design]
kind = "sobol"
n = 2
ranges = { "technology.base_quality" = { low = 0.5, high = 2.0, scale = "log" } }
"#;

#[test]
fn tables_hold_what_ordinary_runs_find() {
    let folder = TempDir::new().unwrap();
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/pareto-index.toml");
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, EXPERIMENT.replace("MARKET", market.to_str().unwrap())).unwrap();
    let changes = ["run.users=3000", "belief.points=500"].map(|change| change.parse().unwrap());
    let experiment = Experiment::load(&file, &changes).unwrap();
    let plan = SweepPlan::of(&experiment).unwrap();
    let options = SweepOptions {
        out: folder.path().join("out"),
        threads: 2,
        provenance: Provenance::default(),
        shard: Shard::WHOLE,
        retry_failed: false,
    };
    let report = sweep(&experiment, &plan, &options, &Silent).unwrap();
    assert_eq!((report.trials, report.computed), (12, 12));
    merge(&experiment, &plan, &options.out, &options.provenance).unwrap();
    let (runs, summary) = (read(&report.folder, "runs.parquet"), read(&report.folder, "summary.parquet"));
    let rules = experiment.base.rules.len();
    assert_eq!((runs.height(), summary.height()), (12 * rules, 4 * rules));
    // An ordinary run of a cell's market and seed has the same figures.
    let mut market = experiment.market(3).unwrap();
    market.run.seed = plan.seed_of(2);
    let (_out, ordinary) = run_in_new_folder(&market, 1);
    let (profit, error) = (floats(&runs, "profit"), floats(&runs, "profit_se"));
    for (rule, found) in ordinary.summary.rules.iter().enumerate() {
        let row = (3 * 3 + 2) * rules + rule;
        assert_eq!((profit[row], error[row]), (found.profit.mean, found.profit.se));
    }
    // Means, errors and paired differences over replicates, by hand; the baseline is the first cell with shape 4.
    let (mean, se) = (floats(&summary, "profit"), floats(&summary, "profit_se"));
    let difference = floats(&summary, "profit_from_baseline_cell");
    for cell in 0..4 {
        for rule in 0..rules {
            let of = |cell: usize, replicate: usize| profit[(cell * 3 + replicate) * rules + rule];
            let own = [0, 1, 2].map(|replicate| of(cell, replicate));
            let average = own.iter().sum::<f64>() / 3.0;
            let variance = own.iter().map(|x| (x - average) * (x - average)).sum::<f64>() / 2.0;
            let minus =
                [0, 1, 2].map(|replicate| of(cell, replicate) - of(2, replicate)).iter().sum::<f64>() / 3.0;
            let row = cell * rules + rule;
            assert!((mean[row] - average).abs() <= 1e-12 * average.abs());
            assert!((se[row] - (variance / 3.0).sqrt()).abs() <= 1e-9 * average.abs());
            assert!((difference[row] - minus).abs() <= 1e-12 * average.abs());
        }
    }
    let quality = floats(&summary, "technology.base_quality");
    assert!(quality.iter().all(|quality| (0.5..=2.0).contains(quality)) && quality[0] == quality[2 * rules]);
}

/// What is noted, in order.
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, message: &str) {
        self.0.lock().unwrap().push(message.into());
    }
}

/// Runs that no memory is enough for say so in the order in which they begin: the most work first, and equal work in the
/// order of the plan, in which they are reported, too.
#[test]
fn the_largest_runs_begin_first() {
    let folder = TempDir::new().unwrap();
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/pareto-index.toml");
    let text = format!(
        "name = \"sizes\"\nmarket = {:?}\n[limits]\ncell_memory = \"1MB\"\n[axes]\n\"run.users\" = [2000, 8000, 4000]\n\
         \"technology.base_quality\" = [1.0, 2.0]\n",
        market.to_str().unwrap()
    );
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, text).unwrap();
    let experiment = Experiment::load(&file, &["belief.points=500".parse().unwrap()]).unwrap();
    let plan = SweepPlan::of(&experiment).unwrap();
    let options = SweepOptions {
        out: folder.path().join("out"),
        threads: 1,
        provenance: Provenance::default(),
        shard: Shard::WHOLE,
        retry_failed: false,
    };
    let notes = Notes(Mutex::default());
    let report = sweep(&experiment, &plan, &options, &notes).unwrap();
    let reported: Vec<&str> = report.failed.iter().map(|(run, _)| &run[..12]).collect();
    assert_eq!(reported, plan.cells.iter().map(|cell| cell.cell.as_str()).collect::<Vec<_>>());
    let begun: Vec<String> = notes.0.into_inner().unwrap();
    let begun: Vec<usize> =
        begun.iter().map(|note| reported.iter().position(|cell| note.contains(cell)).unwrap()).collect();
    assert_eq!(begun, [2, 3, 4, 5, 0, 1]);
}
