//! The optimal allocations of a finite environment, by convex programme, with a certificate that does not trust the solver.

mod aggregate;
mod bound;
mod cones;
mod cuts;
mod reduction;
mod repair;
#[cfg(test)]
mod testing;

use model::belief::Environment;
use model::technology::Technology;
use model::tolerance::DUALITY_GAP_WARNED;

use crate::DesignError;
use bound::{dual_bound, make_feasible, virtual_values};
use cones::{EFFORTS, Programme};
use cuts::Cuts;
use reduction::{Reduction, reduce};
use repair::{Repaired, repair};

/// An exactly incentive compatible menu with its certificate: one item for each of K types on M tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// e: spend by type and task in $, K x M, type by type.
    pub spends: Vec<f64>,
    /// z by type in Mtok, K.
    pub fine_tuning: Vec<f64>,
    /// v: precision by type and task, K x M, type by type.
    pub precisions: Vec<f64>,
    /// ω by type and task at the multipliers of the bound, K x M, type by type; w itself for types too small to matter.
    pub virtual_values: Vec<f64>,
    /// u by type in $, K: the smallest that satisfy all incentive and participation constraints.
    pub utilities: Vec<f64>,
    /// t by type in $, K.
    pub payments: Vec<f64>,
    /// Expected profit of this menu in $ per buyer.
    pub profit: f64,
    /// What no menu can exceed, in $ per buyer: Σ_k f_k Π(ω_k^+) at feasible multipliers.
    pub bound: f64,
    /// Programmes solved.
    pub rounds: usize,
    /// Incentive constraints of the last one.
    pub constraints: usize,
    /// The solver's iterations over all rounds.
    pub iterations: u32,
}

impl Solution {
    /// (bound - profit) / bound, zero where nothing can be earned; rounding may leave it a little below zero.
    pub fn relative_gap(&self) -> f64 {
        relative_gap(self.profit, self.bound)
    }
}

fn relative_gap(profit: f64, bound: f64) -> f64 {
    if bound > 0.0 { (bound - profit) / bound } else { 0.0 }
}

/// Programmes after which the search ends.
const ROUNDS: usize = 60;

/// Solves for the menu that earns most from a finite environment when the whole assignment is contractible.
///
/// ```text
/// max Σ_k f_k ( Σ_i μ_i w_ki v_ki - u_k - Σ_i μ_i e_ki - c_z z_k )
/// s.t. v_ki <= κ e_ki^σ (b+z_k)^γ,   u_k >= 0,   u_k >= u_j + Σ_i μ_i (w_ki - w_ji) v_ji   for all j != k
/// ```
/// Incentive constraints enter as they are violated. After every round the multipliers give an upper bound in closed form, the
/// precisions a menu that is repaired to be exactly incentive compatible; the best of both are kept, and the search ends
/// when they are within 1e-6 of each other. Where a round tempts nobody any more but the gap is open, the solver tries harder.
///
/// # Errors
/// `NotFinite` where the first-best overflows, `NotCertified` with the gap where it stays larger.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, section on token allocations; the bound is Lagrange's.
pub fn solve(technology: &Technology, environment: &Environment) -> Result<Solution, DesignError> {
    let reduction = reduce(technology, environment);
    let first_best: f64 = reduction.probabilities.iter().zip(&reduction.surpluses).map(|(f, s)| f * s).sum();
    if !first_best.is_finite() {
        return Err(crate::not_finite("allocations", technology));
    }
    let programme = Programme::new(technology, &reduction);
    let mut cuts = Cuts::neighbours(&reduction, 1.0 - technology.sigma());
    // Where nobody values anything there is nothing to solve.
    let nothing = vec![vec![0.0; reduction.masses.len()]; reduction.profiles.len()];
    let mut bound = Bound { profit: first_best, virtual_values: reduction.profiles.clone() };
    let mut best = repair(technology, &reduction, &nothing);
    let (mut efforts, mut iterations) = (EFFORTS.iter(), 0);
    let mut effort = if first_best > 0.0 { efforts.next() } else { None };
    let mut rounds = 0;
    while let Some(current) = effort
        && rounds < ROUNDS
    {
        let mut candidate = programme.solve(cuts.constraints(), *current);
        rounds += 1;
        iterations += candidate.iterations;
        let found = Bound::certified(technology, &reduction, &mut candidate.multipliers);
        if found.profit < bound.profit {
            bound = found;
        }
        if let Some(repaired) = repair(technology, &reduction, &candidate.precisions)
            && best.as_ref().is_none_or(|best| repaired.profit > best.profit)
            && repaired.profit.is_finite()
        {
            best = Some(repaired);
        }
        let profit = best.as_ref().map_or(f64::NEG_INFINITY, |best| best.profit);
        let gap = relative_gap(profit, bound.profit);
        if gap <= DUALITY_GAP_WARNED {
            break;
        }
        if cuts.add_violated(&reduction, &candidate) == 0 {
            effort = efforts.next();
        }
    }
    let gap = best.as_ref().map_or(f64::INFINITY, |best| relative_gap(best.profit, bound.profit));
    match best {
        // A profit above the bound by more than rounding would be as wrong as one far below it.
        Some(best) if gap.abs() <= DUALITY_GAP_WARNED => {
            Ok(expanded(&reduction, &best, &bound, (rounds, cuts.constraints().len(), iterations)))
        }
        _ => Err(DesignError::NotCertified { label: "allocations".into(), gap, rounds }),
    }
}

/// What no menu earns more than.
struct Bound {
    /// In $ per buyer.
    profit: f64,
    /// ω by distinct type.
    virtual_values: Vec<Vec<f64>>,
}

impl Bound {
    fn certified(
        technology: &Technology,
        reduction: &Reduction,
        multipliers: &mut [bound::Multiplier],
    ) -> Self {
        let Reduction { masses, probabilities, profiles, .. } = reduction;
        make_feasible(probabilities, multipliers);
        let virtual_values = virtual_values(probabilities, profiles, multipliers);
        let profit = dual_bound(technology, masses, probabilities, &virtual_values);
        Self { profit, virtual_values }
    }
}

/// The menu for all types and tasks as they were given.
fn expanded(
    reduction: &Reduction,
    menu: &Repaired,
    bound: &Bound,
    (rounds, constraints, iterations): (usize, usize, u32),
) -> Solution {
    let by_task = |elements: &dyn Fn(usize) -> Vec<f64>| -> Vec<f64> {
        reduction
            .type_of
            .iter()
            .flat_map(|&kind| {
                let reduced = elements(kind);
                reduction.task_of.iter().map(move |task| reduced[*task]).collect::<Vec<f64>>()
            })
            .collect()
    };
    let by_type =
        |element: &dyn Fn(usize) -> f64| reduction.type_of.iter().map(|kind| element(*kind)).collect();
    Solution {
        spends: by_task(&|kind| menu.productions[kind].spends.clone()),
        fine_tuning: by_type(&|kind| menu.productions[kind].fine_tuning),
        precisions: by_task(&|kind| menu.precisions[kind].clone()),
        utilities: by_type(&|kind| menu.utilities[kind]),
        payments: by_type(&|kind| menu.payments[kind]),
        virtual_values: by_task(&|kind| bound.virtual_values[kind].clone()),
        profit: menu.profit,
        bound: bound.profit,
        rounds,
        constraints,
        iterations,
    }
}
