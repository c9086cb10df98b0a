//! F(Q(u)) = u over all shapes: the test of every quantile function.
//!
//! |F(Q(u)) - u| is at most 1e-12 of the nearer tail, and so 1e-12 for every u. Only where the numbers of 64 bits are
//! too coarse can it be more: F may move by more than that from one number to the next (beta 1, 0.01 has P(X > 1 - 1.1e-16) =
//! 0.69). There the quantile must be within two numbers of the exact one (it is rounded, and so is its scaling by the
//! law's parameters): u lies between F at those two below and above. Where u lies below the probability of everything under the smallest normal number, x = 0 is the answer and F(x) = 0: gamma 0.01
//! has F(2e-308) = 8e-4.

use super::{Beta, Distribution, Gamma, Lognormal, Pareto, Weibull};

const TOLERANCE: f64 = 1e-12;

/// From 1e-12 to one half, four to a decade: both as share below and as share above.
fn levels() -> impl Iterator<Item = f64> {
    (0..48).map(|quarter| libm::pow(10.0, -12.0 + f64::from(quarter) / 4.0)).chain([0.02, 0.3, 0.5])
}

/// From 1e-2 to 1e4, four to a decade.
fn shapes() -> impl Iterator<Item = f64> + Clone {
    (-8..=16).map(|quarter| libm::pow(10.0, f64::from(quarter) / 4.0).clamp(1e-2, 1e4))
}

/// Refuses a quantile whose level is not the one asked for; passes over shapes that cannot be configured.
fn check(law: &Distribution) {
    if law.check().is_err() {
        return; // it cannot be configured
    }
    let both = law.two_tailed();
    for u in levels() {
        for upper in [false, true] {
            let x = if upper { both.upper_quantile(u) } else { both.lower_quantile(u) };
            let level = |x: f64| if upper { both.survival(x) } else { both.cdf(x) };
            if x == f64::INFINITY {
                // Beyond the largest number: nothing there may have a larger share.
                assert!(both.survival(f64::MAX) >= u * (1.0 - TOLERANCE), "{law:?}: infinite at {u:e}");
                continue;
            }
            if x < f64::MIN_POSITIVE {
                let hidden = both.cdf(f64::MIN_POSITIVE);
                let level = if upper { 1.0 - u } else { u };
                assert!(level <= hidden * (1.0 + TOLERANCE), "{law:?}: {x:e} at {u:e}, {hidden:e}");
                continue;
            }
            let around = [x.next_down().next_down(), x.next_up().next_up()];
            let (found, neighbours) = (level(x), around.map(level));
            let (least, most) = (neighbours[0].min(neighbours[1]), neighbours[0].max(neighbours[1]));
            assert!(
                (found - u).abs() <= TOLERANCE * u || least <= u && u <= most,
                "{law:?} at {x:e}: {found:e} is not {u:e}, nor is it between {least:e} and {most:e}"
            );
        }
    }
}

#[test]
fn quantiles_of_one_shape_are_inverted_by_their_cdf() {
    for shape in shapes() {
        check(&Distribution::Gamma(Gamma { shape, scale: 2.0 }));
        check(&Distribution::Weibull(Weibull { shape, scale: 3.0 }));
        check(&Distribution::Pareto(Pareto { scale: 0.5, shape }));
    }
    for sigma in shapes().filter(|sigma| *sigma <= 10.0) {
        check(&Distribution::Lognormal(Lognormal { mu: 0.3, sigma }));
    }
}

#[test]
fn quantiles_of_two_shapes_are_inverted_by_their_cdf() {
    for alpha in shapes() {
        for beta in shapes() {
            check(&Distribution::Beta(Beta { alpha, beta, low: 0.0, high: 1.0 }));
        }
    }
}
