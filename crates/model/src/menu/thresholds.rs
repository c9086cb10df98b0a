//! Ascending numbers in which a place is found at once.

use std::ops::Range;

use crate::kernel;

/// Strictly ascending numbers with a table of where to look: a place is found in O(1) steps, whatever their number.
///
/// The bits of a positive number, read as an integer, ascend with it and do so like its logarithm. They are cut into
/// about two cells for each number, and the table says how many numbers lie in the cells before; only those of one cell
/// are left to compare.
#[derive(Debug, Clone)]
pub struct Thresholds {
    /// The numbers, and [`NEAR`] that are reached by none.
    padded: Vec<f64>,
    cells: Cells,
    /// How many numbers lie before each cell, and the number of all.
    before: Vec<u32>,
}

/// Where the cells are.
#[derive(Debug, Clone, Copy)]
struct Cells {
    first: u64,
    shift: u32,
    last: u64,
}

impl Cells {
    /// The cell of a number.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    fn of(self, number: f64) -> u32 {
        let cell = (ascending_bits(number).max(self.first) - self.first) >> self.shift;
        cell.min(self.last) as u32
    }
}

/// Numbers of a cell that are compared all at once.
const NEAR: usize = 4;

/// Bits that ascend with the number; all that is not positive has those of zero.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn ascending_bits(number: f64) -> u64 {
    if number > 0.0 { number.to_bits() } else { 0 }
}

impl Thresholds {
    /// From ascending numbers.
    pub fn new(numbers: Vec<f64>) -> Self {
        // What is not positive lies in the first cell, with the first number that is.
        let first = numbers.iter().find(|number| **number > 0.0).map_or(0, |first| ascending_bits(*first));
        let span = numbers.last().map_or(0, |last| ascending_bits(*last).saturating_sub(first));
        let cells = (2 * numbers.len() as u64).next_power_of_two();
        let shift = (span.checked_ilog2().map_or(0, |log| log + 1)).saturating_sub(cells.ilog2());
        let padded = [&numbers[..], &[f64::NAN; NEAR]].concat();
        let cells = Cells { first, shift, last: span >> shift };
        let mut before = vec![0; cells.last as usize + 2];
        for (position, number) in (1..).zip(numbers) {
            before[cells.of(number) as usize + 1] = position;
        }
        // An empty cell has before it what the cell before it has.
        for cell in 1..before.len() {
            before[cell] = before[cell].max(before[cell - 1]);
        }
        Self { padded, cells, before }
    }

    /// The numbers.
    #[inline]
    pub fn as_slice(&self) -> &[f64] {
        &self.padded[..self.padded.len() - NEAR]
    }

    /// How many are at most `number`.
    #[inline]
    pub fn reached_by(&self, number: f64) -> usize {
        self.count(number, |threshold| threshold <= number)
    }

    /// How many are less than `number`.
    #[inline]
    pub fn below(&self, number: f64) -> usize {
        self.count(number, |threshold| threshold < number)
    }

    /// [`Thresholds::reached_by`] of each of many numbers.
    pub fn reached_by_each(&self, numbers: &[f64], counts: &mut [u32]) {
        self.count_each(numbers, counts, |threshold, number| threshold <= number);
    }

    /// [`Thresholds::below`] of each of many numbers.
    pub fn below_each(&self, numbers: &[f64], counts: &mut [u32]) {
        self.count_each(numbers, counts, |threshold, number| threshold < number);
    }

    /// Neighbours that reach as many, run after run: where they stand, and how many they reach.
    pub fn runs<'a>(&'a self, numbers: &'a [f64]) -> impl Iterator<Item = (Range<usize>, usize)> + 'a {
        let mut first = 0;
        std::iter::from_fn(move || {
            let reached = self.reached_by(*numbers.get(first)?);
            let from = if reached > 0 { self.padded[reached - 1] } else { f64::NEG_INFINITY };
            let to = self.padded[reached];
            let is_beyond = |number: &f64| !(*number >= from) || *number >= to;
            let length = numbers[first + 1..].iter().position(is_beyond);
            let end = length.map_or(numbers.len(), |length| first + 1 + length);
            Some((std::mem::replace(&mut first, end)..end, reached))
        })
    }

    /// Whether it pays to go through the [`Thresholds::runs`] of numbers that about ascend, and not one by one.
    pub fn have_long_runs(&self, numbers: &[f64]) -> bool {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return true };
        16 * (self.reached_by(*first).abs_diff(self.reached_by(*last)) + 1) <= numbers.len()
    }

    /// First the cells of all, then where to look, then what is there: loads from a long table that do not wait for each other.
    #[inline]
    fn count_each(&self, numbers: &[f64], counts: &mut [u32], is_so: impl Fn(f64, f64) -> bool) {
        cells_of(self.cells, numbers, counts);
        let mut crowded = Vec::new();
        for (row, count) in counts.iter_mut().enumerate() {
            let cell = *count as usize;
            let next = self.before[cell + 1];
            *count = self.before[cell];
            if next - *count > NEAR as u32 {
                crowded.push(row);
            }
        }
        for (number, count) in numbers.iter().zip(&mut *counts) {
            let near = &self.padded[*count as usize..][..NEAR];
            *count += near.iter().map(|threshold| u32::from(is_so(*threshold, *number))).sum::<u32>();
        }
        for row in crowded {
            counts[row] = self.count(numbers[row], |threshold| is_so(threshold, numbers[row])) as u32;
        }
    }

    /// How many come first that are so; those of cells before the number's are, those of cells after it are not.
    ///
    /// Without a branch where a cell holds no more than [`NEAR`]: which of them are so nobody can foresee.
    #[inline]
    fn count(&self, number: f64, is_so: impl Fn(f64) -> bool) -> usize {
        let cell = self.cells.of(number) as usize;
        let (from, to) = (self.before[cell] as usize, self.before[cell + 1] as usize);
        if to - from > NEAR {
            return from + self.padded[from..to].partition_point(|threshold| is_so(*threshold));
        }
        let near = &self.padded[from..from + NEAR];
        from + near.iter().map(|threshold| usize::from(is_so(*threshold))).sum::<usize>()
    }
}

kernel! {
    /// The cell of each of many numbers.
    fn cells_of(cells: Cells, numbers: &[f64], cell_of_each: &mut [u32]) {
        for (number, cell) in numbers.iter().zip(cell_of_each) {
            *cell = cells.of(*number);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(numbers: &[f64], probe: f64) {
        let expected = numbers.partition_point(|number| *number <= probe);
        let thresholds = Thresholds::new(numbers.to_vec());
        assert_eq!(thresholds.reached_by(probe), expected, "{probe:e} in {numbers:?}");
        let expected = numbers.partition_point(|number| *number < probe);
        assert_eq!(thresholds.below(probe), expected, "{probe:e} in {numbers:?}");
        // Beside numbers that are elsewhere.
        let (probes, mut counts) = ([0.7, probe, 1e300, probe], [0; 4]);
        thresholds.reached_by_each(&probes, &mut counts);
        assert_eq!(counts.map(|count| count as usize), probes.map(|probe| thresholds.reached_by(probe)));
        let runs: Vec<usize> =
            thresholds.runs(&probes).flat_map(|(rows, reached)| rows.map(move |_| reached)).collect();
        assert_eq!(runs, probes.map(|probe| thresholds.reached_by(probe)));
        thresholds.below_each(&probes, &mut counts);
        assert_eq!(counts.map(|count| count as usize), probes.map(|probe| thresholds.below(probe)));
    }

    #[test]
    fn ends_and_numbers_that_are_none() {
        for numbers in [
            vec![],
            vec![0.0],
            vec![0.0, 5e-324, 1.0],
            vec![-1.0, 0.0, 1e300],
            vec![2.0],
            vec![1.0, f64::INFINITY],
            vec![0.0, 1.0, 1.5, 2.0, 2.5, 3.0],
            vec![-2.0, -1.0],
        ] {
            for probe in [f64::NEG_INFINITY, 0.0, 5e-324, 1.0, 2.0, 3.0, 1e300, f64::INFINITY, f64::NAN] {
                check(&numbers, probe);
            }
        }
    }

    proptest! {
        /// Even, clustered and far apart: powers of what is drawn.
        #[test]
        fn the_place_is_that_of_a_search(
            drawn in prop::collection::vec(0.0..1.0_f64, 0..200),
            power in -30.0..30.0_f64,
        ) {
            let mut numbers: Vec<f64> = drawn.iter().map(|number| libm::pow(*number, power)).collect();
            numbers.sort_by(f64::total_cmp);
            numbers.dedup();
            for number in &numbers {
                check(&numbers, *number);
                check(&numbers, number * (1.0 - 1e-16));
                check(&numbers, number * 1.1);
            }
        }
    }
}
