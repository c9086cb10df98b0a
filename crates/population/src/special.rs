//! Special functions behind the laws, from `libm` alone, accurate relative to the smaller tail.

pub mod beta;
pub mod box_muller;
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

/// What a search for a quantile knows of a law on the positive reals at a point.
#[derive(Debug, Clone, Copy)]
struct Local {
    tails: Tails,
    /// x f(x): the density in ln x.
    slope: f64,
    /// d ln(x f(x)) / d ln x.
    bend: f64,
}

/// Solves `tail(x) = target` for the x in (0, largest] = start exp(...) of a law; `largest` where it lies beyond.
///
/// Halley's method on the logarithm of the smaller tail in ln x, inside a bracket that every step narrows. With
/// h = ln(tail/target), its slope h' and n = -h/h' the step of Newton,
/// ```text
/// Δ ln x = n / (1 + n h''/(2h')),   h'' = h' (bend - h')
/// ```
/// which leaves an error of about n³ times the square of h' and the bend: where that is rounding, the step is the last.
fn solve_in_logarithm(target: Tails, start: f64, largest: f64, at: impl Fn(f64) -> Local) -> f64 {
    let by_lower = target.lower <= target.upper;
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut x = start.clamp(f64::MIN_POSITIVE, largest);
    for _ in 0..200 {
        let Local { tails, slope, bend } = at(x);
        let (gap, steepness) = if by_lower {
            (log_ratio(target.lower, tails.lower), slope / tails.lower)
        } else {
            (log_ratio(tails.upper, target.upper), -slope / tails.upper)
        };
        if gap > 0.0 {
            if x >= largest {
                return largest;
            }
            low = x;
        } else {
            high = x;
        }
        let newton = gap / steepness.abs();
        // Far away the second derivative is no guide.
        let step = newton / (1.0 + 0.5 * newton * (bend - steepness)).clamp(0.5, 2.0);
        let mut next = (x * libm::exp(step.clamp(-50.0, 50.0))).min(largest);
        let scale = 1.0 + bend.abs() + steepness.abs();
        let last = (newton * scale).abs() * newton.abs() * (newton * scale).abs() <= LEFT_BY_THE_LAST_STEP;
        // A tail that underflowed gives a step that is not a number: bisect then, too.
        if !(last || next > low && next < high) {
            next = match (low > 0.0, high.is_finite()) {
                (true, true) => low.sqrt() * high.sqrt(),
                (true, false) => (x * 1e4).min(largest),
                _ => x * 1e-4,
            };
        }
        if next < f64::MIN_POSITIVE {
            return 0.0;
        }
        if last || next == x {
            return next;
        }
        x = next;
    }
    x
}

/// Relative error of a quantile that no further step need remove: below the rounding of numbers.
const LEFT_BY_THE_LAST_STEP: f64 = 1e-17;

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
