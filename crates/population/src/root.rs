//! Quantiles of laws that are only known by their tails: a search inside a bracket.

use crate::special::{Tails, log_ratio};

/// Nearer to one a survival is rounding: a search for who is exceeded by more would never end.
pub(crate) const RESOLVED: f64 = 1.0 - 1e-14;

/// The quantile at a survival p above [`RESOLVED`], whose own is `edge`: this mass, which weighs nothing, is evenly spread.
pub(crate) fn below_resolved(bottom: f64, edge: f64, p: f64) -> f64 {
    bottom + (edge - bottom) * ((1.0 - p) / (1.0 - RESOLVED))
}

/// More steps than halving from one end of the range of numbers to the other takes.
const MOST_STEPS: u32 = 400;

/// The x in [low, high] with tails `target`, where F(low) <= target <= F(high); the smaller tail decides.
///
/// Newton's method on the logarithm of that tail, inside a bracket that every step narrows; where steps leave it, or
/// narrow it too slowly (in a gap of the support the density is zero), it is halved. `at(x)` gives tails and density.
pub(crate) fn between(mut low: f64, mut high: f64, target: Tails, at: impl Fn(f64) -> (Tails, f64)) -> f64 {
    let by_lower = target.lower <= target.upper;
    let (mut x, mut slow, mut width) = (middle(low, high), 0, high - low);
    for _ in 0..MOST_STEPS {
        if !(x > low && x < high) {
            break;
        }
        let (tails, density) = at(x);
        // gap > 0: too little lies below, so the answer is further up.
        let (gap, tail) = if by_lower {
            (log_ratio(target.lower, tails.lower), tails.lower)
        } else {
            (log_ratio(tails.upper, target.upper), tails.upper)
        };
        if gap == 0.0 {
            break;
        }
        if gap > 0.0 {
            low = x;
        } else {
            high = x;
        }
        let step = gap * tail / density;
        // Closer than this the step is the rounding of x itself.
        if step.abs() <= 2e-16 * x {
            return (x + step).clamp(low, high);
        }
        slow = if high - low <= 0.5 * width { 0 } else { slow + 1 };
        if slow == 0 {
            width = high - low;
        }
        let next = x + step;
        x = if slow <= 3 && next > low && next < high { next } else { middle(low, high) };
    }
    x.clamp(low, high)
}

/// The middle of an interval: of logarithms where the ends are far apart.
fn middle(low: f64, high: f64) -> f64 {
    if low > 0.0 && high > 4.0 * low { low.sqrt() * high.sqrt() } else { low + 0.5 * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tails_and_a_gap_are_found() {
        // x^3 on [0, 1], from either tail.
        let cube = |x: f64| (Tails::from_lower(x * x * x), 3.0 * x * x);
        for p in [1e-30, 1e-3, 0.4] {
            let x = between(0.0, 1.0, Tails::from_lower(p), cube);
            assert!((x * x * x / p - 1.0).abs() < 1e-14, "{x}");
        }
        let top = between(0.0, 1.0, Tails::from_upper(1e-9), |x| {
            (Tails::from_upper((1.0 - x) * (1.0 + x + x * x)), 3.0 * x * x)
        });
        assert!((top - (1.0 - 1e-9 / 3.0)).abs() < 2e-16);
        // A gap between 1 and 2: everything in it has the same tails.
        let gap = |x: f64| {
            (Tails::from_lower(0.5 * x.min(1.0) + 0.5 * (x - 2.0).max(0.0)), {
                if x > 1.0 && x < 2.0 { 0.0 } else { 0.5 }
            })
        };
        let x = between(0.0, 3.0, Tails::from_lower(0.5), gap);
        assert!((1.0..=2.0).contains(&x), "{x}");
        assert!((between(0.0, 3.0, Tails::from_lower(0.75), gap) - 2.5).abs() < 1e-15);
    }
}
