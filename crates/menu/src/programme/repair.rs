//! From nearly optimal precisions to a menu that is exactly incentive compatible.

use model::technology::Technology;

use super::aggregate::{Production, cheapest, efficient_precisions, weighted};
use super::reduction::Reduction;

/// An exactly incentive compatible menu: one item per distinct type.
#[derive(Debug, Clone)]
pub(super) struct Repaired {
    /// v by type and task.
    pub(super) precisions: Vec<Vec<f64>>,
    /// e and z by type.
    pub(super) productions: Vec<Production>,
    /// u by type.
    pub(super) utilities: Vec<f64>,
    /// t by type.
    pub(super) payments: Vec<f64>,
    /// Σ f (t - cost).
    pub(super) profit: f64,
}

/// Shares of the efficient precisions that are mixed in, in this order, until the precisions are cyclically monotone.
const MIXTURES: [f64; 13] = [0.0, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0];

/// A weight of a cycle below this share of its values is rounding.
const CYCLE_ROUNDING: f64 = 2e-15;

/// The best menu near `precisions`, of which only those of active types count.
///
/// Payments that make v incentive compatible exist iff v is cyclically monotone; the efficient precisions are, and so is
/// every mixture with enough of them.
pub(super) fn repair(
    technology: &Technology,
    reduction: &Reduction,
    precisions: &[Vec<f64>],
) -> Option<Repaired> {
    let active: Vec<usize> = (0..reduction.active.len()).filter(|k| reduction.active[*k]).collect();
    let efficient: Vec<Vec<f64>> = active
        .iter()
        .map(|k| efficient_precisions(technology, &reduction.masses, &reduction.profiles[*k]))
        .collect();
    MIXTURES.iter().find_map(|share| {
        let mixed: Vec<Vec<f64>> = active
            .iter()
            .zip(&efficient)
            .map(|(k, efficient)| {
                let mix = |(v, best): (&f64, &f64)| (1.0 - share) * v + share * best;
                precisions[*k].iter().zip(efficient).map(mix).collect()
            })
            .collect();
        let profiles: Vec<&[f64]> = active.iter().map(|k| reduction.profiles[*k].as_slice()).collect();
        let temptations = Temptations::new(&reduction.masses, &profiles, &mixed);
        let utilities = temptations.smallest_utilities()?;
        Some(assemble(technology, reduction, &active, &mixed, &utilities))
    })
}

/// What each type gains from each other's item over its owner.
struct Temptations {
    types: usize,
    /// Σ_i μ_i (w_ki - w_ji) v_ji at k * types + j.
    gains: Vec<f64>,
    /// The rounding of each gain.
    rounding: Vec<f64>,
}

impl Temptations {
    fn new(masses: &[f64], profiles: &[&[f64]], precisions: &[Vec<f64>]) -> Self {
        let types = profiles.len();
        let (mut gains, mut rounding) = (Vec::new(), Vec::new());
        for tempted in profiles {
            for (owner, item) in profiles.iter().zip(precisions) {
                let (mut gain, mut size) = (0.0, 0.0);
                for (((mass, tempted), owner), v) in masses.iter().zip(*tempted).zip(*owner).zip(item) {
                    gain += mass * (tempted - owner) * v;
                    size += mass * (tempted + owner) * v;
                }
                gains.push(gain);
                rounding.push(CYCLE_ROUNDING * size);
            }
        }
        Self { types, gains, rounding }
    }

    /// The smallest u >= 0 with u_k >= u_j + gain_kj for all pairs: longest paths, by Bellman and Ford.
    ///
    /// None where a cycle of temptations has positive weight.
    fn smallest_utilities(&self) -> Option<Vec<f64>> {
        let mut utilities = vec![0.0; self.types];
        let mut tempter: Vec<Option<usize>> = vec![None; self.types];
        loop {
            let mut changed = false;
            for tempted in 0..self.types {
                for item in 0..self.types {
                    let edge = tempted * self.types + item;
                    let offered = utilities[item] + self.gains[edge];
                    if offered > utilities[tempted] + self.rounding[edge] {
                        utilities[tempted] = offered;
                        tempter[tempted] = Some(item);
                        changed = true;
                    }
                }
            }
            if !changed {
                return Some(utilities);
            }
            if has_cycle(&tempter) || utilities.iter().any(|utility| !utility.is_finite()) {
                return None;
            }
        }
    }
}

/// Whether following tempters from somewhere never ends. With a positive cycle it does after finitely many passes.
fn has_cycle(tempter: &[Option<usize>]) -> bool {
    // 0: not visited; otherwise the number of the walk that visited it.
    let mut visited = vec![0; tempter.len()];
    for start in 0..tempter.len() {
        let mut position = start;
        while visited[position] == 0 {
            visited[position] = start + 1;
            match tempter[position] {
                Some(next) => position = next,
                None => break,
            }
        }
        if visited[position] == start + 1 && tempter[position].is_some() {
            return true;
        }
    }
    false
}

/// Items of active types, and for every other type the item she likes best, or nothing.
fn assemble(
    technology: &Technology,
    reduction: &Reduction,
    active: &[usize],
    items: &[Vec<f64>],
    utilities: &[f64],
) -> Repaired {
    let masses = &reduction.masses;
    let productions: Vec<Production> =
        items.iter().map(|precisions| cheapest(technology, masses, precisions)).collect();
    let payments: Vec<f64> = active
        .iter()
        .zip(items)
        .zip(utilities)
        .map(|((k, v), u)| weighted(masses, &reduction.profiles[*k], v) - u)
        .collect();
    let nothing = vec![0.0; masses.len()];
    let mut menu = Repaired {
        precisions: Vec::new(),
        productions: Vec::new(),
        utilities: Vec::new(),
        payments: Vec::new(),
        profit: 0.0,
    };
    for (kind, profile) in reduction.profiles.iter().enumerate() {
        let (taken, utility) = match active.binary_search(&kind) {
            Ok(own) => (Some(own), utilities[own]),
            Err(_) => favourite(masses, profile, items, &payments),
        };
        let production =
            taken.map_or_else(|| cheapest(technology, masses, &nothing), |item| productions[item].clone());
        let payment = taken.map_or(0.0, |item| payments[item]);
        menu.profit += reduction.probabilities[kind] * (payment - production.cost);
        menu.precisions.push(taken.map_or_else(|| nothing.clone(), |item| items[item].clone()));
        menu.productions.push(production);
        menu.utilities.push(utility);
        menu.payments.push(payment);
    }
    menu
}

/// The item that gives a type the largest positive utility, and that utility.
fn favourite(masses: &[f64], profile: &[f64], items: &[Vec<f64>], payments: &[f64]) -> (Option<usize>, f64) {
    let mut best = (None, 0.0);
    for (item, (precisions, payment)) in items.iter().zip(payments).enumerate() {
        let utility = weighted(masses, profile, precisions) - payment;
        if utility > best.1 {
            best = (Some(item), utility);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_that_returns_is_a_cycle() {
        assert!(!has_cycle(&[None, Some(0), Some(1)]));
        assert!(has_cycle(&[Some(2), Some(0), Some(1)]));
        assert!(has_cycle(&[None, Some(2), Some(1)]));
    }

    /// Swapped precisions have a positive cycle (1 - 2)(2 - 1)... : (w_2 - w_1)(v_1 - v_2) = 1.
    #[test]
    fn falling_precisions_cannot_be_priced() {
        let profiles: [&[f64]; 2] = [&[1.0], &[2.0]];
        let rising = Temptations::new(&[1.0], &profiles, &[vec![1.0], vec![2.0]]);
        assert_eq!(rising.smallest_utilities(), Some(vec![0.0, 1.0]));
        let falling = Temptations::new(&[1.0], &profiles, &[vec![2.0], vec![1.0]]);
        assert_eq!(falling.smallest_utilities(), None);
    }
}
