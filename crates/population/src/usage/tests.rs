use model::config::{Node, Origin, Value};
use model::technology::{FineTuning, TechnologyConfig, TokenClass};

use super::*;
use crate::PopulationConfig;
use crate::distribution::{Distribution, Lognormal};
use crate::table::{Table, TableError, check_content, read_csv};

fn technology(aggregator: Aggregator, exponents: [f64; 2]) -> Technology {
    let token = |class: &str, exponent, cost| TokenClass { class: class.into(), exponent, cost };
    Technology::new(TechnologyConfig {
        base_quality: 0.7,
        aggregator,
        tokens: vec![token("input", exponents[0], 0.5), token("output", exponents[1], 2.0)],
        fine_tuning: Some(FineTuning { exponent: 0.2, cost: 1.0, maximum: None }),
    })
    .unwrap()
}

fn usage(observed: Observed, sigma: Option<f64>) -> Usage {
    let used = |class: &str, price| UsedClass { class: class.into(), price, column: None };
    Usage { tokens: vec![used("input", 2.5), used("output", 4.0)], observed, sigma }
}

fn population(technology: &Technology) -> Population {
    let index = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 0.5 });
    Population::new(PopulationConfig::Index { index }, technology).unwrap()
}

/// At any prices, proportional to costs or not, usage reveals what a sample of the buyers themselves would.
#[test]
fn the_right_sigma_recovers_every_index() {
    let ces = Aggregator::Ces { substitution: 0.4, returns: 0.5 };
    for (aggregator, exponents) in [(Aggregator::CobbDouglas, [0.2, 0.3]), (ces, [0.4, 0.6])] {
        let technology = technology(aggregator, exponents);
        let population = population(&technology);
        for sigma in [None, Some(technology.sigma())] {
            let found =
                usage(Observed::Buyers { buyers: 200 }, sigma).belief(&technology, &population, 5).unwrap();
            let met = population.sampled_belief(200, 5);
            assert_eq!(found.index.points.len(), met.index.points.len());
            for ((found, _), (met, _)) in found.index.points.iter().zip(met.index.points.iter()) {
                assert!((found / met - 1.0).abs() < 1e-12, "{found} {met}");
            }
        }
    }
}

/// ln θ' = (1-σ')/(1-σ) ln θ + constant, and who assumes σ' predicts the very usage she has seen.
#[test]
fn the_wrong_sigma_explains_the_same_usage() {
    let technology = technology(Aggregator::CobbDouglas, [0.2, 0.3]);
    let population = population(&technology);
    let usage = usage(Observed::Buyers { buyers: 50 }, Some(0.6));
    let assumed = usage.assumed(&technology).unwrap();
    assert!((assumed.sigma() - 0.6).abs() < 1e-15);
    let believed = usage.belief(&technology, &population, 5).unwrap();
    let believed: Vec<f64> = believed.index.points.nodes().into();
    let met: Vec<f64> = population.sampled_belief(50, 5).index.points.nodes().into();
    let slope = libm::log(believed[40] / believed[3]) / libm::log(met[40] / met[3]);
    assert!((slope - 0.4 / 0.5).abs() < 1e-12, "{slope}");
    let outlays = usage.outlays(&technology, met).unwrap();
    let explained = usage.outlays(&assumed, believed).unwrap();
    assert!(outlays.iter().zip(&explained).all(|(own, explained)| (own / explained - 1.0).abs() < 1e-12));
}

struct OneFile(&'static str);

impl ReadTables for OneFile {
    fn read(&self, _: &Path, columns: &[&str], stated: Option<&str>) -> Result<Table, TableError> {
        check_content("abc", stated)?;
        Ok(Table { hash: "abc".into(), columns: read_csv(self.0.as_bytes(), columns)? })
    }
}

use std::path::Path;

fn table(entries: Vec<(&str, Value)>) -> Value {
    let node = |value| Node { value, origin: Origin::Line(1) };
    Value::Table(entries.into_iter().map(|(key, value)| (key.into(), node(value))).collect())
}

fn class(class: &str, price: f64, column: &str) -> Value {
    let text = |text: &str| Value::Text(text.into());
    table(vec![("class", text(class)), ("price", Value::Float(price)), ("column", text(column))])
}

fn read(csv: &'static str, changes: Vec<(&str, Value)>) -> Result<Usage, String> {
    let node = |value| Node { value, origin: Origin::Line(1) };
    let tokens = vec![node(class("output", 4.0, "out")), node(class("input", 2.5, "in"))];
    let mut entries = vec![
        ("source", Value::Text("usage".into())),
        ("file", Value::Text("usage.csv".into())),
        ("tokens", Value::Array(tokens)),
    ];
    entries.extend(changes);
    let root = node(table(entries));
    let section = Section::root("market.toml", &root).unwrap();
    let technology = technology(Aggregator::CobbDouglas, [0.2, 0.3]);
    Usage::read(&section, &technology, &OneFile(csv)).map_err(|error| error.to_string())
}

/// 2 Mtok in and 1 Mtok out at 2.5 and 4 $: an outlay of 9 $, and θ = 9^{1/2} / (σ κ b^γ).
#[test]
fn files_are_outlays_at_posted_prices() {
    let csv = "customer,in,out,n\nann,2e6,1e6,3\nbob,0,0,1\n";
    let usage = read(csv, vec![("weight", Value::Text("n".into()))]).unwrap();
    let technology = technology(Aggregator::CobbDouglas, [0.2, 0.3]);
    let belief = usage.belief(&technology, &population(&technology), 1).unwrap();
    let kappa = libm::pow(0.4 / 2.5, 0.2) * libm::pow(0.6 / 4.0, 0.3);
    let expected = 3.0 / (0.5 * kappa * libm::pow(0.7, 0.2));
    let points = &belief.index.points;
    assert!((points.nodes()[1] / expected - 1.0).abs() < 1e-12);
    assert_eq!((points.nodes()[0], points.masses()), (0.0, [0.25, 0.75].as_slice()));
}

#[test]
fn what_is_wrong_is_said() {
    let csv = "in,out\n1,2\n";
    let refused = |changes| read(csv, changes).unwrap_err();
    assert!(refused(vec![("buyers", Value::Integer(5))]).contains("both file and buyers"));
    assert!(refused(vec![("sigma", Value::Float(0.9))]).contains("found 0.9"));
    assert!(refused(vec![("weight", Value::Text("n".into()))]).contains("no column \"n\""));
    assert!(refused(vec![("tokens", Value::Array(Vec::new()))]).contains("for each of input, output"));
    assert!(refused(vec![("hash", Value::Text("xyz".into()))]).contains("the hash of usage.csv, abc"));
    assert!(read("in,out\n1,-2\n", vec![]).unwrap_err().contains("found -2 in column out"));
    assert!(read("in,out\n", vec![]).unwrap_err().contains("no customer"));
}
