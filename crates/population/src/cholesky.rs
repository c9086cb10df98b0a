//! The Cholesky factor of a correlation matrix.

/// Pivots below this are rounding: the matrix is not positive definite in numbers of 53 bits.
const SMALLEST_PIVOT: f64 = 1e-12;

/// A lower triangular L with L L' = the correlation matrix, row by row: row i holds i + 1 numbers.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Factors a symmetric matrix given row by row, of which only the lower triangle is read.
    ///
    /// # Errors
    /// The position of the first pivot that is not positive, and the pivot.
    pub(crate) fn new(matrix: &[f64], size: usize) -> Result<Self, (usize, f64)> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(size);
        for i in 0..size {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, above) in rows.iter().enumerate() {
                row.push((matrix[i * size + j] - dot(&row, &above[..j])) / above[j]);
            }
            let pivot = matrix[i * size + i] - dot(&row, &row);
            if !(pivot > SMALLEST_PIVOT) {
                return Err((i, pivot));
            }
            row.push(pivot.sqrt());
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// L' x.
    pub(crate) fn transposed_times(&self, x: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.rows.len()];
        for (row, x) in self.rows.iter().zip(x) {
            for (factor, sum) in row.iter().zip(&mut sums) {
                *sum += factor * x;
            }
        }
        sums
    }

    /// Replaces independent normals by correlated ones, L times them, for many buyers: row i holds normal i of each.
    pub(crate) fn correlate(&self, normals: &mut [f64], buyers: usize) {
        let mut sums = vec![0.0; buyers];
        // From the last row up: each needs only normals that are not yet replaced.
        for (i, row) in self.rows.iter().enumerate().rev() {
            sums.fill(0.0);
            for (factor, normals) in row.iter().zip(normals.chunks(buyers)) {
                for (sum, normal) in sums.iter_mut().zip(normals) {
                    *sum += factor * normal;
                }
            }
            normals[i * buyers..][..buyers].copy_from_slice(&sums);
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_of_a_small_matrix_is_known() {
        let factor = Cholesky::new(&[1.0, 0.6, 0.0, 0.6, 1.0, 0.8, 0.0, 0.8, 1.0 + 1e-3], 3).unwrap();
        assert_eq!(factor.rows[1], [0.6, 0.8]);
        // (0.6, 0.8) and (0, 1, 0.0316...): 0.6^2 + 0.8^2 = 1 and 0.8 / 0.8 = 1.
        assert!(
            (factor.rows[2][1] - 1.0).abs() < 1e-15 && (factor.rows[2][2] - 1e-3_f64.sqrt()).abs() < 1e-12
        );
        let back = factor.transposed_times(&[1.0, 2.0, 3.0]);
        let expected = [1.0 + 2.0 * 0.6, 2.0 * 0.8 + 3.0, 3.0 * 1e-3_f64.sqrt()];
        assert!(
            back.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-11),
            "{back:?}"
        );
        let mut normals = [1.0, 2.0, 0.0];
        factor.correlate(&mut normals, 1);
        assert!((normals[1] - 2.2).abs() < 1e-15 && (normals[2] - 2.0).abs() < 1e-14, "{normals:?}");
    }

    #[test]
    fn impossible_correlations_fail_at_their_pivot() {
        // Two numbers close to a third, and opposite to each other.
        let impossible = [1.0, 0.9, 0.9, 0.9, 1.0, -0.9, 0.9, -0.9, 1.0];
        assert!(matches!(Cholesky::new(&impossible, 3), Err((2, pivot)) if pivot < 0.0));
        assert!(matches!(Cholesky::new(&[1.0, 1.0, 1.0, 1.0], 2), Err((1, 0.0))));
    }
}
