//! Designs menus from a belief: the optimal mechanisms of the paper and the rules they are compared with.
//!
//! The one verb is [`Seller::design`]: (rule, belief, technology) -> menu with certificate. The seller knows the *law* of types,
//! never a buyer: this crate cannot import `population`, and holds no randomness and no files.
//!
//! # Architecture invariants
//!
//! - No menu leaves [`Seller::design`] without a [`model::menu::Certificate`].
//! - Pricing rules are one closed enum, [`Rule`], matched in one place. A new rule is one file, one variant, one section.
//! - Menus depend on the platform only through the solver of the convex programme, Clarabel, which calls the standard library's
//!   powers and exponentials, those of the platform's libm: menus from it are the same bytes on the same machine.
//! - Expected values use the law by quadrature where it is known and the belief's points otherwise; the posted menu
//!   always stands on the points.
//!
//! # References
//! D. Bergemann, A. Bonatti, A. Smolin, "The Economics of Large Language Models", EC '25, doi 10.1145/3736252.3742625;
//! R. Myerson, "Optimal Auction Design", Mathematics of Operations Research 6 (1981).

mod allocations;
mod binary;
mod certificate;
mod expectation;
mod extension;
mod finite;
mod implementation;
mod ironing;
mod packages;
mod partition;
mod plan_audit;
mod portrait;
mod posted;
mod prices;
pub mod programme;
mod representatives;
mod repricing;
mod revenue;
mod rule;
mod screening;
mod search;
mod tariffs;
mod three_part;
mod tiers;
mod two_part;
mod two_part_menu;

pub use ironing::{Ironed, Pool, iron};
pub use portrait::{Markups, Portrait, PortraitRow, SurplusSplit};
pub use rule::{BookError, KINDS, Plans, PostedRule, ReadBooks, Rule, TuningMarkup};

use model::belief::Belief;
use model::menu::{Expected, Menu, Offer};
use model::technology::Technology;
use model::tolerance::ROUNDING;
use revenue::RevenueCurve;
use screening::Screening;

/// Why a menu could not be designed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// The expected surplus is infinite.
    #[error(
        "the expected surplus does not exist, or rests on the far tail: the tail index is {tail_index}, but the surplus \
         grows like θ^{}; the tail index must exceed 1.05 times that power (a thinner tail, smaller exponents, or a maximum for \
         fine_tuning)",
        rounded(*exponent)
    )]
    NoMean {
        /// Tail index a of the belief.
        tail_index: f64,
        /// ρ = 1/(1-σ-γ), or 1/(1-σ) where tuning is capped.
        exponent: f64,
    },
    /// The expected surplus exists, but those who carry it are too rare for 64-bit floats.
    #[error(
        "the expected surplus rests on the far tail: at the end of 64-bit floats buyers still add a share {share:.1e} to it, since the \
         surplus grows like θ^{}; the share may be 1e-6 (a thinner tail, smaller exponents, or a maximum for fine_tuning)",
        rounded(*exponent)
    )]
    FarTail {
        /// What buyers add to the expected surplus, over all of it, at the smallest probability that is looked at.
        share: f64,
        /// ρ = 1/(1-σ-γ), or 1/(1-σ) where tuning is capped.
        exponent: f64,
    },
    /// The rule needs more of the profile than the belief holds.
    #[error(
        "rule {label}: allocations need a belief about the values of tasks, and this one has none; use the family \"tasks\", \
         \"finite\", \"empirical\" with tasks, or \"segments\" of these with the same masses, which `types = K` representatives \
         stand for, from a sample, too; or \"value-scale\", whose copula needs source = \"population\" or \"law\" in the belief \
         instead of a sample, and a value and a scale without constants among continuous laws (a narrow uniform does instead of \
         a constant); or the rule \"packages\""
    )]
    NeedsProfiles {
        /// Label of the rule.
        label: String,
    },
    /// The belief is about other tasks than the buyers have.
    #[error(
        "rule {label}: the belief is about other tasks than the buyers of [population] have; both must have tasks of the \
         same masses, or both value and scale"
    )]
    OtherTasks {
        /// Label of the rule.
        label: String,
    },
    /// The programme for allocations was not solved well enough.
    #[error(
        "rule {label}: the optimal allocations could not be certified: after {rounds} programmes the best menu is a share {gap:.1e} \
         below the upper bound, where 1e-6 is required; use fewer types, or values that span fewer orders of magnitude"
    )]
    NotCertified {
        /// Label of the rule.
        label: String,
        /// (bound - profit) / bound; infinite without a menu.
        gap: f64,
        /// Programmes solved.
        rounds: usize,
    },
    /// What the rule posts cannot be written as plans.
    #[error(
        "rule {label}: {kind} cannot be posted as plans: what a buyer pays depends on her type, or on her use task by task; \
         packages, tiers, tariffs and prices can"
    )]
    NotPlans {
        /// Label of the rule.
        label: String,
        /// Name of the pricing rule.
        kind: &'static str,
    },
    /// Posted plans do not fit the technology.
    #[error("rule {label}: {invalid}")]
    Plans {
        /// Label of the rule.
        label: String,
        /// What is wrong.
        invalid: model::config::Invalid,
    },
    /// The surplus itself is beyond all numbers, or undefined.
    #[error(
        "the expected first-best surplus is not finite: technology (base_quality, costs, exponents, which sum to {exponents}) \
         and the belief's values are together too extreme for 64-bit floats; bring them closer to 1"
    )]
    SurplusNotFinite {
        /// σ + γ.
        exponents: f64,
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

impl DesignError {
    /// The same, said of the rule that was designed.
    fn of_rule(self, rule: &str) -> Self {
        let label = rule.to_string();
        match self {
            Self::NotCertified { gap, rounds, .. } => Self::NotCertified { label, gap, rounds },
            Self::NotFinite { exponents, .. } => Self::NotFinite { label, exponents },
            other => other,
        }
    }
}

/// A seller with her belief: everything that rules share, computed once.
#[derive(Debug)]
pub struct Seller<'a> {
    technology: &'a Technology,
    belief: &'a Belief,
    first_best: Expected,
    /// The belief's points with their virtual values.
    ironed: Ironed,
    /// The revenue curve that packages are cut from.
    curve: RevenueCurve,
    /// The ironed virtual value of the index, which expected values are taken over.
    screening: Screening,
}

impl<'a> Seller<'a> {
    /// A seller of this technology with this belief.
    ///
    /// # Errors
    /// The expected surplus must exist and be finite.
    pub fn new(technology: &'a Technology, belief: &'a Belief) -> Result<Self, DesignError> {
        let (tail_index, exponent) = (belief.index.tail_index(), technology.surplus_exponent());
        surplus_exists(tail_index, exponent)?;
        let first_best = expectation::first_best(technology, &belief.index);
        if !is_finite(&first_best) {
            return Err(DesignError::SurplusNotFinite { exponents: exponents(technology) });
        }
        let share = revenue::share_at_the_end(technology, &belief.index, first_best.profit);
        // Written so that what is no number is refused.
        if first_best.profit > 0.0 && !(share <= LARGEST_FAR_SHARE) {
            return Err(DesignError::FarTail { share, exponent });
        }
        let curve = RevenueCurve::new(technology, &belief.index);
        let screening = Screening::new(&belief.index, &curve);
        Ok(Self { technology, belief, first_best, ironed: iron(&belief.index.points), curve, screening })
    }

    /// The belief's points with their virtual values, ironed.
    pub fn ironed(&self) -> &Ironed {
        &self.ironed
    }

    /// Solves for the menu that a rule posts.
    ///
    /// # Errors
    /// The expected outcome must be finite; `allocations` needs the values of tasks; only plans can be rounded.
    pub fn design(&self, rule: &PostedRule) -> Result<Menu, DesignError> {
        let label = rule.label.as_str();
        let mut designed = self.designed(rule).map_err(|error| error.of_rule(label))?;
        if let Some(step) = rule.round {
            designed = posted::rounded(self, &designed, &rule.rule, step)
                .ok_or_else(|| DesignError::NotPlans { label: label.into(), kind: rule.rule.kind() })?;
        }
        if !is_finite(&designed.expected) {
            return Err(not_finite(label, self.technology));
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

    /// The one place where rules are told apart.
    fn designed(&self, rule: &PostedRule) -> Result<Designed, DesignError> {
        let label = rule.label.as_str();
        Ok(match &rule.rule {
            Rule::FirstBest => prices::full_extraction(self),
            Rule::MarginalCost => prices::marginal_cost(self),
            Rule::PayAsYouGo { markup, fine_tuning_markup } => {
                prices::pay_as_you_go(self, *markup, *fine_tuning_markup)
            }
            Rule::Flat => tiers::tiers(self, 1),
            Rule::Tiers { tiers } => tiers::tiers(self, *tiers as usize),
            Rule::TwoPart { fee, markup, fine_tuning_markup } => {
                two_part::two_part(self, *fee, *markup, *fine_tuning_markup)
            }
            Rule::ThreePart { plans: Plans::Best(count) } => three_part::three_part(self, *count as usize),
            Rule::ThreePart { .. } | Rule::PriceBook { .. } => {
                let plans = rule.plans(self.technology);
                let plans = plans.map_err(|invalid| DesignError::Plans { label: label.into(), invalid })?;
                posted::posted(self, plans.expect("these rules post plans"))
            }
            Rule::TwoPartMenu { plans, spend_cap: false } => two_part_menu::two_part_menu(self, *plans),
            Rule::TwoPartMenu { plans, spend_cap: true } => {
                implementation::capped_two_part_menu(self, *plans)
            }
            Rule::CommittedSpend { plans } => implementation::committed_spend(self, *plans),
            Rule::Packages => packages::packages(self),
            Rule::Allocations { .. } => {
                let types = rule.rule.types().expect("allocations are designed for types");
                match (&self.belief.value_scale, &self.belief.environment) {
                    (Some(value_scale), _) => allocations::allocations(self, value_scale, types)?,
                    (None, Some(environment)) => finite::allocations(self, environment, types)?,
                    (None, None) => return Err(DesignError::NeedsProfiles { label: rule.label.clone() }),
                }
            }
        })
    }

    /// Rounding of one computed utility relative to the gross value it is the difference of: the powers of the technology
    /// multiply every relative error.
    fn rounding(&self) -> f64 {
        ROUNDING * self.technology.surplus_exponent()
    }
}

/// Refuses a tail so heavy that the expected surplus is infinite, or rests on buyers beyond the reach of 64-bit floats.
///
/// # Errors
/// Names the exponents.
pub fn surplus_exists(tail_index: f64, exponent: f64) -> Result<(), DesignError> {
    if tail_index > HEAVIEST_TAIL * exponent {
        Ok(())
    } else {
        Err(DesignError::NoMean { tail_index, exponent })
    }
}

/// A share 10^{-290 (1 - ρ/a)} of the expected surplus comes from tail probabilities below 1e-290: at this ratio a/ρ it
/// is a ten-millionth of a millionth.
const HEAVIEST_TAIL: f64 = 1.05;

/// Largest share of the expected surplus that buyers may add at the end of what menus look at.
const LARGEST_FAR_SHARE: f64 = 1e-6;

/// Six decimals, for messages.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// What a rule's file returns to [`design`].
struct Designed {
    offer: Offer,
    expected: Expected,
    parameters: Vec<(&'static str, f64)>,
    certificate: model::menu::Certificate,
}

fn not_finite(label: &str, technology: &Technology) -> DesignError {
    DesignError::NotFinite { label: label.into(), exponents: exponents(technology) }
}

/// σ + γ.
fn exponents(technology: &Technology) -> f64 {
    technology.sigma() + technology.gamma()
}

fn is_finite(expected: &Expected) -> bool {
    [expected.profit, expected.revenue, expected.cost, expected.consumer_surplus]
        .iter()
        .all(|x| x.is_finite())
}
