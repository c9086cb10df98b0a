use model::config::{Node, Section, Value};
use model::technology::TechnologyConfig;

use super::*;
use crate::PopulationConfig;
use crate::calibrate::index::Price;
use crate::calibrate::trace::{ClassColumn, Columns, Rows, Trace};
use crate::calibrate::{Assumptions, calibrate};
use crate::table::NoTables;
use crate::testing::node;

fn usage() -> String {
    let mut csv = "who,in,out\n\"doe, j\",0,0\n".to_string();
    for k in 1..=30 {
        let size = libm::exp(f64::from(k * k % 17) * 0.6 + f64::from(k) * 0.1);
        let _ = writeln!(csv, "user-{k},{},{}", 3e6 * size, 1e6 * size * f64::from(k % 3 + 1));
    }
    csv
}

fn calibration(rows: Rows) -> Calibration {
    let tokens = [("input", "in"), ("output", "out")]
        .map(|(class, column)| ClassColumn { class: class.into(), column: column.into() });
    let columns = Columns { rows, tokens: tokens.into(), unit: 1.0, group: None };
    let trace = Trace::read("usage.csv", usage().as_bytes(), &columns).unwrap();
    let prices =
        [("input", 2.5), ("output", 10.0)].map(|(class, price)| Price { class: class.into(), price });
    let assumptions = Assumptions {
        prices: prices.into(),
        sigma: 0.5,
        alternatives: Assumptions::around(0.5),
        cost_share: 0.5,
        top: None,
    };
    calibrate(&trace, &assumptions).unwrap()
}

fn customers() -> Rows {
    Rows::Customers { customer: "who".into(), weight: None, days: None }
}

fn tree(value: &toml::Value) -> Node {
    node(match value {
        toml::Value::Float(x) => Value::Float(*x),
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Array(values) => Value::Array(values.iter().map(tree).collect()),
        toml::Value::Table(table) => {
            Value::Table(table.iter().map(|(key, value)| (key.clone(), tree(value))).collect())
        }
        other => unreachable!("{other} is not written"),
    })
}

#[test]
fn sections_are_read_back_as_what_was_found() {
    let calibration = calibration(customers());
    let text = calibration.market("usage.csv, CC0\nby nobody");
    assert!(
        text.starts_with("# usage.csv, CC0\n# by nobody\n# tokenmarket calibrate: 31 customers, 0 skipped")
    );
    let mut market: toml::Table = text.parse().unwrap();
    let technology = tree(&market["technology"]);
    let read = TechnologyConfig::read(&Section::root("market.toml", &technology).unwrap()).unwrap();
    for (token, expected) in read.tokens.iter().zip(&calibration.assumed().technology.tokens) {
        assert_eq!((&token.class, token.cost), (&expected.class, expected.cost));
        assert!((token.exponent / expected.exponent - 1.0).abs() < 1e-5);
    }
    let law = calibration.assumed().population.as_ref().unwrap();
    let index = market["population"]["index"].as_table_mut().unwrap();
    let truncate = index.remove("truncate").unwrap();
    assert_eq!(truncate["low"].as_float(), Some(0.0));
    assert!((truncate["high"].as_float().unwrap() / (2.0 * law.largest) - 1.0).abs() < 1e-5);
    let population = tree(&market["population"]);
    let read =
        PopulationConfig::read(&Section::root("market.toml", &population).unwrap(), &NoTables).unwrap();
    let PopulationConfig::Index { index } = read else { panic!("{read:?}") };
    let (found, expected) = (index.cdf(law.largest), law.fits.laws[0].law.cdf(law.largest));
    assert!((found - expected).abs() < 1e-5);
}

#[test]
fn the_empirical_file_has_every_customer() {
    let calibration = calibration(customers());
    let text = calibration.empirical();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["customer,index,weight", "\"doe, j\",0,1"]);
    assert_eq!(lines.len(), 32);
    assert_eq!(lines[31], format!("user-30,{},1", calibration.customers[30].index));
}

#[test]
fn requests_give_a_technology_alone() {
    let calibration = calibration(Rows::Requests);
    let text = calibration.market("");
    assert!(text.contains("[technology]") && !text.contains("[population]"), "{text}");
    assert_eq!(calibration.empirical(), "customer,index,weight\n");
    assert_eq!(calibration.assumed().population, None);
}

#[test]
fn json_says_everything_but_the_customers() {
    let json = serde_json::to_value(calibration(customers())).unwrap();
    assert_eq!(json["counts"], serde_json::json!({ "used": 31, "skipped": 0, "other_groups": 0 }));
    let case = &json["cases"][1];
    assert_eq!((&case["sigma"], &case["demand_elasticity"]), (&0.5.into(), &(-2.0).into()));
    let laws = case["population"]["laws"].as_array().unwrap();
    let of_lognormal = laws.iter().find(|fit| fit["name"] == "lognormal").unwrap();
    assert_eq!(of_lognormal["law"]["mu"], of_lognormal["parameters"][0]["estimate"]);
    assert!(case["population"]["tail"][1]["standard_error"].as_f64().unwrap() > 0.0);
    assert!(json["warnings"][0]["code"].is_string() && json.get("customers").is_none());
}

#[test]
fn warnings_say_what_is_wrong_and_stand_in_the_file() {
    let calibration = calibration(customers());
    let codes: Vec<&str> = calibration.warnings.iter().map(|warning| warning.code).collect();
    assert!(codes.contains(&"bought-nothing") && codes.contains(&"few-customers"), "{codes:?}");
    assert!(calibration.market("").contains("# Warning (bought-nothing): 1 of 31 customers bought nothing"));
    assert!(!codes.contains(&"skipped-rows"));
}

#[test]
fn comments_cannot_break_out() {
    let text = calibration(customers()).market("a\r\u{7}b\n[technology]");
    assert!(text.starts_with("# ab\n# [technology]\n"), "{text}");
}

#[test]
fn six_digits_are_written_as_floats() {
    let written = [1.0, 0.1 * 3.0, 1.234_567_89e-7, 2e16].map(rounded);
    assert_eq!(written, ["1.0", "0.3", "1.23457e-7", "2e16"]);
}
