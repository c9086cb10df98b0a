//! The digamma and trigamma functions, which the likelihood of the gamma law needs.

/// ψ(x) = d ln Γ(x) / dx for x > 0.
///
/// ```text
/// ψ(x) = ψ(x+1) - 1/x,   ψ(x) ~ ln x - 1/(2x) - Σ_k B_2k/(2k x^{2k})
/// ```
pub(super) fn digamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let (shift, x) = raised(x, |x| -1.0 / x);
    let square = 1.0 / (x * x);
    let tail = COEFFICIENTS.iter().rev().fold(0.0, |sum, c| (sum + c) * square);
    shift + libm::log(x) - 0.5 / x - tail
}

/// ψ'(x) for x > 0.
///
/// ```text
/// ψ'(x) = ψ'(x+1) + 1/x²,   ψ'(x) ~ 1/x + 1/(2x²) + Σ_k B_2k/x^{2k+1}
/// ```
pub(super) fn trigamma(x: f64) -> f64 {
    const BERNOULLI: [f64; 7] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    let (shift, x) = raised(x, |x| 1.0 / (x * x));
    let square = 1.0 / (x * x);
    let tail = BERNOULLI.iter().rev().fold(0.0, |sum, b| (sum + b) * square);
    shift + (1.0 + 0.5 / x + tail) / x
}

/// Raises the argument to where seven terms of the series give all digits, summing what each unit step adds.
fn raised(mut x: f64, step: impl Fn(f64) -> f64) -> (f64, f64) {
    let mut sum = 0.0;
    while x < 10.0 {
        sum += step(x);
        x += 1.0;
    }
    (sum, x)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    const EULER: f64 = 0.577_215_664_901_532_9;

    #[test]
    fn known_values() {
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 4e-15 * b.abs().max(1.0), "{a} is not {b}");
        close(digamma(1.0), -EULER);
        close(digamma(0.5), -EULER - 2.0 * std::f64::consts::LN_2);
        close(trigamma(1.0), PI * PI / 6.0);
        close(trigamma(0.5), PI * PI / 2.0);
    }

    #[test]
    fn digamma_agrees_with_statrs_and_trigamma_is_its_slope() {
        for x in [0.013, 0.3, 1.7, 9.99, 10.0, 123.0, 1e4] {
            let expected = statrs::function::gamma::digamma(x);
            assert!((digamma(x) - expected).abs() < 1e-12 * expected.abs().max(1.0), "{x}");
            let step = 1e-4 * x;
            let slope = (digamma(x + step) - digamma(x - step)) / (2.0 * step);
            assert!((slope / trigamma(x) - 1.0).abs() < 1e-7, "{x}");
        }
    }
}
