//! Menus as price books, and with rounded prices.

use super::{PRICES, TWO_PART, close, designed, laws, posted, these, three_part};
use crate::laws::{
    Exponential, UnitPower, index_belief, marginal, paper_belief, paper_technology, quadratic_technology,
};
use menu::{Plans, PostedRule, Rule, Seller};
use model::belief::{Belief, Marginal, Points};
use model::choice::Buyer;
use model::menu::{Allowance, Menu, Offer, Over, Plan, PlanMenu, PlanTerms, PriceBook};
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

/// One class of tokens, and tuning or none.
fn technology(exponent: f64, fine_tuning: Option<FineTuning>) -> Technology {
    let tokens = vec![TokenClass { class: "all".into(), exponent, cost: 0.125 }];
    let config =
        TechnologyConfig { aggregator: Aggregator::CobbDouglas, base_quality: 1.0, tokens, fine_tuning };
    Technology::new(config).unwrap()
}

fn of_points(points: Vec<(f64, f64)>) -> Belief {
    index_belief(Marginal::exactly(Points::new(points)))
}

/// What the items of a menu earn from a law, by the masses of those who take each; of other menus what they are expected to.
fn listed_profit(menu: &Menu, belief: &Belief, technology: &Technology) -> f64 {
    let Offer::Packages(packages) = &menu.offer else { return menu.expected.profit };
    let items = packages.items();
    let above =
        |position: usize| items.get(position).map_or(0.0, |item| belief.index.survival(item.threshold));
    let earned = items.iter().enumerate().map(|(position, item)| {
        let mass = above(position) - above(position + 1);
        mass * (item.payment - technology.cost(item.spend, item.fine_tuning))
    });
    earned.sum()
}

/// A list of packages falls short of the law's infinitely many by what the lumps of its tail cost: with 1/K of the buyers above
/// the last regular point, and points refined geometrically beyond, that is in proportion to 1/K for an exponential tail.
#[test]
fn the_longer_a_list_of_packages_the_less_it_loses() {
    let technology = quadratic_technology();
    let loss = |points: u32| {
        let belief = index_belief(marginal(Exponential(1.0), points));
        let menu = posted(Rule::Packages, &belief, &technology);
        1.0 - listed_profit(&menu, &belief, &technology) / menu.expected.profit
    };
    let losses = [1000, 2000, 8000].map(loss);
    assert!(losses[0] > 1.8 * losses[1] && losses[1] > 3.0 * losses[2] && losses[2] > 0.0, "{losses:?}");
    assert!(losses[2] < 1e-4, "{losses:?}");
}

/// Written as a price book and posted again, every menu gives every buyer the same.
#[test]
fn a_menu_as_a_price_book_is_the_same_menu() {
    for (law, belief, technology) in laws() {
        let rules = [
            Rule::Packages,
            Rule::Flat,
            Rule::Tiers { tiers: 3 },
            Rule::TwoPartMenu { plans: Some(3), spend_cap: false },
            Rule::TwoPartMenu { plans: Some(3), spend_cap: true },
            Rule::CommittedSpend { plans: Some(3) },
            TWO_PART,
            three_part(2),
            PRICES,
            Rule::MarginalCost,
        ];
        for rule in rules {
            let menu = posted(rule, &belief, &technology);
            let book = PriceBook::of(&technology, &menu, "test".into()).unwrap();
            let again = posted(Rule::ThreePart { plans: Plans::Posted(book.plans) }, &belief, &technology);
            let scale = menu.expected.revenue;
            let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * scale;
            // The expected profit of packages of a law is that of infinitely many items; what can be posted is the list.
            let expected = listed_profit(&menu, &belief, &technology);
            assert!(
                same(expected, again.expected.profit),
                "{law} {}: {expected} {:?}",
                menu.kind,
                again.expected
            );
            if menu.kind != "packages" || belief.index.law.is_none() {
                assert!(same(menu.expected.profit, again.expected.profit), "{law} {}", menu.kind);
            }
            for step in 0..400 {
                // Between the points of a law, which are indifferent.
                let theta = belief.index.quantile((f64::from(step) + 0.37) / 400.0);
                let buyer = Buyer::of_index(&technology, theta);
                let (one, other) =
                    (menu.offer.choose(&technology, &buyer), again.offer.choose(&technology, &buyer));
                assert!(
                    same(one.payment, other.payment)
                        && same(one.utility, other.utility)
                        && same(one.spend, other.spend)
                        && same(one.fine_tuning, other.fine_tuning),
                    "{law} {} {theta}: {one:?} {other:?}",
                    menu.kind
                );
            }
        }
        let allocations = Seller::new(&technology, &belief).unwrap();
        let first_best = PostedRule { label: "f".into(), round: Some(0.01), rule: Rule::FirstBest };
        assert!(first_best.check(&technology).is_err());
        assert!(
            allocations.design(&first_best).unwrap_err().to_string().contains("cannot be posted as plans")
        );
    }
}

/// Plans that meet at a kink with equal slopes, and plans that are the same up to a limit: in either order buyers take the same.
#[test]
fn the_order_of_a_list_does_not_matter() {
    let technology = technology(0.4, None);
    let belief = of_points(vec![(0.5, 0.25), (1.0, 0.5), (1.51, 0.125), (2.32, 0.125)]);
    let plan = |fee: f64, price: f64, spend: f64, over: Over| Plan {
        fee,
        prices: vec![price],
        allowance: Allowance::Spend(spend),
        over,
        fine_tuning: 0.0,
        fine_tuning_price: None,
    };
    let sold = |limit: f64| Over::Prices { limit };
    for pair in [
        [plan(0.2, 0.25, 0.3, Over::Stop), plan(0.2, 0.25, 0.3, sold(f64::INFINITY))],
        [plan(1.0, 0.5, 0.0, sold(1.6)), plan(1.0, 0.5, 0.0, sold(f64::INFINITY))],
    ] {
        let [one, other] = [pair.clone(), [pair[1].clone(), pair[0].clone()]]
            .map(|plans| posted(these(&technology, &plans), &belief, &technology).expected.profit);
        close(one, other, 1e-12);
        // Whoever wants more than the first gives takes the second, at its fee or more.
        for theta in (1..400).map(|step| 0.01 * f64::from(step)) {
            let menu = Offer::Plans(PlanMenu::posted(&technology, pair.to_vec()));
            let choice = menu.choose(&technology, &Buyer::of_index(&technology, theta));
            assert!(choice.item.is_none() || choice.payment >= pair[0].fee, "{theta}: {choice:?}");
        }
    }
}

/// Two plans worth the same to everybody: whoever earns the seller more from the one takes that.
#[test]
fn between_equal_plans_the_more_profitable_is_taken() {
    let technology = technology(0.5, Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }));
    let tariff = Plan::tariff(&technology, 0.0625, 0.0, 2.0, f64::INFINITY);
    let dearer = Plan { fine_tuning: 15.0, ..Plan::tariff(&technology, 0.0625, 0.0, 8.0, f64::INFINITY) };
    let profit = |plans: &[Plan], theta: f64| {
        posted(these(&technology, plans), &of_points(vec![(theta, 1.0)]), &technology).expected.profit
    };
    for theta in [0.5, 64.0] {
        let alone = [&tariff, &dearer].map(|plan| profit(std::slice::from_ref(plan), theta));
        let both = profit(&[tariff.clone(), dearer.clone()], theta);
        close(both, alone[0].max(alone[1]), 1e-12);
    }
}

/// What the technology does not have is no part of a plan that was written for it.
#[test]
fn plans_sell_what_there_is() {
    let tuned = |maximum| technology(0.5, Some(FineTuning { exponent: 0.25, cost: 0.125, maximum }));
    let refused = |technology: &Technology, terms: PlanTerms| {
        let rule = Rule::ThreePart { plans: Plans::Posted(vec![terms]) };
        let rule = PostedRule { label: "plans".into(), round: None, rule };
        rule.check(technology).unwrap_err().key
    };
    let including = |fine_tuning: f64| {
        let technology = tuned(None);
        PlanTerms::of(
            &technology,
            "a".into(),
            &Plan::tariff(&technology, 1.0, fine_tuning, 2.0, f64::INFINITY),
        )
    };
    assert!(refused(&tuned(Some(0.5)), including(10.0)).ends_with("a.allowance.fine_tuning"));
    assert!(refused(&technology(0.5, None), including(10.0)).ends_with("a.allowance.fine_tuning"));
    let selling = PlanTerms { fine_tuning: Some(1.0), ..including(0.0) };
    assert!(refused(&technology(0.5, None), selling).ends_with("a.fine_tuning"));
    let mut misspelt = including(0.0);
    misspelt.prices.as_mut().unwrap().insert("ouput".into(), 0.2);
    assert!(refused(&tuned(None), misspelt).ends_with("a.prices"));
}

/// Packages of the uniform law are dense where it begins to buy; written down they can be posted, at a loss by the list alone.
#[test]
fn dense_lists_of_packages_can_be_posted() {
    for points in [200, 2000] {
        let (belief, technology) = (paper_belief(points), paper_technology());
        let menu = posted(Rule::Packages, &belief, &technology);
        let book = PriceBook::of(&technology, &menu, "test".into()).unwrap();
        let again = posted(Rule::ThreePart { plans: Plans::Posted(book.plans) }, &belief, &technology);
        // In proportion to one over the points.
        let loss = 1.0 - again.expected.profit / menu.expected.profit;
        assert!(loss > 0.0 && loss < 0.03 / f64::from(points), "{points}: {loss}");
    }
}

/// Where nobody whom the seller knows of would pay for tuning there is no price of it.
#[test]
fn what_nobody_buys_is_not_for_sale() {
    let tuning = Some(FineTuning { exponent: 0.25, cost: 10.0, maximum: None });
    let technology = technology(0.5, tuning);
    let belief = index_belief(marginal(UnitPower(1.0), 500));
    for rule in [TWO_PART, PRICES] {
        let menu = posted(rule, &belief, &technology);
        assert!(!menu.parameters.contains_key("fine_tuning_markup"), "{}: {:?}", menu.kind, menu.parameters);
        assert!(menu.expected.profit > 0.0);
    }
}

/// Two tariffs that sell tuning, on an exponential law: a posted pair that was found by hand is a lower bound.
#[test]
fn tariffs_that_sell_tuning_are_searched_for() {
    let tuning = Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None });
    let technology = technology(0.4, tuning);
    let belief = index_belief(marginal(Exponential(1.0), 500));
    let tariff = |fee: f64, markup: f64, price: f64| Plan {
        fine_tuning_price: Some(price),
        ..Plan::tariff(&technology, fee, 0.0, markup, f64::INFINITY)
    };
    let by_hand = [tariff(2.75689, 1.77759, 0.2222), tariff(18.9402, 1.27562, 0.15945)];
    let by_hand = posted(these(&technology, &by_hand), &belief, &technology).expected.profit;
    let [one, two, three] =
        [1, 2, 3].map(|count| posted(three_part(count), &belief, &technology).expected.profit);
    assert!(by_hand > 1.04 * one && two >= by_hand * (1.0 - 1e-6), "{one} {two} {by_hand}");
    assert!(three > two * (1.0 + 1e-3), "{two} {three}");
}

/// What a plan includes and allows are tokens, and no fee a step higher or lower earns more.
#[test]
fn rounding_keeps_tokens_and_leaves_no_better_fee() {
    let technology = technology(0.5, None);
    let belief = index_belief(marginal(UnitPower(1.0), 500));
    let plans = |menu: &Menu| match &menu.offer {
        Offer::Plans(plans) => plans.plans().to_vec(),
        other => panic!("{other:?}"),
    };
    let capped = Rule::TwoPartMenu { plans: Some(2), spend_cap: true };
    for (rule, step) in [(capped, 0.1), (three_part(2), 0.05)] {
        let exact = plans(&posted(rule.clone(), &belief, &technology));
        let menu = designed(rule, Some(step), &belief, &technology);
        let round = plans(&menu);
        assert_eq!(round.len(), exact.len());
        for (round, exact) in round.iter().zip(&exact) {
            close(
                1.0 + round.allowance_at_cost(&technology),
                1.0 + exact.allowance_at_cost(&technology),
                1e-12,
            );
            match (round.limit_at_cost(&technology), exact.limit_at_cost(&technology)) {
                (Some(round), Some(exact)) => close(round, exact, 1e-12),
                limits => assert_eq!(limits, (None, None)),
            }
        }
        for number in 0..round.len() {
            for change in [-step, step] {
                let mut neighbour = round.clone();
                neighbour[number].fee += change;
                let found = posted(these(&technology, &neighbour), &belief, &technology).expected.profit;
                assert!(found <= menu.expected.profit * (1.0 + 1e-8), "{number} {change}: {found}");
            }
        }
    }
}

/// Rounding costs little when the step is small, is in the buyers' favour, and is recomputed from what buyers then choose.
#[test]
fn rounded_prices_are_multiples_and_cost_what_they_cost() {
    for (law, belief, technology) in laws() {
        for rule in [Rule::Packages, Rule::Tiers { tiers: 3 }, TWO_PART, three_part(2), PRICES] {
            let exact = posted(rule.clone(), &belief, &technology);
            let mut losses = Vec::new();
            for step in [0.1, 0.01, 1e-4] {
                let menu = designed(rule.clone(), Some(step), &belief, &technology);
                let Offer::Plans(plans) = &menu.offer else { panic!("plans") };
                let multiple = |x: f64| (x / step - (x / step).round()).abs() < 1e-6;
                for plan in plans.plans() {
                    assert!(multiple(plan.fee), "{}", plan.fee);
                    assert!(!plan.sells_tokens() || plan.prices.iter().all(|price| multiple(*price)));
                }
                let lost = menu.parameters["rounding_loss"] + menu.parameters["listing_loss"];
                close(menu.expected.profit + lost, exact.expected.profit, 1e-12);
                let listing = menu.parameters["listing_loss"] / exact.expected.profit;
                // Only the packages of a law are more than a list.
                let most = if exact.kind == "packages" { 1e-3 } else { 1e-9 };
                assert!(listing > -1e-9 && listing < most, "{law} {}: {listing}", exact.kind);
                losses.push(menu.parameters["rounding_loss_share"]);
            }
            assert!(losses[2].abs() < 2e-4, "{law} {}: {losses:?}", exact.kind);
            assert!(losses.iter().all(|loss| *loss > -1e-6), "{law} {}: {losses:?}", exact.kind);
        }
    }
}
