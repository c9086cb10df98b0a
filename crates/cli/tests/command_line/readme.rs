//! The README keeps its word: every command in it runs, and the output it shows is what comes out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The blocks of one language, as lines.
fn blocks(text: &str, language: &str) -> Vec<Vec<String>> {
    let fence = format!("```{language}");
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line == fence) {
        blocks.push(lines.by_ref().take_while(|line| *line != "```").map(String::from).collect());
    }
    blocks
}

/// A folder that looks like the repository to the commands.
fn workshop() -> TempDir {
    let folder = TempDir::new().unwrap();
    for shipped in ["configs", "experiments"] {
        std::os::unix::fs::symlink(root().join(shipped), folder.path().join(shipped)).unwrap();
    }
    folder
}

/// Runs a line of the README; `None` for lines that are not commands of ours.
fn execute(line: &str, folder: &Path) -> Option<Output> {
    let line = line.split(" #").next().unwrap();
    let arguments = line
        .strip_prefix("tokenmarket ")
        .or_else(|| line.strip_prefix("cargo run --release -- "))?
        .to_string();
    let arguments = arguments.replace("RUN_ID", &recorded_run(folder));
    Some(
        Command::new(env!("CARGO_BIN_EXE_tokenmarket"))
            .args(words(&arguments))
            .current_dir(folder)
            .output()
            .unwrap(),
    )
}

/// Words as a shell splits them, double quotes included.
fn words(line: &str) -> Vec<String> {
    let quoted = |(number, part): (usize, &str)| -> Vec<String> {
        if number % 2 == 1 { vec![part.into()] } else { part.split_whitespace().map(Into::into).collect() }
    };
    line.split('"').enumerate().flat_map(quoted).collect()
}

/// The run of the paper's example that recorded its buyers.
fn recorded_run(folder: &Path) -> String {
    let runs = std::fs::read_dir(folder.join("results/paper-uniform")).ok();
    runs.into_iter()
        .flatten()
        .map(|run| run.unwrap().path())
        .find(|run| run.join("buyers").is_dir())
        .map(|run| run.file_name().unwrap().to_str().unwrap().into())
        .unwrap_or_default()
}

#[test]
fn every_command_runs() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let folder = workshop();
    let mut ran = 0;
    for line in blocks(&text, "sh").concat() {
        if let Some(output) = execute(&line, folder.path()) {
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(!output.stdout.is_empty(), "{line} prints nothing");
            ran += 1;
        } else {
            assert_eq!(line, "cargo test --release --workspace", "an unknown kind of command");
        }
    }
    assert!(ran >= 5);
}

#[test]
fn shown_output_is_what_comes_out() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let folder = workshop();
    let shown = blocks(&text, "console");
    assert!(!shown.is_empty());
    for block in shown {
        let (command, expected) = block.split_first().unwrap();
        let output = execute(command.strip_prefix("$ ").unwrap(), folder.path()).unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{command}");
    }
}
