//! Expected values under a belief: sums over points, or quadrature in quantile space where the law is known.

use model::belief::{Law, Marginal};
use model::choice::Buyer;
use model::menu::{Expected, Offer, PlanMenu};
use model::quadrature::{gauss3, integrate};
use model::technology::{Demand, Technology};

/// E[g(x)] for `N` functions at once; `kinks` are the x at which g is not smooth.
///
/// With a law the integral runs over the upper-tail probability p, x = Q(p), piecewise between kinks: a heavy tail is a
/// power singularity at p = 0, which the quadrature resolves.
pub(crate) fn expectation<const N: usize>(
    belief: &Marginal,
    kinks: impl IntoIterator<Item = f64>,
    g: impl Fn(f64) -> [f64; N],
) -> [f64; N] {
    if let Some(law) = &belief.law {
        return over_pieces(&cuts(law.as_ref(), kinks), |p| g(law.upper_quantile(p)));
    }
    let mut total = [0.0; N];
    for (node, mass) in belief.points.iter() {
        add(&mut total, mass, g(node));
    }
    total
}

/// E[g(x); x among the lowest 1 - `served` of the belief].
pub(crate) fn expectation_of_excluded(
    belief: &Marginal,
    served: f64,
    kinks: impl IntoIterator<Item = f64>,
    g: impl Fn(f64) -> f64,
) -> f64 {
    /// Rounding of the sum of a hundred thousand masses.
    const ROUNDING_OF_MASSES: f64 = 1e-11;
    if let Some(law) = &belief.law {
        let mut cuts = cuts(law.as_ref(), kinks);
        for cut in &mut cuts {
            *cut = cut.max(served);
        }
        let [excluded] = over_pieces(&cuts, |p| [g(law.upper_quantile(p))]);
        return excluded;
    }
    let (mut below, mut excluded) = (0.0, 0.0);
    for (node, mass) in belief.points.iter() {
        below += mass;
        if below > 1.0 - served + ROUNDING_OF_MASSES {
            break;
        }
        excluded += mass * g(node);
    }
    excluded
}

/// The p in [0, 1] that bound smooth pieces, ascending.
fn cuts(law: &dyn Law, kinks: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut cuts = vec![0.0, 1.0];
    cuts.extend(kinks.into_iter().chain(law.jumps()).map(|kink| law.survival(kink)));
    cuts.sort_by(f64::total_cmp);
    cuts
}

/// The p in [low, high] that bound the pieces on which the quantile function of a law is smooth, ascending.
pub(crate) fn tail_pieces(law: &dyn Law, low: f64, high: f64) -> Vec<f64> {
    let mut pieces = vec![low, high];
    pieces.extend(law.jumps().into_iter().map(|x| law.survival(x)).filter(|p| low < *p && *p < high));
    pieces.sort_by(f64::total_cmp);
    pieces
}

/// Σ ∫ g over consecutive pieces.
pub(crate) fn over_pieces<const N: usize>(cuts: &[f64], g: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut total = [0.0; N];
    for (low, high) in cuts.iter().zip(&cuts[1..]) {
        add(&mut total, 1.0, integrate(*low, *high, &g));
    }
    total
}

/// total += factor * term.
pub(crate) fn add<const N: usize>(total: &mut [f64; N], factor: f64, term: [f64; N]) {
    for (sum, value) in total.iter_mut().zip(term) {
        *sum += factor * value;
    }
}

/// Expected outcome when every buyer buys at proportional prices.
pub(crate) fn at_prices(technology: &Technology, index: &Marginal, demand: &Demand) -> Expected {
    let (starts, caps) = (demand.tuning_starts(), demand.cap_binds());
    let [revenue, cost, gross_value] = expectation(index, [starts, caps], |theta| {
        let purchase = demand.at(&technology.powers(theta));
        let used = purchase.used;
        [purchase.payment, technology.cost(used.spend, used.fine_tuning), used.gross_value]
    });
    Expected {
        profit: revenue - cost,
        revenue,
        cost,
        consumer_surplus: gross_value - revenue,
        served_share: index.survival(f64::MIN_POSITIVE),
        fine_tuned_share: if starts.is_finite() { index.survival(starts.next_up()) } else { 0.0 },
    }
}

/// Expected outcome of posted plans: what every type chooses, integrated between the indices at which that changes.
pub(crate) fn of_plans(technology: &Technology, index: &Marginal, menu: &PlanMenu) -> Expected {
    let offer = Offer::Plans(menu.clone());
    let outcome = |theta: f64| {
        let choice = offer.choose(technology, &Buyer::of_index(technology, theta));
        let cost = technology.cost(choice.spend, choice.fine_tuning);
        let of = |condition: bool| f64::from(u8::from(condition));
        [choice.payment, cost, choice.utility, of(choice.item.is_some()), of(choice.fine_tuning > 0.0)]
    };
    let kinks = menu.starts().iter().copied();
    let [revenue, cost, consumer_surplus, served_share, fine_tuned_share] = match &index.law {
        Some(law) => over_many_pieces(&cuts(law.as_ref(), kinks), |p| outcome(law.upper_quantile(p))),
        None => expectation(index, kinks, outcome),
    };
    Expected { profit: revenue - cost, revenue, cost, consumer_surplus, served_share, fine_tuned_share }
}

/// Σ ∫ g over consecutive pieces, of which narrow ones are smooth enough for three nodes.
fn over_many_pieces<const N: usize>(cuts: &[f64], g: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    /// The sixth power of this is below rounding.
    const NARROW: f64 = 0.003;
    let mut total = [0.0; N];
    for (low, high) in cuts.iter().zip(&cuts[1..]) {
        if high - low <= NARROW * high.min(1.0 - low) {
            let part = std::array::from_fn(|n| gauss3(*low, *high, |p| g(p)[n]));
            add(&mut total, 1.0, part);
        } else {
            add(&mut total, 1.0, integrate(*low, *high, &g));
        }
    }
    total
}

/// Expected outcome of full extraction: profit is the first-best surplus E[π(θ)].
pub(crate) fn first_best(technology: &Technology, index: &Marginal) -> Expected {
    let efficient = at_prices(technology, index, technology.efficient());
    let revenue = efficient.revenue + efficient.consumer_surplus;
    Expected { profit: revenue - efficient.cost, revenue, consumer_surplus: 0.0, ..efficient }
}
