//! Allocations for value and scale: aggregates, markups, and what contracting on totals costs.

use super::{Claim, Expected, Statement, designed, equals};
use crate::laws::{Pareto, ShiftedPareto, UnitPower, index_belief, marginal, paper_belief, paper_technology};
use menu::Rule;
use model::belief::{Belief, Marginal, Points, ValueScaleBelief};
use model::choice::Buyer;
use model::menu::{Menu, Offer};

const AGGREGATE: Claim = Claim {
    claim: "Buyers with one aggregate τ = φ(w) s^{1-σ} choose the same fine-tuning and total spend",
    place: "value-scale heterogeneity; abstract",
};
const INTENSIVE: Claim = Claim {
    claim: "Of buyers with one τ, larger scale faces the higher markup where w/φ(w) falls",
    place: "two-part tariffs; abstract: more intensive users",
};
const SCALE: Claim = Claim {
    claim: "Screening on the value alone is optimal: no other scale is worth reporting",
    place: "value-scale heterogeneity",
};
const TOTALS: Claim =
    Claim { claim: "Contracting on totals only costs 1/9 of profit", place: "uniform example" };

pub(super) fn statements() -> Vec<Statement> {
    let uniform = allocations(&paper_belief(20_000));
    let of_values = |law: Marginal| allocations(&with_values(law));
    let shifted = of_values(marginal(ShiftedPareto, 20_000));
    let constant = of_values(marginal(Pareto { scale: 1.0, shape: 10.0 }, 20_000));
    let mut statements = vec![
        AGGREGATE.holds(
            "uniform example, 4 τ on 5 scales: largest relative spread of tokens and of b + z",
            Expected::AtMost(2e-3),
            spread(&uniform, |tau, scaled| 0.5 * (1.0 + tau / scaled)),
        ),
        AGGREGATE.breaks(
            "the same with one θ instead of one τ",
            Expected::Above(0.5),
            spread(&uniform, |theta, scaled| theta / scaled),
        ),
        INTENSIVE.holds(
            "uniform example: smallest rise of the markup from a scale to the next",
            Expected::Above(0.01),
            rises(&uniform, (&LEVELS, &SCALES), |tau, scaled| 0.5 * (1.0 + tau / scaled)).0,
        ),
        INTENSIVE.breaks(
            "w Pareto, w/φ constant: largest change of the markup",
            Expected::AtMost(2e-3),
            rises(&constant, (&LARGE_LEVELS, &LARGE_SCALES), |tau, scaled| tau / scaled / 0.9).1.abs(),
        ),
        INTENSIVE.breaks(
            "w shifted Pareto, w/φ rises: largest rise of the markup, a fall",
            Expected::AtMost(-1e-3),
            rises(&shifted, (&LARGE_LEVELS, &LARGE_SCALES), |tau, scaled| (tau / scaled - 0.1) / 0.8).1,
        ),
    ];
    statements.extend(scale_reports(&uniform));
    statements.extend(totals(&uniform));
    statements
}

fn allocations(belief: &Belief) -> Menu {
    designed(Rule::Allocations { types: None }, belief, &paper_technology())
}

/// Values of this law, scale uniform; the law of the index does not enter allocations.
fn with_values(value: Marginal) -> Belief {
    let value_scale = ValueScaleBelief {
        value: value.clone(),
        scale: marginal(UnitPower(1.0), 1000),
        given_scale: Vec::new(),
    };
    Belief { value_scale: Some(value_scale), ..index_belief(value) }
}

/// Scales, and levels of τ that values reach at all of them.
const SCALES: [f64; 5] = [0.3, 0.5, 0.7, 0.9, 1.0];
const LEVELS: [f64; 4] = [0.1, 0.25, 0.4, 0.52];
/// The same where values are 1 at least.
const LARGE_SCALES: [f64; 5] = [0.8, 0.85, 0.9, 0.95, 1.0];
const LARGE_LEVELS: [f64; 4] = [0.96, 0.98, 1.0, 1.02];

/// The largest relative spread over scales of spend and b + z, for buyers whose value at a level and s^{1-σ} is given.
fn spread(menu: &Menu, value: impl Fn(f64, f64) -> f64) -> f64 {
    let technology = paper_technology();
    let mut worst = 0.0f64;
    for level in LEVELS {
        let bought = SCALES.map(|scale| {
            let buyer = Buyer::of_value_scale(&technology, value(level, scale.sqrt()), scale);
            let choice = menu.offer.choose(&technology, &buyer);
            [choice.spend, technology.base_quality() + choice.fine_tuning]
        });
        for figure in 0..2 {
            let of = |pick: fn(f64, f64) -> f64| bought.iter().map(|b| b[figure]).reduce(pick).unwrap();
            worst = worst.max(1.0 - of(f64::min) / of(f64::max));
        }
    }
    worst
}

/// The smallest and largest rise of the markup w/φ of the item chosen, from each scale to the next larger at one τ.
fn rises(menu: &Menu, (levels, scales): (&[f64], &[f64]), value: impl Fn(f64, f64) -> f64) -> (f64, f64) {
    let Offer::Allocations(tiers) = &menu.offer else { panic!("tiers in the value") };
    let markup = |level: f64, scale: f64| {
        let value = value(level, scale.sqrt());
        let tier = tiers.thresholds().partition_point(|threshold| *threshold <= value) - 1;
        tiers.thresholds()[tier] / tiers.virtual_values()[tier]
    };
    let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
    for level in levels {
        for pair in scales.windows(2) {
            let rise = markup(*level, pair[1]) - markup(*level, pair[0]);
            (smallest, largest) = (smallest.min(rise), largest.max(rise));
        }
    }
    (smallest, largest)
}

fn scale_reports(uniform: &Menu) -> [Statement; 2] {
    let pair = |nodes: [(f64, f64); 2]| Marginal::exactly(Points::new(nodes.to_vec()));
    let value = pair([(1.0, 0.9), (4.0, 0.1)]);
    let value_scale = ValueScaleBelief {
        scale: pair([(0.6, 0.5), (1.0, 0.5)]),
        value: value.clone(),
        given_scale: Vec::new(),
    };
    let binding = allocations(&Belief { value_scale: Some(value_scale), ..index_belief(value) });
    let gain = |menu: &Menu| menu.parameters.get("formula_violation").copied().unwrap_or(0.0);
    [
        SCALE.holds("uniform example: most that any buyer gains, $", Expected::AtMost(0.0), gain(uniform)),
        SCALE.breaks(
            "w in {1, 4}, s in {.6, 1}, where φ is flat and all tune: most that a buyer gains, $",
            Expected::Above(1e-3),
            gain(&binding),
        ),
    ]
}

fn totals(uniform: &Menu) -> Vec<Statement> {
    let technology = paper_technology();
    let lost = |belief: &Belief, allocations: &Menu| {
        1.0 - designed(Rule::Packages, belief, &technology).expected.profit / allocations.expected.profit
    };
    let uniform_belief = paper_belief(20_000);
    // With one scale, the index is the value.
    let one_scale = with_scale(1.0);
    vec![
        TOTALS.holds(
            "uniform example: profit of packages",
            equals(97.0 / 1080.0, "97/1080", 1e-11),
            designed(Rule::Packages, &uniform_belief, &technology).expected.profit,
        ),
        TOTALS.holds(
            "uniform example: profit of allocations",
            equals(97.0 / 960.0, "97/960", 1e-11),
            uniform.expected.profit,
        ),
        TOTALS.holds(
            "uniform example: 1 - packages/allocations",
            equals(1.0 / 9.0, "1/9", 1e-10),
            lost(&uniform_belief, uniform),
        ),
        TOTALS.breaks(
            "w uniform and s = 1 for all, nothing hidden in the total: 1 - packages/allocations",
            Expected::AtMost(1e-10),
            lost(&one_scale, &allocations(&one_scale)).abs(),
        ),
    ]
}

/// Uniform values, and one scale.
fn with_scale(scale: f64) -> Belief {
    let value = marginal(UnitPower(1.0), 20_000);
    let scale = Marginal::exactly(Points::new(vec![(scale, 1.0)]));
    let value_scale = ValueScaleBelief { value: value.clone(), scale, given_scale: Vec::new() };
    Belief { value_scale: Some(value_scale), ..index_belief(value) }
}
