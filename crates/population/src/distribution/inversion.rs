//! F(Q(u)) = u over all shapes: the test of every quantile function.
//!
//! A number of 64 bits cannot do better than its own spacing: a quantile x off by a few units in its last place moves F by
//! x f(x) of them. So the bound is 1e-12, and 1e-10 relative to the nearer tail, plus 4 ε x f(x), where ε = 2.2e-16. Where u lies below the
//! probability of everything under the smallest normal number, x = 0 is the answer and F(x) = 0: gamma 0.01 has
//! F(2e-308) = 8e-4.

use super::{Beta, Distribution, Gamma, Lognormal, Pareto, Weibull};

/// Levels from 1e-12 to one half: both as share below and as share above.
const LEVELS: [f64; 10] = [1e-12, 1e-11, 1e-9, 1e-7, 1e-5, 1e-3, 0.02, 0.1, 0.3, 0.5];

const SHAPES: [f64; 13] = [0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 1.5, 3.0, 10.0, 100.0, 1e3, 3e3, 1e4];

/// Refuses a quantile whose level is not the one asked for; passes over shapes that cannot be configured.
fn check(law: &Distribution) {
    if law.check().is_err() {
        return; // it cannot be configured
    }
    let both = law.two_tailed();
    for u in LEVELS {
        for upper in [false, true] {
            let x = if upper { both.upper_quantile(u) } else { both.lower_quantile(u) };
            let found = if upper { both.survival(x) } else { both.cdf(x) };
            if x == f64::INFINITY {
                // Beyond the largest number: nothing there may have a larger share.
                assert!(both.survival(f64::MAX) >= u * (1.0 - 1e-12), "{law:?}: infinite at {u:e}");
                continue;
            }
            if x < f64::MIN_POSITIVE {
                let hidden = both.cdf(f64::MIN_POSITIVE);
                let level = if upper { 1.0 - u } else { u };
                assert!(level <= hidden * (1.0 + 1e-12), "{law:?}: {x:e} at {u:e}, {hidden:e}");
                continue;
            }
            let spacing = 4.0 * f64::EPSILON * x * both.density(x);
            let error = (found - u).abs();
            assert!(
                error <= (1e-10 * u).min(1e-12) + spacing,
                "{law:?} at {x:e}: {found:e} is not {u:e}, ± {spacing:e}"
            );
        }
    }
}

#[test]
fn quantiles_of_one_shape_are_inverted_by_their_cdf() {
    for shape in SHAPES {
        check(&Distribution::Gamma(Gamma { shape, scale: 2.0 }));
        check(&Distribution::Weibull(Weibull { shape, scale: 3.0 }));
        check(&Distribution::Pareto(Pareto { scale: 0.5, shape }));
    }
    for sigma in SHAPES.into_iter().filter(|sigma| *sigma <= 10.0) {
        check(&Distribution::Lognormal(Lognormal { mu: 0.3, sigma }));
    }
}

#[test]
fn quantiles_of_two_shapes_are_inverted_by_their_cdf() {
    for alpha in SHAPES {
        for beta in SHAPES {
            check(&Distribution::Beta(Beta { alpha, beta, low: 0.0, high: 1.0 }));
        }
    }
}
