//! Which files belong to a run: those its manifest lists.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::place::json;
use super::{NOT_RECORDED, Run, Sweep, parquet};
use crate::AnalysisError;

const MANIFEST: &str = "manifest.json";

/// Why a file may be missing that should be there.
const LOST: &str = "it was recorded and is gone\n  help: `tokenmarket verify` names all that is missing or changed; delete the run's folder \
                    and run it again";

/// What a manifest of a run must say to be one.
#[derive(Deserialize)]
struct Stated {
    #[serde(rename = "run")]
    _run: String,
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "menus")]
    _menus: Vec<Value>,
    files: Vec<Listed>,
}

/// What a manifest of a sweep must say to be one.
#[derive(Deserialize)]
struct StatedOfSweep {
    #[serde(rename = "sweep")]
    _sweep: String,
    #[serde(rename = "plan")]
    _plan: String,
    #[serde(rename = "files")]
    _files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
}

impl Run {
    /// The manifest.
    ///
    /// # Errors
    /// It is missing, or is none.
    pub(crate) fn manifest(&self) -> Result<Value, AnalysisError> {
        let path = self.folder.join(MANIFEST);
        json::<Stated>(&path)?;
        json(&path)
    }

    /// The Parquet files of a folder of the run, sorted: those that the manifest lists, so that nothing counts that
    /// somebody has put there since. Without a manifest all that stand there.
    ///
    /// # Errors
    /// None was recorded, or one is gone.
    pub(crate) fn files(&self, folder: &str) -> Result<Vec<PathBuf>, AnalysisError> {
        let place = self.folder.join(folder);
        let Some(listed) = self.listed(folder)? else {
            // Buyers without choices are no run that recorded nobody.
            let help = if self.folder.join("buyers").is_dir() { LOST } else { NOT_RECORDED };
            return parquet::files(&place, ".parquet", help);
        };
        if listed.is_empty() {
            return Err(AnalysisError::NotRecorded { path: place, help: NOT_RECORDED.into() });
        }
        match listed.iter().find(|file| !file.is_file()) {
            Some(gone) => Err(AnalysisError::NotRecorded { path: gone.clone(), help: LOST.into() }),
            None => Ok(listed),
        }
    }

    /// Whether single buyers were recorded.
    ///
    /// # Errors
    /// The manifest is none.
    pub(crate) fn has_buyers(&self) -> Result<bool, AnalysisError> {
        let listed = self.listed("buyers")?;
        Ok(listed.map_or_else(|| self.folder.join("buyers").is_dir(), |listed| !listed.is_empty()))
    }

    /// The Parquet files directly in a folder, as the manifest lists them; `None` where there is no manifest.
    fn listed(&self, folder: &str) -> Result<Option<Vec<PathBuf>>, AnalysisError> {
        let path = self.folder.join(MANIFEST);
        if !path.is_file() {
            return Ok(None);
        }
        let within = |name: &str| {
            let name = Path::new(name);
            name.parent() == Some(Path::new(folder))
                && name.extension().is_some_and(|ending| ending == "parquet")
        };
        let stated: Stated = json(&path)?;
        let mut files: Vec<PathBuf> = stated
            .files
            .iter()
            .filter(|file| within(&file.path))
            .map(|file| self.folder.join(&file.path))
            .collect();
        files.sort();
        Ok(Some(files))
    }
}

impl Sweep {
    /// The manifest.
    ///
    /// # Errors
    /// It is missing, or is none.
    pub(crate) fn manifest(&self) -> Result<Value, AnalysisError> {
        let path = self.folder.join(MANIFEST);
        json::<StatedOfSweep>(&path)?;
        json(&path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::recorded::{Place, testing};

    /// The planted run with a manifest that lists what stands there.
    fn planted() -> (tempfile::TempDir, Run) {
        let folder = testing::run(&testing::Planted::default());
        let mut files = Vec::new();
        for own in ["buyers", "choices/rule=flat", "choices/rule=packages"] {
            for part in 0..3 {
                files.push(serde_json::json!({ "path": format!("{own}/part-0000{part}.parquet") }));
            }
        }
        let manifest = serde_json::json!({ "run": "planted/1", "version": "1", "menus": [], "files": files })
            .to_string();
        fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        let run = Place::run(folder.path(), "a test").unwrap();
        (folder, run)
    }

    #[test]
    fn only_what_the_manifest_lists_is_read() {
        let (folder, run) = planted();
        let buyers = folder.path().join("buyers");
        fs::copy(buyers.join("part-00001.parquet"), buyers.join("part-00009.parquet")).unwrap();
        assert_eq!(run.files("buyers").unwrap().len(), 3);
        fs::remove_file(buyers.join("part-00002.parquet")).unwrap();
        let error = run.files("buyers").unwrap_err().to_string();
        assert!(error.contains("part-00002.parquet: not there") && error.contains("verify"), "{error}");
        let error = run.files("choices/rule=tiers").unwrap_err().to_string();
        assert!(error.contains("recorded no buyers"), "{error}");
        assert!(run.has_buyers().unwrap());
    }

    #[test]
    fn a_manifest_must_be_one() {
        let (folder, run) = planted();
        for (text, says) in [
            ("{}", "manifest.json:1:2: not a manifest: missing field `run`"),
            ("{\"run\": ", "not a manifest: EOF"),
        ] {
            fs::write(folder.path().join(MANIFEST), text).unwrap();
            for error in [run.manifest().map(|_| ()), run.files("buyers").map(|_| ())] {
                let error = error.unwrap_err().to_string();
                assert!(error.contains(says), "{error}");
            }
        }
        fs::remove_file(folder.path().join(MANIFEST)).unwrap();
        let error = run.manifest().unwrap_err().to_string();
        assert!(error.contains("cannot be read") && error.contains("help: "), "{error}");
        assert!(run.files("buyers").is_ok());
    }
}
