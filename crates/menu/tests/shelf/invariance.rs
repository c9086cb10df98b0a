//! What must not matter, or only to scale: units of money, the way a belief is written down, the fineness of its points.

use std::sync::Arc;

use crate::laws::{UnitPower, index_belief, marginal, paper_belief, paper_technology};
use menu::{PostedRule, Rule, Seller};
use model::belief::{Belief, Environment, Marginal, Points, ValueScaleBelief};
use model::choice::{Buyer, Choice};
use model::menu::{Item, Menu, MenuRow, Offer, PackageMenu};
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};
use proptest::prelude::*;

fn designed(rule: Rule, belief: &Belief, technology: &Technology) -> Menu {
    let rule = PostedRule { label: rule.kind().into(), round: None, rule };
    Seller::new(technology, belief).unwrap().design(&rule).unwrap()
}

/// Value and scale independent on points, with the index they imply.
fn value_scale(value: Vec<(f64, f64)>, scale: Vec<(f64, f64)>, technology: &Technology) -> Belief {
    let (value, scale) = (Points::new(value), Points::new(scale));
    let complement = 1.0 - technology.sigma();
    let index: Vec<(f64, f64)> = value
        .iter()
        .flat_map(|(w, f)| {
            scale.iter().map(move |(s, g)| (w * libm::pow(s, complement), f * g)).collect::<Vec<_>>()
        })
        .collect();
    let value_scale = Some(ValueScaleBelief {
        value: Marginal::exactly(value),
        scale: Marginal::exactly(scale),
        given_scale: Vec::new(),
    });
    Belief {
        index: Marginal::exactly(Points::new(index)),
        value_scale,
        environment: None,
        source: "shelf".into(),
    }
}

fn technology(factor: f64, ces: bool, maximum: Option<f64>) -> Technology {
    let weights = if ces { [0.4, 0.6] } else { [0.2, 0.3] };
    let token = |class: &str, n: usize, cost: f64| TokenClass {
        class: class.into(),
        exponent: weights[n],
        cost: cost * factor,
    };
    Technology::new(TechnologyConfig {
        base_quality: 0.8,
        aggregator: if ces {
            Aggregator::Ces { substitution: 0.4, returns: 0.5 }
        } else {
            Aggregator::CobbDouglas
        },
        tokens: vec![token("input", 0, 0.1), token("output", 1, 0.4)],
        fine_tuning: Some(FineTuning { exponent: 0.2, cost: 0.3 * factor, maximum }),
    })
    .unwrap()
}

fn weighted(points: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((0.05f64..3.0, 0.01f64..1.0), points)
}

fn same(found: f64, expected: f64, whole: f64) -> Result<(), TestCaseError> {
    prop_assert!((found - expected).abs() <= 1e-10 * whole.abs(), "{found} is not {expected}");
    Ok(())
}

/// Two menus are the same up to the unit of money: `factor` of the first is one of the second.
fn assert_scaled(
    plain: &Menu,
    scaled: &Menu,
    factor: f64,
    technologies: [&Technology; 2],
) -> Result<(), TestCaseError> {
    let (a, b) = (&plain.expected, &scaled.expected);
    for (plain, scaled) in
        [(a.profit, b.profit), (a.revenue, b.revenue), (a.consumer_surplus, b.consumer_surplus)]
    {
        same(scaled / factor, plain, a.revenue)?;
    }
    prop_assert_eq!(a.served_share, b.served_share);
    prop_assert!((a.fine_tuned_share - b.fine_tuned_share).abs() < 1e-12);
    let (plain, scaled) = (plain.rows(technologies[0]), scaled.rows(technologies[1]));
    prop_assert_eq!(plain.len(), scaled.len());
    let money = |row: &MenuRow| [row.threshold, row.payment, row.utility, row.spend].map(Option::unwrap);
    for (plain, scaled) in plain.iter().zip(&scaled) {
        let whole = plain.payment.unwrap();
        for (plain, scaled) in money(plain).into_iter().zip(money(scaled)) {
            same(scaled / factor, plain, whole.max(plain))?;
        }
        let quality = 0.8 + plain.fine_tuning.unwrap();
        same(scaled.fine_tuning.unwrap(), plain.fine_tuning.unwrap(), quality)?;
        same(scaled.tokens[0].unwrap(), plain.tokens[0].unwrap(), plain.tokens[0].unwrap())?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Values and costs times c: payments and profit times c, tokens and tuning as before.
    #[test]
    fn money_has_no_unit(
        value in weighted(1..12), scale in weighted(1..5), log_factor in -12.0f64..12.0,
        ces: bool, capped: bool
    ) {
        let (factor, maximum) = (libm::exp(log_factor), capped.then_some(0.5));
        let (plain, dear) = (technology(1.0, ces, maximum), technology(factor, ces, maximum));
        let scale: Vec<(f64, f64)> = scale.into_iter().map(|(s, mass)| (s / 3.0, mass)).collect();
        let dearer = value.iter().map(|(w, mass)| (w * factor, *mass)).collect();
        let beliefs = [value_scale(value, scale.clone(), &plain), value_scale(dearer, scale, &plain)];
        for rule in [Rule::Packages, Rule::Allocations { types: None }] {
            let menus = [designed(rule.clone(), &beliefs[0], &plain), designed(rule, &beliefs[1], &dear)];
            assert_scaled(&menus[0], &menus[1], factor, [&plain, &dear])?;
        }
    }

    /// Order, zero masses, points cut in two and points written twice.
    #[test]
    fn the_same_belief_written_otherwise_gives_the_same_menu(
        value in weighted(2..12), scale in weighted(2..5), share in 0.1f64..0.9, zero in 0.0f64..4.0
    ) {
        let technology = technology(1.0, false, None);
        let scale: Vec<(f64, f64)> = scale.into_iter().map(|(s, mass)| (s / 3.0, mass)).collect();
        let mut moved = value.clone();
        moved.reverse();
        moved.insert(1, (zero, 0.0));
        let mut split = moved.clone();
        let (node, mass) = split[0];
        split[0].1 = share * mass;
        split.push((node, (1.0 - share) * mass));
        for rule in [Rule::Packages, Rule::Allocations { types: None }] {
            let menu = |value: &Vec<(f64, f64)>| {
                designed(rule.clone(), &value_scale(value.clone(), scale.clone(), &technology), &technology)
            };
            let plain = menu(&value);
            let otherwise = menu(&moved);
            prop_assert_eq!(plain.expected, otherwise.expected);
            prop_assert_eq!(plain.rows(&technology), otherwise.rows(&technology));
            same(menu(&split).expected.profit, plain.expected.profit, plain.expected.profit)?;
            same(menu(&split).expected.consumer_surplus, plain.expected.consumer_surplus, plain.expected.revenue)?;
        }
    }
}

/// Every rule for totals but the benchmarks.
fn rules() -> [Rule; 9] {
    [
        Rule::Packages,
        Rule::Flat,
        Rule::Tiers { tiers: 3 },
        Rule::TwoPartMenu { plans: None, spend_cap: false },
        Rule::TwoPartMenu { plans: Some(2), spend_cap: false },
        Rule::TwoPartMenu { plans: Some(2), spend_cap: true },
        Rule::CommittedSpend { plans: None },
        Rule::PayAsYouGo { markup: None, fine_tuning_markup: None },
        Rule::PayAsYouGo { markup: Some(1.5), fine_tuning_markup: None },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Under every rule: a point cut in two changes nothing, and values and costs times c multiply profit by c.
    #[test]
    fn every_rule_knows_neither_units_nor_copies(
        value in weighted(2..8), log_factor in -6.0f64..6.0, share in 0.1f64..0.9
    ) {
        let factor = libm::exp(log_factor);
        let (plain, dear) = (technology(1.0, false, None), technology(factor, false, None));
        let belief = |weighted: Vec<(f64, f64)>| index_belief(Marginal::exactly(Points::new(weighted)));
        let mut split = value.clone();
        split.reverse();
        split[0].1 *= share;
        split.push((value[value.len() - 1].0, (1.0 - share) * value[value.len() - 1].1));
        let dearer = belief(value.iter().map(|(theta, mass)| (theta * factor, *mass)).collect());
        for rule in rules() {
            // Prices are searched for: profit is flat at its maximum, to the square of what the search resolves.
            let precision = if matches!(rule, Rule::PayAsYouGo { .. }) { 1e-9 } else { 1e-11 };
            let profit = designed(rule.clone(), &belief(value.clone()), &plain).expected.profit;
            let scaled = designed(rule.clone(), &dearer, &dear).expected.profit / factor;
            prop_assert!((scaled - profit).abs() <= precision * profit, "{rule:?}: {scaled} {profit}");
            let other = designed(rule.clone(), &belief(split.clone()), &plain).expected.profit;
            prop_assert!((other - profit).abs() <= precision * profit, "{rule:?}: {other} {profit}");
        }
    }

    /// Two types in closed form: types and tasks in another order, tasks cut in two, a task nobody has.
    #[test]
    fn two_types_over_the_same_tasks_written_otherwise(
        tasks in prop::collection::vec((0.0f64..2.0, 0.0f64..2.0, 0.1f64..1.0), 1..5),
        odds in 0.1f64..0.9, share in 0.1f64..0.9
    ) {
        let plain = binary_profit(&tasks, odds);
        let same = |other: f64, name: &str| {
            prop_assert!((other - plain).abs() <= 1e-10 * plain, "{name}: {other} {plain}");
            Ok(())
        };
        let reversed: Vec<_> = tasks.iter().rev().copied().collect();
        same(binary_profit(&reversed, odds), "tasks reversed")?;
        let swapped: Vec<_> = tasks.iter().map(|(a, b, mass)| (*b, *a, *mass)).collect();
        same(binary_profit(&swapped, 1.0 - odds), "types swapped")?;
        let halves = |(a, b, mass): &(f64, f64, f64)| [(*a, *b, share * mass), (*a, *b, (1.0 - share) * mass)];
        same(binary_profit(&tasks.iter().flat_map(halves).collect::<Vec<_>>(), odds), "tasks cut in two")?;
    }
}

/// Profit of the allocations for two types on tasks (values of both, mass), masses as they come.
fn binary_profit(tasks: &[(f64, f64, f64)], odds: f64) -> f64 {
    let technology = technology(1.0, false, None);
    let total: f64 = tasks.iter().map(|task| task.2).sum();
    let masses: Vec<f64> = tasks.iter().map(|task| task.2 / total).collect();
    let profiles =
        [tasks.iter().map(|task| task.0).collect(), tasks.iter().map(|task| task.1).collect::<Vec<_>>()];
    let index = |profile: &Vec<f64>| model::index::ces_index(profile, &masses, technology.sigma());
    let points = Points::new(vec![(index(&profiles[0]), 1.0 - odds), (index(&profiles[1]), odds)]);
    let environment = Environment {
        masses: masses.clone(),
        probabilities: vec![1.0 - odds, odds],
        values: profiles.concat(),
        sampled: false,
    };
    let belief = Belief { environment: Some(environment), ..index_belief(Marginal::exactly(points)) };
    designed(Rule::Allocations { types: None }, &belief, &technology).expected.profit
}

/// Buying nothing is on every menu; written down, and twice, it changes no choice.
#[test]
fn the_outside_option_may_be_offered_too() {
    let technology = paper_technology();
    let menu = designed(Rule::Tiers { tiers: 3 }, &paper_belief(2000), &technology);
    let Offer::Packages(packages) = &menu.offer else { panic!("packages") };
    let nothing = |threshold: f64| Item {
        threshold,
        virtual_value: 0.0,
        precision: 0.0,
        spend: 0.0,
        fine_tuning: 0.0,
        payment: 0.0,
        utility: 0.0,
    };
    let lowest = packages.items()[0].threshold;
    let with_nothing: Vec<Item> =
        [nothing(0.0), nothing(0.5 * lowest)].into_iter().chain(packages.items().iter().copied()).collect();
    let longer = Offer::Packages(PackageMenu::new(with_nothing));
    for step in 0..=1000 {
        let buyer = Buyer::of_index(&technology, f64::from(step) / 1000.0);
        let (plain, other) = (menu.offer.choose(&technology, &buyer), longer.choose(&technology, &buyer));
        assert_eq!(Choice { item: None, ..plain }, Choice { item: None, ..other });
        assert_eq!(plain.item.map(|item| item + 2), other.item.filter(|item| *item >= 2));
    }
}

/// K equally spaced levels of a law at the middle of their cells, believed in exactly.
fn exactly(power: f64, points: u32) -> Marginal {
    Marginal::exactly(marginal(UnitPower(power), points).points)
}

/// Profits on K = 10, 100, 1000, 10 000 points exceed the continuum's by O(1/K): K times the excess settles.
fn assert_first_order(profits: &[f64], exact: f64) {
    let excess: Vec<f64> =
        profits.iter().zip([10.0, 100.0, 1000.0, 10_000.0]).map(|(profit, k)| k * (profit - exact)).collect();
    assert!(excess.iter().all(|excess| *excess > 0.0), "{excess:?}");
    assert!((excess[3] / excess[2] - 1.0).abs() < 0.02, "{excess:?}");
    assert!((excess[2] / excess[1] - 1.0).abs() < 0.2, "{excess:?}");
}

#[test]
fn packages_on_points_converge_to_the_continuum() {
    let technology = paper_technology();
    let profit =
        |points| designed(Rule::Packages, &index_belief(exactly(2.0, points)), &technology).expected.profit;
    let profits = [10, 100, 1000, 10_000].map(profit);
    assert_first_order(&profits, 97.0 / 1080.0);
    assert!((profits[2] - 0.090_17).abs() < 5e-6, "{profits:?}");
}

/// Shares, revenue and surplus are off by O(1/K) too, shares by that of one point.
#[test]
fn surplus_and_shares_on_points_converge_to_the_continuum() {
    let technology = paper_technology();
    for points in [10, 100, 1000, 10_000] {
        let found = designed(Rule::Packages, &index_belief(exactly(2.0, points)), &technology).expected;
        let exact = [
            (found.consumer_surplus, 97.0 / 1620.0),
            (found.revenue, 139.0 / 540.0),
            (found.served_share, 4.0 / 9.0),
            (found.fine_tuned_share, 1.0 / 9.0),
        ];
        for (found, exact) in exact {
            let off = (found - exact).abs() * f64::from(points);
            assert!(off <= 2.0, "{points} points: {found}, not {exact}");
        }
    }
}

/// Points in value and scale at once, K of each.
#[test]
fn allocations_on_points_of_value_and_scale_converge_to_the_continuum() {
    let technology = paper_technology();
    let profit = |points: u32| {
        let value_scale = ValueScaleBelief {
            value: exactly(1.0, points),
            scale: exactly(1.0, points),
            given_scale: Vec::new(),
        };
        let belief = Belief { value_scale: Some(value_scale), ..index_belief(exactly(2.0, 100)) };
        designed(Rule::Allocations { types: None }, &belief, &technology).expected.profit
    };
    let excess = [10, 20, 40, 80].map(|points| f64::from(points) * (profit(points) - 97.0 / 960.0));
    assert!(excess.iter().all(|excess| *excess > 0.0), "{excess:?}");
    assert!((excess[2] / excess[1] - 1.0).abs() < 0.02, "{excess:?}");
    assert!((excess[3] / excess[2] - 1.0).abs() < 0.01, "{excess:?}");
}

#[test]
fn allocations_on_points_converge_to_the_continuum() {
    let technology = paper_technology();
    let profit = |points| {
        let value_scale = ValueScaleBelief {
            value: exactly(1.0, points),
            scale: Marginal {
                points: exactly(1.0, 100).points,
                law: Some(Arc::new(UnitPower(1.0))),
                sample: None,
            },
            given_scale: Vec::new(),
        };
        let belief = Belief {
            index: exactly(2.0, 100),
            value_scale: Some(value_scale),
            environment: None,
            source: "shelf".into(),
        };
        designed(Rule::Allocations { types: None }, &belief, &technology).expected.profit
    };
    assert_first_order(&[10, 100, 1000, 10_000].map(profit), 97.0 / 960.0);
}
