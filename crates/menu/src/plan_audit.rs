//! Auditing plans: types against posted plans, with tokens that no closed form suggests.

use model::choice::Buyer;
use model::menu::{Certificate, Offer, Plan, Status};
use model::tolerance::CERTIFICATE;

use crate::Seller;
use crate::certificate::max_or_nan;

/// Types and plans compared, each beyond the quantiles.
const MOST: usize = 100;

/// The most that types spread over the belief and over the thresholds of plans could gain over what they choose, by any of
/// a hundred plans with tokens of a grid around their demand, and at its bounds.
pub(crate) fn largest_gain(seller: &Seller, offer: &Offer) -> f64 {
    let Offer::Plans(menu) = offer else { return f64::NAN };
    let (technology, index) = (seller.technology, &seller.belief.index);
    let plans: Vec<(usize, &Plan)> = menu.plans().enumerate().collect();
    let stride = plans.len().div_ceil(MOST).max(1);
    let types = (1..100).map(|percent| index.quantile(f64::from(percent) / 100.0));
    let mut worst: f64 = 0.0;
    for theta in types.chain(menu.thresholds().iter().step_by(stride).copied()) {
        if theta <= 0.0 {
            continue;
        }
        let buyer = Buyer::of_index(technology, theta);
        let own = offer.choose(technology, &buyer);
        let chosen = own.item.map_or(0, |item| item as usize);
        let near = plans.iter().skip(chosen.saturating_sub(1)).take(3);
        for (position, plan) in plans.iter().step_by(stride).chain(near) {
            let wanted = offer.take(technology, &buyer, *position).spend;
            let factors = [0.0, 0.5, 0.9, 0.999, 1.0, 1.001, 1.1, 2.0].map(|factor| factor * wanted);
            for spend in factors.into_iter().chain([plan.allowance]).filter(|spend| *spend <= plan.limit()) {
                let value = theta * technology.package_precision(spend, plan.fine_tuning);
                let gain = value - plan.payment(spend) - own.utility;
                let rounding = 2.0 * seller.rounding() * (value + own.gross_value);
                worst = max_or_nan(worst, gain - rounding);
            }
        }
    }
    worst
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
