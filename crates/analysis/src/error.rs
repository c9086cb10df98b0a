//! What can go wrong when results are read.

use std::path::PathBuf;

use model::summary::SCHEMA;

/// Why recorded results could not be shown. Every message names the path or name, what was expected and what helps.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// Several tables in a format that holds one.
    #[error(
        "csv holds one table: deciles, segments or one of the others, which is a row per rule with every figure; print them one \
         by one, or all with --format json"
    )]
    SeveralTables,
    /// A run without segments.
    #[error("run {run}: its population has no segments; leave segments out of the tables")]
    NoSegments {
        /// NAME/RUN_ID.
        run: String,
    },
    /// Nothing of that name.
    #[error("{}: no such file or folder; expected {EXPECTED}\n  help: {help}", path.display())]
    Missing {
        /// The path as the user named it.
        path: PathBuf,
        /// What usually helps.
        help: String,
    },
    /// A run that was interrupted, or that is still running.
    #[error(
        "{}: this run is unfinished; expected a complete one\n  help: wait for it if it is still running, \
         else run the same command again: it goes on from {}",
        path.display(),
        partial.display()
    )]
    Unfinished {
        /// The path as the user named it.
        path: PathBuf,
        /// The hidden folder of the unfinished run.
        partial: PathBuf,
    },
    /// A folder without a complete run.
    #[error("{}: holds no complete run; expected {EXPECTED}\n  help: {help}", path.display())]
    NoRun {
        /// The path as the user named it.
        path: PathBuf,
        /// What usually helps.
        help: String,
    },
    /// A folder with more than one complete run.
    #[error("{}: holds {} complete runs, expected one\n  help: name one or more of them:{}", path.display(),
        runs.len(), listed(runs))]
    SeveralRuns {
        /// The path as the user named it.
        path: PathBuf,
        /// The complete runs in it, sorted.
        runs: Vec<PathBuf>,
    },
    /// The operating system refused.
    #[error("{}: cannot be read: {source}\n  help: is it there, and may you read it? `tokenmarket verify` names the files of \
             results that are missing or changed", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file of JSON that is not what its name says.
    #[error(
        "{}:{line}:{column}: not a {}: {message}; expected a file that tokenmarket wrote\n  \
         help: if it was edited or cut short, delete the run's folder and run it again; tables of a sweep are written anew by the \
         same sweep command",
        path.display(), path.file_stem().unwrap_or_default().to_string_lossy()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A summary of another version of tokenmarket.
    #[error(
        "{}: found schema {found}; expected schema {SCHEMA}\n  help: read it with the version of tokenmarket that \
         wrote it (see manifest.json beside it), or run it again with this one",
        path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema number.
        found: u64,
    },
    /// A baseline that the run does not have.
    #[error("baseline: found \"{found}\"; {run} has {}{}", labels.join(", "), suggestion(nearest.as_deref()))]
    UnknownBaseline {
        /// The label asked for.
        found: String,
        /// NAME/RUN_ID.
        run: String,
        /// The labels it has.
        labels: Vec<String>,
        /// The label that was probably meant.
        nearest: Option<String>,
    },
    /// A summary without the differences to a baseline.
    #[error(
        "{run}: the summary holds no paired differences to \"{baseline}\", expected every pair of rules\n  \
         help: run it again, or keep its own baseline"
    )]
    MissingPairs {
        /// NAME/RUN_ID.
        run: String,
        /// The label asked for.
        baseline: String,
    },
    /// A sweep without tables.
    #[error("{}: this sweep is not merged yet; expected its runs.parquet and summary.parquet\n  help: run the same sweep \
             command again, or tokenmarket merge once its shards are complete", path.display())]
    NotMerged {
        /// Folder of the sweep.
        path: PathBuf,
    },
    /// A file of a sweep that no merge has written.
    #[error("{}: {message}; expected a file written by `tokenmarket sweep` of this version\n  help: if it was edited, cut \
             short or written by another version, run the same sweep command again", path.display())]
    NotASweep {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Tables of runs asked of a sweep.
    #[error("{}: a sweep, which has one table; --tables is for runs\n  help: leave --tables out, or name one of its runs, \
             {}/cells/cell=HASH/seed=SEED", path.display(), path.display())]
    TablesOfSweep {
        /// Folder of the sweep.
        path: PathBuf,
    },
    /// A run that is named more than once.
    #[error("{}: named twice; expected different runs\n  help: name every run once", path.display())]
    SameRun {
        /// The path that was named last.
        path: PathBuf,
    },
    /// Runs and sweeps together.
    #[error("{}: a sweep is compared by itself; found {count} paths\n  help: name one folder of a sweep, or only runs", path.display())]
    SweepAmongOthers {
        /// Folder of the sweep.
        path: PathBuf,
        /// How many paths there are.
        count: usize,
    },
    /// A table of a run that is not there.
    #[error("{}: not there; {help}", path.display())]
    NotRecorded {
        /// What was looked for.
        path: PathBuf,
        /// Why it may be missing, and what helps.
        help: String,
    },
    /// A file that is no longer what was recorded.
    #[error("{}: changed since it was recorded: {problem}\n  help: `tokenmarket verify` names all that is missing or changed; delete the \
        run's folder and run it again; tables of a sweep are written anew by the same sweep command", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// How it differs from what the manifest says.
        problem: String,
    },
    /// A Parquet file that is damaged.
    #[error("{}: cannot be read as Parquet: {message}\n  help: if it was changed or cut short, delete the run's folder and run it \
        again", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        message: String,
    },
    /// A Parquet file with other columns than this version writes.
    #[error("{}: {problem}; expected the columns that `tokenmarket schema` prints\n  help: read it with the version of tokenmarket \
        that wrote it (see manifest.json of the run), or delete the run's folder and run it again", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Which column is wrong, and how.
        problem: String,
    },
    /// Files that do not belong together.
    #[error("{}: its buyers are not those of {}\n  help: the files are of different runs or were changed; delete the run's \
        folder and run it again", path.display(), buyers.display())]
    OtherBuyers {
        /// The choices.
        path: PathBuf,
        /// The buyers of the same part.
        buyers: PathBuf,
    },
    /// A query that cannot be answered.
    #[error("query: {problem}\n  help: {help}")]
    Query {
        /// What is wrong.
        problem: String,
        /// What is allowed.
        help: String,
    },
    /// Buyers cannot be grouped so.
    #[error("--by: found \"{found}\"; {allowed}{}", suggestion(nearest.as_deref()))]
    UnknownGroups {
        /// What was asked for.
        found: String,
        /// What is allowed here.
        allowed: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// Something that only runs have.
    #[error("{}: a sweep; {what} needs a run\n  help: name one of its runs, {}/cells/cell=HASH/seed=SEED", path.display(), path.display())]
    NeedsRun {
        /// The folder of the sweep.
        path: PathBuf,
        /// What was asked for.
        what: &'static str,
    },
    /// A file that cannot be written.
    #[error("{}: cannot be written: {source}\n  help: is there space, and may you write there?", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No run to compare.
    #[error("nothing to compare; expected at least one run\n  help: name a folder results/NAME/RUN_ID")]
    NothingToCompare,
    /// A format that does not exist.
    #[error("format: found \"{found}\"; allowed: table, json, csv, markdown, latex{}", suggestion(nearest.as_deref()))]
    UnknownFormat {
        /// The name asked for.
        found: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
}

/// What every path may be.
const EXPECTED: &str =
    "a run folder (results/NAME/RUN_ID), a results/NAME folder with one complete run, or a summary.json";

/// The most entries an error lists.
const LISTED: usize = 20;

/// One path per line, cut after [`LISTED`].
pub(crate) fn listed(paths: &[PathBuf]) -> String {
    let mut lines: Vec<String> = paths.iter().take(LISTED).map(|path| path.display().to_string()).collect();
    if paths.len() > LISTED {
        lines.push(format!("and {} more", paths.len() - LISTED));
    }
    format!("\n    {}", lines.join("\n    "))
}

pub(crate) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("\n  help: did you mean \"{name}\"?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let paths: Vec<PathBuf> = (0..LISTED + 3).map(|i| PathBuf::from(format!("run-{i}"))).collect();
        let text = listed(&paths);
        assert!(
            text.contains("run-19") && !text.contains("run-20") && text.ends_with("and 3 more"),
            "{text}"
        );
    }

    #[test]
    fn messages_say_what_was_found_and_what_helps() {
        let error = AnalysisError::Schema { path: "a/summary.json".into(), found: 7 };
        let text = error.to_string();
        assert!(text.starts_with("a/summary.json: found schema 7; expected schema 1"), "{text}");
        assert!(text.contains("help: "), "{text}");
    }
}
