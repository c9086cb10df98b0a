//! A buyer in front of an offer, and what she chooses.

use crate::technology::{Powers, Technology};

/// A buyer as the offers see her.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buyer {
    /// Her index θ with its powers.
    pub powers: Powers,
    /// w in $ per unit precision; NaN where the family has none.
    pub value: f64,
    /// s, the share of tasks she has; NaN where the family has none.
    pub scale: f64,
}

impl Buyer {
    /// A value-scale buyer: θ = w s^{1-σ}.
    pub fn of_value_scale(technology: &Technology, value: f64, scale: f64) -> Self {
        Self { powers: technology.powers(value_scale_index(value, scale, technology.sigma())), value, scale }
    }
}

/// θ = w s^{1-σ}: the index of value w on a share s of the tasks.
pub fn value_scale_index(value: f64, scale: f64, sigma: f64) -> f64 {
    value * libm::pow(scale, 1.0 - sigma)
}

/// What a buyer chooses: all zeros and no item if she buys nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Choice {
    /// The item, a row of the menu; `None`: bought nothing.
    pub item: Option<u32>,
    /// Tokens valued at marginal cost, E, in $.
    pub spend: f64,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Payment t to the seller in $.
    pub payment: f64,
    /// Gross value G = U + t in $.
    pub gross_value: f64,
    /// Utility U in $.
    pub utility: f64,
}
