//! From the choices of one block of buyers to moments, and from blocks to the whole run.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::moments::Moments;
use super::outcomes::Outcomes;
use super::pair::PairMoments;
use super::rule::RuleMoments;
use super::view::View;

/// Everything a run remembers of its buyers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// First-best surplus.
    pub first_best: Moments,
    /// Rules in the order of the market file.
    pub rules: Vec<RuleMoments>,
    /// Pairs (i, j) with i < j: rule j minus rule i, in the order (0,1), (0,2), ..., (1,2), ...
    pub pairs: Vec<PairMoments>,
}

impl Fold {
    /// Nothing seen yet.
    pub fn new(rules: usize) -> Self {
        let pairs = rules * (rules.max(1) - 1) / 2;
        Self {
            first_best: Moments::default(),
            rules: vec![RuleMoments::default(); rules],
            pairs: vec![PairMoments::default(); pairs],
        }
    }

    /// The moments of one block.
    pub fn of_block(groups: &Groups, first_best: &[f64], outcomes: &[Outcomes]) -> Self {
        let views: Vec<View> = outcomes.iter().map(|outcome| View::new(&groups.deciles, outcome)).collect();
        let first_best = groups.deciles.ordered(first_best);
        let rules: Vec<RuleMoments> = outcomes
            .iter()
            .zip(&views)
            .map(|(outcome, view)| RuleMoments::of(groups, &first_best, outcome, view))
            .collect();
        let pairs = PairMoments::all(groups, &first_best, &views, &rules);
        // Added up as the profits of rules are: a rule that takes all of it has the same figure.
        let mut surplus = Moments::default();
        for range in groups.deciles.ranges() {
            surplus.merge(&Moments::of(&first_best[range]));
        }
        Self { first_best: surplus, rules, pairs }
    }

    /// Its means as a single observation of each.
    #[must_use]
    pub fn as_one(&self) -> Self {
        Self {
            first_best: self.first_best.as_one(),
            rules: self.rules.iter().map(RuleMoments::as_one).collect(),
            pairs: self.pairs.iter().map(PairMoments::as_one).collect(),
        }
    }

    /// Adds the next block; the order of blocks is part of the result.
    pub fn merge(&mut self, block: &Self) {
        self.first_best.merge(&block.first_best);
        for (own, new) in self.rules.iter_mut().zip(&block.rules) {
            own.merge(new);
        }
        for (own, new) in self.pairs.iter_mut().zip(&block.pairs) {
            own.merge(new);
        }
    }
}
