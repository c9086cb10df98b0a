//! The index summarises the type where only totals can be contracted.

use super::{Claim, Expected, Statement, designed, equals, peak};
use crate::laws::{UnitPower, index_belief, marginal, paper_belief, paper_technology};
use menu::Rule;
use model::belief::Marginal;
use model::choice::Buyer;
use model::index::ces_index;
use model::menu::{Menu, Offer, Plan};
use model::technology::{Prices, Technology};

const CLAIM: Claim = Claim {
    claim: "The index summarises the type: profiles with one θ choose and gain the same under every rule for totals",
    place: "eq. 10; token packages",
};

pub(super) fn statements() -> Vec<Statement> {
    let technology = paper_technology();
    let rules = [
        Rule::Packages,
        Rule::Flat,
        Rule::Tiers { tiers: 3 },
        Rule::CommittedSpend { plans: None },
        Rule::TwoPartMenu { plans: None, spend_cap: false },
        Rule::PayAsYouGo { markup: None, fine_tuning_markup: None },
    ];
    let belief = index_belief(Marginal::exactly(marginal(UnitPower(2.0), 40).points));
    let menus = rules.map(|rule| designed(rule, &belief, &technology));
    let worst = menus.iter().map(|menu| largest_difference(menu, &technology)).fold(0.0, f64::max);
    let allocations = designed(Rule::Allocations { types: None }, &paper_belief(20_000), &technology);
    let utility = |value, scale| {
        let buyer = Buyer::of_value_scale(&technology, value, scale);
        allocations.offer.choose(&technology, &buyer).utility
    };
    vec![
        CLAIM.holds(
            "four profiles, six rules, tokens and items found by search: largest relative difference in utility",
            Expected::AtMost(1e-9),
            worst,
        ),
        CLAIM.breaks(
            "allocations, where assignments are contractible: utility of (w, s) = (.9, 1/4) minus that of (.45, 1), both θ = .45",
            equals(0.08, "2/25", 1e-3),
            utility(0.9, 0.25) - utility(0.45, 1.0),
        ),
    ]
}

/// Profiles over four equal tasks, and θ of each.
const PROFILES: [[f64; 4]; 4] = [[0.8; 4], [1.6, 0.0, 0.0, 0.0], [0.3, 0.9, 0.6, 1.1], [0.0, 0.1, 0.5, 1.4]];
const MASSES: [f64; 4] = [0.25; 4];

/// The largest difference, relative to gross value, between the utility that a search over items and assignments finds for a
/// profile and what the menu gives to the index of 0.8.
fn largest_difference(menu: &Menu, technology: &Technology) -> f64 {
    let index = 0.8;
    let choice = menu.offer.choose(technology, &Buyer::of_index(technology, index));
    let of_profile = |profile: [f64; 4]| {
        let scale = index / ces_index(&profile, &MASSES, technology.sigma());
        let value = value_of_unit_budget(profile.map(|value| value * scale), technology.sigma());
        (best_utility(menu, technology, value) - choice.utility).abs() / choice.gross_value
    };
    PROFILES.map(of_profile).into_iter().fold(0.0, f64::max)
}

/// max Σ μ_i w_i e_i^σ over assignments with Σ μ_i e_i = 1, by exchanges between pairs of tasks: no closed form.
fn value_of_unit_budget(profile: [f64; 4], sigma: f64) -> f64 {
    const SWEEPS: usize = 60;
    let mut spends = [1.0; 4];
    for _ in 0..SWEEPS {
        for (i, j) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
            let both = spends[i] + spends[j];
            let value = |e: f64| profile[i] * libm::pow(e, sigma) + profile[j] * libm::pow(both - e, sigma);
            spends[i] = peak(0.0, both, value);
            spends[j] = both - spends[i];
        }
    }
    let terms = MASSES.iter().zip(profile).zip(spends);
    terms.map(|((mass, value), spend)| mass * value * libm::pow(spend, sigma)).sum()
}

/// The largest utility from any item or nothing, tokens and tuning for sale found by search, for a buyer to whom a budget E
/// on the untuned model of unit efficiency is worth `value` E^σ.
fn best_utility(menu: &Menu, technology: &Technology, value: f64) -> f64 {
    let worth = |spend: f64, tuning: f64| value * technology.package_precision(spend, tuning);
    let most = 1e3;
    match &menu.offer {
        Offer::Packages(packages) => {
            let gain = |item: &model::menu::Item| worth(item.spend, item.fine_tuning) - item.payment;
            packages.items().iter().map(gain).fold(0.0, f64::max)
        }
        Offer::Plans(plans) => {
            let best = |plan: &Plan| {
                let value = |spend: f64| worth(spend, plan.fine_tuning) - plan.fee;
                let Some(markup) = plan.markup(technology) else {
                    return value(plan.allowance_at_cost(technology));
                };
                let gain = |spend: f64| value(spend) - markup * spend;
                gain(peak(0.0, plan.limit_at_cost(technology).unwrap_or(most), gain))
            };
            plans.plans().iter().map(best).fold(0.0, f64::max)
        }
        Offer::Prices { prices, .. } => {
            let Prices { token_markup, fine_tuning_markup } = *prices;
            let price = technology.fine_tuning_cost() * fine_tuning_markup.unwrap_or(f64::INFINITY);
            let tuned = |tuning: f64| {
                let gain = |spend: f64| worth(spend, tuning) - token_markup * spend - price * tuning;
                gain(peak(0.0, most, gain))
            };
            tuned(peak(0.0, most, tuned)).max(tuned(0.0))
        }
        _ => f64::NAN,
    }
}
