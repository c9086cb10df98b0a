//! Menus against exact answers: MODEL of the paper's uniform example (all figures are rational numbers derived by
//! hand), constant markups for Pareto laws, the Mussa-Rosen quadratic.

use crate::laws::{FallingStep, Pareto, UnitPower, index_belief, marginal, paper_belief, paper_technology};
use menu::{PostedRule, Rule, TuningMarkup, design};
use model::belief::Belief;
use model::menu::{Menu, Offer, Status};
use model::technology::{Technology, TechnologyConfig, TokenClass};

fn posted(rule: Rule, belief: &Belief, technology: &Technology) -> Menu {
    let designed = design(&PostedRule { label: rule.kind().into(), rule }, belief, technology).unwrap();
    assert_ne!(designed.certificate.status, Status::Fails, "{:?}", designed.certificate);
    designed
}

fn close(found: f64, exact: f64, relative: f64) {
    assert!((found - exact).abs() <= relative * exact.abs(), "{found} is not {exact} within {relative}");
}

const EXACT: f64 = 1e-12;

#[test]
fn paper_packages() {
    let found = posted(Rule::Packages, &paper_belief(20_000), &paper_technology()).expected;
    close(found.revenue, 139.0 / 540.0, EXACT);
    close(found.profit, 97.0 / 1080.0, EXACT);
    close(found.consumer_surplus, 97.0 / 1620.0, EXACT);
    close(found.served_share, 4.0 / 9.0, EXACT);
    close(found.fine_tuned_share, 1.0 / 9.0, EXACT);
}

/// θ/φ falls in the paper's example (θ f/(1-F) rises), and rises across the pool of a law whose density steps down.
#[test]
fn rising_markups_are_reported() {
    let technology = paper_technology();
    let falling = posted(Rule::Packages, &paper_belief(1000), &technology);
    assert!(!falling.parameters.contains_key("markup_rises_at"));
    let rising = posted(Rule::Packages, &index_belief(marginal(FallingStep, 1000)), &technology);
    // Within the pool φ is constant, from θ = s/2 + 1/3 with s² - s + 1/6 = 0.
    let start = 0.25 * (1.0 - (1.0_f64 / 3.0).sqrt()) + 1.0 / 3.0;
    assert!((rising.parameters["markup_rises_at"] - start).abs() < 2e-3, "{:?}", rising.parameters);
}

#[test]
fn paper_allocations() {
    let found = posted(Rule::Allocations, &paper_belief(20_000), &paper_technology()).expected;
    close(found.revenue, 139.0 / 480.0, EXACT);
    close(found.profit, 97.0 / 960.0, EXACT);
    close(found.consumer_surplus, 97.0 / 1920.0, EXACT);
    close(found.served_share, 0.5, EXACT);
    close(found.fine_tuned_share, 1.0 / 8.0, EXACT);
}

#[test]
fn paper_benchmarks() {
    let (belief, technology) = (paper_belief(20_000), paper_technology());
    let first_best = posted(Rule::FirstBest, &belief, &technology);
    close(first_best.expected.profit, 97.0 / 480.0, EXACT);
    assert_eq!(first_best.certificate.status, Status::Benchmark);
    let at_cost = posted(Rule::MarginalCost, &belief, &technology).expected;
    assert!(at_cost.profit.abs() < EXACT);
    close(at_cost.consumer_surplus, 97.0 / 480.0, EXACT);
}

/// 1/16 by hand; the others to the seven digits of the reference values. The cuts lie on the belief's points: with
/// cells of 1e-5 the best cut is a few cells off, and the profit by the square of that.
#[test]
fn paper_tiers() {
    let (belief, technology) = (paper_belief(100_000), paper_technology());
    close(posted(Rule::Flat, &belief, &technology).expected.profit, 1.0 / 16.0, 1e-7);
    for (tiers, exact) in [(1, 0.0625), (2, 0.080_602_9), (3, 0.084_288_8), (4, 0.086_627_0)] {
        let menu = posted(Rule::Tiers { tiers }, &belief, &technology);
        assert!((menu.expected.profit - exact).abs() < 6e-8, "{tiers}: {}", menu.expected.profit);
        assert_eq!(menu.parameters["items"], tiers as f64);
    }
}

#[test]
fn paper_pay_as_you_go() {
    let (belief, technology) = (paper_belief(100_000), paper_technology());
    let best = posted(Rule::PayAsYouGo { markup: None, fine_tuning_markup: None }, &belief, &technology);
    assert!((best.expected.profit - 0.049_220_6).abs() < 6e-8, "{}", best.expected.profit);
    assert!((best.parameters["markup"] - 1.702_33).abs() < 1e-4, "{:?}", best.parameters);
    assert!((best.parameters["fine_tuning_markup"] - 0.887_74).abs() < 1e-4, "{:?}", best.parameters);
    let no_tuning = Rule::PayAsYouGo { markup: None, fine_tuning_markup: Some(TuningMarkup::NotForSale) };
    let best = posted(no_tuning, &belief, &technology);
    close(best.expected.profit, 1.0 / 24.0, 1e-9);
    close(best.parameters["markup"], 2.0, 1e-5);
    let given = Rule::PayAsYouGo { markup: Some(1.45), fine_tuning_markup: Some(TuningMarkup::Markup(1.45)) };
    assert!((posted(given, &belief, &technology).expected.profit - 0.041_903).abs() < 6e-7);
}

/// Mussa and Rosen (1978): σ = 1/2, γ = 0, κ = 2, θ ~ U[0, 1]: π(τ) = τ², φ = 2θ - 1, profit 1/6, first-best 1/3.
#[test]
fn mussa_rosen() {
    let technology = Technology::new(TechnologyConfig {
        base_quality: 1.0,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.25 }],
        fine_tuning: None,
    })
    .unwrap();
    let belief = index_belief(marginal(UnitPower(1.0), 10_000));
    close(technology.efficiency(), 2.0, 1e-15);
    close(posted(Rule::Packages, &belief, &technology).expected.profit, 1.0 / 6.0, EXACT);
    close(posted(Rule::FirstBest, &belief, &technology).expected.profit, 1.0 / 3.0, EXACT);
}

/// φ = θ (1 - 1/a): a constant markup a/(a-1), and a profit of π's closed form at the lowest type.
#[test]
fn pareto_markups_are_constant() {
    let technology = paper_technology();
    let shape = 10.0;
    let belief = index_belief(marginal(Pareto { scale: 1.0, shape }, 20_000));
    let menu = posted(Rule::Packages, &belief, &technology);
    // Every type tunes: E[2 φ^4 + 1/8] with E[θ^4] = a/(a-4).
    let shrink = (1.0 - 1.0 / shape) * (1.0 - 1.0 / shape);
    close(menu.expected.profit, 2.0 * shrink * shrink * shape / (shape - 4.0) + 0.125, EXACT);
    let Offer::Packages(packages) = &menu.offer else { panic!("packages") };
    for item in &packages.items()[..packages.items().len() * 9 / 10] {
        close(item.threshold / item.virtual_value, shape / (shape - 1.0), 2e-3);
    }
}

#[test]
fn infinite_surplus_is_refused_with_the_exponents() {
    let belief = index_belief(marginal(Pareto { scale: 1.0, shape: 3.5 }, 1000));
    let refused =
        design(&PostedRule { label: "best".into(), rule: Rule::Packages }, &belief, &paper_technology());
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("rule best") && message.contains("3.5") && message.contains("θ^4"), "{message}");
}

/// MODEL: w in {1, 4} with (.9, .1), s in {.6, 1} with (.5, .5): formula 35.1828, but a larger scale is worth reporting.
#[test]
fn allocations_with_a_profitable_scale_report_fail_their_certificate() {
    use model::belief::{Marginal, Points, ValueScaleBelief};
    let technology = paper_technology();
    let value = Points::new(vec![(1.0, 0.9), (4.0, 0.1)]);
    let scale = Points::new(vec![(0.6, 0.5), (1.0, 0.5)]);
    let index = value
        .iter()
        .flat_map(|(w, f)| scale.iter().map(move |(s, g)| (w * s.sqrt(), f * g)).collect::<Vec<_>>());
    let belief = Belief {
        index: Marginal::exactly(Points::new(index.collect())),
        value_scale: Some(ValueScaleBelief {
            value: Marginal::exactly(value.clone()),
            scale: Marginal::exactly(scale),
        }),
        source: "shelf".into(),
    };
    let rule = PostedRule { label: "allocations".into(), rule: Rule::Allocations };
    let menu = design(&rule, &belief, &technology).unwrap();
    assert!((menu.expected.profit - 35.1828).abs() < 5e-5, "{}", menu.expected.profit);
    assert_eq!(menu.certificate.status, Status::Fails);
    assert!(menu.certificate.failure.unwrap().starts_with("incentive compatibility"));
}
