//! Finds and reads the summary of a complete run.

mod files;
pub(crate) mod parquet;
mod parts;
mod place;
#[cfg(test)]
pub(crate) mod testing;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use model::summary::{SCHEMA, Summary};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::AnalysisError;
use crate::error::listed;
pub(crate) use files::intact;
pub(crate) use parts::{NOT_RECORDED, Part, Parts};
pub(crate) use place::{Place, Run, Sweep, json, text};

/// The file a complete run holds.
const SUMMARY: &str = "summary.json";

/// How the hidden folder of an unfinished run ends.
const PARTIAL: &str = ".partial";

/// Reads the summary of one complete run.
///
/// `path` is a run folder (`results/NAME/RUN_ID`), a `results/NAME` folder with exactly one complete run, or a
/// `summary.json`.
///
/// # Errors
/// Says what was found at `path`, what was expected and what to do; lists the runs when there are several.
pub fn read_summary(path: &Path) -> Result<Summary, AnalysisError> {
    parse(&find(path)?)
}

/// Reads the summaries of several complete runs, as [`read_summary`] does.
///
/// # Errors
/// Likewise, and a run that is named twice.
pub fn read_summaries(paths: &[PathBuf]) -> Result<Vec<Summary>, AnalysisError> {
    let mut known = Vec::new();
    let mut summaries = Vec::new();
    for path in paths {
        let file = find(path)?;
        let place = file.canonicalize().unwrap_or_else(|_| file.clone());
        if known.contains(&place) {
            return Err(AnalysisError::SameRun { path: path.clone() });
        }
        known.push(place);
        summaries.push(parse(&file)?);
    }
    Ok(summaries)
}

/// The summary file that `path` means.
fn find(path: &Path) -> Result<PathBuf, AnalysisError> {
    if !path.exists() {
        return Err(missing(path));
    }
    if !path.is_dir() {
        return Ok(path.into());
    }
    // A run is complete once its folder is renamed, whatever the folder holds before that.
    if is_partial(path) {
        return Err(AnalysisError::Unfinished { path: path.into(), partial: path.into() });
    }
    if path.join(SUMMARY).is_file() {
        return Ok(path.join(SUMMARY));
    }
    let mut runs = complete_runs(path)?;
    match (runs.pop(), runs.is_empty()) {
        (Some(run), true) => Ok(run.join(SUMMARY)),
        (Some(run), false) => {
            runs.push(run);
            Err(AnalysisError::SeveralRuns { path: path.into(), runs })
        }
        (None, _) => Err(no_run(path)?),
    }
}

fn parse(path: &Path) -> Result<Summary, AnalysisError> {
    /// Read first, so that another version is named as such and not as a missing field.
    #[derive(Deserialize)]
    struct Version {
        schema: u64,
    }

    let text =
        fs::read_to_string(path).map_err(|source| AnalysisError::Unreadable { path: path.into(), source })?;
    let found = from_json::<Version>(path, &text)?.schema;
    if found != u64::from(SCHEMA) {
        return Err(AnalysisError::Schema { path: path.into(), found });
    }
    let summary = from_json(path, &text)?;
    intact(path.parent().unwrap_or(Path::new("")), &[path.into()]).map(|()| summary)
}

fn from_json<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, AnalysisError> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // The position stands in front of the message, where editors look for it.
        let message = message.split(" at line ").next().unwrap_or_default().into();
        AnalysisError::Malformed { path: path.into(), line: error.line(), column: error.column(), message }
    })
}

fn missing(path: &Path) -> AnalysisError {
    let parent = match path.parent() {
        Some(parent) if parent == Path::new("") => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    };
    if let Some(name) = path.file_name() {
        let partial = parent.join(format!(".{}{PARTIAL}", name.to_string_lossy()));
        if partial.is_dir() {
            return AnalysisError::Unfinished { path: path.into(), partial };
        }
    }
    let help = match complete_runs(parent) {
        Ok(runs) if !runs.is_empty() => format!("complete runs in {}:{}", parent.display(), listed(&runs)),
        _ => "check the path, or make the run with `tokenmarket run CONFIG`".into(),
    };
    AnalysisError::Missing { path: path.into(), help }
}

/// The error for a folder without complete runs: unfinished ones in it, or complete ones a level deeper.
fn no_run(path: &Path) -> Result<AnalysisError, AnalysisError> {
    let folders = folders(path)?;
    if let Some(partial) = folders.iter().find(|folder| is_partial(folder)) {
        return Ok(AnalysisError::Unfinished { path: path.into(), partial: partial.clone() });
    }
    let deeper: Vec<PathBuf> =
        folders.iter().filter_map(|folder| complete_runs(folder).ok()).flatten().collect();
    let help = if deeper.is_empty() {
        "make a run with `tokenmarket run CONFIG`".into()
    } else {
        format!("name one or more of these runs:{}", listed(&deeper))
    };
    Ok(AnalysisError::NoRun { path: path.into(), help })
}

/// The complete runs directly in a folder, sorted.
pub(crate) fn complete_runs(path: &Path) -> Result<Vec<PathBuf>, AnalysisError> {
    let complete = |folder: &PathBuf| !is_hidden(folder) && folder.join(SUMMARY).is_file();
    Ok(folders(path)?.into_iter().filter(complete).collect())
}

/// The folders directly in a folder, sorted.
fn folders(path: &Path) -> Result<Vec<PathBuf>, AnalysisError> {
    let unreadable = |source| AnalysisError::Unreadable { path: path.into(), source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        if entry.is_dir() {
            folders.push(entry);
        }
    }
    folders.sort();
    Ok(folders)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(OsStr::new("")).to_string_lossy().into_owned()
}

fn is_hidden(path: &Path) -> bool {
    name(path).starts_with('.')
}

fn is_partial(path: &Path) -> bool {
    is_hidden(path) && name(path).ends_with(PARTIAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::summary;

    /// A results folder with these runs of `paper`, each holding the example's summary.
    fn results(runs: &[&str]) -> tempfile::TempDir {
        let results = tempfile::tempdir().unwrap();
        fs::create_dir(results.path().join("paper")).unwrap();
        for run in runs {
            let folder = results.path().join("paper").join(run);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(SUMMARY), serde_json::to_string_pretty(&summary()).unwrap()).unwrap();
        }
        results
    }

    fn message(path: &Path) -> String {
        read_summary(path).unwrap_err().to_string()
    }

    #[test]
    fn a_run_is_found_by_its_folder_its_name_and_its_file() {
        let results = results(&["a1-7", ".b2-7.partial"]);
        let paper = results.path().join("paper");
        for path in [paper.join("a1-7"), paper.clone(), paper.join("a1-7").join(SUMMARY)] {
            assert_eq!(read_summary(&path).unwrap(), summary(), "{}", path.display());
        }
    }

    #[test]
    fn a_run_is_compared_with_others_and_not_with_itself() {
        let results = results(&["a1-7"]);
        let paper = results.path().join("paper");
        let (run, file) = (paper.join("a1-7"), paper.join("a1-7").join(SUMMARY));
        for again in [&run, &paper, &file] {
            let text = read_summaries(&[run.clone(), again.clone()]).unwrap_err().to_string();
            assert!(text.contains("named twice"), "{text}");
        }
        // The same run copied, say from another machine, may be compared.
        let copy = self::results(&["a1-7"]);
        assert_eq!(read_summaries(&[run, copy.path().join("paper")]).unwrap().len(), 2);
    }

    #[test]
    fn several_runs_are_listed() {
        let results = results(&["a1-7", "b2-7"]);
        let text = message(&results.path().join("paper"));
        assert!(text.contains("holds 2 complete runs, expected one"), "{text}");
        assert!(text.contains("paper/a1-7\n") && text.ends_with("paper/b2-7"), "{text}");
    }

    #[test]
    fn the_results_folder_itself_lists_the_runs_below() {
        let results = results(&["a1-7"]);
        let text = message(results.path());
        assert!(text.contains("holds no complete run") && text.ends_with("paper/a1-7"), "{text}");
    }

    #[test]
    fn a_missing_run_lists_its_neighbours() {
        let results = results(&["a1-7"]);
        let text = message(&results.path().join("paper").join("zz-7"));
        assert!(text.contains("zz-7: no such file or folder; expected a run folder"), "{text}");
        assert!(text.ends_with("paper/a1-7"), "{text}");
        assert!(message(Path::new("no-such-folder/no-such-run")).contains("tokenmarket run CONFIG"));
    }

    #[test]
    fn an_unfinished_run_is_named_as_such() {
        let results = results(&[".a1-7.partial"]);
        let paper = results.path().join("paper");
        for path in [paper.join("a1-7"), paper.join(".a1-7.partial"), paper] {
            let text = message(&path);
            assert!(text.contains("this run is unfinished"), "{text}");
            assert!(text.contains("run the same command again"), "{text}");
            assert!(text.ends_with(".a1-7.partial"), "{text}");
        }
    }

    #[test]
    fn an_empty_folder_says_how_to_make_a_run() {
        let results = results(&[]);
        assert!(message(&results.path().join("paper")).contains("tokenmarket run CONFIG"));
    }

    #[test]
    fn malformed_json_is_located() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(SUMMARY);
        fs::write(&file, "{\n  \"schema\": 1,\n  \"run\": }").unwrap();
        let text = message(&file);
        assert!(text.contains("summary.json:3:10: not a summary: expected value;"), "{text}");
        // A NaN is recorded as null, which is no number.
        let json = serde_json::to_string_pretty(&summary()).unwrap();
        fs::write(&file, json.replacen("\"mean\": 0.0", "\"mean\": null", 1)).unwrap();
        assert!(message(&file).contains("invalid type: null, expected f64"), "{}", message(&file));
        fs::write(&file, "").unwrap();
        assert!(message(&file).contains("EOF"), "{}", message(&file));
    }

    #[test]
    fn another_schema_is_refused_before_its_fields() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(SUMMARY);
        fs::write(&file, "{\"schema\": 2, \"something\": \"new\"}").unwrap();
        let text = message(&file);
        assert!(text.contains("found schema 2; expected schema 1"), "{text}");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(SUMMARY);
        fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
        assert!(message(&file).contains("cannot be read"), "{}", message(&file));
    }
}
