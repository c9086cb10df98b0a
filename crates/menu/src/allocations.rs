//! The optimal token allocations for value-scale types.

use model::belief::{Marginal, ValueScaleBelief};
use model::menu::{AllocationMenu, Certificate, Expected, Offer};
use model::technology::Technology;
use model::tolerance::ROUNDING;

use crate::Designed;
use crate::certificate::{Line, audit, max_or_nan};
use crate::expectation::expectation;
use crate::ironing::{Ironed, iron};
use crate::screening::Screening;

/// Screening on the value alone, for value and scale independent.
///
/// ```text
/// type (w, s): efficient use at τ = φ(w)^+ h,  h = s^{1-σ}
/// U(w, s) = h ∫_0^w q(φ(r)^+ h) dr,   t = w h q(τ) - U,   profit = E[π(φ(w)^+ h)]
/// ```
/// φ is the ironed virtual value of w. Reporting a smaller scale is never profitable; a larger one may be where φ is flat
/// and types tune, so the certificate compares all reports of scale and the menu is refused where one pays.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, value-scale heterogeneity.
pub(crate) fn allocations(
    technology: &Technology,
    belief: &ValueScaleBelief,
    first_best: &Expected,
) -> Designed {
    let screening = Screening::new(&belief.value);
    let expected = expected(technology, belief, &screening);
    let ironed = iron(&belief.value.points);
    let nodes = belief.value.points.nodes();
    let tiers: Vec<(f64, f64)> = ironed
        .pools
        .iter()
        .filter(|pool| pool.virtual_value > 0.0)
        .map(|pool| (nodes[pool.first], pool.virtual_value))
        .collect();
    let menu = AllocationMenu::new(technology, &tiers);
    let certificate = certify(technology, belief, &ironed, &menu, first_best, &expected);
    Designed {
        parameters: vec![("items", tiers.len() as f64)],
        offer: Offer::Allocations(menu),
        expected,
        certificate,
    }
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
    technology: &Technology,
    belief: &ValueScaleBelief,
    ironed: &Ironed,
    menu: &AllocationMenu,
    first_best: &Expected,
    expected: &Expected,
) -> Certificate {
    let mut found =
        Audited { ic: scale_violation(technology, belief, menu), ir: 0.0, monotone: true, gap: 0.0 };
    for scale in levels(&belief.scale, AUDITED_SCALES) {
        found.merge(audit_values(technology, &belief.value, ironed, menu, scale));
    }
    Certificate {
        ic_violation: Some(found.ic),
        ir_violation: Some(found.ir),
        monotone: Some(found.monotone),
        duality_gap: Some(found.gap),
        gap_to_first_best: first_best.profit - expected.profit,
        ..Certificate::benchmark()
    }
    .judged(first_best.profit)
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

/// The largest gain from misreporting the scale, in $: U(w s/s', s') - U(w, s) for s' > s, U(w, s') - U(w, s) for s' < s.
///
/// As functions of w both utilities are piecewise linear and convex, so their difference is largest where the second has
/// a kink, at a threshold of a tier, or at the largest value believed in.
fn scale_violation(technology: &Technology, belief: &ValueScaleBelief, menu: &AllocationMenu) -> f64 {
    let scales = levels(&belief.scale, SCALES);
    let thresholds = menu.thresholds();
    let stride = thresholds.len().div_ceil(VALUES).max(1);
    let values: Vec<f64> =
        thresholds.iter().step_by(stride).chain(belief.value.points.nodes().last()).copied().collect();
    let mut worst: f64 = 0.0;
    for &true_scale in &scales {
        for &value in &values {
            let own = menu.utility(technology, value, true_scale);
            for &reported in scales.iter().filter(|reported| **reported != true_scale) {
                let effective = value * (true_scale / reported).min(1.0);
                let gain = menu.utility(technology, effective, reported) - own;
                worst = max_or_nan(worst, gain - ROUNDING * (own + gain.abs()));
            }
        }
    }
    worst
}

/// All values against all tiers at one scale, and the profit earned there against its upper bound Σ f π(φ h).
fn audit_values(
    technology: &Technology,
    value: &Marginal,
    ironed: &Ironed,
    menu: &AllocationMenu,
    scale: f64,
) -> Audited {
    let offer = Offer::Allocations(menu.clone());
    let scaled = libm::pow(scale, 1.0 - technology.sigma());
    let (mut types, mut lines, mut bound, mut earned) = (Vec::new(), Vec::new(), 0.0, 0.0);
    for pool in ironed.pools.iter().filter(|pool| pool.virtual_value > 0.0) {
        let threshold = value.points.nodes()[pool.first];
        let choice =
            offer.choose(technology, &model::choice::Buyer::of_value_scale(technology, threshold, scale));
        types.push(threshold);
        // Precision on each of her tasks times their share: s (κ (E/s)^σ (b+z)^γ).
        let precision = scaled * technology.package_precision(choice.spend, choice.fine_tuning);
        lines.push(Line { slope: precision, payment: choice.payment });
        bound += pool.mass * technology.surplus(pool.virtual_value * scaled);
        earned += pool.mass * (choice.payment - technology.cost(choice.spend, choice.fine_tuning));
    }
    let found = audit(&types, &lines);
    let gap = if bound > 0.0 { (bound - earned).abs() / bound } else { 0.0 };
    Audited { ic: found.ic_violation, ir: found.ir_violation, monotone: found.monotone, gap }
}
