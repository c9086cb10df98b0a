//! The paper's uniform example, simulated: every figure within four standard errors of its exact value.

use model::summary::{Estimate, RuleSummary};
use sim::progress::Silent;
use sim::{Market, design};

use super::support::{market, run_in_new_folder};

#[track_caller]
fn within_four_errors(name: &str, found: Estimate, exact: f64) {
    let distance = (found.mean - exact) / found.se;
    assert!(
        distance.abs() <= 4.0,
        "{name}: {} ± {} is {distance:.2} errors from {exact}",
        found.mean,
        found.se
    );
    assert!(
        found.se < 0.01 * exact.abs(),
        "{name}: a standard error of {} shows nothing about {exact}",
        found.se
    );
}

fn four_million() -> Market {
    market("paper-uniform", &["run.users=4_000_000", "run.record=none"])
}

/// Twenty comparisons at four standard errors: a false alarm once in 800 seeds; this seed is fixed.
#[test]
fn four_million_buyers_agree_with_the_exact_fractions() {
    let (_out, report) = run_in_new_folder(&four_million(), 2);
    let rule = |label: &str| -> RuleSummary {
        report.summary.rules.iter().find(|rule| rule.rule == label).unwrap().clone()
    };
    let packages = rule("packages");
    within_four_errors("packages revenue", packages.revenue, 139.0 / 540.0);
    within_four_errors("packages profit", packages.profit, 97.0 / 1080.0);
    within_four_errors("packages consumer surplus", packages.consumer_surplus, 97.0 / 1620.0);
    within_four_errors("packages served", packages.served_share, 4.0 / 9.0);
    within_four_errors("packages fine-tuned", packages.fine_tuned_share, 1.0 / 9.0);
    let allocations = rule("allocations");
    within_four_errors("allocations revenue", allocations.revenue, 139.0 / 480.0);
    within_four_errors("allocations profit", allocations.profit, 97.0 / 960.0);
    within_four_errors("allocations consumer surplus", allocations.consumer_surplus, 97.0 / 1920.0);
    within_four_errors("allocations served", allocations.served_share, 0.5);
    within_four_errors("allocations fine-tuned", allocations.fine_tuned_share, 1.0 / 8.0);
    within_four_errors("first-best profit", rule("first-best").profit, 97.0 / 480.0);
    within_four_errors("marginal-cost surplus", rule("marginal-cost").consumer_surplus, 97.0 / 480.0);
    within_four_errors("pay-as-you-go profit", rule("pay-as-you-go").profit, 0.049_220_6);
    within_four_errors("flat profit", rule("flat").profit, 1.0 / 16.0);
    within_four_errors("two tiers profit", rule("two-tiers").profit, 0.080_602_9);
    within_four_errors("three tiers profit", rule("three-tiers").profit, 0.084_288_8);
    // The value of contractible allocations, paired on the same buyers: 97/960 - 97/1080.
    within_four_errors("allocations minus packages", allocations.profit_difference, 97.0 / 8640.0);
    within_four_errors("share of first-best", packages.profit_share_of_first_best, 4.0 / 9.0);
}

/// `design` alone, through the population's own law and the shipped file.
#[test]
fn design_alone_gives_the_exact_fractions() {
    let designed = design(&four_million(), &Silent).unwrap();
    let profits = [
        ("packages", 97.0 / 1080.0, 1e-10),
        ("allocations", 97.0 / 960.0, 1e-10),
        ("first-best", 97.0 / 480.0, 1e-10),
        ("flat", 1.0 / 16.0, 1e-7),
        ("pay-as-you-go", 0.049_220_6, 2e-6),
        ("two-tiers", 0.080_602_9, 1e-6),
        ("three-tiers", 0.084_288_8, 1e-6),
    ];
    for (label, exact, relative) in profits {
        let menu = designed.menus.iter().find(|menu| menu.label == label).unwrap();
        let found = menu.expected.profit;
        assert!((found / exact - 1.0).abs() < relative, "{label}: {found} is not {exact}");
    }
    assert!(designed.warnings.is_empty(), "{:?}", designed.warnings);
}

/// Plans of every rule earn what their design expects; three comparisons for each of six rules at four standard errors: a
/// false alarm once in 800 seeds, and this seed is fixed.
#[test]
fn plans_earn_what_they_are_expected_to() {
    let market = market("paper-plans", &[]);
    let designed = design(&market, &Silent).unwrap();
    let (_out, report) = run_in_new_folder(&market, 2);
    for (menu, found) in designed.menus.iter().zip(&report.summary.rules) {
        assert_eq!(menu.label, found.rule);
        within_four_errors(&format!("{} profit", menu.label), found.profit, menu.expected.profit);
        within_four_errors(&format!("{} revenue", menu.label), found.revenue, menu.expected.revenue);
        let surplus = menu.expected.consumer_surplus;
        within_four_errors(&format!("{} consumer surplus", menu.label), found.consumer_surplus, surplus);
    }
    let rule = |label: &str| report.summary.rules.iter().find(|rule| rule.rule == label).unwrap();
    // Committed spend gives every buyer her package: paired on the same buyers nothing is left but rounding.
    let committed = rule("committed-spend");
    assert!(committed.profit_difference.mean.abs() < 1e-12, "{:?}", committed.profit_difference);
    assert_eq!((committed.better_off_share.mean, committed.worse_off_share.mean), (0.0, 0.0));
    let (budgets, capped) = (rule("three-budgets").profit, rule("three-capped").profit);
    assert!((budgets.mean - capped.mean).abs() < 1e-12, "{budgets:?} {capped:?}");
}
