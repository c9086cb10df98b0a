//! Several distributions, each for a share of the draws.

use model::belief::Law;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::{Distribution, NAMES, TwoTailed};
use crate::config::check_shares;
use crate::mixed::jumps_of;
use crate::root;
use crate::special::Tails;

/// A mixture of distributions.
///
/// ```text
/// F(x) = Σ_c weight_c F_c(x)
/// ```
/// Components may be truncated or constants, which are atoms; a mixture within a mixture is refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mixture {
    /// The components, 1 to 32.
    pub components: Vec<Component>,
}

/// One distribution of a mixture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Component {
    /// Share of the draws, > 0; all weights sum to one.
    pub weight: f64,
    /// What those are drawn from.
    #[serde(flatten)]
    pub distribution: Distribution,
}

/// Largest number of components.
pub const MOST_COMPONENTS: usize = 32;

const COMPONENTS: &str = "components";
const WEIGHT: NumberKey =
    NumberKey { name: "weight", range: Range::Positive, meaning: "share of this component in the draws" };

/// Half the distance between two keyed uniforms: no level is nearer to an end.
const NEAREST_LEVEL: f64 = 0.5 / (1_u64 << 53) as f64;

impl Mixture {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        let allowed =
            format!("an array of 1 to {MOST_COMPONENTS} tables {{ weight, distribution, its parameters }}");
        let components = section
            .sections(COMPONENTS, "name", &allowed)?
            .iter()
            .map(|component| {
                let weight = component.number(&WEIGHT)?;
                Ok(Component {
                    weight,
                    distribution: Distribution::read_one_of(component, &NAMES[..NAMES.len() - 1])?,
                })
            })
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self { components })
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self.components.is_empty() || self.components.len() > MOST_COMPONENTS {
            let found = format!("{} components", self.components.len());
            return Err(Invalid::new(COMPONENTS, found, format!("1 to {MOST_COMPONENTS} components")));
        }
        for (position, component) in self.components.iter().enumerate() {
            let here = |invalid: Invalid| invalid.within(&format!("{COMPONENTS}.{position}"));
            WEIGHT.check(component.weight).map_err(here)?;
            component.distribution.check().map_err(here)?;
            if component.distribution.is_mixture() {
                let allowed = format!("a distribution out of {}", NAMES[..NAMES.len() - 1].join(", "));
                return Err(here(Invalid::new("distribution", "a mixture within a mixture", allowed)));
            }
        }
        let weights: Vec<f64> = self.components.iter().map(|component| component.weight).collect();
        check_shares(&WEIGHT, &weights).map_err(|invalid| Invalid { key: COMPONENTS.into(), ..invalid })
    }

    /// Sum of the weights: one, but for rounding and for what truncation cut off.
    fn total(&self) -> f64 {
        self.components.iter().map(|component| component.weight).sum()
    }

    /// Components with shares that sum to one.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (f64, &Distribution)> {
        let total = self.total();
        self.components.iter().map(move |component| (component.weight / total, &component.distribution))
    }

    /// Σ share g(component).
    fn average(&self, g: impl Fn(&Distribution) -> f64) -> f64 {
        self.shares().map(|(share, component)| share * g(component)).sum()
    }

    /// The value drawn at a level.
    ///
    /// The unit interval is split into the components' shares, in their order; the share in which the level falls says which
    /// component, the place within it at which of its levels. One uniform and one quantile for each number.
    pub(super) fn at(&self, level: Tails) -> f64 {
        let total = self.total();
        let (mut below, mut above) = (0.0, total);
        for (position, Component { weight, distribution }) in self.components.iter().enumerate() {
            let last = position + 1 == self.components.len();
            above = if last { 0.0 } else { above - weight };
            if last || level.lower * total < below + weight {
                // The outer ends are exact; at an inner one rounding must not pass the end of the share.
                let within =
                    |tail: f64, outside: f64| ((tail * total - outside) / weight).clamp(NEAREST_LEVEL, 1.0);
                return distribution
                    .quantile_of_tails(within(level.lower, below), within(level.upper, above));
            }
            below += weight;
        }
        f64::NAN
    }

    /// The atoms with P(X < atom) and P(X = atom).
    fn atoms(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let constants =
            || self.shares().filter_map(|(share, component)| Some((component.constant()?, share)));
        constants().map(move |(value, _)| {
            let mass: f64 = constants().filter(|(other, _)| *other == value).map(|(_, share)| share).sum();
            (value, (self.cdf(value) - mass).max(0.0), mass)
        })
    }

    /// The smallest value with these shares below and above it.
    fn quantile(&self, level: Tails) -> f64 {
        let (bottom, top) = self.support();
        if level.lower <= 0.0 {
            return bottom;
        }
        if level.upper <= 0.0 {
            return top;
        }
        if let Some((value, ..)) = self
            .atoms()
            .find(|(value, below, _)| level.lower > *below && level.upper >= self.survival(*value))
        {
            return value;
        }
        let ends = self.shares().map(|(_, component)| component.quantile_of_tails(level.lower, level.upper));
        let (low, high) = ends.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        root::between(low, high, level, |x| (self.tails(x), self.density(x)))
    }
}

impl Law for Mixture {
    fn support(&self) -> (f64, f64) {
        self.shares()
            .map(|(_, component)| component.support())
            .fold((f64::INFINITY, 0.0), |(low, high), (a, b)| (low.min(a), f64::max(high, b)))
    }

    fn survival(&self, x: f64) -> f64 {
        self.tails(x).upper
    }

    /// The density of what is not an atom.
    fn density(&self, x: f64) -> f64 {
        self.average(|component| component.two_tailed().density(x))
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        self.quantile(Tails::from_upper(p))
    }

    fn jumps(&self) -> Vec<f64> {
        let laws = self.shares().map(|(_, component)| -> &dyn Law { component.two_tailed() });
        jumps_of(laws)
    }

    fn tail_index(&self) -> f64 {
        self.shares().map(|(_, component)| component.tail_index()).fold(f64::INFINITY, f64::min)
    }
}

impl TwoTailed for Mixture {
    fn cdf(&self, x: f64) -> f64 {
        self.tails(x).lower
    }

    fn lower_quantile(&self, p: f64) -> f64 {
        self.quantile(Tails::from_lower(p))
    }

    fn mean(&self) -> f64 {
        self.average(Distribution::mean)
    }

    fn tails(&self, x: f64) -> Tails {
        let (bottom, top) = self.support();
        if x >= top {
            return Tails::from_upper(0.0);
        }
        if x < bottom {
            return Tails::from_lower(0.0);
        }
        let (mut lower, mut upper) = (0.0, 0.0);
        for (share, component) in self.shares() {
            let tails = component.two_tailed().tails(x);
            lower += share * tails.lower;
            upper += share * tails.upper;
        }
        // Where nothing lies on one side the other is exactly one, however the shares were rounded.
        if lower == 0.0 || upper == 0.0 {
            return Tails { lower: f64::from(lower > 0.0), upper: f64::from(upper > 0.0) };
        }
        Tails { lower: lower.min(1.0), upper: upper.min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use model::config::{Node, Value};

    use super::*;
    use crate::distribution::{Gamma, Pareto, Uniform};
    use crate::level::Level;
    use crate::testing::{
        self, constant, lognormal, mixture, node, number, read_table, table, text, truncated,
    };

    fn uniform(low: f64, high: f64) -> Distribution {
        Distribution::Uniform(Uniform { low, high })
    }

    #[test]
    fn mixtures_hold_together() {
        let pareto = Distribution::Pareto(Pareto { scale: 0.5, shape: 3.0 });
        let gamma = Distribution::Gamma(Gamma { shape: 0.4, scale: 5.0 });
        for law in [
            mixture(&[(0.3, lognormal(0.0, 1.0)), (0.7, gamma)]),
            mixture(&[(0.001, pareto.clone()), (0.999, lognormal(-1.0, 0.2))]),
            mixture(&[(0.9, truncated(lognormal(0.0, 1.0), None, Some(2.0))), (0.1, pareto.clone())]),
            mixture(&[(1.0, uniform(1.0, 2.0))]),
        ] {
            testing::check_law(law.two_tailed());
        }
        assert_eq!(mixture(&[(0.5, pareto), (0.5, uniform(0.0, 1.0))]).tail_index(), 3.0);
    }

    #[test]
    fn atoms_are_hit_exactly_and_the_rest_around_them() {
        let law = mixture(&[(0.25, constant(0.0)), (0.5, uniform(0.0, 2.0)), (0.25, constant(1.0))]);
        assert!((law.mean() - 0.75).abs() < 1e-15 && law.law().is_none() && law.atoms().is_none());
        for (p, expected) in
            [(1e-9, 0.0), (0.25, 0.0), (0.375, 0.5), (0.5 + 1e-9, 1.0), (0.74, 1.0), (0.875, 1.5)]
        {
            let x = law.quantile_of_tails(p, 1.0 - p);
            assert!((x - expected).abs() < 1e-14, "{x} at {p}");
        }
        let points = mixture(&[(0.5, constant(3.0)), (0.25, constant(1.0)), (0.25, constant(3.0))]);
        assert_eq!(points.quantile_of_tails(0.5, 0.5), 3.0);
        assert_eq!(points.atoms().unwrap().len(), 3);
    }

    /// Levels at the ends and at the borders of shares give values of the right component, never one beyond its support.
    #[test]
    fn one_uniform_says_which_component_and_which_of_its_values() {
        let law = Mixture {
            components: vec![
                Component { weight: 0.1, distribution: uniform(0.0, 1.0) },
                Component { weight: 0.2, distribution: lognormal(5.0, 1.0) },
                Component { weight: 0.7, distribution: uniform(2.0, 3.0) },
            ],
        };
        let at = |word| law.at(Level::from_bits(word).tails());
        assert!(at(0) < 1e-14 && at(u64::MAX) > 3.0 - 1e-14 && at(u64::MAX) <= 3.0);
        for border in [0.1, 0.3_f64] {
            let k = (border * (1_u64 << 53) as f64) as u64;
            for near in k - 3..k + 3 {
                let x = at(near << 11);
                assert!(x > 0.0 && x.is_finite(), "{x}");
            }
        }
        let middle = at((0.2 * (1_u64 << 53) as f64) as u64 * 2048);
        assert!((middle / libm::exp(5.0) - 1.0).abs() < 1e-12, "{middle}");
    }

    #[test]
    fn components_are_read_located_and_refused() {
        let component = |weight: f64, name: &str, value: f64| {
            table(&[("weight", number(weight)), ("distribution", text(name)), ("value", number(value))])
        };
        let read = |components: Vec<Node>| {
            read_table(&[("distribution", text("mixture")), ("components", node(Value::Array(components)))])
        };
        let good = read(vec![component(0.5, "constant", 1.0), component(0.5, "constant", 2.0)]);
        assert_eq!(good, Ok(mixture(&[(0.5, constant(1.0)), (0.5, constant(2.0))])));
        let key = |components| read(components).unwrap_err().key;
        assert_eq!(key(vec![]), "components");
        assert_eq!(key(vec![component(0.5, "constant", 1.0)]), "components");
        assert_eq!(key(vec![component(0.0, "constant", 1.0)]), "components.0.weight");
        assert_eq!(key(vec![component(1.0, "constant", -1.0)]), "components.0.value");
        assert_eq!(key(vec![component(1.0, "mixture", 1.0)]), "components.0.distribution");
        assert_eq!(key(vec![number(1.0)]), "components.0");
        assert_eq!(key(vec![component(1.0 / 64.0, "constant", 1.0); 64]), "components");
        let nested = mixture(&[(1.0, good.unwrap())]).check().unwrap_err();
        assert_eq!(nested.key, "components.0.distribution");
    }
}
