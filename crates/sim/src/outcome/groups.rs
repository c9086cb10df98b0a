//! The buyers of a block by decile of the index and by segment, in each about by ascending index, and at the top.

use std::hint::black_box;
use std::ops::Range;

use population::Top;

use super::lanes::LANES;

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
    /// No index of the group is larger.
    pub fn largest(&self, group: &Group) -> f64 {
        self.deciles.get(group.decile).copied().unwrap_or(f64::INFINITY)
    }
}

/// The buyers of a block as they are folded: group after group, each about by ascending index, so that neighbours take
/// neighbouring items of a menu.
#[derive(Debug)]
pub struct Groups {
    /// Positions of the buyers in their block, in this order.
    pub order: Vec<u32>,
    /// Their indices, in this order.
    pub index: Vec<f64>,
    /// Groups in which there is somebody, one after the other.
    pub groups: Vec<Group>,
    /// How many segments there are; zero: the population has none.
    pub(super) segments: usize,
}

/// The buyers of a block in one decile and one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Their places in the order.
    pub places: Range<usize>,
    /// Their decile, counted from 0.
    pub(super) decile: usize,
    /// Their segment; zero without segments.
    pub(super) segment: usize,
}

impl Groups {
    /// Groups buyers by their index and, where there are segments, by their segment of so many.
    pub fn new(edges: &Edges, index: &[f64], segments: Option<(&[u16], usize)>) -> Self {
        let (mut order, ends) = sorted(&edges.deciles, index);
        let mut groups = Vec::new();
        let mut first = 0;
        for (decile, end) in ends.into_iter().enumerate() {
            let buyers = &mut order[first..end];
            let Some((segment, count)) = segments else {
                groups.push(Group { places: first..end, decile, segment: 0 });
                first = end;
                continue;
            };
            let segment = |buyer: &u32| usize::from(segment[*buyer as usize]);
            buyers.sort_by_key(segment);
            let mut before = 0;
            for own in 0..count {
                let until = buyers.partition_point(|buyer| segment(buyer) <= own);
                groups.push(Group { places: first + before..first + until, decile, segment: own });
                before = until;
            }
            first = end;
        }
        groups.retain(|group| !group.places.is_empty());
        let index = order.iter().map(|buyer| index[*buyer as usize]).collect();
        Self { order, index, groups, segments: segments.map_or(0, |(_, count)| count) }
    }
}

/// Buyers of a group who are at the top.
#[derive(Debug)]
pub(super) struct TopBuyers {
    /// Nobody before this place belongs to them.
    pub(super) from: usize,
    /// How much each buyer from there on belongs to them.
    pub(super) weights: Vec<f64>,
}

impl TopBuyers {
    /// From the indices of a group, none of which is larger than `largest`.
    pub(super) fn new(top: Top, index: &[f64], largest: f64) -> Self {
        if top.weight(largest) == 0.0 {
            return Self { from: index.len(), weights: Vec::new() };
        }
        let from = index.iter().position(|theta| top.weight(*theta) > 0.0).unwrap_or(index.len());
        Self { from, weights: index[from..].iter().map(|theta| top.weight(*theta)).collect() }
    }
}

/// The smallest and the largest of some indices.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn ends(index: &[f64]) -> (f64, f64) {
    let (mut least, mut most) = ([f64::INFINITY; LANES], [0.0; LANES]);
    let (lines, rest) = index.as_chunks::<LANES>();
    for line in lines {
        for lane in 0..LANES {
            least[lane] = if line[lane] < least[lane] { line[lane] } else { least[lane] };
            most[lane] = if line[lane] > most[lane] { line[lane] } else { most[lane] };
        }
    }
    let least = black_box(least).iter().chain(rest).copied().fold(f64::INFINITY, f64::min);
    (least, black_box(most).iter().chain(rest).copied().fold(0.0, f64::max))
}

/// Cells that each decile is cut into to sort buyers.
const CELLS: usize = 256;

/// Positions of buyers by decile and within one by cells of even width, within a cell as they come; and where each decile ends.
///
/// Where a density is about even within a decile there are few buyers in a cell; far in a tail many may share the first.
fn sorted(edges: &Deciles, index: &[f64]) -> (Vec<u32>, [usize; 10]) {
    let mut cells = vec![0; index.len()];
    cells_of(edges, index, &mut cells);
    // Where each cell starts; filled, where it ends.
    let mut places = [0_u32; 10 * CELLS + 1];
    for cell in &cells {
        places[*cell as usize + 1] += 1;
    }
    for cell in 1..places.len() {
        places[cell] += places[cell - 1];
    }
    let mut order = vec![0; index.len()];
    for (buyer, cell) in (0..).zip(&cells) {
        let place = &mut places[*cell as usize];
        order[*place as usize] = buyer;
        *place += 1;
    }
    (order, std::array::from_fn(|decile| places[(decile + 1) * CELLS - 1] as usize))
}

model::kernel! {
    /// A cell that ascends with the index, [`CELLS`] for each decile.
    fn cells_of(edges: &[f64; 9], index: &[f64], cells: &mut [u32]) {
        let (least, most) = ends(index);
        let (mut lows, mut densities) = ([least; 10], [0.0; 10]);
        lows[1..].copy_from_slice(edges);
        for decile in 0..10 {
            let width = edges.get(decile).copied().unwrap_or(most) - lows[decile];
            densities[decile] = if width > 0.0 { CELLS as f64 / width } else { 0.0 };
        }
        for (theta, cell) in index.iter().zip(cells) {
            let (mut first, mut low, mut density) = (0.0, lows[0], densities[0]);
            for (position, edge) in edges.iter().enumerate() {
                let is_above = *edge < *theta;
                first += if is_above { CELLS as f64 } else { 0.0 };
                low = if is_above { lows[position + 1] } else { low };
                density = if is_above { densities[position + 1] } else { density };
            }
            let within = (*theta - low) * density;
            let within = if within > 0.0 { within } else { 0.0 };
            let last = (CELLS - 1) as f64;
            let within = if within < last { within } else { last };
            // Added to 2^52, a number has its nearest integer in its last bits.
            *cell = (first + within + 4_503_599_627_370_496.0).to_bits() as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every buyer once, in the group of her decile and segment, and about by ascending index: laws of any shape, atoms on
        /// edges among them, and edges that fall together.
        #[test]
        fn everybody_is_in_her_group(
            drawn in prop::collection::vec((0_u8..40, 0_u16..3), 0..300),
            cuts in prop::collection::vec(0_u8..40, 9),
            power in 0.2..20.0_f64,
            segmented: bool,
        ) {
            let index: Vec<f64> = drawn.iter().map(|(level, _)| libm::pow(f64::from(*level) / 40.0, power)).collect();
            let segment: Vec<u16> = drawn.iter().map(|(_, segment)| *segment).collect();
            let mut deciles: Vec<f64> = cuts.iter().map(|cut| libm::pow(f64::from(*cut) / 40.0, power)).collect();
            deciles.sort_by(f64::total_cmp);
            let top = Top { edge: 0.5, at_edge: 1.0 };
            let edges = Edges { deciles: deciles.try_into().unwrap(), top: [top; 2] };
            let groups = Groups::new(&edges, &index, segmented.then_some((&segment, 3)));
            let mut everybody = groups.order.clone();
            everybody.sort_unstable();
            prop_assert!(everybody.into_iter().eq(0..index.len() as u32));
            let mut end = 0;
            for group in &groups.groups {
                prop_assert_eq!(group.places.start, end);
                end = group.places.end;
                let mut most = f64::NEG_INFINITY;
                for place in group.places.clone() {
                    let buyer = groups.order[place] as usize;
                    prop_assert_eq!(groups.index[place], index[buyer]);
                    let below = edges.deciles.iter().filter(|edge| **edge < index[buyer]).count();
                    prop_assert_eq!(group.decile, below);
                    prop_assert!(!segmented || usize::from(segment[buyer]) == group.segment);
                    // Whoever comes later is in no earlier cell, and no cell is wider than this.
                    prop_assert!(index[buyer] >= most - 1.0 / CELLS as f64);
                    most = most.max(index[buyer]);
                }
            }
            prop_assert_eq!(end, index.len());
        }
    }
}
