//! The shipped experiments: all expand, and what they claim in closed form is what design expects and simulation finds.

use std::path::Path;

use model::summary::Estimate;
use sim::progress::Silent;
use sim::sweep::{Experiment, SweepPlan};
use sim::{Market, design};

use super::support::run_in_new_folder;

fn shipped(name: &str, changes: &[&str]) -> Experiment {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments").join(name);
    let changes: Vec<_> = changes.iter().map(|change| change.parse().unwrap()).collect();
    Experiment::load(&folder, &changes).unwrap()
}

fn cells(name: &str) -> Vec<Market> {
    let experiment = shipped(name, &["run.users=40_000", "belief.points=20_000"]);
    (0..experiment.cells()).map(|cell| experiment.market(cell).unwrap()).collect()
}

/// A claim about a rule in a market: the figure and its exact value.
struct Claim {
    rule: &'static str,
    figure: &'static str,
    exact: f64,
}

fn claim(rule: &'static str, figure: &'static str, exact: f64) -> Claim {
    Claim { rule, figure, exact }
}

/// Relative error of design with 20,000 belief points, which overstate profit by O(1/K).
const DESIGNED: f64 = 3e-4;
/// Standard errors that a simulated figure may be away: of some 100 figures one beyond in 17,000 test runs, if seeds varied.
const ERRORS: f64 = 5.0;

/// Holds claims against the design's expectation and against the simulation of one market.
#[track_caller]
fn hold(market: &Market, claims: &[Claim]) {
    let designed = design(market, &Silent).unwrap();
    let (_out, report) = run_in_new_folder(market, 2);
    let expected = |rule: &str| {
        let at = market.rules.iter().position(|own| own.label == rule).unwrap();
        designed.menus[at].expected
    };
    for Claim { rule, figure, exact } in claims {
        let found = report.summary.rules.iter().find(|own| own.rule == *rule).unwrap();
        let (expected, Estimate { mean, se }) = match *figure {
            "share" => {
                (expected(rule).profit / expected("first-best").profit, found.profit_share_of_first_best)
            }
            "profit" => (expected(rule).profit, found.profit),
            "served" => (expected(rule).served_share, found.served_share),
            "tuned" => (expected(rule).fine_tuned_share, found.fine_tuned_share),
            other => panic!("no figure {other}"),
        };
        let what = format!("{:?} {rule} {figure}", market.population);
        assert!((expected - exact).abs() <= DESIGNED * exact.max(0.1), "{what}: {expected}, exactly {exact}");
        assert!((mean - exact).abs() <= ERRORS * se + 1e-9, "{what}: {mean} ± {se}, exactly {exact}");
    }
}

#[test]
fn every_shipped_experiment_expands() {
    for name in ["cost-pass-through", "tuning", "heterogeneity", "contractibility"] {
        let experiment = shipped(name, &[]);
        assert_eq!(experiment.name, name);
        assert!(SweepPlan::of(&experiment).unwrap().cells.len() >= 5, "{name}");
        let page =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments").join(name).join("README.md");
        let page = std::fs::read_to_string(page).unwrap();
        for part in ["**Question.**", "**Expectation.**", "**Command**", "**Result**", "**Reading.**"] {
            assert!(page.contains(part) && !page.contains('@'), "{name}: {part} is missing or unfinished");
        }
    }
}

/// 4/9 of first-best, and of the buyers, at every cost.
#[test]
fn cost_pass_through() {
    for market in cells("cost-pass-through") {
        hold(&market, &[claim("packages", "share", 4.0 / 9.0), claim("packages", "served", 4.0 / 9.0)]);
    }
}

/// A version is tuned for φ above τ* = (σ c_z/γ)^{1-σ} b^{1-σ-γ}/(σ κ), here √(c_z/(2γ)), and θ, the positive φ of packages and
/// those of allocations have one law, 1 - (1-t)², on all, on 4/9 and on 1/2 of the buyers.
#[test]
fn tuning() {
    for market in cells("tuning") {
        let tuning = market.technology.fine_tuning.as_ref().unwrap();
        let threshold = (tuning.cost / (2.0 * tuning.exponent)).sqrt();
        let tuned = if threshold < 1.0 { (1.0 - threshold) * (1.0 - threshold) } else { 0.0 };
        hold(
            &market,
            &[
                claim("first-best", "tuned", tuned),
                claim("packages", "tuned", 4.0 / 9.0 * tuned),
                claim("allocations", "tuned", tuned / 2.0),
                claim("packages", "share", 4.0 / 9.0),
                claim("allocations", "share", 0.5),
            ],
        );
    }
}

/// π(τ) = τ². Uniform [l, h]: φ = 2θ - h. Exponential: φ = θ - 1. Pareto: φ = θ (1 - 1/a), and one package for all.
/// Pay-as-you-go keeps σ^{1/(1-σ)} = 1/4 of first-best whatever the law: at m = 1/σ every buyer's profit is that share.
#[test]
fn heterogeneity() {
    let e = std::f64::consts::E;
    let exact = [
        Some((0.5625 / (13.0 / 12.0), 0.75, 0.5 / (13.0 / 12.0))),
        Some((0.5, 0.5, 4.0 / 9.0)),
        Some((1.0 / e, 1.0 / e, 2.0 / (e * e))),
        None,
        None,
        None,
        Some((225.0 / 256.0, 1.0, 14.0 / 16.0)),
        Some((49.0 / 64.0, 1.0, 6.0 / 8.0)),
        Some((0.64, 1.0, 0.6)),
    ];
    let markets = cells("heterogeneity");
    assert_eq!(markets.len(), exact.len());
    for (market, exact) in markets.iter().zip(exact) {
        let mut claims = vec![claim("pay-as-you-go", "share", 0.25)];
        if let Some((packages, served, flat)) = exact {
            claims.extend([
                claim("packages", "share", packages),
                claim("packages", "served", served),
                claim("flat", "share", flat),
            ]);
        }
        hold(market, &claims);
    }
}

/// For w uniform on [0, 1] allocations keep exactly half of first-best, whatever σ and the law of s: 2w - 1 given that it is
/// positive has the law of w. Where s is the same for all, packages are allocations. Two types: the paper's technology,
/// profits from the binary programme.
#[test]
fn contractibility() {
    let markets = cells("contractibility");
    assert_eq!(markets.len(), 24);
    for (number, market) in markets.iter().enumerate() {
        let population = number / 3;
        let paper = number % 3 == 1;
        let mut claims = Vec::new();
        if population < 4 {
            claims.push(claim("allocations", "share", 0.5));
        }
        if population == 0 {
            claims.push(claim("packages", "share", 0.5));
        }
        if population == 2 && paper {
            claims.push(claim("packages", "share", 4.0 / 9.0));
        }
        if paper && population >= 5 {
            let profit = [0.630_625, 0.487_561, 0.564_9][population - 5];
            claims.push(claim("allocations", "profit", profit));
        }
        if population == 5 {
            // Neither wants the other's assignment: all of the surplus.
            claims.push(claim("allocations", "share", 1.0));
        }
        hold(market, &claims);
    }
}
