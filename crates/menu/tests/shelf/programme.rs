//! The programme for allocations on problems whose answers are known, and its invariances.

use menu::iron;
use menu::programme::{Solution, solve};
use model::belief::{Environment, Points};
use model::technology::Technology;

use crate::laws::paper_technology;

/// An environment of profiles with their probabilities, on tasks of equal mass.
pub(crate) fn environment(types: &[(f64, Vec<f64>)]) -> Environment {
    let tasks = types[0].1.len();
    Environment {
        masses: vec![1.0 / tasks as f64; tasks],
        probabilities: types.iter().map(|(probability, _)| *probability).collect(),
        values: types.iter().flat_map(|(_, profile)| profile.clone()).collect(),
    }
}

/// Solves, and checks by brute force that the certificate says what it claims.
fn solved(technology: &Technology, environment: &Environment) -> Solution {
    let solution = solve(technology, environment).unwrap();
    check(technology, environment, &solution);
    solution
}

/// All incentive and participation constraints over all pairs to rounding, precisions affordable, profit and gap as stated.
fn check(technology: &Technology, environment: &Environment, solution: &Solution) {
    let (types, tasks) = (environment.n_types(), environment.n_tasks());
    let value = |kind: usize, item: usize| -> f64 {
        (0..tasks)
            .map(|i| {
                environment.masses[i] * environment.profile(kind)[i] * solution.precisions[item * tasks + i]
            })
            .sum()
    };
    let mut profit = 0.0;
    for kind in 0..types {
        let own = value(kind, kind);
        let utility = own - solution.payments[kind];
        let rounding = 1e-13 * own;
        assert!(utility >= -rounding, "type {kind} loses {utility}");
        assert!((utility - solution.utilities[kind]).abs() <= rounding, "{utility} is not as stated");
        for item in 0..types {
            let other = value(kind, item);
            let gain = other - solution.payments[item] - utility;
            assert!(
                gain <= rounding + 1e-13 * (other + value(item, item)),
                "{kind} gains {gain} from {item}"
            );
        }
        let spends = &solution.spends[kind * tasks..(kind + 1) * tasks];
        let tuning = solution.fine_tuning[kind];
        for (spend, v) in spends.iter().zip(&solution.precisions[kind * tasks..]) {
            let afforded = technology.package_precision(*spend, tuning);
            assert!((afforded - v).abs() <= 1e-11 * v, "{spend} $ buy {afforded}, not {v}");
        }
        let spend: f64 = spends.iter().zip(&environment.masses).map(|(e, mass)| e * mass).sum();
        profit +=
            environment.probabilities[kind] * (solution.payments[kind] - technology.cost(spend, tuning));
    }
    assert!((profit - solution.profit).abs() <= 1e-12 * solution.bound, "{profit} {}", solution.profit);
    assert!(solution.profit <= solution.bound * (1.0 + 1e-12), "{} {}", solution.profit, solution.bound);
    assert!(solution.relative_gap() <= 1e-6, "{:e}", solution.relative_gap());
}

fn close(found: f64, exact: f64, tolerance: f64) {
    assert!((found - exact).abs() <= tolerance, "{found} is not {exact}");
}

/// Closed forms: full extraction at 1/λ = 0, both participations binding at λ = 2/15, the textbook case at λ = 1.
#[test]
fn binary_environments_in_closed_form() {
    let technology = paper_technology();
    let pair = |low: [f64; 2], high: [f64; 2]| {
        solved(&technology, &environment(&[(0.5, low.to_vec()), (0.5, high.to_vec())]))
    };
    close(pair([1.0, 0.2], [0.4, 0.9]).profit, 0.630_625, 1e-6);
    close(pair([0.6, 0.4], [0.3, 1.0]).profit, 0.487_561, 1e-6);
    let textbook = pair([0.5, 0.5], [1.0, 0.6]);
    close(textbook.profit, 0.5649, 1e-6);
    close(textbook.utilities[0], 0.0, 1e-6);
    // The profit is flat at its maximum: utilities are known to the root of its gap.
    close(textbook.utilities[1], 0.04, 1e-4);
}

/// One type: the efficient use, all surplus extracted.
#[test]
fn one_type_is_served_efficiently() {
    let technology = paper_technology();
    let solution = solved(&technology, &environment(&[(1.0, vec![0.9, 0.3, 0.0])]));
    // θ = (Σ μ w²)^{1/2}, π = 2θ⁴ + 1/8 for θ > 1/2.
    let square = (0.81 + 0.09) / 3.0;
    close(solution.profit, 2.0 * square * square + 0.125, 1e-7);
    assert_eq!(solution.utilities, [0.0]);
    assert_eq!(solution.precisions[2], 0.0);
}

/// w on a share s of four equal tasks.
fn value_scale(types: impl Iterator<Item = (f64, f64, u8)>) -> Environment {
    let profile = |w: f64, s: u8| (0..4).map(|i| if i < s { w } else { 0.0 }).collect::<Vec<f64>>();
    environment(&types.map(|(probability, w, s)| (probability, profile(w, s))).collect::<Vec<_>>())
}

/// On a grid of value-scale types the programme finds the formula's profit, E π(φ(w)^+ s^{1/2}).
#[test]
fn value_scale_grid_agrees_with_the_formula() {
    let technology = paper_technology();
    let grid = (1..=8).flat_map(|w| (1..=4).map(move |s| (1.0 / 32.0, f64::from(w) / 8.0, s)));
    close(solved(&technology, &value_scale(grid)).profit, 0.209_182_7, 2e-7);
}

/// Where reporting a larger scale pays, the formula (35.1828) is only a bound and the programme finds less.
#[test]
fn scale_constraints_that_bind_cost_profit() {
    let technology = paper_technology();
    let types = [(0.45, 1.0, 0.6), (0.45, 1.0, 1.0), (0.05, 4.0, 0.6), (0.05, 4.0, 1.0)];
    let environment = Environment {
        masses: vec![0.6, 0.4],
        probabilities: types.map(|(probability, _, _)| probability).to_vec(),
        values: types.iter().flat_map(|(_, w, s)| [*w, if *s < 1.0 { 0.0 } else { *w }]).collect(),
    };
    let solution = solved(&technology, &environment);
    close(solution.profit, 35.1809, 1e-4);
    assert!(solution.bound < 35.1828 - 1e-3, "{}", solution.bound);
}

/// On one task the programme is ironing: two bells whose virtual value falls between them.
#[test]
fn one_task_is_ironed_packages() {
    let technology = paper_technology();
    let bell = |x: f64, centre: f64| libm::exp(-(x - centre) * (x - centre) / (2.0 * 0.08 * 0.08));
    let points = Points::new(
        (0..100)
            .map(|k| (f64::from(k) + 0.5) / 100.0)
            .map(|x| (x, 0.6 * bell(x, 0.35) + 0.4 * bell(x, 0.8)))
            .collect(),
    );
    let ironed = iron(&points);
    assert!(ironed.pools.len() < 90, "the law must iron: {} pools", ironed.pools.len());
    let exact: f64 = points
        .masses()
        .iter()
        .zip(ironed.virtual_values())
        .map(|(f, virtual_value)| f * technology.surplus(virtual_value))
        .sum();
    let types: Vec<(f64, Vec<f64>)> = points.iter().map(|(node, mass)| (mass, vec![node])).collect();
    close(solved(&technology, &environment(&types)).profit, exact, 1e-6 * exact);
}
