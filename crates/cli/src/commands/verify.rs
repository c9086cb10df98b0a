//! `tokenmarket verify`: whether results still are what was written.

use std::process::ExitCode;

use analysis::{Format, Table, grouped};
use sim::Progress;
use sim::verify::{Fault, Verified, verify};

use super::{BadInput, print, style, to_json};
use crate::args::Verify;
use crate::bars::Bars;

pub(crate) fn run(arguments: &Verify) -> anyhow::Result<ExitCode> {
    let path = &arguments.path;
    if !path.is_dir() {
        return Err(BadInput(format!(
            "{}: {}; allowed: the folder of a run or sweep, or one that holds some, such as results",
            path.display(),
            if path.exists() { "a file" } else { "no such folder" }
        ))
        .into());
    }
    let bars = Bars::new();
    bars.begin("verify", 0);
    let found = verify(path, &bars)?;
    bars.end();
    if found.manifests == 0 && found.faults.is_empty() {
        return Err(BadInput(format!(
            "{}: holds no complete run or merged sweep; make one with `tokenmarket run CONFIG`",
            path.display()
        ))
        .into());
    }
    let text = match arguments.output.format {
        Format::Json => to_json(&found)?,
        Format::Table if found.faults.is_empty() => {
            let table = table(&found);
            [vec![table.title], table.notes].concat().join("\n") + "\n"
        }
        format => table(&found).render(format, style()),
    };
    print(&text)?;
    Ok(if found.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn table(found: &Verified) -> Table {
    let row = |fault: &Fault| {
        let path = fault.path.display().to_string();
        [path, fault.fault.name().into(), fault.detail.clone(), fault.fault.help().into()].to_vec()
    };
    let checked = format!(
        "{} manifests, {} files, {} bytes",
        grouped(found.manifests as u64),
        grouped(found.files as u64),
        grouped(found.bytes)
    );
    let mut notes = Vec::new();
    if !found.unfinished.is_empty() {
        let folders: Vec<String> =
            found.unfinished.iter().map(|folder| folder.display().to_string()).collect();
        notes.push(format!("Unfinished, the same command continues: {}.", folders.join(", ")));
    }
    let verdict = match found.faults.len() {
        0 => "all intact".to_string(),
        faults => format!("{faults} faults"),
    };
    Table {
        title: format!("{checked}: {verdict}."),
        headers: ["path", "fault", "found", "what to do"].map(String::from).into(),
        rows: found.faults.iter().map(row).collect(),
        notes,
        ..Table::default()
    }
}
