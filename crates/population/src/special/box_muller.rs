//! Two independent normal scores from two levels, by Box and Muller.

use model::kernel::{Instructions, fused, ln_of_share};

use crate::stream::Level;

/// The bits of one: or-ed with 52 bits below they are a number from one to two.
const ONE: u64 = 0x3ff << 52;
const FRACTION: u64 = (1 << 52) - 1;
/// 2^-53.
const HALF_STEP: f64 = 1.0 / (1_u64 << 53) as f64;

/// Replaces pairs of levels by pairs of scores; all four slices are of the same length.
///
/// ```text
/// first = sqrt(-2 ln u) cos 2π(v - 1/8),   second = sqrt(-2 ln u) sin 2π(v - 1/8)
/// u = (floor(k/2) + 1/2) 2^-52,   v = (l + 1/2) 2^-53   for levels (k + 1/2) 2^-53 and (l + 1/2) 2^-53
/// ```
/// The scores reach to 8.572. The largest error among 20,000 pairs, against 32 digits: 3.1 units in the last place.
///
/// # References
/// G. Box and M. Muller, "A note on the generation of random normal deviates", Annals of Mathematical Statistics 29
/// (1958), doi 10.1214/aoms/1177706645.
pub fn score_pairs(levels: [&[Level]; 2], scores: [&mut [f64]; 2]) {
    // In eight lanes quotients and roots take so long that turns hide behind them; in four, two loops of half the length
    // keep more numbers in flight than one.
    match Instructions::chosen() {
        Instructions::Avx512 => in_one_loop(levels, scores),
        Instructions::Avx2 | Instructions::Portable => in_two_loops(levels, scores),
    }
}

model::kernel! {
    fn in_one_loop(levels: [&[Level]; 2], scores: [&mut [f64]; 2]) {
        let ([radii, angles], [first, second]) = (levels, scores);
        for (((radius, angle), first), second) in radii.iter().zip(angles).zip(first).zip(second) {
            (*first, *second) = turned(length(*radius), *angle);
        }
    }
}

model::kernel! {
    fn in_two_loops(levels: [&[Level]; 2], scores: [&mut [f64]; 2]) {
        let ([radii, angles], [first, second]) = (levels, scores);
        // Lengths wait in the second scores.
        for (radius, second) in radii.iter().zip(&mut *second) {
            *second = length(*radius);
        }
        for ((angle, first), second) in angles.iter().zip(first).zip(second) {
            (*first, *second) = turned(*second, *angle);
        }
    }
}

/// sqrt(-2 ln u).
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn length(radius: Level) -> f64 {
    let u = f64::from_bits(radius.step() >> 1 | ONE) - (1.0 - HALF_STEP);
    (-2.0 * ln_of_share(u)).sqrt()
}

/// The end of an arrow of this length at this angle.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn turned(length: f64, angle: Level) -> (f64, f64) {
    // The two highest digits of v say which quarter of the circle it is, the others where in it, from its middle.
    let quarter = angle.step() << 11;
    let turn = f64::from_bits(angle.step() << 1 & FRACTION | ONE) - (1.5 - 2.0 * HALF_STEP);
    let (sine, cosine) = sine_and_cosine(turn * std::f64::consts::FRAC_PI_2);
    let (along, across) = ((length * cosine).to_bits(), (length * sine).to_bits());
    // In odd quarters the two change places; the first is negative in the second and third, the second in the last two.
    let exchanged = (along ^ across) & ((quarter << 1).cast_signed() >> 63).cast_unsigned();
    let (first_sign, second_sign) = ((quarter ^ quarter << 1) & 1 << 63, quarter & 1 << 63);
    (f64::from_bits(along ^ exchanged ^ first_sign), f64::from_bits(across ^ exchanged ^ second_sign))
}

/// sin x and cos x for |x| <= π/4, by their series: what is left out is below 2^-57. Terms are added in pairs and these in
/// pairs again, so that few wait for others.
#[inline(always)]
fn sine_and_cosine(x: f64) -> (f64, f64) {
    const SINE: [f64; 6] = [
        1.0 / 120.0,
        -1.0 / 5040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 1_307_674_368_000.0,
    ];
    const COSINE: [f64; 6] = [
        1.0 / 24.0,
        -1.0 / 720.0,
        1.0 / 40_320.0,
        -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0,
        -1.0 / 87_178_291_200.0,
    ];
    const LAST: [f64; 2] = [1.0 / 355_687_428_096_000.0, 1.0 / 20_922_789_888_000.0];
    let square = x * x;
    let fourth = square * square;
    let series = |[c0, c1, c2, c3, c4, c5]: [f64; 6], c6: f64| {
        let [low, middle, high] = [fused(c1, square, c0), fused(c3, square, c2), fused(c5, square, c4)];
        fused(fused(fused(c6, fourth, high), fourth, middle), fourth, low)
    };
    let sine = fused(x * square, fused(series(SINE, LAST[0]), square, -1.0 / 6.0), x);
    let half = 0.5 * square;
    // 1 - x²/2 is rounded; what is lost is put back.
    let most = 1.0 - half;
    let cosine = most + fused(fourth, series(COSINE, LAST[1]), (1.0 - most) - half);
    (sine, cosine)
}

#[cfg(test)]
mod tests {
    use super::super::normal::double::Double;
    use super::*;

    /// √x for x > 0, by one step of Newton's method.
    fn sqrt(x: Double) -> Double {
        let near = Double::from(x.high.sqrt());
        near + (x - near * near) / (near * 2.0.into())
    }

    /// sin πx and cos πx by their series, |x| <= 1.
    fn sine_and_cosine_of_pi(x: Double) -> (Double, Double) {
        let x = x * Double { high: std::f64::consts::PI, low: 1.224_646_799_147_353_2e-16 };
        let (mut term, mut sine, mut cosine) = (Double::from(1.0), Double::from(0.0), Double::from(1.0));
        for n in 1..50 {
            term = term * x / f64::from(n).into();
            let signed = if n % 4 < 2 { term } else { -term };
            let sum = if n % 2 == 0 { &mut cosine } else { &mut sine };
            *sum = *sum + signed;
        }
        (sine, cosine)
    }

    fn pairs(words: &[[u64; 2]]) -> Vec<(f64, f64)> {
        let levels = |half: usize| words.iter().map(|word| Level::from_bits(word[half])).collect::<Vec<_>>();
        let (mut first, mut second) = (vec![f64::NAN; words.len()], vec![f64::NAN; words.len()]);
        score_pairs([&levels(0), &levels(1)], [&mut first, &mut second]);
        first.into_iter().zip(second).collect()
    }

    /// Radii and turns of all sizes, and the first and last numbers of every quarter.
    fn words() -> Vec<[u64; 2]> {
        let golden = 0x9E37_79B9_7F4A_7C15_u64;
        let mut words: Vec<[u64; 2]> = (0..20_000)
            .map(|k: u64| [k.wrapping_mul(golden), k.wrapping_mul(golden).wrapping_mul(golden)])
            .collect();
        for shift in 0..64 {
            words.push([u64::MAX >> shift, 1 << shift]);
            words.push([!(u64::MAX >> shift), !(1 << shift)]);
        }
        words.extend(
            (0..4_u64)
                .flat_map(|quarter| [[5 << 60, quarter << 62], [5 << 60, (quarter << 62).wrapping_sub(1)]]),
        );
        words
    }

    /// The errors in the documentation of [`score_pairs`].
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        let words = words();
        let mut worst = 0.0_f64;
        for ([radius, angle], (first, second)) in words.iter().zip(pairs(&words)) {
            let step = Double::from(HALF_STEP);
            let u = Double::from((radius >> 12) as f64) * 2.0.into() * step + step;
            let length = sqrt(u.ln(libm::log(u.high)) * (-2.0).into());
            let v = Double::from((angle >> 11) as f64) * step + step * 0.5.into() - 0.125.into();
            let around = v * 2.0.into();
            // Beyond half the circle from the other side.
            let (sine, cosine) =
                sine_and_cosine_of_pi(if around.high > 1.0 { around - 2.0.into() } else { around });
            worst = worst.max((length * cosine).ulps_to(first)).max((length * sine).ulps_to(second));
        }
        assert!(worst <= 3.1 && worst > 0.9 * 3.1, "{worst}");
    }

    #[test]
    fn loops_are_alike() {
        let words = words();
        let levels =
            [0, 1].map(|half| words.iter().map(|word| Level::from_bits(word[half])).collect::<Vec<_>>());
        let scores = |run: fn([&[Level]; 2], [&mut [f64]; 2])| {
            let mut scores = [0; 2].map(|_| vec![f64::NAN; words.len()]);
            run(levels.each_ref().map(Vec::as_slice), scores.each_mut().map(Vec::as_mut_slice));
            scores
        };
        assert_eq!(scores(in_one_loop), scores(in_two_loops));
    }

    #[test]
    fn the_extremes_are_finite() {
        let found = pairs(&[[0, 0], [u64::MAX, 0], [0, u64::MAX], [u64::MAX, 1 << 62]]);
        assert!(libm::hypot(found[0].0, found[0].1) > 8.57, "{found:?}");
        assert!(found.iter().all(|(first, second)| first.is_finite() && second.is_finite()), "{found:?}");
        assert!(libm::hypot(found[3].0, found[3].1) > 1e-8, "{found:?}");
    }
}
