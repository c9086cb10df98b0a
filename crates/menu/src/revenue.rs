//! The revenue curve of a belief, and its least concave majorant: what every menu of packages is cut from.

use model::belief::{Law, Marginal};
use model::technology::Technology;

use crate::ironing::concave_majorant;

/// Points of R(p) = p θ(p), the revenue from selling to the top p of buyers, from the top of the distribution down.
///
/// For a finite belief they are all there are. For a law they are exact points of its curve, dense enough that a menu cut
/// there loses the square of [`FINEST`].
#[derive(Debug)]
pub(crate) struct RevenueCurve {
    /// Upper-tail probability p, strictly ascending from 0.
    pub(crate) tail: Vec<f64>,
    /// The type θ(p) in $, descending; infinite at p = 0.
    pub(crate) types: Vec<f64>,
}

/// Neighbouring tail probabilities of a law differ by at most this share.
const FINEST: f64 = 0.005;

impl RevenueCurve {
    /// Only the start of a curve, at p = 0.
    pub(crate) fn empty() -> Self {
        Self { tail: vec![0.0], types: vec![f64::INFINITY] }
    }

    /// The curve of a belief, as far up as buyers matter to the expected surplus.
    pub(crate) fn new(technology: &Technology, belief: &Marginal) -> Self {
        let mut curve = Self::empty();
        if let Some(law) = &belief.law {
            for theta in dense_types(technology, law.as_ref(), belief.points.nodes()) {
                curve.push(law.survival(theta), theta);
            }
        } else {
            let mut tail = 0.0;
            for (theta, mass) in belief.points.iter().rev() {
                tail += mass;
                curve.push(tail, theta);
            }
        }
        curve
    }

    /// Adds a lower type, unless rounding gives it no further buyers.
    pub(crate) fn push(&mut self, tail: f64, theta: f64) {
        if tail > self.tail[self.tail.len() - 1] {
            self.tail.push(tail);
            self.types.push(theta);
        }
    }

    /// R in $ at a position.
    pub(crate) fn revenue(&self, position: usize) -> f64 {
        if position == 0 { 0.0 } else { self.tail[position] * self.types[position] }
    }

    /// The mean virtual value in $ between two positions: the slope of the chord.
    ///
    /// ```text
    /// (R(p') - R(p)) / (p' - p) = θ' - p (θ - θ') / (p' - p)
    /// ```
    /// The second form does not subtract revenues.
    pub(crate) fn slope(&self, from: usize, to: usize) -> f64 {
        if from == 0 {
            return self.types[to];
        }
        let gap = self.types[from] - self.types[to];
        self.types[to] - self.tail[from] * gap / (self.tail[to] - self.tail[from])
    }

    /// Positions of the vertices of the least concave majorant, from 0 down to where its slope is no longer positive.
    pub(crate) fn hull(&self) -> Vec<usize> {
        concave_majorant(self.tail.len(), |from, to| self.slope(from, to), |slope| slope > 0.0)
    }
}

/// The belief's points and the ends of the support, with further types wherever the tail falls by more than [`FINEST`].
fn dense_types(technology: &Technology, law: &dyn Law, nodes: &[f64]) -> Vec<f64> {
    let lowest = law.support().0;
    let top = far_types(technology, law, nodes[nodes.len() - 1]);
    // The curve has corners where the density jumps: a pool may end there.
    let mut nodes = nodes.to_vec();
    nodes.extend(law.jumps());
    nodes.sort_by(f64::total_cmp);
    let mut types: Vec<f64> = Vec::with_capacity(nodes.len() + 8192);
    let mut above: Option<(f64, f64)> = None;
    for theta in top.into_iter().rev().chain(nodes.iter().rev().copied()).chain([lowest]) {
        let tail = law.survival(theta);
        if let Some((upper, upper_tail)) = above {
            let steps = (libm::log(tail / upper_tail) / FINEST).ceil().clamp(1.0, 4096.0);
            // Evenly in logarithms: a power tail then falls evenly too.
            let between = |share: f64| {
                if theta > 0.0 { upper * libm::pow(theta / upper, share) } else { upper * (1.0 - share) }
            };
            types.extend((1..steps as u32).map(|step| between(f64::from(step) / steps)));
        }
        types.push(theta);
        above = (tail > 0.0).then_some((theta, tail));
    }
    types
}

/// Decimal digits of the smallest tail probability that menus look at: below it quantiles are not known.
const FARTHEST: u32 = 290;

/// What buyers add to the expected surplus, over all of it, at the end of what menus can look at: p π(θ(p))/E[π], the share of
/// a p that is e times as small, at p = 1e-290 or the smallest power of ten at which π is a float. Zero for a bounded law, and
/// for points.
pub(crate) fn share_at_the_end(technology: &Technology, belief: &Marginal, expected_surplus: f64) -> f64 {
    let Some(law) = belief.law.as_deref().filter(|law| law.support().1.is_infinite()) else { return 0.0 };
    let share = |digits: u32| {
        let tail = libm::pow(10.0, -f64::from(digits));
        tail * technology.surplus(law.upper_quantile(tail)) / expected_surplus
    };
    (1..=FARTHEST).rev().map(share).find(|share| share.is_finite()).unwrap_or(f64::INFINITY)
}

/// Types beyond the last point of an unbounded law, ascending, one for each power of ten of the tail, as long as the surplus
/// of those further up matters.
fn far_types(technology: &Technology, law: &dyn Law, last: f64) -> Vec<f64> {
    /// Share of the surplus that may be ignored; far below what certificates warn of.
    const NEGLIGIBLE: f64 = 1e-9;
    if law.support().1.is_finite() {
        return Vec::new();
    }
    let typical = technology.surplus(law.upper_quantile(0.5)).max(f64::MIN_POSITIVE);
    let far = (13..=FARTHEST).map(|digits| libm::pow(10.0, -f64::from(digits)));
    far.map(|tail| (tail, law.upper_quantile(tail)))
        .take_while(|(tail, theta)| tail * technology.surplus(*theta) > NEGLIGIBLE * typical)
        .map(|(_, theta)| theta)
        .filter(|theta| *theta > last)
        .collect()
}
