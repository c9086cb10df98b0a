//! Two-part tariffs for intervals of types: the best one for each interval, and the best intervals.

mod best;
mod edges;

use std::sync::Arc;

use model::belief::{Law, Marginal};
use model::quadrature::{gauss3, integrate};
use model::technology::Technology;
use model::tolerance::MARKUP_RISE;

pub(crate) use edges::best_edges;

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
    pub(crate) fn tariff(&self, from: usize, to: usize) -> Tariff {
        let (mass, sum, markup) = self.markup(from, to);
        self.with_markup(from, to, mass, sum, markup)
    }

    /// The paper's tariff where the interval is one type, m = θ/φ; the best one where it is several.
    pub(crate) fn implementing(&self, from: usize, to: usize) -> Tariff {
        if !(self.law.is_none() && to == from + 1) {
            return self.tariff(from, to);
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
                next = self.tariff(next.from, below.to);
            }
            if next.slope > 0.0 {
                kept.push(next);
            }
        }
        kept
    }
}
