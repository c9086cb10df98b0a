//! How large the runs of a sweep are, roughly: which begin first, and how many are in flight.

use std::cmp::Reverse;

use super::experiment::Experiment;
use super::store::Trial;
use crate::config::Market;
use crate::plan::Plan;

/// What a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// Work, in choices of one buyer under one rule.
    pub(super) work: u64,
    /// Bytes of memory.
    pub(super) memory: u64,
}

/// Measured: a pair of types in a convex programme takes as long as so many choices for every task.
const CHOICES_PER_PAIR: u64 = 200;

impl Size {
    pub(super) fn of(market: &Market) -> Self {
        let buyers = market.run.users.saturating_mul(u64::from(market.run.replicates));
        let tasks = market.population.masses().map_or(1, |masses| masses.len() as u64);
        let designs = market.rules.iter().map(|rule| {
            let points = market.belief_of(rule).points.saturating_mul(rule.rule.tiers().unwrap_or(1));
            let types = rule.rule.types().unwrap_or(0) as u64;
            points.saturating_add(CHOICES_PER_PAIR * types * types * tasks)
        });
        let choices = buyers.saturating_mul(market.rules.len() as u64);
        Self { work: designs.fold(choices, u64::saturating_add), memory: Plan::memory_bytes(market) }
    }

    /// The sizes of all trials in their order; those of one cell are the same.
    pub(super) fn of_all(experiment: &Experiment, trials: &[Trial]) -> Vec<Self> {
        let mut last: Option<(usize, Self)> = None;
        let size = |trial: &Trial| match last {
            Some((cell, size)) if cell == trial.cell => size,
            _ => {
                // A cell that cannot be read says so when it is run.
                let none = Self { work: 0, memory: 0 };
                let size = experiment.market(trial.cell).map_or(none, |market| {
                    let size = Self::of(&market);
                    // What is refused takes nothing.
                    let runs = experiment.limits.check_memory(&market).is_ok();
                    Self { memory: if runs { size.memory } else { 0 }, ..size }
                });
                last = Some((trial.cell, size));
                size
            }
        };
        trials.iter().map(size).collect()
    }
}

/// Positions in the order of execution, the largest first and equal ones as they come: a large run that begins last would be
/// worked on alone.
pub(super) fn largest_first(sizes: &[Size]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|position| Reverse(sizes[*position].work));
    order
}

/// Runs in flight: as many as there are threads, while the largest of them would fit into half of the memory that is free.
pub(super) fn at_once(sizes: &[Size], threads: usize) -> usize {
    let each = sizes.iter().map(|size| size.memory).max().unwrap_or(0).max(1);
    let fitting = available_memory().map_or(1, |bytes| bytes / 2 / each);
    (fitting as usize).clamp(1, threads)
}

/// Bytes that the system could give away.
fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_run_begins_first_and_equal_ones_keep_their_order() {
        let sizes = [3, 9, 3, 12, 9].map(|work| Size { work, memory: 1 });
        assert_eq!(largest_first(&sizes), [3, 1, 4, 0, 2]);
    }

    #[test]
    fn one_run_that_fills_the_memory_is_alone() {
        let sizes = [1, 1 << 60].map(|memory| Size { work: 1, memory });
        assert_eq!((at_once(&sizes, 8), at_once(&sizes[..1], 8)), (1, 8));
    }
}
