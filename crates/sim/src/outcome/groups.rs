//! The buyers of a block by decile of the index, by segment, and at the top.

use population::Top;

use super::moments::Moments;

/// The nine inner edges of the deciles of the index, fixed before the run.
pub type Deciles = [f64; 9];

/// How buyers are grouped, fixed before the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edges {
    /// Inner edges of the deciles of the index.
    pub deciles: Deciles,
    /// The hundredth and the tenth of buyers with the largest indices.
    pub top: [Top; 2],
}

/// The buyers of a block by decile of the index and by segment.
#[derive(Debug)]
pub struct Groups {
    pub(super) deciles: Grouping,
    pub(super) segments: Option<Grouping>,
    /// How much each buyer belongs to the top hundredth and the top tenth.
    pub(super) top: [Vec<f64>; 2],
}

impl Groups {
    /// Groups buyers by their index and, where there are segments, by their segment of so many.
    pub fn new(edges: &Edges, index: &[f64], segments: Option<(&[u16], usize)>) -> Self {
        let decile = |buyer: usize| edges.deciles.partition_point(|edge| *edge < index[buyer]);
        Self {
            deciles: Grouping::new(10, index.len(), decile),
            segments: segments.map(|(segment, count)| {
                Grouping::new(count, index.len(), |buyer| usize::from(segment[buyer]))
            }),
            top: edges.top.map(|top| index.iter().map(|theta| top.weight(*theta)).collect()),
        }
    }
}

/// Buyers in the order of their groups.
#[derive(Debug)]
pub(super) struct Grouping {
    order: Vec<u32>,
    /// Where each group starts in `order`, and where the last ends.
    bounds: Vec<usize>,
}

impl Grouping {
    fn new(groups: usize, buyers: usize, group: impl Fn(usize) -> usize) -> Self {
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); groups];
        for buyer in 0..buyers {
            members[group(buyer)].push(buyer as u32);
        }
        let mut bounds = vec![0];
        for members in &members {
            bounds.push(bounds[bounds.len() - 1] + members.len());
        }
        Self { order: members.concat(), bounds }
    }

    /// A column in the order of the groups.
    pub(super) fn ordered(&self, column: &[f64]) -> Vec<f64> {
        self.order.iter().map(|buyer| column[*buyer as usize]).collect()
    }

    /// Slices of a column in the order of the groups, one for each.
    pub(super) fn slices<'a>(&'a self, ordered: &'a [f64]) -> impl Iterator<Item = &'a [f64]> {
        self.bounds.windows(2).map(|ends| &ordered[ends[0]..ends[1]])
    }

    /// Moments of a column in each group.
    pub(super) fn moments(&self, column: &[f64]) -> Vec<Moments> {
        self.slices(&self.ordered(column)).map(Moments::of).collect()
    }
}
