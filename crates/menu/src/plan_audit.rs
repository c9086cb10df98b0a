//! Auditing plans: types against posted plans, with tokens and fine-tuning that no closed form suggests.

use model::choice::Buyer;
use model::menu::{Certificate, Offer, Plan, PlanMenu, Status};
use model::technology::Technology;
use model::tolerance::{CERTIFICATE, TIE};

use crate::Seller;
use crate::certificate::max_or_nan;

/// Types and plans compared, each beyond the quantiles.
const MOST: usize = 100;

/// The most that types spread over the belief and over the changes of choice could gain over what they choose, by any of
/// a hundred plans with tokens and fine-tuning of a grid around their demand.
///
/// Values and payments are those of the definitions: of tokens class by class, and of the terms of the plan. Types are those of
/// the belief, and between two plans closer than [`TIE`] buyers do not tell.
pub(crate) fn largest_gain(seller: &Seller, offer: &Offer) -> f64 {
    let Offer::Plans(menu) = offer else { return f64::NAN };
    let (technology, index) = (seller.technology, &seller.belief.index);
    let stride = menu.plans().len().div_ceil(MOST).max(1);
    let types = (1..100).map(|percent| index.quantile(f64::from(percent) / 100.0));
    let changes = menu.changes();
    let (lowest, highest) = match &index.law {
        Some(law) => law.support(),
        None => (index.points.nodes()[0], index.points.nodes()[index.points.len() - 1]),
    };
    let thresholds = changes.iter().copied().filter(|theta| (lowest..=highest).contains(theta));
    let thresholds = thresholds.step_by(changes.len().div_ceil(MOST).max(1));
    let mut worst: f64 = 0.0;
    for theta in types.chain(thresholds).filter(|theta| *theta > 0.0) {
        let buyer = Buyer::of_index(technology, theta);
        let own = offer.choose(technology, &buyer);
        let chosen = own.item.map_or(0, |item| item as usize);
        let near = (0..menu.plans().len()).skip(chosen.saturating_sub(1)).take(3);
        for position in (0..menu.plans().len()).step_by(stride).chain(near) {
            let wanted = offer.take(technology, &buyer, position);
            let plan = &menu.plans()[position];
            for (value, payment) in alternatives(technology, menu, plan, &wanted, theta) {
                let tie = if own.item == Some(position as u32) { 0.0 } else { TIE };
                let rounding = 2.0 * seller.rounding().max(tie) * (value + own.gross_value);
                worst = max_or_nan(worst, value - payment - own.utility - rounding);
            }
        }
    }
    worst
}

/// Value and payment of bundles around what a buyer wants of a plan, as far as the plan sells them.
fn alternatives(
    technology: &Technology,
    menu: &PlanMenu,
    plan: &Plan,
    wanted: &model::choice::Choice,
    theta: f64,
) -> Vec<(f64, f64)> {
    const SLACK: f64 = 1e-14;
    const FACTORS: [f64; 8] = [0.0, 0.5, 0.9, 0.999, 1.0, 1.001, 1.1, 2.0];
    let tokens = menu.tokens(wanted);
    let quality = technology.base_quality() + wanted.fine_tuning;
    let maximum = technology.config().fine_tuning.as_ref().and_then(|tuning| tuning.maximum);
    let tunings = [0.0, -0.5, -1e-3, 1e-3, 0.5].map(|share| {
        let tuning = wanted.fine_tuning + share * quality;
        tuning.clamp(plan.fine_tuning, maximum.unwrap_or(f64::INFINITY).max(plan.fine_tuning))
    });
    let mut found = Vec::new();
    let mut add = |tokens: &[f64], tuning: f64| {
        if let Some(payment) = plan.payment(tokens, tuning, SLACK) {
            found.push((theta * technology.precision_of_tokens(tokens, tuning), payment));
        }
    };
    for tuning in tunings {
        for factor in FACTORS {
            add(&tokens.iter().map(|x| factor * x).collect::<Vec<_>>(), tuning);
        }
        // One class more and another less.
        for class in 0..tokens.len() {
            for factor in FACTORS {
                let mut other = tokens.clone();
                other[class] *= factor;
                add(&other, tuning);
            }
        }
    }
    found
}

/// The certificate, failed where plans earn more than the optimal packages: no plan is better than a package per buyer.
pub(crate) fn bounded_by_packages(
    seller: &Seller,
    certificate: Certificate,
    profit: f64,
    packages: f64,
) -> Certificate {
    let excess = profit - packages;
    if certificate.failure.is_some() || excess <= CERTIFICATE * seller.first_best.profit {
        return certificate;
    }
    let failure =
        format!("feasibility: profit exceeds that of the optimal packages by {excess:e} $ per buyer");
    Certificate { status: Status::Fails, failure: Some(failure), ..certificate }
}
