//! Allocations for value-scale types where the formula is not incentive compatible in scale: a grid of types.

use model::belief::{Environment, Points, ValueScaleBelief};
use model::menu::{Offer, value_on_cells};

use super::{Misreport, grouped};
use crate::extension::Split;
use crate::finite::{for_represented, for_types};
use crate::{DesignError, Designed, Seller};

/// Scales of a grid.
const MOST_SCALES: usize = 6;
/// Points of the grid that the menu must earn from, per point of the grid it is designed for, in value and in scale.
const FINER: usize = 8;

/// The optimal menu for a grid of about `types` types; the belief itself where it has no more.
///
/// Task i is the cell of [0, 1] between two scales, the last one nobody's; `formula` is the profit the formula promises, an
/// upper bound, and who breaks it. A menu for a grid coarser than the belief is extended to a finer one.
///
/// # Errors
/// The program cannot be solved.
pub(super) fn allocations(
    seller: &Seller,
    belief: &ValueScaleBelief,
    types: usize,
    (formula, worst): (f64, Misreport),
) -> Result<Designed, DesignError> {
    let scales = grouped(&belief.scale.points, MOST_SCALES);
    let values = grouped(&belief.value.points, (types / scales.len()).max(2));
    let exact = belief.scale.points.len() == scales.len() && belief.value.points.len() == values.len();
    let finer = |points: &Points, coarse: &Points| {
        if exact { points.clone() } else { grouped(points, FINER * coarse.len()) }
    };
    let (fine_scales, fine_values) =
        (finer(&belief.scale.points, &scales), finer(&belief.value.points, &values));
    let cells = cells(&scales, &fine_scales);
    let few = grid(&cells, &values, &scales);
    let mut designed = if exact {
        for_types(seller.technology, &few)?
    } else {
        let fine = grid(&cells, &fine_values, &fine_scales);
        for_represented(seller, &few, &Split::of(&fine))?
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
fn cells(scales: &Points, finer: &Points) -> Vec<f64> {
    let all = scales.nodes().iter().chain(finer.nodes());
    let mut cells: Vec<f64> = all.copied().filter(|scale| *scale > 0.0).chain([1.0]).collect();
    cells.sort_by(f64::total_cmp);
    cells.dedup();
    cells
}

/// All values with all scales, on the cells; types that are worth nothing are one.
fn grid(cells: &[f64], values: &Points, scales: &Points) -> Environment {
    let lower = std::iter::once(&0.0).chain(cells);
    let masses = cells.iter().zip(lower).map(|(high, low)| high - low).collect();
    let mut environment =
        Environment { masses, probabilities: Vec::new(), values: Vec::new(), sampled: false };
    for (value, value_mass) in values.iter() {
        for (scale, scale_mass) in scales.iter() {
            environment.probabilities.push(value_mass * scale_mass);
            environment.values.extend(value_on_cells(cells, value, scale));
        }
    }
    crate::representatives::distinct(&environment)
}
