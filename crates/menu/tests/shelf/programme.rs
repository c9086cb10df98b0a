//! The programme for allocations on problems whose answers are known, and its invariances.

use menu::programme::{Solution, solve};
use menu::{DesignError, iron};
use model::belief::{Environment, Points};
use model::technology::{FineTuning, Technology, TechnologyConfig, TokenClass};
use proptest::prelude::*;

use crate::laws::paper_technology;

/// An environment of profiles with their probabilities, on tasks of equal mass.
pub(crate) fn environment(types: &[(f64, Vec<f64>)]) -> Environment {
    let tasks = types[0].1.len();
    Environment {
        masses: vec![1.0 / tasks as f64; tasks],
        probabilities: types.iter().map(|(probability, _)| *probability).collect(),
        values: types.iter().flat_map(|(_, profile)| profile.clone()).collect(),
        sampled: false,
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

/// Closed forms: full extraction at λ = 0, both participations binding at λ = 2/15, the textbook case at λ = 1.
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
        sampled: false,
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

/// One token class, with costs of 1/8 times `cost`.
fn technology(sigma: f64, gamma: f64, maximum: Option<f64>, cost: f64) -> Technology {
    let tuning = FineTuning { exponent: gamma, cost: 0.125 * cost, maximum };
    Technology::new(TechnologyConfig {
        aggregator: model::technology::Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![TokenClass { class: "input".into(), exponent: sigma, cost: 0.125 * cost }],
        fine_tuning: (gamma > 0.0).then_some(tuning),
    })
    .unwrap()
}

/// Without tuning and with σ = 1/2 cost is quadratic in precision, the limit of Mussa and Rosen: π(τ) = τ²κ²/4, v = κ²ω/2.
#[test]
fn quadratic_costs_are_mussa_and_rosen() {
    let technology = technology(0.5, 0.0, None, 1.0);
    // φ = (1 - .3·.5/.7, 1.5).
    let solution = solved(&technology, &environment(&[(0.7, vec![1.0]), (0.3, vec![1.5])]));
    let square = technology.efficiency() * technology.efficiency();
    let low: f64 = 1.0 - 0.15 / 0.7;
    close(solution.profit, 0.25 * square * (0.7 * low * low + 0.3 * 2.25), 1e-6 * solution.bound);
    close(solution.utilities[1], 0.5 * 0.5 * square * low, 1e-3);
    assert_eq!(solution.fine_tuning, [0.0, 0.0]);
}

/// The cap binds in the first-best use of the high type (θ = 1.5): z_max replaces ẑ in programme and bound alike.
#[test]
fn a_binding_cap_on_tuning() {
    let technology = technology(0.5, 0.25, Some(0.5), 1.0);
    let pair = environment(&[(0.5, vec![0.9, 1.2]), (0.5, vec![2.0, 0.7])]);
    let solution = solved(&technology, &pair);
    assert_eq!(solution.fine_tuning[1], 0.5);
    let free = solved(&self::technology(0.5, 0.25, None, 1.0), &pair);
    assert!(solution.profit < free.profit - 0.01, "{} {}", solution.profit, free.profit);
}

#[test]
fn exponents_near_one_are_certified_too() {
    for (sigma, gamma) in [(0.7, 0.2), (0.3, 0.65), (0.05, 0.9), (0.93, 0.0)] {
        let technology = technology(sigma, gamma, None, 1.0);
        let types = [(0.5, vec![0.5, 0.45]), (0.3, vec![0.55, 0.4]), (0.2, vec![0.4, 0.6])];
        solved(&technology, &environment(&types));
    }
}

/// Types of no probability take what they like best, tasks of no value get nothing, a market of no value earns nothing.
#[test]
fn zeros_are_legal() {
    let technology = paper_technology();
    let types = [(0.5, vec![1.0, 0.0, 0.2]), (0.0, vec![2.0, 0.0, 5.0]), (0.5, vec![0.0, 0.0, 0.0])];
    let solution = solved(&technology, &environment(&types));
    assert!(solution.utilities[1] > 0.0 && solution.precisions[4] == 0.0);
    assert_eq!(solution.precisions[6..], [0.0; 3]);
    let nothing = solved(&technology, &environment(&[(1.0, vec![0.0, 0.0])]));
    assert_eq!((nothing.profit, nothing.bound), (0.0, 0.0));
}

/// Six orders of magnitude in values, costs and probabilities, with zeros and duplicates.
#[test]
fn badly_scaled_environments_are_certified() {
    let types = [
        (0.499_998, vec![1.0, 1e-3, 0.0, 1.0]),
        (0.3, vec![1e3, 1e-3, 2.0, 0.5]),
        (0.2, vec![1e-3, 1e3, 2.0, 0.0]),
        (1e-6, vec![1e3, 1e3, 1e3, 1e3]),
        (1e-6, vec![1e3, 1e3, 1e3, 1e3]),
    ];
    for cost in [1e-3, 1.0, 1e3] {
        solved(&technology(0.3, 0.2, None, cost), &environment(&types));
        solved(&technology(0.5, 0.0, None, cost), &environment(&types));
    }
}

/// Thirty markets of one to twelve types on one to five tasks, values and costs over six orders of magnitude, some values zero and
/// some types twice: they end with a certificate, but for a few that say what gap is left.
#[test]
fn random_badly_scaled_environments_are_certified() {
    let mut state = 5u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut certified = 0;
    let exponents = [(0.5, 0.25), (0.4, 0.0), (0.2, 0.5), (0.3, 0.2), (0.35, 0.15)];
    for number in 0..30 {
        let (sigma, gamma) = exponents[number % exponents.len()];
        let mut magnitude = |orders: f64| libm::pow(10.0, orders * (uniform() - 0.5));
        let cost = magnitude(6.0);
        let (count, tasks) = (1 + number % 12, 1 + number % 5);
        let mut types: Vec<(f64, Vec<f64>)> = (0..count)
            .map(|_| {
                let profile = (0..tasks).map(|_| magnitude(6.0)).map(|w| if w < 5e-3 { 0.0 } else { w });
                let profile: Vec<f64> = profile.collect();
                (magnitude(2.0), profile)
            })
            .collect();
        types.push(types[0].clone());
        let total: f64 = types.iter().map(|(f, _)| f).sum();
        for (f, _) in &mut types {
            *f /= total;
        }
        let (technology, environment) = (technology(sigma, gamma, None, cost), environment(&types));
        match solve(&technology, &environment) {
            Ok(solution) => {
                check(&technology, &environment, &solution);
                certified += 1;
            }
            Err(DesignError::NotCertified { gap, .. }) => {
                assert!(gap > 1e-6 && gap < 1e-4, "market {number}: {gap:e}");
            }
            Err(error) => panic!("market {number}: {error}"),
        }
    }
    assert!(certified >= 27, "{certified}");
}

/// A market in pieces, so that it can be changed piece by piece.
#[derive(Debug, Clone)]
struct Market {
    technology: (f64, f64, Option<f64>),
    types: Vec<(f64, Vec<f64>)>,
}

impl Market {
    fn profit(&self, cost: f64) -> f64 {
        let (sigma, gamma, maximum) = self.technology;
        let total: f64 = self.types.iter().map(|(probability, _)| probability).sum();
        let types: Vec<(f64, Vec<f64>)> =
            self.types.iter().map(|(probability, profile)| (probability / total, profile.clone())).collect();
        solved(&technology(sigma, gamma, maximum, cost), &environment(&types)).profit
    }

    fn with_profiles(&self, change: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let types = self.types.iter().map(|(f, profile)| (*f, change(profile))).collect();
        Self { types, ..self.clone() }
    }
}

fn markets() -> impl Strategy<Value = Market> {
    let technology = prop_oneof![
        Just((0.5, 0.25, None)),
        Just((0.5, 0.0, None)),
        Just((0.4, 0.3, Some(0.3))),
        Just((0.2, 0.5, None)),
        Just((0.6, 0.3, None)),
    ];
    let value = prop_oneof![1 => Just(0.0), 6 => 0.05f64..1.5];
    let types = (1..5usize).prop_flat_map(move |tasks| {
        prop::collection::vec((0.05f64..1.0, prop::collection::vec(value.clone(), tasks)), 1..9)
    });
    (technology, types).prop_map(|(technology, types)| Market { technology, types })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Every solution is checked by brute force; equivalent markets earn the same within their gaps.
    #[test]
    fn equivalent_markets_earn_the_same(market in markets(), factor in prop_oneof![Just(1e-4), Just(7.0), Just(1e5)]) {
        let profit = market.profit(1.0);
        let same = |changed: f64, name: &str| {
            prop_assert!((changed - profit).abs() <= 1.1e-6 * profit, "{name}: {changed}, not {profit}");
            Ok(())
        };
        let scaled = market.with_profiles(|profile| profile.iter().map(|w| w * factor).collect());
        same(scaled.profit(factor) / factor, "values and costs scaled")?;
        let mut split = market.clone();
        let (probability, profile) = split.types[0].clone();
        split.types[0].0 = 0.3 * probability;
        split.types.push((0.7 * probability, profile));
        same(split.profit(1.0), "a type split in two")?;
        let mut reversed = market.with_profiles(|profile| profile.iter().rev().copied().collect());
        reversed.types.reverse();
        same(reversed.profit(1.0), "types and tasks reversed")?;
        let halved = market.with_profiles(|profile| profile.iter().flat_map(|w| [*w, *w]).collect());
        same(halved.profit(1.0), "every task split in two")?;
        let mut larger = market.clone();
        larger.types.push((0.0, profile_of_ones(&market)));
        same(larger.profit(1.0), "a type of no probability added")?;
        let mut outside = market.clone();
        let nothing = vec![0.0; market.types[0].1.len()];
        outside.types.extend([(0.0, nothing.clone()), (0.0, nothing)]);
        same(outside.profit(1.0), "the outside option written down twice, as the item of types who value nothing")?;
        let served: f64 = market.types.iter().map(|(f, _)| f).sum();
        let mut diluted = market.clone();
        diluted.types.push((served, vec![0.0; market.types[0].1.len()]));
        same(2.0 * diluted.profit(1.0), "as many buyers who value nothing added")?;
    }
}

fn profile_of_ones(market: &Market) -> Vec<f64> {
    vec![1.0; market.types[0].1.len()]
}
