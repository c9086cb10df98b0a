//! Four independent normal scores from 128 random bits, by Box and Muller's method in four dimensions.

use model::kernel::{fused, ln_of_share};

/// The bits of one: or-ed with 52 bits below they are a number from one to two.
const ONE: u64 = 0x3ff << 52;
/// Of the 64 bits of a word, from the highest: how long the arrow of both words is, which quarter of the circle the word's own part
/// points to, where in it, and half of how the two share the length.
const LENGTH_BITS: u32 = 32;
const QUARTER_BITS: u32 = 2;
const PLACE_BITS: u32 = 19;
const SHARE_BITS: u32 = 11;

/// Four scores from every two words of random bits; all slices are of the same length.
///
/// ```text
/// s = -2 ln(u_0 u_1),   r_0² = s v,   r_1² = s (1 - v);   of either word r cos t and r sin t, exchanged if x = 1, negative if y = 1
/// u = (m + 1/2) 2^-32,   t = π/2 ((n + 1/2) 2^-19 - 1/2),   v = (2^11 l_0 + l_1 + 1/2) 2^-22
/// for words of 32 bits m, one bit x, one bit y, 19 bits n and 11 bits l
/// ```
/// The squared length s of four scores is the sum of two exponential numbers, of which each pair has a share that is uniform
/// whatever the sum: four scores take one logarithm. The mean over 2^21 angles of any polynomial in a score of lower degree is that
/// over the circle, and the scores reach to 9.565. The largest error among 20,000 fours, against 32 digits: 3.0 units in the last
/// place, and where s < 1 besides what u_0 u_1 is rounded by, a share 2^-53/s of a score.
///
/// # References
/// G. Box and M. Muller, "A note on the generation of random normal deviates", Annals of Mathematical Statistics 29
/// (1958), doi 10.1214/aoms/1177706645; more dimensions than two: M. Sibuya, "A method for generating uniformly distributed points on
/// N-dimensional spheres", Annals of the Institute of Statistical Mathematics 14 (1962), doi 10.1007/BF02868626.
pub fn scores(words: [&[u64]; 2], [a, b, c, d]: [&mut [f64]; 4]) {
    // One unit of a processor makes quotients and roots: in two loops the quotients hide behind the rest of the first, and the roots
    // behind the rest of the second.
    squares(words, [&mut *b, &mut *d]);
    turned(words[0], a, b);
    turned(words[1], c, d);
}

model::kernel! {
    /// Squared lengths of both pairs.
    fn squares(words: [&[u64]; 2], squares: [&mut [f64]; 2]) {
        const SHARE: u64 = (1 << SHARE_BITS) - 1;
        let ([first, second], [near, far]) = (words, squares);
        for (((first, second), near), far) in first.iter().zip(second).zip(near).zip(far) {
            let log = ln_of_share(share_of_length(*first) * share_of_length(*second));
            // -2 v, and -2 (1 - v), which is as exact.
            let shared = (first & SHARE) << (52 - SHARE_BITS) | (second & SHARE) << (52 - 2 * SHARE_BITS);
            let share = fused(number(shared), -2.0, 2.0 - 2.0 * half_step(2 * SHARE_BITS));
            *near = log * share;
            *far = log * (-2.0 - share);
        }
    }
}

/// u.
#[inline(always)]
fn share_of_length(word: u64) -> f64 {
    const TOP: u64 = ((1 << LENGTH_BITS) - 1) << (52 - LENGTH_BITS);
    number(word >> 12 & TOP) - (1.0 - half_step(LENGTH_BITS))
}

/// From one to two, by 52 bits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn number(fraction: u64) -> f64 {
    f64::from_bits(fraction | ONE)
}

model::kernel! {
    /// The ends of arrows, of which the squared lengths stand in `second`.
    fn turned(words: &[u64], first: &mut [f64], second: &mut [f64]) {
        const PLACE: u64 = ((1 << PLACE_BITS) - 1) << (52 - PLACE_BITS);
        const QUARTER: u32 = u64::BITS - LENGTH_BITS - QUARTER_BITS;
        for ((word, first), second) in words.iter().zip(first).zip(second) {
            // From the middle of the quarter.
            let turn = number(word << (52 - QUARTER) & PLACE) - (1.5 - half_step(PLACE_BITS));
            let (sine, cosine) = sine_and_cosine(turn * std::f64::consts::FRAC_PI_2);
            let is_exchanged = word >> (QUARTER + 1) & 1 == 1;
            let (along, across) = if is_exchanged { (sine, cosine) } else { (cosine, sine) };
            let sign = word << (63 - QUARTER) & 1 << 63;
            let length = f64::from_bits(second.sqrt().to_bits() | sign);
            (*first, *second) = (length * along, length * across);
        }
    }
}

/// Half of what so many bits count in.
const fn half_step(bits: u32) -> f64 {
    0.5 / (1_u64 << bits) as f64
}

/// sin x and cos x for |x| <= π/4, by the polynomials of FreeBSD's msun: what they leave out is below 2^-58.
#[inline(always)]
fn sine_and_cosine(x: f64) -> (f64, f64) {
    const SINE: [f64; 6] = [
        1.589_690_995_211_55e-10,
        -2.505_076_025_340_686_3e-8,
        2.755_731_370_707_006_8e-6,
        -1.984_126_982_985_795e-4,
        8.333_333_333_322_49e-3,
        -1.666_666_666_666_663_2e-1,
    ];
    const COSINE: [f64; 6] = [
        -1.135_964_755_778_819_5e-11,
        2.087_572_321_298_175e-9,
        -2.755_731_435_139_066_3e-7,
        2.480_158_728_947_673e-5,
        -1.388_888_888_887_411e-3,
        4.166_666_666_666_66e-2,
    ];
    let square = x * x;
    let series = |[highest, others @ ..]: [f64; 6]| {
        others.into_iter().fold(highest, |series, coefficient| fused(series, square, coefficient))
    };
    (fused(x * square, series(SINE), x), fused(fused(series(COSINE), square, -0.5), square, 1.0))
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

    fn fours(words: [&[u64]; 2]) -> [Vec<f64>; 4] {
        let mut found = [(); 4].map(|()| vec![f64::NAN; words[0].len()]);
        scores(words, found.each_mut().map(Vec::as_mut_slice));
        found
    }

    const ANGLE_BITS: u32 = QUARTER_BITS + PLACE_BITS;
    const LONGEST: u64 = (1 << LENGTH_BITS) - 1;
    const ANGLES: u64 = 1 << ANGLE_BITS;
    const SHARES: u64 = 1 << SHARE_BITS;

    /// The word of these numbers of steps.
    fn word(length: u64, angle: u64, share: u64) -> u64 {
        (length << ANGLE_BITS | angle) << SHARE_BITS | share
    }

    /// Lengths, angles and shares of all sizes, both short and long arrows, and the first and last angles of every quarter.
    fn words() -> [Vec<u64>; 2] {
        let golden = 0x9E37_79B9_7F4A_7C15_u64;
        let mut words: Vec<[u64; 2]> = (0..20_000)
            .map(|k: u64| k.wrapping_mul(golden))
            .map(|first| [first, (first ^ first >> 31).wrapping_mul(golden)])
            .collect();
        for shift in 0..LENGTH_BITS {
            let (length, angle, share) =
                (LONGEST >> shift, 1 << (shift % ANGLE_BITS), (SHARES - 1) >> (shift % SHARE_BITS));
            let near = word(LONGEST - length, angle, share);
            words.extend([
                [word(length, angle, share), word(LONGEST - length, ANGLES - angle, SHARES - 1 - share)],
                [near, near],
                [near, word(LONGEST, ANGLES - 1, share)],
                [word(length, ANGLES - 1, 0), word(0, angle, share)],
            ]);
        }
        for first in (0..ANGLES).step_by(1 << PLACE_BITS) {
            let last = first + (1 << PLACE_BITS) - 1;
            words.push([first, last].map(|angle| word(5 << (LENGTH_BITS - 4), angle, SHARES / 3)));
        }
        [0, 1].map(|half| words.iter().map(|words| words[half]).collect())
    }

    /// The errors in the documentation of [`scores`], against its formula.
    #[test]
    fn units_in_the_last_place_are_as_stated() {
        let [first, second] = words();
        let found = fours([&first, &second]);
        let share = |steps: u64, bits| Double::from((steps as f64 + 0.5) * 2.0 * half_step(bits));
        let mut worst = 0.0_f64;
        for (row, words) in first.into_iter().zip(second).map(|(first, second)| [first, second]).enumerate() {
            let [u, other] = words.map(|word| share(word >> (ANGLE_BITS + SHARE_BITS), LENGTH_BITS));
            let product = u * other;
            let square = product.ln(libm::log(product.high)) * (-2.0).into();
            let [high, low] = words.map(|word| word % SHARES);
            let v = share(SHARES * high + low, 2 * SHARE_BITS);
            for (half, (word, part)) in words.into_iter().zip([v, Double::from(1.0) - v]).enumerate() {
                let angle = word / SHARES % ANGLES;
                let turn = share(angle % (1 << PLACE_BITS), PLACE_BITS) - 0.5.into();
                let (sine, cosine) = sine_and_cosine_of_pi(turn * 0.5.into());
                let (along, across) = if angle & (ANGLES / 2) == 0 { (cosine, sine) } else { (sine, cosine) };
                let length = sqrt(square * part);
                let signed = if angle & (ANGLES / 4) == 0 { length } else { -length };
                let allowed = half_step(52) / square.high;
                for (expected, found) in [along, across].into_iter().zip(&found[2 * half..]) {
                    let expected = signed * expected;
                    let size = expected.high.abs();
                    let lost = allowed * size / (size.next_up() - size);
                    worst =
                        worst.max(expected.ulps_to(found[row]) - if square.high < 1.0 { lost } else { 0.0 });
                }
            }
        }
        assert!(worst <= 3.0 && worst > 0.9 * 3.0, "{worst}");
    }

    #[test]
    fn the_extremes_are_finite() {
        let shortest = word(LONGEST, 0, 0);
        let found = fours([
            &[0, shortest, u64::MAX, shortest, word(0, ANGLES / 4, SHARES - 1)],
            &[0, shortest, u64::MAX, 0, word(0, 0, SHARES - 1)],
        ]);
        let length = |row: usize| found.iter().fold(0.0, |most, scores| libm::hypot(most, scores[row]));
        assert!(found.iter().flatten().all(|score| score.is_finite()), "{found:?}");
        assert!((length(0) - 9.565).abs() < 1e-3, "{found:?}");
        // Both half a step from none, of which the first word has the smallest share there is.
        assert!((length(1) / (2.0 * half_step(31)).sqrt() - 1.0).abs() < 1e-6, "{found:?}");
        let [near, far] = [[0, 1], [2, 3]].map(|pair| libm::hypot(found[pair[0]][1], found[pair[1]][1]));
        assert!((near / far / (2.0 * half_step(23)).sqrt() - 1.0).abs() < 1e-6, "{near} {far}");
    }

    /// As the documentation says: the angles of one length alone have the moments of the circle.
    #[test]
    fn angles_are_even_on_the_circle() {
        let words: Vec<u64> = (0..ANGLES).map(|angle| word(1 << (LENGTH_BITS - 2), angle, 0)).collect();
        let [first, second, ..] = fours([&words, &words]);
        let length = libm::hypot(first[0], second[0]);
        let mean = |of: fn(f64, f64) -> f64| {
            first.iter().zip(&second).map(|(first, second)| of(first / length, second / length)).sum::<f64>()
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
