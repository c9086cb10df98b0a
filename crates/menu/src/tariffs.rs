//! Two-part tariffs for intervals of types: the best one for each interval, and the best intervals.

use std::sync::Arc;

use model::belief::{Law, Marginal};
use model::quadrature::{gauss3, integrate};
use model::technology::Technology;
use model::tolerance::MARKUP_RISE;

use crate::revenue::RevenueCurve;

/// The types of a revenue curve in the power in which utility from a two-part tariff is linear.
///
/// With x = (θ/θ*)^{1/(1-σ)}, a buyer who picks her tokens herself gets `A x - fee`: screening on x over slopes A.
pub(crate) struct Powered<'a> {
    technology: &'a Technology,
    curve: &'a RevenueCurve,
    /// x at each position; infinite at position 0.
    powers: Vec<f64>,
    /// E[x; the top p] at each position.
    sums: Vec<f64>,
    /// The law; absent where all buyers between two neighbouring positions are of one type.
    law: Option<Arc<dyn Law>>,
}

/// A type that bounds an interval of buyers, with what is above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    /// θ in $; infinite above everyone.
    pub(crate) theta: f64,
    /// P(type >= θ).
    pub(crate) tail: f64,
    /// x.
    pub(crate) power: f64,
    /// E[x; type >= θ].
    pub(crate) sum: f64,
}

/// A two-part tariff for the types between two positions of a curve, before its fee.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tariff {
    /// Positions that bound its buyers: from the upper, `to` its lowest type.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Share of buyers, and E[x; buyers].
    pub(crate) mass: f64,
    pub(crate) sum: f64,
    pub(crate) markup: f64,
    pub(crate) fine_tuning: f64,
    /// Tokens at cost in $ per unit of x.
    pub(crate) spend: f64,
    /// A in $ per unit of x.
    pub(crate) slope: f64,
}

impl<'a> Powered<'a> {
    pub(crate) fn new(technology: &'a Technology, index: &Marginal, curve: &'a RevenueCurve) -> Self {
        let power = |theta: f64| technology.powers(theta).untuned;
        let powers: Vec<f64> = curve.types.iter().map(|theta| power(*theta)).collect();
        let mut sums = vec![0.0];
        let mut total = 0.0;
        for (tails, own) in curve.tail.windows(2).zip(&powers[1..]) {
            let (low, high) = (tails[0], tails[1]);
            total += match &index.law {
                None => (high - low) * own,
                // The top may hold a heavy tail.
                Some(law) if low == 0.0 => integrate(low, high, |p| [power(law.upper_quantile(p))])[0],
                Some(law) => gauss3(low, high, |p| power(law.upper_quantile(p))),
            };
            sums.push(total);
        }
        Self { technology, curve, powers, sums, law: index.law.clone() }
    }

    pub(crate) fn technology(&self) -> &'a Technology {
        self.technology
    }

    /// The curve whose positions the types stand at.
    pub(crate) fn curve(&self) -> &'a RevenueCurve {
        self.curve
    }

    /// Whether types are those of a law, and not only points.
    pub(crate) fn is_continuous(&self) -> bool {
        self.law.is_some()
    }

    /// The type at a position of the curve.
    pub(crate) fn cut(&self, position: usize) -> Cut {
        Cut {
            theta: self.curve.types[position],
            tail: self.curve.tail[position],
            power: self.powers[position],
            sum: self.sums[position],
        }
    }

    /// Any type.
    pub(crate) fn cut_at(&self, theta: f64) -> Cut {
        let power = |theta: f64| self.technology.powers(theta).untuned;
        let above = self.curve.types.partition_point(|own| *own >= theta) - 1;
        let nearest = self.cut(above);
        let Some(law) = &self.law else { return Cut { theta, power: power(theta), ..nearest } };
        let tail = law.survival(theta).max(nearest.tail);
        let between = |p| power(law.upper_quantile(p));
        let more = if above == 0 {
            integrate(0.0, tail, |p| [between(p)])[0]
        } else {
            gauss3(nearest.tail, tail, between)
        };
        Cut { theta, tail, power: power(theta), sum: nearest.sum + more }
    }

    /// x of the lowest type of a tariff.
    pub(crate) fn lowest(&self, tariff: &Tariff) -> f64 {
        self.powers[tariff.to]
    }

    /// θ of the lowest type of a tariff.
    pub(crate) fn threshold(&self, tariff: &Tariff) -> f64 {
        self.curve.types[tariff.to]
    }

    /// Mass, E[x] and the best markup for the buyers between two positions; the markup is infinite, or negative, where
    /// serving them costs more rent than it brings.
    ///
    /// ```text
    /// m = 1 / (1 - (1-σ) H / E[x]),   H = ∫ P(type above x) dx
    /// ```
    /// H is the rent that a unit of A leaves to them and all above. For a narrow interval m tends to θ/φ.
    fn markup(&self, from: usize, to: usize) -> (f64, f64, f64) {
        let (mass, sum) = (self.curve.tail[to] - self.curve.tail[from], self.sums[to] - self.sums[from]);
        let above = if from == 0 { 0.0 } else { self.powers[from] - self.powers[to] };
        let rent = (sum - mass * self.powers[to]).max(0.0) + self.curve.tail[from] * above;
        (mass, sum, 1.0 / (1.0 - (1.0 - self.technology.sigma()) * rent / sum))
    }

    /// The index that a tariff with this markup aims at, whose surplus is the profit per buyer after rents.
    fn virtual_index(&self, mass: f64, sum: f64, markup: f64) -> f64 {
        if !(markup > 0.0) {
            return 0.0;
        }
        self.technology.reference_index() * libm::pow(sum / mass, 1.0 - self.technology.sigma()) / markup
    }

    /// Profit in $, rents of all types above included, of the best tariff for the buyers between two positions.
    fn profit(&self, from: usize, to: usize) -> f64 {
        let (mass, sum, markup) = self.markup(from, to);
        mass * self.technology.surplus(self.virtual_index(mass, sum, markup))
    }

    /// The best tariff for an interval.
    pub(crate) fn best(&self, from: usize, to: usize) -> Tariff {
        let (mass, sum, markup) = self.markup(from, to);
        self.with_markup(from, to, mass, sum, markup)
    }

    /// The paper's tariff where the interval is one type, m = θ/φ; the best one where it is several.
    pub(crate) fn implementing(&self, from: usize, to: usize) -> Tariff {
        if !(self.law.is_none() && to == from + 1) {
            return self.best(from, to);
        }
        let (mass, sum, _) = self.markup(from, to);
        self.with_markup(from, to, mass, sum, self.curve.types[to] / self.curve.slope(from, to))
    }

    fn with_markup(&self, from: usize, to: usize, mass: f64, sum: f64, markup: f64) -> Tariff {
        let (technology, virtual_index) = (self.technology, self.virtual_index(mass, sum, markup));
        let nothing = Tariff { from, to, mass, sum, markup, fine_tuning: 0.0, spend: 0.0, slope: 0.0 };
        if !(virtual_index > 0.0) {
            return nothing;
        }
        let fine_tuning = technology.efficient_use(virtual_index).fine_tuning;
        let spend = technology.spend_per_power(markup, fine_tuning);
        let slope = (1.0 / technology.sigma() - 1.0) * markup * spend;
        Tariff { fine_tuning, spend, slope, ..nothing }
    }

    /// The tariffs for consecutive intervals, lowest first, in a menu that types can choose from: where a slope does not rise
    /// the intervals merge and get the best tariff for both, and the lowest are not served where that costs more than it
    /// brings.
    pub(crate) fn rising(&self, edges: &[usize], tariff: impl Fn(usize, usize) -> Tariff) -> Vec<Tariff> {
        let mut kept: Vec<Tariff> = Vec::with_capacity(edges.len());
        for edge in edges.windows(2).rev() {
            let mut next = tariff(edge[0], edge[1]);
            let rises = |next: &Tariff, below: &Tariff| next.slope > below.slope * (1.0 + MARKUP_RISE);
            while let Some(below) = kept.last().copied().filter(|below| !rises(&next, below)) {
                kept.pop();
                next = self.best(next.from, below.to);
            }
            if next.slope > 0.0 {
                kept.push(next);
            }
        }
        kept
    }

    /// The positions that bound the best `count` tariffs, from 0 on.
    ///
    /// Cuts lie where slopes rise if every position may be one, as the cuts of tiers lie on the hull of the revenue curve.
    pub(crate) fn best_edges(&self, count: usize) -> Vec<usize> {
        let every: Vec<usize> = (0..self.powers.len()).collect();
        let mut vertices = vec![0];
        vertices
            .extend(self.rising(&every, |from, to| self.best(from, to)).iter().rev().map(|tariff| tariff.to));
        best_edges(&vertices, count, MOST_CANDIDATES, |from, to| self.profit(from, to))
    }
}

/// The vertices that bound the best `count` intervals, from the first on, by the profit of an interval.
///
/// A dynamic programme over all vertices, or, where they are more than `most`, over some of them, and then over finer and
/// finer neighbourhoods of the best cuts.
pub(crate) fn best_edges(
    vertices: &[usize],
    count: usize,
    most: usize,
    profit_of: impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    /// Each round narrows the neighbourhoods a hundredfold or moves a cut to a better place.
    const ROUNDS: usize = 16;
    /// A share of profit not worth another round.
    const NEGLIGIBLE: f64 = 1e-9;
    let mut candidates = thinned((0..vertices.len()).collect(), most);
    let (mut edges, mut profit) = best_of(vertices, &candidates, count, &profit_of);
    for _ in 0..ROUNDS {
        let finer = neighbourhoods(&candidates, &edges, vertices.len() - 1, most);
        if finer.iter().all(|position| candidates.binary_search(position).is_ok()) {
            break;
        }
        let before = profit;
        candidates = finer;
        (edges, profit) = best_of(vertices, &candidates, count, &profit_of);
        if profit - before <= NEGLIGIBLE * profit {
            break;
        }
    }
    edges.into_iter().map(|edge| vertices[edge]).collect()
}

/// The candidates, numbers of vertices, that bound the best `count` intervals, from 0 on, and the profit.
fn best_of(
    vertices: &[usize],
    candidates: &[usize],
    count: usize,
    profit_of: impl Fn(usize, usize) -> f64,
) -> (Vec<usize>, f64) {
    let n = candidates.len();
    let between = |from: usize, to: usize| profit_of(vertices[candidates[from]], vertices[candidates[to]]);
    let profits: Vec<Vec<f64>> = (0..n).map(|to| (0..to).map(|from| between(from, to)).collect()).collect();
    let mut best = vec![f64::NEG_INFINITY; n];
    best[0] = 0.0;
    let mut cuts: Vec<Vec<u32>> = Vec::new();
    // Profit, number of intervals and end of the best menu so far.
    let mut top = (0.0, 0, 0);
    for layer in 1..=count.min(n - 1) {
        let step = |to: usize| {
            let ends = (0..to).map(|from| (best[from] + profits[to][from], from as u32));
            ends.fold((f64::NEG_INFINITY, 0), |a, b| if b.0 > a.0 { b } else { a })
        };
        let (values, from): (Vec<f64>, Vec<u32>) = (0..n).map(step).unzip();
        for (to, value) in values.iter().enumerate() {
            if *value > top.0 {
                top = (*value, layer, to);
            }
        }
        best = values;
        cuts.push(from);
    }
    let (profit, layers, mut end) = top;
    let mut edges = vec![candidates[end]];
    for layer in cuts[..layers].iter().rev() {
        end = layer[end] as usize;
        edges.push(candidates[end]);
    }
    edges.reverse();
    (edges, profit)
}

/// Most positions that one dynamic programme for two-part tariffs looks at, besides the best so far.
const MOST_CANDIDATES: usize = 1024;

/// Evenly spread positions, first and last included.
fn thinned(positions: Vec<usize>, most: usize) -> Vec<usize> {
    let n = positions.len();
    if n <= most {
        return positions;
    }
    (0..most).map(|k| positions[k * (n - 1) / (most - 1)]).collect()
}

/// Everything between the candidates on both sides of each edge, thinned, and the edges themselves.
fn neighbourhoods(candidates: &[usize], edges: &[usize], last: usize, most: usize) -> Vec<usize> {
    let mut near = vec![0];
    for edge in edges.iter().filter(|edge| **edge > 0) {
        let above = candidates.partition_point(|candidate| candidate < edge) - 1;
        let below = candidates.get(above + 2).copied().unwrap_or(last);
        near.extend((candidates[above] + 1).max(near[near.len() - 1] + 1)..=below);
    }
    let mut near = thinned(near, most);
    near.extend(edges);
    near.sort_unstable();
    near.dedup();
    near
}
