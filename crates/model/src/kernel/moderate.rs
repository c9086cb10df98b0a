//! Exponentials of every task and every index, faster than [`super::exp`] where no other must agree.

use super::exponential::{LN2_HIGH, LN2_LOW, SHIFT};
use super::fused;
use super::logarithm::RAISE;

/// Up to this size e^x is a normal number.
const LARGEST: f64 = 708.0;
/// Below this e^x is zero.
const SMALLEST: f64 = -745.2;
/// ln [`RAISE`], by which any e^x becomes a normal number.
const LN_RAISE: f64 = 54.0 * std::f64::consts::LN_2;
/// Near 1/n! for n from 2 to 11: rounded from the polynomial for e^r whose first two terms are 1 + r that has the smallest relative
/// error on |r| <= ln 2 / 2.
const COEFFICIENTS: [f64; 10] = [
    0.500_000_000_000_001_1,
    0.166_666_666_666_664_13,
    0.041_666_666_666_530_155,
    0.008_333_333_333_494_463,
    0.001_388_888_894_363_007,
    0.000_198_412_695_065_763_98,
    2.480_149_309_894_754_3e-5,
    2.755_758_637_599_077_3e-6,
    2.763_024_836_611_497e-7,
    2.500_006_091_337_583_8e-8,
];

/// e^x for |x| <= 708, within one unit in the last place: of other x anything.
///
/// ```text
/// x = k ln 2 + r, |r| <= ln 2 / 2;   e^r = 1 + r + r² (c_2 + c_3 r + ... + c_11 r^9);   e^x = 2^k e^r
/// ```
/// The polynomial is off by less than 2^-56. The largest error among 20,000 arguments, against 32 digits:
///
/// | up to \|x\| | units in the last place |
/// |---|---|
/// | 10^-6 | 0.51 |
/// | 0.34 | 0.84 |
/// | 40 | 0.98 |
/// | 650 | 0.97 |
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn moderate_exp(x: f64) -> f64 {
    let shifted = fused(x, std::f64::consts::LOG2_E, SHIFT);
    let k = shifted - SHIFT;
    let r = fused(k, -LN2_LOW, fused(k, -LN2_HIGH, x));
    let [c2, c3, c4, c5, c6, c7, c8, c9, c10, c11] = COEFFICIENTS;
    let square = r * r;
    let fourth = square * square;
    // Terms in pairs, and these in pairs again, so that few wait for others.
    let low = fused(fused(c5, r, c4), square, fused(c3, r, c2));
    let middle = fused(fused(c9, r, c8), square, fused(c7, r, c6));
    let high = fused(c11, r, c10);
    let series = fused(fused(high, fourth, middle), fourth, low);
    let power = 1.0 + fused(square, series, r);
    // The low 12 bits of the shifted number are those of k: as an exponent they are added to that of e^r.
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// Near (ln 2)^n/n! for n from 11 to 1, and one: rounded from the polynomial for 2^r that begins with the last two and has the smallest
/// relative error on |r| <= 1/2.
const COEFFICIENTS_OF_TWO: [f64; 12] = [
    4.438_941_736_672_817e-10,
    7.073_263_279_054_865e-9,
    1.017_815_966_003_085e-7,
    1.321_543_864_127_226e-6,
    1.525_273_363_446_500_5e-5,
    0.000_154_035_304_494_761_66,
    0.001_333_355_814_654_637,
    0.009_618_129_107_601_2,
    0.055_504_108_664_821_72,
    0.240_226_506_959_101_08,
    std::f64::consts::LN_2,
    1.0,
];

/// 2^(a b) for |a b| <= 1021, within one unit in the last place, whatever the product rounds to: of other products anything.
///
/// ```text
/// k = a b rounded to a whole number, r = a b - k, |r| <= 1/2;   2^r = 1 + c_1 r + ... + c_11 r^11;   2^(a b) = 2^k 2^r
/// ```
/// The polynomial is off by less than 2^-56. The largest error among 20,000 arguments, against 32 digits:
///
/// | up to \|a b\| | units in the last place |
/// |---|---|
/// | 10^-6 | 0.50 |
/// | 0.5 | 0.80 |
/// | 60 | 0.79 |
/// | 1000 | 0.76 |
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn moderate_power_of_two(a: f64, b: f64) -> f64 {
    let shifted = fused(a, b, SHIFT);
    let r = fused(a, b, SHIFT - shifted);
    let [highest, others @ ..] = COEFFICIENTS_OF_TWO;
    let power = others.into_iter().fold(highest, |series, coefficient| fused(series, r, coefficient));
    // As above.
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// e^x for any x by [`moderate_exp`], beyond whose range it is by a power of two smaller or larger and has 12 digits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn fused_exp(x: f64) -> f64 {
    let (offset, scale) = if x < -LARGEST { (LN_RAISE, 1.0 / RAISE) } else { (0.0, 1.0) };
    let (offset, scale) = if x > LARGEST { (-LN_RAISE, RAISE) } else { (offset, scale) };
    // A product that underflows to zero takes a processor a hundred times as long as one with zero.
    let scale = if x < SMALLEST { 0.0 } else { scale };
    let within = x + offset;
    let within = if within < -LARGEST { -LARGEST } else { within };
    let within = if within > LARGEST { LARGEST } else { within };
    moderate_exp(within) * scale
}

/// e^-x for x in [0, ∞] by [`moderate_exp`]; zero from 708 on, where it is below 10^-307.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn decay(x: f64) -> f64 {
    let within = if x < LARGEST { x } else { LARGEST };
    let power = moderate_exp(-within);
    if x < LARGEST { power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::double::Double;
    use super::*;

    #[test]
    fn ends_are_one_and_nothing() {
        assert_eq!([0.0, -0.0, 708.0, 1e6, f64::INFINITY].map(decay), [1.0, 1.0, 0.0, 0.0, 0.0]);
        assert!(decay(707.999) >= f64::MIN_POSITIVE);
        for x in [708.0, -708.0] {
            assert!((moderate_exp(x) / libm::exp(x) - 1.0).abs() <= f64::EPSILON, "{x}");
            assert_eq!(fused_exp(x), moderate_exp(x));
        }
        for x in [-744.4, -740.0, -730.0, -720.0, -709.0, -708.1, 708.1, 709.0, 709.78] {
            let (found, expected) = (fused_exp(x), libm::exp(x));
            assert!((found - expected).abs() <= 1e-12 * expected + 5e-324, "{x}: {found:e} {expected:e}");
        }
        let ends = [-745.2, -1e300, f64::NEG_INFINITY, 709.79, 1e300, f64::INFINITY];
        assert_eq!(ends.map(fused_exp), [0.0, 0.0, 0.0, f64::INFINITY, f64::INFINITY, f64::INFINITY]);
        assert!(fused_exp(f64::NAN).is_nan());
    }

    /// The table in the documentation of [`moderate_exp`].
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        for (range, stated) in [(1e-6, 0.51), (0.34, 0.84), (40.0, 0.98), (650.0, 0.97)] {
            let mut worst = 0.0_f64;
            for step in 0..20_000_u32 {
                let x = range * (f64::from(step.wrapping_mul(2_654_435_769)) / 2_147_483_648.0 - 1.0);
                worst = worst.max(Double::from(x).exp().ulps_to(moderate_exp(x)));
            }
            assert!(worst <= stated && worst > 0.9 * stated, "x <= {range}: {worst}");
        }
    }

    /// The table in the documentation of [`moderate_power_of_two`].
    #[test]
    fn units_in_the_last_place_of_powers_of_two_are_as_stated() {
        const A: f64 = 0.734_375;
        for (range, stated) in [(1e-6, 0.50), (0.5, 0.80), (60.0, 0.79), (1000.0, 0.76)] {
            let mut worst = 0.0_f64;
            for step in 0..20_000_u32 {
                let b = range / A * (f64::from(step.wrapping_mul(2_654_435_769)) / 2_147_483_648.0 - 1.0);
                let exponent = Double::from(A) * b.into() * Double::LN2;
                worst = worst.max(exponent.exp().ulps_to(moderate_power_of_two(A, b)));
            }
            assert!(worst <= stated && worst > 0.9 * stated, "a b <= {range}: {worst}");
        }
    }
}
