//! Who takes which of several straight lines: the upper envelope.

/// The lines that anybody prefers to all others and to nothing, with the smallest x >= 0 that takes each, ascending.
///
/// ```text
/// worth of line k to x = slope_k x - fee_k,   of nothing: 0
/// ```
/// Lines are (slope, fee) with slopes >= 0. Ties go to the steeper line, of two equal ones to the first.
pub(super) fn upper_envelope(lines: &[(f64, f64)]) -> Vec<(usize, f64)> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| lines[*a].0.total_cmp(&lines[*b].0).then(lines[*a].1.total_cmp(&lines[*b].1)));
    let mut taken: Vec<(usize, f64)> = Vec::new();
    for line in order {
        let (slope, fee) = lines[line];
        let threshold = loop {
            let (below, from) = taken.last().map_or(((0.0, 0.0), 0.0), |(line, from)| (lines[*line], *from));
            if slope <= below.0 {
                // As steep as the best so far, and not cheaper: never better. Cheaper: better everywhere.
                if fee >= below.1 {
                    break None;
                }
            } else {
                let threshold = (fee - below.1) / (slope - below.0);
                if threshold > from || taken.is_empty() {
                    break Some(threshold.max(0.0));
                }
            }
            if taken.pop().is_none() {
                break Some(0.0);
            }
        };
        taken.extend(threshold.map(|threshold| (line, threshold)));
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_below_the_others_is_left_out() {
        let lines = [(3.0, 6.0), (1.0, 1.0), (2.0, 4.0), (2.0, 3.6), (1.0, 1.0)];
        assert_eq!(upper_envelope(&lines), [(1, 1.0), (0, 2.5)]);
        assert_eq!(upper_envelope(&[(0.0, 1.0)]), []);
        // A gift is taken by everybody.
        assert_eq!(upper_envelope(&[(0.0, -1.0), (1.0, 1.0)]), [(0, 0.0), (1, 2.0)]);
    }

    proptest! {
        /// Against trying every line at every x.
        #[test]
        fn nobody_does_better(lines in prop::collection::vec((0.0f64..4.0, -1.0f64..5.0), 0..9), x in 0.0f64..6.0) {
            let envelope = upper_envelope(&lines);
            let worth = |line: usize| lines[line].0 * x - lines[line].1;
            let taken = envelope.iter().rev().find(|(_, from)| *from <= x).map_or(0.0, |(line, _)| worth(*line));
            let best = (0..lines.len()).map(worth).fold(0.0, f64::max);
            prop_assert!((taken - best).abs() < 1e-12 * (1.0 + best), "{} instead of {}", taken, best);
            prop_assert!(envelope.windows(2).all(|pair| pair[0].1 < pair[1].1));
        }
    }
}
