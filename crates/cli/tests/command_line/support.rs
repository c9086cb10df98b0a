//! Starting the binary.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// What the binary said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn tokenmarket(arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_tokenmarket")).args(arguments).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Path of a shipped market file.
pub(crate) fn shipped(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../configs", name].iter().collect();
    path.to_str().unwrap().into()
}

/// A small recorded run, and its folder.
pub(crate) fn recorded(results: &TempDir) -> PathBuf {
    let out = results.path().to_str().unwrap();
    let said = tokenmarket(&[
        "run",
        &shipped("three-customers.toml"),
        "--users",
        "5000",
        "--record",
        "all",
        "--out",
        out,
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let runs = fs::read_dir(results.path().join("three-customers")).unwrap();
    runs.map(|run| run.unwrap().path()).next().unwrap()
}
