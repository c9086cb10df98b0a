//! Markups and pools of the optimal packages.

use super::{Claim, Expected, Statement, designed, equals};
use crate::laws::{
    Exponential, FallingStep, Lognormal, Pareto, ShiftedPareto, UnitPower, index_belief, marginal,
    paper_technology, quadratic_technology,
};
use menu::Rule;
use model::belief::Law;
use model::menu::{Item, Offer};
use model::technology::Technology;

const MARKUPS: Claim = Claim {
    claim: "Markups θ/φ(θ) fall with θ where θ f/(1-F) rises",
    place: "token packages; two-part tariffs",
};
const POOLS: Claim = Claim {
    claim: "No two types buy the same package where φ rises, and all types of an ironed interval do",
    place: "token packages; Myerson (1981)",
};

pub(super) fn statements() -> Vec<Statement> {
    let technology = paper_technology();
    let of = |law: Box<dyn Fn() -> Vec<Item>>| markups(&law());
    let uniform = of(Box::new(|| items(UnitPower(2.0), &paper_technology())));
    let exponential = markups(&items(Exponential(0.5), &technology));
    let lognormal = markups(&items(Lognormal, &technology));
    let pareto = markups(&items(Pareto { scale: 1.0, shape: 10.0 }, &technology));
    let shifted = markups(&items(ShiftedPareto, &technology));
    let (largest, smallest) = (
        |rises: &[f64]| rises.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        |rises: &[f64]| rises.iter().copied().fold(f64::INFINITY, f64::min),
    );
    let step = items(FallingStep, &quadratic_technology());
    let plain = items(UnitPower(2.0), &quadratic_technology());
    // The pool of a density that falls: θ from s/2 + 1/3 to (1+s)/2, s² - s + 1/6 = 0.
    let level = 0.5 * (1.0 - (1.0_f64 / 3.0).sqrt());
    let (from, to) = (0.5 * level + 1.0 / 3.0 + 1e-3, 0.5 * (1.0 + level) - 1e-3);
    vec![
        MARKUPS.holds(
            "uniform example: largest rise between items",
            Expected::AtMost(0.0),
            largest(&changes(&uniform)),
        ),
        MARKUPS.holds(
            "uniform example: markup at θ = .6, 2θ/(3θ-1)",
            equals(1.5, "3/2", 1e-3),
            at(&uniform, 0.6),
        ),
        MARKUPS.holds("θ exponential: largest rise", Expected::AtMost(0.0), largest(&changes(&exponential))),
        MARKUPS.holds("θ lognormal: largest rise", Expected::AtMost(0.0), largest(&changes(&lognormal))),
        MARKUPS.breaks(
            "θ Pareto, θ f/(1-F) = 10: markup at θ = 1.05",
            equals(10.0 / 9.0, "10/9", 1e-3),
            at(&pareto, 1.05),
        ),
        MARKUPS.breaks("θ Pareto: markup at θ = 1.2", equals(10.0 / 9.0, "10/9", 1e-3), at(&pareto, 1.2)),
        MARKUPS.breaks(
            "θ shifted Pareto, θ f/(1-F) = 5 θ/(θ-1/2) falls: smallest rise",
            Expected::Above(0.0),
            smallest(&changes(&shifted)),
        ),
        MARKUPS.breaks(
            "θ shifted Pareto: markup at θ = 1.2, θ/(.8 θ + .1)",
            equals(60.0 / 53.0, "60/53", 1e-3),
            at(&shifted, 1.2),
        ),
        POOLS.holds(
            "density falls by two thirds at θ = 1/2: packages that start within the ironed interval",
            Expected::AtMost(0.0),
            starting(&step, from, to),
        ),
        POOLS.breaks(
            "uniform example, φ rises: packages that start within the same interval",
            Expected::Above(100.0),
            starting(&plain, from, to),
        ),
    ]
}

/// The items of the optimal packages for a law of the index.
fn items(law: impl Law + 'static, technology: &Technology) -> Vec<Item> {
    let menu = designed(Rule::Packages, &index_belief(marginal(law, 20_000)), technology);
    let Offer::Packages(packages) = &menu.offer else { panic!("packages") };
    packages.items().to_vec()
}

/// θ and θ/φ of items, without the coarse ones of the far tail.
fn markups(items: &[Item]) -> Vec<(f64, f64)> {
    let kept = items.len() * 9 / 10;
    items[..kept].iter().map(|item| (item.threshold, item.threshold / item.virtual_value)).collect()
}

/// Changes of the markup over a hundredth of the items.
fn changes(markups: &[(f64, f64)]) -> Vec<f64> {
    let stride = markups.len() / 100;
    let coarse: Vec<f64> = markups.iter().step_by(stride).map(|(_, markup)| *markup).collect();
    coarse.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// The markup of the item that a type takes.
fn at(markups: &[(f64, f64)], theta: f64) -> f64 {
    markups[markups.partition_point(|(threshold, _)| *threshold <= theta) - 1].1
}

/// Number of items whose lowest type lies between two types.
fn starting(items: &[Item], from: f64, to: f64) -> f64 {
    items.iter().filter(|item| from < item.threshold && item.threshold < to).count() as f64
}
