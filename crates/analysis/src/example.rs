//! A hand-made summary for tests, with an awkward case in every corner.

use std::collections::BTreeMap;

use model::summary::{
    Churn, Decile, Estimate, FirstBest, Further, GroupPair, GroupRule, Pair, RuleSummary, SCHEMA,
    StandardErrors, Summary, Warning,
};

fn estimate(mean: f64, se: f64) -> Estimate {
    Estimate { mean, se }
}

/// A rule by profit, consumer surplus and their differences to `packages`; the rest follows.
fn rule(label: &str, kind: &str, profit: Estimate, surplus: Estimate, served: f64) -> RuleSummary {
    let input = estimate(0.211, 0.000_31);
    let loss = 0.202_083 - profit.mean - surplus.mean;
    let undefined_at_cost = |estimate: Estimate| (kind != "marginal-cost").then_some(estimate);
    let rule = RuleSummary {
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
        profit_share_of_optimum: undefined_at_cost(estimate(profit.mean / 0.089_812, 0.001)),
        expected_profit: Some(estimate(profit.mean + 0.001, 0.0)),
        belief_loss: None,
        further: Further {
            exclusion_loss: Some(estimate(0.4 * loss, 0.000_03)),
            distortion_loss: Some(estimate(0.6 * loss, 0.000_04)),
            top_1_revenue_share: Some(estimate(0.094, 0.000_8)),
            top_10_revenue_share: Some(estimate(0.55, 0.001_1)),
            markup: Some(estimate(1.0 + profit.mean / 0.1, 0.001_2)),
            marginal_markup: Some(estimate(1.31, 0.000_9)),
            token_price_elasticity: (kind == "two-part").then(|| estimate(-2.4, 0.02)),
        },
        churn: Churn::default(),
        tokens: BTreeMap::from([("input".into(), input), ("output".into(), input)]),
        totals: BTreeMap::new(),
    };
    RuleSummary { totals: rule.totals_over(1_000_000), ..rule }
}

/// Two groups of buyers in which rules earn what they earn.
fn deciles(rules: &[RuleSummary]) -> Vec<Decile> {
    let of = |rule: &RuleSummary| GroupRule {
        rule: rule.rule.clone(),
        profit: rule.profit,
        revenue: rule.revenue,
        consumer_surplus: rule.consumer_surplus,
        served_share: rule.served_share,
        markup: rule.further.markup,
        marginal_markup: rule.further.marginal_markup,
        against_baseline: None,
    };
    let decile = |decile, index_low, index_high, users| Decile {
        decile,
        index_low,
        index_high,
        users,
        rules: rules.iter().map(of).collect(),
    };
    vec![decile(1, 0.0, Some(0.25), 400_000), decile(2, 0.25, None, 600_000)]
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
        profit_ratio: None,
        churn: Churn {
            leave_share: Some(share(gain < 0.0)),
            join_share: Some(share(gain > 0.0)),
            move_share: Some(share(true)),
            revenue_at_risk: Some(estimate(0.012, 0.000_07)),
            revenue_at_risk_share: Some(estimate(0.063, 0.000_4)),
        },
        // Recorded one way round.
        by_decile: if rule.rule > baseline.rule { Vec::new() } else { vec![Some(group(rule, baseline)); 2] },
        by_segment: Vec::new(),
    }
}

fn group(rule: &RuleSummary, baseline: &RuleSummary) -> GroupPair {
    let sign = if rule.rule == "flat" && baseline.rule == "packages" { -1.0 } else { 1.0 };
    GroupPair {
        profit_difference: estimate(sign * 0.021, 0.001_1),
        consumer_surplus_difference: estimate(sign * 0.033, 0.001_3),
        better_off_share: estimate(0.2, 0.001),
        worse_off_share: estimate(0.7, 0.001),
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
        optimum: "packages".into(),
        warnings: vec![Warning {
            code: "rising-markup".into(),
            message: "the tail index is 3.1 < 4 & falls.".into(),
        }],
        first_best: FirstBest { profit: estimate(0.202_083, 0.000_21) },
        by_decile: deciles(&rules),
        rules,
        by_segment: Vec::new(),
        pairs,
    };
    summary.with_baseline("packages").unwrap()
}
