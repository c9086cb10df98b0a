//! A law as weighted points: the quantile grid menus are posted on.

use model::belief::{Law, Points};

use model::quadrature::{gauss3, unit_integral};

/// Cells into which the upper tail beyond the last equal cell is cut.
const TAIL_CELLS: u32 = 64;

/// Mass above the last edge of the tail: no more of a heavy tail than this rests on one node.
const LAST_MASS: f64 = 1e-12;

/// A cell whose ends differ by more than this factor is averaged over levels instead of values.
const NARROW: f64 = 1.05;

/// Change at which the mean of a cell counts as found: the error left is about its square.
const MEAN_TOLERANCE: f64 = 1e-7;

/// Levels below this are beyond any draw; quantiles there are extended as powers.
const SMALLEST_LEVEL: f64 = 1e-290;

/// A law as about `points` weighted points (64 more at most, and one for each jump of its density).
///
/// Edges stand at (nearly) the quantiles of survival 1 - i/points down to 1/points, then of survivals that fall geometrically
/// to 1e-12; beyond lies one last cell. Where the density jumps stands an edge, too. Between edges x_k and x_{k+1}
/// ```text
/// mass_k = S(x_k) - S(x_{k+1}),   node_k = x_k + ∫ (S(x) - S(x_{k+1})) dx / mass_k,
/// ```
/// so that masses are exact and nodes are conditional means: the mean is kept, and that of any convex function approached
/// from below. Without the refined tail a Pareto law loses a fifth of its profit. The last cell of a law without a mean
/// stands at its edge.
pub fn points_of(law: &dyn Law, points: usize) -> Points {
    let edges = edges(law, points.max(1));
    let mut weighted = Vec::with_capacity(edges.len());
    for (position, ends) in edges.windows(2).enumerate() {
        let (low, high) = ((ends[0].0, ends[0].1), (ends[1].0, ends[1].1));
        // In the outermost cells the density may be infinite.
        let outermost = position == 0 || position + 2 == edges.len();
        let mass = low.1 - high.1;
        let node = if !high.0.is_finite() {
            tail_mean(law, low)
        } else if outermost || high.0 > NARROW * low.0 {
            mean_over_levels(law, low, high)
        } else {
            low.0 + gauss3(low.0, high.0, |x| law.survival(x) - high.1) / mass
        };
        if mass > 0.0 {
            weighted.push((node.clamp(low.0, high.0), mass));
        }
    }
    Points::new(weighted)
}

/// Edges with the survival there, values strictly increasing.
fn edges(law: &dyn Law, points: usize) -> Vec<(f64, f64)> {
    let (bottom, top) = law.support();
    let share = 1.0 / points as f64;
    let factor = libm::exp(libm::log(LAST_MASS / share) / f64::from(TAIL_CELLS));
    let tail = (1..=TAIL_CELLS).scan(share, |level, _| {
        *level *= factor;
        Some(law.upper_quantile(*level))
    });
    let mut values: Vec<f64> =
        bulk_quantiles(law, points).into_iter().chain(tail).chain(law.jumps()).collect();
    values.sort_by(f64::total_cmp);
    let mut edges = vec![(bottom, 1.0)];
    for x in values {
        if x > edges[edges.len() - 1].0 && x < top {
            edges.push((x, law.survival(x)));
        }
    }
    edges.push((top, 0.0));
    edges
}

/// Quantiles at survival 1 - i/points for i = 1 ... points - 1.
///
/// In the middle only every sixteenth is computed and the others are interpolated: quantiles may be slow, and masses
/// are exact at whatever edges are used.
fn bulk_quantiles(law: &dyn Law, points: usize) -> Vec<f64> {
    const STRIDE: usize = 16;
    const EXACT_AT_THE_ENDS: usize = 512;
    let share = 1.0 / points as f64;
    let quantile = |i: usize| law.upper_quantile((points - i) as f64 * share);
    let mut quantiles = Vec::with_capacity(points);
    let mut i = 1;
    while i < points {
        let x = quantile(i);
        quantiles.push(x);
        if i >= EXACT_AT_THE_ENDS && i + STRIDE + EXACT_AT_THE_ENDS <= points {
            let step = (quantile(i + STRIDE) - x) / STRIDE as f64;
            quantiles.extend((1..STRIDE).map(|k| x + step * k as f64));
            i += STRIDE;
        } else {
            i += 1;
        }
    }
    quantiles
}

/// The conditional mean of a bounded cell as ∫ x(u) du over its levels.
fn mean_over_levels(law: &dyn Law, low: (f64, f64), high: (f64, f64)) -> f64 {
    let mass = low.1 - high.1;
    let [mean] = unit_integral(MEAN_TOLERANCE, |below, above| {
        // From the nearer end, so that levels close to it are exact.
        let level = if below < above { high.1 + mass * below } else { low.1 - mass * above };
        [law.upper_quantile(level).clamp(low.0, high.0)]
    });
    mean
}

/// The mean above the last edge.
///
/// With tail index a the quantile grows like u^{-1/a}. Substituting u = p y^{a/(a-1)} leaves a slowly varying function:
/// ```text
/// E[x | x > x_p] = (1/p) ∫_0^p x(u) du = a/(a-1) ∫_0^1 x(u) (u/p)^{1/a} dy
/// ```
fn tail_mean(law: &dyn Law, (edge, mass): (f64, f64)) -> f64 {
    let inverse_index = 1.0 / law.tail_index();
    if inverse_index >= 1.0 || mass <= 0.0 {
        return edge;
    }
    let stretch = 1.0 / (1.0 - inverse_index);
    let [mean] = unit_integral(MEAN_TOLERANCE, |y, _| {
        let level = (mass * libm::pow(y, stretch)).max(SMALLEST_LEVEL);
        [law.upper_quantile(level) * libm::pow(level / mass, inverse_index)]
    });
    if mean.is_finite() { stretch * mean } else { edge }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Beta, Distribution, Gamma, Lognormal, Pareto, Uniform};
    use crate::product::{NumberLaw, value_scale_law};
    use crate::testing;

    fn check_shape(points: &Points, wanted: usize) {
        assert!(points.nodes().windows(2).all(|pair| pair[0] < pair[1]), "nodes increase");
        assert!((points.masses().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(points.len() <= wanted + 65 && points.len() + 1 >= wanted, "{} for {wanted}", points.len());
    }

    #[test]
    fn points_keep_the_mean() {
        for (distribution, _) in testing::examples() {
            let Some(law) = distribution.law() else { continue };
            for wanted in [100, 2_000] {
                let points = points_of(&*law, wanted);
                check_shape(&points, wanted);
                let error = points.mean_of(|x| x) / distribution.mean() - 1.0;
                // Narrow cells of a hundred are too wide for three nodes to reach nine digits.
                let allowed = if wanted < 1_000 { 1e-6 } else { 1e-9 };
                assert!(error.abs() < allowed, "{distribution:?}: {error:e} with {wanted} points");
            }
        }
    }

    /// E[θ] = E[w] E[s^{1-σ}] for independent value and scale, in closed form for a beta scale.
    #[test]
    fn points_of_products_keep_the_mean() {
        let beta = |alpha, beta| Distribution::Beta(Beta { alpha, beta, low: 0.0, high: 1.0 });
        let uniform = Distribution::Uniform(Uniform { low: 0.0, high: 1.0 });
        let lognormal = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
        let arcsine = beta(0.5, 0.5);
        for (value, scale, a, b) in [
            (uniform.clone(), uniform.clone(), 1.0, 1.0),
            (lognormal.clone(), uniform, 1.0, 1.0),
            (lognormal, beta(2.0, 3.0), 2.0, 3.0),
            (beta(2.0, 3.0), beta(3.0, 2.0), 3.0, 2.0),
            (arcsine.clone(), arcsine, 0.5, 0.5),
            (Distribution::Gamma(Gamma { shape: 0.3, scale: 1.0 }), beta(2.0, 2.0), 2.0, 2.0),
            (Distribution::Uniform(Uniform { low: 1.0, high: 2.0 }), beta(300.0, 100.0), 300.0, 100.0),
        ] {
            let NumberLaw::Continuous(law) = value_scale_law(&value, &scale, 0.5) else { panic!("a point") };
            let points = points_of(&*law, 5_000);
            let log_beta = |a: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
            let expected = value.mean() * libm::exp(log_beta(a + 0.5) - log_beta(a));
            let error = points.mean_of(|x| x) / expected - 1.0;
            assert!(error.abs() < 1e-9, "{value:?} {scale:?}: {error:e}");
        }
    }

    /// An edge stands wherever the density jumps, so that every cell is smooth inside.
    #[test]
    fn points_of_laws_with_jumps_and_gaps_keep_the_mean() {
        let uniform = |low, high| Distribution::Uniform(Uniform { low, high });
        let pareto = Distribution::Pareto(Pareto { scale: 2.5, shape: 3.0 });
        for law in [
            testing::mixture(&[(0.3, uniform(0.0, 1.0)), (0.7, uniform(2.0, 4.0))]),
            testing::mixture(&[(0.5, uniform(0.0, 3.0)), (0.5, pareto.clone())]),
            testing::truncated(testing::mixture(&[(0.5, uniform(1.0, 2.0)), (0.5, pareto)]), None, Some(9.0)),
        ] {
            let jumping = law.law().unwrap();
            let points = points_of(&*jumping, 2_000);
            check_shape(&points, 2_000 + jumping.jumps().len());
            let error = points.mean_of(|x| x) / law.mean() - 1.0;
            assert!(error.abs() < 1e-9, "{law:?}: {error:e}");
        }
    }

    #[test]
    fn one_point_is_mostly_tail_and_still_a_law() {
        for (distribution, _) in testing::examples() {
            let Some(law) = distribution.law() else { continue };
            let points = points_of(&*law, 1);
            assert!((points.mean_of(|x| x) / distribution.mean() - 1.0).abs() < 1e-3, "{distribution:?}");
        }
    }

    /// E[x^2] = a/(a-2): equal masses without refinement lose the tail beyond 1/points.
    #[test]
    fn a_pareto_tail_is_refined() {
        let law = Pareto { scale: 1.0, shape: 2.5 };
        let points = points_of(&law, 10_000);
        check_shape(&points, 10_000);
        let last = points.len() - 1;
        assert!(points.masses()[last] <= 1.001e-12);
        assert!((points.nodes()[last] / law.upper_quantile(points.masses()[last]) - 2.5 / 1.5).abs() < 1e-9);
        assert!((points.mean_of(|x| x * x) / 5.0 - 1.0).abs() < 0.01);
        assert!((points.mean_of(|x| x) * 1.5 / 2.5 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_law_without_mean_gets_finite_points() {
        let law = Distribution::Pareto(Pareto { scale: 1.0, shape: 0.5 }).law().unwrap();
        let points = points_of(&*law, 1_000);
        check_shape(&points, 1_000);
        assert!(points.nodes().iter().all(|node| node.is_finite()));
    }
}
