//! How buyers choose: the best item, or the best but for shocks of their own.

use model::choice::{Buyer, Choice};
use model::config::{ConfigError, NumberKey, Range, Section};
use model::menu::Offer;
use model::technology::Technology;
use serde::Serialize;

use crate::level::Level;
use crate::stream::{BATCH, Key, Purpose, batch};

/// The section `[behaviour]`: how buyers choose from what is offered.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Behaviour {
    /// The item of the largest utility, or nothing.
    #[default]
    Rational,
    /// The item of the largest utility plus shock, or nothing with a shock of its own.
    Logit {
        /// Scale of the shocks in $, > 0: their standard deviation is π/√6 = 1.28 of it.
        scale: f64,
    },
}

const SCALE: NumberKey =
    NumberKey { name: "scale", range: Range::Positive, meaning: "scale of the choice shocks in $" };

/// Below this share of the gross value two utilities may be ordered by rounding.
const ROUNDING: f64 = 1e-9;

impl Behaviour {
    /// Reads the section `[behaviour]`.
    ///
    /// # Errors
    /// Names the offending key.
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let read = match section.choice("kind", &["rational", "logit"])? {
            "logit" => Self::Logit { scale: section.number(&SCALE)? },
            _ => Self::Rational,
        };
        section.finish()?;
        Ok(read)
    }

    /// Whether nobody is moved by shocks.
    pub fn is_rational(&self) -> bool {
        *self == Self::Rational
    }

    /// What a buyer takes from an offer.
    ///
    /// ```text
    /// rational: argmax_k u_k        logit: argmax_k u_k + scale g_k,   g_k = -ln(-ln(level k)),   u_0 = 0: nothing
    /// ```
    /// Shocks are numbered: 0 for nothing, k + 1 for item k; they are hers, the same under every rule. They are no part of
    /// what she pays and keeps: the choice returned holds the utility u_k alone, which may be negative. Where prices are
    /// posted her one item is the purchase that is best for her. The benchmark of full information takes no choice, and
    /// has no shocks.
    ///
    /// As the scale falls to zero choices become rational ones, but for ties, which are split evenly and not in the
    /// seller's favour: every point of a finite law is indifferent between its package and the one before.
    ///
    /// Logit costs O(items): a keyed number for each, in batches, but utilities and logarithms only of the few that may win.
    ///
    /// # References
    /// D. McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior", Frontiers in Econometrics (1974).
    #[inline]
    pub fn choose(
        &self,
        technology: &Technology,
        offer: &Offer,
        buyer: &Buyer,
        key: Key,
        user: u64,
    ) -> Choice {
        match (self, offer) {
            (Self::Rational, _) | (_, Offer::FullExtraction) => offer.choose(technology, buyer),
            (Self::Logit { scale }, _) => logit(*scale, technology, offer, buyer, key, user),
        }
    }
}

/// The shock at a level: a standard Gumbel number, by the logarithm of whichever end is nearer.
///
/// ```text
/// g = -ln e,   e = -ln u: exponential
/// ```
fn shock(level: Level) -> f64 {
    let (below, above) = (level.below(), level.above());
    let exponential = if below <= above { -libm::log(below) } else { -libm::log1p(-above) };
    -libm::log(exponential)
}

fn logit(scale: f64, technology: &Technology, offer: &Offer, buyer: &Buyer, key: Key, user: u64) -> Choice {
    let best = offer.choose(technology, buyer);
    // No item is worth more to her than the one she would take without shocks.
    let ceiling = best.utility.max(0.0) + ROUNDING * best.gross_value.abs();
    let (mut taken, mut value, mut below) = (Choice::default(), f64::NEG_INFINITY, f64::INFINITY);
    // From the best item outwards: those next to it nearly win, and then few others still may.
    let nearest = best.item.map_or(0, |item| (item + 1) / BATCH as u32);
    let last = (offer.len() / BATCH) as u32;
    for number in (0..=nearest).rev().chain(nearest + 1..=last) {
        let first = number as usize * BATCH;
        for (shock_number, level) in (first..=offer.len()).zip(batch(key, Purpose::Choice, user, number)) {
            // An item wins only if its own exponential number, which is at least 1 - level, is below this.
            if level.above() >= below {
                continue;
            }
            let choice = match shock_number.checked_sub(1) {
                Some(item) => offer.take(technology, buyer, item),
                None => Choice::default(),
            };
            let with_shock = choice.utility + scale * shock(level);
            if with_shock > value {
                (taken, value) = (choice, with_shock);
                below = libm::exp((ceiling - value) / scale);
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests;
