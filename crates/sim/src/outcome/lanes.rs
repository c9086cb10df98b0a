//! Sums over columns in a fixed number of lanes, so that the order of additions never depends on the machine.

use std::hint::black_box;

/// Lanes of a sum.
pub(super) const LANES: usize = 8;
/// Two lines of lanes are added to each other before they join the sum: it waits for itself half as often.
const TWO_LINES: usize = 2 * LANES;

/// The sum over buyers of what `of_each` makes of each one's numbers in some columns, the first of which says how many there are.
///
/// Two lines at a time, then one that is left; what is less than a line is added one by one, and comes last.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub(super) fn sum_of_each<const COLUMNS: usize>(
    columns: [&[f64]; COLUMNS],
    of_each: impl Fn([f64; COLUMNS]) -> f64,
) -> f64 {
    let buyers = columns[0].len();
    let columns = columns.map(|column| column[..buyers].as_chunks::<TWO_LINES>());
    let mut lanes = [0.0; LANES];
    for two in 0..columns[0].0.len() {
        let two = columns.map(|column| &column.0[two]);
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += of_each(two.map(|two| two[lane])) + of_each(two.map(|two| two[lane + LANES]));
        }
    }
    let columns = columns.map(|column| column.1.as_chunks::<LANES>());
    for line in 0..columns[0].0.len() {
        let line = columns.map(|column| &column.0[line]);
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += of_each(line.map(|line| line[lane]));
        }
    }
    let mut rest = 0.0;
    for buyer in 0..columns[0].1.len() {
        rest += of_each(columns.map(|column| column.1[buyer]));
    }
    // Lanes that are looked at together are a vector, whatever stands around the sum; else compilers make numbers of them at
    // times, which takes several times as long.
    let lanes = black_box(lanes);
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7])) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, whose sums are exact, in every number of lines and what is left of one.
    #[test]
    fn everybody_is_counted_once() {
        for buyers in 0..70_u32 {
            let first: Vec<f64> = (0..buyers).map(f64::from).collect();
            let second: Vec<f64> = (0..buyers + 3).map(|buyer| f64::from(buyer * buyer)).collect();
            let expected: u32 = (0..buyers).map(|buyer| 3 * buyer + buyer * buyer).sum();
            let found = sum_of_each([&first, &second], |[first, second]| 3.0 * first + second);
            assert_eq!(found, f64::from(expected), "{buyers}");
        }
    }
}
