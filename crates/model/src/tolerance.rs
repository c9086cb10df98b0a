//! Every named tolerance of the project, with its reason.

/// A menu is refused when an incentive or participation constraint is violated by more than this share of the
/// first-best profit: a thousand times the rounding of the payments, a millionth of what a user would notice.
pub const CERTIFICATE: f64 = 1e-9;

/// A menu is refused when its profit is certified to be further than this share from the upper bound.
pub const DUALITY_GAP_REFUSED: f64 = 1e-3;

/// A certified relative gap above this is worth a warning.
pub const DUALITY_GAP_WARNED: f64 = 1e-6;

/// Two utilities of one buyer closer than this share of her gross value count as equal when shares of buyers better
/// and worse off are counted: the rounding of a payment accumulated over a hundred thousand items.
pub const INDIFFERENCE: f64 = 1e-9;

/// Probabilities written in a configuration must sum to one within this.
pub const PROBABILITY_SUM: f64 = 1e-9;

/// Rounding of one computed utility relative to the gross value it is the difference of: two dozen operations, each
/// half a unit in the last place.
pub const ROUNDING: f64 = 1e-14;
