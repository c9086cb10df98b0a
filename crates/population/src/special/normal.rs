//! The standard normal law.

#[cfg(test)]
#[path = "../../../model/src/kernel/double.rs"]
pub(super) mod double;

use model::kernel::{Aligned, fused, ln};

use super::Tails;
use crate::level::Level;

/// 1 - Φ(z), by the complementary error function.
pub fn survival(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ(z) and 1 - Φ(z), of which the smaller has all its digits.
pub fn tails(z: f64) -> Tails {
    let smaller = survival(z.abs());
    if z < 0.0 { Tails::from_lower(smaller) } else { Tails::from_upper(smaller) }
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

model::kernel! {
    /// The z with 1 - Φ(z) = p, for p in [0, 1]; infinite at the ends.
    ///
    /// The largest error among 4000 tails, against 32 digits:
    ///
    /// | p | units in the last place |
    /// |---|---|
    /// | 0.4999 to one half | 3.8 |
    /// | 0.075 to one half | 4.1 |
    /// | 1.4e-11 to 0.075 | 3.8 |
    /// | 2^-54 to 1.4e-11 | 3.3 |
    ///
    /// # References
    /// M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988):
    /// about 16 digits for p down to 1e-316, so that no step of Newton is left to do.
    pub fn upper_quantile(p: f64) -> f64 {
        if (0.5 - p).abs() <= CENTRAL {
            return central_quantile(p);
        }
        // 1 - p is exact for p above one half.
        let tail = if p < 0.5 { p } else { 1.0 - p };
        if tail <= 0.0 {
            return if p < 0.5 { f64::INFINITY } else { f64::NEG_INFINITY };
        }
        let r = (-ln(tail)).sqrt();
        let z = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&TAIL, r - 5.0) };
        if p < 0.5 { z } else { -z }
    }
}

/// Distance from one half up to which one approximation does.
const CENTRAL: f64 = 0.425;

/// [`upper_quantile`] within [`CENTRAL`] of one half.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn central_quantile(p: f64) -> f64 {
    let from_median = 0.5 - p;
    from_median * ratio(&CENTRE, 0.180_625 - from_median * from_median)
}

/// [`upper_quantile`] of tails between those of the centre and e^-25: in all but one of 10^10 tails.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn middle_quantile(tail: f64) -> f64 {
    ratio(&MIDDLE, (-ln(tail)).sqrt() - 1.6)
}

/// Below this tail the approximation is the third: e^-25.
const FAR: f64 = 1.388_794_386_496_4e-11;

/// Scores of many levels, bit for bit [`score`] of each.
#[derive(Debug, Clone, Default)]
pub struct Scorer {
    /// Shares beyond the nearer end.
    shares: Aligned<f64>,
    /// One for each that lies beyond the centre, else zero; as many as whole [`WORD`]s.
    beyond: Vec<u8>,
    /// Where those beyond the centre stand.
    places: Vec<u32>,
    /// Their shares, then their scores.
    tails: Aligned<f64>,
}

/// Flags looked at together.
const WORD: usize = 8;

impl Scorer {
    /// Room for the scores of so many levels.
    pub fn new(levels: usize) -> Self {
        Self {
            shares: Aligned::filled(levels, 0.0),
            beyond: vec![0; levels.next_multiple_of(WORD)],
            places: vec![0; levels],
            tails: Aligned::filled(levels, 0.0),
        }
    }

    /// Fills `scores` from as many levels.
    ///
    /// Two passes: the central approximation for all, then, gathered, those 15 % that lie beyond it.
    pub fn fill(&mut self, levels: &[Level], scores: &mut [f64]) {
        let Self { shares, beyond, places, tails } = self;
        let shares = &mut shares[..levels.len()];
        beyond[levels.len()..].fill(0);
        central_scores(levels, scores, shares, &mut beyond[..levels.len()]);
        let mut found = 0;
        for (first, flags) in (0..).step_by(WORD).zip(beyond.as_chunks::<WORD>().0) {
            let mut flags = u64::from_le_bytes(*flags);
            while flags != 0 {
                let place = first + flags.trailing_zeros() as usize / 8;
                (places[found], tails[found]) = (place as u32, shares[place]);
                found += 1;
                flags &= flags - 1;
            }
        }
        let tails = &mut tails[..found];
        middle_quantiles(tails);
        for (place, quantile) in places.iter().zip(tails) {
            let place = *place as usize;
            let upper = if shares[place] < FAR { upper_quantile(shares[place]) } else { *quantile };
            scores[place] = upper.copysign(scores[place]);
        }
    }
}

model::kernel! {
    /// Scores by the central approximation, right in sign beyond it, shares beyond the nearer end, and who lies beyond
    /// the centre.
    fn central_scores(levels: &[Level], scores: &mut [f64], shares: &mut [f64], beyond: &mut [u8]) {
        for (((level, score), share), beyond) in levels.iter().zip(scores).zip(shares).zip(beyond) {
            let (nearer, side) = level.nearer_end();
            (*share, *score) = (nearer, central_quantile(nearer).copysign(side));
            *beyond = u8::from(0.5 - nearer > CENTRAL);
        }
    }
}

model::kernel! {
    /// Tails replaced by their quantiles.
    fn middle_quantiles(tails: &mut [f64]) {
        for tail in tails {
            *tail = middle_quantile(*tail);
        }
    }
}

/// Numerator and denominator of a rational approximation, constant terms first.
type Rational = ([f64; 8], [f64; 8]);

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn ratio((numerator, denominator): &Rational, r: f64) -> f64 {
    let at = |[rest @ .., last]: [f64; 8]| rest.into_iter().rev().fold(last, |sum, c| fused(sum, r, c));
    at(*numerator) / at(*denominator)
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
    use super::double::Double;
    use super::*;

    /// Levels of all sizes, the ends of all approximations among them, against the scores one by one.
    #[test]
    fn many_scores_are_those_of_each() {
        let mut words: Vec<u64> =
            (0..64).flat_map(|shift| [u64::MAX >> shift, !(u64::MAX >> shift)]).collect();
        words.extend((0..20_000_u64).map(|k| k.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        for share in [0.075, 0.925, FAR, 1.0 - FAR] {
            let word = (share * (1_u64 << 53) as f64) as u64;
            words.extend((word - 3..word + 3).map(|k| k << 11));
        }
        let levels: Vec<Level> = words.into_iter().map(Level::from_bits).collect();
        let mut scores = vec![0.0; levels.len()];
        Scorer::new(levels.len()).fill(&levels, &mut scores);
        for (level, found) in levels.into_iter().zip(scores) {
            assert_eq!(found.to_bits(), score(level.tails()).to_bits(), "{level:?}");
        }
    }

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

    /// 1 - Φ(z), z > 0, with 32 digits: by the series of Φ - 1/2 around zero, and beyond by Laplace's continued fraction.
    fn precise_survival(z: f64) -> Double {
        let (z, half) = (Double::from(z), Double::from(0.5));
        let root = Double { high: 0.398_942_280_401_432_7, low: -2.492_327_251_298_79e-17 };
        let density = (-(z * z * half)).exp() * root;
        if z.high < 2.5 {
            let (mut term, mut sum) = (z, z);
            for odd in 1..200 {
                term = term * z * z / f64::from(2 * odd + 1).into();
                sum = sum + term;
            }
            half - density * sum
        } else {
            let fraction = (1..3000).rev().fold(z, |rest, n| z + Double::from(f64::from(n)) / rest);
            density / fraction
        }
    }

    /// The table in the documentation of [`upper_quantile`]: how far z is off, by the density, from where the tail is p.
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        for (low, high, stated) in
            [(0.4999, 0.499_999_99, 3.8), (0.075, 0.5, 4.1), (1.4e-11, 0.075, 3.8), (5.6e-17, 1.38e-11, 3.3)]
        {
            let mut worst = 0.0_f64;
            let (first, last) = (libm::log(low), libm::log(high));
            for step in 0..4000_u32 {
                let unit = f64::from(step.wrapping_mul(2_654_435_769)) / 4_294_967_296.0;
                let p = libm::exp(first + unit * (last - first));
                let z = upper_quantile(p);
                let off = (precise_survival(z) - p.into()).high / density(z);
                worst = worst.max(off.abs() / (z.next_up() - z));
            }
            assert!(worst <= stated && worst > 0.9 * stated, "{low} to {high}: {worst}");
        }
    }
}
