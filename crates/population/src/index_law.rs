//! What is known of the law of the index.

use std::sync::Arc;

use model::belief::{Law, Points};

use crate::distribution::Distribution;
use crate::mixed::MixedLaw;
use crate::product::NumberLaw;

/// What is known of the law of one number.
#[derive(Debug, Clone)]
pub(crate) enum IndexLaw {
    /// A law without atoms.
    Continuous(Arc<dyn Law>),
    /// Finitely many numbers.
    Points(Points),
    /// Nothing but draws.
    Unknown,
}

impl IndexLaw {
    /// The law of a number drawn from a distribution.
    pub(crate) fn of(distribution: &Distribution) -> Self {
        match (distribution.law(), distribution.atoms()) {
            (Some(law), _) => Self::Continuous(law),
            (None, Some(atoms)) => Self::Points(Points::new(atoms)),
            (None, None) => Self::Unknown,
        }
    }

    /// The law of a number of which each share follows its own law.
    ///
    /// Laws without atoms mix to one, points to points; the two together, or anything unknown, to nothing that is known.
    pub(crate) fn mixed(parts: Vec<(f64, Self)>) -> Self {
        let (mut laws, mut points, count) = (Vec::new(), Vec::new(), parts.len());
        let mut finite = 0;
        for (share, part) in parts {
            match part {
                Self::Continuous(law) => laws.push((share, law)),
                Self::Points(part) => {
                    finite += 1;
                    points.extend(part.iter().map(|(node, mass)| (node, share * mass)));
                }
                Self::Unknown => {}
            }
        }
        if finite == count {
            Self::Points(Points::new(points))
        } else if laws.len() < count {
            Self::Unknown
        } else if count == 1 {
            Self::Continuous(laws.swap_remove(0).1)
        } else {
            Self::Continuous(Arc::new(MixedLaw::new(laws)))
        }
    }
}

impl From<NumberLaw> for IndexLaw {
    fn from(law: NumberLaw) -> Self {
        match law {
            NumberLaw::Continuous(law) => Self::Continuous(law),
            NumberLaw::Point(point) => Self::Points(Points::from_sample([point])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Constant, Uniform};

    #[test]
    fn only_like_mixes_with_like() {
        let uniform = IndexLaw::of(&Distribution::Uniform(Uniform { low: 0.0, high: 1.0 }));
        let constant = |value| IndexLaw::of(&Distribution::Constant(Constant { value }));
        let mixed = |a: &IndexLaw, b: &IndexLaw| IndexLaw::mixed(vec![(0.25, a.clone()), (0.75, b.clone())]);
        assert!(matches!(mixed(&uniform, &uniform), IndexLaw::Continuous(_)));
        assert!(matches!(mixed(&uniform, &constant(0.5)), IndexLaw::Unknown));
        assert!(matches!(mixed(&uniform, &IndexLaw::Unknown), IndexLaw::Unknown));
        let IndexLaw::Points(points) = mixed(&constant(2.0), &constant(1.0)) else { panic!("not points") };
        assert_eq!((points.nodes(), points.masses()), ([1.0, 2.0].as_slice(), [0.75, 0.25].as_slice()));
    }
}
