//! Whether results still are what was written: every file against the checksum in its manifest.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::progress::Progress;
use crate::sink::FileRecord;

/// What was found under a path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verified {
    /// Folders with a manifest: runs and merged sweeps.
    pub manifests: usize,
    /// Files that the manifests list.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Hidden folders of runs that are not complete; nothing in them counts as a result.
    pub unfinished: Vec<PathBuf>,
    /// What is wrong, by path.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: FaultKind,
    /// More about it; empty where the kind says all.
    pub detail: String,
}

/// How a file can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Listed in the manifest, but not there.
    Missing,
    /// Its size or checksum is not that of the manifest.
    Changed,
    /// Neither listed in the manifest nor written beside it by `report`, `bundle` or a sweep; hidden names aside.
    Foreign,
    /// A manifest that cannot be read as one.
    Manifest,
    /// A run's folder without a manifest.
    NoManifest,
    /// A temporary file that was left behind.
    Temporary,
}

impl FaultKind {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Foreign => "foreign",
            Self::Manifest => "manifest",
            Self::NoManifest => "no-manifest",
            Self::Temporary => "temporary",
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::Missing | Self::Changed | Self::Manifest | Self::NoManifest => {
                "delete the run's folder and run the same command again"
            }
            Self::Foreign => {
                "move it elsewhere: it is no part of these results, and what opens a folder as a whole would take it for one"
            }
            Self::Temporary => "delete it",
        }
    }
}

/// Checks every run and sweep at or below a folder. Links are not followed, and nothing outside the folder is opened.
///
/// # Errors
/// A folder that cannot be read.
pub fn verify(path: &Path, progress: &dyn Progress) -> io::Result<Verified> {
    let mut found = Verified::default();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = sorted(&folder)?;
        if folder != path && is_unfinished(&folder) {
            found.unfinished.push(folder);
            continue;
        }
        if folder.join(MANIFEST).is_file() {
            found.manifest(&folder, progress)?;
        } else if folder.join(SUMMARY).is_file() {
            found.fault(&folder, FaultKind::NoManifest, String::new());
        }
        folders.extend(entries.into_iter().filter(|entry| is_folder(entry)).rev());
    }
    found.faults.sort();
    Ok(found)
}

const MANIFEST: &str = "manifest.json";
const SUMMARY: &str = "summary.json";

/// What a manifest must hold to be checked.
#[derive(Deserialize)]
struct Listed {
    files: Vec<FileRecord>,
}

impl Verified {
    fn fault(&mut self, path: &Path, fault: FaultKind, detail: String) {
        self.faults.push(Fault { path: path.into(), fault, detail });
    }

    /// One folder with its manifest.
    fn manifest(&mut self, folder: &Path, progress: &dyn Progress) -> io::Result<()> {
        self.manifests += 1;
        let path = folder.join(MANIFEST);
        let listed = std::fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str::<Listed>(&text).map_err(|error| error.to_string()));
        let listed = match listed {
            Ok(listed) => listed.files,
            Err(reason) => {
                self.fault(&path, FaultKind::Manifest, reason);
                return Ok(());
            }
        };
        for file in &listed {
            self.file(folder, file);
            progress.advance(1);
        }
        let names: BTreeSet<&str> = listed.iter().map(|file| file.path.as_str()).collect();
        self.strangers(folder, folder, &names)
    }

    fn file(&mut self, folder: &Path, file: &FileRecord) {
        let path = folder.join(&file.path);
        if !stays_inside(&file.path) {
            return self.fault(
                &folder.join(MANIFEST),
                FaultKind::Manifest,
                format!("lists \"{}\"", file.path),
            );
        }
        self.files += 1;
        self.bytes += file.bytes;
        match std::fs::symlink_metadata(&path) {
            Err(_) => self.fault(&path, FaultKind::Missing, String::new()),
            Ok(found) if found.is_file() && found.len() != file.bytes => {
                self.fault(&path, FaultKind::Changed, format!("{} bytes, not {}", found.len(), file.bytes));
            }
            Ok(found) if !found.is_file() || !file.is_intact(folder) => {
                self.fault(&path, FaultKind::Changed, "another checksum".into());
            }
            Ok(_) => {}
        }
    }

    /// What stands beside the listed files and is no part of the results.
    fn strangers(&mut self, root: &Path, folder: &Path, names: &BTreeSet<&str>) -> io::Result<()> {
        for entry in sorted(folder)? {
            let Some(name) = entry.strip_prefix(root).ok().and_then(Path::to_str) else {
                self.fault(&entry, FaultKind::Foreign, String::new());
                continue;
            };
            let hidden = entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            let table = entry.extension().is_some_and(|ending| ending == "parquet");
            if entry.extension().is_some_and(|ending| ending == "tmp") {
                self.fault(&entry, FaultKind::Temporary, String::new());
            } else if is_folder(&entry) {
                if hidden || entry.join(MANIFEST).is_file() || entry.join(SUMMARY).is_file() {
                    // Claims and unfinished runs, or results that are checked by themselves.
                } else if is_part(name, names) {
                    self.strangers(root, &entry, names)?;
                } else {
                    self.fault(&entry, FaultKind::Foreign, "a folder".into());
                }
            } else if (table || !hidden) && !names.contains(name) && !is_written_beside(name) {
                self.fault(&entry, FaultKind::Foreign, String::new());
            }
        }
        Ok(())
    }
}

/// Whether a folder holds listed files, or is one that commands write into later.
fn is_part(folder: &str, names: &BTreeSet<&str>) -> bool {
    let below = format!("{folder}/");
    let listed = names.range(below.as_str()..).next().is_some_and(|name| name.starts_with(&below));
    let of_sweep =
        folder == "cells" || folder.strip_prefix("cells/").is_some_and(|cell| cell.starts_with("cell="));
    listed || of_sweep || matches!(folder, "figures" | "log")
}

/// Whether commands write a file of this name beside what a manifest lists: the manifest itself, the lock of a run, what
/// `report` and `bundle` make, and plan, failures and logs of a sweep.
fn is_written_beside(name: &str) -> bool {
    if matches!(name, MANIFEST | "lock" | "report.html" | "bundle.zip" | "plan.json") {
        return true;
    }
    let Some((folder, file)) = name.rsplit_once('/') else { return false };
    let ends_with = |ending| Path::new(file).extension().is_some_and(|own| own == ending);
    match folder {
        "figures" => ends_with("svg"),
        "log" => true,
        _ => folder.starts_with("cells/cell=") && file.starts_with("failed-") && ends_with("json"),
    }
}

/// The entries of a folder, in the order of their names.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

/// A folder itself, not a link to one.
fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn is_unfinished(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') && name.ends_with(".partial")
}

/// A path in a manifest names a file below it.
fn stays_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::progress::Silent;
    use crate::sink::write_file;

    /// A run with two files and its manifest.
    fn run(folder: &Path) {
        let files = [("summary.json", "{}"), ("choices/rule=flat/part-00000.parquet", "PAR1")]
            .map(|(name, content)| write_file(folder, name, content.as_bytes()).unwrap());
        let manifest = serde_json::json!({ "files": files });
        write_file(folder, MANIFEST, manifest.to_string().as_bytes()).unwrap();
    }

    fn faults(folder: &Path) -> Vec<(String, FaultKind)> {
        let found = verify(folder, &Silent).unwrap();
        let name = |path: &Path| path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        found.faults.iter().map(|fault| (name(&fault.path), fault.fault)).collect()
    }

    #[test]
    fn what_was_written_is_intact_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        run(&folder.path().join("a/1-7"));
        run(&folder.path().join("a/2-7"));
        fs::create_dir(folder.path().join("a/.3-7.partial")).unwrap();
        let found = verify(folder.path(), &Silent).unwrap();
        assert_eq!((found.manifests, found.files, found.bytes, found.faults.len()), (2, 4, 12, 0));
        assert_eq!(found.unfinished, [folder.path().join("a/.3-7.partial")]);
    }

    #[test]
    fn every_kind_of_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        run(root);
        let part = "choices/rule=flat/part-00000.parquet";
        let foreign = "choices/rule=flat/part-00001.parquet";
        // The same size, another content.
        fs::write(root.join(part), "PAR2").unwrap();
        fs::write(root.join(foreign), "PAR1").unwrap();
        fs::write(root.join("summary.json.tmp"), "{").unwrap();
        fs::remove_file(root.join(SUMMARY)).unwrap();
        fs::write(root.join("choices/note.txt"), "mine").unwrap();
        fs::create_dir_all(root.join("copies/deep")).unwrap();
        let expected = [
            ("choices/note.txt", FaultKind::Foreign),
            (part, FaultKind::Changed),
            (foreign, FaultKind::Foreign),
            ("copies", FaultKind::Foreign),
            (SUMMARY, FaultKind::Missing),
            ("summary.json.tmp", FaultKind::Temporary),
        ];
        assert_eq!(faults(root), expected.map(|(name, kind)| (name.to_string(), kind)));
        fs::write(root.join(MANIFEST), "{\"files\": 3}").unwrap();
        assert_eq!(faults(root), [(MANIFEST.to_string(), FaultKind::Manifest)]);
        fs::write(root.join(SUMMARY), "{}").unwrap();
        fs::remove_file(root.join(MANIFEST)).unwrap();
        assert_eq!(faults(root), [(String::new(), FaultKind::NoManifest)]);
    }

    #[test]
    fn what_commands_write_beside_results_is_not_foreign() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        run(root);
        run(&root.join("cells/cell=0123456789ab/seed=7"));
        for name in [
            "report.html",
            "bundle.zip",
            "figures/profit.svg",
            "log/1_2.log",
            "plan.json",
            "cells/cell=0123456789ab/failed-8.json",
            ".claims/plan.0",
            ".DS_Store",
        ] {
            write_file(root, name, b"").unwrap();
        }
        assert_eq!(faults(root), []);
        for name in ["figures/note.txt", "cells/note.txt", "cells/cell=0123456789ab/x.json"] {
            write_file(root, name, b"").unwrap();
            assert_eq!(faults(root), [(name.to_string(), FaultKind::Foreign)]);
            fs::remove_file(root.join(name)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_manifest_cannot_lead_out_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("run");
        run(&root);
        fs::write(folder.path().join("secret"), "PAR1").unwrap();
        let record = |path: &str| FileRecord {
            path: path.into(),
            bytes: 4,
            blake3: blake3::hash(b"PAR1").to_hex().to_string(),
        };
        for path in ["../secret", "/etc/passwd", "a/../../secret", "", "./x"] {
            let manifest = serde_json::json!({ "files": [record(path)] }).to_string();
            fs::write(root.join(MANIFEST), manifest).unwrap();
            let kinds: Vec<FaultKind> = faults(&root).into_iter().map(|(_, kind)| kind).collect();
            assert!(kinds.contains(&FaultKind::Manifest), "{path}: {kinds:?}");
        }
        // Nor can a link of the right content, or one that never ends.
        for (link, target) in [("a.parquet", "../secret"), ("b.parquet", "/dev/zero")] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            let manifest = serde_json::json!({ "files": [record(link)] }).to_string();
            fs::write(root.join(MANIFEST), manifest).unwrap();
            assert!(faults(&root).contains(&(link.to_string(), FaultKind::Changed)), "{link}");
        }
    }
}
