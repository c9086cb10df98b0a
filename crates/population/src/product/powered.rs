//! A constant times a power of a law: value or scale is the same for everybody.

use model::belief::Law;

use crate::distribution::Distribution;

/// The law of y = factor x^power.
///
/// ```text
/// 1 - F(y) = 1 - F_x((y/factor)^{1/power}),   f(y) = f_x(x) x/(power y)
/// ```
#[derive(Debug, Clone)]
pub struct PoweredLaw {
    law: Distribution,
    factor: f64,
    power: f64,
}

impl PoweredLaw {
    /// From a law without atoms, a positive factor and a positive power.
    pub(super) fn new(law: Distribution, factor: f64, power: f64) -> Self {
        Self { law, factor, power }
    }

    fn value(&self, x: f64) -> f64 {
        self.factor * if self.power == 1.0 { x } else { libm::pow(x, self.power) }
    }

    fn preimage(&self, y: f64) -> f64 {
        let ratio = y.max(0.0) / self.factor;
        if self.power == 1.0 { ratio } else { libm::pow(ratio, 1.0 / self.power) }
    }
}

impl Law for PoweredLaw {
    fn support(&self) -> (f64, f64) {
        let (low, high) = self.law.support();
        (self.value(low), self.value(high))
    }

    fn survival(&self, y: f64) -> f64 {
        let (low, high) = self.support();
        // The ends themselves are exact, however the power rounds.
        if y <= low {
            1.0
        } else if y >= high {
            0.0
        } else {
            self.law.survival(self.preimage(y))
        }
    }

    fn density(&self, y: f64) -> f64 {
        let (low, high) = self.support();
        if !(y >= low && y <= high && y < f64::INFINITY) {
            return 0.0;
        }
        if self.power == 1.0 {
            let x = (y / self.factor).clamp(low / self.factor, high / self.factor);
            return self.law.two_tailed().density(x) / self.factor;
        }
        // The limit at zero, where x/y is 0/0.
        let y = y.max(1e-300 * self.factor);
        let x = self.preimage(y);
        self.law.two_tailed().density(x) * x / (self.power * y)
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.value(self.law.two_tailed().upper_quantile(p))
    }

    fn tail_index(&self) -> f64 {
        self.law.tail_index() / self.power
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Pareto, Uniform};

    #[test]
    fn square_root_of_a_uniform_is_a_triangle() {
        let law = PoweredLaw::new(Distribution::Uniform(Uniform { low: 0.0, high: 1.0 }), 2.0, 0.5);
        for y in [0.0, 0.3, 1.7, 2.0] {
            assert!((law.survival(y) - (1.0 - y * y / 4.0)).abs() < 1e-15);
            assert!((law.density(y) - y / 2.0).abs() < 1e-15, "{}", law.density(y));
        }
        assert_eq!(law.upper_quantile(0.75), 1.0);
    }

    #[test]
    fn powers_move_the_tail_index() {
        let law = PoweredLaw::new(Distribution::Pareto(Pareto { scale: 1.0, shape: 3.0 }), 1.0, 0.5);
        assert_eq!(law.tail_index(), 6.0);
    }
}
