//! Recovered truth: usage simulated under known parameters and posted prices is calibrated back to them.
//!
//! Seeded, so that the tests pass or fail for ever.

use std::fmt::Write as _;

use model::technology::{Aggregator, Prices, Technology, TechnologyConfig, TokenClass};
use population::calibrate::fit::Parameter;
use population::calibrate::index::Price;
use population::calibrate::trace::{ClassColumn, Columns, Rows, Trace};
use population::calibrate::{Assumptions, Calibration, calibrate};
use population::distribution::{Beta, Gamma, Lognormal, Pareto, Weibull};
use population::stream::Purpose;
use population::{Distribution, Key};

const CUSTOMERS: u64 = 20_000;
const KEY: Key = Key { seed: 20_250_702, replicate: 0 };
const LIST: [f64; 2] = [2.5, 10.0];
const MARKUP: f64 = 4.0;

fn technology(exponents: [f64; 2]) -> Technology {
    let tokens =
        ["input", "output"].into_iter().zip(exponents).zip(LIST).map(|((class, exponent), list)| {
            TokenClass { class: class.into(), exponent, cost: list / MARKUP }
        });
    let config = TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens: tokens.collect(),
        fine_tuning: None,
    };
    Technology::new(config).expect("a valid technology")
}

/// Usage of customers whose indices follow `law`, as a CSV of tokens.
///
/// Customers differ in how they split their spend: her share of input is beta with the mean α_input/σ and a standard
/// deviation of about 0.05, which leaves her outlay, and so her index, untouched.
fn usage(law: &Distribution, technology: &Technology) -> String {
    let demand = technology.demand(Prices { token_markup: MARKUP, fine_tuning_markup: None });
    let share = technology.config().tokens[0].exponent / technology.sigma();
    let (alpha, beta) = (100.0 * share, 100.0 * (1.0 - share));
    let split = Distribution::Beta(Beta { alpha, beta, low: 0.0, high: 1.0 });
    let mut csv = "name,prompt,completion\n".to_string();
    for user in 0..CUSTOMERS {
        let index = law.draw(KEY, Purpose::Index, user, 0);
        let outlay = demand.at(&technology.powers(index)).payment;
        let share = split.draw(KEY, Purpose::Value, user, 0);
        let tokens = [share * outlay / LIST[0], (1.0 - share) * outlay / LIST[1]].map(|mtok| mtok * 1e6);
        let _ = writeln!(csv, "{user},{},{}", tokens[0], tokens[1]);
    }
    csv
}

fn columns(weight: Option<&str>) -> Columns {
    let tokens = [("input", "prompt"), ("output", "completion")]
        .map(|(class, column)| ClassColumn { class: class.into(), column: column.into() });
    let rows = Rows::Customers { customer: "name".into(), weight: weight.map(Into::into), days: None };
    Columns { rows, tokens: tokens.into(), unit: 1.0, group: None }
}

fn assumptions(sigma: f64) -> Assumptions {
    let prices = ["output", "input"].into_iter().zip([LIST[1], LIST[0]]);
    Assumptions {
        prices: prices.map(|(class, price)| Price { class: class.into(), price }).collect(),
        sigma,
        alternatives: Assumptions::around(sigma),
        cost_share: 1.0 / MARKUP,
        top: None,
    }
}

fn run(csv: &str, columns: &Columns, sigma: f64) -> Calibration {
    let trace = Trace::read("simulated.csv", csv.as_bytes(), columns).expect("a simulated trace is in order");
    calibrate(&trace, &assumptions(sigma)).expect("a simulated trace can be calibrated")
}

/// Eight parameters and four spend shares within three standard errors: for a fresh seed one of the twelve would be
/// outside with probability 3 %.
#[test]
fn simulated_truth_is_recovered() {
    let cases = [
        (Distribution::Lognormal(Lognormal { mu: -0.5, sigma: 0.8 }), [0.2, 0.3], "lognormal", [-0.5, 0.8]),
        (Distribution::Gamma(Gamma { shape: 1.7, scale: 0.6 }), [0.25, 0.1], "gamma", [1.7, 0.6]),
        (Distribution::Weibull(Weibull { shape: 0.9, scale: 3.0 }), [0.1, 0.4], "weibull", [0.9, 3.0]),
        (Distribution::Pareto(Pareto { scale: 0.2, shape: 4.0 }), [0.3, 0.25], "pareto", [0.2, 4.0]),
    ];
    for (law, exponents, name, truth) in cases {
        let technology = technology(exponents);
        let found = run(&usage(&law, &technology), &columns(None), technology.sigma());
        let case = found.assumed();
        for (n, token) in case.technology.tokens.iter().enumerate() {
            assert!((token.exponent / exponents[n] - 1.0).abs() < 0.01, "{name}: {token:?}");
            let error = found.classes[n].share - exponents[n] / technology.sigma();
            assert!(error.abs() < 3.0 * found.classes[n].standard_error, "{name}: {:?}", found.classes[n]);
            assert_eq!(token.cost, LIST[n] / MARKUP);
        }
        let population = case.population.as_ref().expect("customers have a population");
        let best = &population.fits.laws[0];
        assert_eq!(best.name, name, "{:?}", population.fits);
        for (Parameter { name: parameter, estimate, standard_error }, truth) in
            best.parameters.iter().zip(truth)
        {
            // The error of the exponents is one of scale: it shifts mu and multiplies scales.
            let common = match *parameter {
                "mu" => case.index_error,
                "scale" => case.index_error * estimate,
                _ => 0.0,
            };
            let away = (estimate - truth) / (standard_error * standard_error + common * common).sqrt();
            assert!(away.abs() < 3.0, "{name}.{parameter}: {estimate} ± {standard_error} is not {truth}");
        }
        // Kolmogorov's 1e-6 point, which fitted parameters only make rarer.
        assert!(best.kolmogorov_smirnov * (CUSTOMERS as f64).sqrt() < 2.694, "{name}");
        if name == "pareto" {
            let tail = population.tail[1];
            assert!((tail.index - truth[1]).abs() < 3.0 * tail.standard_error, "{tail:?}");
        }
        assert_eq!(population.top, 2.0 * population.largest);
    }
}

/// Without scatter in the split the exponents, and with them every index, come back to rounding.
#[test]
fn every_index_comes_back() {
    let technology = technology([0.2, 0.4]);
    let demand = technology.demand(Prices { token_markup: MARKUP, fine_tuning_markup: None });
    let mut csv = "name,prompt,completion\n".to_string();
    let index = |user: i32| libm::exp(f64::from(user) * 0.2 - 9.0);
    for user in 0..90 {
        let used = demand.at(&technology.powers(index(user))).used;
        let [input, output] = [0, 1].map(|n| used.spend * technology.tokens_per_spend()[n] * 1e6);
        let _ = writeln!(csv, "{user},{input},{output}");
    }
    let found = run(&csv, &columns(None), technology.sigma());
    for (customer, user) in found.customers.iter().zip(0..) {
        assert!((customer.index / index(user) - 1.0).abs() < 1e-12, "{customer:?}");
    }
    for (token, exponent) in found.assumed().technology.tokens.iter().zip([0.2, 0.4]) {
        assert!((token.exponent / exponent - 1.0).abs() < 1e-13);
    }
}

/// A row of weight three is three customers: every number agrees, up to rounding.
#[test]
fn weights_are_replicated_customers() {
    let (mut weighted, mut replicated) = (String::new(), String::new());
    for csv in [&mut weighted, &mut replicated] {
        csv.push_str("name,prompt,completion,count\n");
    }
    for user in 0..60_u32 {
        let size = libm::exp(f64::from(user * user % 41) * 0.15) * 1e6;
        let tokens = format!("{},{}", size, size * f64::from(user % 4 + 1) / 8.0);
        let count = user % 3 + 1;
        let _ = writeln!(weighted, "{user},{tokens},{count}");
        for copy in 0..count {
            let _ = writeln!(replicated, "{user}-{copy},{tokens},1");
        }
    }
    let [a, b] = [weighted, replicated].map(|csv| run(&csv, &columns(Some("count")), 0.5));
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-10 * b.abs(), "{a} is not {b}");
    for (a, b) in a.classes.iter().zip(&b.classes) {
        close(a.share, b.share);
        close(a.standard_error, b.standard_error);
        close(a.mean_share, b.mean_share);
        close(a.share_deviation, b.share_deviation);
    }
    close(a.assumed().index_error, b.assumed().index_error);
    close(a.spend.gini, b.spend.gini);
    for (a, b) in a.cases.iter().zip(&b.cases) {
        let [a, b] = [a, b].map(|case| case.population.as_ref().expect("customers have a population"));
        for (a, b) in a.fits.laws.iter().zip(&b.fits.laws) {
            assert_eq!(a.name, b.name);
            close(a.aic, b.aic);
            close(a.kolmogorov_smirnov, b.kolmogorov_smirnov);
            for (a, b) in a.parameters.iter().zip(&b.parameters) {
                close(a.estimate, b.estimate);
                close(a.standard_error, b.standard_error);
            }
        }
        for (a, b) in a.tail.iter().zip(&b.tail) {
            close(a.index, b.index);
            close(a.standard_error, b.standard_error);
        }
    }
}

#[test]
fn assumptions_that_make_no_sense_are_refused() {
    let csv = "name,prompt,completion\n".to_string()
        + &(1..20).fold(String::new(), |csv, k| csv + &format!("{k},{k}000000,{}\n", k * k));
    let trace = Trace::read("usage.csv", csv.as_bytes(), &columns(None)).expect("a trace in order");
    let message = |change: fn(&mut Assumptions)| {
        let mut assumptions = assumptions(0.5);
        change(&mut assumptions);
        calibrate(&trace, &assumptions).expect_err("refused").to_string()
    };
    for (change, expected) in [
        ((|a| a.sigma = 1.0) as fn(&mut Assumptions), "sigma: found 1"),
        (
            |a| a.alternatives = [0.5, 0.7],
            "alternatives: found 0.5 and 0.7; allowed: one σ below and one above",
        ),
        (|a| a.alternatives = [0.1, 1.5], "sigma: found 1.5"),
        (|a| a.cost_share = 1.2, "cost_share: found 1.2; allowed: a number > 0 and at most 1"),
        (|a| a.cost_share = 0.0, "cost_share: found 0"),
        (|a| a.top = Some(f64::INFINITY), "top: found inf"),
        (|a| a.top = Some(1e-9), "top: found 0.000000001; allowed: a number above the smallest index"),
        (|a| a.prices[0].class = "inputs".into(), "did you mean input?"),
        (|a| a.prices.truncate(1), "price: found no price of input"),
        (|a| a.prices[1].price = -2.0, "input.price: found -2"),
    ] {
        let found = message(change);
        assert!(found.contains(expected), "{found}");
    }
    let few = csv.lines().take(9).collect::<Vec<_>>().join("\n");
    let trace = Trace::read("usage.csv", few.as_bytes(), &columns(None)).expect("a trace in order");
    let found = calibrate(&trace, &assumptions(0.5)).expect_err("refused").to_string();
    assert!(found.contains("8 who bought anything; allowed: at least 10"), "{found}");
}
