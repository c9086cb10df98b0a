//! Portraits of menus against the exact figures of the paper's uniform example.

use crate::laws::{index_belief, paper_belief, paper_technology};
use menu::{Markups, Portrait, PostedRule, Rule, Seller};
use model::belief::{Belief, Marginal, Points};
use model::menu::Menu;

fn drawn(rule: Rule, belief: &Belief) -> (Menu, Portrait) {
    let technology = paper_technology();
    let seller = Seller::new(&technology, belief).unwrap();
    let menu = seller.design(&PostedRule { label: rule.kind().into(), round: None, rule }).unwrap();
    let portrait = seller.portrait(&menu);
    (menu, portrait)
}

fn close(found: f64, exact: f64, relative: f64) {
    assert!((found - exact).abs() <= relative * exact.abs(), "{found} is not {exact}");
}

/// The quantiles of a markup that falls as the upper-tail share `u` of the served does.
fn assert_markups(found: Option<Markups>, markup: impl Fn(f64) -> f64) {
    let found = found.unwrap();
    for (level, quantile) in
        [(0.1, found.p10), (0.25, found.p25), (0.5, found.p50), (0.75, found.p75), (0.9, found.p90)]
    {
        // Interpolated between a thousand shares, where the markup may rise like 1/u.
        close(quantile, markup(level), 5e-5);
    }
}

/// φ = (3θ-1)/2, F = 1-(1-θ)²: the top u of the served, 4/9 of all, have θ > 1 - √(4u/9). The excluded lose
/// ∫_0^{1/3} θ² 2(1-θ) dθ = 1/54.
#[test]
fn packages() {
    let (menu, portrait) = drawn(Rule::Packages, &paper_belief(20_000));
    close(menu.expected.served_share, 4.0 / 9.0, 1e-11);
    close(menu.expected.fine_tuned_share, 1.0 / 9.0, 1e-11);
    assert_markups(portrait.markups, |u| {
        let theta = 1.0 - (4.0 * u / 9.0).sqrt();
        2.0 * theta / (3.0 * theta - 1.0)
    });
    let surplus = portrait.surplus;
    close(surplus.first_best, 97.0 / 480.0, 1e-11);
    close(surplus.deadweight_loss, 97.0 / 480.0 - 97.0 / 1080.0 - 97.0 / 1620.0, 1e-10);
    close(surplus.exclusion.unwrap(), 1.0 / 54.0, 1e-11);
    close(surplus.distortion.unwrap(), surplus.deadweight_loss - 1.0 / 54.0, 1e-10);
}

/// The marginal type has φ = 0 and buys next to nothing at a markup without bound: she is no row of the table, which begins
/// with the lowest twentieth of the served.
#[test]
fn the_marginal_type_is_told_apart() {
    for (rule, lowest) in [(Rule::Packages, 1.0 / 3.0), (Rule::Allocations { types: None }, 0.5)] {
        let (_, portrait) = drawn(rule, &paper_belief(20_000));
        let marginal = portrait.marginal.unwrap();
        close(marginal.kind, lowest, 1e-3);
        assert!(marginal.markup.unwrap() > 100.0 && marginal.spend < 1e-4, "{marginal:?}");
        let first = &portrait.tiers[0];
        assert!(first.kind > marginal.kind && first.markup.unwrap() < 15.0, "{first:?}");
    }
    let (_, short) = drawn(Rule::Tiers { tiers: 3 }, &paper_belief(5000));
    assert!(short.marginal.is_none() && short.tiers.len() == 3);
}

/// All of a committed budget is paid upfront; a capped tariff is a fee and tokens at its markup, and both cost what the
/// package does.
#[test]
fn plans_pay_what_they_say() {
    let belief = paper_belief(5000);
    let (_, packages) = drawn(Rule::Tiers { tiers: 3 }, &belief);
    let (_, budgets) = drawn(Rule::CommittedSpend { plans: Some(3) }, &belief);
    let (_, capped) = drawn(Rule::TwoPartMenu { plans: Some(3), spend_cap: true }, &belief);
    for ((package, budget), capped) in packages.tiers.iter().zip(&budgets.tiers).zip(&capped.tiers) {
        close(budget.upfront.unwrap(), package.payment, 1e-12);
        assert!(budget.markup.is_none() && budget.prices.is_none());
        close(capped.upfront.unwrap() + capped.markup.unwrap() * capped.spend, package.payment, 1e-12);
        close(budget.spend, package.spend, 1e-12);
    }
    assert_eq!(budgets.tiers.len(), 3);
}

/// φ = 2w-1: the top u of the served, half of all, have w > 1 - u/2. The excluded lose E[w² s; w < 1/2] = 1/48.
#[test]
fn allocations() {
    let (menu, portrait) = drawn(Rule::Allocations { types: None }, &paper_belief(20_000));
    close(menu.expected.served_share, 0.5, 1e-11);
    close(menu.expected.fine_tuned_share, 0.125, 1e-11);
    assert_markups(portrait.markups, |u| {
        let value = 1.0 - 0.5 * u;
        value / (2.0 * value - 1.0)
    });
    close(portrait.surplus.exclusion.unwrap(), 1.0 / 48.0, 1e-11);
    close(portrait.surplus.deadweight_loss, 97.0 / 480.0 - 97.0 / 960.0 - 97.0 / 1920.0, 1e-10);
}

/// One package at θ = 1/2, efficient for φ = 1/2, for the top quarter: markups 2θ, excluded ∫_0^{1/2} θ² 2(1-θ) dθ = 5/96.
#[test]
fn flat() {
    let (_, portrait) = drawn(Rule::Flat, &paper_belief(20_000));
    let markups = portrait.markups.unwrap();
    // The best cut is known to the square root of rounding. The markup rises with the type here: its u quantile is that of the type.
    close(markups.p50, 2.0 * (1.0 - (0.125_f64).sqrt()), 2e-5);
    close(markups.p90, 2.0 * (1.0 - (0.025_f64).sqrt()), 2e-5);
    close(portrait.surplus.exclusion.unwrap(), 5.0 / 96.0, 2e-5);
    assert_eq!(portrait.tiers.len(), 1);
    let row = &portrait.tiers[0];
    close(row.quantile, 0.75, 2e-5);
    // E = σ τ q(τ) with q = 2τ: 1/4; the whole value θ q = 1/2 is paid, half of it upfront at a markup of 1.
    close(row.spend, 0.25, 2e-5);
    close(row.payment, 0.5, 2e-5);
    close(row.upfront.unwrap(), 0.25, 2e-5);
    close(row.tokens[0], 1.0, 2e-5);
    close(row.prices.as_ref().unwrap()[0], 0.125, 2e-5);
}

/// p0 + m E = t in every row; rows rise in type, payment and budget; surplus adds up.
#[test]
fn rows_are_two_part_tariffs() {
    for rule in [Rule::Packages, Rule::Allocations { types: None }, Rule::Tiers { tiers: 3 }] {
        let (_, portrait) = drawn(rule, &paper_belief(5000));
        for row in &portrait.tiers {
            close(row.upfront.unwrap() + row.markup.unwrap() * row.spend, row.payment, 1e-9);
        }
        assert!(portrait.tiers.len() >= 3);
        for pair in portrait.tiers.windows(2) {
            assert!(pair[0].kind < pair[1].kind && pair[0].payment < pair[1].payment);
            assert!(pair[0].quantile < pair[1].quantile && pair[0].spend < pair[1].spend);
        }
        let surplus = portrait.surplus;
        let sum = surplus.profit
            + surplus.consumer_surplus
            + surplus.exclusion.unwrap()
            + surplus.distortion.unwrap();
        close(sum, surplus.first_best, 1e-12);
        assert!(surplus.distortion.unwrap() > 0.0 && surplus.exclusion.unwrap() > 0.0);
    }
}

#[test]
fn prices_exclude_nobody() {
    let rule = Rule::PayAsYouGo { markup: Some(2.0), fine_tuning_markup: None };
    let (_, portrait) = drawn(rule, &paper_belief(5000));
    assert_eq!(portrait.surplus.exclusion.unwrap(), 0.0);
    let markups = portrait.markups.unwrap();
    assert_eq!((markups.p10, markups.p90), (2.0, 2.0));
    assert!(portrait.tiers.len() >= 10 && portrait.tiers.iter().all(|row| row.upfront == Some(0.0)));
    let (_, benchmark) = drawn(Rule::FirstBest, &paper_belief(5000));
    assert!(benchmark.markups.is_none() && benchmark.surplus.deadweight_loss == 0.0);
    assert!(benchmark.tiers.iter().all(|row| row.utility == 0.0 && row.markup.is_none()));
}

/// θ = (1, 4) with (.8, .2): φ = (1/4, 4). With (.5, .5) φ = (-2, 4): the low type is excluded and loses π(1) = 17/8.
#[test]
fn two_types() {
    let two = |low: f64| index_belief(Marginal::exactly(Points::new(vec![(1.0, low), (4.0, 1.0 - low)])));
    let (_, both) = drawn(Rule::Packages, &two(0.8));
    let markups = both.markups.unwrap();
    close(markups.p10, 1.0, 1e-15);
    close(markups.p25, 4.0, 1e-14);
    close(markups.p90, 4.0, 1e-14);
    assert_eq!(both.surplus.exclusion.unwrap(), 0.0);
    let (_, one) = drawn(Rule::Packages, &two(0.5));
    close(one.surplus.exclusion.unwrap(), 0.5 * 17.0 / 8.0, 1e-14);
    assert!(one.surplus.distortion.unwrap().abs() < 1e-12);
    assert_eq!(one.tiers.len(), 1);
}
