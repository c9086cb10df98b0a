//! A hand-made summary for tests, with an awkward case in every corner.

use std::collections::BTreeMap;

use model::summary::{Estimate, FirstBest, Pair, RuleSummary, SCHEMA, StandardErrors, Summary, Warning};

fn estimate(mean: f64, se: f64) -> Estimate {
    Estimate { mean, se }
}

/// A rule by profit, consumer surplus and their differences to `packages`; the rest follows.
fn rule(label: &str, kind: &str, profit: Estimate, surplus: Estimate, served: f64) -> RuleSummary {
    let input = estimate(0.211, 0.000_31);
    let loss = 0.202_083 - profit.mean - surplus.mean;
    RuleSummary {
        rule: label.into(),
        kind: kind.into(),
        profit,
        revenue: estimate(profit.mean + 0.1, 0.000_2),
        cost: estimate(0.1, 0.000_11),
        consumer_surplus: surplus,
        welfare: estimate(profit.mean + surplus.mean, 0.000_21),
        deadweight_loss: if loss > 1e-12 { estimate(loss, 0.000_052) } else { Estimate::default() },
        served_share: estimate(served, if served < 1.0 { 0.000_5 } else { 0.0 }),
        fine_tuned_share: estimate(0.111_2, 0.000_31),
        profit_difference: Estimate::default(),
        consumer_surplus_difference: Estimate::default(),
        better_off_share: Estimate::default(),
        worse_off_share: Estimate::default(),
        profit_share_of_first_best: estimate(profit.mean / 0.202_083, 0.000_37),
        tokens: BTreeMap::from([("input".into(), input), ("output".into(), input)]),
    }
}

fn pair(rule: &RuleSummary, baseline: &RuleSummary) -> Pair {
    let moved = rule.rule != baseline.rule;
    let gain = rule.consumer_surplus.mean - baseline.consumer_surplus.mean;
    let share =
        |gains: bool| if moved && gains { estimate(0.381_2, 0.000_49) } else { estimate(0.000_2, 0.000_02) };
    let difference = |mean: f64| if moved { estimate(mean, 0.000_044) } else { Estimate::default() };
    Pair {
        rule: rule.rule.clone(),
        baseline: baseline.rule.clone(),
        profit_difference: difference(rule.profit.mean - baseline.profit.mean),
        consumer_surplus_difference: difference(gain),
        better_off_share: share(gain > 0.0),
        worse_off_share: share(gain < 0.0),
    }
}

/// The paper's uniform example, roughly, with `packages` as the baseline.
pub(crate) fn summary() -> Summary {
    let rules = vec![
        rule("first-best", "first-best", estimate(0.202_083, 0.000_21), Estimate::default(), 1.0),
        // The rounding of payment minus cost must not pass for a profit.
        rule("marginal-cost", "marginal-cost", estimate(3e-18, 1e-20), estimate(0.202_083, 0.000_21), 1.0),
        rule("flat", "tiers", estimate(0.062_48, 0.000_11), estimate(0.031_1, 0.000_09), 0.25),
        rule("two_part, 3", "two-part", estimate(0.082_5, 0.000_12), estimate(0.061_2, 0.000_087), 0.4),
        rule("packages", "packages", estimate(0.089_812, 0.000_13), estimate(0.059_9, 0.000_088), 0.444_4),
    ];
    let pairs = rules.iter().flat_map(|a| rules.iter().map(|b| pair(a, b))).collect();
    let summary = Summary {
        schema: SCHEMA,
        run: "paper-uniform/0a1b2c3d4e5f-7".into(),
        users: 1_000_000,
        standard_errors: StandardErrors::Buyers,
        baseline: "packages".into(),
        warnings: vec![Warning {
            code: "rising-markup".into(),
            message: "the tail index is 3.1 < 4 & falls.".into(),
        }],
        first_best: FirstBest { profit: estimate(0.202_083, 0.000_21) },
        rules,
        by_decile: Vec::new(),
        by_segment: Vec::new(),
        pairs,
    };
    summary.with_baseline("packages").unwrap()
}
