//! A buyer's use of a plan between two kinks: affine in a power of her index.

use crate::choice::Choice;
use crate::technology::{Powers, Technology};

/// Between two kinks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::menu::plan) struct Segment {
    /// Smallest index over θ*.
    pub(in crate::menu::plan) from: f64,
    /// W at θ = θ*, if the segment held there.
    pub(in crate::menu::plan) coefficient: f64,
    pub(in crate::menu::plan) power: Power,
    /// Payment, tokens at cost and fine-tuning: constant and per $ of W.
    pub(in crate::menu::plan) payment: [f64; 2],
    pub(in crate::menu::plan) spend: [f64; 2],
    pub(in crate::menu::plan) fine_tuning: [f64; 2],
}

/// The power of θ/θ* that W is proportional to: the exponents that every buyer has at hand, or another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::menu::plan) enum Power {
    One { reference: f64 },
    Untuned,
    Tuned,
    Other { exponent: f64, reference: f64 },
}

impl Segment {
    /// The power of θ/θ* that W grows with.
    pub(in crate::menu::plan) fn exponent(&self, technology: &Technology) -> f64 {
        match self.power {
            Power::One { .. } => 1.0,
            Power::Untuned => 1.0 / (1.0 - technology.sigma()),
            Power::Tuned => 1.0 / (1.0 - technology.sigma() - technology.gamma()),
            Power::Other { exponent, .. } => exponent,
        }
    }

    /// W of the buyer with these powers.
    #[inline]
    pub(in crate::menu::plan) fn value(&self, powers: &Powers) -> f64 {
        self.coefficient
            * match self.power {
                Power::One { reference } => powers.index / reference,
                Power::Untuned => powers.untuned,
                Power::Tuned => powers.tuned,
                Power::Other { exponent, reference } => {
                    libm::exp(exponent * libm::log(powers.index / reference))
                }
            }
    }

    /// What the buyer uses and pays to whom it is worth `value`.
    #[inline]
    pub(in crate::menu::plan) fn choice(&self, item: u32, value: f64) -> Choice {
        let at = |affine: [f64; 2]| affine[0] + affine[1] * value;
        let payment = at(self.payment);
        Choice {
            item: Some(item),
            spend: at(self.spend),
            fine_tuning: at(self.fine_tuning).max(0.0),
            payment,
            gross_value: value,
            utility: value - payment,
        }
    }
}
