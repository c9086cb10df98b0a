//! Two independent normal scores from 64 random bits, by Box and Muller.

use model::kernel::{fused, ln_of_share};

/// The bits of one: or-ed with 52 bits below they are a number from one to two.
const ONE: u64 = 0x3ff << 52;
const FRACTION: u64 = (1 << 52) - 1;
/// Bits of a word that say how long the arrow is; the others say where it points.
const LENGTH_BITS: u32 = 40;
const ANGLE_BITS: u32 = u64::BITS - LENGTH_BITS;

/// Two scores from every word of random bits; all three slices are of the same length.
///
/// ```text
/// first = sqrt(-2 ln u) cos 2π(v - 1/8),   second = sqrt(-2 ln u) sin 2π(v - 1/8)
/// u = (k + 1/2) 2^-40,   v = (l + 1/2) 2^-24   for a word with k as its top 40 and l as its other 24 bits
/// ```
/// The mean over 2^24 angles of any polynomial in a score of lower degree is that over the circle, and the scores reach to
/// 7.539, beyond which one of 2 10^13 lies. The largest error among 20,000 pairs, against 32 digits: 2.6 units in the last place.
///
/// # References
/// G. Box and M. Muller, "A note on the generation of random normal deviates", Annals of Mathematical Statistics 29
/// (1958), doi 10.1214/aoms/1177706645.
pub fn score_pairs(words: &[u64], [first, second]: [&mut [f64]; 2]) {
    // One unit of a processor makes quotients and roots: in two loops the quotients hide behind the rest of the first, and the roots
    // behind the rest of the second.
    squares(words, second);
    turned(words, first, second);
}

model::kernel! {
    /// -2 ln u.
    fn squares(words: &[u64], squares: &mut [f64]) {
        for (word, square) in words.iter().zip(squares) {
            let steps = word >> ANGLE_BITS << (52 - LENGTH_BITS);
            // Half a step over what is counted from one.
            let u = f64::from_bits(steps | ONE) - (1.0 - half_step(LENGTH_BITS));
            *square = -2.0 * ln_of_share(u);
        }
    }
}

model::kernel! {
    /// The ends of arrows, of which the squared lengths stand in `second`.
    fn turned(words: &[u64], first: &mut [f64], second: &mut [f64]) {
        for ((word, first), second) in words.iter().zip(first).zip(second) {
            let length = second.sqrt();
            // The two highest digits of v say which quarter of the circle it is, the others where in it, from its middle.
            let quarter = word << (64 - ANGLE_BITS);
            let steps = word << (54 - ANGLE_BITS) & FRACTION;
            let turn = f64::from_bits(steps | ONE) - (1.5 - half_step(ANGLE_BITS - 2));
            let (sine, cosine) = sine_and_cosine(turn * std::f64::consts::FRAC_PI_2);
            let (along, across) = ((length * cosine).to_bits(), (length * sine).to_bits());
            // In odd quarters the two change places; the first is negative in the second and third, the second in the last two.
            let exchanged = (along ^ across) & ((quarter << 1).cast_signed() >> 63).cast_unsigned();
            let (first_sign, second_sign) = ((quarter ^ quarter << 1) & 1 << 63, quarter & 1 << 63);
            *first = f64::from_bits(along ^ exchanged ^ first_sign);
            *second = f64::from_bits(across ^ exchanged ^ second_sign);
        }
    }
}

/// Half of what so many bits count in.
const fn half_step(bits: u32) -> f64 {
    0.5 / (1_u64 << bits) as f64
}

/// sin x and cos x for |x| <= π/4, by the polynomials of FreeBSD's msun: what they leave out is below 2^-58. Terms are added in
/// pairs and these in pairs again, so that few wait for others.
#[inline(always)]
fn sine_and_cosine(x: f64) -> (f64, f64) {
    const SINE: [f64; 6] = [
        -1.666_666_666_666_663_2e-1,
        8.333_333_333_322_49e-3,
        -1.984_126_982_985_795e-4,
        2.755_731_370_707_006_8e-6,
        -2.505_076_025_340_686_3e-8,
        1.589_690_995_211_55e-10,
    ];
    const COSINE: [f64; 6] = [
        4.166_666_666_666_66e-2,
        -1.388_888_888_887_411e-3,
        2.480_158_728_947_673e-5,
        -2.755_731_435_139_066_3e-7,
        2.087_572_321_298_175e-9,
        -1.135_964_755_778_819_5e-11,
    ];
    let square = x * x;
    let fourth = square * square;
    let series = |[c0, c1, c2, c3, c4, c5]: [f64; 6]| {
        let [low, middle, high] = [fused(c1, square, c0), fused(c3, square, c2), fused(c5, square, c4)];
        fused(fused(high, fourth, middle), fourth, low)
    };
    let sine = fused(x * square, series(SINE), x);
    let half = 0.5 * square;
    // 1 - x²/2 is rounded; what is lost is put back.
    let most = 1.0 - half;
    let cosine = most + fused(fourth, series(COSINE), (1.0 - most) - half);
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

    fn pairs(words: &[u64]) -> Vec<(f64, f64)> {
        let (mut first, mut second) = (vec![f64::NAN; words.len()], vec![f64::NAN; words.len()]);
        score_pairs(words, [&mut first, &mut second]);
        first.into_iter().zip(second).collect()
    }

    /// The word with these steps of the radius and of the angle.
    fn word(radius: u64, angle: u64) -> u64 {
        radius << ANGLE_BITS | angle
    }

    const LARGEST: [u64; 2] = [(1 << LENGTH_BITS) - 1, (1 << ANGLE_BITS) - 1];

    /// Radii and turns of all sizes, and the first and last numbers of every quarter.
    fn words() -> Vec<u64> {
        let golden = 0x9E37_79B9_7F4A_7C15_u64;
        let mut words: Vec<u64> = (0..20_000).map(|k: u64| k.wrapping_mul(golden)).collect();
        for shift in 0..LENGTH_BITS {
            let radius = LARGEST[0] >> shift;
            words.extend([
                word(radius, 1 << (shift % ANGLE_BITS)),
                word(LARGEST[0] - radius, LARGEST[1] >> (shift % ANGLE_BITS)),
            ]);
        }
        for quarter in (0..4).map(|quarter| quarter << (ANGLE_BITS - 2)) {
            let last = quarter + (1 << (ANGLE_BITS - 2)) - 1;
            words.extend([quarter, last].map(|angle| word(5 << (LENGTH_BITS - 4), angle)));
        }
        words
    }

    /// The errors in the documentation of [`score_pairs`].
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        let words = words();
        let mut worst = 0.0_f64;
        for (word, (first, second)) in words.iter().zip(pairs(&words)) {
            let share = |steps: u64, bits| Double::from((steps as f64 + 0.5) * 2.0 * half_step(bits));
            let u = share(word >> ANGLE_BITS, LENGTH_BITS);
            let length = sqrt(u.ln(libm::log(u.high)) * (-2.0).into());
            let v = share(word & LARGEST[1], ANGLE_BITS) - 0.125.into();
            let around = v * 2.0.into();
            // Beyond half the circle from the other side.
            let (sine, cosine) =
                sine_and_cosine_of_pi(if around.high > 1.0 { around - 2.0.into() } else { around });
            worst = worst.max((length * cosine).ulps_to(first)).max((length * sine).ulps_to(second));
        }
        assert!(worst <= 2.6 && worst > 0.9 * 2.6, "{worst}");
    }

    #[test]
    fn the_extremes_are_finite() {
        let [longest, all] = LARGEST;
        let found =
            pairs(&[word(0, 0), word(longest, 0), word(0, all), word(longest, 1 << (ANGLE_BITS - 2))]);
        assert!(libm::hypot(found[0].0, found[0].1) > 7.538, "{found:?}");
        assert!(found.iter().all(|(first, second)| first.is_finite() && second.is_finite()), "{found:?}");
        assert!(libm::hypot(found[3].0, found[3].1) > 1e-7, "{found:?}");
    }

    /// As the documentation says: the angles of one length alone have the moments of the circle.
    #[test]
    fn angles_are_even_on_the_circle() {
        let radius = 1 << (LENGTH_BITS - 2);
        let words: Vec<u64> = (0..1 << ANGLE_BITS).map(|angle| word(radius, angle)).collect();
        let found = pairs(&words);
        let length = libm::hypot(found[0].0, found[0].1);
        let mean = |of: fn(f64, f64) -> f64| {
            found.iter().map(|(first, second)| of(first / length, second / length)).sum::<f64>()
                / words.len() as f64
        };
        for (found, expected) in [
            (mean(|x, _| x), 0.0),
            (mean(|_, y| y), 0.0),
            (mean(|x, y| x * y), 0.0),
            (mean(|x, _| x * x), 0.5),
            (mean(|x, _| x * x * x * x), 3.0 / 8.0),
            (mean(|x, y| x * x * y * y * y * y), 1.0 / 16.0),
        ] {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
