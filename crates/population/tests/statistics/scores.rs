//! Pairs of normal scores: each normal, and nothing of one told by the other.

use population::Key;
use population::special::box_muller::score_pairs;
use population::special::normal;
use population::stream::{Level, Purpose, level_pairs};

use super::{CRITICAL, kolmogorov_smirnov};

const PAIRS: usize = 1_000_000;

fn pairs() -> [Vec<f64>; 2] {
    let users: Vec<u64> = (0..PAIRS as u64).collect();
    let mut levels = [vec![Level::LOWEST; PAIRS], vec![Level::LOWEST; PAIRS]];
    let [radii, angles] = &mut levels;
    level_pairs(Key { seed: 20_250_702, replicate: 5 }, Purpose::TaskScore, &users, 9, radii, angles);
    let mut scores = [vec![f64::NAN; PAIRS], vec![f64::NAN; PAIRS]];
    let [first, second] = &mut scores;
    score_pairs([radii, angles], [first, second]);
    scores
}

#[test]
fn scores_are_normal_into_the_tails() {
    for scores in pairs() {
        let statistic = kolmogorov_smirnov(scores.clone(), |z| normal::tails(z).lower);
        assert!(statistic < CRITICAL, "{statistic}");
        // Counts are binomial: five standard errors are exceeded 6e-7 often.
        for z in [2.0, 3.0, 4.0] {
            let share = normal::survival(z);
            let error = 5.0 * (share * PAIRS as f64).sqrt();
            for sign in [1.0, -1.0] {
                let beyond = scores.iter().filter(|score| sign * **score > z).count() as f64;
                assert!((beyond - share * PAIRS as f64).abs() < error, "{beyond} beyond {z}");
            }
        }
    }
}

/// Of independent normals x and y the sum of squares is exponential, x/√(x²+y²) has the arcsine law, and sums and
/// differences over √2 are normal again.
#[test]
fn the_two_of_a_pair_are_independent() {
    let [first, second] = pairs();
    let both =
        |of: fn(f64, f64) -> f64| first.iter().zip(&second).map(|(x, y)| of(*x, *y)).collect::<Vec<_>>();
    let squares = kolmogorov_smirnov(both(|x, y| x * x + y * y), |x| -libm::expm1(-0.5 * x));
    let turned = kolmogorov_smirnov(both(|x, y| x / libm::hypot(x, y)), |x| {
        1.0 - libm::acos(x) / std::f64::consts::PI
    });
    let normal = |z| normal::tails(z).lower;
    let sum = kolmogorov_smirnov(both(|x, y| (x + y) * std::f64::consts::FRAC_1_SQRT_2), normal);
    let difference = kolmogorov_smirnov(both(|x, y| (x - y) * std::f64::consts::FRAC_1_SQRT_2), normal);
    assert!(
        [squares, turned, sum, difference].iter().all(|statistic| *statistic < CRITICAL),
        "{squares} {turned} {sum} {difference}"
    );
    // Products have variance 1 and, of squares less one, 4.
    let mean = |of: fn(f64, f64) -> f64| both(of).iter().sum::<f64>() / PAIRS as f64;
    assert!(mean(|x, y| x * y).abs() < 5.0 / (PAIRS as f64).sqrt());
    assert!(mean(|x, y| (x * x - 1.0) * (y * y - 1.0)).abs() < 10.0 / (PAIRS as f64).sqrt());
}
