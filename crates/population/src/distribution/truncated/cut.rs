//! What is left of a distribution between two ends.

use model::config::Invalid;

use super::{Ends, Truncated};
use crate::distribution::mixture::{Component, Mixture};
use crate::distribution::{Distribution, TwoTailed};
use crate::special::Tails;

/// What is left between the ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cut {
    /// Of a law without atoms.
    Law { low: Tails, high: Tails, mass: f64, support: (f64, f64) },
    /// Of a mixture or a constant: a distribution that needs no further cutting.
    Other(Box<Distribution>),
}

/// Masses smaller than this, relative to the tails at the ends, are rounding.
const NARROWEST: f64 = 1e-6;

/// A law without atoms between the ends; nothing where it has no mass there.
pub(super) fn cut_law(law: &dyn TwoTailed, truncate: Ends) -> Result<Option<Cut>, Invalid> {
    let (low, high) = truncate.tails(law);
    let mass = mass_between(low, high);
    if !(mass > 0.0) {
        return Ok(None);
    }
    if mass < NARROWEST * low.lower.max(high.lower).min(low.upper.max(high.upper)) {
        let allowed = format!("ends between which more than a share {NARROWEST:e} of the tail lies");
        return Err(Invalid::new("truncate", format!("ends with a mass of {mass:e} between them"), allowed));
    }
    let (bottom, top) = law.support();
    let support =
        (truncate.low.map_or(bottom, |low| low.max(bottom)), truncate.high.map_or(top, |high| high.min(top)));
    Ok(Some(Cut::Law { low, high, mass, support }))
}

/// A mixture of what is left of each component; nothing where nothing is.
pub(super) fn cut_mixture(mixture: &Mixture, truncate: Ends) -> Result<Option<Cut>, Invalid> {
    let mut components = Vec::new();
    for component in &mixture.components {
        let (uncut, ends, whole) = match &component.distribution {
            Distribution::Truncated(inner) => {
                (inner.law(), truncate.intersect(inner.truncate), inner.parts().2)
            }
            other => (other, truncate, 1.0),
        };
        let (low, high) = ends.tails(uncut.two_tailed());
        let ordered = ends.low.unwrap_or(0.0) < ends.high.unwrap_or(f64::INFINITY);
        let mass = if uncut.has_atoms() { 1.0 } else { mass_between(low, high) };
        let outside = uncut.has_atoms()
            && (ends.low.is_some_and(|end| uncut.support().0 < end)
                || ends.high.is_some_and(|end| uncut.support().1 > end));
        if !ordered || outside || !(mass > 0.0) {
            continue;
        }
        let distribution = Distribution::Truncated(Truncated::new(uncut.clone(), ends)?);
        components.push(Component { weight: component.weight * mass / whole, distribution });
    }
    if components.is_empty() {
        return Ok(None);
    }
    Ok(Some(Cut::Other(Box::new(Distribution::Mixture(Mixture { components })))))
}

/// F(b) - F(a), in the tail where the difference is exact.
pub(super) fn mass_between(a: Tails, b: Tails) -> f64 {
    if b.lower <= 0.5 {
        b.lower - a.lower
    } else if a.upper <= 0.5 {
        a.upper - b.upper
    } else {
        1.0 - a.lower - b.upper
    }
}
