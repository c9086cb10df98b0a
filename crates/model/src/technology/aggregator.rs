//! How tokens of several classes become one quantity: Ψ(x), homogeneous of degree σ.

use serde::Serialize;

use super::section::TokenClass;
use crate::config::{ConfigError, Invalid, NumberKey, Range, Section};

/// The token aggregator Ψ; precision on a task is v = Ψ(x) (b+z)^γ.
///
/// ```text
/// Cobb-Douglas:  Ψ(x) = Π_n x_n^{α_n},                            σ = Σ α_n
/// CES:           Ψ(x) = ( Σ_n a_n x_n^{(ε-1)/ε} )^{σ ε/(ε-1)},    Σ a_n = 1;  at ε = 1: Π_n x_n^{σ a_n}
/// ```
/// α_n are the exponents, a_n the shares, ε the elasticity of substitution and σ the returns. Because Ψ is homogeneous, only
/// spend matters for the value of tokens: the aggregator decides nothing but κ and the cost-minimal split of spend.
///
/// That holds where all classes carry the same markup, as under every rule that posts prices here. At markups m_n that
/// differ by class buyers split their outlay by the costs m_n c_n instead: κ is then that of these costs, and with CES the
/// spend shares move with the markups, so that the seller's cost per $ of outlay is Σ_n s_n(m c)/m_n.
///
/// # References
/// Arrow, Chenery, Minhas and Solow (1961), Capital-Labor Substitution and Economic Efficiency, Review of Economics and
/// Statistics 43, doi 10.2307/1927286.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregator {
    /// Unit elasticity of substitution: classes have exponents.
    #[default]
    CobbDouglas,
    /// Constant elasticity of substitution: classes have shares.
    Ces {
        /// ε > 0: complements below 1, substitutes above.
        substitution: f64,
        /// σ in (0, 1): degree of homogeneity, the elasticity of precision in spend.
        returns: f64,
    },
}

const SUBSTITUTION: NumberKey = NumberKey {
    name: "substitution",
    range: Range::Positive,
    meaning: "elasticity of substitution between token classes, 1 for Cobb-Douglas",
};
const RETURNS: NumberKey = NumberKey {
    name: "returns",
    range: Range::OpenUnit,
    meaning: "elasticity of precision in all tokens together",
};

impl Aggregator {
    /// Reads the optional key `aggregator` of the section `[technology]`.
    pub(super) fn read(technology: &Section) -> Result<Self, ConfigError> {
        let allowed = "{ ces = { substitution, returns } }; leave it out for Cobb-Douglas";
        let Some(section) = technology.optional_section("aggregator", allowed)? else {
            return Ok(Self::CobbDouglas);
        };
        let ces = section.section("ces", "{ substitution, returns }")?;
        let read = Self::Ces { substitution: ces.number(&SUBSTITUTION)?, returns: ces.number(&RETURNS)? };
        ces.finish()?;
        section.finish()?;
        Ok(read)
    }

    pub(super) fn check(self) -> Result<(), Invalid> {
        let Self::Ces { substitution, returns } = self else { return Ok(()) };
        let here = |invalid: Invalid| invalid.within("aggregator.ces");
        SUBSTITUTION.check(substitution).map_err(here)?;
        RETURNS.check(returns).map(|_| ()).map_err(here)
    }

    pub(super) fn is_cobb_douglas(&self) -> bool {
        *self == Self::CobbDouglas
    }

    /// σ, the degree of homogeneity.
    pub(super) fn sigma(self, tokens: &[TokenClass]) -> f64 {
        match self {
            Self::CobbDouglas => tokens.iter().map(|token| token.exponent).sum(),
            Self::Ces { returns, .. } => returns,
        }
    }

    /// ln κ, where κ E^σ is the largest Ψ that a spend of E buys.
    ///
    /// ```text
    /// Cobb-Douglas:  κ = Π_n (α_n/(σ c_n))^{α_n}
    /// CES:           κ = ( Σ_n a_n (a_n/c_n)^{ε-1} )^{σ/(ε-1)};   at ε = 1: Π_n (a_n/c_n)^{σ a_n}
    /// ```
    pub(super) fn log_efficiency(self, tokens: &[TokenClass]) -> f64 {
        match self {
            Self::CobbDouglas => {
                let sigma = self.sigma(tokens);
                tokens.iter().map(|t| t.exponent * libm::log(t.exponent / (sigma * t.cost))).sum()
            }
            Self::Ces { substitution, returns } => {
                let power = substitution - 1.0;
                let largest = largest_term(tokens, power);
                // ln Σ a_n e^{l_n} with its largest term taken out: exact through ε = 1 because Σ a_n = 1.
                let mean = |g: &dyn Fn(f64) -> f64| {
                    tokens.iter().map(|t| t.exponent * g(log_yield(t) - largest)).sum::<f64>()
                };
                let log_mean = if power == 0.0 {
                    mean(&|difference| difference)
                } else {
                    libm::log1p(mean(&|difference| libm::expm1(power * difference))) / power
                };
                returns * (largest + log_mean)
            }
        }
    }

    /// ln Ψ of these tokens in Mtok, by its definition; -∞ where a class that cannot be done without is missing.
    pub(super) fn log_aggregate(self, classes: &[TokenClass], tokens: &[f64]) -> f64 {
        let logs = || classes.iter().zip(tokens).map(|(class, x)| (class.exponent, libm::log(*x)));
        let Self::Ces { substitution, returns } = self else {
            return logs().map(|(exponent, log)| exponent * log).sum();
        };
        let power = (substitution - 1.0) / substitution;
        if power == 0.0 {
            return returns * logs().map(|(share, log)| share * log).sum::<f64>();
        }
        // ln Σ a_n x_n^power with its largest term taken out: exact through ε = 1 because Σ a_n = 1.
        let largest = logs().map(|(_, log)| power * log).fold(f64::NEG_INFINITY, f64::max);
        if !largest.is_finite() {
            return returns / power * largest;
        }
        let mean: f64 = logs().map(|(share, log)| share * libm::expm1(power * log - largest)).sum();
        returns / power * (largest + libm::log1p(mean))
    }

    /// Mtok of each class in one $ of cost-minimal spend.
    ///
    /// ```text
    /// Cobb-Douglas:  x_n = (α_n/σ)/c_n
    /// CES:           x_n = s_n/c_n,   s_n = a_n (a_n/c_n)^{ε-1} / Σ_m a_m (a_m/c_m)^{ε-1}
    /// ```
    pub(super) fn tokens_per_spend(self, tokens: &[TokenClass]) -> Vec<f64> {
        match self {
            Self::CobbDouglas => {
                let sigma = self.sigma(tokens);
                tokens.iter().map(|t| t.exponent / sigma / t.cost).collect()
            }
            Self::Ces { substitution, .. } => {
                let power = substitution - 1.0;
                let largest = largest_term(tokens, power);
                let weight = |t: &TokenClass| t.exponent * libm::exp(power * (log_yield(t) - largest));
                let total: f64 = tokens.iter().map(weight).sum();
                tokens.iter().map(|t| weight(t) / total / t.cost).collect()
            }
        }
    }
}

/// ln (a_n/c_n).
fn log_yield(token: &TokenClass) -> f64 {
    libm::log(token.exponent / token.cost)
}

/// The ln (a_n/c_n) with the largest (a_n/c_n)^power.
fn largest_term(tokens: &[TokenClass], power: f64) -> f64 {
    let yields = tokens.iter().map(log_yield);
    if power < 0.0 { yields.fold(f64::INFINITY, f64::min) } else { yields.fold(f64::NEG_INFINITY, f64::max) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn classes(shares_and_costs: &[(f64, f64)]) -> Vec<TokenClass> {
        let total: f64 = shares_and_costs.iter().map(|(share, _)| share).sum();
        let class = |(n, (share, cost)): (usize, &(f64, f64))| TokenClass {
            class: format!("class{n}"),
            exponent: share / total,
            cost: *cost,
        };
        shares_and_costs.iter().enumerate().map(class).collect()
    }

    /// ln Ψ at tokens e^y by its definition, with sums in logarithms.
    fn log_aggregate(aggregator: Aggregator, tokens: &[TokenClass], y: &[f64]) -> f64 {
        match aggregator {
            Aggregator::CobbDouglas => tokens.iter().zip(y).map(|(t, y)| t.exponent * y).sum(),
            Aggregator::Ces { substitution, returns } => {
                let power = (substitution - 1.0) / substitution;
                let terms: Vec<f64> =
                    tokens.iter().zip(y).map(|(t, y)| libm::log(t.exponent) + power * y).collect();
                returns / power * log_sum(&terms)
            }
        }
    }

    fn log_sum(terms: &[f64]) -> f64 {
        let largest = terms.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        largest + libm::log(terms.iter().map(|term| libm::exp(term - largest)).sum())
    }

    /// ln of the cost of Ψ = 1 in the proportions e^y: scaling x by e^t scales the cost by e^t and Ψ by e^{σ t}.
    fn log_cost(aggregator: Aggregator, tokens: &[TokenClass], y: &[f64]) -> f64 {
        let terms: Vec<f64> = tokens.iter().zip(y).map(|(t, y)| libm::log(t.cost) + y).collect();
        log_sum(&terms) - log_aggregate(aggregator, tokens, y) / aggregator.sigma(tokens)
    }

    /// The closed form against the definition of Ψ: its split costs what κ says, -ln κ / σ, no other costs less, and a little
    /// more or less of any class costs more.
    ///
    /// Cost over Ψ^{1/σ} is quasi-convex, a convex function over a concave one, so that the last makes it the one minimum. The
    /// cost rises by the square of a step times share (1 - share) / 2ε of spend: hence the steps, a rise far above rounding.
    fn is_least_cost(aggregator: Aggregator, tokens: &[TokenClass], others: &[Vec<f64>]) {
        let rates = aggregator.tokens_per_spend(tokens);
        let split: Vec<f64> = rates.iter().map(|rate| libm::log(*rate)).collect();
        let least = log_cost(aggregator, tokens, &split);
        let exact = -aggregator.log_efficiency(tokens) / aggregator.sigma(tokens);
        assert!((least - exact).abs() < 1e-12 * exact.abs().max(1.0), "{aggregator:?}: {least} {exact}");
        for other in others {
            let cost = log_cost(aggregator, tokens, &other[..tokens.len()]);
            assert!(cost > least - 1e-12, "{aggregator:?}: {other:?} costs {cost}, less than {least}");
        }
        if tokens.len() == 1 {
            return;
        }
        for (n, (token, rate)) in tokens.iter().zip(&rates).enumerate() {
            let share = token.cost * rate;
            let step = 1e-6 / (share * (1.0 - share)).sqrt();
            for moved in [-step, step] {
                let mut near = split.clone();
                near[n] += moved;
                let cost = log_cost(aggregator, tokens, &near);
                assert!(cost > least, "{aggregator:?}: class {n} moved by {moved} costs {cost} like {least}");
            }
        }
    }

    /// Proportions to try instead.
    fn proportions() -> impl Strategy<Value = Vec<Vec<f64>>> {
        prop::collection::vec(prop::collection::vec(-6.0f64..6.0, 3), 50)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn split_and_efficiency_are_the_least_cost_of_precision(
            shares_and_costs in prop::collection::vec((0.1f64..1.0, 0.1f64..20.0), 1..4),
            substitution in 0.2f64..4.0,
            returns in 0.1f64..0.9,
            others in proportions()
        ) {
            prop_assume!((substitution - 1.0).abs() > 0.05);
            is_least_cost(Aggregator::Ces { substitution, returns }, &classes(&shares_and_costs), &others);
        }

        #[test]
        fn cobb_douglas_is_the_least_cost_too(
            exponents_and_costs in prop::collection::vec((0.05f64..0.3, 0.1f64..20.0), 1..4),
            others in proportions()
        ) {
            let mut tokens = classes(&exponents_and_costs);
            for (token, (exponent, _)) in tokens.iter_mut().zip(&exponents_and_costs) {
                token.exponent = *exponent;
            }
            is_least_cost(Aggregator::CobbDouglas, &tokens, &others);
        }
    }

    /// κ and the split pass smoothly through ε = 1, where they are those of Cobb-Douglas with α_n = σ a_n.
    #[test]
    fn unit_substitution_is_cobb_douglas() {
        let shares = classes(&[(0.2, 3.0), (0.1, 0.3), (0.7, 15.0)]);
        let mut exponents = shares.clone();
        for token in &mut exponents {
            token.exponent *= 0.6;
        }
        let exact = Aggregator::CobbDouglas.log_efficiency(&exponents);
        let split = Aggregator::CobbDouglas.tokens_per_spend(&exponents);
        for distance in [0.0, 1e-15, -1e-12, 1e-9, -1e-6, 1e-3] {
            let ces = Aggregator::Ces { substitution: 1.0 + distance, returns: 0.6 };
            // The derivative in ε is half the variance of ln (a_n/c_n), of the order of one.
            let allowed = 1e-13 + 5.0 * f64::abs(distance);
            assert!((ces.log_efficiency(&shares) - exact).abs() < allowed, "{distance}");
            for (found, exact) in ces.tokens_per_spend(&shares).iter().zip(&split) {
                assert!((found / exact - 1.0).abs() < allowed, "{distance}: {found} {exact}");
            }
        }
    }

    /// ε -> 0: Leontief, min_n x_n, whose least cost is Σ c_n. ε -> ∞: perfect substitutes, Σ a_n x_n, bought where a_n/c_n
    /// is largest.
    #[test]
    fn limits_of_substitution() {
        let tokens = classes(&[(0.3, 2.0), (0.7, 5.0)]);
        let leontief = Aggregator::Ces { substitution: 1e-9, returns: 0.5 };
        assert!((leontief.log_efficiency(&tokens) + 0.5 * libm::log(7.0)).abs() < 1e-8);
        for rate in leontief.tokens_per_spend(&tokens) {
            assert!((rate - 1.0 / 7.0).abs() < 1e-8, "{rate}");
        }
        let linear = Aggregator::Ces { substitution: 1e6, returns: 0.5 };
        assert!((linear.log_efficiency(&tokens) - 0.5 * libm::log(0.3 / 2.0)).abs() < 1e-5);
        let rates = linear.tokens_per_spend(&tokens);
        assert!((rates[0] - 0.5).abs() < 1e-12 && rates[1] < 1e-12, "{rates:?}");
    }
}
