//! Normal scores in fours: each normal, and nothing of one told by the others.

use population::Key;
use population::special::{box_muller, normal};
use population::stream::{Purpose, word_pairs};

use super::{CRITICAL, kolmogorov_smirnov};

const FOURS: usize = 1_000_000;

/// The four scores of one block of each person.
fn scores() -> [Vec<f64>; 4] {
    let users: Vec<u64> = (0..FOURS as u64).collect();
    let mut words = [vec![0; FOURS], vec![0; FOURS]];
    let key = Key { seed: 20_250_702, replicate: 5 };
    let [one, other] = &mut words;
    word_pairs(key, Purpose::TaskScore, &users, 9, one, other);
    let mut scores = [(); 4].map(|()| vec![f64::NAN; FOURS]);
    box_muller::scores(words.each_ref().map(Vec::as_slice), scores.each_mut().map(Vec::as_mut_slice));
    scores
}

#[test]
fn scores_are_normal_into_the_tails() {
    for scores in scores() {
        let statistic = kolmogorov_smirnov(scores.clone(), |z| normal::tails(z).lower);
        assert!(statistic < CRITICAL, "{statistic}");
        // Counts are binomial: five standard errors are exceeded 6e-7 often.
        for z in [2.0, 3.0, 4.0] {
            let share = normal::survival(z);
            let error = 5.0 * (share * FOURS as f64).sqrt();
            for sign in [1.0, -1.0] {
                let beyond = scores.iter().filter(|score| sign * **score > z).count() as f64;
                assert!((beyond - share * FOURS as f64).abs() < error, "{beyond} beyond {z}");
            }
        }
    }
}

/// Of independent normals x and y the sum of squares is exponential, x/√(x²+y²) has the arcsine law, and sums and
/// differences over √2 are normal again.
#[test]
fn two_of_a_block_are_independent() {
    let scores = scores();
    for (first, second) in [(0, 1), (0, 2), (1, 3), (0, 3)] {
        check_independence(&scores[first], &scores[second]);
    }
}

fn check_independence(first: &[f64], second: &[f64]) {
    let both =
        |of: fn(f64, f64) -> f64| first.iter().zip(second).map(|(x, y)| of(*x, *y)).collect::<Vec<_>>();
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
    let mean = |of: fn(f64, f64) -> f64| both(of).iter().sum::<f64>() / FOURS as f64;
    assert!(mean(|x, y| x * y).abs() < 5.0 / (FOURS as f64).sqrt());
    assert!(mean(|x, y| (x * x - 1.0) * (y * y - 1.0)).abs() < 10.0 / (FOURS as f64).sqrt());
}
