//! The regularised incomplete beta function and its quantile.
//!
//! Good for shapes from 1e-2 to 1e4. Points are pairs (x, 1-x), because next to one the distance to one is what counts.

use super::{Tails, deviance, solve_in_logarithm, stirling_remainder};

/// Both tails at x of the beta law on [0, 1]: I_x(a, b) and I_{1-x}(b, a); `rest` is 1 - x.
pub fn tails(a: f64, b: f64, x: f64, rest: f64) -> Tails {
    if x <= 0.0 {
        return Tails::from_lower(0.0);
    }
    if rest <= 0.0 {
        return Tails::from_upper(0.0);
    }
    let kernel = scaled_density(a, b, x, rest);
    // x f(x) is the density in ln x; the mirror's x^b (1-x)^a needs the same kernel.
    let symmetric = kernel * rest;
    if x * (a + b + 2.0) < a + 1.0 {
        Tails::from_lower((symmetric * continued_fraction(a, b, x) / a).min(1.0))
    } else {
        Tails::from_upper((symmetric * continued_fraction(b, a, rest) / b).min(1.0))
    }
}

/// x f(x) = x^a (1-x)^{b-1} / B(a, b): the density in ln x.
pub fn scaled_density(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    // x^a (1-x)^b / B(a,b) = sqrt(ab/(2πn)) exp(-a d(λ_a) - b d(λ_b) + δ(n) - δ(a) - δ(b)), n = a+b,
    // λ_a = x n/a, λ_b = (1-x) n/b, d(λ) = λ - 1 - ln λ: the linear parts cancel, which is why they may be added.
    let n = a + b;
    let lean = x * b - rest * a;
    let exponent = a * distance(x * n / a, lean / a) + b * distance(rest * n / b, -lean / b);
    let correction = stirling_remainder(n) - stirling_remainder(a) - stirling_remainder(b);
    (a / n * b / std::f64::consts::TAU).sqrt() * libm::exp(correction - exponent) / rest
}

/// λ - 1 - ln λ, given λ and λ - 1.
fn distance(lambda: f64, excess: f64) -> f64 {
    if lambda < 0.1 { excess - libm::log(lambda) } else { deviance(excess) }
}

/// Lentz's evaluation of the continued fraction of I_x(a, b) a / (x^a (1-x)^b).
///
/// # References
/// Abramowitz and Stegun (1964), 26.5.8; converges in O(sqrt(max(a, b))) steps left of the mean.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / nonzero(1.0 + even * d);
        c = nonzero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / nonzero(1.0 + odd * d);
        c = nonzero(1.0 + odd / c);
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    fraction
}

fn nonzero(x: f64) -> f64 {
    if x.abs() < 1e-300 { 1e-300 } else { x }
}

/// The point (x, 1-x) at which the beta law has these tails; the smaller one decides.
///
/// Distances below the smallest normal number are 0.
pub fn quantile(a: f64, b: f64, target: Tails) -> (f64, f64) {
    if target.lower <= 0.0 {
        return (0.0, 1.0);
    }
    if target.upper <= 0.0 {
        return (1.0, 0.0);
    }
    // Solve on the side of one half on which the answer lies.
    let half = tails(a, b, 0.5, 0.5);
    let left =
        if target.lower <= target.upper { target.lower <= half.lower } else { target.upper >= half.upper };
    if left {
        let x = quantile_left(a, b, target);
        (x, 1.0 - x)
    } else {
        let rest = quantile_left(b, a, target.swapped());
        (1.0 - rest, rest)
    }
}

/// The quantile where it is at most one half.
fn quantile_left(a: f64, b: f64, target: Tails) -> f64 {
    // For small x, I_x = x^a / (a B(a, b)).
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let log_series = (libm::log(target.lower) + libm::log(a) + log_beta) / a;
    if log_series < -700.0 {
        return libm::exp(log_series);
    }
    let mean = a / (a + b);
    let start = libm::exp(log_series).min(if a > 1.0 { mean } else { 0.5 }).min(0.5);
    let within = |x: f64| x.min(0.75);
    solve_in_logarithm(
        target,
        start,
        |x| tails(a, b, within(x), 1.0 - within(x)),
        |x| scaled_density(a, b, within(x), 1.0 - within(x)),
    )
    .min(0.5)
}

#[cfg(test)]
mod tests {
    use statrs::function::beta::beta_reg;

    use super::*;

    #[test]
    fn agrees_with_statrs_where_statrs_is_reliable() {
        for (a, b) in [(0.5, 0.5), (2.0, 3.0), (3.0, 0.7), (20.0, 50.0), (100.0, 100.0)] {
            for x in [0.01, 0.2, 0.5, 0.7, 0.99] {
                let found = tails(a, b, x, 1.0 - x);
                let expected = beta_reg(a, b, x);
                assert!((found.lower - expected).abs() < 1e-12, "I_{x}({a}, {b})");
                assert!((found.upper - (1.0 - expected)).abs() < 1e-12, "I_{x}({a}, {b})");
            }
        }
    }

    /// I_x(a, 1) = x^a and I_x(1, b) = 1 - (1-x)^b.
    #[test]
    fn powers_are_exact_in_both_tails() {
        for shape in [0.01, 0.3, 1.0, 7.0, 1e4] {
            for rest in [1e-200, 1e-10, 0.1, 0.5, 0.9] {
                let found = tails(1.0, shape, 1.0 - rest, rest).upper;
                let expected = libm::pow(rest, shape);
                assert!((found - expected).abs() <= 2e-12 * expected, "{shape} {rest}: {found} {expected}");
                let found = tails(shape, 1.0, rest, 1.0 - rest).lower;
                assert!((found - expected).abs() <= 2e-12 * expected, "{shape} {rest}: {found} {expected}");
            }
        }
    }

    #[test]
    fn quantiles_invert_from_deep_in_both_tails() {
        let shapes = [1e-2, 0.1, 0.5, 1.0, 3.0, 50.0, 1e3, 1e4];
        for (a, b) in shapes.iter().flat_map(|a| shapes.iter().map(move |b| (*a, *b))) {
            for exponent in [300.0, 100.0, 12.0, 6.0, 2.0, 1.0, 0.4, libm::log10(2.0)] {
                let p = libm::pow(10.0, -exponent);
                let allowed = if exponent > 12.0 { 2e-11 } else { 1e-12 };
                let (x, rest) = quantile(a, b, Tails::from_lower(p));
                if x > 1e-300 && rest > 1e-300 {
                    let back = tails(a, b, x, rest).lower;
                    assert!((back / p - 1.0).abs() < allowed, "I_{x}({a}, {b}): {back:e} for {p:e}");
                }
                let (x, rest) = quantile(a, b, Tails::from_upper(p));
                if x > 1e-300 && rest > 1e-300 {
                    let back = tails(a, b, x, rest).upper;
                    assert!((back / p - 1.0).abs() < allowed, "1 - I_{x}({a}, {b}): {back:e} for {p:e}");
                }
            }
        }
    }
}
