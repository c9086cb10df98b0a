//! The buyers of a block by decile of the index, by segment, and at the top.

use std::borrow::Cow;

use population::Top;

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

impl Edges {
    /// Positions of buyers by ascending decile, within one as they come: in this order columns need no sorting to be folded.
    pub fn order(&self, index: &[f64]) -> Vec<u32> {
        let mut order = Vec::new();
        Grouping::new(10, &deciles_of(&self.deciles, index), &mut order);
        order
    }
}

/// The buyers of a block by decile of the index and by segment.
#[derive(Debug)]
pub struct Groups {
    pub(super) deciles: Grouping,
    pub(super) segments: Option<Grouping>,
    /// How much each buyer belongs to the top hundredth and the top tenth, by decile.
    pub(super) top: [Vec<f64>; 2],
}

impl Groups {
    /// Groups buyers by their index and, where there are segments, by their segment of so many.
    pub fn new(edges: &Edges, index: &[f64], segments: Option<(&[u16], usize)>) -> Self {
        let deciles = Grouping::new(10, &deciles_of(&edges.deciles, index), &mut Vec::new());
        let index = deciles.ordered(index);
        let top = edges.top.map(|top| index.iter().map(|theta| top.weight(*theta)).collect());
        let segments = segments.map(|(segment, count)| {
            let of_each: Vec<u16> = deciles.positions().map(|buyer| segment[buyer]).collect();
            Grouping::new(count, &of_each, &mut Vec::new())
        });
        Self { deciles, segments, top }
    }
}

/// The decile of each index, counted from 0: how many edges are below it.
fn deciles_of(edges: &Deciles, index: &[f64]) -> Vec<u16> {
    let mut deciles = vec![0; index.len()];
    count_below(edges, index, &mut deciles);
    deciles
}

model::kernel! {
    fn count_below(edges: &[f64; 9], index: &[f64], deciles: &mut [u16]) {
        for (theta, decile) in index.iter().zip(deciles) {
            let mut below = 0;
            for edge in edges {
                below += u16::from(*edge < *theta);
            }
            *decile = below;
        }
    }
}

/// Buyers in the order of their groups.
#[derive(Debug)]
pub(super) struct Grouping {
    /// Positions of buyers in the order of their groups; `None`: as they are.
    order: Option<Vec<u32>>,
    /// Where each group starts in the order, and where the last ends.
    bounds: Vec<usize>,
}

impl Grouping {
    /// Of so many groups, from the group of each buyer; `positions` gets the order, whatever it is.
    fn new(groups: usize, group: &[u16], positions: &mut Vec<u32>) -> Self {
        let mut bounds = vec![0; groups + 1];
        for group in group {
            bounds[usize::from(*group) + 1] += 1;
        }
        for group in 0..groups {
            bounds[group + 1] += bounds[group];
        }
        let mut next = bounds.clone();
        positions.resize(group.len(), 0);
        for (buyer, group) in (0..).zip(group) {
            let place = &mut next[usize::from(*group)];
            positions[*place] = buyer;
            *place += 1;
        }
        let in_order = group.is_sorted();
        Self { order: (!in_order).then(|| positions.clone()), bounds }
    }

    /// Positions of buyers in the order of the groups.
    fn positions(&self) -> impl Iterator<Item = usize> {
        let buyers = self.bounds[self.bounds.len() - 1];
        (0..buyers).map(|place| self.order.as_ref().map_or(place, |order| order[place] as usize))
    }

    /// A column in the order of the groups.
    pub(super) fn ordered<'a>(&self, column: &'a [f64]) -> Cow<'a, [f64]> {
        match &self.order {
            Some(order) if !column.is_empty() => order.iter().map(|buyer| column[*buyer as usize]).collect(),
            _ => Cow::Borrowed(column),
        }
    }

    /// The places of each group in the order.
    pub(super) fn ranges(&self) -> impl ExactSizeIterator<Item = std::ops::Range<usize>> {
        self.bounds.windows(2).map(|ends| ends[0]..ends[1])
    }
}
