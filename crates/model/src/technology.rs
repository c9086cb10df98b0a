//! The technology: how tokens and fine-tuning become precision, what they cost, and what a buyer buys at given prices.

mod aggregator;
mod demand;
mod efficient;
mod profile;
mod section;

use crate::config::Invalid;

pub use aggregator::Aggregator;
pub use demand::{Demand, PowerColumns, Powers, Prices, Purchase, Use};
pub use efficient::PrecisionRegime;
pub use profile::ProfileUse;
pub use section::{FineTuning, TechnologyConfig, TokenClass};

/// A validated technology with its derived constants.
#[derive(Debug, Clone)]
pub struct Technology {
    config: TechnologyConfig,
    sigma: f64,
    gamma: f64,
    efficiency: f64,
    tokens_per_spend: Vec<f64>,
    reference_index: f64,
    efficient: Demand,
}

/// How an outlay on tokens is split at given prices: precision is κ_p y^σ (b+z)^γ for an outlay of y $.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// ln κ_p.
    pub log_efficiency: f64,
    /// Mtok of each class per $ of outlay.
    pub tokens: Vec<f64>,
    /// The seller's cost per $ of outlay: 1/m for a common markup m.
    pub cost: f64,
}

impl Technology {
    /// Validates a configuration and derives its constants.
    ///
    /// # Errors
    /// Exponents must lie in (0, 1) and sum to at most 0.999, shares sum to one, costs, the base quality and the maximum be
    /// positive, classes be distinct names.
    pub fn new(config: TechnologyConfig) -> Result<Self, Invalid> {
        config.check()?;
        let (aggregator, tokens) = (config.aggregator, &config.tokens);
        let sigma = aggregator.sigma(tokens);
        let gamma = config.fine_tuning.as_ref().map_or(0.0, |tuning| tuning.exponent);
        let log_efficiency = aggregator.log_efficiency(tokens);
        let tokens_per_spend = aggregator.tokens_per_spend(tokens);
        let mut technology = Self {
            sigma,
            gamma,
            efficiency: libm::exp(log_efficiency),
            tokens_per_spend,
            reference_index: 1.0,
            efficient: Demand::NOTHING,
            config,
        };
        technology.reference_index = technology.find_reference_index(log_efficiency);
        technology.efficient = technology.demand(Prices::MARGINAL_COST);
        Ok(technology)
    }

    /// θ*: where efficient tuning starts, or, where it never does, where the efficient spend is 1 $.
    ///
    /// ```text
    /// ẑ(θ*) = b:  θ* = (b c_z σ/γ)^{1-σ} / (σ κ b^γ)
    /// ```
    fn find_reference_index(&self, log_efficiency: f64) -> f64 {
        let base = self.config.base_quality;
        let spend_at_start = match &self.config.fine_tuning {
            Some(tuning) if self.gamma > 0.0 => base * tuning.cost * self.sigma / self.gamma,
            _ => 1.0,
        };
        libm::exp(
            (1.0 - self.sigma) * libm::log(spend_at_start)
                - libm::log(self.sigma)
                - log_efficiency
                - self.gamma * libm::log(base),
        )
    }

    /// What the section said.
    pub fn config(&self) -> &TechnologyConfig {
        &self.config
    }

    /// σ: Σ α_n, or the returns of a CES aggregator.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// γ, zero where tuning is not offered.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// κ.
    pub fn efficiency(&self) -> f64 {
        self.efficiency
    }

    /// b.
    pub fn base_quality(&self) -> f64 {
        self.config.base_quality
    }

    /// c_z in $ per Mtok, zero where tuning is not offered.
    pub fn fine_tuning_cost(&self) -> f64 {
        self.config.fine_tuning.as_ref().map_or(0.0, |tuning| tuning.cost)
    }

    /// Names of the token classes, in the order of the configuration.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.config.tokens.iter().map(|token| token.class.as_str())
    }

    /// Mtok of each class in one $ of cost-minimal spend; Cobb-Douglas: (α_n/σ)/c_n.
    pub fn tokens_per_spend(&self) -> &[f64] {
        &self.tokens_per_spend
    }

    /// How buyers split an outlay on tokens at these prices per Mtok, in the order of the classes.
    pub fn split_at(&self, prices: &[f64]) -> Split {
        let priced = |(class, price): (&TokenClass, &f64)| TokenClass { cost: *price, ..class.clone() };
        let classes: Vec<TokenClass> = self.config.tokens.iter().zip(prices).map(priced).collect();
        let tokens = self.config.aggregator.tokens_per_spend(&classes);
        let costs = self.config.tokens.iter().zip(&tokens).map(|(class, rate)| class.cost * rate);
        Split { log_efficiency: self.config.aggregator.log_efficiency(&classes), cost: costs.sum(), tokens }
    }

    /// Ψ(x) (b+z)^γ of tokens x in Mtok, in the order of the classes: the definition that all closed forms go back to.
    pub fn precision_of_tokens(&self, tokens: &[f64], fine_tuning: f64) -> f64 {
        let tuned = self.gamma * libm::log(self.config.base_quality + fine_tuning);
        libm::exp(self.config.aggregator.log_aggregate(&self.config.tokens, tokens) + tuned)
    }

    /// The index θ* in $ that [`Powers`] are relative to.
    pub fn reference_index(&self) -> f64 {
        self.reference_index
    }

    /// The power ρ with which the surplus of large indices grows: π(θ) ~ θ^ρ.
    ///
    /// ```text
    /// ρ = 1/(1-σ-γ), or 1/(1-σ) if tuning is capped or never used
    /// ```
    pub fn surplus_exponent(&self) -> f64 {
        let capped = self.config.fine_tuning.as_ref().is_some_and(|tuning| tuning.maximum.is_some());
        if capped { 1.0 / (1.0 - self.sigma) } else { 1.0 / (1.0 - self.sigma - self.gamma) }
    }

    /// The powers of an index θ >= 0.
    #[inline]
    pub fn powers(&self, index: f64) -> Powers {
        let [mut untuned, mut tuned] = [[0.0]; 2];
        demand::powers(self.reference_index, self.power_divisors(), &[index], &mut untuned, &mut tuned);
        Powers { index, untuned: untuned[0], tuned: tuned[0] }
    }

    /// The powers of many indices, bit for bit those of each.
    pub fn power_columns(&self, indices: &[f64]) -> PowerColumns {
        let mut columns = PowerColumns::default();
        self.fill_powers(indices, &mut columns);
        columns
    }

    /// The same in columns that are there already.
    pub fn fill_powers(&self, indices: &[f64], columns: &mut PowerColumns) {
        columns.index.resize(indices.len(), 0.0);
        columns.index.copy_from_slice(indices);
        columns.raise(self.reference_index, self.power_divisors());
    }

    /// 1-σ and 1-σ-γ.
    #[inline]
    fn power_divisors(&self) -> [f64; 2] {
        let untuned = 1.0 - self.sigma;
        [untuned, untuned - self.gamma.max(0.0)]
    }

    /// Seller's cost E + c_z z in $.
    #[inline]
    pub fn cost(&self, spend: f64, fine_tuning: f64) -> f64 {
        spend + self.fine_tuning_cost() * fine_tuning
    }

    /// Precision κ E^σ (b+z)^γ of a package.
    pub fn package_precision(&self, spend: f64, fine_tuning: f64) -> f64 {
        if spend <= 0.0 {
            return 0.0;
        }
        self.efficiency
            * libm::exp(
                self.sigma * libm::log(spend)
                    + self.gamma * libm::log(self.config.base_quality + fine_tuning),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn paper() -> Technology {
        let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
        Technology::new(TechnologyConfig {
            base_quality: 1.0,
            aggregator: Aggregator::CobbDouglas,
            tokens: vec![token("input"), token("output")],
            fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
        })
        .unwrap()
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-14 * b.abs().max(1.0), "{a} is not {b}");
    }

    #[test]
    fn paper_surplus_is_a_square_then_a_fourth_power() {
        let technology = paper();
        close(technology.efficiency(), 2.0);
        for tau in [0.01, 0.2, 0.49, 0.5] {
            close(technology.surplus(tau), tau * tau);
            close(technology.precision(tau), 2.0 * tau);
        }
        for tau in [0.500_001, 0.7, 1.0, 3.0_f64] {
            close(technology.surplus(tau), 2.0 * tau * tau * tau * tau + 0.125);
            close(technology.precision(tau), 8.0 * tau * tau * tau);
        }
        assert_eq!(technology.surplus(0.0), 0.0);
        assert_eq!(technology.surplus(-1.0), 0.0);
    }

    /// Brute force over bundles is the independent check of the closed form, at cost and at other prices, with a cap.
    #[test]
    fn demand_beats_every_nearby_bundle() {
        let technology = Technology::new(TechnologyConfig {
            base_quality: 0.7,
            aggregator: Aggregator::CobbDouglas,
            tokens: vec![
                TokenClass { class: "input".into(), exponent: 0.1, cost: 3.0 },
                TokenClass { class: "cached".into(), exponent: 0.05, cost: 0.3 },
                TokenClass { class: "output".into(), exponent: 0.3, cost: 15.0 },
            ],
            fine_tuning: Some(FineTuning { exponent: 0.35, cost: 25.0, maximum: Some(2.0) }),
        })
        .unwrap();
        for (markup, tuning_markup) in [(1.0, 1.0), (1.7, 0.9), (0.5, 3.0)] {
            let demand =
                technology.demand(Prices { token_markup: markup, fine_tuning_markup: Some(tuning_markup) });
            let mut regimes = [0; 3];
            for step in 0..500 {
                let index = libm::exp(f64::from(step) * 0.02 - 2.0) * 10.0;
                let bought = demand.at(&technology.powers(index));
                let value = |outlay: f64, z: f64| {
                    index * technology.package_precision(outlay / markup, z)
                        - outlay
                        - tuning_markup * 25.0 * z
                };
                let (outlay, z) = (bought.used.spend * markup, bought.used.fine_tuning);
                let best = value(outlay, z);
                close(bought.used.gross_value - bought.payment, best);
                regimes[if z == 0.0 { 0 } else { usize::from(z == 2.0) + 1 }] += 1;
                for factor in [0.9, 0.999, 1.0, 1.001, 1.1] {
                    for shift in [-0.1, -1e-3, 0.0, 1e-3, 0.1] {
                        let other = value(outlay * factor, (z + shift).clamp(0.0, 2.0));
                        assert!(
                            other <= best + 1e-12 * best.abs().max(1.0),
                            "index {index}: {other} > {best}"
                        );
                    }
                }
            }
            assert!(regimes.iter().all(|&count| count > 5), "regimes not all visited: {regimes:?}");
        }
    }

    #[test]
    fn regimes_reproduce_the_precision() {
        let technology = paper();
        for tau in [0.1, 0.4, 0.6, 2.0] {
            let regimes = technology.precision_regimes();
            let regime = regimes.iter().rev().find(|regime| regime.from <= tau).unwrap();
            let ratio = tau / technology.reference_index();
            close(regime.coefficient * libm::pow(ratio, regime.power), technology.precision(tau));
        }
    }

    #[test]
    fn scaling_values_and_costs_scales_the_surplus() {
        let technology = paper();
        let mut config = technology.config().clone();
        for token in &mut config.tokens {
            token.cost *= 1e6;
        }
        config.fine_tuning.as_mut().unwrap().cost *= 1e6;
        let scaled = Technology::new(config).unwrap();
        for tau in [0.2, 0.9] {
            let (plain, large) = (technology.surplus(tau), scaled.surplus(tau * 1e6) / 1e6);
            assert!((plain - large).abs() < 1e-13 * plain, "{plain} {large}");
        }
    }

    /// π by brute force over spend and tuning, and q as its derivative: no tuning offered, γ = 0, γ > 0, and a cap, under
    /// both aggregators.
    #[test]
    fn efficient_use_with_every_kind_of_tuning() {
        let tuning = |exponent, maximum| Some(FineTuning { exponent, cost: 0.125, maximum });
        for fine_tuning in
            [None, tuning(0.0, None), tuning(0.25, None), tuning(0.25, Some(0.3)), tuning(0.0, Some(0.3))]
        {
            for (aggregator, weight) in
                [(Aggregator::CobbDouglas, 0.25), (Aggregator::Ces { substitution: 0.4, returns: 0.5 }, 0.5)]
            {
                let mut config = paper().config().clone();
                config.aggregator = aggregator;
                config.fine_tuning.clone_from(&fine_tuning);
                for (token, cost) in config.tokens.iter_mut().zip([0.1, 0.3]) {
                    (token.exponent, token.cost) = (weight, cost);
                }
                let technology = Technology::new(config).unwrap();
                let largest = fine_tuning.as_ref().map_or(0.0, |tuning| tuning.maximum.unwrap_or(20.0));
                for tau in [0.2, 0.7, 1.1] {
                    let mut best = 0.0_f64;
                    for step in 0..=400 {
                        let z = largest * f64::from(step) / 400.0;
                        for spend in (-400..=200).map(|step| libm::exp(f64::from(step) / 50.0)) {
                            let value = tau * technology.package_precision(spend, z);
                            best = best.max(value - technology.cost(spend, z));
                        }
                    }
                    let surplus = technology.surplus(tau);
                    assert!(best <= surplus * (1.0 + 1e-13) && best > surplus * 0.998, "{best} {surplus}");
                    let slope = (technology.surplus(tau + 1e-5) - technology.surplus(tau - 1e-5)) / 2e-5;
                    assert!((technology.precision(tau) / slope - 1.0).abs() < 1e-7);
                }
                let tunes = fine_tuning.as_ref().is_some_and(|tuning| tuning.exponent > 0.0);
                assert_eq!(technology.efficient_use(1.1).fine_tuning > 0.0, tunes);
            }
        }
    }

    #[test]
    fn shares_and_returns_are_checked() {
        let mut config = paper().config().clone();
        config.aggregator = Aggregator::Ces { substitution: 0.5, returns: 0.5 };
        let refused = Technology::new(config.clone()).unwrap_err();
        assert!(refused.key == "tokens" && refused.found.contains("sum of shares of 0.5"), "{refused}");
        for token in &mut config.tokens {
            token.exponent = 0.5;
        }
        assert!(Technology::new(config.clone()).is_ok());
        config.aggregator = Aggregator::Ces { substitution: 0.5, returns: 0.8 };
        assert_eq!(Technology::new(config.clone()).unwrap_err().key, "aggregator.ces.returns");
        config.aggregator = Aggregator::Ces { substitution: 0.0, returns: 0.5 };
        assert_eq!(Technology::new(config).unwrap_err().key, "aggregator.ces.substitution");
    }

    #[test]
    fn exponents_summing_to_one_are_refused() {
        let mut config = paper().config().clone();
        config.tokens[0].exponent = 0.5;
        let refused = Technology::new(config).unwrap_err();
        assert_eq!(refused.key, "tokens");
    }
}
