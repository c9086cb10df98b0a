//! Any value times a power of any scale, by quadrature once and interpolation ever after.

use std::sync::OnceLock;

use model::belief::Law;

use super::{Coordinate, corners, invert_survival};
use crate::chebyshev::Piecewise;
use crate::distribution::Distribution;
use model::quadrature::unit_integral;

/// The law of θ = w s^{1-σ} for independent w and s without atoms, s within [0, 1].
///
/// With s(u) the scale that a share u of buyers exceed, and cut where θ s^{-(1-σ)} meets the ends of w's support,
/// ```text
/// 1 - F(θ) = ∫_0^1 (1 - F_w(θ s(u)^{-(1-σ)})) du,   f(θ) = ∫_0^1 f_w(θ s(u)^{-(1-σ)}) s(u)^{-(1-σ)} du
/// ```
/// by tanh-sinh on the smooth piece between the cuts. The first use interpolates ln(1 - F) and ln f to 1e-12 and 1e-11;
/// where that fails, and in the far tails, every use integrates afresh. Where w's own density is infinite at an end of
/// its support other than zero, its integral loses digits there, and the density is the slope of the interpolated
/// survival instead.
#[derive(Debug)]
pub struct QuadratureLaw {
    value: Distribution,
    scale: Distribution,
    sigma: f64,
    support: (f64, f64),
    value_median: f64,
    scale_median: f64,
    /// Whether w's density is infinite at an end other than zero.
    singular: bool,
    /// ln s over the log odds of the level, where the scale's own quantile is slow.
    log_scale: Option<Piecewise<1>>,
    /// ln(1 - F) and ln f over the coordinate of the support.
    table: OnceLock<Piecewise<2>>,
}

impl QuadratureLaw {
    /// From two laws without atoms, the scale's within [0, 1].
    pub(super) fn new(value: Distribution, scale: Distribution, sigma: f64) -> Self {
        let ((a, b), (c, d)) = (value.support(), scale.support());
        let index = |w: f64, s: f64| model::choice::value_scale_index(w, s, sigma);
        let support = (index(a, c), index(b, d));
        let log_scale = scale.has_slow_quantile().then(|| {
            let breaks: Vec<f64> = (-25..=25).map(|k| 4.0 * f64::from(k)).collect();
            Piecewise::new(&breaks, [1e-13], |odds| {
                let (below, above) = (1.0 / (1.0 + libm::exp(-odds)), 1.0 / (1.0 + libm::exp(odds)));
                [libm::log(scale.quantile_of_tails(below, above))]
            })
        });
        let infinite = |x: f64| x > 0.0 && value.two_tailed().density(x).is_infinite();
        let singular = infinite(a) || infinite(b);
        let (value_median, scale_median) =
            (value.quantile_of_tails(0.5, 0.5), scale.quantile_of_tails(0.5, 0.5));
        let table = OnceLock::new();
        Self { value, scale, sigma, support, value_median, scale_median, singular, log_scale, table }
    }

    fn coordinate(&self) -> Coordinate {
        Coordinate { bottom: self.support.0, top: self.support.1 }
    }

    /// s^{-(1-σ)} at a level of the scale.
    fn stretch(&self, below: f64, above: f64) -> f64 {
        if let Some(table) = &self.log_scale
            && let Some([log_scale]) = table.at(libm::log(below / above))
        {
            return libm::exp((self.sigma - 1.0) * log_scale);
        }
        libm::pow(self.scale.quantile_of_tails(below, above), self.sigma - 1.0)
    }

    /// Survival and, if wanted, density inside the support, by quadrature.
    fn integrate(&self, index: f64, with_density: bool) -> [f64; 2] {
        let (value, scale) = (self.value.two_tailed(), self.scale.two_tailed());
        let power = 1.0 / (1.0 - self.sigma);
        let ((a, b), (c, d)) = (value.support(), scale.support());
        // The scale at which a value just reaches the index: above that of `a` every buyer exceeds it, below that of `b`
        // none does. The cut at the median lets nodes cluster where a narrow value makes the integrand turn.
        let reach = |w: f64| if w > 0.0 { libm::pow(index / w, power).clamp(c, d) } else { d };
        let cuts = [a, self.value_median, b].map(|w| {
            let s = reach(w);
            (scale.cdf(s), scale.survival(s))
        });
        let [mut survival, mut density] = [cuts[0].1, 0.0];
        for pair in cuts.windows(2) {
            let ((high_below, high_above), (low_below, low_above)) = (pair[0], pair[1]);
            let share = if high_below < 0.5 { high_below - low_below } else { low_above - high_above };
            if share <= 0.0 {
                continue;
            }
            let [piece_survival, piece_density] = unit_integral(1e-11, |from_top, to_bottom| {
                let (below, above) = (low_below + share * to_bottom, high_above + share * from_top);
                let stretch = self.stretch(below, above);
                let needed = index * stretch;
                if needed < f64::INFINITY {
                    [value.survival(needed), if with_density { value.density(needed) * stretch } else { 0.0 }]
                } else {
                    [0.0; 2]
                }
            });
            survival += share * piece_survival;
            density += share * piece_density;
        }
        [survival, density]
    }

    /// ln(1 - F) and ln f on panels that end where ends of the two supports meet and smoothness ends.
    fn interpolate(&self) -> Piecewise<2> {
        let coordinate = self.coordinate();
        // Nearer than e^-8 of the support to an end that is not zero, rounding of θ itself exceeds the tolerance.
        let low = if self.support.0 > 0.0 { -8.0 } else { -40.0 };
        let mut breaks = if self.support.1.is_finite() {
            evenly(low, 8.0, 2.0)
        } else {
            let index = |w: f64, s: f64| model::choice::value_scale_index(w, s, self.sigma);
            let typical = libm::log(index(self.value_median, self.scale_median) - self.support.0);
            let reached = |tail: f64| {
                let value = self.value.quantile_of_tails(1.0, tail).min(1e290);
                coordinate.of(index(value, self.scale.support().1))
            };
            // Menus are designed, and means taken, from tails down to 1e-290; far out a tail is nearly a straight line.
            let (near, far) = (reached(1e-20), reached(1e-285));
            [evenly(typical + low, near, 2.0), evenly(near, far, 8.0)].concat()
        };
        let (first, last) = (breaks[0], breaks[breaks.len() - 1]);
        let bends = self.jumps().into_iter().map(|x| coordinate.of(x));
        breaks.extend(bends.filter(|xi| *xi > first && *xi < last));
        breaks.sort_by(f64::total_cmp);
        breaks.dedup();
        Piecewise::new(&breaks, [1e-12, 1e-11], |xi| {
            let [survival, density] = self.integrate(coordinate.value(xi), !self.singular);
            [libm::log(survival), if self.singular { 0.0 } else { libm::log(density) }]
        })
    }

    /// Survival and density anywhere; a rough density will do for a search.
    fn both(&self, x: f64, rough: bool) -> [f64; 2] {
        if x <= self.support.0 {
            return [1.0, 0.0];
        }
        if x >= self.support.1 {
            return [0.0; 2];
        }
        let table = self.table.get_or_init(|| self.interpolate());
        let (coordinate, xi) = (self.coordinate(), self.coordinate().of(x));
        match table.at(xi) {
            Some([log_survival, log_density]) if !self.singular => {
                [libm::exp(log_survival), libm::exp(log_density)]
            }
            Some([log_survival, _]) => {
                let hazard = -table.slope(xi).map_or(0.0, |[slope, _]| slope);
                // In the lower tail the survival is too flat for a slope; there the integral is the better of the two.
                if hazard < 1e-5 && !rough {
                    return self.integrate(x, true);
                }
                let survival = libm::exp(log_survival);
                [survival, survival * hazard / coordinate.slope(x)]
            }
            None => self.integrate(x, !(rough && self.singular)),
        }
    }
}

/// Numbers from `low` to `high`, at most a `step` apart.
fn evenly(low: f64, high: f64, step: f64) -> Vec<f64> {
    let steps = ((high - low) / step).ceil().max(1.0);
    (0..=steps as u32).map(|k| low + (high - low) * f64::from(k) / steps).collect()
}

impl Law for QuadratureLaw {
    fn support(&self) -> (f64, f64) {
        self.support
    }

    fn survival(&self, x: f64) -> f64 {
        self.both(x, true)[0].min(1.0)
    }

    fn density(&self, x: f64) -> f64 {
        let (bottom, top) = self.support;
        // At the ends themselves the limit from inside.
        if x < bottom || x > top {
            0.0
        } else {
            self.both(x.clamp(bottom.next_up(), top.next_down()), false)[1]
        }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        let coordinate = self.coordinate();
        // The odds themselves are a guess of the coordinate; in an infinite tail the value's own quantile is a better one.
        let start = if coordinate.top.is_finite() {
            coordinate.value(libm::log((1.0 - p) / p).clamp(-30.0, 30.0))
        } else {
            let scaled = model::choice::value_scale_index(
                self.value.quantile_of_tails(1.0 - p, p),
                self.scale_median,
                self.sigma,
            );
            if scaled > coordinate.bottom { scaled } else { 2.0 * coordinate.bottom }
        };
        let start = if start > coordinate.bottom { start } else { coordinate.value(0.0) };
        invert_survival(self.support, p, start, |x| {
            let [survival, density] = self.both(x, true);
            (survival, density)
        })
    }

    fn jumps(&self) -> Vec<f64> {
        corners(self.value.support(), self.scale.support(), self.sigma)
    }

    fn tail_index(&self) -> f64 {
        self.value.tail_index()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Beta, Lognormal, Pareto, Uniform};
    use crate::product::UniformProduct;

    /// The closed form of the paper's example, reached without knowing that the laws are uniform.
    #[test]
    fn agrees_with_the_closed_form_of_uniform_laws() {
        let pairs = [
            (0.0, 1.0, 0.0, 1.0, 0.5),
            (0.5, 2.0, 0.2, 0.9, 0.3),
            (0.0, 3.0, 0.1, 0.6, 0.8),
            (1.0, 4.0, 0.0, 1.0, 0.95),
        ];
        for (a, b, c, d, sigma) in pairs {
            let (value, scale) = (Uniform { low: a, high: b }, Uniform { low: c, high: d });
            let closed = UniformProduct::new(value, scale, sigma);
            let beta = Distribution::Beta(Beta { alpha: 1.0, beta: 1.0, low: c, high: d });
            for scale in [Distribution::Uniform(scale), beta] {
                let law = QuadratureLaw::new(Distribution::Uniform(value), scale, sigma);
                let (bottom, top) = law.support();
                for step in 1..200 {
                    let index = bottom + (top - bottom) * f64::from(step) / 200.0;
                    let survival = law.survival(index) / closed.survival(index) - 1.0;
                    let density = law.density(index) / closed.density(index) - 1.0;
                    assert!(survival.abs() < 1e-11, "S({index}) of {law:?}: {survival:e}");
                    assert!(density.abs() < 1e-10, "f({index}): {density:e}");
                }
            }
        }
    }

    /// With s uniform on [0, 1] and w Pareto, P(w s^{1-σ} > θ) = θ^{-a} / (1 + a(1-σ)) above the scale.
    #[test]
    fn a_pareto_tail_keeps_its_power_and_its_constant() {
        let value = Distribution::Pareto(Pareto { scale: 1.0, shape: 3.0 });
        let scale = Distribution::Uniform(Uniform { low: 0.0, high: 1.0 });
        let law = QuadratureLaw::new(value, scale, 0.25);
        for index in [1.0, 1.5, 100.0, 1e6, 1e30, 1e90] {
            let expected = libm::pow(index, -3.0) / (1.0 + 3.0 * 0.75);
            assert!((law.survival(index) / expected - 1.0).abs() < 1e-11, "{index}");
            assert!((law.upper_quantile(expected) / index - 1.0).abs() < 1e-11, "{index}");
        }
        assert_eq!(law.tail_index(), 3.0);
    }

    #[test]
    fn interpolation_is_as_good_as_quadrature() {
        let value = Distribution::Lognormal(Lognormal { mu: 0.5, sigma: 1.0 });
        let scale = Distribution::Beta(Beta { alpha: 0.7, beta: 1.5, low: 0.0, high: 1.0 });
        let law = QuadratureLaw::new(value, scale, 0.5);
        for step in 0..100 {
            let index = libm::exp(0.2 * f64::from(step) - 12.0);
            let [survival, density] = law.integrate(index, true);
            assert!((law.survival(index) / survival - 1.0).abs() < 1e-11, "S({index})");
            assert!((law.density(index) / density - 1.0).abs() < 1e-10, "f({index})");
        }
    }

    /// With w arcsine and s uniform on [0, 1], f(θ) = ∫_θ^1 f_w(x) 2θ/x^2 dx for σ = 1/2, which has a closed form:
    /// x = sin^2 φ makes of it (4θ/π) ∫ sin^-4 φ dφ = (4θ/π) (cot φ + cot^3 φ/3) at sin^2 φ = θ.
    #[test]
    fn an_infinite_density_of_the_value_costs_no_digits() {
        let value = Distribution::Beta(Beta { alpha: 0.5, beta: 0.5, low: 0.0, high: 1.0 });
        let scale = Distribution::Uniform(Uniform { low: 0.0, high: 1.0 });
        let law = QuadratureLaw::new(value, scale, 0.5);
        for index in [0.01, 0.2, 0.5, 0.9, 0.99] {
            let cotangent = ((1.0_f64 - index) / index).sqrt();
            let expected =
                4.0 * index / std::f64::consts::PI * (cotangent + cotangent * cotangent * cotangent / 3.0);
            assert!((law.density(index) / expected - 1.0).abs() < 1e-10, "f({index})");
        }
    }
}
