//! Maximising a function of one or two positive numbers that may have several peaks.

use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::neldermead::NelderMead;

/// Grid points per dimension: a peak narrower than a fortieth of the logarithmic range would be missed.
const GRID: usize = 121;
/// Peaks of the grid that are refined.
const STARTS: usize = 5;
/// Iterations of one refinement; the simplex halves every few, so that this is far beyond rounding.
const ITERATIONS: u64 = 400;

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// The best point.
    pub(crate) at: Vec<f64>,
    /// Points from which it was searched for.
    pub(crate) starts: usize,
}

/// The maximiser of `objective` over [low, high]^n, in logarithms, n <= 2; deterministic.
///
/// The best local peaks of a grid, and the best of `further` points, start Nelder-Mead searches (which may leave the box);
/// the best end wins.
pub(crate) fn maximise(
    dimensions: usize,
    low: f64,
    high: f64,
    further: &[Vec<f64>],
    objective: impl Fn(&[f64]) -> f64,
) -> Found {
    let exponentiate = |x: &[f64]| x.iter().map(|x| libm::exp(*x)).collect::<Vec<f64>>();
    // What overflows is no maximum.
    let in_logs =
        |x: &[f64]| Some(objective(&exponentiate(x))).filter(|y| y.is_finite()).unwrap_or(f64::NEG_INFINITY);
    if dimensions == 0 {
        return Found { at: Vec::new(), starts: 1 };
    }
    let (low, step) = (libm::log(low), libm::log(high / low) / (GRID - 1) as f64);
    let position = |cell: &[usize]| cell.iter().map(|i| low + step * *i as f64).collect::<Vec<f64>>();
    let mut further: Vec<Vec<f64>> =
        further.iter().map(|point| point.iter().map(|x| libm::log(*x)).collect()).collect();
    further.sort_by(|a, b| in_logs(b).total_cmp(&in_logs(a)));
    let starts: Vec<Vec<f64>> = peaks(dimensions, |cell| in_logs(&position(cell)))
        .iter()
        .map(|cell| position(cell))
        .chain(further.into_iter().take(STARTS))
        .collect();
    let best = starts
        .iter()
        .map(|start| refine(start, step, &in_logs))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .expect("a grid has a largest value");
    Found { at: exponentiate(&best.0), starts: starts.len() }
}

/// The end of searches from `start`, in logarithms, each with half the steps of the one before; never below the start.
pub(crate) fn polish(start: &[f64], objective: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    /// Steps in logarithms: from beyond the error of any start to where the peak is flat to rounding.
    const STEPS: [f64; 4] = [1e-2, 1e-3, 1e-4, 1e-5];
    let objective = |x: &[f64]| Some(objective(x)).filter(|y| y.is_finite()).unwrap_or(f64::NEG_INFINITY);
    STEPS.iter().fold(start.to_vec(), |point, step| refine(&point, *step, &objective).0)
}

/// The cells at least as high as all their neighbours, the highest first.
fn peaks(dimensions: usize, value: impl Fn(&[usize]) -> f64) -> Vec<Vec<usize>> {
    let rows = if dimensions == 2 { GRID } else { 1 };
    let cell = |row: usize, column: usize| if dimensions == 2 { vec![column, row] } else { vec![column] };
    let values: Vec<Vec<f64>> =
        (0..rows).map(|row| (0..GRID).map(|column| value(&cell(row, column))).collect()).collect();
    let mut found = Vec::new();
    for row in 0..rows {
        for column in 0..GRID {
            let near_rows = row.saturating_sub(1)..=(row + 1).min(rows - 1);
            let near_columns = column.saturating_sub(1)..=(column + 1).min(GRID - 1);
            let highest = near_rows
                .flat_map(|r| near_columns.clone().map(move |c| (r, c)))
                .all(|(r, c)| values[r][c] <= values[row][column]);
            if highest {
                found.push((values[row][column], cell(row, column)));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(STARTS).map(|(_, cell)| cell).collect()
}

struct Negated<'a>(&'a dyn Fn(&[f64]) -> f64);

impl CostFunction for Negated<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(-(self.0)(x))
    }
}

/// The end of a Nelder-Mead search from `start`, and the value there; never below the start.
fn refine(start: &[f64], step: f64, objective: &dyn Fn(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let mut simplex = vec![start.to_vec()];
    for axis in 0..start.len() {
        let mut corner = start.to_vec();
        corner[axis] += step;
        simplex.push(corner);
    }
    let start_value = objective(start);
    let searched = NelderMead::new(simplex)
        .with_sd_tolerance(1e-16 * start_value.abs())
        .and_then(|solver| {
            Executor::new(Negated(objective), solver).configure(|state| state.max_iters(ITERATIONS)).run()
        })
        .ok()
        .and_then(|end| end.state().get_best_param().cloned());
    match searched {
        Some(end) if objective(&end) > start_value => {
            let value = objective(&end);
            (end, value)
        }
        _ => (start.to_vec(), start_value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_of_two_peaks_is_found() {
        let two = |x: &[f64]| {
            let (a, b) = (libm::log(x[0]), libm::log(x[1]));
            let low = 1.0 - (a - 1.0) * (a - 1.0) - (b - 1.0) * (b - 1.0);
            let high = 1.5 - 4.0 * (a + 1.3) * (a + 1.3) - 4.0 * (b + 0.7) * (b + 0.7);
            low.max(high)
        };
        let found = maximise(2, 0.05, 20.0, &[], two).at;
        assert!(
            (libm::log(found[0]) + 1.3).abs() < 1e-7 && (libm::log(found[1]) + 0.7).abs() < 1e-7,
            "{found:?}"
        );
        // A spike that the grid misses is found from a point beside it.
        let spike = |x: &[f64]| 2.0 - 1e4 * (libm::log(x[0]) - 5.0).abs() - (libm::log(x[1]) - 1.0).abs();
        let narrow = |x: &[f64]| two(x).max(spike(x));
        let beside = [vec![libm::exp(5.00001), libm::exp(0.9)]];
        assert!(narrow(&maximise(2, 0.05, 20.0, &beside, narrow).at) > 1.9);
        let one = maximise(1, 0.05, 20.0, &[], |x| -(x[0] - 3.0) * (x[0] - 3.0)).at;
        assert!((one[0] - 3.0).abs() < 1e-7, "{one:?}");
    }
}
