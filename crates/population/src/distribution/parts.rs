//! What a distribution is made of: the parts of a mixture, atoms, and simpler laws that truncation leaves.

use super::{Distribution, Uniform};

impl Distribution {
    /// Its parts with their shares: those of a mixture, or itself.
    pub(crate) fn parts(&self) -> Vec<(f64, &Self)> {
        match self {
            Self::Mixture(mixture) => mixture.shares().collect(),
            Self::Truncated(truncated) => truncated.other().map_or_else(|| vec![(1.0, self)], Self::parts),
            _ => vec![(1.0, self)],
        }
    }

    /// The one number everybody has, where it is not a mixture.
    pub(crate) fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(constant) => Some(constant.value),
            Self::Truncated(truncated) => truncated.other().and_then(Self::constant),
            _ => None,
        }
    }

    /// The uniform law it is, perhaps after truncation.
    pub(crate) fn uniform(&self) -> Option<Uniform> {
        match self {
            Self::Uniform(law) => Some(*law),
            Self::Truncated(truncated) if matches!(truncated.law(), Self::Uniform(_)) => {
                let (low, high) = self.support();
                Some(Uniform { low, high })
            }
            _ => None,
        }
    }

    /// Whether single numbers have positive probability.
    pub(crate) fn has_atoms(&self) -> bool {
        self.parts().iter().any(|(_, part)| part.constant().is_some())
    }

    /// Its numbers with their probabilities, where there are finitely many.
    pub(crate) fn atoms(&self) -> Option<Vec<(f64, f64)>> {
        self.parts().iter().map(|(share, part)| Some((part.constant()?, *share))).collect()
    }

    pub(super) fn is_mixture(&self) -> bool {
        match self {
            Self::Mixture(_) => true,
            Self::Truncated(truncated) => truncated.law().is_mixture(),
            _ => false,
        }
    }

    /// Whether its quantile is found by a search.
    pub(crate) fn has_slow_quantile(&self) -> bool {
        match self {
            Self::Gamma(_) | Self::Beta(_) | Self::Mixture(_) => true,
            Self::Truncated(truncated) => truncated.law().has_slow_quantile(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{constant, lognormal, mixture, truncated};

    #[test]
    fn truncation_leaves_simpler_laws_as_they_are() {
        let uniform = Distribution::Uniform(Uniform { low: 1.0, high: 3.0 });
        let cut = truncated(uniform.clone(), Some(2.0), Some(9.0));
        assert_eq!(cut.uniform(), Some(Uniform { low: 2.0, high: 3.0 }));
        assert_eq!(lognormal(0.0, 1.0).uniform(), None);
        assert_eq!(truncated(constant(2.0), Some(1.0), None).constant(), Some(2.0));
        let both = mixture(&[(0.5, constant(2.0)), (0.5, uniform)]);
        assert!(both.has_atoms() && both.atoms().is_none() && both.parts().len() == 2);
        let atom = truncated(both, None, Some(2.0));
        assert!(atom.has_atoms() && atom.parts().len() == 2 && atom.is_mixture());
        // A quarter of all is uniform below the end, a half stands on it.
        assert!((atom.parts()[0].0 - 2.0 / 3.0).abs() < 1e-15);
    }
}
