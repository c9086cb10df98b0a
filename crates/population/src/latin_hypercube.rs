//! Points of an experiment's design: combinations of parameters that fill a cube with few of them.

use crate::scrambling::Use;
use crate::sobol;
use crate::stream::{Key, Purpose, uniform};

/// `n` points in the open unit cube, one in each n-th of every axis, otherwise at random.
///
/// ```text
/// x_{i,d} = (rank_d(i) + u_{i,d}) / n,   rank_d a uniform permutation of 0, ..., n - 1
/// ```
/// Another `n` gives other points.
///
/// # References
/// M. McKay, R. Beckman, W. Conover, "A Comparison of Three Methods for Selecting Values of Input Variables in the
/// Analysis of Output from a Computer Code", Technometrics 21 (1979).
pub fn latin_hypercube(seed: u64, n: u32, dimensions: u32) -> Vec<Vec<f64>> {
    let key = Key { seed, replicate: 0 };
    let draw = |point: u32, number: u32| uniform(key, Purpose::DesignPoint, u64::from(point), number);
    let mut points = vec![Vec::with_capacity(dimensions as usize); n as usize];
    for dimension in 0..dimensions {
        let mut order: Vec<u32> = (0..n).collect();
        // Equal draws, one pair in 2^53, keep their order.
        order.sort_by(|a, b| draw(*a, 2 * dimension).total_cmp(&draw(*b, 2 * dimension)));
        for (rank, point) in order.into_iter().enumerate() {
            let inside = draw(point, 2 * dimension + 1);
            points[point as usize].push(((rank as f64 + inside) / f64::from(n)).min(1.0 - f64::EPSILON));
        }
    }
    points
}

/// The first `n` scrambled Sobol points: a larger `n` only adds points.
pub fn sobol_points(seed: u64, n: u32, dimensions: u32) -> Vec<Vec<f64>> {
    let key = Key { seed, replicate: 0 };
    let point =
        |index| (0..dimensions).map(|d| sobol::level_for(Use::DesignPoint, key, d, index).below()).collect();
    (0..n).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of each n-th that holds exactly one point, on every axis: all of them, by construction.
    fn is_latin(points: &[Vec<f64>], dimension: usize) -> bool {
        let n = points.len();
        let mut strata: Vec<usize> =
            points.iter().map(|point| (point[dimension] * n as f64) as usize).collect();
        strata.sort_unstable();
        strata == (0..n).collect::<Vec<_>>()
    }

    #[test]
    fn every_stratum_of_every_axis_holds_one_point() {
        let points = latin_hypercube(7, 100, 5);
        assert!((0..5).all(|dimension| is_latin(&points, dimension)));
        assert_ne!(points, latin_hypercube(8, 100, 5));
        let sobol = sobol_points(7, 128, 5);
        assert!((0..5).all(|dimension| is_latin(&sobol, dimension)));
        assert_eq!(sobol[..50], sobol_points(7, 50, 5));
    }

    /// Axes are independent: 2000 points have a correlation of 0 ± 1/√2000, here within four of those.
    #[test]
    fn axes_are_not_correlated() {
        let points = latin_hypercube(7, 2000, 2);
        let product: f64 = points.iter().map(|point| (point[0] - 0.5) * (point[1] - 0.5)).sum();
        let correlation = product / 2000.0 * 12.0;
        assert!(correlation.abs() < 4.0 / 2000.0_f64.sqrt(), "{correlation}");
    }
}
