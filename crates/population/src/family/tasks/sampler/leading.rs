//! The direction of a buyer's normal scores in which her index moves most.

use model::kernel;

/// A reflection of independent normal scores y, which puts the first of them along a direction d of unit length.
///
/// ```text
/// x = y - u (u·y),   u = (e_1 - d) sqrt(2)/|e_1 - d|,   so that d·x = y_1 and x is as normal and independent as y
/// ```
/// Whoever spreads y_1 evenly spreads d·x evenly, and with it nearly all that makes buyers differ.
///
/// # References
/// J. Imai, K. S. Tan, "A general dimension reduction technique for derivative pricing", Journal of Computational Finance 10
/// (2006), whose linear transformation begins with this direction.
#[derive(Debug, Clone)]
pub(super) struct Leading {
    /// u.
    normal: Vec<f64>,
}

/// A share of the squared length below which a direction is that of the first score, whose component rounds to one.
const NOT_BESIDE: f64 = 1e-30;

impl Leading {
    /// Along these numbers, of any length; `None` where that is along the first score already, but for rounding, or nowhere.
    pub(super) fn along(pulls: &[f64]) -> Option<Self> {
        let largest = pulls.iter().fold(0.0_f64, |largest, pull| largest.max(pull.abs()));
        let pulls: Vec<f64> = pulls.iter().map(|pull| pull / largest).collect();
        let (first, rest) = pulls.split_first()?;
        let squares = |pulls: &[f64]| pulls.iter().map(|pull| pull * pull).sum::<f64>();
        let length = squares(&pulls).sqrt();
        let beside = squares(rest) / (length * length);
        // Written so that NaN is nowhere.
        if !(beside > NOT_BESIDE) {
            return None;
        }
        // Of d and -d the one nearer to e_1: 1 - d_1 = beside/(1 + d_1), and |e_1 - d|^2 = 2 (1 - d_1).
        let ahead = 1.0 + first.abs() / length;
        let scale = (ahead / beside).sqrt();
        let turned = -scale * if *first < 0.0 { -1.0 } else { 1.0 } / length;
        let rest = rest.iter().map(|pull| turned * pull);
        Some(Self { normal: std::iter::once(scale * beside / ahead).chain(rest).collect() })
    }

    /// Scores beside the first.
    pub(super) fn others(&self) -> usize {
        self.normal.len() - 1
    }

    /// No score is larger than the largest before the reflection by more than this factor.
    pub(super) fn stretch(&self) -> f64 {
        let sizes = || self.normal.iter().map(|number| number.abs());
        1.0 + sizes().fold(0.0, f64::max) * sizes().sum::<f64>()
    }

    /// Reflects the scores of many buyers, of whom each row holds one score. Before it all but the first of a buyer are multiplied by one
    /// number, which makes them as long together as `lengths` says.
    pub(super) fn reflect(&self, scores: &mut [f64], buyers: usize, lengths: &[f64]) {
        let (first, others) = scores.split_at_mut(buyers);
        let (own, normal) = self.normal.split_first().expect("there is a first score");
        let (mut along, mut stretches) = (vec![0.0; buyers], vec![0.0; buyers]);
        for (number, scores) in normal.iter().zip(others.chunks(buyers)) {
            add_multiple_and_square(*number, scores, &mut along, &mut stretches);
        }
        reach(lengths, &mut stretches);
        for ((along, stretch), score) in along.iter_mut().zip(&stretches).zip(&*first) {
            *along = stretch * *along + own * score;
        }
        add_multiple(-own, &along, first);
        for (number, scores) in normal.iter().zip(others.chunks_mut(buyers)) {
            stretch_and_add_multiple(-number, &along, &stretches, scores);
        }
    }
}

kernel! {
    fn add_multiple(factor: f64, numbers: &[f64], sums: &mut [f64]) {
        for (number, sum) in numbers.iter().zip(sums) {
            *sum += factor * number;
        }
    }
}

kernel! {
    fn add_multiple_and_square(factor: f64, numbers: &[f64], sums: &mut [f64], squares: &mut [f64]) {
        for ((number, sum), square) in numbers.iter().zip(sums).zip(squares) {
            *sum += factor * number;
            *square += number * number;
        }
    }
}

kernel! {
    /// From squared lengths to what makes them these lengths.
    fn reach(lengths: &[f64], stretches: &mut [f64]) {
        for (length, stretch) in lengths.iter().zip(stretches) {
            *stretch = length / stretch.sqrt();
        }
    }
}

kernel! {
    fn stretch_and_add_multiple(factor: f64, numbers: &[f64], stretches: &[f64], sums: &mut [f64]) {
        for ((number, stretch), sum) in numbers.iter().zip(stretches).zip(sums) {
            *sum = stretch * *sum + factor * number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns of the reflection.
    fn columns(leading: &Leading, size: usize) -> Vec<Vec<f64>> {
        // Each buyer is a column of the identity, but the first has the second score, too, and with it a length beside the first.
        let is_one = |place: usize| place.is_multiple_of(size + 1) || place == size;
        let mut scores: Vec<f64> =
            (0..size * size).map(|place| if is_one(place) { 1.0 } else { 0.0 }).collect();
        leading.reflect(&mut scores, size, &vec![1.0; size]);
        let mut columns: Vec<Vec<f64>> =
            (0..size).map(|column| scores.chunks(size).map(|row| row[column]).collect()).collect();
        let second = columns[1].clone();
        columns[0].iter_mut().zip(second).for_each(|(number, second)| *number -= second);
        columns
    }

    #[test]
    fn all_scores_but_the_first_get_their_length() {
        let leading = Leading::along(&[1.0, 2.0, -3.0]).unwrap();
        let mut scores = [0.5, 0.3, -0.4];
        leading.reflect(&mut scores, 1, &[5.0]);
        // The same reflection of what is ten times as long.
        let mut long = [0.5, 3.0, -4.0];
        leading.reflect(&mut long, 1, &[5.0]);
        assert!(scores.iter().zip(long).all(|(found, expected)| (found - expected).abs() < 1e-14));
        let square: f64 = scores.iter().map(|score| score * score).sum();
        assert!((square - 25.25).abs() < 1e-13, "{scores:?}");
    }

    #[test]
    fn the_first_score_goes_along_the_direction_and_all_stay_independent() {
        for pulls in [
            vec![0.6, 0.8],
            vec![-0.6, 0.8, 0.0],
            vec![0.0, 3.0, -4.0],
            vec![1.0, 1e-9, 2e-9],
            vec![1.0, 1e-14],
            vec![0.0, 1e-310],
            vec![1e-300, 0.0, 3e-300, 4e-300],
            vec![-1e200; 65],
            vec![f64::MAX, f64::MAX],
        ] {
            let leading = Leading::along(&pulls).unwrap();
            let columns = columns(&leading, pulls.len());
            let largest = pulls.iter().fold(0.0_f64, |largest, pull| largest.max(pull.abs()));
            let pulls: Vec<f64> = pulls.iter().map(|pull| pull / largest).collect();
            let length = pulls.iter().map(|pull| pull * pull).sum::<f64>().sqrt();
            let sign = if pulls[0] < 0.0 { -1.0 } else { 1.0 };
            for (found, pull) in columns[0].iter().zip(&pulls) {
                assert!((found - sign * pull / length).abs() < 1e-14, "{found} along {pulls:?}");
            }
            for (i, one) in columns.iter().enumerate() {
                assert!(one.iter().map(|x| x.abs()).sum::<f64>() <= leading.stretch());
                for (j, other) in columns.iter().enumerate() {
                    let product: f64 = one.iter().zip(other).map(|(x, y)| x * y).sum();
                    assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14, "{i} {j} of {pulls:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_ahead_already_or_nowhere_is_left_alone() {
        let infinite = vec![1.0, f64::INFINITY];
        let slightly = [1e-16, 1e-154, 1e-160, 5e-324].map(|beside| vec![1.0, beside]);
        let none = [vec![], vec![2.0], vec![2.0, 0.0, 0.0], vec![0.0; 3], vec![f64::NAN, 1.0], infinite];
        for pulls in none.into_iter().chain(slightly) {
            assert!(Leading::along(&pulls).is_none(), "{pulls:?}");
        }
    }
}
