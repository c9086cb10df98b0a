//! Who is at work on what: files that only one process can make, kept fresh while it lives.
//!
//! A claim is `.claims/WHAT.GENERATION`, made with create-exclusive, which every shared file system has; file locks are not
//! relied on. Its owner renews its time of modification. A claim whose owner is known to be dead, or that nobody renewed
//! for [`EXPIRY`], is overtaken by making the next generation: of all who try, one succeeds, and the highest generation is
//! the owner.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often claims are renewed.
const RENEWAL: Duration = Duration::from_secs(5);
/// How long nobody may have written into a claim that was made.
const WRITING: Duration = Duration::from_secs(10);
/// How often a process looks whether a claim is free.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a claim outlives its last renewal.
pub(super) const EXPIRY: Duration = Duration::from_secs(60);

/// A process, told apart from all others on all machines, and from later ones with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    machine: String,
    process: u32,
    started: String,
}

impl Owner {
    fn this() -> Self {
        let process = std::process::id();
        Self { machine: machine(), process, started: started(process).unwrap_or_default() }
    }

    /// Whether this process is on this machine and no longer runs.
    fn is_dead(&self) -> bool {
        self.machine == machine() && started(self.process).as_ref() != Some(&self.started)
    }
}

/// This start of this machine, and the space of process numbers within it.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {} {}", crate::manifest::host(), boot.trim(), space.display())
}

/// When a process started, in ticks since the machine did; `None` if it does not run.
fn started(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold spaces; the state is the first field after it, the start the twentieth.
    let after = stat.rsplit_once(')')?.1;
    let mut fields = after.split_whitespace();
    let alive = !matches!(fields.next()?, "Z" | "X");
    alive.then(|| fields.nth(18).map(String::from)).flatten()
}

/// The claims of one process.
#[derive(Debug)]
pub(super) struct Claims {
    folder: PathBuf,
    held: Arc<(Mutex<Held>, Condvar)>,
    renewer: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Held {
    files: BTreeSet<PathBuf>,
    closing: bool,
}

/// Work that is this process's alone until it is dropped.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    what: String,
    generation: u64,
}

impl Claims {
    /// Opens the claims of a sweep's folder, and renews those of this process from now on.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let folder = root.join(".claims");
        std::fs::create_dir_all(&folder)?;
        let held = Arc::new((Mutex::new(Held::default()), Condvar::new()));
        let renewed = held.clone();
        let renewer = std::thread::Builder::new().name("claims".into()).spawn(move || renew(&renewed))?;
        Ok(Self { folder, held, renewer: Some(renewer) })
    }

    /// Claims something; `None` if another process is at work on it.
    pub(super) fn take(&self, what: &str) -> io::Result<Option<Claim<'_>>> {
        let generation = match highest(&self.folder, what)? {
            None => 0,
            Some(generation) if is_live(&self.folder, &name(what, generation)) => return Ok(None),
            Some(generation) => generation + 1,
        };
        let path = self.folder.join(name(what, generation));
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            opened => opened?,
        };
        if let Err(error) = file.write_all(&serde_json::to_vec(&Owner::this()).expect("plain data")) {
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        self.lock().files.insert(path);
        Ok(Some(Claim { claims: self, what: what.into(), generation }))
    }

    /// Claims something as soon as no other process is at work on it.
    pub(super) fn wait_for(&self, what: &str) -> io::Result<Claim<'_>> {
        loop {
            match self.take(what)? {
                Some(claim) => return Ok(claim),
                None => std::thread::sleep(PATIENCE),
            }
        }
    }

    /// Removes what killed processes left of claims on what needs none any more.
    pub(super) fn clear(&self, is_over: impl Fn(&str) -> bool) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let Some((what, _)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
            if is_over(what) {
                let _ = std::fs::remove_file(self.folder.join(&name));
            }
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.lock().closing = true;
        self.held.1.notify_all();
        if let Some(renewer) = self.renewer.take() {
            let _ = renewer.join();
        }
        // A killed process may have left it.
        let _ = std::fs::remove_file(self.folder.join(CLOCK));
    }
}

impl Drop for Claim<'_> {
    /// Gives the claim up, earlier generations first: whoever sees this one gone sees none of them.
    fn drop(&mut self) {
        for generation in 0..=self.generation {
            let path = self.claims.folder.join(name(&self.what, generation));
            self.claims.lock().files.remove(&path);
            let _ = std::fs::remove_file(path);
        }
    }
}

/// What is being worked on in a sweep's folder.
pub(super) fn live(root: &Path) -> BTreeSet<String> {
    let folder = root.join(".claims");
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| is_live(&folder, name))
        .filter_map(|name| name.rsplit_once('.').map(|(what, _)| what.to_string()))
        .collect()
}

fn name(what: &str, generation: u64) -> String {
    format!("{what}.{generation}")
}

fn highest(folder: &Path, what: &str) -> io::Result<Option<u64>> {
    let mut highest = None;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some((own, generation)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
        if own == what {
            highest = highest.max(generation.parse().ok());
        }
    }
    Ok(highest)
}

/// Whether a claim's owner may still be at work. What is empty is being written, or its owner was killed just then.
fn is_live(folder: &Path, name: &str) -> bool {
    let path = folder.join(name);
    let owner: Option<Owner> = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let lasts = if owner.is_some() { EXPIRY } else { WRITING };
    !owner.is_some_and(|owner| owner.is_dead()) && !is_older(folder, &path, lasts).unwrap_or(false)
}

/// The file whose time tells what the file system's clock says now.
const CLOCK: &str = ".now";

/// Compared with the time of a file written now: the file system's clock, which all machines share.
fn is_older(folder: &Path, path: &Path, lasts: Duration) -> io::Result<bool> {
    let renewed = std::fs::metadata(path)?.modified()?;
    let clock = folder.join(CLOCK);
    let now = File::create(&clock).and_then(|mut file| {
        file.write_all(b"\n")?;
        file.metadata()?.modified()
    });
    let _ = std::fs::remove_file(&clock);
    Ok(now?.duration_since(renewed).is_ok_and(|age| age > lasts))
}

fn renew(held: &(Mutex<Held>, Condvar)) {
    let mut state = held.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.closing {
        let waited = held.1.wait_timeout(state, RENEWAL).unwrap_or_else(PoisonError::into_inner);
        state = waited.0;
        for path in &state.files {
            // Rewriting the same owner lets the file system set the time by its own clock; a claim that was
            // overtaken is not made again.
            let owner = serde_json::to_vec(&Owner::this()).expect("plain data");
            let _ = OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(&owner));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_one_processs_alone_and_can_be_given_up() {
        let folder = tempfile::TempDir::new().unwrap();
        let (first, second) = (Claims::open(folder.path()).unwrap(), Claims::open(folder.path()).unwrap());
        let held = first.take("a-1").unwrap().unwrap();
        assert!(second.take("a-1").unwrap().is_none());
        assert!(second.take("a-12").unwrap().is_some());
        assert_eq!(live(folder.path()), BTreeSet::from(["a-1".to_string()]));
        drop(held);
        assert!(second.take("a-1").unwrap().is_some());
    }

    #[test]
    fn the_dead_and_the_silent_are_overtaken_by_one() {
        let folder = tempfile::TempDir::new().unwrap();
        let claims = Claims::open(folder.path()).unwrap();
        let dead = Owner { started: "0".into(), ..Owner::this() };
        let path = folder.path().join(".claims/a-1.0");
        std::fs::write(&path, serde_json::to_vec(&dead).unwrap()).unwrap();
        assert!(live(folder.path()).is_empty());
        let taken = claims.take("a-1").unwrap().unwrap();
        assert_eq!(taken.generation, 1);
        assert!(claims.take("a-1").unwrap().is_none());
        drop(taken);
        assert!(!path.exists(), "the dead one's claim goes with its successor's");
        // Alive as far as anybody knows, on another machine.
        let far = Owner { machine: "elsewhere".into(), ..dead };
        std::fs::write(&path, serde_json::to_vec(&far).unwrap()).unwrap();
        assert!(claims.take("a-1").unwrap().is_none());
        let file = File::options().write(true).open(&path).unwrap();
        let old = file.metadata().unwrap().modified().unwrap() - 2 * EXPIRY;
        file.set_modified(old).unwrap();
        assert!(claims.take("a-1").unwrap().is_some());
    }
}
