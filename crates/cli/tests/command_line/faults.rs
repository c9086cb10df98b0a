//! Runs that are interrupted, or whose folder is taken from under them: nothing complete is lost, nothing incomplete shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::{shipped, tokenmarket};

/// A run of many small parts' worth of work that records everything.
fn started(out: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tokenmarket"))
        .args(["run", &shipped("pareto-index.toml"), "--users", "30_000_000", "--record", "all", "--out"])
        .arg(out)
        .args(["--set", "belief.points=1000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The hidden folder, once its first part is finished.
fn hidden_with_a_part(out: &Path) -> PathBuf {
    let begun = Instant::now();
    loop {
        let runs = fs::read_dir(out.join("pareto-index")).into_iter().flatten();
        for run in runs.map(|run| run.unwrap().path()) {
            if run.join("buyers/part-00000.parquet").exists() {
                return run;
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "no part after two minutes");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn complete_runs(out: &Path) -> Vec<PathBuf> {
    let runs = fs::read_dir(out.join("pareto-index")).unwrap().map(|run| run.unwrap().path());
    runs.filter(|run| !run.file_name().unwrap().to_str().unwrap().starts_with('.')).collect()
}

#[test]
fn signals_leave_a_run_that_continues() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("USR1", 75)] {
        let out = TempDir::new().unwrap();
        let child = started(out.path());
        hidden_with_a_part(out.path());
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{said}");
        assert!(said.contains("the same command continues"), "{said}");
        assert!(complete_runs(out.path()).is_empty(), "{signal}");
    }
}

/// A design that takes minutes: nothing is there to be kept, so that the process ends at once.
#[test]
fn a_signal_ends_a_design() {
    let out = TempDir::new().unwrap();
    let extreme = "population={ family = \"value-scale\", value = { distribution = \"beta\", alpha = 1e4, beta = 0.01, low = 0.0, high = 1.0 }, \
                   scale = { distribution = \"beta\", alpha = 0.01, beta = 1e4, low = 0.0, high = 1.0 } }";
    let mut child = Command::new(env!("CARGO_BIN_EXE_tokenmarket"))
        .args(["run", &shipped("paper-uniform.toml"), "--set", extreme, "--out"])
        .arg(out.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Long enough to have begun the design, far too short to have ended it.
    std::thread::sleep(Duration::from_secs(2));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let waited = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(waited.elapsed() < Duration::from_secs(10));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_vanishes_is_an_error_and_no_result() {
    let out = TempDir::new().unwrap();
    let child = started(out.path());
    let hidden = hidden_with_a_part(out.path());
    // In one step: the run goes on writing while a folder is emptied.
    fs::rename(&hidden, out.path().join("elsewhere")).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains(hidden.to_str().unwrap()) && !said.contains("panicked"), "{said}");
    assert!(complete_runs(out.path()).is_empty());
}

/// Whatever is wrong with a design, its certificate included, is found before the folder of the run is made.
#[test]
fn a_run_whose_design_fails_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("results");
    let said = tokenmarket(&[
        "run",
        &shipped("paper-uniform.toml"),
        "--out",
        out.to_str().unwrap(),
        "--set",
        "population={ family = \"index\", index = { distribution = \"uniform\", low = 0.0, high = 1.0 } }",
    ]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("rule allocations: allocations need a belief"), "{}", said.stderr);
    assert!(said.stdout.is_empty() && !out.exists());
}
