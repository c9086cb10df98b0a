//! The buyers with the largest indices.

use model::belief::Points;

/// A share of the buyers, those with the largest indices: everybody above an edge and, where the law has an atom there, so
/// much of the buyers at the edge that the share is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Top {
    /// The edge in $.
    pub edge: f64,
    /// How much of a buyer at the edge belongs to the share, 0 to 1.
    pub at_edge: f64,
}

impl Top {
    /// How much of a buyer with this index belongs to the share.
    pub fn weight(&self, index: f64) -> f64 {
        if index > self.edge {
            1.0
        } else if index < self.edge {
            0.0
        } else {
            self.at_edge
        }
    }

    /// The largest `share` of a law of points.
    pub(crate) fn of_points(points: &Points, share: f64) -> Self {
        let mut above = 0.0;
        for (edge, mass) in points.iter().rev() {
            if above + mass >= share {
                return Self { edge, at_edge: (share - above) / mass };
            }
            above += mass;
        }
        // All masses fall short of the share by rounding.
        Self { edge: points.nodes()[0], at_edge: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tenth of the buyers, of whom a fifth are the largest and alike: half of each.
    #[test]
    fn atoms_are_shared() {
        let points = Points::new(vec![(1.0, 0.5), (2.0, 0.3), (3.0, 0.2)]);
        let top = Top::of_points(&points, 0.1);
        assert_eq!((top.edge, top.at_edge), (3.0, 0.5));
        let top = Top::of_points(&points, 0.35);
        assert!((top.edge, top.weight(3.0), top.weight(1.0)) == (2.0, 1.0, 0.0));
        assert!((top.weight(2.0) - 0.5).abs() < 1e-15);
        let weight = points.mean_of(|index| top.weight(index));
        assert!((weight - 0.35).abs() < 1e-15);
    }
}
