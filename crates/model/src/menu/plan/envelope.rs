//! The upper envelope of plans: the best one for every index.

use super::demand::PlanDemand;
use crate::technology::Technology;
use crate::tolerance::TIE;

/// An interval of indices on which one plan is best, in one of its segments, or nothing is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    /// Smallest index over θ*.
    pub(super) from: f64,
    /// Plan and segment.
    pub(super) chosen: Option<(u32, u32)>,
}

/// Utility and profit on a piece: with r = θ/θ*, W = value r^exponent and
/// ```text
/// utility = gain r^exponent - fee,   profit = margin r^exponent + fixed
/// ```
#[derive(Debug, Clone, Copy)]
struct Curve {
    exponent: f64,
    value: f64,
    gain: f64,
    fee: f64,
    margin: f64,
    fixed: f64,
}

impl Curve {
    const NOTHING: Self = Self { exponent: 1.0, value: 0.0, gain: 0.0, fee: 0.0, margin: 0.0, fixed: 0.0 };

    fn power(&self, log_ratio: f64) -> f64 {
        libm::exp(self.exponent * log_ratio)
    }

    fn profit(&self, log_ratio: f64) -> f64 {
        self.margin * self.power(log_ratio) + self.fixed
    }
}

/// Ratios beyond these are nobody's.
const SMALLEST: f64 = 1e-100;
/// Values beyond e^600 are not compared.
const LARGEST: f64 = 600.0;

/// The best plan for every index, from 0 on.
///
/// Divide and conquer: the envelopes of two halves are merged interval by interval, on each of which the difference of two
/// utilities, `A' r^b' - A r^b - ΔF`, has at most one extremum, and so at most two zeros. Only when all plans have met is
/// whoever is indifferent given to the plan that earns more: moved before, the places at which three plans meet would come in
/// an order of their own.
pub(super) fn envelope(technology: &Technology, demands: &[PlanDemand]) -> Vec<Piece> {
    let curves: Vec<Vec<Curve>> = demands.iter().map(|demand| curves(technology, demand)).collect();
    let merger = Merger { demands, curves };
    let nothing = vec![Piece { from: 0.0, chosen: None }];
    if demands.is_empty() {
        return nothing;
    }
    let mut pieces = merger.merge(&merger.best_of(0, demands.len()), &nothing);
    merger.favour_the_seller(&mut pieces);
    pieces
}

fn curves(technology: &Technology, demand: &PlanDemand) -> Vec<Curve> {
    let curve = |segment: &super::demand::Segment| {
        let [fee, paid] = segment.payment;
        let cost = |part: usize| technology.cost(segment.spend[part], segment.fine_tuning[part]);
        let value = segment.coefficient;
        Curve {
            exponent: segment.exponent(technology),
            value,
            gain: value * (1.0 - paid),
            fee,
            margin: value * (paid - cost(1)),
            fixed: fee - cost(0),
        }
    };
    demand.segments().iter().map(curve).collect()
}

struct Merger<'a> {
    demands: &'a [PlanDemand],
    curves: Vec<Vec<Curve>>,
}

impl Merger<'_> {
    fn best_of(&self, first: usize, last: usize) -> Vec<Piece> {
        if last == first + 1 {
            let segments = self.demands[first].segments().iter().enumerate();
            return segments
                .map(|(position, segment)| Piece {
                    from: segment.from,
                    chosen: Some((first as u32, position as u32)),
                })
                .collect();
        }
        let middle = first.midpoint(last);
        self.merge(&self.best_of(first, middle), &self.best_of(middle, last))
    }

    fn curve(&self, piece: &Piece) -> Curve {
        piece.chosen.map_or(Curve::NOTHING, |(plan, segment)| self.curves[plan as usize][segment as usize])
    }

    fn merge(&self, a: &[Piece], b: &[Piece]) -> Vec<Piece> {
        let mut merged: Vec<Piece> = Vec::with_capacity(a.len() + b.len());
        let mut push = |from: f64, piece: &Piece| match merged.last() {
            Some(last) if last.chosen == piece.chosen => {}
            Some(last) if last.from >= from => {
                merged.pop();
                merged.push(Piece { from, ..*piece });
            }
            _ => merged.push(Piece { from, ..*piece }),
        };
        let (mut i, mut j, mut low) = (0, 0, 0.0);
        loop {
            let next =
                |pieces: &[Piece], at: usize| pieces.get(at + 1).map_or(f64::INFINITY, |piece| piece.from);
            let (ends_a, ends_b) = (next(a, i), next(b, j));
            let high = ends_a.min(ends_b);
            if high > low {
                let (curve_a, curve_b) = (self.curve(&a[i]), self.curve(&b[j]));
                for (from, first) in better(&curve_a, &curve_b, low, high) {
                    push(from, if first { &a[i] } else { &b[j] });
                }
            }
            if high.is_infinite() {
                return merged;
            }
            low = low.max(high);
            i += usize::from(ends_a <= high);
            j += usize::from(ends_b <= high);
        }
    }
}

impl Merger<'_> {
    /// Moves each change of plans, within its two pieces, by what buyers do not notice, so that whoever is there takes what is
    /// more profitable to the seller.
    fn favour_the_seller(&self, pieces: &mut Vec<Piece>) {
        for position in 1..pieces.len() {
            let [below, own] = [position - 1, position].map(|at| pieces[at]);
            if below.chosen.map(|(plan, _)| plan) == own.chosen.map(|(plan, _)| plan) || own.from < SMALLEST {
                continue;
            }
            let (lower, upper) = (self.curve(&below), self.curve(&own));
            let zero = libm::log(own.from);
            let reach = |curve: &Curve| (LARGEST - libm::log(curve.value.max(1e-200))) / curve.exponent;
            let (gained, lost) = (upper.profit(zero), lower.profit(zero));
            if gained == lost {
                continue;
            }
            // Neither beyond the two pieces nor out of the segment that a curve belongs to.
            let next = pieces.get(position + 1).map_or(f64::INFINITY, |piece| piece.from);
            let low = below.from.max(self.segment(&own).0);
            let high = next.min(self.segment(&below).1);
            let end = if gained < lost {
                libm::log(high).min(reach(&lower)).min(reach(&upper))
            } else {
                libm::log(low.max(SMALLEST))
            };
            let moved = libm::exp(unnoticed(&lower, &upper, zero, end)).clamp(low, high);
            if moved.is_finite() {
                pieces[position].from = moved;
            }
        }
        // Whoever lost all her interval is chosen by nobody.
        let starts: Vec<f64> = pieces.iter().map(|piece| piece.from).collect();
        let mut position = 0;
        pieces.retain(|piece| {
            position += 1;
            starts.get(position).is_none_or(|next| *next > piece.from)
        });
    }

    /// The indices over θ* between which a piece's curve is what its plan gives.
    fn segment(&self, piece: &Piece) -> (f64, f64) {
        let Some((plan, segment)) = piece.chosen else { return (0.0, f64::INFINITY) };
        let segments = self.demands[plan as usize].segments();
        let ends = segments.get(segment as usize + 1).map_or(f64::INFINITY, |next| next.from);
        (segments[segment as usize].from, ends)
    }
}

/// Where on [low, high) which of two curves is better: starts, and whether the first is.
fn better(a: &Curve, b: &Curve, low: f64, high: f64) -> Vec<(f64, bool)> {
    let log_low = libm::log(low.max(SMALLEST));
    let reach = |curve: &Curve| (LARGEST - libm::log(curve.value.max(1e-200))) / curve.exponent;
    let log_high = libm::log(high).min(reach(a)).min(reach(b));
    if !(log_high > log_low) {
        // Nobody is here; whoever comes next decides.
        return vec![(low, difference(a, b, log_low) >= 0.0)];
    }
    let mut edges = vec![log_low];
    edges.extend(extremum(a, b).filter(|x| *x > log_low && *x < log_high));
    edges.push(log_high);
    let signs: Vec<f64> = edges.iter().map(|x| signed(a, b, *x)).collect();
    let mut found = Vec::new();
    for (ends, signs) in edges.windows(2).zip(signs.windows(2)) {
        let from = if found.is_empty() { low } else { libm::exp(ends[0]) };
        if signs[0] * signs[1] < 0.0 {
            found.push((from, signs[0] > 0.0));
            let crossing = crossing(a, b, ends[0], ends[1], signs[0] > 0.0);
            found.push((libm::exp(crossing), signs[1] > 0.0));
        } else if signs[0] == 0.0 && signs[1] == 0.0 {
            let more = |x: f64| a.profit(x) >= b.profit(x);
            let crossing = libm::log((b.fixed - a.fixed) / (a.margin - b.margin)) / a.exponent;
            if a.exponent == b.exponent && crossing > ends[0] && crossing < ends[1] {
                found.push((from, more(0.5 * (ends[0] + crossing))));
                found.push((libm::exp(crossing), more(0.5 * (crossing + ends[1]))));
            } else {
                found.push((from, more(0.5 * (ends[0] + ends[1]))));
            }
        } else {
            found.push((from, signs[0] + signs[1] > 0.0));
        }
    }
    found
}

/// Utility of the first minus that of the second.
fn difference(a: &Curve, b: &Curve, log_ratio: f64) -> f64 {
    a.gain * a.power(log_ratio) - b.gain * b.power(log_ratio) - (a.fee - b.fee)
}

/// The difference, zero where it is within rounding of what is compared.
fn signed(a: &Curve, b: &Curve, log_ratio: f64) -> f64 {
    let found = difference(a, b, log_ratio);
    if found.abs() <= TIE * worth(a, b, log_ratio) { 0.0 } else { found }
}

fn worth(a: &Curve, b: &Curve, log_ratio: f64) -> f64 {
    a.value * a.power(log_ratio) + b.value * b.power(log_ratio)
}

/// ln r at which the difference is neither rising nor falling.
fn extremum(a: &Curve, b: &Curve) -> Option<f64> {
    let at = libm::log(a.gain * a.exponent / (b.gain * b.exponent)) / (b.exponent - a.exponent);
    Some(at).filter(|at| at.is_finite())
}

/// ln r of the zero between two ends of opposite sign.
fn crossing(a: &Curve, b: &Curve, low: f64, high: f64, first_below: bool) -> f64 {
    let closed = (a.exponent == b.exponent || a.gain == 0.0 || b.gain == 0.0).then(|| {
        let exponent = if a.gain == 0.0 { b.exponent } else { a.exponent };
        libm::log((a.fee - b.fee) / (a.gain - b.gain)) / exponent
    });
    closed.filter(|x| *x >= low && *x <= high).unwrap_or_else(|| {
        let (mut below, mut above) = (low, high);
        for _ in 0..200 {
            let middle = 0.5 * (below + above);
            if middle <= below || middle >= above {
                break;
            }
            if (difference(a, b, middle) > 0.0) == first_below { below = middle } else { above = middle }
        }
        0.5 * (below + above)
    })
}

/// The furthest from a zero towards `end` at which two curves are still equally good.
fn unnoticed(a: &Curve, b: &Curve, zero: f64, end: f64) -> f64 {
    let slope = a.gain * a.exponent * a.power(zero) - b.gain * b.exponent * b.power(zero);
    let shift = TIE * worth(a, b, zero) / slope.abs();
    let by_slope = if end < zero { (zero - shift).max(end) } else { (zero + shift).min(end) };
    let noticed = |x: f64| difference(a, b, x).abs() > 2.0 * TIE * worth(a, b, x);
    if !noticed(by_slope) {
        return by_slope;
    }
    // The curves are all but parallel there.
    let (mut near, mut far) = (zero, by_slope);
    for _ in 0..60 {
        let middle = 0.5 * (near + far);
        if noticed(middle) { far = middle } else { near = middle }
    }
    near
}
