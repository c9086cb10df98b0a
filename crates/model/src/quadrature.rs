//! Tanh-sinh (double exponential) quadrature: exact to rounding for functions smooth inside an interval, whatever their
//! algebraic singularities at its ends.
//!
//! # References
//! H. Takahasi and M. Mori, "Double Exponential Formulas for Numerical Integration", Publ. RIMS 9 (1974).

use std::sync::OnceLock;

/// A node of the tanh-sinh rule: its distances from 0 and from 1, and its weight before the step.
#[derive(Debug, Clone, Copy)]
struct Node {
    from_zero: f64,
    to_one: f64,
    weight: f64,
}

/// Largest |t|: the outermost nodes lie 1e-290 from the ends, for heavy tails.
const REACH: f64 = 6.06;
const COARSEST_STEP: f64 = 0.25;
const LEVELS: u32 = 5;
/// Nearer to an end than this a node weighs less than the rounding of the sum.
const NEGLIGIBLE: f64 = 1e-17;

/// Nodes of every level: the first whole, each further one only those halfway between the nodes before it.
fn levels() -> &'static [Vec<Node>] {
    static LEVELS_OF_NODES: OnceLock<Vec<Vec<Node>>> = OnceLock::new();
    LEVELS_OF_NODES.get_or_init(|| {
        let nodes = |level: u32| {
            let step = COARSEST_STEP / f64::from(1_u32 << level);
            let last = (REACH / step) as i32;
            (-last..=last)
                .filter(|k| level == 0 || k % 2 != 0)
                .map(|k| node(f64::from(k) * step))
                .collect::<Vec<_>>()
        };
        (0..LEVELS).map(nodes).collect()
    })
}

/// x = 1/(1 + exp(-π sinh t)), dx/dt = π cosh t x (1-x).
fn node(t: f64) -> Node {
    let exponent = std::f64::consts::PI * libm::sinh(t);
    let (from_zero, to_one) = (1.0 / (1.0 + libm::exp(-exponent)), 1.0 / (1.0 + libm::exp(exponent)));
    Node { from_zero, to_one, weight: std::f64::consts::PI * libm::cosh(t) * from_zero * to_one }
}

/// ∫_0^1 g, for several g at once; g gets the distances from 0 and from 1, each accurate when small.
///
/// Steps are halved until an estimate changes by less than `tolerance` of itself: each halving about doubles the digits, so
/// that the error left is far smaller. At the ends, where weights vanish, values that are not finite count as zero.
pub fn unit_integral<const N: usize>(tolerance: f64, g: impl Fn(f64, f64) -> [f64; N]) -> [f64; N] {
    let mut sums = [0.0; N];
    let mut estimate = [f64::NAN; N];
    let mut step = COARSEST_STEP;
    for nodes in levels() {
        for node in nodes {
            let values = g(node.from_zero, node.to_one);
            let at_an_end = node.from_zero.min(node.to_one) < NEGLIGIBLE;
            for (sum, value) in sums.iter_mut().zip(values) {
                if value.is_finite() || !at_an_end {
                    *sum += node.weight * value;
                }
            }
        }
        let finer = sums.map(|sum| sum * step);
        let close = |(new, old): (&f64, &f64)| (new - old).abs() <= tolerance * new.abs();
        if finer.iter().zip(&estimate).all(close) {
            return finer;
        }
        estimate = finer;
        step *= 0.5;
    }
    estimate
}

/// ∫_low^high g(x) dx for several g at once; the ends themselves are never evaluated.
///
/// A singularity at `low = 0` is resolved down to 1e-290 times the length. Where `high` is not above `low` it is zero.
pub fn integrate<const N: usize>(low: f64, high: f64, g: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    /// Estimates that agree to eight digits are followed by one that is right to rounding.
    const TOLERANCE: f64 = 1e-8;
    let length = high - low;
    if !(length > 0.0) {
        return [0.0; N];
    }
    let integral = unit_integral(TOLERANCE, |from_low, to_high| {
        // From the nearer end, so that points close to it are exact; those that round onto it weigh nothing.
        let x = if from_low < to_high { low + from_low * length } else { high - to_high * length };
        if x > low && x < high { g(x) } else { [0.0; N] }
    });
    integral.map(|value| value * length)
}

/// ∫_low^high g by Gauss-Legendre with three nodes: exact for polynomials of degree five.
pub fn gauss3(low: f64, high: f64, g: impl Fn(f64) -> f64) -> f64 {
    const OUTER: f64 = 0.774_596_669_241_483_4; // sqrt(3/5)
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    half * (8.0 * g(middle) + 5.0 * (g(middle - OUTER * half) + g(middle + OUTER * half))) / 9.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_and_singular_integrands() {
        let [power, beta, wave] = unit_integral(1e-8, |x, rest| {
            [libm::exp(x), 1.0 / (x * rest).sqrt(), libm::log(x) * libm::log(rest)]
        });
        assert!((power - (std::f64::consts::E - 1.0)).abs() < 1e-14);
        assert!((beta - std::f64::consts::PI).abs() < 1e-13);
        assert!((wave - (2.0 - std::f64::consts::PI * std::f64::consts::PI / 6.0)).abs() < 1e-13);
    }

    #[test]
    fn known_integrals() {
        let found = integrate(0.0, 1.0, |x| {
            [x * x * x, 1.0 / x.sqrt(), libm::pow(x, -0.9), 1.0 / (x + 2.0), -libm::log(x)]
        });
        for (found, exact) in found.into_iter().zip([0.25, 2.0, 10.0, libm::log(1.5), 1.0]) {
            assert!((found - exact).abs() < 1e-13 * exact, "{found} is not {exact}");
        }
        let [shifted] = integrate(2.0, 5.0, |x| [1.0 / x]);
        assert!((shifted - libm::log(2.5)).abs() < 1e-14);
        assert_eq!(integrate(1.0, 1.0, |_| [1.0]), [0.0]);
    }

    #[test]
    fn values_that_are_not_finite_spoil_the_sum_inside_but_not_at_the_ends() {
        let [at_the_end] = unit_integral(1e-8, |x, _| [if x < 1e-20 { f64::INFINITY } else { 1.0 }]);
        assert!((at_the_end - 1.0).abs() < 1e-14);
        let [inside] = unit_integral(1e-8, |x, _| [if (x - 0.5).abs() < 0.1 { f64::NAN } else { 1.0 }]);
        assert!(inside.is_nan());
    }

    #[test]
    fn three_nodes_are_exact_to_degree_five() {
        let integral = gauss3(-1.0, 2.0, |x| x * x * x * x * x + 1.0);
        assert!((integral - 13.5).abs() < 1e-13);
    }
}
