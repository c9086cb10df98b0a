//! Incentive constraints, added where a solution violates them.

use std::collections::BTreeSet;

use super::aggregate::norm;
use super::cones::Candidate;
use super::reduction::Reduction;

/// Constraints added per type and round.
const PER_TYPE: usize = 5;
/// A temptation smaller than this share of the tempted type's surplus is left to the repair.
const TEMPTATION: f64 = 1e-9;

/// The incentive constraints in the programme, as (tempted, item).
#[derive(Debug)]
pub(super) struct Cuts {
    constraints: Vec<(usize, usize)>,
    known: BTreeSet<(usize, usize)>,
}

impl Cuts {
    /// Neighbours in the index, both ways.
    pub(super) fn neighbours(reduction: &Reduction, complement: f64) -> Self {
        let index = |kind: &usize| norm(&reduction.masses, &reduction.profiles[*kind], complement);
        let mut order: Vec<usize> = (0..reduction.active.len()).filter(|k| reduction.active[*k]).collect();
        order.sort_by(|a, b| index(a).total_cmp(&index(b)).then(a.cmp(b)));
        let mut cuts = Self { constraints: Vec::new(), known: BTreeSet::new() };
        for pair in order.windows(2) {
            cuts.add(pair[0], pair[1]);
            cuts.add(pair[1], pair[0]);
        }
        cuts
    }

    /// The constraints, in the order they came.
    pub(super) fn constraints(&self) -> &[(usize, usize)] {
        &self.constraints
    }

    fn add(&mut self, tempted: usize, item: usize) -> bool {
        let new = self.known.insert((tempted, item));
        if new {
            self.constraints.push((tempted, item));
        }
        new
    }

    /// Adds each type's worst violations that are not yet constrained; returns how many.
    pub(super) fn add_violated(&mut self, reduction: &Reduction, candidate: &Candidate) -> usize {
        let active: Vec<usize> = (0..reduction.active.len()).filter(|k| reduction.active[*k]).collect();
        let mut added = 0;
        for &tempted in &active {
            let mut violations: Vec<(f64, usize)> = active
                .iter()
                .filter(|item| **item != tempted && !self.known.contains(&(tempted, **item)))
                .map(|&item| (violation(reduction, candidate, tempted, item), item))
                .filter(|(violation, _)| *violation > TEMPTATION * reduction.surpluses[tempted])
                .collect();
            violations.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (_, item) in violations.into_iter().take(PER_TYPE) {
                added += usize::from(self.add(tempted, item));
            }
        }
        added
    }
}

/// u_j + Σ_i μ_i (w_ki - w_ji) v_ji - u_k.
fn violation(reduction: &Reduction, candidate: &Candidate, tempted: usize, item: usize) -> f64 {
    let (profiles, precisions) = (&reduction.profiles, &candidate.precisions[item]);
    let gain: f64 = (0..precisions.len())
        .map(|i| reduction.masses[i] * (profiles[tempted][i] - profiles[item][i]) * precisions[i])
        .sum();
    candidate.utilities[item] + gain - candidate.utilities[tempted]
}
