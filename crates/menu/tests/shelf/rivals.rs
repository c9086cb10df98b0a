//! Two-part and three-part tariffs and posted plans: known answers, no better neighbour, the order of rules, and price books.

mod books;
mod neighbours;

use crate::laws::{
    Exponential, FallingStep, UnitPower, index_belief, marginal, paper_belief, paper_technology,
    quadratic_technology,
};
use menu::{Plans, PostedRule, Rule, Seller};
use model::belief::{Belief, Environment, Marginal, Points};
use model::choice::Buyer;
use model::menu::{Menu, Offer, Plan, PlanMenu, PlanTerms, Status};
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

/// Three types with values on two tasks, of which a seller who contracts on tasks earns more than from packages.
fn profiles() -> Belief {
    let (probabilities, values) = (vec![0.3, 0.4, 0.3], vec![1.0, 0.2, 0.4, 0.9, 0.7, 0.7]);
    let index = |values: &[f64]| (0.5 * values.iter().map(|w| w * w).sum::<f64>()).sqrt();
    let points = values.chunks(2).map(index).zip(probabilities.clone()).collect();
    let environment = Environment { masses: vec![0.5; 2], probabilities, values, sampled: false };
    Belief { environment: Some(environment), ..index_belief(Marginal::exactly(Points::new(points))) }
}

/// flat <= tiers <= three-part <= packages <= allocations <= first-best, the last but one where the belief is about more than an
/// index; pay-as-you-go <= two-part <= packages; plans of one kind rise with
/// their number.
#[test]
fn richer_rules_earn_more_on_the_belief() {
    let profiles = ("profiles", profiles(), paper_technology());
    for (law, belief, technology) in laws().into_iter().chain([profiles]) {
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
        if belief.value_scale.is_some() || belief.environment.is_some() {
            let allocations = of(Rule::Allocations { types: None });
            // Contracting on tasks has value on both beliefs, far beyond the gap to which the programme is certified.
            assert!(packages < 0.99 * allocations, "{law}: {packages} {allocations}");
            assert!(allocations <= first_best + tolerance, "{law}: {allocations} {first_best}");
        }
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

/// A thousand plans cost a buyer hardly more time than ten: a search among intervals, not a comparison of plans. Ten comparisons
/// against four, and what the processor's cache makes of it; trying all would take a hundred times as long.
#[test]
fn a_thousand_items_are_searched_and_not_tried() {
    let technology = paper_technology();
    let belief = paper_belief(5000);
    let buyers: Vec<Buyer> = (0..20_000)
        .map(|k| Buyer::of_index(&technology, 0.3 + 0.7 * (f64::from(k) * 0.618_033_988_75).fract()))
        .collect();
    let tiers = |count: u64| posted(Rule::Tiers { tiers: count }, &belief, &technology);
    let seconds = |offer: &Offer| {
        let timed = |_| {
            let start = std::time::Instant::now();
            let paid: f64 = buyers.iter().map(|buyer| offer.choose(&technology, buyer).payment).sum();
            assert!(paid > 0.0);
            start.elapsed().as_secs_f64()
        };
        (0..20).map(timed).fold(f64::INFINITY, f64::min)
    };
    let (few, many) = (tiers(10), tiers(1000));
    let listed =
        |menu: &Menu| Offer::Plans(PlanMenu::posted(&technology, menu.offer.plans(&technology).unwrap()));
    for [few, many] in [[few.offer.clone(), many.offer.clone()], [listed(&few), listed(&many)]] {
        assert!(few.len() == 10 && many.len() == 1000);
        if let Offer::Plans(menu) = &many {
            assert!(menu.starts().len() <= 2 * menu.plans().len() + 1, "{}", menu.starts().len());
        }
        let (few, many) = (seconds(&few), seconds(&many));
        assert!(many < 15.0 * few, "{few} s for ten items, {many} s for a thousand");
    }
}
