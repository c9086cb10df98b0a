//! Every named tolerance of the project, with its reason.

/// A menu is refused when an incentive or participation constraint is violated by more than this share of the
/// first-best profit: a thousand times the rounding of the payments, a millionth of what a user would notice.
pub const CERTIFICATE: f64 = 1e-9;

/// An item worth less than this share of the first-best profit to the type it is meant for is nothing: what an interior-point
/// solver leaves of an excluded type, a tenth of the gap to which profit is certified.
pub const NOTHING: f64 = 1e-7;

/// A menu is refused when its profit is certified to be further than this share from the upper bound.
pub const DUALITY_GAP_REFUSED: f64 = 1e-3;

/// A certified relative gap above this is worth a warning.
pub const DUALITY_GAP_WARNED: f64 = 1e-6;

/// Two utilities of one buyer closer than this share of her first-best surplus count as equal when shares of buyers better
/// and worse off are counted: the rounding of a payment accumulated over a hundred thousand items.
pub const INDIFFERENCE: f64 = 1e-9;

/// Probabilities written in a configuration must sum to one within this.
pub const PROBABILITY_SUM: f64 = 1e-9;

/// Rounding of one computed utility relative to the gross value it is the difference of: two dozen operations, each
/// half a unit in the last place. Powers multiply it by their exponent.
pub const ROUNDING: f64 = 1e-14;

/// Two plans closer than this share of what they are worth to a buyer are equally good to her: a hundred times the rounding of
/// one utility, and far below a cent of any fee.
pub const TIE: f64 = 1e-12;

/// A point of the revenue curve further below its chord than this share of the curve's height belongs to an ironed pool;
/// less is rounding.
pub const POOL_DEPTH: f64 = 1e-11;

/// A markup rises where it rises by more than this share: the rounding of a constant one.
pub const MARKUP_RISE: f64 = 1e-9;

/// A simulated mean further than this many standard errors from its expected value is worth a warning: chance takes it
/// there once in two million runs.
pub const FAR_IN_ERRORS: f64 = 5.0;

/// A belief is far from the population where its expected profit is off by more than this share, beyond chance.
pub const FAR_IN_SHARE: f64 = 0.1;
