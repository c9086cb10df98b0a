//! The same bytes from every instruction set, whatever the threads, batches and shards.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use model::kernel::{Instructions, VARIABLE};
use population::Key;
use sim::engine::{BLOCK, thread_pool};
use sim::manifest::Provenance;
use sim::outcome::Fold;
use sim::progress::Silent;
use sim::sweep::{Experiment, Shard, SweepOptions, SweepPlan, merge, sweep};
use sim::{Market, design};
use tempfile::TempDir;

use super::support::{contents, market, run_in_new_folder};

const THREADS: &str = "FINGERPRINT_THREADS";
const BATCH: &str = "FINGERPRINT_BATCH";
const SHARDS: &str = "FINGERPRINT_SHARDS";

/// Tasks with a common factor and without, value and scale, heavy tails, segments, a design, shocks and plans.
fn markets() -> Vec<Market> {
    let small = ["run.users=9001", "run.record=all", "belief.points=500"];
    let few = |name: &str, changes: &[&str]| market(name, &[&small[..], changes].concat());
    vec![
        few("paper-uniform", &[]),
        few("lognormal-tasks", &[]),
        few("lognormal-tasks", &["run.sampling=stratified", "run.replicates=8"]),
        few("pareto-index", &["behaviour={kind=\"logit\",scale=0.01}"]),
        few("pareto-index", &["run.sampling=sobol", "run.replicates=8"]),
        few("segments", &["run.sampling=stratified", "run.replicates=8"]),
        few("pareto-index", &["run.target_se=0.2", "run.users=40_000"]),
    ]
}

fn hash_of(folder: &Path) -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in contents(folder) {
        hasher.update(path.to_string_lossy().as_bytes()).update(&bytes);
    }
    hasher.finalize().to_hex().to_string()
}

/// Folds of twelve blocks, so many to a batch.
fn folded(market: &Market, threads: usize, batch: u64) -> String {
    let designed = design(market, &Silent).unwrap();
    let pool = thread_pool(threads).unwrap();
    let engine = designed.engine(market, &pool);
    let mut fold = Fold::new(designed.menus.len());
    for first in (0..12 * BLOCK).step_by((batch * BLOCK) as usize) {
        for block in engine.batch(Key { seed: 3, replicate: 0 }, first, batch * BLOCK, false) {
            fold.merge(&block.fold);
        }
    }
    serde_json::to_string(&fold).unwrap()
}

const EXPERIMENT: &str = r#"
name = "fingerprint"
replicates = 2
market = "MARKET"
[axes]
"population.index.shape" = [3.5, 4.0, 4.5]
"#;

fn swept(threads: usize, shards: u32) -> String {
    let folder = TempDir::new().unwrap();
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/pareto-index.toml");
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, EXPERIMENT.replace("MARKET", market.to_str().unwrap())).unwrap();
    let changes = ["run.users=5000", "belief.points=300"].map(|change| change.parse().unwrap());
    let experiment = Experiment::load(&file, &changes).unwrap();
    let plan = SweepPlan::of(&experiment).unwrap();
    let out = folder.path().join("out");
    let mut found = None;
    for shard in 1..=shards {
        let shard = format!("{shard}/{shards}").parse::<Shard>().unwrap();
        let provenance = Provenance::default();
        let options = SweepOptions { out: out.clone(), threads, provenance, shard, retry_failed: false };
        found = Some(sweep(&experiment, &plan, &options, &Silent).unwrap().folder);
    }
    merge(&experiment, &plan, &out, &Provenance::default()).unwrap();
    let folder = found.unwrap();
    ["cells.parquet", "runs.parquet", "summary.parquet"]
        .map(|table| blake3::hash(&std::fs::read(folder.join(table)).unwrap()).to_hex().to_string())
        .join(" ")
}

/// Prints one line that tells everything a process computes apart; for the test below, which starts it.
#[test]
#[ignore = "started by `kernels_threads_batches_and_shards_do_not_change_a_byte`, with an instruction set of its own"]
fn fingerprint() {
    let number = |name: &str| std::env::var(name).unwrap().parse::<u32>().unwrap();
    let (threads, batch) = (number(THREADS) as usize, u64::from(number(BATCH)));
    let mut line = String::new();
    for market in markets() {
        let (_out, report) = run_in_new_folder(&market, threads);
        let manifest = std::fs::read_to_string(report.folder.join("manifest.json")).unwrap();
        let kernels = format!("\"kernels\": \"{}\"", Instructions::chosen().name());
        assert!(manifest.contains(&kernels), "the manifest names another set than {kernels}");
        write!(line, " {}", hash_of(&report.folder)).unwrap();
    }
    for market in &markets()[..2] {
        write!(line, " {}", blake3::hash(folded(market, threads, batch).as_bytes())).unwrap();
    }
    write!(line, " {}", swept(threads, number(SHARDS))).unwrap();
    let path = std::env::var("FINGERPRINT_FILE").unwrap();
    std::fs::write(path, line).unwrap();
}

fn fingerprint_of(set: Instructions, threads: u32, batch: u32, shards: u32) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("line");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["kernels::fingerprint", "--exact", "--ignored"])
        .env(VARIABLE, set.name())
        .env(THREADS, threads.to_string())
        .env(BATCH, batch.to_string())
        .env(SHARDS, shards.to_string())
        .env("FINGERPRINT_FILE", &file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    std::fs::read_to_string(file).unwrap()
}

/// Every thread count, batch size, sharding and set appears; a set that this machine lacks is left out.
#[test]
fn kernels_threads_batches_and_shards_do_not_change_a_byte() {
    let here = |name| Instructions::named(name).filter(|set| set.is_here());
    let expected = fingerprint_of(Instructions::Portable, 1, 12, 1);
    assert_eq!(expected.split_whitespace().count(), markets().len() + 2 + 3);
    for (set, threads, batch, shards) in [
        ("portable", 3, 4, 2),
        ("avx2", 1, 1, 3),
        ("avx2", 2, 12, 1),
        ("avx2", 8, 3, 2),
        ("avx512", 1, 2, 1),
        ("avx512", 3, 6, 3),
    ] {
        let Some(set) = here(set) else { continue };
        let found = fingerprint_of(set, threads, batch, shards);
        for (number, (found, expected)) in found.split(' ').zip(expected.split(' ')).enumerate() {
            assert_eq!(found, expected, "item {number}, {} with {threads} threads", set.name());
        }
    }
}
