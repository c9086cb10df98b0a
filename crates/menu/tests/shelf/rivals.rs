//! Two-part and three-part tariffs and posted plans: known answers, no better neighbour, the order of rules, and price books.

use crate::laws::{
    Exponential, FallingStep, UnitPower, index_belief, marginal, paper_belief, paper_technology,
    quadratic_technology,
};
use menu::{Plans, PostedRule, Rule, Seller, TuningMarkup};
use model::belief::{Belief, Marginal, Points};
use model::choice::Buyer;
use model::menu::{Menu, Offer, Plan, PlanTerms, PriceBook, Status};
use model::technology::Technology;

const TWO_PART: Rule = Rule::TwoPart { fee: None, markup: None, fine_tuning_markup: None };
const PRICES: Rule = Rule::PayAsYouGo { markup: None, fine_tuning_markup: None };

fn three_part(count: u64) -> Rule {
    Rule::ThreePart { plans: Plans::Best(count) }
}

fn these(technology: &Technology, plans: &[Plan]) -> Rule {
    let terms = |(number, plan): (usize, &Plan)| PlanTerms::of(technology, format!("p{number}"), plan);
    Rule::ThreePart { plans: Plans::Posted(plans.iter().enumerate().map(terms).collect()) }
}

fn designed(rule: Rule, round: Option<f64>, belief: &Belief, technology: &Technology) -> Menu {
    let rule = PostedRule { label: rule.kind().into(), round, rule };
    rule.check(technology).unwrap();
    certified(&Seller::new(technology, belief).unwrap(), &rule)
}

fn certified(seller: &Seller, rule: &PostedRule) -> Menu {
    let menu = seller.design(rule).unwrap();
    assert_eq!(menu.certificate.status, Status::Holds, "{:?} {:?}", rule.rule, menu.certificate);
    menu
}

fn posted(rule: Rule, belief: &Belief, technology: &Technology) -> Menu {
    designed(rule, None, belief, technology)
}

fn profit_of(seller: &Seller, rule: Rule) -> f64 {
    certified(seller, &PostedRule { label: "rule".into(), round: None, rule }).expected.profit
}

fn profit(rule: Rule, belief: &Belief, technology: &Technology) -> f64 {
    posted(rule, belief, technology).expected.profit
}

/// Three laws: the paper's, an unbounded one, and one with a pool; and types few enough to be exact.
fn laws() -> Vec<(&'static str, Belief, Technology)> {
    let points = Points::new(vec![(0.3, 0.35), (0.5, 0.2), (0.8, 0.15), (1.1, 0.2), (1.6, 0.1)]);
    vec![
        ("paper", paper_belief(2000), paper_technology()),
        ("exponential", index_belief(marginal(Exponential(1.0), 2000)), quadratic_technology()),
        ("falling step", index_belief(marginal(FallingStep, 2000)), paper_technology()),
        ("points", index_belief(Marginal::exactly(points)), paper_technology()),
    ]
}

#[track_caller]
fn close(found: f64, exact: f64, relative: f64) {
    assert!((found - exact).abs() <= relative * exact.abs(), "{found} is not {exact} within {relative}");
}

#[test]
fn the_single_two_part_tariff_of_the_uniform_example() {
    let menu = posted(TWO_PART, &paper_belief(2000), &paper_technology());
    close(menu.expected.profit, 0.08251, 1e-4);
    for (name, value) in [("fee", 0.161), ("markup", 1.268), ("fine_tuning_markup", 1.102)] {
        close(menu.parameters[name], value, 5e-3);
    }
    // Without a fee it is pay-as-you-go.
    let free = Rule::TwoPart { fee: Some(0.0), markup: None, fine_tuning_markup: None };
    let free = posted(free, &paper_belief(2000), &paper_technology());
    close(free.expected.profit, 0.049_220_6, 1e-6);
    close(free.parameters["markup"], 1.70233, 1e-3);
    close(free.parameters["fine_tuning_markup"], 0.88774, 1e-3);
}

/// With π = τ² and θ uniform on [0, 1] (Mussa and Rosen): one tariff by the closed form of its threshold and markup.
#[test]
fn a_two_part_tariff_in_closed_form() {
    let belief = index_belief(marginal(UnitPower(1.0), 2000));
    let of_threshold = |t: f64| {
        let (mass, sum) = (1.0 - t, (1.0 - t * t * t) / 3.0);
        let share = 1.0 - 0.5 * (sum - mass * t * t) / sum;
        sum * share * share
    };
    let best = (0..1_000_000).map(|k| of_threshold(f64::from(k) * 1e-6)).fold(0.0, f64::max);
    close(profit(TWO_PART, &belief, &quadratic_technology()), best, 1e-9);
}

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

/// Every number of every plan, alone and with every other, up and down.
#[test]
fn no_neighbour_of_the_best_three_part_tariffs_is_better() {
    for (law, belief, technology) in laws() {
        let best = posted(three_part(2), &belief, &technology);
        let seller = Seller::new(&technology, &belief).unwrap();
        let Offer::Plans(menu) = &best.offer else { panic!("plans") };
        let numbers = 4 * menu.plans().len();
        let scaled = |changes: &[(usize, f64)]| {
            let mut plans = menu.plans().to_vec();
            for (number, factor) in changes {
                let plan = &mut plans[number / 4];
                match number % 4 {
                    0 => plan.fee *= factor,
                    1 => {
                        let model::menu::Allowance::Spend(spend) = &mut plan.allowance else { panic!("$") };
                        *spend *= factor;
                    }
                    2 => plan.fine_tuning *= factor,
                    // The measure of the allowance is kept: only what more tokens cost changes.
                    _ => {
                        let model::menu::Allowance::Spend(spend) = &mut plan.allowance else { panic!("$") };
                        *spend *= factor;
                        plan.prices.iter_mut().for_each(|price| *price *= factor);
                    }
                }
            }
            plans
        };
        for one in 0..numbers {
            for other in one..numbers {
                for (a, b) in [(0.999, 0.999), (0.999, 1.001), (1.001, 0.999), (1.001, 1.001), (0.97, 1.03)] {
                    let changes = if one == other { vec![(one, a)] } else { vec![(one, a), (other, b)] };
                    let found = profit_of(&seller, these(&technology, &scaled(&changes)));
                    assert!(
                        found <= best.expected.profit * (1.0 + 1e-6),
                        "{law}: {changes:?}: {found} beats {}",
                        best.expected.profit
                    );
                }
            }
        }
    }
}

/// flat <= tiers <= three-part <= packages <= first-best; pay-as-you-go <= two-part <= packages; plans of one kind rise with
/// their number.
#[test]
fn richer_rules_earn_more_on_the_belief() {
    for (law, belief, technology) in laws() {
        let seller = Seller::new(&technology, &belief).unwrap();
        let of = |rule: Rule| profit_of(&seller, rule);
        let first_best = seller
            .design(&PostedRule { label: "f".into(), round: None, rule: Rule::FirstBest })
            .unwrap()
            .expected
            .profit;
        let (packages, tolerance) = (of(Rule::Packages), 1e-9 * first_best);
        let (mut tiers_below, mut three_below) = (0.0, 0.0);
        for count in 1..=4 {
            let (tiers, three) = (of(Rule::Tiers { tiers: count }), of(three_part(count)));
            let two = of(Rule::TwoPartMenu { plans: Some(count), spend_cap: false });
            assert!(
                tiers >= tiers_below - tolerance && three >= three_below - 1e-7 * first_best,
                "{law} {count}"
            );
            assert!(tiers <= three + tolerance, "{law} {count}: tiers {tiers}, three-part {three}");
            assert!(two <= three + tolerance, "{law} {count}: two-part {two}, three-part {three}");
            assert!(three <= packages + tolerance, "{law} {count}: {three} {packages}");
            (tiers_below, three_below) = (tiers, three);
        }
        close(of(Rule::Flat), of(Rule::Tiers { tiers: 1 }), 1e-14);
        let (prices, two_part) = (of(PRICES), of(TWO_PART));
        assert!(prices <= two_part + tolerance, "{law}: {prices} {two_part}");
        assert!(two_part <= of(three_part(1)) + tolerance, "{law}: a three-part tariff without allowance");
        assert!(two_part <= packages + tolerance && packages <= first_best + tolerance, "{law}");
    }
}

/// What is expected is what the types of a finite belief choose, one by one.
#[test]
fn expected_is_what_points_earn() {
    let (_, belief, technology) = laws().remove(3);
    for rule in [TWO_PART, three_part(1), three_part(2), three_part(3)] {
        let menu = posted(rule, &belief, &technology);
        let earned = belief.index.points.mean_of(|theta| {
            let choice = menu.offer.choose(&technology, &Buyer::of_index(&technology, theta));
            choice.payment - technology.cost(choice.spend, choice.fine_tuning)
        });
        close(menu.expected.profit, earned, 1e-13);
    }
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
            assert!(losses[2].abs() < 2e-3, "{law} {}: {losses:?}", exact.kind);
            assert!(losses.iter().all(|loss| *loss > -1e-6), "{law} {}: {losses:?}", exact.kind);
        }
    }
}

/// Off the belief the order of rules need not hold: packages tuned on another law lose to a single tariff tuned on it.
#[test]
fn the_order_breaks_off_the_belief() {
    let technology = quadratic_technology();
    let believed = index_belief(marginal(Exponential(1.0), 2000));
    let truth = marginal(UnitPower(1.0), 2000).points;
    let earned = |rule: Rule| {
        let menu = posted(rule, &believed, &technology);
        truth.mean_of(|theta| {
            let choice = menu.offer.choose(&technology, &Buyer::of_index(&technology, theta));
            choice.payment - technology.cost(choice.spend, choice.fine_tuning)
        })
    };
    let (packages, prices) = (earned(Rule::Packages), earned(PRICES));
    assert!(packages < 1e-3 && prices > 0.05, "packages {packages}, pay-as-you-go {prices}");
}
