//! The README of a bundle, in the form of the template of the Social Science Data Editors.

use std::path::Path;

use serde_json::Value;

use crate::number::grouped;
use crate::recorded::Place;

/// The text, in Markdown.
pub(super) fn text(place: &Place, manifest: &Value, files: &[String]) -> String {
    let plain = |key: &str| match &manifest[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let command: Vec<&str> =
        manifest["argv"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (name, what, again) = match place {
        Place::Run(run) => (
            run.summary.run.clone(),
            format!(
                "{} simulated buyers under {} pricing rules",
                grouped(run.summary.users),
                run.summary.rules.len()
            ),
            "tokenmarket run config.toml --out results",
        ),
        Place::Sweep(_) => (
            plain("sweep"),
            format!("{} cells with {} replicates each", plain("cells"), plain("replicates")),
            "tokenmarket sweep EXPERIMENT --out results",
        ),
    };
    let seconds = |key: &str| {
        manifest["timings"][key].as_f64().map_or("not recorded".to_string(), |x| format!("{x:.1} s"))
    };
    let randomness = match place {
        Place::Run(_) => format!("Seed {}. {}", plain("seed"), plain("seed_formula")),
        Place::Sweep(_) => {
            "The first run of every cell has the market's seed, further ones seeds drawn from it; plan.json holds them all.".into()
        }
    };
    let listed: Vec<String> = files
        .iter()
        .map(|file| format!("| `{file}` | {} | `tokenmarket bundle` |\n", meaning(file)))
        .collect();
    let listed = listed.concat();
    format!(
        "# Replication package for {name}

## Overview

The package holds the results of one computation with tokenmarket {version}: {what}. One command makes all tables and
figures from `{input}`. A replicator should expect it to run for the time given below.

## Data Availability and Provenance Statements

- [x] This paper does not involve analysis of external data: all data are simulated by the program from the configuration.

Where the configuration names a file of buyers or usage (`file = ...`), that file is not part of this package; the
configuration holds its name and its hash.

### Statement about Rights

- [x] The author(s) of the manuscript have legitimate access to and permission to use the data used in this manuscript.
- [x] All data are publicly available: they are made by the program.

### Dataset list

| Data file | Source | Notes | Provided |
|---|---|---|---|
| `{input}` | written by the program | the resolved configuration | yes |
| `manifest.json` | written by the program | versions, command, seed, certificates, timings, checksums of every recorded file | yes |
| recorded buyers and choices (Parquet) | made by the command below | checksums in `manifest.json` | no |

## Computational requirements

### Software Requirements

- tokenmarket {version}, commit {commit}, results version {results_version}; Rust stable builds it without other software.

### Controlled Randomness

- [x] {randomness}

The same configuration, seed and results version give the same numbers to the last byte, whatever the number of threads.

### Memory, Runtime, Storage Requirements

- Runtime: design {design}, simulation {simulation}, on {threads} threads of the machine that made it.
- Memory and storage: `tokenmarket check` prints both for the configuration before anything runs.

## Description of programs/code

The program is one binary, `tokenmarket`; its sources, documentation and tests are in its repository.

### License for Code

MIT or Apache-2.0, at your choice.

## Instructions to Replicators

1. Build tokenmarket at commit {commit}: `cargo build --release`.
2. Run `{again}`. It was made by `{command}`.
3. Run `tokenmarket bundle PATH` with the folder that step 2 names: tables and figures are the same to the byte.

## List of tables and programs

| File | What it is | Made by |
|---|---|---|
{listed}
## References

- D. Bergemann, A. Bonatti, A. Smolin (2025). The Economics of Large Language Models: Token Allocation, Fine-Tuning, and
  Optimal Pricing. EC '25. doi 10.1145/3736252.3742625.
- L. Vilhuber, M. Connolly, M. Koren, J. Llull, P. Morrow (2022). A template README for social science replication
  packages. doi 10.5281/zenodo.7293838. The form of this file is theirs (CC-BY).
",
        version = plain("version"),
        commit = plain("commit"),
        results_version = plain("results_version"),
        input = if matches!(place, Place::Run(_)) { "config.toml" } else { "plan.json" },
        design = seconds("design_seconds"),
        simulation = seconds("simulate_seconds"),
        threads = if manifest["threads"].is_null() { "the".into() } else { plain("threads") },
        command = command.join(" "),
    )
}

/// What a file of the bundle is.
fn meaning(file: &str) -> &'static str {
    match file {
        "config.toml" => "the resolved configuration",
        "plan.json" => "every cell of the sweep with its values",
        "manifest.json" => "versions, command, checksums",
        "summary.json" => "every estimate with its standard error",
        "report.html" => "the report",
        _ if file.starts_with("figures/") => "a figure",
        _ if Path::new(file).extension().is_some_and(|ending| ending == "tex") => {
            "a table for papers (booktabs)"
        }
        _ => "a table for programs, every digit",
    }
}
