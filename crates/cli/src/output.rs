//! Files that are written where somebody says: never over something else, whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::commands::BadInput;

/// Files that a flag names, checked before any work is done.
#[derive(Debug)]
pub(crate) struct Outputs {
    flag: &'static str,
    paths: Vec<PathBuf>,
}

impl Outputs {
    /// The files that `flag` means may be written: their folder is there, they are none of the `inputs` nor each other, and what
    /// stands there may be replaced, which takes `force`.
    ///
    /// # Errors
    /// Which file is in the way, and what to do.
    pub(crate) fn planned(
        flag: &'static str,
        paths: &[PathBuf],
        inputs: &[&Path],
        force: bool,
    ) -> Result<Self, BadInput> {
        let mut planned: Vec<PathBuf> = Vec::new();
        for path in paths {
            let refused = |found: &str, allowed: &str| {
                BadInput(format!("{flag}: found {}, {found}; allowed: {allowed}", path.display()))
            };
            let target = target(path).map_err(|folder| {
                let found = format!("but there is no folder {}", folder.display());
                refused(&found, &format!("a file in a folder that is there: mkdir -p {}", folder.display()))
            })?;
            if inputs.iter().any(|input| fs::canonicalize(input).is_ok_and(|input| input == target)) {
                return Err(refused(
                    "which is the file that is read",
                    "another name, so that nothing is lost",
                ));
            }
            if planned.contains(&target) {
                return Err(refused(
                    "where two files would be written",
                    "a name that does not end in .csv: customers are written beside it under that ending",
                ));
            }
            if let Ok(there) = fs::symlink_metadata(&target) {
                if !there.is_file() {
                    return Err(refused("which is no regular file", "the name of a file to write"));
                }
                if !force {
                    return Err(refused("which is there already", "a new name, or --force to replace it"));
                }
            }
            planned.push(target);
        }
        Ok(Self { flag, paths: planned })
    }

    /// Writes the texts under temporary names beside the files, then renames them all, and says so.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn write(&self, texts: &[String]) -> Result<(), BadInput> {
        let refused = |path: &Path, error: &std::io::Error| {
            BadInput(format!("{}: cannot write {}: {error}", self.flag, path.display()))
        };
        let files: Vec<(&PathBuf, PathBuf)> = self.paths.iter().map(|path| (path, temporary(path))).collect();
        for ((path, temporary), text) in files.iter().zip(texts) {
            write_new(temporary, text).map_err(|error| refused(path, &error))?;
        }
        for (path, temporary) in files.iter().take(texts.len()) {
            fs::rename(temporary, path).map_err(|error| refused(path, &error))?;
        }
        Ok(())
    }
}

/// Where a path leads, its links followed as far as they go.
///
/// # Errors
/// The folder that is not there.
fn target(path: &Path) -> Result<PathBuf, PathBuf> {
    if let Ok(there) = fs::canonicalize(path) {
        return Ok(there);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(there), Some(name)) if there.is_dir() => Ok(there.join(name)),
        _ => Err(folder.into()),
    }
}

/// A hidden name beside a file that no other process uses.
fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let written = fs::File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// The folder of all results: made where it is missing, but never where something else stands.
///
/// # Errors
/// A file stands there, or where a folder above it should be.
pub(crate) fn results_folder(out: &Path) -> Result<(), BadInput> {
    let above = out.ancestors().find(|path| fs::symlink_metadata(path).is_ok());
    match above.filter(|path| !path.is_dir()) {
        Some(file) => Err(BadInput(format!(
            "--out: found {}, where {} is no folder; allowed: a folder, which is made if it is missing",
            out.display(),
            file.display()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(paths: &[PathBuf], input: &Path, force: bool) -> String {
        Outputs::planned("--out", paths, &[input], force).unwrap_err().to_string()
    }

    #[test]
    fn nothing_is_written_over_by_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("trace.csv"), "mine").unwrap();
        fs::write(path("old.toml"), "old").unwrap();
        fs::create_dir(path("sub")).unwrap();
        let trace = path("trace.csv");
        for same in ["trace.csv", "sub/../trace.csv"] {
            assert!(refused(&[path(same)], &trace, true).contains("the file that is read"), "{same}");
        }
        let twice = [path("new.csv"), path("sub/../new.csv")];
        assert!(refused(&twice, &trace, true).contains("two files"));
        assert!(refused(&[path("old.toml")], &trace, false).contains("--force"));
        assert!(refused(&[path("sub")], &trace, true).contains("no regular file"));
        let missing = refused(&[path("none/a.toml")], &trace, true);
        assert!(missing.contains("mkdir -p") && missing.contains("none"), "{missing}");
        let outputs = Outputs::planned("--out", &[path("old.toml"), path("b.csv")], &[&trace], true).unwrap();
        outputs.write(&["new".into(), "b".into()]).unwrap();
        assert_eq!(fs::read_to_string(path("old.toml")).unwrap(), "new");
        assert_eq!(fs::read_to_string(path("b.csv")).unwrap(), "b");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "temporary files remain");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("trace.csv"), "mine").unwrap();
        std::os::unix::fs::symlink(path("trace.csv"), path("link.csv")).unwrap();
        std::os::unix::fs::symlink(path("nowhere"), path("lost.toml")).unwrap();
        assert!(refused(&[path("link.csv")], &path("trace.csv"), true).contains("the file that is read"));
        assert!(refused(&[path("lost.toml")], &path("trace.csv"), true).contains("no regular file"));
        assert!(refused(&["/dev/null".into()], &path("trace.csv"), true).contains("no regular file"));
    }

    #[test]
    fn results_stand_in_folders() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("base.toml");
        fs::write(&file, "").unwrap();
        for out in [file.clone(), file.join("below")] {
            let said = results_folder(&out).unwrap_err().to_string();
            assert!(said.starts_with("--out: found") && said.contains("base.toml is no folder"), "{said}");
        }
        for out in [folder.path().to_path_buf(), folder.path().join("a/b"), "relative/folder".into()] {
            assert!(results_folder(&out).is_ok());
        }
    }
}
