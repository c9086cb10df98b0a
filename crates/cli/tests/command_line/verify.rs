//! `tokenmarket verify` on results that were damaged.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::support::{recorded, tokenmarket};

#[test]
fn a_fresh_run_is_intact_and_damage_is_found() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results);
    let said = tokenmarket(&["verify", results.path().to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    assert!(said.stdout.contains("all intact"), "{}", said.stdout);

    let part = run.join("buyers/part-00000.parquet");
    let mut bytes = fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&part, bytes).unwrap();
    let said = tokenmarket(&["verify", run.to_str().unwrap(), "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    let found: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(found["faults"][0]["fault"], "changed");
    assert_eq!(found["faults"].as_array().unwrap().len(), 1);
    let said = tokenmarket(&["verify", run.to_str().unwrap()]);
    assert!(said.stdout.contains("part-00000.parquet"), "{}", said.stdout);
    assert!(said.stdout.contains("run the same command again"), "{}", said.stdout);
}

/// Whatever nobody of ours has written is named, and what `report` and `bundle` write is ours.
#[test]
fn foreign_files_of_any_kind_are_named() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results);
    let path = run.to_str().unwrap();
    for command in ["report", "bundle"] {
        assert_eq!(tokenmarket(&[command, path]).code, 0);
    }
    assert_eq!(tokenmarket(&["verify", path]).code, 0);
    fs::write(run.join("note.txt"), "mine").unwrap();
    fs::write(run.join("menus/old.csv"), "mine").unwrap();
    fs::create_dir(run.join("copy")).unwrap();
    let said = tokenmarket(&["verify", path, "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    let found: Value = serde_json::from_str(&said.stdout).unwrap();
    let faults: Vec<_> = found["faults"].as_array().unwrap().iter().map(|fault| &fault["fault"]).collect();
    assert_eq!(faults, ["foreign", "foreign", "foreign"]);
}

#[test]
fn there_must_be_something_to_verify() {
    let empty = TempDir::new().unwrap();
    let said = tokenmarket(&["verify", empty.path().to_str().unwrap()]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("no complete run"), "{}", said.stderr);
    let said = tokenmarket(&["verify", "no-such-folder"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("no-such-folder: no such folder"), "{}", said.stderr);
}
