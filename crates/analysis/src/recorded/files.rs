//! Which files belong to a run or a sweep: those its manifest lists, as long as they are what was recorded.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
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

/// What every manifest says of its files.
#[derive(Deserialize)]
struct Files {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    bytes: u64,
    blake3: String,
}

impl Listed {
    /// How a file differs from what was recorded under this name, if it does.
    fn change_of(&self, file: &Path) -> Result<Option<String>, std::io::Error> {
        let bytes = file.metadata()?.len();
        if bytes != self.bytes {
            return Ok(Some(format!("{bytes} bytes, not {}", self.bytes)));
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(file)?)?;
        let same = hasher.finalize().to_hex().as_str() == self.blake3;
        Ok((!same).then(|| "its checksum is not the one in manifest.json".into()))
    }
}

/// Whether these files, as far as they are there and the manifest of a folder lists them, are what was recorded, byte by byte,
/// before anything in them is decoded: of damage readers may make wrong numbers, or ask for more memory than there is.
///
/// # Errors
/// One is not.
pub(crate) fn intact(folder: &Path, files: &[PathBuf]) -> Result<(), AnalysisError> {
    let manifest = folder.join(MANIFEST);
    if !manifest.is_file() {
        return Ok(());
    }
    let listed: BTreeMap<PathBuf, Listed> =
        json::<Files>(&manifest)?.files.into_iter().map(|file| (folder.join(&file.path), file)).collect();
    let fault = |file: &PathBuf| match listed.get(file).filter(|_| file.is_file())?.change_of(file) {
        Ok(change) => change.map(|problem| AnalysisError::Changed { path: file.clone(), problem }),
        Err(source) => Some(AnalysisError::Unreadable { path: file.clone(), source }),
    };
    files.par_iter().find_map_first(fault).map_or(Ok(()), Err)
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
    /// None was recorded, or one is gone or not what was recorded.
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
            None => intact(&self.folder, &listed).map(|()| listed),
        }
    }

    /// A table of the run, by its path within it.
    ///
    /// # Errors
    /// It is not what was recorded.
    pub(crate) fn table(&self, name: impl AsRef<Path>) -> Result<PathBuf, AnalysisError> {
        table(&self.folder, name.as_ref())
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

fn table(folder: &Path, name: &Path) -> Result<PathBuf, AnalysisError> {
    let file = folder.join(name);
    intact(folder, std::slice::from_ref(&file)).map(|()| file)
}

impl Sweep {
    /// A table of the sweep, by its name.
    ///
    /// # Errors
    /// It is not what was recorded.
    pub(crate) fn table(&self, name: &str) -> Result<PathBuf, AnalysisError> {
        table(&self.folder, Path::new(name))
    }

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
                let path = format!("{own}/part-0000{part}.parquet");
                let content = fs::read(folder.path().join(&path)).unwrap();
                let hash = blake3::hash(&content).to_hex().to_string();
                files.push(serde_json::json!({ "path": path, "bytes": content.len(), "blake3": hash }));
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

    /// One bit in one number, or one byte less: numbers that nobody recorded are never read.
    #[test]
    fn changed_files_are_refused_before_they_are_read() {
        let (folder, run) = planted();
        let part = folder.path().join("choices/rule=flat/part-00001.parquet");
        let whole = fs::read(&part).unwrap();
        let refused = |bytes: &[u8]| {
            fs::write(&part, bytes).unwrap();
            run.files("choices/rule=flat").unwrap_err().to_string()
        };
        let mut bytes = whole.clone();
        bytes[whole.len() / 3] ^= 1;
        let error = refused(&bytes);
        assert!(error.contains("part-00001.parquet: changed since it was recorded: its checksum"), "{error}");
        let error = refused(&whole[1..]);
        let says = format!("{} bytes, not {}\n  help: `tokenmarket verify`", whole.len() - 1, whole.len());
        assert!(error.contains(&says), "{error}");
        assert!(run.table("choices/rule=flat/part-00001.parquet").is_err());
        assert!(run.files("choices/rule=packages").is_ok() && run.table("belief.parquet").is_ok());
        fs::write(&part, whole).unwrap();
        assert!(run.files("choices/rule=flat").is_ok());
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
