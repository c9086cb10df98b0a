//! Allocations for profiles of values, faced by whole markets.

use model::summary::RuleSummary;
use sim::progress::Silent;
use sim::{RunReport, design};

use super::support::{market, run_in_new_folder};

fn rule(report: &RunReport, label: &str) -> RuleSummary {
    report.summary.rules.iter().find(|rule| rule.rule == label).unwrap().clone()
}

/// λ = 2/15: both participation constraints bind, so nobody keeps anything and welfare is profit.
#[test]
fn two_types_pay_what_the_closed_form_says() {
    let (_out, report) = run_in_new_folder(&market("binary", &["run.users=1_000_000"]), 2);
    let allocations = rule(&report, "allocations");
    let (profit, surplus) = (allocations.profit, allocations.consumer_surplus);
    assert!((profit.mean - 0.487_561).abs() < 4.0 * profit.se && profit.se < 1e-3, "{profit:?}");
    assert!(surplus.mean < 1e-14 && allocations.served_share.mean == 1.0, "{surplus:?}");
    // The value of contractible allocations, paired on the same buyers.
    let difference = allocations.profit_difference;
    assert!(difference.mean > 100.0 * difference.se, "{difference:?}");
    assert!(report.summary.warnings.is_empty(), "{:?}", report.summary.warnings);
}

/// Simulated buyers are neither those of the design nor the fresh ones: all three figures agree within their errors.
#[test]
fn representatives_earn_from_strangers_what_is_said() {
    let market = market("two-tasks", &[]);
    let menus = design(&market, &Silent).unwrap().menus;
    let menu = menus.iter().find(|menu| menu.label == "allocations").unwrap();
    let said = menu.parameters["out_of_sample_profit"];
    let said_error = menu.parameters["out_of_sample_profit_se"];
    let (_out, report) = run_in_new_folder(&market, 2);
    let found = rule(&report, "allocations").profit;
    let apart = (found.mean - said) / (found.se * found.se + said_error * said_error).sqrt();
    assert!(apart.abs() < 4.0, "{found:?} {said} ± {said_error}");
    assert!((menu.expected.profit / said - 1.0).abs() < 0.05, "{} {said}", menu.expected.profit);
    // The types alone promise more than strangers keep.
    assert!(menu.parameters["profit_from_types"] > said + 4.0 * said_error);
    let first_best = menus.iter().find(|menu| menu.label == "first-best").unwrap().expected.profit;
    assert!(said < first_best);
}

#[test]
fn beliefs_about_other_tasks_are_refused() {
    let other = [
        "belief.source=law",
        "belief.population={ family = \"finite\", masses = [1.0], types = [{ probability = 1.0, values = [1.0] }] }",
    ];
    let refused = design(&market("two-tasks", &other), &Silent).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("other tasks"), "{refused}");
}
