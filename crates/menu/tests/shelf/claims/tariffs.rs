//! Two-part tariffs and committed spend as implementations of the optimal packages.

use super::{Claim, Expected, Statement, designed, equals, peak};
use crate::laws::{
    FallingStep, ShiftedPareto, index_belief, marginal, paper_belief, paper_technology, quadratic_technology,
};
use menu::Rule;
use model::belief::{Belief, Law, Marginal, Points};
use model::technology::Technology;

const TARIFFS: Rule = Rule::TwoPartMenu { plans: None, spend_cap: false };

const IMPLEMENT: Claim = Claim {
    claim: "Two-part tariffs with markup θ/φ implement the optimal packages exactly where (b+z)^γ m^{-σ} nowhere falls in θ",
    place: "Propositions 5-7",
};
const MANY: Claim = Claim {
    claim: "A continuum of tariffs is needed: K plans lose about 1/K² of profit",
    place: "Propositions 5-7",
};
const COMMITTED: Claim = Claim {
    claim: "Committed spend implements the optimal packages for any belief",
    place: "v2, committed spend",
};

pub(super) fn statements() -> Vec<Statement> {
    let paper = paper_technology();
    let uniform = paper_belief(20_000);
    let shifted = index_belief(marginal(ShiftedPareto, 20_000));
    let step = index_belief(marginal(FallingStep, 2000));
    let mut statements = vec![
        IMPLEMENT.holds(
            "uniform example: largest fall of ln((b+z)^γ m^{-σ}) over a thousandth of the served",
            Expected::AtMost(0.0),
            largest_fall(&uniform, &paper),
        ),
        IMPLEMENT.holds(
            "uniform example: share of profit lost",
            Expected::AtMost(1e-6),
            share_lost(&uniform, &paper),
        ),
        IMPLEMENT.holds(
            "θ shifted Pareto, markups rise but so does tuning: largest fall",
            Expected::AtMost(0.0),
            largest_fall(&shifted, &paper),
        ),
        IMPLEMENT.holds(
            "θ shifted Pareto: share of profit lost",
            Expected::AtMost(1e-5),
            share_lost(&shifted, &paper),
        ),
        IMPLEMENT.breaks(
            "θ shifted Pareto, markups rise and nobody tunes: largest fall",
            Expected::Above(0.0),
            largest_fall(&shifted, &quadratic_technology()),
        ),
        IMPLEMENT.breaks(
            "θ shifted Pareto, nobody tunes: share of profit lost",
            Expected::Above(1e-4),
            share_lost(&shifted, &quadratic_technology()),
        ),
        IMPLEMENT.breaks(
            "an ironed interval, density falls at θ = 1/2: share of profit lost",
            Expected::Above(1e-4),
            share_lost(&step, &paper),
        ),
    ];
    statements.extend(losses(&uniform, &paper));
    statements.extend(two_types(&paper));
    statements
}

/// The largest fall of ln((b+z)^γ m^{-σ}) from one quantile of the served to the next, by the law's own density.
fn largest_fall(belief: &Belief, technology: &Technology) -> f64 {
    let law: &dyn Law = belief.index.law.as_deref().unwrap();
    let served = designed(Rule::Packages, belief, technology).expected.served_share;
    let log_slope = |share: u32| {
        let theta = law.upper_quantile(served * f64::from(1000 - share) / 1000.0);
        let phi = theta - law.survival(theta) / law.density(theta);
        let quality = technology.base_quality() + technology.efficient_use(phi).fine_tuning;
        technology.gamma() * libm::log(quality) + technology.sigma() * libm::log(phi / theta)
    };
    (1..999).map(|share| log_slope(share) - log_slope(share + 1)).fold(f64::NEG_INFINITY, f64::max)
}

fn share_lost(belief: &Belief, technology: &Technology) -> f64 {
    designed(TARIFFS, belief, technology).parameters["rent_lost_share"]
}

/// Losses in $ of the best few plans in the uniform example, against a search over thresholds.
fn losses(uniform: &Belief, technology: &Technology) -> Vec<Statement> {
    let optimum = 97.0 / 1080.0;
    let loss = |plans: u64| {
        let rule = Rule::TwoPartMenu { plans: Some(plans), spend_cap: false };
        optimum - designed(rule, uniform, technology).expected.profit
    };
    let by_count = |plans: usize| {
        let searched = optimum - by_search(plans);
        MANY.holds(
            format!("uniform example, {plans} plans: $ lost, and by a search over thresholds"),
            equals(searched, "", 2e-3),
            loss(plans as u64),
        )
    };
    let mut statements: Vec<Statement> = [2, 3, 5, 10, 100].map(by_count).into();
    statements.push(MANY.holds(
        "uniform example: loss with 10 plans over loss with 100",
        equals(100.0, "about 100", 0.2),
        loss(10) / loss(100),
    ));
    let pair = points(&[(1.0, 0.7), (1.5, 0.3)]);
    let share = |plans| {
        let rule = Rule::TwoPartMenu { plans: Some(plans), spend_cap: false };
        designed(rule, &pair, technology).expected.profit
    };
    statements.push(MANY.breaks(
        "two types, θ = 1 and 1.5: profit with 100 plans minus profit with 2",
        Expected::AtMost(1e-12),
        share(100) - share(2),
    ));
    statements
}

/// The profit of the best K tariffs in the uniform example, thresholds moved one by one to where they earn most.
///
/// With x = 4θ², buyers between t and t' have mass M, E[x] X and leave rents H = ∫ P(θ' > θ) dx per unit of slope, and earn
/// M π((X/M)^{1/2} (1 - H/(2X))/2).
fn by_search(plans: usize) -> f64 {
    const SWEEPS: usize = 200;
    const GRID: usize = 600;
    let tail = |t: f64| (1.0 - t) * (1.0 - t);
    let sum = |t: f64| 4.0 * (2.0 * (1.0 - t * t * t) / 3.0 - (1.0 - t * t * t * t) / 2.0);
    let rent = |t: f64| 2.0 / 3.0 - t * t * (4.0 - t * (16.0 / 3.0 - 2.0 * t));
    let surplus = |tau: f64| if tau > 0.5 { 2.0 * tau * tau * tau * tau + 0.125 } else { tau * tau };
    let profit = |low: f64, high: f64| {
        let [mass, sum, rent] = [tail(low) - tail(high), sum(low) - sum(high), rent(low) - rent(high)];
        mass * surplus((0.5 * (sum / mass).sqrt() * (1.0 - 0.5 * rent / sum)).max(0.0))
    };
    let mut thresholds = best_of_grid(plans, GRID, profit);
    for _ in 0..SWEEPS {
        for k in 0..plans {
            let (low, high) = (if k == 0 { 0.2 } else { thresholds[k - 1] }, thresholds[k + 1]);
            let value = |t: f64| profit(t, high) + if k == 0 { 0.0 } else { profit(low, t) };
            let found = peak(low, high, value);
            if value(found) > value(thresholds[k]) {
                thresholds[k] = found;
            }
        }
    }
    thresholds.windows(2).map(|pair| profit(pair[0], pair[1])).sum()
}

/// The best thresholds on an even grid from 1/5 to 1, and 1: from the top down, the best with one plan more.
fn best_of_grid(plans: usize, grid: usize, profit: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let at = |node: usize| 1.0 - 0.8 * node as f64 / grid as f64;
    let gain: Vec<Vec<f64>> =
        (0..=grid).map(|low| (0..low).map(|high| profit(at(low), at(high))).collect()).collect();
    let mut best: Vec<f64> = (0..=grid).map(|node| if node == 0 { 0.0 } else { f64::NEG_INFINITY }).collect();
    let mut from: Vec<Vec<usize>> = Vec::new();
    for _ in 0..plans {
        let step = |low: usize| {
            let ends = (0..low).map(|high| (best[high] + gain[low][high], high));
            ends.fold((f64::NEG_INFINITY, 0), |a, b| if b.0 > a.0 { b } else { a })
        };
        let (values, highs): (Vec<f64>, Vec<usize>) = (0..=grid).map(step).unzip();
        best = values;
        from.push(highs);
    }
    let mut node = (0..=grid).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap();
    let mut thresholds = vec![at(node)];
    for highs in from.iter().rev() {
        node = highs[node];
        thresholds.push(at(node));
    }
    thresholds
}

fn points(weighted: &[(f64, f64)]) -> Belief {
    index_belief(Marginal::exactly(Points::new(weighted.to_vec())))
}

/// θ = 1 and 1.5: whoever takes the lower plan buys more tokens than it was meant for, and keeps 5/8 of q(φ) instead of 1/2.
fn two_types(technology: &Technology) -> Vec<Statement> {
    let pair = points(&[(1.0, 0.7), (1.5, 0.3)]);
    let profit = |rule| designed(rule, &pair, technology).expected.profit;
    let phi: f64 = 11.0 / 14.0;
    let optimum = 0.7 * (2.0 * phi * phi * phi * phi + 0.125) + 0.3 * (2.0 * 1.5 * 1.5 * 1.5 * 1.5 + 0.125);
    vec![
        COMMITTED.holds(
            "two types, θ = 1 and 1.5: profit",
            equals(optimum, ".7 π(11/14) + .3 π(3/2)", 1e-11),
            profit(Rule::CommittedSpend { plans: None }),
        ),
        COMMITTED.breaks(
            "tariffs whose tokens are not committed: profit lost",
            equals(0.3 * phi * phi * phi, ".3 (11/14)³", 1e-10),
            optimum - profit(TARIFFS),
        ),
    ]
}
