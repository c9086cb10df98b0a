//! Allocations for many buyers: never worse than packages on buyers unseen, better where contracting on tasks has value.

use menu::{PostedRule, Rule, Seller};
use model::belief::{Belief, Environment, Marginal, Points};
use model::choice::Buyer;
use model::index::ces_index;
use model::menu::Menu;
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

use crate::laws::index_belief;

fn technology() -> Technology {
    let token = |class: &str, cost| TokenClass { class: class.into(), exponent: 0.2, cost };
    Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![token("input", 0.5), token("output", 2.0)],
        fine_tuning: Some(FineTuning { exponent: 0.15, cost: 1.0, maximum: Some(10.0) }),
    })
    .unwrap()
}

/// Buyers with independent lognormal values of tasks of equal mass, μ = 1/2, by a linear congruence and Box-Muller.
fn buyers(count: usize, sigmas: &[f64], mut state: u64) -> Environment {
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (state ^ (state >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        ((mixed >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    let mut normal = move || {
        let (radius, angle) = (uniform(), uniform());
        (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
    };
    let values = (0..count)
        .flat_map(|_| sigmas.iter().map(|sigma| libm::exp(0.5 + sigma * normal())).collect::<Vec<f64>>());
    Environment {
        masses: vec![1.0 / sigmas.len() as f64; sigmas.len()],
        probabilities: vec![1.0 / count as f64; count],
        values: values.collect(),
        sampled: true,
    }
}

fn index(environment: &Environment, kind: usize) -> f64 {
    ces_index(environment.profile(kind), &environment.masses, technology().sigma())
}

fn designed(environment: &Environment, rule: Rule) -> Menu {
    let indices = (0..environment.n_types()).map(|kind| index(environment, kind));
    let points = Marginal::exactly(Points::from_sample(indices));
    let belief = Belief { environment: Some(environment.clone()), ..index_belief(points) };
    let technology = technology();
    let seller = Seller::new(&technology, &belief).unwrap();
    seller.design(&PostedRule { label: "rule".into(), round: None, rule }).unwrap()
}

/// The value of contractibility on fresh buyers, relative to the profit of packages, and its standard error.
fn gain(sigmas: &[f64], types: Option<u64>) -> (f64, f64, Menu) {
    let technology = technology();
    let known = buyers(8192, sigmas, 17);
    let [allocations, packages] =
        [Rule::Allocations { types }, Rule::Packages].map(|rule| designed(&known, rule));
    let fresh = buyers(40_000, sigmas, 99);
    let earned = |menu: &Menu, kind: usize| {
        let buyer = Buyer::of_profile(&technology, index(&fresh, kind), fresh.profile(kind));
        let choice = menu.offer.choose(&technology, &buyer);
        assert!(choice.utility >= 0.0);
        choice.payment - technology.cost(choice.spend, choice.fine_tuning)
    };
    let pairs: Vec<(f64, f64)> =
        (0..fresh.n_types()).map(|kind| (earned(&allocations, kind), earned(&packages, kind))).collect();
    let count = pairs.len() as f64;
    let profit: f64 = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
    let mean: f64 = pairs.iter().map(|pair| pair.0 - pair.1).sum::<f64>() / count;
    let squares: f64 = pairs.iter().map(|pair| (pair.0 - pair.1 - mean) * (pair.0 - pair.1 - mean)).sum();
    let error = (squares / count / count).sqrt();
    (mean / profit, error / profit, allocations)
}

/// Equal tasks: whom packages screen by the index, allocations cannot screen better, and nothing is lost by trying.
#[test]
fn equal_tasks_lose_nothing() {
    for sigmas in [&[0.6; 2][..], &[0.8; 4], &[1.0; 16]] {
        let (gain, error, _) = gain(sigmas, Some(24));
        assert!(gain >= -3.0 * error, "{gain} {error}");
    }
}

/// Tasks that differ in how much is known of them: contracting on each earns more, on buyers unseen, and what the design
/// expects is what they bring.
#[test]
fn different_tasks_are_worth_contracting_on() {
    for sigmas in [&[0.2, 1.0][..], &[0.2, 0.4, 0.8, 1.0]] {
        let (gain, error, menu) = gain(sigmas, Some(24));
        assert!(gain > 0.01 && gain > 5.0 * error, "{gain} {error}");
        assert_eq!(menu.parameters["packages_posted"], 0.0);
        assert!(menu.parameters["gain_over_packages"] > 0.0);
    }
}

/// The same belief gives the same menu, to the last bit.
#[test]
fn repeated_designs_are_identical() {
    let known = buyers(1000, &[0.3, 1.0], 5);
    let [one, other] =
        [0, 1].map(|_| format!("{:?}", designed(&known, Rule::Allocations { types: Some(12) })));
    assert_eq!(one, other);
}
