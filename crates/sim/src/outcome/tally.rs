//! What a run has found so far, as far as its standard errors need it.

use model::summary::StandardErrors;
use serde::{Deserialize, Serialize};

use super::fold::Fold;

/// The folds of a run.
///
/// Where buyers of a replicate depend on each other their spread says nothing about the error of a mean. Replicates are
/// independent and alike, so that every figure is taken of each of them, R times in all:
///
/// ```text
/// estimate = Σ_r x_r / R,   se² = Σ_r (x_r - estimate)² / ((R-1) R)
/// ```
/// x_r is a mean per buyer of replicate r: of a difference, an indicator or, in a group, of those buyers of the replicate
/// who belong to it (replicates in which nobody does are left out).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// All buyers.
    pub buyers: Fold,
    /// Replicates, where they are what tells the errors.
    pub replicates: Option<Replicates>,
}

/// Replicates as observations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replicates {
    /// Buyers of the replicate that is being simulated.
    current: Fold,
    /// Figures of the finished ones, each counted once.
    finished: Fold,
}

impl Tally {
    /// Nothing seen yet of so many rules.
    pub fn new(rules: usize, errors: StandardErrors) -> Self {
        let replicates = Replicates { current: Fold::new(rules), finished: Fold::new(rules) };
        Self { buyers: Fold::new(rules), replicates: (!errors.are_of_buyers()).then_some(replicates) }
    }

    /// Adds the next block; the order of blocks is part of the result.
    pub fn merge(&mut self, block: &Fold) {
        self.buyers.merge(block);
        if let Some(replicates) = &mut self.replicates {
            replicates.current.merge(block);
        }
    }

    /// Says that the last block of a replicate was merged.
    pub fn end_replicate(&mut self) {
        let Some(Replicates { current, finished }) = &mut self.replicates else { return };
        let empty = Fold::new(current.rules.len());
        finished.merge(&std::mem::replace(current, empty).as_one());
    }

    /// The independent observations from which estimates and their errors are computed: buyers, or replicates.
    pub fn observations(&self) -> &Fold {
        self.replicates.as_ref().map_or(&self.buyers, |replicates| &replicates.finished)
    }

    /// Fewest observations in a group from which its standard error is known.
    pub fn fewest_observations(&self) -> u64 {
        if self.replicates.is_some() { u64::from(population::design::FEWEST_REPLICATES) } else { 2 }
    }
}
