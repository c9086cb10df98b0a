mod by_hand;

use proptest::prelude::*;

use super::*;
use crate::choice::Choice;
use crate::menu::ChoiceColumns;
use crate::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};

fn technology(aggregator: Aggregator) -> Technology {
    let token = |class: &str, exponent, cost| TokenClass { class: class.into(), exponent, cost };
    let weight =
        |exponent: f64| if aggregator == Aggregator::CobbDouglas { exponent } else { 2.0 * exponent };
    Technology::new(TechnologyConfig {
        aggregator,
        base_quality: 0.7,
        tokens: vec![
            token("input", weight(0.15), 3.0),
            token("cached", weight(0.05), 0.3),
            token("output", weight(0.3), 15.0),
        ],
        fine_tuning: Some(FineTuning { exponent: 0.3, cost: 25.0, maximum: Some(6.0) }),
    })
    .unwrap()
}

fn cobb_douglas() -> Technology {
    technology(Aggregator::CobbDouglas)
}

/// A plan of every kind: tariffs, packages, allowances in $ and by class, caps, tuning included, sold, or both.
fn plans() -> Vec<Plan> {
    let prices = vec![5.0, 0.5, 30.0];
    let plan = |allowance, over, fine_tuning, fine_tuning_price| Plan {
        fee: 0.4,
        prices: prices.clone(),
        allowance,
        over,
        fine_tuning,
        fine_tuning_price,
    };
    let sold = Over::Prices { limit: f64::INFINITY };
    vec![
        plan(Allowance::Spend(0.0), sold, 0.0, None),
        plan(Allowance::Spend(0.0), sold, 0.0, Some(20.0)),
        plan(Allowance::Spend(2.0), sold, 1.0, Some(30.0)),
        plan(Allowance::Spend(2.0), Over::Prices { limit: 9.0 }, 0.5, Some(40.0)),
        plan(Allowance::Spend(3.0), Over::Stop, 1.0, None),
        plan(Allowance::Spend(3.0), Over::Stop, 0.0, Some(10.0)),
        plan(Allowance::Tokens(vec![0.2, 1.0, 0.0]), sold, 0.0, None),
        plan(Allowance::Tokens(vec![0.2, 4.0, 0.05]), sold, 0.5, Some(30.0)),
        plan(Allowance::Tokens(vec![0.2, 1.0, 0.05]), Over::Stop, 0.0, Some(30.0)),
    ]
}

fn one(technology: &Technology, plan: &Plan) -> PlanMenu {
    PlanMenu::posted(technology, vec![plan.clone()])
}

/// Payment by the terms alone, and value by the definition of the technology.
fn utility(technology: &Technology, plan: &Plan, index: f64, tokens: &[f64], tuning: f64) -> Option<f64> {
    let payment = plan.payment(tokens, tuning, 1e-12)?;
    Some(index * technology.precision_of_tokens(tokens, tuning) - payment)
}

/// All buyers at once and each alone, bit for bit: in long runs on a piece and one by one, with nobody's index among them, of
/// menus with a free plan and with powers of every kind.
#[test]
fn columns_are_chosen_as_one_by_one() {
    let technology = cobb_douglas();
    let free = Plan { fee: 0.0, ..plans().swap_remove(4) };
    let menus = [plans(), vec![free.clone()], plans().into_iter().chain([free]).collect()];
    for (plans, spacing) in menus.into_iter().flat_map(|plans| [(plans.clone(), 0.002), (plans, 0.5)]) {
        let menu = PlanMenu::posted(&technology, plans);
        let ascending =
            (0..2000).map(|step| 0.3 * libm::exp(f64::from(step) * spacing)).filter(|index| *index < 1e3);
        let indices: Vec<f64> =
            std::iter::repeat_n(0.0, 20).chain(ascending).chain([1.0, 0.0, 5.0]).collect();
        let powers = technology.power_columns(&indices);
        let rows = powers.index.len();
        let mut item = vec![7; rows];
        let mut figures = [(); 5].map(|()| vec![f64::NAN; rows]);
        let [spend, fine_tuning, payment, gross_value, utility] = &mut figures;
        let mut columns =
            ChoiceColumns { item: &mut item, spend, fine_tuning, payment, gross_value, utility };
        menu.choose_all(&powers, &mut columns);
        for row in 0..rows {
            let alone = menu.choose(&powers.of(row));
            assert_eq!(item[row], alone.item.unwrap_or(ChoiceColumns::NOTHING), "{}", powers.index[row]);
            let expected = [alone.spend, alone.fine_tuning, alone.payment, alone.gross_value, alone.utility];
            assert_eq!(figures.each_ref().map(|figure| figure[row]), expected, "{}", powers.index[row]);
        }
        assert!(item.iter().any(|item| *item != ChoiceColumns::NOTHING));
        let (from, chosen) = (menu.sold_from(), |index| menu.choose(&technology.powers(index)).item);
        assert!(from == 0.0 || chosen(from).is_some() && chosen(from.next_down()).is_none(), "{from}");
        assert!(chosen(from.next_up()).is_some());
    }
}

/// What is chosen is worth and paid what definitions say, and no step in any class or in tuning, alone or together, is better.
/// Utility is concave, so that a local optimum is the optimum.
#[test]
fn the_closed_form_is_the_optimum_of_every_kind_of_plan() {
    let ces = technology(Aggregator::Ces { substitution: 0.6, returns: 0.5 });
    for technology in [&cobb_douglas(), &ces] {
        for plan in plans() {
            if plan.check(technology).is_err() {
                continue;
            }
            let menu = one(technology, &plan);
            let mut kinks = std::collections::BTreeSet::new();
            for step in 0..160 {
                let index = libm::exp(f64::from(step) * 0.05) * 0.5;
                let taken = menu.take(0, &technology.powers(index));
                let tokens = menu.tokens(&taken);
                kinks.insert(menu.starts().partition_point(|start| *start <= index));
                let exact = utility(technology, &plan, index, &tokens, taken.fine_tuning).unwrap();
                let scale = taken.gross_value;
                assert!(
                    (exact - taken.utility).abs() <= 1e-12 * scale,
                    "{plan:?} {index}: {exact} {taken:?}"
                );
                assert!((technology.cost_of_tokens(&tokens) - taken.spend).abs() <= 1e-12 * taken.spend);
                for other in neighbours(&tokens, taken.fine_tuning, technology.base_quality()) {
                    if other.1 < plan.fine_tuning || other.1 > 6.0 {
                        continue;
                    }
                    if let Some(found) = utility(technology, &plan, index, &other.0, other.1) {
                        assert!(
                            found <= exact + 1e-11 * scale,
                            "{plan:?} {index}: {other:?} {found} > {exact}"
                        );
                    }
                }
            }
            assert!(!kinks.is_empty());
        }
    }
}

/// Bundles around one: every class and tuning scaled by steps, in all combinations.
fn neighbours(tokens: &[f64], tuning: f64, base: f64) -> Vec<(Vec<f64>, f64)> {
    let steps = [0.7, 0.999, 1.0, 1.001, 1.3];
    let mut found = Vec::new();
    for a in steps {
        for b in steps {
            for c in steps {
                for d in steps {
                    let other = vec![tokens[0] * a, tokens[1] * b, tokens[2] * c];
                    found.push((other, (base + tuning) * d - base));
                }
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// The envelope against trying every plan, for all kinds together with random fees and prices.
    #[test]
    fn everyone_chooses_the_best_plan(
        kinds in prop::collection::vec((0usize..9, 0.0f64..20.0, 0.3f64..3.0, 0.1f64..5.0), 1..9)
    ) {
        let technology = cobb_douglas();
        let menu_of: Vec<Plan> = kinds.iter().map(|(kind, fee, dearer, larger)| {
            let mut plan = plans()[*kind].clone();
            plan.fee = *fee;
            plan.prices.iter_mut().for_each(|price| *price *= dearer);
            match &mut plan.allowance {
                Allowance::Spend(spend) => *spend *= larger.min(4.0),
                Allowance::Tokens(tokens) => tokens.iter_mut().for_each(|x| *x *= larger),
            }
            plan
        }).collect();
        let menu = PlanMenu::posted(&technology, menu_of);
        for step in -100..300 {
            let index = libm::exp(f64::from(step) * 0.04);
            let powers = technology.powers(index);
            let chosen = menu.choose(&powers);
            let all: Vec<Choice> = (0..kinds.len()).map(|plan| menu.take(plan, &powers)).collect();
            let best = all.iter().map(|choice| choice.utility).fold(0.0, f64::max);
            let scale = all.iter().map(|choice| choice.gross_value).fold(0.0, f64::max);
            prop_assert!((chosen.utility - best).abs() <= 1e-11 * scale, "{index}: {chosen:?} but {best}");
            if chosen.item.is_none() {
                prop_assert!(best <= 1e-11 * scale);
            }
        }
    }
}

#[test]
fn ties_go_to_the_seller() {
    let technology = cobb_douglas();
    let package = |fee, spend| Plan::package(&technology, fee, spend, 0.0);
    let precision = |spend: f64| technology.package_precision(spend, 0.0);
    // θ = 20 is indifferent to nothing, θ = 50 between the packages; thresholds are no part of what is posted.
    let low = package(20.0 * precision(1.0), 1.0);
    let high = package(low.fee + 50.0 * (precision(3.0) - precision(1.0)), 3.0);
    let item = |menu: &PlanMenu, index: f64| menu.choose(&technology.powers(index)).item;
    let menu = PlanMenu::posted(&technology, vec![high.clone(), low.clone()]);
    let items = [19.99, 20.0, 49.99, 50.0].map(|index| item(&menu, index));
    assert_eq!(items, [None, Some(1), Some(1), Some(0)]);
    assert!(menu.choose(&technology.powers(20.0)).utility.abs() < 1e-11);
    // Below cost the seller would rather not sell: the indifferent buy nothing, and stay with less.
    let loss = package(0.5 * precision(1.0), 1.0);
    let more = package(loss.fee + 1.5 * (precision(3.0) - precision(1.0)), 3.0);
    let menu = PlanMenu::posted(&technology, vec![loss, more]);
    let items = [0.5, 0.5001, 1.5, 1.5001].map(|index| item(&menu, index));
    assert_eq!(items, [None, Some(0), Some(0), Some(1)]);
    // Equal plans: the first.
    let twins = PlanMenu::posted(&technology, vec![low.clone(), low]);
    assert_eq!(twins.choose(&technology.powers(30.0)).item, Some(0));
    assert!(twins.thresholds()[1].is_nan());
}

/// Plans that all meet at one index, in whatever order they are posted: below it the smallest is taken and above it the largest,
/// with nothing in between out of turn.
#[test]
fn plans_that_meet_at_one_index_come_in_order() {
    let technology = cobb_douglas();
    let (meeting, utility) = (7.5, 0.4);
    let package = |spend: f64| {
        let fee = meeting * technology.package_precision(spend, 0.0) - utility;
        Plan::package(&technology, fee, spend, 0.0)
    };
    let spends = [0.3, 1.1, 2.7, 4.1];
    for order in 0..24 {
        // The digits of a number count all orders.
        let mut rest = spends.to_vec();
        let plans = [order / 6, order / 2 % 3, order % 2, 0].map(|digit| package(rest.remove(digit)));
        let menu = PlanMenu::posted(&technology, plans.to_vec());
        let mut below = 0.0;
        for theta in menu.starts().iter().flat_map(|start| [start.next_down(), *start]) {
            if (theta - meeting).abs() < 1e-6 {
                let taken = menu.choose(&technology.powers(theta));
                assert!(taken.spend >= below - 1e-12, "{order}: {theta} takes {}", taken.spend);
                below = taken.spend;
            }
        }
        let spend = |theta: f64| menu.choose(&technology.powers(theta)).spend;
        assert!((spend(7.4) - 0.3).abs() < 1e-12 && (spend(7.6) - 4.1).abs() < 1e-12, "{order}");
    }
}

#[test]
fn given_thresholds_decide_and_nobody_loses() {
    let technology = cobb_douglas();
    let plan = |fee, spend| Plan::package(&technology, fee, spend, 0.0);
    let precision = technology.package_precision(1.0, 0.0);
    let menu = PlanMenu::new(&technology, [(2.0, plan(2.0 * precision, 1.0)), (5.0, plan(9.0, 3.0))]);
    let item = |index: f64| menu.choose(&technology.powers(index)).item;
    assert_eq!([item(1.9), item(2.0), item(4.999), item(5.0)], [None, Some(0), Some(0), Some(1)]);
    assert!(menu.choose(&technology.powers(2.0)).utility.abs() < 1e-14);
    assert_eq!(menu.choose(&technology.powers(0.0)), Choice::default());
}

#[test]
fn plans_that_do_not_fit_are_refused() {
    let technology = cobb_douglas();
    let package = Plan::package(&technology, 1.0, 1.0, 0.0);
    assert!(package.check(&technology).is_ok());
    let key = |plan: Plan| plan.check(&technology).unwrap_err().key;
    assert_eq!(key(Plan { prices: Vec::new(), ..package.clone() }), "prices");
    assert_eq!(key(Plan { allowance: Allowance::Spend(0.0), ..package.clone() }), "allowance");
    assert_eq!(key(Plan { over: Over::Prices { limit: 0.5 }, ..package.clone() }), "limit");
    let by_class = |x: f64| Allowance::Tokens(vec![1.0, x, 1.0]);
    assert_eq!(key(Plan { allowance: by_class(0.0), ..package.clone() }), "allowance.tokens");
    let limited = Plan { over: Over::Prices { limit: 9.0 }, allowance: by_class(1.0), ..package.clone() };
    assert_eq!(key(limited), "limit");
    let ces = technology_with_ces();
    let refused = Plan { allowance: by_class(1.0), ..package.clone() }.check(&ces).unwrap_err();
    assert_eq!(refused.key, "allowance.tokens");
    let mut without = technology.config().clone();
    without.fine_tuning = None;
    let without = Technology::new(without).unwrap();
    let tuned = Plan { fine_tuning_price: Some(1.0), ..package };
    assert_eq!(tuned.check(&without).unwrap_err().key, "fine_tuning");
}

fn technology_with_ces() -> Technology {
    technology(Aggregator::Ces { substitution: 0.6, returns: 0.5 })
}
