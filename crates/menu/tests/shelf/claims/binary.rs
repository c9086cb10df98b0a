//! Allocations for two types: three regimes, and distortions in both directions.

use super::{Claim, Expected, Statement, designed, equals};
use crate::laws::{index_belief, paper_technology};
use menu::Rule;
use model::belief::{Belief, Environment, Marginal, Points};
use model::index::ces_index;
use model::menu::Menu;

const REGIMES: Claim = Claim {
    claim: "Two types who do not envy each other's efficient allocation get it and keep nothing",
    place: "binary environment",
};
const UPWARD: Claim = Claim {
    claim: "A type is distorted upward on tasks that she values more than the type who envies her",
    place: "binary environment",
};

pub(super) fn statements() -> Vec<Statement> {
    let full = pair([1.0, 0.2], [0.4, 0.9]);
    let partial = pair([0.6, 0.4], [0.3, 1.0]);
    let textbook = pair([0.5, 0.5], [1.0, 0.6]);
    let profit = |menu: &Menu| menu.expected.profit;
    vec![
        REGIMES.holds(
            "(1, .2), (.4, .9): profit, all of first-best",
            equals(0.630_625, "1009/1600", 1e-12),
            profit(&full),
        ),
        REGIMES.breaks(
            "(.6, .4), (.3, 1): both keep nothing, multiplier",
            equals(2.0 / 15.0, "2/15", 1e-11),
            partial.parameters["multiplier"],
        ),
        REGIMES.breaks("(.6, .4), (.3, 1): profit", equals(0.487_561, ".487561", 1e-11), profit(&partial)),
        REGIMES.breaks(
            "(.5, .5), (1, .6): textbook, profit",
            equals(0.5649, ".5649", 1e-11),
            profit(&textbook),
        ),
        REGIMES.breaks(
            "(.5, .5), (1, .6): textbook, what the second type keeps, twice her mean share",
            equals(0.04, "1/25", 1e-11),
            2.0 * textbook.expected.consumer_surplus,
        ),
        // v = 8 θ² w where types tune: 8 (.256 x .64 - .26 x .6) on the first task.
        UPWARD.holds(
            "(.6, .4), (.3, 1): precision above the efficient one, first task",
            equals(0.062_72, "8 (.256 × .64 - .26 × .6)", 1e-10),
            largest_distortion(&partial),
        ),
        UPWARD.breaks(
            "(.5, .5), (1, .6), where the other type values every task more: largest distortion",
            Expected::AtMost(1e-12),
            largest_distortion(&textbook),
        ),
    ]
}

/// The allocations for two equally likely types over two tasks of equal mass.
fn pair(first: [f64; 2], second: [f64; 2]) -> Menu {
    let technology = paper_technology();
    let masses = vec![0.5, 0.5];
    let index = |profile: [f64; 2]| (ces_index(&profile, &masses, technology.sigma()), 0.5);
    let index = Marginal::exactly(Points::new(vec![index(first), index(second)]));
    let environment = Environment {
        masses,
        probabilities: vec![0.5, 0.5],
        values: [first, second].concat(),
        sampled: false,
    };
    let belief = Belief { environment: Some(environment), ..index_belief(index) };
    designed(Rule::Allocations { types: None }, &belief, &technology)
}

/// Precision minus efficient precision, the largest over items and tasks.
fn largest_distortion(menu: &Menu) -> f64 {
    let rows = menu.task_rows(&paper_technology());
    rows.iter().map(|row| row.distortion).fold(f64::NEG_INFINITY, f64::max)
}
