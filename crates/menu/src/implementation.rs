//! Packages put into practice without loss: committed spend, and two-part tariffs with a cap on spend.

use model::menu::{Certificate, Item, Offer, Plan, PlanMenu};
use model::technology::Technology;

use crate::certificate::max_or_nan;
use crate::packages;
use crate::plan_audit::{bounded_by_packages, largest_gain};
use crate::tiers;
use crate::two_part_menu::lost;
use crate::{Designed, Seller};

/// Committed spend: pay t_k, receive a budget E_k to split over token classes priced at cost, and fine-tuning z_k; no refunds.
///
/// A buyer uses all of her budget and splits it at least cost, as the package does, so that every menu of packages is
/// replicated: the optimal one, or the best of at most `count`.
///
/// # References
/// Bergemann, Bonatti and Smolin (2026), v2, committed-spend budgets.
pub(crate) fn committed_spend(seller: &Seller, count: Option<u64>) -> Designed {
    replicated(seller, count, |items| {
        let technology = seller.technology;
        let plan = |item: &Item| Plan::package(technology, item.payment, item.spend, item.fine_tuning);
        items.iter().map(plan).collect()
    })
}

/// Two-part tariffs with a cap on spend: plan k sells at most the tokens E_k of package k.
///
/// ```text
/// m_k = min(θ_k/φ_k, the largest at which (b+z)^γ m^{-σ} does not fall),   p0_k = t_k - m_k E_k
/// ```
/// At m_k <= θ_k/φ_k whoever takes plan k buys E_k and pays t_k. Whoever takes a plan above hers buys fewer tokens, but the
/// slopes of utility in θ are those of single crossing, so that no downward saving pays. Always exact.
pub(crate) fn capped_two_part_menu(seller: &Seller, count: Option<u64>) -> Designed {
    replicated(seller, count, |items| capped(seller.technology, items))
}

fn capped(technology: &Technology, items: &[Item]) -> Vec<Plan> {
    let (sigma, gamma) = (technology.sigma(), technology.gamma());
    let quality = |item: &Item| libm::log(technology.base_quality() + item.fine_tuning);
    let mut plans: Vec<Plan> = Vec::with_capacity(items.len());
    let mut below: Option<(f64, f64)> = None;
    for item in items {
        let highest = below.map_or(f64::INFINITY, |(markup, log_quality)| {
            markup * libm::exp(gamma / sigma * (quality(item) - log_quality))
        });
        let markup = highest.min(item.threshold / item.virtual_value);
        let fee = item.payment - markup * item.spend;
        plans.push(Plan::tariff(technology, fee, item.fine_tuning, markup, item.spend));
        below = Some((markup, quality(item)));
    }
    plans
}

/// A menu of packages with its items posted as plans of the same payment and content.
fn replicated(seller: &Seller, count: Option<u64>, post: impl Fn(&[Item]) -> Vec<Plan>) -> Designed {
    let designed =
        count.map_or_else(|| packages::packages(seller), |count| tiers::tiers(seller, count as usize));
    let Offer::Packages(menu) = &designed.offer else {
        unreachable!("packages and tiers are offered as packages");
    };
    let items = menu.items();
    let thresholds = items.iter().map(|item| item.threshold);
    let offer = Offer::Plans(PlanMenu::new(seller.technology, thresholds.zip(post(items))));
    let mut parameters = vec![("plans", items.len() as f64)];
    let optimum = packages::expected(seller.technology, &seller.screening).profit;
    if count.is_some() {
        parameters.extend(lost("pruning_loss", "pruning_loss_share", optimum, designed.expected.profit));
    }
    let gain = largest_gain(seller, &offer);
    let certificate = Certificate {
        ic_violation: designed.certificate.ic_violation.map(|violation| max_or_nan(violation, gain)),
        ..designed.certificate
    };
    let certificate = certificate.judged(seller.first_best.profit);
    let certificate = bounded_by_packages(seller, certificate, designed.expected.profit, optimum);
    Designed { offer, expected: designed.expected, parameters, certificate }
}
