//! Bounds on every run of a sweep: memory is estimated before a run begins, time is looked at between its batches.
//!
//! Neither is part of the plan: they decide which runs fail, never what a complete one finds. What the memory bound refuses
//! depends on the market alone. What the time bound stops depends on the machine and on what else it does; its message does
//! not, and a run that it stops keeps its finished parts for whoever tries again.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use model::config::{ConfigError, Section};

use crate::config::Market;
use crate::error::{RunError, megabytes};
use crate::plan::Plan;
use crate::progress::Progress;

/// Bounds on every run of a sweep, the section `[limits]` of an experiment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Time that a session may spend on a run, design included; absent: any.
    pub cell_time: Option<TimeLimit>,
    /// Memory that a run may need, as [`Plan::memory_bytes`] estimates it; absent: any.
    pub cell_memory: Option<MemoryLimit>,
}

/// A time as somebody wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeLimit {
    text: String,
    time: Duration,
}

/// Bytes as somebody wrote them.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryLimit {
    text: String,
    bytes: u64,
}

const TIME: &str = "a time > 0 and at most 3000000d in s, m, h or d, such as \"90s\", \"10m\" or \"1.5h\"";
const SECONDS: [(&str, f64); 4] = [("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
const MEMORY: &str =
    "bytes > 0 and at most 300000TB in MB, GB, TB, MiB, GiB or TiB, such as \"500MB\" or \"4GiB\"";
const BYTES: [(&str, f64); 6] = [
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];
/// Eight thousand years in seconds: above it numbers lose their meaning.
const LONGEST: f64 = 3e6 * 86_400.0;
/// More bytes than any machine has.
const LARGEST: f64 = 3e17;

impl FromStr for TimeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = measure(text, &SECONDS).filter(|seconds| *seconds >= 1e-9 && *seconds <= LONGEST);
        let seconds = seconds.ok_or_else(|| format!("found {text}; allowed: {TIME}"))?;
        Ok(Self { text: text.into(), time: Duration::from_secs_f64(seconds) })
    }
}

impl FromStr for MemoryLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = measure(text, &BYTES).filter(|bytes| *bytes >= 1.0 && *bytes <= LARGEST);
        let bytes = bytes.ok_or_else(|| format!("found {text}; allowed: {MEMORY}"))?;
        Ok(Self { text: text.into(), bytes: bytes as u64 })
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A positive number followed by one of the units, in the unit that counts as one.
fn measure(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    let number: f64 = number.trim_end().parse().ok()?;
    Some(number * factor).filter(|measure| *measure > 0.0)
}

impl Limits {
    /// Reads `[limits]` of an experiment, which may be left out.
    pub(super) fn read(root: &Section) -> Result<Self, ConfigError> {
        let Some(section) = root.optional_section("limits", "a table with cell_time and cell_memory")? else {
            return Ok(Self::default());
        };
        let limits = Self {
            cell_time: written(&section, "cell_time", TIME)?,
            cell_memory: written(&section, "cell_memory", MEMORY)?,
        };
        section.finish()?;
        Ok(limits)
    }

    /// Whether a run of the market is within the bound on memory.
    ///
    /// # Errors
    /// It is not, by how much, and what helps.
    pub fn check_memory(&self, market: &Market) -> Result<(), RunError> {
        let needed = Plan::memory_bytes(market);
        match &self.cell_memory {
            Some(limit) if needed > limit.bytes => {
                Err(RunError::Memory { needed: megabytes(needed), limit: limit.to_string() })
            }
            _ => Ok(()),
        }
    }
}

fn written<T: FromStr>(
    section: &Section,
    key: &'static str,
    allowed: &str,
) -> Result<Option<T>, ConfigError> {
    let text = section.optional_text(key, allowed)?;
    text.map(|text| text.parse().map_err(|_| section.error(key, allowed))).transpose()
}

/// Watches over one run: silent, and stopped when the sweep is or when its time is over.
pub(super) struct Watch<'a> {
    sweep: &'a dyn Progress,
    started: Instant,
    limit: Option<&'a TimeLimit>,
}

impl<'a> Watch<'a> {
    /// The run begins now.
    pub(super) fn start(sweep: &'a dyn Progress, limits: &'a Limits) -> Self {
        Self { sweep, started: Instant::now(), limit: limits.cell_time.as_ref() }
    }

    fn overdue(&self) -> Option<&'a TimeLimit> {
        self.limit.filter(|limit| self.started.elapsed() >= limit.time)
    }

    /// The error, which says so where it was the run's own time that ended it and not the sweep's.
    pub(super) fn explain(&self, error: RunError) -> RunError {
        match (&error, self.overdue()) {
            (RunError::Interrupted, Some(limit)) if !self.sweep.stopped() => {
                RunError::TimeLimit { limit: limit.to_string() }
            }
            _ => error,
        }
    }
}

impl Progress for Watch<'_> {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, _: &str) {}
    fn stopped(&self) -> bool {
        self.sweep.stopped() || self.overdue().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_with_units() {
        let seconds = |text: &str| text.parse::<TimeLimit>().map(|limit| limit.time.as_secs_f64());
        assert_eq!(seconds("10m"), Ok(600.0));
        assert_eq!(seconds("1.5 h"), Ok(5400.0));
        assert_eq!(seconds("2d"), Ok(172_800.0));
        for wrong in ["10", "m", "", "0s", "-1s", "10 minutes", "1e400s", "NaNs", "infs", "1e300d"] {
            assert!(seconds(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
        let bytes = |text: &str| text.parse::<MemoryLimit>().map(|limit| limit.bytes);
        assert_eq!(bytes("500MB"), Ok(500_000_000));
        assert_eq!(bytes("1.5GiB"), Ok(1_610_612_736));
        for wrong in ["4G", "4gb", "0MB", "-4GB", "1e300TB", "4"] {
            assert!(bytes(wrong).unwrap_err().contains("GiB"), "{wrong}");
        }
    }
}
