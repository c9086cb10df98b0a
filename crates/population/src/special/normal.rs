//! The standard normal law.

use super::Tails;

/// 1 - Φ(z), by the complementary error function.
pub fn survival(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ(z) and 1 - Φ(z).
pub fn tails(z: f64) -> Tails {
    Tails { lower: survival(-z), upper: survival(z) }
}

/// The z with these tails, from the smaller one: Φ^{-1}.
pub fn score(level: Tails) -> f64 {
    if level.lower <= level.upper { -upper_quantile(level.lower) } else { upper_quantile(level.upper) }
}

/// The standard normal density.
pub fn density(z: f64) -> f64 {
    const INVERSE_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
    INVERSE_SQRT_TAU * libm::exp(-0.5 * z * z)
}

/// The z with 1 - Φ(z) = p, for p in [0, 1]; infinite at the ends.
///
/// # References
/// M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988):
/// about 16 digits for p down to 1e-316, so that no step of Newton is left to do.
pub fn upper_quantile(p: f64) -> f64 {
    let from_median = 0.5 - p;
    if from_median.abs() <= 0.425 {
        let r = 0.180_625 - from_median * from_median;
        return from_median * ratio(&CENTRE, r);
    }
    // 1 - p is exact for p above one half.
    let tail = if p < 0.5 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if p < 0.5 { f64::INFINITY } else { f64::NEG_INFINITY };
    }
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&TAIL, r - 5.0) };
    if p < 0.5 { z } else { -z }
}

/// Numerator and denominator of a rational approximation, constant terms first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio((numerator, denominator): &Rational, r: f64) -> f64 {
    let polynomial = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
    polynomial(numerator) / polynomial(denominator)
}

const CENTRE: Rational = (
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
);

const MIDDLE: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);

const TAIL: Rational = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_7e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_inverts_survival_in_both_tails() {
        for exponent in 1..3000 {
            let p = libm::exp(-0.23 * f64::from(exponent));
            let z = upper_quantile(p);
            // A relative error of z moves the tail by z^2 times as much.
            let allowed = 1e-14 + 1e-15 * z * z;
            assert!((survival(z) / p - 1.0).abs() < allowed, "p = {p:e}: {:e}", survival(z) / p - 1.0);
        }
        for p in [0.6, 0.93, 1.0 - 1e-12] {
            assert!((survival(-upper_quantile(p)) / (1.0 - p) - 1.0).abs() < 1e-13);
        }
        assert_eq!((upper_quantile(0.0), upper_quantile(1.0)), (f64::INFINITY, f64::NEG_INFINITY));
    }
}
