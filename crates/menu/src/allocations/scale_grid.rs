//! Allocations for value-scale types where the formula is not incentive compatible in scale: a grid of types.

use model::belief::{Environment, GivenScale, Points, ValueScaleBelief};
use model::menu::{Offer, value_on_cells};

use super::{Misreport, grouped};
use crate::extension::Split;
use crate::finite::{for_represented, for_types};
use crate::{DesignError, Designed, Seller};

/// Scales of a grid.
const MOST_SCALES: usize = 6;
/// Points of the grid that the menu must earn from, per point of the grid it is designed for, in value and in scale.
const FINER: usize = 8;

/// Scales with their masses and the values that come with them.
#[derive(Debug)]
pub(super) struct Joint(Vec<(f64, f64, Points)>);

impl Joint {
    /// All values with all scales, as many of both as grids of about `types` types can use.
    pub(super) fn independent(belief: &ValueScaleBelief, types: usize) -> Self {
        let values = grouped(&belief.value.points, FINER * types);
        let scales = grouped(&belief.scale.points, FINER * MOST_SCALES);
        Self(scales.iter().map(|(scale, mass)| (scale, mass, values.clone())).collect())
    }

    pub(super) fn dependent(given_scale: &[GivenScale]) -> Self {
        Self(given_scale.iter().map(|given| (given.scale, given.mass, given.value.points.clone())).collect())
    }

    /// Number of types.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|(_, _, values)| values.len()).sum()
    }

    fn scales(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().map(|(scale, ..)| *scale)
    }

    /// At most so many scales, and values at each: means of equal shares.
    fn coarser(&self, scales: usize, values: usize) -> Self {
        if self.0.len() <= scales {
            let coarser = |(scale, mass, own): &(f64, f64, Points)| (*scale, *mass, grouped(own, values));
            return Self(self.0.iter().map(coarser).collect());
        }
        let mut groups = vec![(0.0, 0.0, Vec::new()); scales];
        let mut below = 0.0;
        for (scale, mass, own) in &self.0 {
            let (sum, total, points) =
                &mut groups[(((below + 0.5 * mass) * scales as f64) as usize).min(scales - 1)];
            *sum += mass * scale;
            *total += mass;
            points.extend(own.iter().map(|(value, share)| (value, mass * share)));
            below += mass;
        }
        let filled = groups.into_iter().filter(|(_, mass, _)| *mass > 0.0);
        let means =
            filled.map(|(sum, mass, points)| (sum / mass, mass, grouped(&Points::new(points), values)));
        Self(means.collect())
    }

    /// The types on the cells that end at `cells`; those that are worth nothing are one.
    pub(super) fn environment(&self, cells: &[f64]) -> Environment {
        let lower = std::iter::once(&0.0).chain(cells);
        let masses = cells.iter().zip(lower).map(|(high, low)| high - low).collect();
        let mut environment =
            Environment { masses, probabilities: Vec::new(), values: Vec::new(), sampled: false };
        for (scale, scale_mass, values) in &self.0 {
            for (value, value_mass) in values.iter() {
                environment.probabilities.push(value_mass * scale_mass);
                environment.values.extend(value_on_cells(cells, value, *scale));
            }
        }
        crate::representatives::distinct(&environment)
    }
}

/// The optimal menu for a grid of about `types` types; the belief itself where it is finite and has no more.
///
/// Task i is the cell of [0, 1] between two scales, the last one nobody's; `formula` is the profit the formula promises, an
/// upper bound, and who breaks it. A menu for a grid coarser than the belief is extended to a finer one.
///
/// # Errors
/// The program cannot be solved.
pub(super) fn allocations(
    seller: &Seller,
    joint: &Joint,
    finite: bool,
    types: usize,
    (formula, worst): (f64, Misreport),
) -> Result<Designed, DesignError> {
    let values = |types: usize| (types / joint.0.len().min(MOST_SCALES)).max(2);
    let coarse = joint.coarser(MOST_SCALES, values(types));
    let exact = finite && coarse.len() == joint.len();
    let (mut designed, cells) = if exact {
        let cells = ends(joint.scales());
        (for_types(seller.technology, &joint.environment(&cells))?, cells)
    } else {
        let fine = joint.coarser(FINER * MOST_SCALES, FINER * values(types));
        let cells = ends(coarse.scales().chain(fine.scales()));
        let few = |types: usize| joint.coarser(MOST_SCALES, values(types)).environment(&cells);
        let split = Split::of(&fine.environment(&cells));
        (for_represented(seller, types, few, &split)?, cells)
    };
    designed.describe(&[
        ("formula_profit", formula),
        ("formula_violation", worst.gain),
        ("formula_violation_value", worst.value),
        ("formula_violation_scale", worst.scale),
        ("formula_violation_reported_scale", worst.reported),
    ]);
    Ok(designed.into_designed(seller, |menu| Offer::Profiles(menu.on_cells(cells.clone()))))
}

/// The ends of cells between all these scales, up to 1.
pub(super) fn ends(scales: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut cells: Vec<f64> = scales.filter(|scale| *scale > 0.0).chain([1.0]).collect();
    cells.sort_by(f64::total_cmp);
    cells.dedup();
    cells
}
