//! A buyer's use of a plan between two kinks: affine in a power of her index.

use std::ops::Range;

use crate::choice::Choice;
use crate::kernel;
use crate::menu::ChoiceColumns;
use crate::technology::{PowerColumns, Powers, Technology};

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

    /// What some of many buyers take who all choose this segment of a plan, bit for bit as each of them does.
    pub(in crate::menu::plan) fn choose_all(
        &self,
        plan: u32,
        powers: &PowerColumns,
        rows: Range<usize>,
        columns: &mut ChoiceColumns,
    ) {
        let values = &mut *columns.gross_value;
        match self.power {
            Power::Untuned => scale(self.coefficient, 1.0, &powers.untuned[rows], values),
            Power::Tuned => scale(self.coefficient, 1.0, &powers.tuned[rows], values),
            Power::One { reference } => scale(self.coefficient, reference, &powers.index[rows], values),
            Power::Other { .. } => {
                for (row, value) in rows.zip(values) {
                    *value = self.value(&powers.of(row));
                }
            }
        }
        columns.item.fill(plan);
        let ChoiceColumns { spend, fine_tuning, payment, gross_value, utility, .. } = columns;
        use_all(self, spend, fine_tuning, payment, gross_value, utility);
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

kernel! {
    /// Numbers over a reference, times a coefficient.
    fn scale(coefficient: f64, reference: f64, numbers: &[f64], scaled: &mut [f64]) {
        for (number, scaled) in numbers.iter().zip(scaled) {
            *scaled = coefficient * (number / reference);
        }
    }
}

kernel! {
    /// From what it is worth to each buyer, which her gross value takes the place of, to all that she uses and pays.
    fn use_all(
        segment: &Segment,
        spend: &mut [f64],
        fine_tuning: &mut [f64],
        payment: &mut [f64],
        value: &mut [f64],
        utility: &mut [f64],
    ) {
        let buyers = value.len();
        let (spend, fine_tuning) = (&mut spend[..buyers], &mut fine_tuning[..buyers]);
        let (payment, utility) = (&mut payment[..buyers], &mut utility[..buyers]);
        for buyer in 0..buyers {
            let worth = value[buyer];
            let at = |affine: [f64; 2]| affine[0] + affine[1] * worth;
            let (paid, tuned) = (at(segment.payment), at(segment.fine_tuning));
            let gained = worth - paid;
            let gained = if gained > 0.0 { gained } else { 0.0 };
            spend[buyer] = at(segment.spend);
            fine_tuning[buyer] = if tuned > 0.0 { tuned } else { 0.0 };
            payment[buyer] = paid;
            value[buyer] = gained + paid;
            utility[buyer] = gained;
        }
    }
}
