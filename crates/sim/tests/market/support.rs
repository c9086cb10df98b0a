//! Running the shipped market files with changes, into temporary folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sim::manifest::Provenance;
use sim::progress::Silent;
use sim::{Market, RunOptions, RunReport, run};
use tempfile::TempDir;

/// A shipped market file with `--set` changes.
pub(crate) fn market(name: &str, changes: &[&str]) -> Market {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(format!("{name}.toml"));
    let changes: Vec<_> = changes.iter().map(|change| change.parse().unwrap()).collect();
    Market::load(&path, &changes).unwrap()
}

/// Names of all shipped markets.
pub(crate) fn shipped() -> Vec<String> {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let paths = configs.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let markets = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let names: Vec<String> =
        markets.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert!(names.len() >= 9, "{names:?}");
    names
}

pub(crate) fn options(out: &Path, threads: usize) -> RunOptions {
    RunOptions { out: out.into(), threads, provenance: Provenance::default() }
}

/// Runs a market into a new folder, which lives as long as the first value returned.
pub(crate) fn run_in_new_folder(market: &Market, threads: usize) -> (TempDir, RunReport) {
    let out = TempDir::new().unwrap();
    let report = run(market, &options(out.path(), threads), &Silent).unwrap();
    (out, report)
}

/// Every file of a run but its manifest, by relative path.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "manifest.json" {
                found.insert(path.strip_prefix(folder).unwrap().into(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
