//! Special functions behind the laws, from `libm` alone, accurate relative to the smaller tail.

pub mod beta;
pub mod gamma;
pub mod normal;

/// A probability seen from both ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// P(X <= x).
    pub lower: f64,
    /// P(X > x).
    pub upper: f64,
}

impl Tails {
    /// From the lower tail.
    pub fn from_lower(lower: f64) -> Self {
        Self { lower, upper: 1.0 - lower }
    }

    /// From the upper tail.
    pub fn from_upper(upper: f64) -> Self {
        Self { lower: 1.0 - upper, upper }
    }

    /// The same seen from the other side.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self { lower: self.upper, upper: self.lower }
    }
}

/// δ(a), by which Stirling's formula misses the factorial.
///
/// ```text
/// Γ(a+1) = sqrt(2πa) (a/e)^a exp(δ(a))
/// ```
fn stirling_remainder(a: f64) -> f64 {
    const COEFFICIENTS: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    if a < 10.0 {
        return libm::lgamma(a + 1.0) - (a * libm::log(a) - a + 0.5 * libm::log(std::f64::consts::TAU * a));
    }
    COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum / (a * a) + c) / a
}

/// x - ln(1 + x), without cancellation near 0.
fn deviance(x: f64) -> f64 {
    if x.abs() > 0.3 {
        return x - libm::log1p(x);
    }
    // With r = x/(2+x): ln(1+x) = 2 (r + r^3/3 + r^5/5 + ...) and x - 2r = x r.
    let r = x / (2.0 + x);
    let square = r * r;
    let tail = (1..=12).rev().fold(0.0, |sum, k| (sum + 1.0 / f64::from(2 * k + 1)) * square);
    r * (x - 2.0 * tail)
}

/// Solves `tail(x) = target` for the x = start exp(...) of a law on the positive reals.
///
/// `tails(x)` gives both tails at x, `slope(x)` = x f(x). Newton on the logarithm of the smaller tail in ln x, which
/// is concave for log-concave tails and so converges from one side, inside a bracket that every step narrows.
fn solve_in_logarithm(
    target: Tails,
    start: f64,
    tails: impl Fn(f64) -> Tails,
    slope: impl Fn(f64) -> f64,
) -> f64 {
    let by_lower = target.lower <= target.upper;
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut x = start.clamp(f64::MIN_POSITIVE, f64::MAX);
    for _ in 0..200 {
        let at = tails(x);
        let (gap, tail) = if by_lower {
            (log_ratio(target.lower, at.lower), at.lower)
        } else {
            (log_ratio(at.upper, target.upper), at.upper)
        };
        if gap > 0.0 {
            low = x;
        } else {
            high = x;
        }
        let step = gap * tail / slope(x);
        let mut next = x * libm::exp(step.clamp(-50.0, 50.0));
        // A tail that underflowed gives a step that is not a number: bisect then, too.
        if !(step.abs() <= 1e-15 || next > low && next < high) {
            next = match (low > 0.0, high.is_finite()) {
                (true, true) => low.sqrt() * high.sqrt(),
                (true, false) => x * 1e4,
                _ => x * 1e-4,
            };
        }
        if next < f64::MIN_POSITIVE {
            return 0.0;
        }
        if !next.is_finite() || (next - x).abs() <= 1e-16 * x || step.abs() <= 2e-16 {
            return if next.is_finite() { next } else { x };
        }
        x = next;
    }
    x
}

/// ln(a/b), also where a and b are close or far apart.
pub(crate) fn log_ratio(a: f64, b: f64) -> f64 {
    let relative = (a - b) / b;
    if relative.abs() < 0.5 { libm::log1p(relative) } else { libm::log(a) - libm::log(b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stirling_remainder_is_smooth_where_its_branches_meet() {
        let (below, above) = (stirling_remainder(10.0 - 1e-13), stirling_remainder(10.0));
        assert!((below - above).abs() < 1e-14, "{below} {above}");
    }

    #[test]
    fn deviance_agrees_with_its_definition_and_its_limit() {
        for x in [-0.9, -0.31, -0.299, 0.2, 0.301, 7.0_f64] {
            assert!((deviance(x) / (x - libm::log1p(x)) - 1.0).abs() < 1e-14, "{x}");
        }
        assert!((deviance(1e-9) / 5e-19 - 1.0).abs() < 1e-8);
    }
}
