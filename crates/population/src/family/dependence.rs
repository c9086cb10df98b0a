//! Dependence by normal copulas: which numbers of a buyer move together, whatever their marginal laws.

use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use crate::cholesky::Cholesky;

/// Dependence between value and scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "copula", rename_all = "kebab-case")]
pub enum PairDependence {
    /// Normal scores of value and scale are correlated.
    ///
    /// ```text
    /// w = Q_w(u),   s = Q_s(Φ(r Φ^{-1}(u) + sqrt(1-r^2) Φ^{-1}(v)))   for independent uniforms u, v
    /// ```
    Gaussian {
        /// Correlation r of the scores, -1 < r < 1.
        correlation: f64,
    },
}

/// Dependence between the values of a buyer's tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "copula", rename_all = "kebab-case")]
pub enum TaskDependence {
    /// A common factor g in the normal scores of all tasks.
    ///
    /// ```text
    /// w_i = Q_i(Φ(sqrt(ρ) g + sqrt(1-ρ) e_i))   for independent normals g, e_i
    /// ```
    OneFactor {
        /// Correlation ρ between the scores of any two tasks, 0 <= ρ < 1.
        correlation: f64,
    },
    /// Any correlation of the normal scores.
    ///
    /// ```text
    /// w_i = Q_i(Φ((L e)_i)),   L L' = the matrix
    /// ```
    Gaussian {
        /// The rows of the correlation matrix, `n_tasks` of as many numbers.
        correlation: Vec<Vec<f64>>,
    },
}

/// Largest number of tasks with a correlation matrix.
pub const MOST_CORRELATED: usize = 512;

const SHAPE: &str = "a table { copula = \"NAME\", correlation }";
const PAIR: NumberKey =
    NumberKey { name: "correlation", range: Range::Finite, meaning: "correlation of value and scale" };
const FACTOR: NumberKey =
    NumberKey { name: "correlation", range: Range::UnitBelowOne, meaning: "correlation of any two tasks" };
const MATRIX: NumberKey =
    NumberKey { name: "correlation", range: Range::Finite, meaning: "correlation matrix of the tasks" };

impl PairDependence {
    /// Reads `dependence` of a family, where it has one.
    pub(super) fn read(family: &Section) -> Result<Option<Self>, ConfigError> {
        let Some(section) = family.optional_section("dependence", SHAPE)? else { return Ok(None) };
        section.choice("copula", &["gaussian"])?;
        let read = Self::Gaussian { correlation: section.number(&PAIR)? };
        section.finish()?;
        Ok(Some(read))
    }

    pub(super) fn check(self) -> Result<(), Invalid> {
        let Self::Gaussian { correlation } = self;
        // Written so that NaN fails.
        if correlation.abs() < 1.0 {
            return Ok(());
        }
        let allowed = format!("a number between -1 and 1, both excluded ({})", PAIR.meaning);
        Err(Invalid::new(PAIR.name, correlation, allowed).within("dependence"))
    }
}

impl TaskDependence {
    /// Reads `dependence` of a family, where it has one.
    pub(super) fn read(family: &Section) -> Result<Option<Self>, ConfigError> {
        let Some(section) = family.optional_section("dependence", SHAPE)? else { return Ok(None) };
        let read = match section.choice("copula", &["one-factor", "gaussian"])? {
            "one-factor" => Self::OneFactor { correlation: section.number(&FACTOR)? },
            _ => Self::Gaussian { correlation: section.rows(&MATRIX)? },
        };
        section.finish()?;
        Ok(Some(read))
    }

    pub(super) fn check(&self, n_tasks: usize) -> Result<(), Invalid> {
        let checked = match self {
            Self::OneFactor { correlation } => FACTOR.check(*correlation).map(drop),
            Self::Gaussian { correlation } => check_matrix(correlation, n_tasks),
        };
        checked.map_err(|invalid| invalid.within("dependence"))
    }
}

/// A correlation matrix: of the right size, symmetric, with ones on the diagonal, and positive definite.
fn check_matrix(rows: &[Vec<f64>], n_tasks: usize) -> Result<(), Invalid> {
    let wrong = |found: String, allowed: String| Err(Invalid::new(MATRIX.name, found, allowed));
    if n_tasks > MOST_CORRELATED {
        return wrong(format!("a matrix for {n_tasks} tasks"), format!("at most {MOST_CORRELATED} tasks"));
    }
    if rows.len() != n_tasks || rows.iter().any(|row| row.len() != n_tasks) {
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        return wrong(
            format!("{} rows of up to {longest} numbers", rows.len()),
            format!("{n_tasks} rows of {n_tasks}"),
        );
    }
    let matrix = &rows.concat();
    for i in 0..n_tasks {
        for j in 0..=i {
            let (here, mirrored) = (matrix[i * n_tasks + j], matrix[j * n_tasks + i]);
            let good = if i == j { here == 1.0 } else { here == mirrored && here.abs() < 1.0 };
            if !good {
                let allowed =
                    "ones on the diagonal, elsewhere the same number between -1 and 1 in both halves";
                return wrong(
                    format!("{here} in row {i}, column {j} and {mirrored} mirrored"),
                    allowed.into(),
                );
            }
        }
    }
    match Cholesky::new(matrix, n_tasks) {
        Ok(_) => Ok(()),
        Err((row, pivot)) => wrong(
            format!("a matrix that is not positive definite: the pivot of row {row} is {pivot:e}"),
            "correlations that can hold together; smaller ones do".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_lie_inside_their_ranges() {
        let pair = |correlation| PairDependence::Gaussian { correlation }.check();
        assert!(pair(-0.99).is_ok() && pair(0.0).is_ok());
        for bad in [1.0, -1.0, 3.0, f64::NAN] {
            assert_eq!(pair(bad).unwrap_err().key, "dependence.correlation");
        }
        let factor = |correlation| TaskDependence::OneFactor { correlation }.check(5);
        assert!(factor(0.0).is_ok() && factor(0.999).is_ok());
        assert!(factor(-0.1).is_err() && factor(1.0).is_err());
    }

    #[test]
    fn matrices_are_symmetric_with_ones_and_positive_definite() {
        let found = |matrix: &[f64], n_tasks: usize| {
            let correlation = matrix.chunks(n_tasks).map(<[f64]>::to_vec).collect();
            TaskDependence::Gaussian { correlation }.check(n_tasks).unwrap_err().found
        };
        assert!(
            TaskDependence::Gaussian { correlation: vec![vec![1.0, 0.5], vec![0.5, 1.0]] }.check(2).is_ok()
        );
        assert_eq!(found(&[1.0, 0.5, 0.5], 2), "2 rows of up to 2 numbers");
        assert_eq!(found(&[1.0, 0.5, 0.4, 1.0], 2), "0.4 in row 1, column 0 and 0.5 mirrored");
        assert!(found(&[1.0, 0.5, 0.5, 2.0], 2).starts_with("2 in row 1, column 1"));
        assert!(found(&[1.0, 1.5, 1.5, 1.0], 2).starts_with("1.5"));
        let impossible = [1.0, 0.9, 0.9, 0.9, 1.0, -0.9, 0.9, -0.9, 1.0];
        assert!(found(&impossible, 3).contains("pivot of row 2 is -"), "{}", found(&impossible, 3));
        assert_eq!(found(&[], 600), "a matrix for 600 tasks");
    }
}
