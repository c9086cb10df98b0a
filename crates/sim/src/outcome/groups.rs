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
        let deciles = deciles_of(&self.deciles, index);
        positions(&bounds(10, &deciles), &deciles)
    }
}

/// The buyers of a block by decile of the index and by segment.
#[derive(Debug)]
pub struct Groups {
    pub(super) deciles: Grouping,
    pub(super) segments: Option<Grouping>,
    /// The top hundredth and the top tenth.
    pub(super) top: [TopBuyers; 2],
}

/// Buyers at the top.
#[derive(Debug)]
pub(super) struct TopBuyers {
    /// Nobody before this place belongs to them.
    pub(super) from: usize,
    /// How much each buyer from there on belongs to them.
    pub(super) weights: Vec<f64>,
}

impl TopBuyers {
    /// From the indices in the order of the deciles.
    fn new(top: Top, index: &[f64]) -> Self {
        let from = index.iter().position(|theta| top.weight(*theta) > 0.0).unwrap_or(index.len());
        Self { from, weights: index[from..].iter().map(|theta| top.weight(*theta)).collect() }
    }
}

impl Groups {
    /// Groups buyers by their index and, where there are segments, by their segment of so many.
    pub fn new(edges: &Edges, index: &[f64], segments: Option<(&[u16], usize)>) -> Self {
        let deciles = Grouping::new(10, &deciles_of(&edges.deciles, index));
        let index = deciles.ordered(index);
        let top = edges.top.map(|top| TopBuyers::new(top, &index));
        let segments = segments.map(|(segment, count)| {
            let of_each: Vec<u16> = deciles.positions().map(|buyer| segment[buyer]).collect();
            Grouping::new(count, &of_each)
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

/// Where each of so many groups starts once buyers are in the order of their groups, and where the last ends.
fn bounds(groups: usize, group: &[u16]) -> Vec<usize> {
    let mut bounds = vec![0; groups + 1];
    for group in group {
        bounds[usize::from(*group) + 1] += 1;
    }
    for group in 0..groups {
        bounds[group + 1] += bounds[group];
    }
    bounds
}

/// Positions of buyers in the order of their groups.
fn positions(bounds: &[usize], group: &[u16]) -> Vec<u32> {
    let mut next = bounds.to_vec();
    let mut positions = vec![0; group.len()];
    for (buyer, group) in (0..).zip(group) {
        let place = &mut next[usize::from(*group)];
        positions[*place] = buyer;
        *place += 1;
    }
    positions
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
    /// Of so many groups, from the group of each buyer.
    fn new(groups: usize, group: &[u16]) -> Self {
        let bounds = bounds(groups, group);
        Self { order: (!group.is_sorted()).then(|| positions(&bounds, group)), bounds }
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
