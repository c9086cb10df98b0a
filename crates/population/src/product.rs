//! The law of the index of a value-scale buyer: a value times a power of an independent scale.

pub mod powered;
pub mod quadrature;
pub mod uniform;

use std::sync::Arc;

use model::belief::Law;

pub use self::powered::PoweredLaw;
pub use self::quadrature::QuadratureLaw;
pub use self::uniform::UniformProduct;
use crate::distribution::Distribution;
use crate::root::{RESOLVED, below_resolved};

/// A law of one number: without atoms, or one point.
#[derive(Debug, Clone)]
pub enum NumberLaw {
    /// A law without atoms.
    Continuous(Arc<dyn Law>),
    /// Everybody has the same number.
    Point(f64),
}

/// The law of θ = w s^{1-σ} for independent value w and scale s.
///
/// In closed form for two uniform laws and where one of the two is a constant, else by quadrature. Neither may be a mixture:
/// the product of mixtures is the mixture of the products of their parts.
pub fn value_scale_law(value: &Distribution, scale: &Distribution, sigma: f64) -> NumberLaw {
    let power = 1.0 - sigma;
    let point = |w: f64, s: f64| NumberLaw::Point(model::choice::value_scale_index(w, s, sigma));
    match (value.constant(), scale.constant()) {
        (Some(w), Some(s)) => return point(w, s),
        (Some(0.0), _) => return point(0.0, 1.0),
        (_, Some(0.0)) => return point(1.0, 0.0),
        (Some(w), None) => {
            return NumberLaw::Continuous(Arc::new(PoweredLaw::new(scale.clone(), w, power)));
        }
        (None, Some(s)) => {
            let factor = libm::pow(s, power);
            return NumberLaw::Continuous(Arc::new(PoweredLaw::new(value.clone(), factor, 1.0)));
        }
        (None, None) => {}
    }
    if let (Some(w), Some(s)) = (value.uniform(), scale.uniform()) {
        return NumberLaw::Continuous(Arc::new(UniformProduct::new(w, s, sigma)));
    }
    NumberLaw::Continuous(Arc::new(QuadratureLaw::new(value.clone(), scale.clone(), sigma)))
}

/// Where the density of θ = w s^{1-σ} bends: where ends of the two supports meet inside its own.
fn corners((a, b): (f64, f64), (c, d): (f64, f64), sigma: f64) -> Vec<f64> {
    let index = |w: f64, s: f64| model::choice::value_scale_index(w, s, sigma);
    let (bottom, top) = (index(a, c), index(b, d));
    let mut corners = [index(a, d), index(b, c)].to_vec();
    corners.retain(|x| *x > bottom && *x < top);
    corners.sort_by(f64::total_cmp);
    corners.dedup();
    corners
}

/// A coordinate in which power laws at both ends of a support are straight lines.
///
/// ```text
/// ξ = ln((x - bottom)/(top - x)), or ln(x - bottom) for an infinite top
/// ```
#[derive(Debug, Clone, Copy)]
struct Coordinate {
    bottom: f64,
    top: f64,
}

impl Coordinate {
    fn of(self, x: f64) -> f64 {
        let below = libm::log(x - self.bottom);
        if self.top.is_finite() { below - libm::log(self.top - x) } else { below }
    }

    fn value(self, xi: f64) -> f64 {
        if !self.top.is_finite() {
            return self.bottom + libm::exp(xi);
        }
        let ratio = libm::exp(-xi.abs());
        let distance = (self.top - self.bottom) * ratio / (1.0 + ratio);
        if xi < 0.0 { self.bottom + distance } else { self.top - distance }
    }

    /// dx/dξ.
    fn slope(self, x: f64) -> f64 {
        let below = x - self.bottom;
        if self.top.is_finite() { below * (self.top - x) / (self.top - self.bottom) } else { below }
    }
}

/// The x with survival(x) = p: Newton on the logarithm of the smaller tail, inside a bracket that every step narrows.
fn invert_survival(
    support: (f64, f64),
    p: f64,
    start: f64,
    survival_and_density: impl Fn(f64) -> (f64, f64),
) -> f64 {
    if p >= 1.0 {
        return support.0;
    }
    if p <= 0.0 {
        return support.1;
    }
    if p > RESOLVED {
        let edge = invert_survival(support, RESOLVED, start, survival_and_density);
        return below_resolved(support.0, edge, p);
    }
    let coordinate = Coordinate { bottom: support.0, top: support.1 };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let (mut x, mut slow, mut width) = (start, 0, f64::INFINITY);
    for _ in 0..300 {
        let (survival, density) = survival_and_density(x);
        // gap > 0: too little lies above, so the answer is further down.
        let (gap, tail) = if p <= 0.5 {
            (libm::log(p / survival), survival)
        } else {
            (libm::log((1.0 - survival) / (1.0 - p)), 1.0 - survival)
        };
        let xi = coordinate.of(x);
        if gap > 0.0 {
            high = xi;
        } else {
            low = xi;
        }
        // Steps that leap over the answer from both sides narrow the bracket too slowly: then it is halved.
        slow = if high - low <= 0.5 * width { 0 } else { slow + 1 };
        if slow == 0 || width.is_infinite() {
            width = high - low;
        }
        let step = -gap * tail / density;
        // Closer than this the survival itself is rounding.
        if step.abs() <= 2e-16 * x || gap.abs() <= 1e-15 {
            // Where the density is not known the last step is not either.
            return if step.is_finite() { x + step } else { x };
        }
        let mut next = xi + (step / coordinate.slope(x)).clamp(-20.0, 20.0);
        let halve = slow > 3 && width.is_finite();
        if halve || !(next > low && next < high) {
            next = match (low.is_finite(), high.is_finite()) {
                (true, true) => 0.5 * (low + high),
                (true, false) => low + 4.0,
                _ => high - 4.0,
            };
        }
        // A small step is taken in x itself: through ξ it would be rounded.
        let small = !halve && step.abs() < 1e-3 * (x - support.0).min(support.1 - x);
        let moved = if small { x + step } else { coordinate.value(next) };
        if moved == x || !(moved > support.0 && moved < support.1) {
            return moved.clamp(support.0, support.1);
        }
        x = moved;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Beta, Constant, Gamma, Lognormal, Pareto, Uniform};
    use crate::mixed::MixedLaw;
    use crate::stream::{Key, Purpose};
    use crate::testing;

    const UNIT: Uniform = Uniform { low: 0.0, high: 1.0 };

    fn law(value: &Distribution, scale: &Distribution, sigma: f64) -> Arc<dyn Law> {
        match value_scale_law(value, scale, sigma) {
            NumberLaw::Continuous(law) => law,
            NumberLaw::Point(point) => panic!("a point at {point}"),
        }
    }

    #[test]
    fn constants_are_points() {
        let constant = |value| Distribution::Constant(Constant { value });
        let point = |w: &Distribution, s: &Distribution| match value_scale_law(w, s, 0.5) {
            NumberLaw::Point(point) => point,
            NumberLaw::Continuous(law) => panic!("{law:?}"),
        };
        assert_eq!(point(&constant(3.0), &constant(0.25)), 1.5);
        assert_eq!(point(&constant(0.0), &Distribution::Uniform(UNIT)), 0.0);
        assert_eq!(point(&Distribution::Uniform(UNIT), &constant(0.0)), 0.0);
    }

    #[test]
    fn quantiles_invert_the_survival_of_every_kind() {
        let beta = |alpha, beta| Distribution::Beta(Beta { alpha, beta, low: 0.0, high: 1.0 });
        let pairs = [
            (Distribution::Uniform(Uniform { low: 0.5, high: 2.0 }), Distribution::Uniform(UNIT)),
            (Distribution::Uniform(UNIT), Distribution::Constant(Constant { value: 0.3 })),
            (Distribution::Constant(Constant { value: 2.0 }), beta(2.0, 3.0)),
            (Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 }), Distribution::Uniform(UNIT)),
            (Distribution::Pareto(Pareto { scale: 1.0, shape: 5.0 }), beta(0.5, 2.0)),
            (beta(2.0, 3.0), beta(3.0, 1.5)),
            (testing::truncated(testing::lognormal(0.0, 1.0), None, Some(9.0)), beta(2.0, 3.0)),
        ];
        for (value, scale) in &pairs {
            let law = law(value, scale, 0.4);
            for p in [1.0 - 1e-9, 0.999, 0.7, 0.5, 0.1, 1e-3, 1e-6, 1e-12] {
                let x = law.upper_quantile(p);
                let conditioning = 8.0 * f64::EPSILON * x * law.density(x);
                let error = (law.survival(x) - p).abs();
                assert!(error <= 2e-11 * p + conditioning, "{value:?} {scale:?}: {error:e} at {p:e}");
            }
        }
    }

    /// A survival that is one but for 8e-16, as quadratures leave it: what nobody can resolve is not searched for.
    #[test]
    fn rounding_near_the_bottom_ends_no_search_late() {
        for p in [1.0 - 1e-12, 1.0 - 1e-13, 1.0 - 2e-15, 1.0 - 2e-16] {
            let asked = std::cell::Cell::new(0);
            let x = invert_survival((0.0, 1.0), p, 0.5, |x| {
                asked.set(asked.get() + 1);
                (1.0 - x * x - 8e-16, 2.0 * x)
            });
            assert!(x > 0.0 && x * x < 1.1e-12 && asked.get() < 60, "{p}: {x} after {}", asked.get());
        }
    }

    /// Where 1 - F is one but for rounding quantiles still rise from the bottom.
    #[test]
    fn the_lowest_quantiles_rise_from_the_bottom() {
        let gamma = Distribution::Gamma(Gamma { shape: 2.0, scale: 1.0 });
        let law = law(&gamma, &Distribution::Uniform(UNIT), 0.3);
        let mixed = MixedLaw::new(vec![(0.5, law.clone()), (0.5, Arc::new(UNIT))]);
        for law in [&*law, &mixed as &dyn Law] {
            let lowest: Vec<f64> = [0.0, 1e-16, 2e-15, 8e-15, 2e-14, 1e-13, 1e-12]
                .map(|below| law.upper_quantile(1.0 - below))
                .to_vec();
            assert!(lowest.windows(2).all(|pair| pair[0] < pair[1]), "{lowest:?}");
            assert!(lowest[0] == 0.0 && lowest[6] < 1e-6, "{lowest:?}");
        }
    }

    /// With w's density infinite at w = 1 inside the support of θ, Newton's steps have no slope there: bisection takes over.
    #[test]
    fn quantiles_survive_an_infinite_density_inside_the_support() {
        let value = Distribution::Beta(Beta { alpha: 0.1, beta: 0.9, low: 1.0, high: 4.0 });
        let law = law(&value, &Distribution::Uniform(Uniform { low: 0.6, high: 1.0 }), 0.5);
        for step in 1..2000 {
            let p = f64::from(step) / 2000.0;
            let x = law.upper_quantile(p);
            assert!((law.survival(x) - p).abs() < 1e-9, "{x} at {p}");
        }
    }

    /// Kolmogorov-Smirnov at the critical value of a false-positive rate of 1e-6.
    #[test]
    fn laws_describe_simulated_products() {
        let beta = Distribution::Beta(Beta { alpha: 0.8, beta: 2.5, low: 0.1, high: 0.9 });
        let pairs = [
            (Distribution::Uniform(Uniform { low: 0.5, high: 2.0 }), beta.clone()),
            (beta.clone(), beta.clone()),
            (Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 }), beta.clone()),
            (
                testing::truncated(testing::lognormal(0.0, 1.0), Some(0.5), Some(4.0)),
                testing::truncated(beta, Some(0.2), None),
            ),
        ];
        let (key, buyers, sigma) = (Key { seed: 11, replicate: 0 }, 20_000_u32, 0.3);
        for (value, scale) in &pairs {
            let law = law(value, scale, sigma);
            let mut sample: Vec<f64> = (0..u64::from(buyers))
                .map(|user| {
                    let w = value.draw(key, Purpose::Value, user, 0);
                    let s = scale.draw(key, Purpose::Scale, user, 0);
                    model::choice::value_scale_index(w, s, sigma)
                })
                .collect();
            sample.sort_by(f64::total_cmp);
            let distance = sample
                .iter()
                .enumerate()
                .map(|(rank, x)| (1.0 - law.survival(*x) - (rank as f64 + 0.5) / f64::from(buyers)).abs())
                .fold(0.0, f64::max);
            assert!(distance < 2.694 / f64::from(buyers).sqrt(), "{value:?} {scale:?}: {distance}");
        }
    }
}
