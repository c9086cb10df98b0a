//! The regularised incomplete beta function and its quantile.
//!
//! Good for shapes from 1e-2 to 1e4. Points are pairs (x, 1-x), because next to one the distance to one is what counts.

use super::{Local, Tails, deviance, normal, solve_in_logarithm, stirling_remainder};

/// Both tails at x of the beta law on [0, 1]: I_x(a, b) and I_{1-x}(b, a); `rest` is 1 - x.
pub fn tails(a: f64, b: f64, x: f64, rest: f64) -> Tails {
    if x <= 0.0 {
        return Tails::from_lower(0.0);
    }
    if rest <= 0.0 {
        return Tails::from_upper(0.0);
    }
    inner_tails(a, b, x, rest, scaled_density(a, b, x, rest))
}

/// Both tails at an x inside (0, 1), given the density in ln x there.
fn inner_tails(a: f64, b: f64, x: f64, rest: f64, kernel: f64) -> Tails {
    // x f(x) is the density in ln x; the mirror's x^b (1-x)^a needs the same kernel.
    let symmetric = kernel * rest;
    if x * (a + b + 2.0) < a + 1.0 {
        Tails::from_lower((symmetric * continued_fraction(a, b, x, rest)).min(1.0))
    } else {
        Tails::from_upper((symmetric * continued_fraction(b, a, rest, x)).min(1.0))
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

/// -ln B(a, b), by Stirling's formula so that nothing large cancels.
fn log_inverse_beta(a: f64, b: f64) -> f64 {
    let n = a + b;
    let correction = stirling_remainder(n) - stirling_remainder(a) - stirling_remainder(b);
    let powers = a * libm::log1p(b / a) + b * libm::log1p(a / b);
    powers + 0.5 * libm::log(a / n * b / std::f64::consts::TAU) + correction
}

/// λ - 1 - ln λ, given λ and λ - 1.
fn distance(lambda: f64, excess: f64) -> f64 {
    if lambda < 0.1 { excess - libm::log(lambda) } else { deviance(excess) }
}

/// The continued fraction of I_x(a, b) / (x^a (1-x)^b / B(a, b)), by its even part: no differences of nearly equal numbers.
///
/// # References
/// A. DiDonato and A. Morris, "Algorithm 708: Significant Digit Computation of the Incomplete Beta Function Ratios", ACM
/// TOMS 18 (1992), BFRAC; converges in O(sqrt(max(a, b))) steps left of the mean.
fn continued_fraction(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    let (c, c0, c1) = (1.0 + (a * rest - b * x), b / a, 1.0 + 1.0 / a);
    // Convergents A/B, this one and the one before.
    let (mut before, mut convergent) = ([0.0, 1.0], [1.0, c / c1]);
    let (mut p, mut s, mut fraction) = (1.0, a + 1.0, c1 / c);
    for n in 1..100_000 {
        let n = f64::from(n);
        let (t, w, e) = (n / a, n * (b - n) * x, a / s);
        let alpha = p * (p + c0) * e * e * (w * x);
        let beta = n + w / s + (1.0 + t) / (c1 + t + t) * (c + n * (rest + 1.0));
        p = 1.0 + t;
        s += 2.0;
        let next = [0, 1].map(|part: usize| alpha * before[part] + beta * convergent[part]);
        let ratio = next[0] / next[1];
        // Rescaled: only ratios count.
        (before, convergent) = ([convergent[0] / next[1], convergent[1] / next[1]], [ratio, 1.0]);
        let settled = (ratio - fraction).abs() <= 2e-16 * ratio;
        fraction = ratio;
        if settled {
            break;
        }
    }
    fraction
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
    let from_left = |x: f64| (x, 1.0 - x);
    let from_right = |rest: f64| (1.0 - rest, rest);
    // Solve from the end at which the answer probably is; where it is near the other one, its distance to that counts.
    if probably_left(a, b, target) {
        let x = quantile_from_zero(a, b, target);
        if x < FARTHEST { from_left(x) } else { from_right(quantile_from_zero(b, a, target.swapped())) }
    } else {
        let rest = quantile_from_zero(b, a, target.swapped());
        if rest < FARTHEST { from_right(rest) } else { from_left(quantile_from_zero(a, b, target)) }
    }
}

/// Quantiles are measured from zero up to here.
const FARTHEST: f64 = 0.75;

/// A guess whether the quantile is at most one half.
fn probably_left(a: f64, b: f64, target: Tails) -> bool {
    if a > 1.0 && b > 1.0 {
        return nearly_normal(a, b, target) <= 0.5;
    }
    // x^a/a and (1-x)^b/b up to the mean, as shares of their sum.
    let n = a + b;
    let (left, right) = (libm::exp(a * libm::log(a / n)) / a, libm::exp(b * libm::log(b / n)) / b);
    target.lower * (left + right) <= left
}

/// The quantile of a beta law whose logistic is nearly normal, for a, b > 1.
///
/// # References
/// Abramowitz and Stegun (1964), 26.5.22.
fn nearly_normal(a: f64, b: f64, target: Tails) -> f64 {
    let z = -normal::score(target);
    let (u, v) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
    let (lambda, h) = ((z * z - 3.0) / 6.0, 2.0 / (u + v));
    let w = z * (h + lambda).max(0.0).sqrt() / h - (v - u) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
    a / (a + b * libm::exp(2.0 * w))
}

/// The quantile where it is below [`FARTHEST`], else that.
fn quantile_from_zero(a: f64, b: f64, target: Tails) -> f64 {
    // For small x, I_x = x^a / (a B(a, b)) (1 - a (b-1) x / (a+1)).
    let log_series = (libm::log(target.lower) + libm::log(a) - log_inverse_beta(a, b)) / a;
    if log_series < -700.0 {
        return libm::exp(log_series);
    }
    let series = libm::exp(log_series);
    let second = series * (b - 1.0) / (a + 1.0);
    let start = if second.abs() < 0.1 {
        series * (1.0 + second)
    } else if a > 1.0 && b > 1.0 {
        nearly_normal(a, b, target)
    } else {
        series.min(if a > 1.0 { a / (a + b) } else { 0.5 })
    };
    solve_in_logarithm(target, start.min(0.5), FARTHEST, |x| {
        let rest = 1.0 - x;
        let slope = scaled_density(a, b, x, rest);
        Local { tails: inner_tails(a, b, x, rest, slope), slope, bend: a - (b - 1.0) * x / rest }
    })
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
                assert!((found - expected).abs() <= 2e-13 * expected, "{shape} {rest}: {found} {expected}");
                let found = tails(shape, 1.0, rest, 1.0 - rest).lower;
                assert!((found - expected).abs() <= 2e-13 * expected, "{shape} {rest}: {found} {expected}");
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
