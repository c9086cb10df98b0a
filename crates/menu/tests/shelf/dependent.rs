//! Allocations where value and scale depend on each other, and where the formula for value-scale types fails.

use menu::{PostedRule, Rule, Seller};
use model::belief::{Belief, Environment, GivenScale, Marginal, Points, ValueScaleBelief};
use model::choice::Buyer;
use model::menu::{Menu, Status};

use crate::laws::paper_technology;

/// A scale, its mass, and the values at it with their masses.
type Group = (f64, f64, Vec<(f64, f64)>);

/// What is believed of (scale, mass, values with masses), under the paper's σ = 1/2.
fn belief(groups: &[Group], dependent: bool) -> Belief {
    let given: Vec<GivenScale> = groups
        .iter()
        .map(|(scale, mass, values)| GivenScale {
            scale: *scale,
            mass: *mass,
            value: Marginal::exactly(Points::new(values.clone())),
        })
        .collect();
    let joint = || {
        given.iter().flat_map(|given| {
            given.value.points.iter().map(|(w, f)| (w, given.scale, given.mass * f)).collect::<Vec<_>>()
        })
    };
    let points = |of: &dyn Fn(f64, f64) -> f64| {
        Marginal::exactly(Points::new(joint().map(|(w, s, f)| (of(w, s), f)).collect()))
    };
    Belief {
        index: points(&|w, s| w * s.sqrt()),
        value_scale: Some(ValueScaleBelief {
            value: points(&|w, _| w),
            scale: points(&|_, s| s),
            given_scale: if dependent { given.clone() } else { Vec::new() },
        }),
        environment: None,
        source: "shelf".into(),
    }
}

/// The same types as profiles on four tasks, for scales that are quarters.
fn as_profiles(groups: &[Group]) -> Belief {
    let types: Vec<(f64, f64, f64)> = groups
        .iter()
        .flat_map(|(s, mass, values)| values.iter().map(move |(w, f)| (*w, *s, mass * f)))
        .collect();
    let profile = |w: f64, s: f64| (1..=4).map(move |i| if f64::from(i) <= 4.0 * s { w } else { 0.0 });
    let environment = Environment {
        masses: vec![0.25; 4],
        probabilities: types.iter().map(|(_, _, f)| *f).collect(),
        values: types.iter().flat_map(|(w, s, _)| profile(*w, *s)).collect(),
        sampled: false,
    };
    Belief { value_scale: None, environment: Some(environment), ..belief(groups, true) }
}

fn designed(belief: &Belief) -> Menu {
    let technology = paper_technology();
    let rule =
        PostedRule { label: "allocations".into(), round: None, rule: Rule::Allocations { types: None } };
    let menu = Seller::new(&technology, belief).unwrap().design(&rule).unwrap();
    assert_ne!(menu.certificate.status, Status::Fails, "{:?}", menu.certificate);
    menu
}

/// w in eighths and s in quarters, the mass of w given s proportional to 1 + tilt (2s-1) (2w-1).
fn eighths(tilt: f64) -> Vec<Group> {
    let values = |s: f64| -> Vec<(f64, f64)> {
        let slope = tilt * (2.0 * s - 1.0);
        let mass = |w: f64| (1.0 + slope * (2.0 * w - 1.0)) / 8.0 / (1.0 + slope / 8.0);
        (1..=8).map(|w| f64::from(w) / 8.0).map(|w| (w, mass(w))).collect()
    };
    (1..=4).map(|s| f64::from(s) / 4.0).map(|s| (s, 0.25, values(s))).collect()
}

/// Equal laws at every scale are independence.
#[test]
fn without_dependence_the_formulas_agree() {
    let groups = eighths(0.0);
    let [dependent, independent] = [true, false].map(|dependent| designed(&belief(&groups, dependent)));
    let (found, exact) = (dependent.expected.profit, independent.expected.profit);
    assert!((found / exact - 1.0).abs() < 1e-12, "{found} {exact}");
    assert!((exact - 0.209_182_7).abs() < 5e-8);
    // The limit is reached continuously.
    let near = designed(&belief(&eighths(1e-7), true)).expected.profit;
    assert!((near / exact - 1.0).abs() < 1e-6, "{near} {exact}");
}

/// Where nobody gains from another scale the formula is what the programme finds; where somebody does it is an upper bound.
#[test]
fn the_programme_agrees_where_scales_are_reported_truthfully() {
    let technology = paper_technology();
    let (mut kept, mut broken) = (0, 0);
    for tilt in [-0.9, -0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 0.9] {
        let groups = eighths(tilt);
        let (formula, programme) = (designed(&belief(&groups, true)), designed(&as_profiles(&groups)));
        let (found, exact) = (formula.expected.profit, programme.expected.profit);
        assert!((found / exact - 1.0).abs() < 1e-6, "{tilt}: {found} {exact}");
        match formula.parameters.get("formula_profit") {
            None => kept += 1,
            Some(bound) => {
                assert!(
                    *bound > found && formula.parameters["formula_violation"] > 0.0,
                    "{tilt}: {formula:?}"
                );
                broken += 1;
            }
        }
        // The posted menu earns it from the types themselves.
        let mut earned = 0.0;
        for (scale, mass, values) in &groups {
            for (value, f) in values {
                let choice =
                    formula.offer.choose(&technology, &Buyer::of_value_scale(&technology, *value, *scale));
                earned += mass * f * (choice.payment - technology.cost(choice.spend, choice.fine_tuning));
            }
        }
        assert!((earned / found - 1.0).abs() < 1e-8, "{tilt}: {earned} {found}");
    }
    assert!(kept > 0 && broken > 0, "{kept} {broken}");
}

/// Values from 1 to 4, as a beta law with parameters .1 and .9 has them: F = 1 - (1 - x^{.1})^{.9} of x = (w-1)/3, most of them next
/// to 1. The formula fails, and a grid of types is certified and posted, or packages where they earn more.
#[test]
fn values_that_bunch_at_an_end_are_certified_on_a_grid() {
    let quantile = |p: f64| 1.0 + 3.0 * libm::pow(1.0 - libm::pow(1.0 - p, 1.0 / 0.9), 10.0);
    let values: Vec<(f64, f64)> =
        (0..2000).map(|k| (quantile((f64::from(k) + 0.5) / 2000.0), 1.0 / 2000.0)).collect();
    let groups: Vec<_> =
        (0..40).map(|k| (0.6 + 0.4 * (f64::from(k) + 0.5) / 40.0, 1.0 / 40.0, values.clone())).collect();
    let menu = designed(&belief(&groups, false));
    assert!(menu.certificate.duality_gap.unwrap() <= 1e-6, "{:?}", menu.certificate);
    assert!(menu.parameters["formula_violation"] > 0.0);
    assert!(menu.expected.profit <= menu.parameters["formula_profit"]);
}
