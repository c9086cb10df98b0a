//! Uniform value times a power of a uniform scale: the paper's example and its relatives, in closed form.

use model::belief::Law;

use super::{Coordinate, corners, invert_survival};
use crate::distribution::Uniform;

/// The law of θ = w s^{1-σ} with w uniform on [a, b] and s uniform on [c, d].
///
/// At a given θ buyers with scale above `always` = (θ/a)^{1/(1-σ)} exceed it whatever their value, those below
/// `never` = (θ/b)^{1/(1-σ)} cannot. With lo and hi the two clamped to [c, d] and x = θ lo^{-(1-σ)} <= b:
/// ```text
/// 1 - F(θ) = ( (b-x)(hi-lo) + x lo h(ln(hi/lo)) )/((b-a)(d-c)) + (d-hi)/(d-c),   h(L) = e^L - 1 - (e^{σL} - 1)/σ
///     f(θ) = (hi^σ - lo^σ)/σ /((b-a)(d-c))
/// ```
/// All terms are positive, so that the upper tail keeps its digits. With a = c = 0, b = d = 1 and σ = 1/2 this is
/// (1-θ)^2.
#[derive(Debug, Clone)]
pub struct UniformProduct {
    value: Uniform,
    scale: Uniform,
    sigma: f64,
    bottom: f64,
    top: f64,
}

/// The scales between which the value decides.
struct Between {
    lo: f64,
    hi: f64,
    /// ln(hi/lo); infinite for lo = 0.
    log_ratio: f64,
    /// Whether lo is where the largest value just reaches the index.
    lo_is_never: bool,
}

impl UniformProduct {
    /// From value and scale, both valid, the scale within [0, 1].
    pub(super) fn new(value: Uniform, scale: Uniform, sigma: f64) -> Self {
        let at = |w: f64, s: f64| model::choice::value_scale_index(w, s, sigma);
        let (bottom, top) = (at(value.low, scale.low), at(value.high, scale.high));
        Self { value, scale, sigma, bottom, top }
    }

    fn area(&self) -> f64 {
        (self.value.high - self.value.low) * (self.scale.high - self.scale.low)
    }

    /// Where θ lies strictly inside the support.
    fn between(&self, index: f64) -> Between {
        let power = 1.0 / (1.0 - self.sigma);
        let (c, d) = (self.scale.low, self.scale.high);
        let log_reach = |w: f64| power * libm::log(index / w);
        let log_never = log_reach(self.value.high);
        let never = libm::exp(log_never);
        // Measured from the top, because that is where all digits of the ratio count.
        let from_top = power * libm::log1p((self.top - index) / index);
        let lo_is_never = never > c;
        let log_always = if self.value.low > 0.0 { log_reach(self.value.low) } else { f64::INFINITY };
        let always = libm::exp(log_always);
        let lo = never.max(c);
        let hi = always.clamp(c, d);
        let log_ratio = match (always < d, lo_is_never) {
            (false, true) => from_top,
            (true, true) => power * libm::log(self.value.high / self.value.low),
            (false, false) => libm::log(d / c),
            (true, false) => log_always - libm::log(c),
        };
        Between { lo, hi, log_ratio: log_ratio.max(0.0), lo_is_never }
    }

    fn inner_survival(&self, index: f64, between: &Between) -> f64 {
        let Between { lo, hi, log_ratio, lo_is_never } = *between;
        let (b, d) = (self.value.high, self.scale.high);
        let decided = if lo < f64::MIN_POSITIVE {
            b * hi - index * libm::pow(hi, self.sigma) / self.sigma
        } else if lo_is_never {
            b * lo * curvature(log_ratio, self.sigma)
        } else {
            let x = index * libm::pow(lo, self.sigma - 1.0);
            (b - x).max(0.0) * lo * libm::expm1(log_ratio) + x * lo * curvature(log_ratio, self.sigma)
        };
        (decided / self.area() + (d - hi) / (d - self.scale.low)).clamp(0.0, 1.0)
    }

    fn inner_density(&self, between: &Between) -> f64 {
        let Between { lo, hi, log_ratio, .. } = *between;
        let integral = if lo < f64::MIN_POSITIVE {
            libm::pow(hi, self.sigma)
        } else {
            libm::pow(lo, self.sigma) * libm::expm1(self.sigma * log_ratio)
        };
        integral / self.sigma / self.area()
    }
}

/// h(L) = e^L - 1 - (e^{σL} - 1)/σ = Σ_{n>=2} (1 - σ^{n-1}) L^n/n!, by the series where the difference cancels.
fn curvature(l: f64, sigma: f64) -> f64 {
    if l > 0.5 {
        return libm::expm1(l) - libm::expm1(sigma * l) / sigma;
    }
    let (mut term, mut power, mut sum) = (l, 1.0, 0.0);
    for n in 2..20 {
        term *= l / f64::from(n);
        power *= sigma;
        sum += (1.0 - power) * term;
    }
    sum
}

impl Law for UniformProduct {
    fn support(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }

    fn survival(&self, x: f64) -> f64 {
        if x <= self.bottom {
            1.0
        } else if x >= self.top {
            0.0
        } else {
            self.inner_survival(x, &self.between(x))
        }
    }

    fn density(&self, x: f64) -> f64 {
        if x < self.bottom || x > self.top {
            return 0.0;
        }
        // At the ends themselves the limit from inside.
        self.inner_density(&self.between(x.clamp(self.bottom.next_up(), self.top.next_down())))
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        // Near the top survival falls with the square of the distance.
        let coordinate = Coordinate { bottom: self.bottom, top: self.top };
        let start = coordinate.value(if p < 0.5 { -0.5 * libm::log(2.0 * p) } else { 0.0 }.min(30.0));
        invert_survival(self.support(), p, start, |x| {
            let between = self.between(x);
            (self.inner_survival(x, &between), self.inner_density(&between))
        })
    }

    fn jumps(&self) -> Vec<f64> {
        corners((self.value.low, self.value.high), (self.scale.low, self.scale.high), self.sigma)
    }

    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Uniform = Uniform { low: 0.0, high: 1.0 };

    #[test]
    fn the_papers_example_is_a_square() {
        let law = UniformProduct::new(UNIT, UNIT, 0.5);
        for step in 1..1000 {
            let index = f64::from(step) / 1000.0;
            let rest = 1.0 - index;
            assert!((law.survival(index) / (rest * rest) - 1.0).abs() < 1e-13, "S({index})");
            assert!((law.density(index) / (2.0 * rest) - 1.0).abs() < 1e-13, "f({index})");
            let quantile = law.upper_quantile(rest * rest);
            assert!((quantile - index).abs() < 1e-14, "{quantile} is not {index}");
        }
        let close = 1.0 - 1.0 / f64::from(1 << 20);
        assert!((law.survival(close) * f64::from(1 << 20) * f64::from(1 << 20) - 1.0).abs() < 1e-12);
        assert_eq!((law.density(0.0), law.survival(0.0), law.survival(1.0)), (2.0, 1.0, 0.0));
    }

    /// Midpoint rule over scales, the value's survival exact: errors fall with the square of the step.
    #[test]
    fn general_bounds_agree_with_brute_force() {
        for (a, b, c, d, sigma) in [
            (0.5, 2.0, 0.2, 0.9, 0.3),
            (1.0, 1.2, 0.05, 1.0, 0.7),
            (0.0, 3.0, 0.5, 0.6, 1e-6),
            (1.0, 4.0, 0.0, 1.0, 0.6),
        ] {
            let value = Uniform { low: a, high: b };
            let law = UniformProduct::new(value, Uniform { low: c, high: d }, sigma);
            let (bottom, top) = law.support();
            for share in [0.05, 0.3, 0.6, 0.95] {
                let index = bottom + share * (top - bottom);
                let (mut survival, mut density, steps) = (0.0, 0.0, 100_000);
                for k in 0..steps {
                    let s = c + (d - c) * (f64::from(k) + 0.5) / f64::from(steps);
                    let stretch = libm::pow(s, sigma - 1.0);
                    survival += value.survival(index * stretch) / f64::from(steps);
                    density += value.density(index * stretch) * stretch / f64::from(steps);
                }
                assert!((law.survival(index) - survival).abs() < 1e-8, "S({index}) {a} {b} {c} {d} {sigma}");
                let error = (law.density(index) - density).abs();
                assert!(error < 2e-4 * density + 1e-8, "f({index}) {a} {b} {c} {d} {sigma}");
            }
        }
    }
}
