//! The optimal token allocations for value-scale types.

mod dependent;
mod scale_grid;

use model::belief::{Marginal, Points, ValueScaleBelief};
use model::choice::Buyer;
use model::menu::{AllocationMenu, Certificate, Expected, Offer};
use model::technology::Technology;
use model::tolerance::CERTIFICATE;

use crate::certificate::{Line, audit, max_or_nan};
use crate::expectation::{expectation, expectation_of_excluded};
use crate::packages::tiers_of;
use crate::revenue::RevenueCurve;
use crate::screening::Screening;
use crate::{DesignError, Designed, Seller};

/// Screening on the value alone, for value and scale independent; dependent ones have a file of their own.
///
/// ```text
/// type (w, s): efficient use at τ = φ(w)^+ h,  h = s^{1-σ}
/// U(w, s) = h ∫_0^w q(φ(r)^+ h) dr,   t = w h q(τ) - U,   profit = E[π(φ(w)^+ h)]
/// ```
/// φ is the ironed virtual value of w. Reporting a smaller scale is never profitable; a larger one may be where φ is flat
/// and types tune. So all reports of scale are compared, and where one pays the formula is an upper bound only: a grid of
/// about `types` types is then solved by convex programming.
///
/// # Errors
/// The program cannot be solved.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, value-scale heterogeneity.
pub(crate) fn allocations(
    seller: &Seller,
    belief: &ValueScaleBelief,
    types: usize,
) -> Result<Designed, DesignError> {
    if !belief.given_scale.is_empty() {
        return dependent::allocations(seller, belief, types);
    }
    let technology = seller.technology;
    let belief = &manageable(belief);
    let curve = RevenueCurve::new(technology, &belief.value);
    let expected = expected(technology, belief, &Screening::new(&belief.value, &curve));
    let hull = curve.hull();
    let tiers = tiers_of(&curve, &hull);
    let masses: Vec<f64> =
        hull.windows(2).rev().map(|edge| curve.tail[edge[1]] - curve.tail[edge[0]]).collect();
    let pairs: Vec<(f64, f64)> = tiers.iter().map(|tier| (tier.threshold, tier.virtual_value)).collect();
    let menu = AllocationMenu::new(technology, &pairs);
    let worst = scale_violation(seller, &levels(&belief.scale, SCALES), |_| Screened {
        menu: &menu,
        highest: *belief.value.points.nodes().last().expect("at least one point"),
    });
    if worst.gain > CERTIFICATE * first_best(technology, belief) {
        let finite = belief.value.law.is_none() && belief.scale.law.is_none();
        let joint = scale_grid::Joint::independent(belief, types);
        return scale_grid::allocations(seller, &joint, finite, types, (expected.profit, worst));
    }
    let certificate = certify(seller, belief, &masses, (&menu, worst.gain), &expected);
    Ok(Designed {
        parameters: vec![("items", tiers.len() as f64)],
        offer: Offer::Allocations(menu),
        expected,
        certificate,
    })
}

/// The same belief, with a scale known by a long sample reduced to the means of equal shares of it: expected values take
/// every value with every scale.
fn manageable(belief: &ValueScaleBelief) -> ValueScaleBelief {
    const MOST_SCALES: usize = 256;
    if belief.scale.law.is_some() {
        return belief.clone();
    }
    let scale = Marginal::exactly(grouped(&belief.scale.points, MOST_SCALES));
    ValueScaleBelief { value: belief.value.clone(), scale, given_scale: Vec::new() }
}

/// The means of about `count` groups of equal mass; the points themselves where there are no more.
fn grouped(points: &Points, count: usize) -> Points {
    if points.len() <= count {
        return points.clone();
    }
    let mut groups = vec![(0.0, 0.0); count];
    let mut below = 0.0;
    for (node, mass) in points.iter() {
        let group = (((below + 0.5 * mass) * count as f64) as usize).min(count - 1);
        groups[group].0 += mass * node;
        groups[group].1 += mass;
        below += mass;
    }
    let means = groups.into_iter().filter(|(_, mass)| *mass > 0.0).map(|(sum, mass)| (sum / mass, mass));
    Points::new(means.collect())
}

/// First-best profit for value and scale independent: of a sample, that is not the first-best of its pairs.
fn first_best(technology: &Technology, belief: &ValueScaleBelief) -> f64 {
    let complement = 1.0 - technology.sigma();
    let kinks = |factor: f64| technology.kinks().map(move |kink| kink / factor).collect::<Vec<f64>>();
    let largest = belief.value.law.as_ref().map_or(f64::INFINITY, |law| law.support().1);
    let kinks_in_scale = kinks(largest).into_iter().map(|ratio| libm::pow(ratio, 1.0 / complement));
    let [profit] = expectation(&belief.scale, kinks_in_scale, |scale| {
        let scaled = libm::pow(scale, complement);
        if scaled <= 0.0 {
            return [0.0];
        }
        expectation(&belief.value, kinks(scaled), |value| [technology.surplus(value * scaled)])
    });
    profit
}

/// The first-best surplus of those whom the optimal allocations exclude, E[π(w h); φ(w) <= 0] in $ per buyer, and the
/// markups w/φ(w) of the values they serve, with probabilities.
pub(crate) fn excluded_and_markups(
    technology: &Technology,
    belief: &ValueScaleBelief,
) -> (f64, Vec<(f64, f64)>) {
    let belief = &manageable(belief);
    let screening = Screening::new(&belief.value, &RevenueCurve::new(technology, &belief.value));
    let served = screening.share_above(0.0);
    let complement = 1.0 - technology.sigma();
    let kinks = |factor: f64| technology.kinks().map(move |kink| kink / factor).collect::<Vec<f64>>();
    let kinks_in_scale = kinks(belief.value.quantile(1.0 - served))
        .into_iter()
        .map(|ratio| libm::pow(ratio, 1.0 / complement));
    let [excluded] = expectation(&belief.scale, kinks_in_scale, |scale| {
        let scaled = libm::pow(scale, complement);
        if scaled <= 0.0 {
            return [0.0];
        }
        let surplus = |value: f64| technology.surplus(value * scaled);
        [expectation_of_excluded(&belief.value, served, kinks(scaled), surplus)]
    });
    (excluded, screening.markups())
}

/// E over scales of E over virtual values of everything the optimal allocations give.
fn expected(technology: &Technology, belief: &ValueScaleBelief, screening: &Screening) -> Expected {
    let complement = 1.0 - technology.sigma();
    let starts = technology.efficient().tuning_starts();
    // For larger scales some type tunes (is capped): the outer integrand has a kink where the largest φ h meets it.
    let kinks_in_scale: Vec<f64> =
        technology.kinks().map(|kink| libm::pow(kink / screening.largest(), 1.0 / complement)).collect();
    let served = screening.share_above(0.0);
    let [profit, revenue, gross_value, served_share, fine_tuned_share] =
        expectation(&belief.scale, kinks_in_scale, |scale| {
            let scaled = libm::pow(scale, complement);
            if scaled <= 0.0 {
                return [0.0; 5];
            }
            let mut kinks = vec![0.0];
            kinks.extend(technology.kinks().map(|kink| kink / scaled));
            let [profit, revenue, gross_value] = screening.expectation(&kinks, |value, phi| {
                let precision = scaled * technology.precision(phi * scaled);
                [technology.surplus(phi * scaled), phi.max(0.0) * precision, value * precision]
            });
            [profit, revenue, gross_value, served, screening.share_above(starts / scaled)]
        });
    Expected {
        profit,
        revenue,
        cost: revenue - profit,
        consumer_surplus: gross_value - revenue,
        served_share,
        fine_tuned_share,
    }
}

/// Scales at which reports are compared, and thresholds per pair of scales.
const SCALES: usize = 33;
const VALUES: usize = 1024;
/// Scales at which every tier is audited against every other.
const AUDITED_SCALES: usize = 3;

fn certify(
    seller: &Seller,
    belief: &ValueScaleBelief,
    masses: &[f64],
    (menu, scale_violation): (&AllocationMenu, f64),
    expected: &Expected,
) -> Certificate {
    let mut found = Audited { ic: scale_violation, ir: 0.0, monotone: true, gap: 0.0 };
    for scale in levels(&belief.scale, AUDITED_SCALES) {
        found.merge(audit_values(seller, masses, menu, scale));
    }
    let first_best = first_best(seller.technology, belief);
    Certificate {
        ic_violation: Some(found.ic),
        ir_violation: Some(found.ir),
        monotone: Some(found.monotone),
        duality_gap: Some(found.gap),
        gap_to_first_best: first_best - expected.profit,
        ..Certificate::benchmark()
    }
    .judged(first_best)
}

#[derive(Clone, Copy)]
struct Audited {
    ic: f64,
    ir: f64,
    monotone: bool,
    gap: f64,
}

impl Audited {
    fn merge(&mut self, other: Self) {
        self.ic = max_or_nan(self.ic, other.ic);
        self.ir = max_or_nan(self.ir, other.ir);
        self.monotone &= other.monotone;
        self.gap = max_or_nan(self.gap, other.gap);
    }
}

/// Scales to compare: all of a short list, else evenly spaced quantiles with both extremes; positive ones only.
fn levels(scale: &Marginal, count: usize) -> Vec<f64> {
    let quantile = |i: usize| scale.quantile(i as f64 / (count - 1) as f64);
    let mut levels: Vec<f64> = if scale.law.is_none() && scale.points.len() <= count {
        scale.points.nodes().to_vec()
    } else {
        (0..count).map(quantile).collect()
    };
    levels.retain(|scale| *scale > 0.0);
    levels.dedup();
    levels
}

/// The buyer who gains most from reporting another scale than hers.
#[derive(Debug, Clone, Copy)]
struct Misreport {
    /// Her gain in $.
    gain: f64,
    /// w.
    value: f64,
    /// s.
    scale: f64,
    /// s'.
    reported: f64,
}

/// The menu meant for a scale, and the largest value believed to come with it.
struct Screened<'a> {
    menu: &'a AllocationMenu,
    highest: f64,
}

/// The largest gain from misreporting the scale, in $: U(w s/s', s') - U(w, s) for s' > s, U(w, s') - U(w, s) for s' < s.
///
/// As functions of w both utilities are piecewise linear and convex, so their difference is largest where the second has
/// a kink, at a threshold of a tier, or at the largest value believed in. `screened`: the menu of the scale at a position.
fn scale_violation<'a>(
    seller: &Seller,
    scales: &[f64],
    screened: impl Fn(usize) -> Screened<'a>,
) -> Misreport {
    let technology = seller.technology;
    let mut worst = Misreport { gain: 0.0, value: 0.0, scale: 0.0, reported: 0.0 };
    for (position, &true_scale) in scales.iter().enumerate() {
        let Screened { menu, highest } = screened(position);
        let thresholds = menu.thresholds();
        let stride = thresholds.len().div_ceil(VALUES).max(1);
        for value in thresholds.iter().step_by(stride).copied().chain([highest]) {
            let own = menu.utility(technology, value, true_scale);
            for (other, &reported) in scales.iter().enumerate().filter(|(other, _)| *other != position) {
                let effective = value * (true_scale / reported).min(1.0);
                let gain = screened(other).menu.utility(technology, effective, reported) - own;
                let gain = gain - seller.rounding() * (own + gain.abs());
                if !(gain <= worst.gain) {
                    worst = Misreport { gain, value, scale: true_scale, reported };
                }
            }
        }
    }
    worst
}

/// All values against all tiers at one scale, and the profit earned there against its upper bound Σ f π(φ h).
fn audit_values(seller: &Seller, masses: &[f64], menu: &AllocationMenu, scale: f64) -> Audited {
    let technology = seller.technology;
    let offer = Offer::Allocations(menu.clone());
    let scaled = libm::pow(scale, 1.0 - technology.sigma());
    let (mut lines, mut bound, mut earned) = (Vec::new(), 0.0, 0.0);
    let tiers = menu.thresholds().iter().zip(menu.virtual_values());
    for ((threshold, virtual_value), mass) in tiers.zip(masses) {
        let choice = offer.choose(technology, &Buyer::of_value_scale(technology, *threshold, scale));
        // Precision on each of her tasks times their share: s (κ (E/s)^σ (b+z)^γ).
        let precision = scaled * technology.package_precision(choice.spend, choice.fine_tuning);
        lines.push(Line { slope: precision, payment: choice.payment });
        bound += mass * technology.surplus(virtual_value * scaled);
        earned += mass * (choice.payment - technology.cost(choice.spend, choice.fine_tuning));
    }
    let found = audit(menu.thresholds(), &lines, seller.rounding());
    let gap = if bound > 0.0 { (bound - earned).abs() / bound } else { 0.0 };
    Audited { ic: found.ic_violation, ir: found.ir_violation, monotone: found.monotone, gap }
}
