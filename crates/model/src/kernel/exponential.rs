//! e^x without branches: bit for bit that of `libm`, which is the one of FreeBSD's msun.

use crate::kernel;

/// Added to and taken from a number below 2^51 it leaves the nearest integer, which then stands in the lowest bits.
pub(super) const SHIFT: f64 = 6_755_399_441_055_744.0;
pub(super) const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
pub(super) const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
/// The first numbers beyond 2^-28, ln 2 / 2, and the last below 3 ln 2 / 2, by their upper 32 bits alone.
const TINY: f64 = f64::from_bits(0x3e30_0001_0000_0000);
const HALF_LN2: f64 = f64::from_bits(0x3fd6_2e43_0000_0000);
const THREE_HALVES_LN2: f64 = f64::from_bits(0x3ff0_a2b2_0000_0000);
/// Beyond these the result is infinite, or zero.
const LARGEST: f64 = 709.782_712_893_384;
const SMALLEST: f64 = -745.133_219_101_941_1;
/// (x - c) coefficients of x² in the rational approximation, ascending.
const COEFFICIENTS: [f64; 5] = [
    f64::from_bits(0x3fc5_5555_5555_553e),
    f64::from_bits(0xbf66_c16c_16be_bd93),
    f64::from_bits(0x3f11_566a_af25_de2c),
    f64::from_bits(0xbebb_bd41_c5d2_6bf1),
    f64::from_bits(0x3e66_3769_72be_a4d0),
];

/// e^x, within one unit in the last place.
///
/// ```text
/// x = k ln 2 + r, |r| <= ln 2 / 2;   e^r = 1 + r + r c/(2-c),   c = r - r² P(r²);   e^x = 2^k e^r
/// ```
///
/// The largest error among 20,000 arguments, against 32 digits:
///
/// | up to \|x\| | units in the last place |
/// |---|---|
/// | 10^-6 | 0.53 |
/// | 0.34 | 0.78 |
/// | 1.03 | 0.80 |
/// | 40 | 0.83 |
/// | 700 | 0.82 |
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn exp(x: f64) -> f64 {
    let size = x.abs();
    // k: the nearest integer to x / ln 2, halves away from zero as in the original.
    let halves = size * std::f64::consts::LOG2_E + 0.5;
    let nearest = (halves + SHIFT) - SHIFT;
    let whole = if nearest > halves { nearest - 1.0 } else { nearest };
    let steps = if size < THREE_HALVES_LN2 { 1.0 } else { whole };
    let steps = if size < HALF_LN2 { 0.0 } else { steps };
    let k = steps.copysign(x);
    let (high, low) = (x - k * LN2_HIGH, k * LN2_LOW);
    let r = high - low;
    let square = r * r;
    let [p1, p2, p3, p4, p5] = COEFFICIENTS;
    let c = r - square * (p1 + square * (p2 + square * (p3 + square * (p4 + square * p5))));
    let scaled = two_to(1.0 + (r * c / (2.0 - c) - low + high), k);
    let result = if size < TINY { 1.0 + x } else { scaled };
    let result = if x > LARGEST { f64::INFINITY } else { result };
    if x < SMALLEST { 0.0 } else { result }
}

/// y 2^k in two steps, of which only the last can round.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn two_to(y: f64, k: f64) -> f64 {
    let half = (k * 0.5 + SHIFT) - SHIFT;
    y * power_of_two(half) * power_of_two(k - half)
}

/// 2^k for a whole k from -1022 to 1023.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn power_of_two(k: f64) -> f64 {
    // The low 12 bits of the shifted number are those of k; the bias makes them an exponent.
    f64::from_bits((k + SHIFT).to_bits().wrapping_add(1023) << 52)
}

kernel! {
    /// Replaces every number by its [`exp`].
    pub fn exp_all(numbers: &mut [f64]) {
        for number in numbers {
            *number = exp(*number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::double::Double;
    use super::*;

    /// Every binary order of magnitude, both signs, the edges of all cases and their neighbours.
    fn arguments() -> Vec<f64> {
        let mut state = 1_u64;
        let mut arguments =
            vec![0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 1e-310, 1e300];
        for edge in [TINY, HALF_LN2, THREE_HALVES_LN2, LARGEST, -SMALLEST, 708.396_418_532_264_1] {
            let bits = edge.to_bits();
            arguments.extend((bits - 4..bits + 4).map(f64::from_bits));
        }
        for step in 0..2_000_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
            arguments.push(if step % 2 == 0 {
                unit * 760.0
            } else {
                unit * libm::exp2(f64::from(step % 41) - 32.0)
            });
        }
        let negative: Vec<f64> = arguments.iter().map(|x| -x).collect();
        [arguments, negative].concat()
    }

    #[test]
    fn bits_are_those_of_libm() {
        let arguments = arguments();
        let mut found = arguments.clone();
        exp_all(&mut found);
        for (x, found) in arguments.into_iter().zip(found) {
            let (own, expected) = (exp(x), libm::exp(x));
            assert_eq!(
                (own.to_bits(), found.to_bits()),
                (expected.to_bits(), expected.to_bits()),
                "{x:e}: {own:e} {expected:e}"
            );
        }
        assert!(exp(f64::NAN).is_nan());
    }

    /// The table in the documentation of [`exp`].
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        for (range, stated) in [(1e-6, 0.53), (0.34, 0.78), (1.03, 0.80), (40.0, 0.83), (700.0, 0.82)] {
            let mut worst = 0.0_f64;
            for step in 0..20_000_u32 {
                let unit = f64::from(step.wrapping_mul(2_654_435_769)) / 4_294_967_296.0;
                let x = range * (2.0 * unit - 1.0);
                worst = worst.max(Double::from(x).exp().ulps_to(exp(x)));
            }
            assert!(worst <= stated && worst > 0.9 * stated, "|x| <= {range}: {worst}");
        }
    }
}
