//! Designs menus from a belief: the optimal mechanisms of the paper and the rules they are compared with.
//!
//! The one verb is [`design`]: (rule, belief, technology) -> menu with certificate. The seller knows the *law* of types,
//! never a buyer: this crate cannot import `population`, and holds no randomness and no files.
//!
//! # Architecture invariants
//!
//! - No menu leaves [`design`] without a [`model::menu::Certificate`].
//! - Pricing rules are one closed enum, [`Rule`], matched in one place. A new rule is one file, one variant, one section.
//! - Expected values use the law by quadrature where it is known and the belief's points otherwise; the posted menu
//!   always stands on the points.
//!
//! # References
//! D. Bergemann, A. Bonatti, A. Smolin, "The Economics of Large Language Models", EC '25, doi 10.1145/3736252.3742625;
//! R. Myerson, "Optimal Auction Design", Mathematics of Operations Research 6 (1981).

mod allocations;
mod certificate;
mod expectation;
mod ironing;
mod packages;
mod prices;
mod rule;
mod screening;
mod search;
mod tiers;

pub use ironing::{Ironed, Pool, iron};
pub use rule::{KINDS, PostedRule, Rule, TuningMarkup};

use model::belief::Belief;
use model::menu::{Expected, Menu, Offer};
use model::technology::Technology;

/// Why a menu could not be designed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// The expected surplus is infinite.
    #[error(
        "rule {label}: the expected surplus does not exist: the tail index is {tail_index}, but the surplus \
         grows like θ^{exponent}; the tail index must exceed that power (a thinner tail, smaller exponents, or a maximum \
         for fine_tuning)"
    )]
    NoMean {
        /// Label of the rule.
        label: String,
        /// Tail index a of the belief.
        tail_index: f64,
        /// ρ = 1/(1-σ-γ), or 1/(1-σ) where tuning is capped.
        exponent: f64,
    },
    /// The rule needs more of the profile than the belief holds.
    #[error(
        "rule {label}: allocations need a belief about value and scale, which only the family \"value-scale\" gives; \
         use that family or the rule \"packages\""
    )]
    NeedsValueScale {
        /// Label of the rule.
        label: String,
    },
    /// A figure overflowed or is undefined.
    #[error(
        "rule {label}: the expected outcome is not finite; values, costs or exponents are too extreme for 64-bit floats \
         (exponents sum to {exponents})"
    )]
    NotFinite {
        /// Label of the rule.
        label: String,
        /// σ + γ.
        exponents: f64,
    },
}

/// Solves for the menu that a rule posts under a belief.
///
/// # Errors
/// The expected surplus must exist and be finite; `allocations` needs value and scale.
pub fn design(rule: &PostedRule, belief: &Belief, technology: &Technology) -> Result<Menu, DesignError> {
    let label = rule.label.as_str();
    let (tail_index, exponent) = (belief.index.tail_index(), technology.surplus_exponent());
    if tail_index <= exponent {
        return Err(DesignError::NoMean { label: label.into(), tail_index, exponent });
    }
    let first_best = expectation::first_best(technology, &belief.index);
    if !(first_best.profit.is_finite() && first_best.revenue.is_finite()) {
        return Err(not_finite(label, technology));
    }
    let designed = match &rule.rule {
        Rule::FirstBest => prices::full_extraction(&first_best),
        Rule::MarginalCost => prices::marginal_cost(technology, belief, &first_best),
        Rule::PayAsYouGo { markup, fine_tuning_markup } => {
            prices::pay_as_you_go(technology, belief, &first_best, *markup, *fine_tuning_markup)
        }
        Rule::Flat => tiers::tiers(technology, belief, &first_best, 1),
        Rule::Tiers { tiers } => tiers::tiers(technology, belief, &first_best, *tiers as usize),
        Rule::Packages => packages::packages(technology, belief, &first_best),
        Rule::Allocations => {
            let Some(value_scale) = &belief.value_scale else {
                return Err(DesignError::NeedsValueScale { label: label.into() });
            };
            allocations::allocations(technology, value_scale, &first_best)
        }
    };
    if !is_finite(&designed.expected) {
        return Err(not_finite(label, technology));
    }
    Ok(Menu {
        label: label.into(),
        kind: rule.rule.kind(),
        offer: designed.offer,
        expected: designed.expected,
        parameters: designed.parameters.into_iter().collect(),
        certificate: designed.certificate,
    })
}

/// What a rule's file returns to [`design`].
struct Designed {
    offer: Offer,
    expected: Expected,
    parameters: Vec<(&'static str, f64)>,
    certificate: model::menu::Certificate,
}

fn not_finite(label: &str, technology: &Technology) -> DesignError {
    DesignError::NotFinite { label: label.into(), exponents: technology.sigma() + technology.gamma() }
}

fn is_finite(expected: &Expected) -> bool {
    [expected.profit, expected.revenue, expected.cost, expected.consumer_surplus]
        .iter()
        .all(|x| x.is_finite())
}
