//! Menus against exact answers: the paper's uniform example (all figures are rational numbers derived by
//! hand), constant markups for Pareto laws, the Mussa-Rosen quadratic.

use crate::laws::{
    Exponential, FallingStep, Lognormal, Pareto, index_belief, marginal, paper_belief, paper_technology,
};
use crate::problems::shelf;
use menu::{PostedRule, Rule, Seller, TuningMarkup};
use model::belief::{Belief, Environment, Marginal, Points, ValueScaleBelief};
use model::choice::Buyer;
use model::menu::{Menu, Offer, Status};
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

fn posted(rule: Rule, belief: &Belief, technology: &Technology) -> Menu {
    let designed = Seller::new(technology, belief)
        .unwrap()
        .design(&PostedRule { label: rule.kind().into(), round: None, rule })
        .unwrap();
    assert_ne!(designed.certificate.status, Status::Fails, "{:?}", designed.certificate);
    designed
}

fn close(found: f64, exact: f64, relative: f64) {
    assert!((found - exact).abs() <= relative * exact.abs(), "{found} is not {exact} within {relative}");
}

const EXACT: f64 = 1e-12;

#[test]
fn paper_packages() {
    let found = posted(Rule::Packages, &paper_belief(20_000), &paper_technology()).expected;
    close(found.revenue, 139.0 / 540.0, EXACT);
    close(found.profit, 97.0 / 1080.0, EXACT);
    close(found.consumer_surplus, 97.0 / 1620.0, EXACT);
    close(found.served_share, 4.0 / 9.0, EXACT);
    close(found.fine_tuned_share, 1.0 / 9.0, EXACT);
}

/// θ/φ falls in the paper's example (θ f/(1-F) rises), and rises across the pool of a law whose density steps down.
#[test]
fn rising_markups_are_reported() {
    let technology = paper_technology();
    let falling = posted(Rule::Packages, &paper_belief(1000), &technology);
    assert!(!falling.parameters.contains_key("markup_rises_at"));
    let rising = posted(Rule::Packages, &index_belief(marginal(FallingStep, 1000)), &technology);
    // Within the pool φ is constant, from θ = s/2 + 1/3 with s² - s + 1/6 = 0.
    let start = 0.25 * (1.0 - (1.0_f64 / 3.0).sqrt()) + 1.0 / 3.0;
    assert!((rising.parameters["markup_rises_at"] - start).abs() < 2e-3, "{:?}", rising.parameters);
}

#[test]
fn paper_allocations() {
    let found =
        posted(Rule::Allocations { types: None }, &paper_belief(20_000), &paper_technology()).expected;
    close(found.revenue, 139.0 / 480.0, EXACT);
    close(found.profit, 97.0 / 960.0, EXACT);
    close(found.consumer_surplus, 97.0 / 1920.0, EXACT);
    close(found.served_share, 0.5, EXACT);
    close(found.fine_tuned_share, 1.0 / 8.0, EXACT);
}

#[test]
fn paper_benchmarks() {
    let (belief, technology) = (paper_belief(20_000), paper_technology());
    let first_best = posted(Rule::FirstBest, &belief, &technology);
    close(first_best.expected.profit, 97.0 / 480.0, EXACT);
    assert_eq!(first_best.certificate.status, Status::Benchmark);
    let at_cost = posted(Rule::MarginalCost, &belief, &technology).expected;
    assert!(at_cost.profit.abs() < EXACT);
    close(at_cost.consumer_surplus, 97.0 / 480.0, EXACT);
}

/// 1/16 by hand; the others to the seven digits of the reference values.
#[test]
fn paper_tiers() {
    let (belief, technology) = (paper_belief(100_000), paper_technology());
    close(posted(Rule::Flat, &belief, &technology).expected.profit, 1.0 / 16.0, EXACT);
    for (tiers, exact) in [(1, 0.0625), (2, 0.080_602_9), (3, 0.084_288_8), (4, 0.086_627_0)] {
        let menu = posted(Rule::Tiers { tiers }, &belief, &technology);
        assert!((menu.expected.profit - exact).abs() < 6e-8, "{tiers}: {}", menu.expected.profit);
        assert_eq!(menu.parameters["items"], tiers as f64);
    }
}

#[test]
fn paper_pay_as_you_go() {
    let (belief, technology) = (paper_belief(100_000), paper_technology());
    let best = posted(Rule::PayAsYouGo { markup: None, fine_tuning_markup: None }, &belief, &technology);
    assert!((best.expected.profit - 0.049_220_6).abs() < 6e-8, "{}", best.expected.profit);
    assert!((best.parameters["markup"] - 1.702_33).abs() < 1e-4, "{:?}", best.parameters);
    assert!((best.parameters["fine_tuning_markup"] - 0.887_74).abs() < 1e-4, "{:?}", best.parameters);
    let no_tuning = Rule::PayAsYouGo { markup: None, fine_tuning_markup: Some(TuningMarkup::NotForSale) };
    let best = posted(no_tuning, &belief, &technology);
    close(best.expected.profit, 1.0 / 24.0, 1e-9);
    close(best.parameters["markup"], 2.0, 1e-5);
    let given = Rule::PayAsYouGo { markup: Some(1.45), fine_tuning_markup: Some(TuningMarkup::Markup(1.45)) };
    assert!((posted(given, &belief, &technology).expected.profit - 0.041_903).abs() < 6e-7);
}

/// Every problem of the shelf: profit, consumer surplus, first-best profit and share served.
#[test]
fn the_shelf() {
    for problem in shelf() {
        let (name, source, exact) = (problem.name, problem.source, problem.exact);
        let menu = posted(Rule::Packages, &problem.belief, &problem.technology);
        let first_best = posted(Rule::FirstBest, &problem.belief, &problem.technology).expected.profit;
        for (figure, found, exact) in [
            ("profit", menu.expected.profit, exact.profit),
            ("consumer surplus", menu.expected.consumer_surplus, exact.consumer_surplus),
            ("first-best", first_best, exact.first_best),
            ("served share", menu.expected.served_share, exact.served_share),
        ] {
            let error = (found - exact).abs();
            assert!(error <= problem.precision * exact, "{name} ({source}): {figure} {found} is not {exact}");
        }
    }
}

/// P(θ - 1 > x | θ > 1) = P(θ > x): what packages earn from exponential indices is 1/e of the first-best, whatever the technology.
#[test]
fn exponential_indices_lose_all_but_one_part_in_e() {
    let belief = index_belief(marginal(Exponential(1.0), 10_000));
    let capped = FineTuning { exponent: 0.3, cost: 0.2, maximum: Some(0.7) };
    let tokens = vec![TokenClass { class: "all".into(), exponent: 0.4, cost: 0.1 }];
    let (base_quality, aggregator) = (0.5, Aggregator::CobbDouglas);
    let config = TechnologyConfig { base_quality, aggregator, tokens, fine_tuning: Some(capped) };
    for technology in [paper_technology(), Technology::new(config).unwrap()] {
        let profit = |rule| posted(rule, &belief, &technology).expected.profit;
        close(profit(Rule::Packages) / profit(Rule::FirstBest), 1.0 / std::f64::consts::E, EXACT);
    }
}

/// The same market with tokens that combine by CES: κ = 2 again, so every expected figure is the same.
#[test]
fn the_aggregator_acts_through_efficiency_alone() {
    // Equal shares and costs: κ = (a/c)^σ = (0.5/0.125)^{1/2} = 2 whatever the elasticity of substitution.
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.5, cost: 0.125 };
    for substitution in [0.3, 1.0, 5.0] {
        let technology = Technology::new(TechnologyConfig {
            base_quality: 1.0,
            aggregator: Aggregator::Ces { substitution, returns: 0.5 },
            tokens: vec![token("input"), token("output")],
            fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
        })
        .unwrap();
        close(technology.efficiency(), 2.0, 1e-14);
        let packages = posted(Rule::Packages, &paper_belief(2000), &technology).expected;
        close(packages.profit, 97.0 / 1080.0, EXACT);
        let allocations =
            posted(Rule::Allocations { types: None }, &paper_belief(2000), &technology).expected;
        close(allocations.profit, 97.0 / 960.0, EXACT);
    }
}

/// φ = θ (1 - 1/a): a constant markup a/(a-1), and a profit of π's closed form at the lowest type.
#[test]
fn pareto_markups_are_constant() {
    let technology = paper_technology();
    let shape = 10.0;
    let belief = index_belief(marginal(Pareto { scale: 1.0, shape }, 20_000));
    let menu = posted(Rule::Packages, &belief, &technology);
    // Every type tunes: E[2 φ^4 + 1/8] with E[θ^4] = a/(a-4).
    let shrink = (1.0 - 1.0 / shape) * (1.0 - 1.0 / shape);
    close(menu.expected.profit, 2.0 * shrink * shrink * shape / (shape - 4.0) + 0.125, EXACT);
    let Offer::Packages(packages) = &menu.offer else { panic!("packages") };
    for item in &packages.items()[..packages.items().len() * 9 / 10] {
        close(item.threshold / item.virtual_value, shape / (shape - 1.0), 2e-3);
    }
}

#[test]
fn infinite_surplus_is_refused_with_the_exponents() {
    let belief = index_belief(marginal(Pareto { scale: 1.0, shape: 3.5 }, 1000));
    let technology = paper_technology();
    let refused = Seller::new(&technology, &belief).map(|_| ());
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("3.5") && message.contains("θ^4"), "{message}");
}

/// A belief in all these values with all these scales.
fn product_belief(value: &Points, scale: &Points) -> Belief {
    let index = value
        .iter()
        .flat_map(|(w, f)| scale.iter().map(move |(s, g)| (w * s.sqrt(), f * g)).collect::<Vec<_>>());
    Belief {
        index: Marginal::exactly(Points::new(index.collect())),
        value_scale: Some(ValueScaleBelief {
            value: Marginal::exactly(value.clone()),
            scale: Marginal::exactly(scale.clone()),
            given_scale: Vec::new(),
        }),
        environment: None,
        source: "shelf".into(),
    }
}

/// w in {1, 4} with (.9, .1), s in {.6, 1} with (.5, .5): the formula promises 35.1828, but a larger scale is worth
/// reporting, and the optimum is 35.1809.
#[test]
fn where_a_scale_report_pays_the_programme_takes_over() {
    let technology = paper_technology();
    let belief = product_belief(
        &Points::new(vec![(1.0, 0.9), (4.0, 0.1)]),
        &Points::new(vec![(0.6, 0.5), (1.0, 0.5)]),
    );
    let menu = posted(Rule::Allocations { types: None }, &belief, &technology);
    assert!((menu.expected.profit - 35.1809).abs() < 1e-4, "{}", menu.expected.profit);
    assert!((menu.parameters["formula_profit"] - 35.1828).abs() < 5e-5, "{:?}", menu.parameters);
    let [scale, reported] =
        ["formula_violation_scale", "formula_violation_reported_scale"].map(|k| menu.parameters[k]);
    assert!(menu.parameters["formula_violation"] > 0.0 && scale < reported, "{:?}", menu.parameters);
    assert_eq!(menu.certificate.status, Status::Holds);
    // Every buyer of the grid takes the item meant for her.
    let mut profit = 0.0;
    for (value, f) in [(1.0, 0.9), (4.0, 0.1)] {
        for scale in [0.6, 1.0] {
            let choice = menu.offer.choose(&technology, &Buyer::of_value_scale(&technology, value, scale));
            profit += 0.5 * f * (choice.payment - technology.cost(choice.spend, choice.fine_tuning));
        }
    }
    close(profit, menu.expected.profit, 1e-12);
}

/// Eight values on four scales: the formula for value and scale, and the programme that knows profiles only.
#[test]
fn value_scale_and_profiles_agree() {
    let technology = paper_technology();
    let value = Points::new((1..=8).map(|w| (f64::from(w) / 8.0, 1.0)).collect());
    let scale = Points::new((1..=4).map(|s| (f64::from(s) / 4.0, 1.0)).collect());
    let belief = product_belief(&value, &scale);
    let formula = posted(Rule::Allocations { types: None }, &belief, &technology);
    assert!((formula.expected.profit - 0.209_182_7).abs() < 5e-8, "{}", formula.expected.profit);
    let profile = |w: f64, s: i32| (1..=4).map(move |i| if i <= s { w } else { 0.0 });
    let types = (1..=8).flat_map(|w| (1..=4).map(move |s| (f64::from(w) / 8.0, s)));
    let environment = Environment {
        masses: vec![0.25; 4],
        probabilities: vec![1.0 / 32.0; 32],
        values: types.flat_map(|(w, s)| profile(w, s)).collect(),
        sampled: false,
    };
    let of_profiles = Belief { value_scale: None, environment: Some(environment), ..belief };
    let programme = posted(Rule::Allocations { types: None }, &of_profiles, &technology);
    close(programme.expected.profit, formula.expected.profit, 1e-6);
}

/// The best flat rate for a heavy tail sells to one buyer in ten thousand: max S(θ) π(θ) for a lognormal law with σ = 1, an
/// independent one-dimensional maximum.
#[test]
fn a_flat_rate_for_a_heavy_tail() {
    let belief = index_belief(marginal(Lognormal, 1000));
    let flat = posted(Rule::Flat, &belief, &paper_technology());
    close(flat.expected.profit, 578.120_206, 1e-8);
    let packages = posted(Rule::Packages, &belief, &paper_technology());
    close(packages.expected.profit, 1_967.250_836, 1e-9);
    assert!(packages.certificate.duality_gap.unwrap() < 1e-6, "{:?}", packages.certificate);
}

/// The surplus grows like θ^ρ, ρ = 1/(1-σ), and a lognormal law with standard deviation 1 carries its mean around e^ρ, ρ standard
/// deviations up: for ρ = 45 no float is small enough for the probability there, for ρ = 25 none large enough for the
/// surplus 3.4 standard deviations further up.
#[test]
fn a_surplus_that_rests_on_the_far_tail_is_refused() {
    let technology = |exponent| {
        Technology::new(TechnologyConfig {
            base_quality: 1.0,
            aggregator: Aggregator::CobbDouglas,
            tokens: vec![TokenClass { class: "all".into(), exponent, cost: 1.0 }],
            fine_tuning: None,
        })
        .unwrap()
    };
    let belief = index_belief(marginal(Lognormal, 1000));
    for (sigma, exponent) in [(0.978, "θ^45.45"), (0.96, "θ^25")] {
        let refused = Seller::new(&technology(sigma), &belief).unwrap_err().to_string();
        assert!(refused.contains("rests on the far tail") && refused.contains(exponent), "{refused}");
    }
    Seller::new(&technology(0.95), &belief).unwrap();
}

/// Under a cap demand for tuning is inelastic: three buyers, and the best price of tuning, 11,256 times its cost, is the
/// highest at which the largest takes everything (an independent optimisation by differential evolution).
#[test]
fn capped_tuning_is_sold_at_the_price_the_largest_buyer_bears() {
    let technology = Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.5 }],
        fine_tuning: Some(FineTuning { exponent: 0.2, cost: 0.05, maximum: Some(0.5) }),
    })
    .unwrap();
    let points = Points::new(vec![(80.0, 0.01), (8.0, 0.1), (1.0, 0.89)]);
    let belief = index_belief(Marginal::exactly(points));
    let best = posted(Rule::PayAsYouGo { markup: None, fine_tuning_markup: None }, &belief, &technology);
    close(best.expected.profit, 12.981_096, 1e-7);
}

/// Every item of a posted menu is somebody's best: thresholds and precisions rise strictly, so that no line of utility lies
/// below the upper envelope of the others.
#[test]
fn no_item_is_superfluous() {
    let technology = paper_technology();
    for belief in [paper_belief(5000), index_belief(marginal(FallingStep, 5000))] {
        for rule in [Rule::Packages, Rule::Flat, Rule::Tiers { tiers: 4 }] {
            let Offer::Packages(menu) = posted(rule, &belief, &technology).offer else { panic!("packages") };
            for pair in menu.items().windows(2) {
                assert!(pair[0].threshold < pair[1].threshold && pair[0].precision < pair[1].precision);
            }
        }
    }
}

/// Cuts found on ten points of a U-shaped law come out of order under the law itself: tiers merge, and the menu holds.
#[test]
fn few_points_still_give_incentive_compatible_tiers() {
    #[derive(Debug)]
    struct Arcsine;
    impl model::belief::Law for Arcsine {
        fn support(&self) -> (f64, f64) {
            (0.0, 1.0)
        }
        fn survival(&self, x: f64) -> f64 {
            1.0 - 2.0 / std::f64::consts::PI * libm::asin(x.clamp(0.0, 1.0).sqrt())
        }
        fn density(&self, x: f64) -> f64 {
            if x > 0.0 && x < 1.0 { 1.0 / (std::f64::consts::PI * (x * (1.0 - x)).sqrt()) } else { 0.0 }
        }
        fn upper_quantile(&self, p: f64) -> f64 {
            let sine = libm::sin(0.5 * std::f64::consts::PI * (1.0 - p));
            sine * sine
        }
        fn tail_index(&self) -> f64 {
            f64::INFINITY
        }
    }
    let technology = paper_technology();
    for points in [5, 7, 10, 20, 50] {
        let belief = index_belief(marginal(Arcsine, points));
        for tiers in 1..6 {
            posted(Rule::Tiers { tiers }, &belief, &technology);
        }
    }
}

/// One task: the programme excludes whom packages exclude, and the solver's residue of the excluded is not service. By hand,
/// of three equally likely types φ = 0.2 - 2 x 0.25, 0.45 - 0.55 and 1: the highest alone is served.
#[test]
fn allocations_serve_whom_packages_serve() {
    let (values, probabilities) = (vec![0.2, 0.45, 1.0], vec![1.0 / 3.0; 3]);
    let index = Points::new(values.iter().copied().zip(probabilities.clone()).collect());
    let environment = Environment { masses: vec![1.0], probabilities, values, sampled: false };
    let belief = Belief { environment: Some(environment), ..index_belief(Marginal::exactly(index)) };
    let [packages, allocations] = [Rule::Packages, Rule::Allocations { types: None }]
        .map(|rule| posted(rule, &belief, &paper_technology()).expected);
    close(packages.served_share, 1.0 / 3.0, 1e-12);
    close(allocations.served_share, 1.0 / 3.0, 1e-12);
    close(allocations.profit, packages.profit, 1e-6);
}
