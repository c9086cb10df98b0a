//! No better neighbour: every number of every optimised rule, a little up and a little down, alone and with every other.

use super::{PRICES, TWO_PART, laws, posted, profit_of, these, three_part};
use menu::{Rule, Seller, TuningMarkup};
use model::menu::{Allowance, Over, Plan};

#[test]
fn no_neighbour_of_the_best_two_part_tariff_is_better() {
    for (law, belief, technology) in laws() {
        let best = posted(TWO_PART, &belief, &technology);
        let seller = Seller::new(&technology, &belief).unwrap();
        let tuning = best.parameters.get("fine_tuning_markup").copied();
        let steps = [0.95, 0.99, 0.999, 1.0, 1.001, 1.01, 1.05];
        for fee in steps {
            for markup in steps {
                for tuned in if tuning.is_some() { &steps[..] } else { &steps[..1] } {
                    let neighbour = Rule::TwoPart {
                        fee: Some(best.parameters["fee"] * fee),
                        markup: Some(best.parameters["markup"] * markup),
                        fine_tuning_markup: tuning.map(|own| TuningMarkup::Markup(own * tuned)),
                    };
                    let found = profit_of(&seller, neighbour);
                    assert!(
                        found <= best.expected.profit * (1.0 + 1e-6),
                        "{law}: {fee} {markup} {tuned}: {found} beats {}",
                        best.expected.profit
                    );
                }
            }
        }
    }
}

/// Prices without a fee: on a fine grid around them, on which the markup on tuning moves freely.
#[test]
fn no_neighbour_of_the_best_prices_is_better() {
    let steps: Vec<f64> = [-0.05, -0.02, -0.01, -5e-3, -1e-3, -1e-4, 0.0, 1e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05]
        .map(|step| 1.0 + step)
        .to_vec();
    for (law, belief, technology) in laws() {
        let best = posted(PRICES, &belief, &technology);
        let seller = Seller::new(&technology, &belief).unwrap();
        let tuning = best.parameters.get("fine_tuning_markup").copied();
        for markup in &steps {
            for tuned in if tuning.is_some() { &steps[..] } else { &steps[..1] } {
                let neighbour = Rule::PayAsYouGo {
                    markup: Some(best.parameters["markup"] * markup),
                    fine_tuning_markup: tuning.map(|own| TuningMarkup::Markup(own * tuned)),
                };
                let found = profit_of(&seller, neighbour);
                let own = best.expected.profit;
                assert!(found <= own * (1.0 + 1e-6), "{law}: {markup} {tuned}: {found} beats {own}");
            }
        }
    }
}

/// Packages, tariffs with tuning included, and three-part tariffs: every number of every plan, alone and with every other.
#[test]
fn no_neighbour_of_the_best_plans_is_better() {
    let rules = [
        Rule::Flat,
        Rule::Tiers { tiers: 2 },
        Rule::Tiers { tiers: 3 },
        Rule::TwoPartMenu { plans: Some(2), spend_cap: false },
        three_part(2),
    ];
    for (law, belief, technology) in laws() {
        let seller = Seller::new(&technology, &belief).unwrap();
        for rule in &rules {
            let best = posted(rule.clone(), &belief, &technology);
            let plans = best.offer.plans(&technology).unwrap();
            let numbers = NUMBERS * plans.len();
            for one in 0..numbers {
                for other in one..numbers {
                    for (a, b) in
                        [(0.999, 0.999), (0.999, 1.001), (1.001, 0.999), (1.001, 1.001), (0.97, 1.03)]
                    {
                        let mut changed = plans.clone();
                        let pair = [(one, a), (other, b)];
                        let changes = if one == other { &pair[..1] } else { &pair };
                        let all_there = changes
                            .iter()
                            .all(|(number, by)| change(&mut changed[number / NUMBERS], *number, *by));
                        if !all_there {
                            continue;
                        }
                        let found = profit_of(&seller, these(&technology, &changed));
                        let own = best.expected.profit;
                        assert!(
                            found <= own * (1.0 + 1e-6),
                            "{law} {}: {changes:?}: {found} beats {own}",
                            rule.kind()
                        );
                    }
                }
            }
        }
    }
}

/// Fee, allowance, tuning and price of a plan.
const NUMBERS: usize = 4;

/// Multiplies one number of a plan; whether it has it.
fn change(plan: &mut Plan, number: usize, factor: f64) -> bool {
    let Allowance::Spend(spend) = &mut plan.allowance else { panic!("$") };
    let number_there = match number % NUMBERS {
        0 => &mut plan.fee,
        1 => spend,
        2 => &mut plan.fine_tuning,
        _ if plan.over == Over::Stop => return false,
        // The measure of the allowance is kept: only what more tokens cost changes.
        _ => {
            plan.prices.iter_mut().for_each(|price| *price *= factor);
            *spend *= factor;
            return true;
        }
    };
    *number_there *= factor;
    *number_there > 0.0
}
