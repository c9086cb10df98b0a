//! A buyer in front of an offer, and what she chooses.

use crate::kernel;
use crate::kernel::{exp, ln};
use crate::technology::{Powers, Technology};

/// A buyer as the offers see her.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buyer<'a> {
    /// Her index θ with its powers.
    pub powers: Powers,
    /// w in $ per unit precision; NaN where the family has none.
    pub value: f64,
    /// s, the share of tasks she has; NaN where the family has none.
    pub scale: f64,
    /// w by task in $ per unit precision; empty where the family has no tasks, or no offer looks at them.
    pub profile: &'a [f64],
}

impl<'a> Buyer<'a> {
    /// A buyer of whom only the index is known.
    pub fn of_index(technology: &Technology, index: f64) -> Self {
        Self { powers: technology.powers(index), value: f64::NAN, scale: f64::NAN, profile: &[] }
    }

    /// A value-scale buyer: θ = w s^{1-σ}.
    pub fn of_value_scale(technology: &Technology, value: f64, scale: f64) -> Self {
        let index = value_scale_index(value, scale, technology.sigma());
        Self { value, scale, ..Self::of_index(technology, index) }
    }

    /// A buyer with this index and these values of her tasks.
    pub fn of_profile(technology: &Technology, index: f64, profile: &'a [f64]) -> Self {
        Self { profile, ..Self::of_index(technology, index) }
    }
}

/// θ = w s^{1-σ}: the index of value w on a share s of the tasks.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn value_scale_index(value: f64, scale: f64, sigma: f64) -> f64 {
    // The root is cheaper than the power, and correctly rounded.
    let power = 1.0 - sigma;
    value * if power == 0.5 { scale.sqrt() } else { exp(power * ln(scale)) }
}

kernel! {
    /// [`value_scale_index`] of many buyers.
    pub fn value_scale_indices(values: &[f64], scales: &[f64], sigma: f64, indices: &mut [f64]) {
        for ((value, scale), index) in values.iter().zip(scales).zip(indices) {
            *index = value_scale_index(*value, *scale, sigma);
        }
    }
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
