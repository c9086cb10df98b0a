//! A distribution cut at one or both ends: `truncate = { low, high }`.

mod cut;
mod ends;
mod written;

use model::belief::Law;
use model::config::Invalid;
use model::quadrature::unit_integral;

use self::cut::{Cut, cut_law, cut_mixture, mass_between};
pub use self::ends::Ends;
use super::{Distribution, TwoTailed};
use crate::special::Tails;

/// A distribution given that its number lies between two ends.
///
/// ```text
/// F_T(x) = (F(x) - F(low))/m,   m = F(high) - F(low),   Q_T(u) = Q(F(low) + u m)
/// ```
/// Differences are taken in the tail where they are exact, and quantiles from the tail that is smaller. No draw lies
/// outside the ends, and draws of gamma and beta laws are quantiles of keyed uniforms here. A mixture is cut component
/// by component, weights times what is left of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Truncated {
    law: Box<Distribution>,
    truncate: Ends,
    cut: Cut,
}

/// Change at which a mean counts as found: the error left is about its square.
const MEAN_TOLERANCE: f64 = 1e-9;

impl Truncated {
    /// Cuts a distribution.
    ///
    /// # Errors
    /// Names the key: a bad parameter of the distribution, ends that are not in order or between which there is nothing.
    pub fn new(law: Distribution, truncate: Ends) -> Result<Self, Invalid> {
        law.check()?;
        truncate.check()?;
        if let Distribution::Truncated(_) = law {
            return Err(Invalid::new("truncate", "a second pair of ends", "one pair of ends".into()));
        }
        let cut = match &law {
            Distribution::Constant(constant) => {
                let inside = truncate.low.is_none_or(|low| low <= constant.value)
                    && truncate.high.is_none_or(|high| constant.value <= high);
                if inside { Some(Cut::Other(Box::new(law.clone()))) } else { None }
            }
            Distribution::Mixture(mixture) => cut_mixture(mixture, truncate)?,
            _ => cut_law(law.two_tailed(), truncate)?,
        };
        let cut = cut.ok_or_else(|| {
            let (low, high) = law.support();
            let allowed =
                format!("ends with a share of the draws, which run from {low} to {high}, between them");
            Invalid::new("truncate", "ends with nothing between them", allowed)
        })?;
        Ok(Self { law: Box::new(law), truncate, cut })
    }

    /// The distribution before it was cut.
    pub fn law(&self) -> &Distribution {
        &self.law
    }

    /// Where it was cut.
    pub fn ends(&self) -> Ends {
        self.truncate
    }

    /// The mixture or constant that is left of one.
    pub(super) fn other(&self) -> Option<&Distribution> {
        if let Cut::Other(other) = &self.cut { Some(other) } else { None }
    }

    /// Tails at both ends, mass between them and support, of a law without atoms.
    fn parts(&self) -> (Tails, Tails, f64, (f64, f64)) {
        match &self.cut {
            Cut::Law { low, high, mass, support } => (*low, *high, *mass, *support),
            // Never asked: a mixture or constant answers for itself.
            Cut::Other(other) => (Tails::from_lower(0.0), Tails::from_upper(0.0), 1.0, other.support()),
        }
    }
}

impl Law for Truncated {
    fn support(&self) -> (f64, f64) {
        self.parts().3
    }

    fn survival(&self, x: f64) -> f64 {
        self.tails(x).upper
    }

    fn density(&self, x: f64) -> f64 {
        let (_, _, mass, (bottom, top)) = self.parts();
        if (bottom..=top).contains(&x) { self.law.two_tailed().density(x) / mass } else { 0.0 }
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.at(Tails::from_upper(p))
    }

    fn tail_index(&self) -> f64 {
        if self.parts().3.1.is_finite() { f64::INFINITY } else { self.law.tail_index() }
    }
}

impl TwoTailed for Truncated {
    fn cdf(&self, x: f64) -> f64 {
        self.tails(x).lower
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        self.at(Tails::from_lower(p))
    }

    /// The integral of the quantile, from both ends; with tail index a the upper half as in [`crate::points`].
    fn mean(&self) -> f64 {
        let inverse_index = 1.0 / self.tail_index();
        if inverse_index >= 1.0 {
            return f64::INFINITY;
        }
        let stretch = 1.0 / (1.0 - inverse_index);
        let [lower, upper] = unit_integral(MEAN_TOLERANCE, |y, _| {
            let level = (0.5 * libm::pow(y, stretch)).max(f64::MIN_POSITIVE);
            [self.lower_quantile(0.5 * y), self.upper_quantile(level) * libm::pow(2.0 * level, inverse_index)]
        });
        0.5 * (lower + stretch * upper)
    }

    fn tails(&self, x: f64) -> Tails {
        let (low, high, mass, (bottom, top)) = self.parts();
        if x <= bottom {
            return Tails::from_lower(0.0);
        }
        if x >= top {
            return Tails::from_upper(0.0);
        }
        let here = self.law.two_tailed().tails(x);
        let share = |mass_there: f64| (mass_there / mass).clamp(0.0, 1.0);
        Tails { lower: share(mass_between(low, here)), upper: share(mass_between(here, high)) }
    }
}

impl Truncated {
    /// The value with these shares below and above it, exactly an end where one of them is zero.
    pub(super) fn at(&self, level: Tails) -> f64 {
        let (low, high, mass, (bottom, top)) = self.parts();
        if level.lower <= 0.0 {
            return bottom;
        }
        if level.upper <= 0.0 {
            return top;
        }
        // Both are sums of positive terms, so that the smaller one keeps its digits.
        let (below, above) = (low.lower + mass * level.lower, high.upper + mass * level.upper);
        self.law.quantile_of_tails(below, above).clamp(bottom, top)
    }
}

#[cfg(test)]
mod tests {
    use model::config::Node;

    use super::*;
    use crate::distribution::{Exponential, Gamma, Pareto, Uniform};
    use crate::testing::{self, constant, lognormal, mixture, number, read_table, table, text, truncated};

    #[test]
    fn truncated_laws_hold_together() {
        for law in testing::cut_examples() {
            testing::check_law_within(law.two_tailed(), 16.0 * f64::EPSILON);
        }
    }

    #[test]
    fn means_have_their_closed_forms() {
        let exponential = Distribution::Exponential(Exponential { mean: 2.0 });
        // Without memory the mean above an end is the end plus the mean.
        for low in [0.0, 3.0, 40.0, 400.0] {
            let mean = truncated(exponential.clone(), Some(low), None).mean();
            assert!((mean / (low + 2.0) - 1.0).abs() < 1e-13, "{mean}");
        }
        let pareto = |shape| Distribution::Pareto(Pareto { scale: 1.0, shape });
        let above = truncated(pareto(1.2), Some(5.0), None);
        assert!((above.mean() / 30.0 - 1.0).abs() < 1e-12 && above.tail_index() == 1.2, "{}", above.mean());
        assert_eq!(truncated(pareto(0.5), Some(5.0), None).mean(), f64::INFINITY);
        let below = truncated(pareto(0.5), None, Some(1e6));
        assert!(
            (below.mean() / 1e3 - 1.0).abs() < 1e-12 && below.tail_index().is_infinite(),
            "{}",
            below.mean()
        );
    }

    /// Where nothing is cut off nothing changes.
    #[test]
    fn ends_beyond_the_support_cut_nothing() {
        for (law, _) in testing::examples() {
            let uncut = truncated(law.clone(), Some(0.0), Some(1e300));
            assert_eq!(uncut.support(), (law.support().0, law.support().1.min(1e300)));
            for p in [1e-9, 0.3, 0.7, 1.0 - 1e-9] {
                assert_eq!(uncut.quantile_of_tails(p, 1.0 - p), law.quantile_of_tails(p, 1.0 - p), "{law:?}");
            }
        }
    }

    #[test]
    fn a_tail_far_out_keeps_its_digits() {
        let far = truncated(lognormal(0.0, 1.0), Some(libm::exp(20.0)), None);
        // 1 - Φ(z) ~ φ(z)/z (1 - 1/z^2 + 3/z^4): beyond z = 20 a unit of score divides it by e^20 and more.
        let survival = far.survival(libm::exp(21.0));
        let expected = normal_tail(21.0) / normal_tail(20.0);
        assert!((survival / expected - 1.0).abs() < 1e-12, "{survival:e}");
        assert!((1.0 - far.cdf(libm::exp(20.001)) - far.survival(libm::exp(20.001))).abs() < 1e-15);
    }

    fn normal_tail(z: f64) -> f64 {
        crate::special::normal::survival(z)
    }

    #[test]
    fn mixtures_are_cut_component_by_component() {
        let uniform = |low, high| Distribution::Uniform(Uniform { low, high });
        let whole = mixture(&[(0.5, uniform(0.0, 2.0)), (0.25, constant(1.0)), (0.25, uniform(5.0, 6.0))]);
        let cut = truncated(whole.clone(), Some(0.5), Some(1.5));
        // What is left: 0.25 of the first, all of the constant, nothing of the last.
        assert_eq!((cut.support(), cut.has_atoms(), cut.law().is_none()), ((0.5, 1.5), true, true));
        for (x, expected) in [(0.75, 0.125), (0.999, 0.2495), (1.0, 0.75), (1.25, 0.875), (1.5, 1.0)] {
            assert!((cut.cdf(x) - expected).abs() < 1e-15, "{x}: {}", cut.cdf(x));
        }
        assert_eq!((cut.mean(), truncated(whole, Some(5.5), None).law().is_some()), (1.0, true));
        let twice =
            mixture(&[(0.5, truncated(uniform(0.0, 4.0), Some(1.0), None)), (0.5, uniform(0.0, 1.0))]);
        let cut = truncated(twice, None, Some(2.0));
        // A third of the first component and all of the second: shares 1/4 and 3/4.
        assert!((cut.cdf(1.0) - 0.75).abs() < 1e-15 && (cut.cdf(1.5) - 0.875).abs() < 1e-15);
    }

    #[test]
    fn ends_are_read_located_and_refused() {
        let ends = |entries: &[(&str, Node)]| {
            let gamma = [("distribution", text("gamma")), ("shape", number(2.0)), ("scale", number(1.0))];
            read_table(&[gamma.as_slice(), &[("truncate", table(entries))]].concat())
        };
        let gamma = Distribution::Gamma(Gamma { shape: 2.0, scale: 1.0 });
        let read = ends(&[("low", number(1.0)), ("high", number(3.0))]);
        assert_eq!(read, Ok(truncated(gamma.clone(), Some(1.0), Some(3.0))));
        assert_eq!(ends(&[("high", number(3.0))]), Ok(truncated(gamma.clone(), None, Some(3.0))));
        let key = |entries: &[(&str, Node)]| ends(entries).unwrap_err().key;
        assert_eq!(key(&[]), "truncate");
        assert_eq!(key(&[("low", number(3.0)), ("high", number(3.0))]), "truncate.low");
        assert_eq!(key(&[("low", number(-1.0))]), "truncate.low");
        assert_eq!(key(&[("high", number(f64::NAN))]), "truncate.high");
        assert_eq!(key(&[("hgih", number(1.0))]), "truncate.hgih");
        // Nothing lies there, or nothing but rounding.
        assert_eq!(key(&[("low", number(1e4))]), "truncate");
        assert_eq!(key(&[("low", number(1.0)), ("high", number(1.0 + 1e-9))]), "truncate");
        let flat = read_table(&[
            ("distribution", text("uniform")),
            ("low", number(0.0)),
            ("high", number(1.0)),
            ("truncate", number(1.0)),
        ]);
        assert_eq!(flat.unwrap_err().key, "truncate");
        let outside = Truncated::new(constant(1.0), Ends { low: Some(2.0), high: None });
        assert_eq!(outside.unwrap_err().key, "truncate");
        let again = Truncated::new(truncated(gamma, Some(1.0), None), Ends { low: Some(2.0), high: None });
        assert_eq!(again.unwrap_err().key, "truncate");
    }
}
