//! Plans: a fee, what it includes, and what more costs.

mod demand;
mod envelope;
mod menu;

use crate::technology::Technology;

pub use menu::PlanMenu;

/// A plan as a seller posts it: the buyer picks tokens and fine-tuning herself.
///
/// ```text
/// payment = fee + price of tokens beyond the allowance + fine_tuning_price (z - fine_tuning)
/// allowance in $:        (Σ_n p_n x_n - A)^+,      Σ_n p_n x_n <= limit
/// allowance by class:    Σ_n p_n (x_n - A_n)^+
/// ```
/// Within the allowance the marginal price is zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Fee in $ >= 0, paid upfront.
    pub fee: f64,
    /// Price p_n > 0 of every class in $ per Mtok, in the order of the technology: what an allowance in $ is measured at, and
    /// what tokens beyond it cost. Empty where neither is asked for.
    pub prices: Vec<f64>,
    /// Tokens that the fee includes.
    pub allowance: Allowance,
    /// What happens beyond the allowance.
    pub over: Over,
    /// Fine-tuning in Mtok that the fee includes.
    pub fine_tuning: f64,
    /// Price of more fine-tuning in $ per Mtok; `None`: not offered.
    pub fine_tuning_price: Option<f64>,
}

/// Tokens that a fee includes.
#[derive(Debug, Clone, PartialEq)]
pub enum Allowance {
    /// Of any class, worth this many $ at the plan's prices; zero for none.
    Spend(f64),
    /// Mtok by class, in the order of the technology.
    Tokens(Vec<f64>),
}

/// Tokens beyond a plan's allowance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Over {
    /// Sold at the plan's prices.
    Prices {
        /// Most tokens of the plan in $ at its prices, an allowance in $ included; infinite: no limit.
        limit: f64,
    },
    /// There are none.
    Stop,
}

impl Plan {
    /// A package: a budget worth `spend` $ at cost, to be split at cost over classes, and fine-tuning.
    pub fn package(technology: &Technology, fee: f64, spend: f64, fine_tuning: f64) -> Self {
        Self {
            fee,
            prices: technology.prices_at(1.0),
            allowance: Allowance::Spend(spend),
            over: Over::Stop,
            fine_tuning,
            fine_tuning_price: None,
        }
    }

    /// A fee that includes fine-tuning, and class n at m c_n, up to tokens worth `limit` $ at cost.
    pub fn tariff(technology: &Technology, fee: f64, fine_tuning: f64, markup: f64, limit: f64) -> Self {
        Self {
            prices: technology.prices_at(markup),
            allowance: Allowance::Spend(0.0),
            over: Over::Prices { limit: markup * limit },
            ..Self::package(technology, fee, 0.0, fine_tuning)
        }
    }

    /// Whether tokens are sold beyond the allowance.
    pub fn sells_tokens(&self) -> bool {
        self.over != Over::Stop
    }

    /// Price over cost of a $ spent on tokens beyond the allowance, split as buyers split it; `None` where there are none.
    pub fn markup(&self, technology: &Technology) -> Option<f64> {
        self.sells_tokens().then(|| 1.0 / technology.split_at(&self.prices).cost)
    }

    /// Tokens that the fee includes, in $ at cost; an allowance in $ split as buyers split it.
    pub fn allowance_at_cost(&self, technology: &Technology) -> f64 {
        match &self.allowance {
            Allowance::Spend(spend) if *spend > 0.0 => spend * technology.split_at(&self.prices).cost,
            Allowance::Spend(_) => 0.0,
            Allowance::Tokens(tokens) => technology.cost_of_tokens(tokens),
        }
    }

    /// Most tokens in $ at cost, split as buyers split them; `None`: no limit.
    pub fn limit_at_cost(&self, technology: &Technology) -> Option<f64> {
        match self.over {
            Over::Stop => Some(self.allowance_at_cost(technology)),
            Over::Prices { limit } if limit.is_finite() => {
                Some(limit * technology.split_at(&self.prices).cost)
            }
            Over::Prices { .. } => None,
        }
    }

    /// Payment in $ for these tokens in Mtok and this much fine-tuning, by the terms of the plan alone; `None` where it
    /// does not sell them. `slack`: relative excess over a limit that counts as none.
    pub fn payment(&self, tokens: &[f64], fine_tuning: f64, slack: f64) -> Option<f64> {
        let within = |amount: f64, limit: f64| amount <= limit * (1.0 + slack);
        let more_tuning = (fine_tuning - self.fine_tuning).max(0.0);
        let tuning = match self.fine_tuning_price {
            Some(price) => price * more_tuning,
            None if within(fine_tuning, self.fine_tuning) => 0.0,
            None => return None,
        };
        let worth = |amounts: &mut dyn Iterator<Item = f64>| -> f64 {
            amounts.zip(&self.prices).map(|(amount, price)| amount * price).sum()
        };
        let (beyond, allowed) = match (&self.allowance, self.over) {
            (Allowance::Spend(included), over) => {
                let outlay = worth(&mut tokens.iter().copied());
                let limit = if let Over::Prices { limit } = over { limit } else { *included };
                ((outlay - included).max(0.0), within(outlay, limit))
            }
            (Allowance::Tokens(included), Over::Prices { .. }) => {
                (worth(&mut tokens.iter().zip(included).map(|(x, own)| (x - own).max(0.0))), true)
            }
            (Allowance::Tokens(included), Over::Stop) => {
                (0.0, tokens.iter().zip(included).all(|(x, own)| within(*x, *own)))
            }
        };
        let extra = if self.sells_tokens() { beyond } else { 0.0 };
        allowed.then_some(self.fee + extra + tuning)
    }
}

impl Technology {
    /// m c_n in $ per Mtok, class by class.
    pub fn prices_at(&self, markup: f64) -> Vec<f64> {
        self.config().tokens.iter().map(|class| markup * class.cost).collect()
    }

    /// Σ_n c_n x_n of tokens in Mtok, in $.
    pub fn cost_of_tokens(&self, tokens: &[f64]) -> f64 {
        self.config().tokens.iter().zip(tokens).map(|(class, x)| class.cost * x).sum()
    }
}

#[cfg(test)]
mod tests;
