//! Bounds on the runs of a sweep: what they refuse is a row, and nothing else changes.

use super::support::tokenmarket;
use super::sweep::{Bench, EXPERIMENT, succeeds};

/// Two small cells and two between them with more buyers than any machine simulates in a few seconds.
const UNEQUAL: &str = r#"
name = "small-sweep"
market = "market.toml"
[limits]
cell_time = "3s"
cell_memory = "100MB"
[axes]
"run.users" = [2000, 4_000_000_000, 3000]
"technology.base_quality" = [1.0, 2.0]
"#;

/// Rows of a query in CSV, without the headers.
#[track_caller]
fn rows(bench: &Bench, out: &str, sql: &str) -> Vec<String> {
    let folder = bench.path(out).join("small-sweep");
    let said = tokenmarket(&["query", folder.to_str().unwrap(), sql, "--format", "csv"]);
    succeeds(&said);
    said.stdout.lines().skip(1).map(String::from).collect()
}

const ERRORS: &str = "SELECT status, error, COUNT(*) AS n FROM runs GROUP BY status, error ORDER BY status";

#[test]
fn a_cell_that_needs_too_much_memory_fails_before_it_begins() {
    let bench = Bench::new(UNEQUAL);
    let said = bench.say("sweep", "out", &[]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    for text in ["2 failed", "limit is cell_memory = 100MB", "--cell-memory", "--retry-failed"] {
        assert!(said.stderr.contains(text), "{text}: {}", said.stderr);
    }
    assert_eq!(rows(&bench, "out", ERRORS), ["complete,,8", "failed,memory,4"]);
    // The estimate that decides is that of check.
    let file = bench.path("experiment.toml");
    let checked = tokenmarket(&["check", file.to_str().unwrap()]);
    succeeds(&checked);
    assert!(
        checked.stdout.contains("2 of 6 cells need more memory than limits.cell_memory = 100MB"),
        "{}",
        checked.stdout
    );
    // Tables are the same however the runs are split.
    for shard in ["3/3", "1/3", "2/3"] {
        bench.say("sweep", "split", &["--shard", shard]);
    }
    assert_eq!(bench.say("merge", "split", &[]).code, 1);
    bench.same("out", "split");
}

#[test]
fn a_cell_that_takes_too_long_fails_and_the_others_go_on() {
    let bench = Bench::new(UNEQUAL);
    let said = bench.say("sweep", "out", &["--cell-memory", "1TB"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    for text in ["2 failed", "cell_time = 3s", "--cell-time"] {
        assert!(said.stderr.contains(text), "{text}: {}", said.stderr);
    }
    assert_eq!(rows(&bench, "out", ERRORS), ["complete,,8", "failed,time-limit,4"]);
    let status = bench.say("sweep", "out", &["--status", "--format", "csv"]);
    assert!(status.stdout.contains("done,4") && status.stdout.contains("failed,2"), "{}", status.stdout);
}

/// Whatever limits made fail is computed by --retry-failed, to the bytes of a sweep without limits.
#[test]
fn what_limits_refused_can_be_retried() {
    let bench = Bench::new(EXPERIMENT);
    succeeds(&bench.say("sweep", "whole", &[]));
    for limit in [["--cell-time", "0.000001s"], ["--cell-memory", "1MB"]] {
        let out = limit[0];
        assert!(
            bench.say("sweep", out, &limit).stderr.contains("0 runs computed, 0 complete already, 12 failed")
        );
        let again = bench.say("sweep", out, &[]);
        assert!(again.stderr.contains("0 runs computed, 0 complete already, 12 failed"), "{}", again.stderr);
        let retried = bench.say("sweep", out, &["--retry-failed"]);
        succeeds(&retried);
        assert!(retried.stderr.contains("12 runs computed"), "{}", retried.stderr);
        bench.same("whole", out);
    }
}

/// The order of execution is no order of results.
#[test]
fn cells_of_unequal_size_split_to_the_same_bytes() {
    let bench = Bench::new(&UNEQUAL.replace("4_000_000_000", "40_000"));
    succeeds(&bench.say("sweep", "whole", &["--threads", "1", "--cell-memory", "1TB"]));
    for shard in ["2/2", "1/2"] {
        succeeds(&bench.say("sweep", "split", &["--shard", shard]));
    }
    succeeds(&bench.say("merge", "split", &[]));
    bench.same("whole", "split");
    let users = rows(&bench, "whole", "SELECT \"run.users\" FROM cells");
    let users: Vec<f64> = users.iter().map(|users| users.parse().unwrap()).collect();
    assert_eq!(users, [2e3, 2e3, 4e4, 4e4, 3e3, 3e3]);
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    let bench = Bench::new(EXPERIMENT);
    for (limits, expected) in [
        ("cell_time = \"10 minutes\"", ["experiment.toml:1", "limits.cell_time", "10 minutes", "10m"]),
        ("cell_time = 600", ["experiment.toml:1", "limits.cell_time", "600", "10m"]),
        ("cell_memory = \"4G\"", ["experiment.toml:1", "limits.cell_memory", "4G", "4GiB"]),
        (
            "cell_tiem = \"10m\"",
            ["experiment.toml:1", "limits.cell_tiem", "unknown key", "did you mean cell_time?"],
        ),
    ] {
        bench.write(&format!("limits = {{ {limits} }}{EXPERIMENT}"));
        let said = bench.say("sweep", "out", &[]);
        assert_eq!(said.code, 2, "{}", said.stderr);
        for text in expected {
            assert!(said.stderr.contains(text), "{text}: {}", said.stderr);
        }
    }
    bench.write(EXPERIMENT);
    let said = bench.say("sweep", "out", &["--cell-time", "soon"]);
    assert!(said.code == 2 && said.stderr.contains("\"1.5h\""), "{}", said.stderr);
    for negative in
        [["--cell-time", "-1m"], ["--cell-memory", "-4GB"], ["--shard", "-1/2"], ["--throttle", "-3"]]
    {
        let said = bench.say("sweep", "out", &negative);
        assert!(said.code == 2 && said.stderr.contains("invalid value '-"), "{negative:?}: {}", said.stderr);
    }
    // The shards get the limits; the merge has no use for them.
    let script =
        bench.say("sweep", "out", &["--slurm-script", "2", "--cell-time", "9m", "--cell-memory=9GB"]);
    succeeds(&script);
    assert_eq!(
        (script.stdout.matches("--cell-time 9m").count(), script.stdout.matches("--cell-memory=9GB").count()),
        (1, 1)
    );
}
