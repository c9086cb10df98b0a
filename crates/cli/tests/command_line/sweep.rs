//! Sweeps: killed, split, shared, interrupted and grown, always to the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::support::{Said, tokenmarket};

const MARKET: &str = r#"
name = "small"
[run]
seed = 7
users = 20_000
record = "all"
[technology]
base_quality = 1.0
tokens = [{ class = "input", exponent = 0.25, cost = 0.125 }, { class = "output", exponent = 0.25, cost = 0.125 }]
[population]
family = "value-scale"
value = { distribution = "uniform", low = 0.0, high = 1.0 }
scale = { distribution = "uniform", low = 0.0, high = 1.0 }
[belief]
source = "population"
points = 1000
[[rules]]
rule = "packages"
[[rules]]
rule = "flat"
"#;

const EXPERIMENT: &str = r#"
name = "small-sweep"
market = "market.toml"
replicates = 2
[axes]
"technology.base_quality" = [0.5, 1.0, 2.0]
[[zip]]
"technology.tokens.input.cost" = [0.1, 0.2]
"technology.tokens.output.cost" = [0.2, 0.3]
"#;

/// A folder with the small market and an experiment.
struct Bench(TempDir);

impl Bench {
    fn new(experiment: &str) -> Self {
        let bench = Self(TempDir::new().unwrap());
        std::fs::write(bench.path("market.toml"), MARKET).unwrap();
        bench.write(experiment);
        bench
    }

    fn write(&self, experiment: &str) {
        std::fs::write(self.path("experiment.toml"), experiment).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn arguments(&self, command: &str, out: &str, more: &[&str]) -> Vec<String> {
        let path = |name: &str| self.path(name).to_str().unwrap().to_string();
        let mut arguments = vec![command.to_string(), path("experiment.toml"), "--out".into(), path(out)];
        arguments.extend(more.iter().map(ToString::to_string));
        arguments
    }

    fn say(&self, command: &str, out: &str, more: &[&str]) -> Said {
        let arguments = self.arguments(command, out, more);
        tokenmarket(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn start(&self, out: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tokenmarket"))
            .args(self.arguments("sweep", out, &["--threads", "2"]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Every file of a sweep but manifests and what only processes at work need.
    fn contents(&self, out: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.path(out);
        let mut found = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.is_dir() && name != ".claims" {
                    folders.push(path);
                } else if path.is_file() && name != "manifest.json" {
                    found.insert(path.strip_prefix(&root).unwrap().into(), std::fs::read(&path).unwrap());
                }
            }
        }
        found
    }

    #[track_caller]
    fn same(&self, one: &str, other: &str) {
        let (one, other) = (self.contents(one), self.contents(other));
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (path, bytes) in &one {
            assert!(bytes == &other[path], "{} differs", path.display());
        }
        assert!(one.keys().any(|path| path.ends_with("runs.parquet")));
    }

    fn tables(&self, out: &str) -> Vec<Vec<u8>> {
        let table = |name: &str| std::fs::read(self.path(out).join("small-sweep").join(name)).unwrap();
        ["cells.parquet", "runs.parquet", "summary.parquet"].map(table).to_vec()
    }
}

#[track_caller]
fn succeeds(said: &Said) {
    assert_eq!(said.code, 0, "{}", said.stderr);
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until a sweep has begun to compute.
fn begun(folder: &Path) {
    for _ in 0..1000 {
        if std::fs::read_dir(folder.join("small-sweep/.claims")).is_ok_and(|claims| claims.count() > 0) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the sweep did not begin");
}

#[test]
fn any_split_merges_to_the_same_bytes() {
    let bench = Bench::new(EXPERIMENT);
    succeeds(&bench.say("sweep", "whole", &["--threads", "1"]));
    let whole = bench.tables("whole");
    for shards in [1, 2, 3, 5] {
        let out = format!("split-{shards}");
        for shard in (1..=shards).rev() {
            succeeds(&bench.say("sweep", &out, &["--shard", &format!("{shard}/{shards}")]));
        }
        succeeds(&bench.say("merge", &out, &[]));
        assert!(bench.tables(&out) == whole, "{shards} shards");
    }
    bench.same("whole", "split-5");
}

/// Three moments of a fixed list, killed without warning each time; then the same command finishes.
#[test]
fn killed_sweeps_continue_to_the_same_bytes() {
    let bench = Bench::new(EXPERIMENT);
    succeeds(&bench.say("sweep", "whole", &[]));
    for milliseconds in [3, 61, 190] {
        let mut child = bench.start("killed");
        begun(&bench.path("killed"));
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
        child.wait().unwrap();
    }
    let said = bench.say("sweep", "killed", &[]);
    succeeds(&said);
    bench.same("whole", "killed");
    let again = bench.say("sweep", "killed", &[]);
    assert!(again.stderr.contains("0 runs computed, 12 complete already"), "{}", again.stderr);
}

#[test]
fn interruptions_have_their_exit_codes_and_continue() {
    let bench = Bench::new(EXPERIMENT);
    for (name, code) in [("INT", 130), ("TERM", 143), ("USR1", 75)] {
        let out = format!("stopped-{name}");
        // Enough buyers that no machine is done before the signal comes.
        let arguments = bench.arguments("sweep", &out, &["--users", "20_000_000", "--threads", "2"]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_tokenmarket"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        begun(&bench.path(&out));
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
        let claims = std::fs::read_dir(bench.path(&out).join("small-sweep/.claims")).unwrap();
        assert_eq!(claims.count(), 0, "claims are given up");
        let status = bench.say("sweep", &out, &["--users", "20_000_000", "--status", "--format", "csv"]);
        assert!(status.stdout.contains("missing,12"), "{}", status.stdout);
    }
}

#[test]
fn two_processes_share_a_sweep() {
    let bench = Bench::new(EXPERIMENT);
    succeeds(&bench.say("sweep", "whole", &[]));
    let mut both = [bench.start("shared"), bench.start("shared")];
    for child in &mut both {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    bench.same("whole", "shared");
}

#[test]
fn plans_grow_but_do_not_change() {
    let bench = Bench::new(EXPERIMENT);
    succeeds(&bench.say("sweep", "out", &[]));
    let before = bench.contents("out");
    bench.write(
        &EXPERIMENT
            .replace("0.5, 1.0, 2.0", "0.5, 1.0, 2.0, 3.0")
            .replace("replicates = 2", "replicates = 3"),
    );
    let grown = bench.say("sweep", "out", &[]);
    succeeds(&grown);
    assert!(grown.stderr.contains("12 runs computed, 12 complete already"), "{}", grown.stderr);
    let after = bench.contents("out");
    for (path, bytes) in before.iter().filter(|(path, _)| path.to_str().unwrap().contains("cell=")) {
        assert!(bytes == &after[path], "{} changed", path.display());
    }
    let refused = |experiment: &str, more: &[&str], key: &str| {
        bench.write(experiment);
        let said = bench.say("sweep", "out", more);
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains("another plan") && said.stderr.contains(key), "{}", said.stderr);
    };
    refused(EXPERIMENT, &[], "replicates: 3 -> 2");
    let grown = EXPERIMENT.replace("replicates = 2", "replicates = 3");
    refused(&grown, &["--users", "5000"], "run.users: 20000 -> 5000");
    refused(&grown, &["--seed", "8"], "run.seed: 7 -> 8");
    refused(
        &grown.replace("0.5, 1.0", "0.6, 1.0"),
        &[],
        "technology.base_quality: [0.5, 1.0, 2.0, 3.0] -> [0.6, 1.0, 2.0]",
    );
}

/// Buyers known by their index alone have no tasks to allocate tokens to: that rule cannot be designed for them.
#[test]
fn a_failing_cell_is_a_row_and_the_others_go_on() {
    let failing = EXPERIMENT.replace("replicates = 2", "replicates = 1").replace(
        "[[zip]]",
        r#"rules.flat = [{ rule = "flat" }, { rule = "allocations" }]
           population = [{ family = "index", index = { distribution = "uniform", low = 0.0, high = 1.0 } }]
           [[zip]]"#,
    );
    let bench = Bench::new(&failing);
    let said = bench.say("sweep", "out", &["--format", "json", "--users", "2000"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("allocations") && said.stderr.contains("--retry-failed"), "{}", said.stderr);
    let merged: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let rows = merged["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 24);
    let unknown = |row: &&serde_json::Value| row["figures"]["profit"].is_null();
    assert_eq!(rows.iter().filter(unknown).count(), 12);
    let status = bench.say("sweep", "out", &["--users", "2000", "--status", "--format", "csv"]);
    assert!(status.stdout.contains("done,6") && status.stdout.contains("failed,6"), "{}", status.stdout);
    let again = bench.say("sweep", "out", &["--users", "2000"]);
    assert!(again.stderr.contains("0 runs computed, 6 complete already, 6 failed"), "{}", again.stderr);
    let failures = || {
        let found = bench.contents("out");
        found.into_keys().filter(|path| path.to_str().unwrap().contains("failed-")).collect::<Vec<_>>()
    };
    for path in failures() {
        std::fs::write(bench.path("out").join(path), r#"{ "kind": "file-system", "message": "earlier" }"#)
            .unwrap();
    }
    let retried = bench.say("sweep", "out", &["--users", "2000", "--retry-failed"]);
    assert!(retried.code == 1 && !retried.stderr.contains("earlier"), "{}", retried.stderr);
}

#[test]
fn wrong_experiments_are_refused_at_once() {
    let bench = Bench::new(EXPERIMENT);
    let refused = |from: &str, to: &str, expected: &[&str]| {
        assert!(EXPERIMENT.contains(from), "{from}");
        bench.write(&EXPERIMENT.replace(from, to));
        let said = bench.say("sweep", "out", &[]);
        assert_eq!(said.code, 2, "{}", said.stderr);
        for text in expected {
            assert!(said.stderr.contains(text), "{text}: {}", said.stderr);
        }
    };
    refused("tokens.input.cost", "tokens.input.csot", &["experiment.toml:8", "csot", "did you mean cost?"]);
    refused("tokens.input.cost", "tokens.inptu.cost", &["experiment.toml:8", "did you mean input?"]);
    refused("technology.base_quality", "run.seed", &["experiment.toml:6", "replicates = N"]);
    refused("0.5, 1.0, 2.0", "0.5, 1.0, 1.0", &["the same market"]);
    refused("[0.1, 0.2]", "[0.1, 0.2, 0.3]", &["experiment.toml:9", "an array of 3"]);
    refused("0.5, 1.0, 2.0", "0.5, -1.0", &["experiment.toml:6", "technology.base_quality", "found -1"]);
    refused("market.toml", "markte.toml", &["experiment.toml:3", "markte.toml"]);
    refused("replicates", "replicate", &["did you mean replicates?"]);
    refused(
        "replicates = 2",
        "replicates = 2\nbaseline = { \"technology.base_quality\" = 7.0 }",
        &["experiment.toml:5", "values that some cell has"],
    );
    assert!(!bench.path("out").exists(), "nothing is written");
    let begun = bench.say("sweep", "out", &["--status"]);
    assert!(begun.code == 2, "{}", begun.stderr);
}

#[test]
fn check_and_slurm_script_know_the_sweep() {
    let bench = Bench::new(EXPERIMENT);
    let file = bench.path("experiment.toml");
    let said = tokenmarket(&["check", file.to_str().unwrap(), "--format", "json"]);
    succeeds(&said);
    let checked: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let cost = &checked["cost"];
    assert_eq!((cost["cells"].as_u64(), cost["runs"].as_u64()), (Some(6), Some(12)));
    assert_eq!((cost["buyers"].as_u64(), cost["rows"].as_u64()), (Some(240_000), Some(24)));
    succeeds(&bench.say("sweep", "out", &["--shard", "2/4"]));
    assert_eq!(bench.say("merge", "out", &[]).code, 1, "runs are missing");
    let script = bench.say("sweep", "out", &["--slurm-script", "4", "--throttle", "2"]).stdout;
    for text in ["--array=1,3-4%2", "--signal=B:USR1@120", "--open-mode=append", "%A_%a", "afterany:$array"] {
        assert!(script.contains(text), "{text}: {script}");
    }
    let parsed = Command::new("bash").args(["-n", "-c", &script]).status().unwrap();
    assert!(parsed.success());
}
