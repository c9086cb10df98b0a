//! Puts the script of plotly.js where the reports can embed it: it comes inside the crate plotly, which Cargo.lock pins by
//! checksum and which is never compiled, since only this one file of it is needed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    let script = plotly().join("resource/plotly.min.js");
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("plotly.min.js");
    if let Err(error) = fs::copy(&script, target) {
        panic!("{}: cannot be copied: {error}", script.display());
    }
}

/// The folder of the crate's sources.
fn plotly() -> PathBuf {
    let cargo = env::var("CARGO").expect("cargo sets CARGO");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--features",
            "chart-library",
            "--filter-platform",
            &target,
        ])
        .output()
        .expect("cargo is running this script");
    let text = String::from_utf8_lossy(&output.stdout);
    let manifests = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let manifest = manifests.map(Path::new).find(|path| {
        let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        folder.is_some_and(|name| {
            name.strip_prefix("plotly-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    });
    match manifest.and_then(Path::parent) {
        Some(folder) => folder.into(),
        None => panic!(
            "cargo metadata does not know the crate plotly: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}
