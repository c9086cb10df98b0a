//! One-dimensional screening: the ironed virtual value of a belief, as points or as a continuum.

use std::sync::Arc;

use model::belief::{Law, Marginal, Points};
use model::technology::Technology;
use model::tolerance::{MARKUP_RISE, POOL_DEPTH};

use crate::expectation::{add, over_pieces, tail_pieces};
use crate::ironing::{Ironed, concave_majorant, iron};
use crate::revenue::RevenueCurve;

/// The ironed virtual value φ of a belief, with expectations over (type, φ).
#[derive(Debug)]
pub(crate) enum Screening {
    /// A discrete belief, exactly.
    Points { points: Points, ironed: Ironed },
    /// A law without atoms.
    Continuum(Continuum),
}

/// The ironed virtual value of a law without atoms, along the upper-tail probability p = 1 - F(θ).
///
/// ```text
/// φ(θ) = θ - (1 - F(θ))/f(θ) = R'(p),   R(p) = p Q(p)
/// ```
/// Pools are the intervals of p on which R lies below its least concave majorant; φ there is the slope of the chord.
#[derive(Debug)]
pub(crate) struct Continuum {
    law: Arc<dyn Law>,
    /// Ironed intervals, ascending in p.
    pools: Vec<TailPool>,
    /// Every p at which the formula changes: 0, ends of pools, 1.
    cuts: Vec<f64>,
}

/// An ironed interval of the upper-tail probability.
#[derive(Debug, Clone, Copy, PartialEq)]
struct TailPool {
    low: f64,
    high: f64,
    virtual_value: f64,
    mean_type: f64,
}

/// Where two-part tariffs cannot replicate packages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ReplicationFailure {
    /// Smallest and largest such type in $; in between there may be others.
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Share of buyers.
    pub(crate) share: f64,
}

impl Screening {
    /// Irons a belief: through its law where that is known, else exactly on its points.
    pub(crate) fn new(belief: &Marginal, curve: &RevenueCurve) -> Self {
        match &belief.law {
            Some(law) => Self::Continuum(Continuum::new(law.clone(), curve)),
            None => Self::Points { ironed: iron(&belief.points), points: belief.points.clone() },
        }
    }

    /// E[g(type, φ)]; `kinks` are the φ at which g is not smooth.
    pub(crate) fn expectation<const N: usize>(
        &self,
        kinks: &[f64],
        g: impl Fn(f64, f64) -> [f64; N],
    ) -> [f64; N] {
        match self {
            Self::Points { points, ironed } => {
                let mut total = [0.0; N];
                for pool in &ironed.pools {
                    for k in pool.first..pool.end {
                        add(&mut total, points.masses()[k], g(points.nodes()[k], pool.virtual_value));
                    }
                }
                total
            }
            Self::Continuum(continuum) => continuum.expectation(kinks, g),
        }
    }

    /// P(φ > level).
    pub(crate) fn share_above(&self, level: f64) -> f64 {
        match self {
            Self::Points { ironed, .. } => ironed
                .pools
                .iter()
                .rev()
                .take_while(|pool| pool.virtual_value > level)
                .map(|pool| pool.mass)
                .sum(),
            Self::Continuum(continuum) => continuum.share_above(level),
        }
    }

    /// The smallest type at which the markup θ/φ rises with the type, for a known law; `None` if it nowhere does.
    ///
    /// Checked at a thousand quantiles. Points are not judged: between neighbours their markups hold sampling noise.
    pub(crate) fn markup_rises_at(&self) -> Option<f64> {
        let markup = |(theta, phi): &(f64, f64)| theta / phi;
        let (served, _) = self.served_types()?;
        served
            .windows(2)
            .find(|pair| markup(&pair[1]) > markup(&pair[0]) * (1.0 + MARKUP_RISE))
            .map(|pair| pair[0].0)
    }

    /// The types whom two-part tariffs at markups θ/φ cannot give their packages, for a known law; `None` if they can.
    ///
    /// ```text
    /// possible iff (b+z)^γ m^{-σ} does not fall in θ,   m = θ/φ,  z efficient at φ
    /// ```
    /// Checked at a thousand quantiles.
    pub(crate) fn replication_fails(&self, technology: &Technology) -> Option<ReplicationFailure> {
        let log_slope = |(theta, phi): &(f64, f64)| {
            let quality = technology.base_quality() + technology.efficient_use(*phi).fine_tuning;
            technology.gamma() * libm::log(quality) - technology.sigma() * libm::log(theta / phi)
        };
        let (served, step) = self.served_types()?;
        let falls: Vec<(f64, f64)> = served
            .windows(2)
            .filter(|pair| log_slope(&pair[1]) < log_slope(&pair[0]) - MARKUP_RISE)
            .map(|pair| (pair[0].0, pair[1].0))
            .collect();
        let (first, last) = (falls.first()?, falls.last()?);
        Some(ReplicationFailure { from: first.0, to: last.1, share: falls.len() as f64 * step })
    }

    /// θ and φ at a thousand evenly spread quantiles of the served types of a law, ascending, and the mass between two.
    fn served_types(&self) -> Option<(Vec<(f64, f64)>, f64)> {
        let Self::Continuum(continuum) = self else { return None };
        let step = continuum.share_above(0.0) / 1000.0;
        let at = |count: u32| continuum.type_and_virtual_value(step * f64::from(1000 - count));
        Some(((1..1000).map(at).collect(), step))
    }

    /// The markups θ/φ of served types with their probabilities: of every point, or at the middle of a thousand equal shares
    /// of the served.
    pub(crate) fn markups(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Points { points, ironed } => points
                .iter()
                .zip(ironed.virtual_values())
                .filter(|(_, phi)| *phi > 0.0)
                .map(|((theta, mass), phi)| (theta / phi, mass))
                .collect(),
            Self::Continuum(continuum) => {
                let served = continuum.share_above(0.0);
                let markup = |p| {
                    let (theta, phi) = continuum.type_and_virtual_value(p);
                    (theta / phi, served / f64::from(SHARES))
                };
                middles_of_shares(served).map(markup).collect()
            }
        }
    }

    /// The largest φ: infinite for unbounded laws.
    pub(crate) fn largest(&self) -> f64 {
        match self {
            Self::Points { ironed, .. } => ironed.pools.last().map_or(0.0, |pool| pool.virtual_value),
            Self::Continuum(continuum) => match continuum.pools.first() {
                Some(pool) if pool.low == 0.0 => pool.virtual_value,
                _ => continuum.law.support().1,
            },
        }
    }
}

impl Continuum {
    fn new(law: Arc<dyn Law>, curve: &RevenueCurve) -> Self {
        let pools = find_pools(law.as_ref(), curve);
        let mut cuts = vec![0.0];
        cuts.extend(pools.iter().flat_map(|pool| [pool.low, pool.high]));
        let pooled = |p: f64| pools.iter().any(|pool| pool.low < p && p < pool.high);
        cuts.extend(law.jumps().into_iter().map(|x| law.survival(x)).filter(|p| !pooled(*p)));
        cuts.push(1.0);
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        Self { law, pools, cuts }
    }

    fn pool_at(&self, p: f64) -> Option<&TailPool> {
        self.pools.iter().find(|pool| pool.low < p && p < pool.high)
    }

    /// φ before ironing.
    fn virtual_value(&self, theta: f64) -> f64 {
        theta - self.law.survival(theta) / self.law.density(theta)
    }

    /// θ and φ at an upper-tail probability.
    fn type_and_virtual_value(&self, p: f64) -> (f64, f64) {
        let theta = self.law.upper_quantile(p);
        let phi = self.pool_at(p).map_or_else(|| self.virtual_value(theta), |pool| pool.virtual_value);
        (theta, phi)
    }

    /// P(φ > level): φ falls in p, so this is where it crosses the level.
    fn share_above(&self, level: f64) -> f64 {
        let mut share = 0.0;
        for (low, high) in self.cuts.iter().zip(&self.cuts[1..]) {
            if let Some(pool) = self.pool_at(0.5 * (low + high)) {
                if pool.virtual_value <= level {
                    return share;
                }
                share = *high;
                continue;
            }
            let crossing = self.crossing(*low, *high, level);
            if crossing < *high {
                return crossing;
            }
            share = *high;
        }
        share
    }

    /// The p in [low, high] at which φ falls to the level, by bisection in the type.
    fn crossing(&self, low: f64, high: f64, level: f64) -> f64 {
        let (mut above, mut below) = (self.law.upper_quantile(low), self.law.upper_quantile(high));
        if above.is_infinite() {
            // φ rises without bound wherever the expected surplus exists: double until it is above the level.
            above = below.max(level).max(self.law.upper_quantile(0.5 * high));
            while !(self.virtual_value(above) > level) && self.law.survival(above) > 0.0 {
                above *= 2.0;
            }
        }
        for _ in 0..2000 {
            let middle = 0.5 * (above + below);
            if middle <= below || middle >= above {
                break;
            }
            if self.virtual_value(middle) > level { above = middle } else { below = middle }
        }
        // Neighbouring floats now: at an end of the interval nothing or everything is above the level.
        if below == self.law.upper_quantile(high) && self.virtual_value(above) > level {
            return high;
        }
        self.law.survival(above).clamp(low, high)
    }

    fn expectation<const N: usize>(&self, kinks: &[f64], g: impl Fn(f64, f64) -> [f64; N]) -> [f64; N] {
        let levels: Vec<f64> = kinks.iter().map(|kink| self.share_above(*kink)).collect();
        let mut total = [0.0; N];
        for (low, high) in self.cuts.iter().zip(&self.cuts[1..]) {
            if let Some(pool) = self.pool_at(0.5 * (low + high)) {
                // g is affine in the type for every use here, so the mean type of the pool is enough.
                add(&mut total, high - low, g(pool.mean_type, pool.virtual_value));
                continue;
            }
            let mut pieces = vec![*low, *high];
            pieces.extend(levels.iter().copied().filter(|p| low < p && p < high));
            pieces.sort_by(f64::total_cmp);
            let piece = over_pieces(&pieces, |p| {
                let theta = self.law.upper_quantile(p);
                g(theta, theta - p / self.law.density(theta))
            });
            add(&mut total, 1.0, piece);
        }
        total
    }
}

/// Equal shares that a distribution over buyers is shown by.
pub(crate) const SHARES: u32 = 1000;

/// The upper-tail probabilities in the middle of equal shares of the top `served`.
pub(crate) fn middles_of_shares(served: f64) -> impl Iterator<Item = f64> {
    (0..SHARES).map(move |share| served * (f64::from(share) + 0.5) / f64::from(SHARES))
}

/// The intervals on which R(p) lies below its least concave majorant.
///
/// Their ends are tangent, so that being off by a cell of the curve changes expected values by its square only.
fn find_pools(law: &dyn Law, curve: &RevenueCurve) -> Vec<TailPool> {
    let vertices = concave_majorant(curve.tail.len(), |from, to| curve.slope(from, to), |_| true);
    let height = (0..curve.tail.len()).map(|position| curve.revenue(position)).fold(0.0, f64::max);
    let mut pools = Vec::new();
    for edge in vertices.windows(2) {
        let (from, to) = (edge[0], edge[1]);
        let slope = curve.slope(from, to);
        let below_chord = |between: usize| {
            curve.revenue(from) + slope * (curve.tail[between] - curve.tail[from]) - curve.revenue(between)
        };
        if (from + 1..to).map(below_chord).fold(0.0, f64::max) > POOL_DEPTH * height {
            let (low, high) = (curve.tail[from], curve.tail[to]);
            let [sum] = over_pieces(&tail_pieces(law, low, high), |p| [law.upper_quantile(p)]);
            pools.push(TailPool { low, high, virtual_value: slope, mean_type: sum / (high - low) });
        }
    }
    pools
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Exponential with mean one; counts how often it is asked for its density.
    #[derive(Debug, Default)]
    struct Counted(AtomicU32);

    impl Law for Counted {
        fn support(&self) -> (f64, f64) {
            (0.0, f64::INFINITY)
        }
        fn survival(&self, x: f64) -> f64 {
            libm::exp(-x)
        }
        fn density(&self, x: f64) -> f64 {
            self.0.fetch_add(1, Ordering::Relaxed);
            libm::exp(-x)
        }
        fn upper_quantile(&self, p: f64) -> f64 {
            -libm::log(p)
        }
        fn tail_index(&self) -> f64 {
            f64::INFINITY
        }
    }

    /// φ = θ - 1, so e^{-(1+level)} of the buyers are above a level; laws may be slow, so few questions must do.
    #[test]
    fn who_is_served_is_found_in_few_steps() {
        for level in [0.0, 1e-3, 5.0, 100.0] {
            let law = Arc::new(Counted::default());
            let continuum = Continuum { law: law.clone(), pools: vec![], cuts: vec![0.0, 1.0] };
            let share = continuum.share_above(level) / libm::exp(-1.0 - level);
            assert!((share - 1.0).abs() < 1e-13, "{level}: {share}");
            let asked = law.0.load(Ordering::Relaxed);
            assert!(asked < 100, "{level}: {asked}");
        }
    }
}
