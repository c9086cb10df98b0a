//! Sweeps: killed, split, shared, interrupted and grown, always to the same bytes.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

pub(crate) const EXPERIMENT: &str = r#"
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
pub(crate) struct Bench(TempDir);

impl Bench {
    pub(crate) fn new(experiment: &str) -> Self {
        let bench = Self(TempDir::new().unwrap());
        std::fs::write(bench.path("market.toml"), MARKET).unwrap();
        bench.write(experiment);
        bench
    }

    pub(crate) fn write(&self, experiment: &str) {
        std::fs::write(self.path("experiment.toml"), experiment).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn arguments(&self, command: &str, out: &str, more: &[&str]) -> Vec<String> {
        let path = |name: &str| self.path(name).to_str().unwrap().to_string();
        let mut arguments = vec![command.to_string(), path("experiment.toml"), "--out".into(), path(out)];
        arguments.extend(more.iter().map(ToString::to_string));
        arguments
    }

    pub(crate) fn say(&self, command: &str, out: &str, more: &[&str]) -> Said {
        let arguments = self.arguments(command, out, more);
        tokenmarket(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn start(&self, out: &str) -> Child {
        self.start_with(out, &["--threads", "2"])
    }

    fn start_with(&self, out: &str, more: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tokenmarket"))
            .args(self.arguments("sweep", out, more))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Every file of a sweep but manifests and what only processes at work need.
    pub(crate) fn contents(&self, out: &str) -> BTreeMap<PathBuf, Vec<u8>> {
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
    pub(crate) fn same(&self, one: &str, other: &str) {
        let (one, other) = (self.contents(one), self.contents(other));
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (path, bytes) in &one {
            assert!(bytes == &other[path], "{} differs", path.display());
        }
        assert!(one.keys().any(|path| path.ends_with("runs.parquet")));
    }

    /// The same as the undisturbed sweep, and nothing temporary.
    #[track_caller]
    fn finished(&self, out: &str) {
        self.same("whole", out);
        let temporary = |path: &PathBuf| {
            let name = path.to_str().unwrap();
            name.contains(".partial")
                || path.extension().is_some_and(|ending| ending == "tmp")
                || name.contains("/.")
        };
        let found = self.contents(out);
        assert!(!found.keys().any(temporary), "{:?}", found.keys());
        let claims = std::fs::read_dir(self.path(out).join("small-sweep/.claims")).unwrap();
        let claims: Vec<_> = claims.map(|claim| claim.unwrap().file_name()).collect();
        assert!(claims.is_empty(), "{claims:?}");
    }

    pub(crate) fn tables(&self, out: &str) -> Vec<Vec<u8>> {
        let table = |name: &str| std::fs::read(self.path(out).join("small-sweep").join(name)).unwrap();
        ["cells.parquet", "runs.parquet", "summary.parquet"].map(table).to_vec()
    }
}

#[track_caller]
pub(crate) fn succeeds(said: &Said) {
    assert_eq!(said.code, 0, "{}", said.stderr);
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until a sweep has begun to compute.
fn begun(folder: &Path) {
    for _ in 0..1000 {
        if folder.join("small-sweep/cells").is_dir() {
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

/// Numbers in [0, 1), always the same (Steele, Lea and Flood's SplitMix64).
fn numbers(mut state: u64) -> impl Iterator<Item = f64> {
    std::iter::from_fn(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        Some(((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64)
    })
}

/// Kills sweeps without warning at so many moments of their lives; each time the same command starts again, and what it
/// leaves in the end is what an undisturbed sweep leaves.
fn kill_and_continue(kills: usize, seed: u64) {
    let bench = Bench::new(EXPERIMENT);
    let started = Instant::now();
    bench.start("whole").wait().unwrap();
    let life = started.elapsed();
    let (mut killed, mut sweeps) = (0, 1);
    for moment in numbers(seed).take(10 * kills) {
        let out = format!("killed-{sweeps}");
        let mut child = bench.start(&out);
        std::thread::sleep(life.mul_f64(moment));
        let _ = child.kill();
        if child.wait().unwrap().signal() == Some(9) {
            killed += 1;
        } else {
            bench.finished(&out);
            sweeps += 1;
        }
        if killed == kills {
            break;
        }
    }
    assert_eq!(killed, kills, "kills must come before the end");
    let out = format!("killed-{sweeps}");
    succeeds(&bench.say("sweep", &out, &[]));
    bench.finished(&out);
    let again = bench.say("sweep", &out, &[]);
    assert!(again.stderr.contains("0 runs computed, 12 complete already"), "{}", again.stderr);
}

#[test]
fn killed_sweeps_continue_to_the_same_bytes() {
    kill_and_continue(10, 7);
}

#[test]
#[ignore = "slow: half a minute"]
fn sweeps_killed_fifty_times_continue_to_the_same_bytes() {
    kill_and_continue(50, 8);
}

/// What is known of a sweep can be read while it is at work, and changes.
#[test]
fn status_is_readable_while_running() {
    let bench = Bench::new(EXPERIMENT);
    let users = ["--users", "300_000", "--record", "none", "--threads", "1"];
    let mut child = bench.start_with("out", &users);
    let status = || {
        let said = bench.say("sweep", "out", &[&users[..4], &["--status", "--format", "json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        ["done", "running", "failed", "missing"].map(|count| json["status"][count].as_u64().unwrap())
    };
    begun(&bench.path("out"));
    let mut seen = Vec::new();
    while child.try_wait().unwrap().is_none() {
        seen.push(status());
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(status(), [12, 0, 0, 0]);
    assert!(seen.iter().all(|counts| counts.iter().sum::<u64>() == 12), "{seen:?}");
    assert!(seen.iter().any(|[done, running, ..]| *running == 1 && *done > 0), "{seen:?}");
    assert!(seen.windows(2).all(|pair| pair[0][0] <= pair[1][0]), "{seen:?}");
}

/// Five times the cells take the same memory, to a fifth. The fewer ones already have all the rows that are printed.
#[test]
fn memory_does_not_grow_with_the_number_of_cells() {
    let peak = |cells: usize| {
        let values: Vec<String> =
            (0..cells).map(|cell| format!("{:.3}", 0.5 + 0.001 * cell as f64)).collect();
        let axis = EXPERIMENT.replace("0.5, 1.0, 2.0", &values.join(", ")).replace("replicates = 2", "");
        let bench = Bench::new(&axis);
        let mut child =
            bench.start_with("out", &["--users", "1000", "--record", "none", "--set", "belief.points=100"]);
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            peak = peak.max(kilobytes.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(child.wait().unwrap().code(), Some(0));
        peak as f64
    };
    let (few, many) = (peak(100), peak(500));
    assert!(many < 1.2 * few, "{few} kB with 200 cells, {many} kB with 1000");
}

#[test]
fn interruptions_have_their_exit_codes_and_continue() {
    let bench = Bench::new(EXPERIMENT);
    for (name, code) in [("INT", 130), ("TERM", 143), ("USR1", 75)] {
        let out = format!("stopped-{name}");
        // Enough buyers that no machine is done before the signal comes.
        let mut child = bench.start_with(&out, &["--users", "20_000_000", "--threads", "2"]);
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
    let figure = |name: &str| cost[name].as_f64().unwrap();
    assert!((1e5..1e8).contains(&figure("disk_bytes")), "{cost}");
    assert!((1e7..1e10).contains(&figure("memory_bytes")), "{cost}");
    let started = Instant::now();
    succeeds(&bench.say("sweep", "timed", &["--record", "none"]));
    let taken = started.elapsed().as_secs_f64();
    assert!((taken / 20.0..taken * 20.0).contains(&figure("seconds")), "{cost}, taken {taken}");
    succeeds(&bench.say("sweep", "out", &["--shard", "2/4"]));
    assert_eq!(bench.say("merge", "out", &[]).code, 1, "runs are missing");
    let script = bench.say("sweep", "out", &["--slurm-script", "4", "--throttle", "2"]).stdout;
    for text in ["--array=1,3-4%2", "--signal=B:USR1@120", "--open-mode=append", "%A_%a", "afterany:$array"] {
        assert!(script.contains(text), "{text}: {script}");
    }
    let parsed = Command::new("bash").args(["-n", "-c", &script]).status().unwrap();
    assert!(parsed.success());
}

/// A cluster whose arrays have numbers below 4, where shards 2 of 3 wait and a shard 3 of other threes has another comment.
#[test]
fn the_slurm_script_respects_the_cluster() {
    let bench = Bench::new(EXPERIMENT);
    let path = format!("{}:{}", bench.0.path().display(), std::env::var("PATH").unwrap());
    let fake = |name: &str, output: &str| {
        let file = bench.path(name);
        std::fs::write(&file, format!("#!/bin/sh\nprintf '{output}'\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let script = |more: &[&str]| {
        let arguments = bench.arguments("sweep", "out", &[&["--slurm-script", "8"], more].concat());
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenmarket"));
        let output = command.args(arguments).env("PATH", &path).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    fake("scontrol", "MaxArraySize            = 4\\n");
    fake("squeue", "2 71 shards-of-3\\n3 72 shards-of-4\\n");
    let text = script(&["--throttle", "2"]);
    for part in [
        "3 tasks instead of 8",
        "--array=1,3%2",
        "--shard \"$SLURM_ARRAY_TASK_ID/3\"",
        "afterany:$array:71\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    fake("squeue", "1 71 shards-of-3\\n2 71 shards-of-3\\n3 71 shards-of-3\\n");
    assert_eq!(
        script(&[]).lines().next(),
        Some("echo 'nothing to submit: shards 1-3 of 3 are in the queue'")
    );
}

#[test]
fn compare_reads_a_sweep() {
    let bench = Bench::new(EXPERIMENT);
    let merged = bench.say("sweep", "out", &["--format", "csv"]);
    succeeds(&merged);
    let folder = bench.path("out").join("small-sweep");
    let folder = folder.to_str().unwrap();
    let compared = tokenmarket(&["compare", folder, "--format", "csv"]);
    assert_eq!(compared.stdout, merged.stdout);
    for format in ["table", "markdown", "latex"] {
        let said = tokenmarket(&["compare", folder, "--format", format, "--baseline", "flat"]);
        succeeds(&said);
        assert!(said.stdout.contains("base") && said.stdout.contains("packages"), "{}", said.stdout);
    }
    let rows = |more: &[&str]| {
        let said = tokenmarket(&[&["compare", folder, "--format", "json"], more].concat());
        let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        json["rows"].as_array().unwrap().clone()
    };
    let (own, rebased) = (rows(&[]), rows(&["--baseline", "flat"]));
    assert_eq!((own.len(), rebased.len()), (12, 12));
    for (own, rebased) in own.chunks(2).zip(rebased.chunks(2)) {
        // Packages minus flat is flat minus packages with the other sign, and the same error.
        let figure =
            |row: &serde_json::Value, part: &str| row["figures"]["profit_difference"][part].as_f64().unwrap();
        let (packages, flat) = (&rebased[0], &own[1]);
        assert_eq!((packages["rule"].as_str(), flat["rule"].as_str()), (Some("packages"), Some("flat")));
        assert!((figure(packages, "mean") + figure(flat, "mean")).abs() < 1e-15);
        assert!((figure(packages, "se") - figure(flat, "se")).abs() < 1e-12 * figure(flat, "se"));
        assert!(figure(packages, "mean") > 0.0);
        // Shares of buyers who change their choice are known against the baseline of the sweep alone.
        for name in ["better_off_share", "leave_share", "move_share", "revenue_at_risk_share"] {
            assert!(
                flat["figures"][name]["mean"].is_number() && packages["figures"][name].is_null(),
                "{name}"
            );
        }
    }
    let unknown = tokenmarket(&["compare", folder, "--baseline", "flta"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("did you mean \"flat\"?"), "{}", unknown.stderr);
    let two = tokenmarket(&["compare", folder, folder]);
    assert!(two.code == 2 && two.stderr.contains("found 2 paths"), "{}", two.stderr);
    succeeds(&bench.say("sweep", "shards", &["--shard", "1/2"]));
    let unmerged = tokenmarket(&["compare", bench.path("shards/small-sweep").to_str().unwrap()]);
    assert!(unmerged.code == 2 && unmerged.stderr.contains("not merged yet"), "{}", unmerged.stderr);
}

/// What varies is not set for all cells, neither itself nor a part of it.
#[test]
fn a_key_that_varies_is_not_set() {
    let bench = Bench::new(EXPERIMENT);
    let set = |change| bench.say("sweep", "out", &["--set", change]);
    let said = set("technology.base_quality=3.0");
    assert_eq!(said.code, 2, "{}", said.stderr);
    for part in
        ["experiment.toml:6", "technology.base_quality", "--set technology.base_quality", "one or the other"]
    {
        assert!(said.stderr.contains(part), "no {part} in: {}", said.stderr);
    }
    bench.write(
        "name = \"small-sweep\"\nmarket = \"market.toml\"\n[axes]\n\"population.value\" = \
         [{ distribution = \"uniform\", low = 0.0, high = 2.0 }]\n",
    );
    assert_eq!(set("population.value.high=3.0").code, 2);
    assert!(!bench.path("out").exists());
    succeeds(&bench.say("sweep", "out", &["--set", "population.scale.low=0.5", "--set", "run.users=1000"]));
}

/// 201 cells under two rules are two rows more than are shown: every format says so, and where they are.
#[test]
fn rows_beyond_those_shown_are_counted_and_placed() {
    let values: Vec<String> = (0..201).map(|cell| format!("{:.3}", 0.5 + 0.001 * f64::from(cell))).collect();
    let axis = format!("\"technology.base_quality\" = [{}]\n", values.join(", "));
    let bench = Bench::new(&format!("name = \"small-sweep\"\nmarket = \"market.toml\"\n[axes]\n{axis}"));
    let small = ["--users", "1000", "--record", "none", "--set", "belief.points=100"];
    let swept = bench.say("sweep", "out", &small);
    succeeds(&swept);
    let table = bench.path("out").join("small-sweep/summary.parquet");
    let said = format!("2 of 402 rows are left out; the whole table is {}", table.display());
    let unwrapped = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped(&swept.stdout).contains(&said), "{}", swept.stdout);
    let folder = bench.path("out").join("small-sweep");
    for format in ["csv", "json"] {
        let compared = tokenmarket(&["compare", folder.to_str().unwrap(), "--format", format]);
        assert!(compared.stderr.contains(&said), "{format}: {}", compared.stderr);
        assert!(!compared.stdout.contains("left out"));
    }
    let csv = tokenmarket(&["compare", folder.to_str().unwrap(), "--format", "csv"]).stdout;
    assert_eq!(csv.lines().count(), 401);
}

/// A tail too heavy for standard errors warns in every run, and fails under --strict: sweep, shard and merge alike.
#[test]
fn warnings_of_cells_are_failures_under_strict() {
    let bench = Bench::new(
        &EXPERIMENT
            .replace("\"technology.base_quality\" = [0.5, 1.0, 2.0]", "population = [{ family = \"index\", index = { distribution = \"pareto\", scale = 1.0, shape = 3.0 } }]"),
    );
    let users = ["--users", "2000", "--set", "belief.points=500"];
    let strictly = |command: &str, more: &[&str]| {
        let said = bench.say(command, "out", &[&users[..], &["--strict"], more].concat());
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(said.stderr.contains("heavy-tail"), "{}", said.stderr);
    };
    strictly("sweep", &["--shard", "1/2"]);
    strictly("sweep", &[]);
    strictly("merge", &[]);
    let mildly = bench.say("sweep", "out", &users);
    succeeds(&mildly);
    assert!(mildly.stdout.contains("heavy-tail: 4 of 4 runs"), "{}", mildly.stdout);
}
