//! ln x without branches: bit for bit that of `libm`, which is the one of FreeBSD's msun.

use super::fused;
use crate::kernel;

const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
/// √(1/2) by its upper 32 bits: where the reduced argument starts.
const START: u64 = 0x3fe6_a09e << 32;
const ONE: u64 = 0x3ff << 52;
const FRACTION: u64 = (1 << 52) - 1;
/// 2^52: or-ed with its bits an integer below 2^52 is a number.
const LARGE: f64 = 4_503_599_627_370_496.0;
/// 2^54, which makes subnormal numbers normal.
pub(super) const RAISE: f64 = 18_014_398_509_481_984.0;
const COEFFICIENTS: [f64; 7] = [
    f64::from_bits(0x3fe5_5555_5555_5593),
    f64::from_bits(0x3fd9_9999_9997_fa04),
    f64::from_bits(0x3fd2_4924_9422_9359),
    f64::from_bits(0x3fcc_71c5_1d8e_78af),
    f64::from_bits(0x3fc7_4664_96cb_03de),
    f64::from_bits(0x3fc3_9a09_d078_c69f),
    f64::from_bits(0x3fc2_f112_df3e_5244),
];

/// A normal number 2^k (1+f), √½ <= 1+f < √2, with f²/2, s = f/(2+f), z = s² and w = z².
struct Reduced {
    k: f64,
    f: f64,
    half_square: f64,
    s: f64,
    z: f64,
    w: f64,
}

impl Reduced {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    fn of(normal: f64) -> Self {
        let bits = normal.to_bits().wrapping_add(ONE - START);
        let k = f64::from_bits((bits >> 52) | LARGE.to_bits()) - (LARGE + 1023.0);
        let f = f64::from_bits((bits & FRACTION) + START) - 1.0;
        let s = f / (2.0 + f);
        let z = s * s;
        Self { k, f, half_square: 0.5 * f * f, s, z, w: z * z }
    }
}

/// ln x, within one unit in the last place; -∞ for zero, NaN below.
///
/// ```text
/// x = 2^k (1+f), √½ <= 1+f < √2;   s = f/(2+f);   ln(1+f) = f - f²/2 + s (f²/2 + R(s²));   ln x = k ln 2 + ln(1+f)
/// ```
///
/// The largest error among 20,000 arguments, against 32 digits:
///
/// | x | units in the last place |
/// |---|---|
/// | 0.99 to 1.01 | 0.51 |
/// | 0.7 to 1.42 | 0.79 |
/// | 10^-3 to 10^3 | 0.77 |
/// | 10^-300 to 10^300 | 0.57 |
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn ln(x: f64) -> f64 {
    let small = x < f64::MIN_POSITIVE;
    let normal = if small { x * RAISE } else { x };
    let raised = if small { 54.0 } else { 0.0 };
    let Reduced { k, f, half_square, s, z, w } = Reduced::of(normal);
    let k = k - raised;
    let [c1, c2, c3, c4, c5, c6, c7] = COEFFICIENTS;
    let even = w * (c2 + w * (c4 + w * c6));
    let odd = z * (c1 + w * (c3 + w * (c5 + w * c7)));
    let result = s * (half_square + (odd + even)) + k * LN2_LOW - half_square + f + k * LN2_HIGH;
    // Of infinity and of what is no number: itself; below zero there is none.
    let result = if x < f64::INFINITY { result } else { x };
    let result = if x == 0.0 { f64::NEG_INFINITY } else { result };
    if x < 0.0 { f64::NAN } else { result }
}

/// ln u for a share u in (0, 1) that is not subnormal: [`ln`] with fused multiply-adds and without special cases, faster
/// where no other logarithm must agree with it.
///
/// The largest error among 20,000 shares, against 32 digits:
///
/// | u | units in the last place |
/// |---|---|
/// | 0.99 to 1 | 0.51 |
/// | 0.7 to 1 | 0.79 |
/// | 2^-53 to 1 | 0.77 |
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn ln_of_share(u: f64) -> f64 {
    fused_ln_of(Reduced::of(u))
}

/// ln x for x >= 0, -∞ for zero: like [`ln_of_share`], but of every such number.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn fused_ln(x: f64) -> f64 {
    let small = x < f64::MIN_POSITIVE;
    let mut reduced = Reduced::of(if small { x * RAISE } else { x });
    reduced.k -= if small { 54.0 } else { 0.0 };
    let result = fused_ln_of(reduced);
    // Of infinity and of what is no number: itself.
    let result = if x < f64::INFINITY { result } else { x };
    if x > 0.0 { result } else { x - f64::INFINITY }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn fused_ln_of(Reduced { k, f, half_square, s, z, w }: Reduced) -> f64 {
    let [c1, c2, c3, c4, c5, c6, c7] = COEFFICIENTS;
    let even = w * fused(fused(c6, w, c4), w, c2);
    let odd = fused(fused(fused(c7, w, c5), w, c3), w, c1);
    let rest = fused(s, half_square + fused(odd, z, even), -half_square);
    fused(k, LN2_HIGH, f + fused(k, LN2_LOW, rest))
}

kernel! {
    /// Replaces every number by its [`ln`].
    pub fn ln_all(numbers: &mut [f64]) {
        for number in numbers {
            *number = ln(*number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::double::Double;
    use super::*;

    /// Numbers of every exponent, those around one, and all that are no ordinary numbers.
    fn arguments() -> Vec<f64> {
        let mut state = 1_u64;
        let mut arguments = vec![0.0, -0.0, f64::INFINITY, 5e-324, f64::MIN_POSITIVE, f64::MAX, 1.0];
        arguments.extend((ONE - 50..ONE + 50).map(f64::from_bits));
        arguments.extend((START - 4..START + 4).map(f64::from_bits));
        for step in 0..2_000_000_u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let exponent = if step % 2 == 0 { step % 2047 } else { 1020 + step % 5 };
            arguments.push(f64::from_bits(state >> 12 | exponent << 52));
        }
        arguments
    }

    #[test]
    fn bits_are_those_of_libm() {
        let arguments = arguments();
        let mut found = arguments.clone();
        ln_all(&mut found);
        for (x, found) in arguments.into_iter().zip(found) {
            let (own, expected) = (ln(x), libm::log(x));
            assert_eq!(
                (own.to_bits(), found.to_bits()),
                (expected.to_bits(), expected.to_bits()),
                "{x:e}: {own:e} {expected:e}"
            );
        }
        assert!(ln(f64::NAN).is_nan() && ln(-1.0).is_nan() && ln(f64::NEG_INFINITY).is_nan());
    }

    /// The table in the documentation of [`ln`].
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        for (low, high, stated) in
            [(0.99, 1.01, 0.51), (0.7, 1.42, 0.79), (1e-3, 1e3, 0.77), (1e-300, 1e300, 0.57)]
        {
            let mut worst = 0.0_f64;
            let (first, last) = (libm::log(low), libm::log(high));
            for step in 0..20_000_u32 {
                let unit = f64::from(step.wrapping_mul(2_654_435_769)) / 4_294_967_296.0;
                let x = libm::exp(first + unit * (last - first));
                worst = worst.max(Double::from(x).ln(libm::log(x)).ulps_to(ln(x)));
            }
            assert!(worst <= stated && worst > 0.9 * stated, "{low} to {high}: {worst}");
        }
    }

    #[test]
    fn fused_logarithms_are_as_near_for_every_number() {
        for x in arguments().into_iter().filter(|x| *x >= 0.0) {
            let (found, expected) = (fused_ln(x), libm::log(x));
            let away = (found - expected).abs();
            assert!(
                found == expected || away <= 2.0 * f64::EPSILON * expected.abs(),
                "{x:e}: {found:e} {expected:e}"
            );
        }
        assert!(fused_ln(f64::NAN).is_nan());
    }

    /// The table in the documentation of [`ln_of_share`].
    #[test]
    fn units_in_the_last_place_of_shares_are_as_stated() {
        for (low, stated) in [(0.99, 0.51), (0.7, 0.79), (1.0 / (1_u64 << 53) as f64, 0.77)] {
            let mut worst = 0.0_f64;
            for step in 0..20_000_u32 {
                let unit = (f64::from(step.wrapping_mul(2_654_435_769)) + 0.5) / 4_294_967_296.0;
                let u = libm::exp(libm::log(low) * unit);
                worst = worst.max(Double::from(u).ln(libm::log(u)).ulps_to(ln_of_share(u)));
            }
            assert!(worst <= stated && worst > 0.9 * stated, "from {low}: {worst}");
        }
    }
}
