use model::config::{Node, Value};

use super::*;
use crate::config::PopulationConfig;
use crate::stream::{Key, Purpose, uniform};
use crate::testing::{self, node, numbers, population, read_empirical, text};

const KEY: Key = Key { seed: 5, replicate: 0 };

fn by_index() -> Vec<(&'static str, Node)> {
    vec![("index", text("index")), ("weight", text("weight"))]
}

fn tasks(names: &[&str]) -> (&'static str, Node) {
    ("tasks", node(Value::Array(names.iter().map(|name| text(name)).collect())))
}

/// Ties are merged, rows without weight are nobody.
#[test]
fn the_belief_is_the_file() {
    let belief = population(read_empirical(&by_index()).unwrap()).belief(10, 0).index;
    assert!(belief.law.is_none());
    assert_eq!(belief.points.nodes(), [0.0, 1.0, 2.0]);
    assert_eq!(belief.points.masses(), [0.25, 0.375, 0.375]);
}

/// Rows keep their numbers and shares however their indices are ordered; ties are two customers.
#[test]
fn customers_are_the_rows_of_the_file() {
    let law = population(read_empirical(&by_index()).unwrap());
    let mut customers = law.customers();
    customers.sort_by_key(|customer| customer.row);
    let found: Vec<(usize, f64)> = customers.iter().map(|customer| (customer.row, customer.index)).collect();
    assert_eq!(found, [(1, 2.0), (2, 1.0), (3, 2.0), (4, 0.0), (5, 2.0)]);
    assert!((customers.iter().map(|customer| customer.share).sum::<f64>() - 1.0).abs() < 1e-15);
    let of_two: f64 = customers.iter().filter(|own| own.index == 2.0).map(|own| own.share).sum();
    assert!((of_two - 0.375).abs() < 1e-15);
    let law = PopulationConfig::Index { index: testing::lognormal(0.0, 1.0) };
    assert!(population(law).customers().is_empty());
}

/// Index of a profile by hand: σ = 1/2, so θ² is the mean of squares.
#[test]
fn indices_of_values_scales_and_tasks_are_computed() {
    let pair = read_empirical(&[("value", text("value")), ("scale", text("share"))]).unwrap();
    assert_eq!(
        population(pair).belief(10, 0).index.points.nodes(),
        [0.0, 0.5 * 0.5_f64.sqrt(), 0.5, 0.75_f64.sqrt(), 3.0]
    );
    let masses = ("masses", numbers(&[0.25, 0.75]));
    let profiles = read_empirical(&[tasks(&["mail", "code"]), masses]).unwrap();
    assert!(profiles.has_tasks());
    let points = population(profiles).belief(10, 0).index.points;
    let expected = [0.0, 0.5, (0.25 * 0.25 + 0.75 * 4.0_f64).sqrt(), (0.25 * 16.0 + 0.75_f64).sqrt()];
    assert_eq!(points.masses(), [0.2, 0.2, 0.4, 0.2]);
    for (node, expected) in points.nodes().iter().zip(expected) {
        assert!((node - expected).abs() < 1e-15, "{node} is not {expected}");
    }
}

/// Five standard errors of a share are exceeded 6e-7 often.
#[test]
fn rows_are_drawn_by_their_weights_and_by_one_level_that_rises_with_the_index() {
    let law = population(read_empirical(&by_index()).unwrap());
    let count = 100_000;
    let index = law.draw(KEY, 0, count).index;
    let points = law.belief(10, 0).index.points;
    for (node, mass) in points.iter() {
        let share = index.iter().filter(|theta| **theta == node).count() as f64 / count as f64;
        assert!((share - mass).abs() < 5.0 * (mass * (1.0 - mass) / count as f64).sqrt(), "{node}: {share}");
    }
    for (user, theta) in (0..).zip(&index) {
        assert_eq!(*theta, points.quantile(uniform(KEY, Purpose::Kind, user, 0)));
    }
}

#[test]
fn values_stand_in_the_row_of_their_index() {
    let pair = [("value", text("value")), ("scale", text("share")), ("weight", text("weight"))];
    let drawn = population(read_empirical(&pair).unwrap()).draw(KEY, 0, 500);
    let (values, scales) = (drawn.value.unwrap(), drawn.scale.unwrap());
    for ((theta, value), scale) in drawn.index.iter().zip(values).zip(scales) {
        assert!((theta - value * scale.sqrt()).abs() < 1e-15);
        assert!([(1.0, 0.25), (3.0, 1.0), (2.0, 0.0), (1.0, 0.75)].contains(&(value, scale)));
    }
}

/// In every replicate; only the design sample is drawn.
#[test]
fn rows_come_in_their_order_and_again() {
    let in_order = [("index", text("index")), ("draw", text("in-order"))];
    let law = population(read_empirical(&in_order).unwrap());
    for replicate in [0, 7] {
        let index = law.draw(Key { seed: 1, replicate }, 3, 9).index;
        assert_eq!(index, [0.0, 2.0, 2.0, 1.0, 2.0, 0.0, 2.0, 2.0, 1.0]);
    }
    let met = law.sampled_belief(10_000, 1).index.points;
    assert!((met.masses()[2] - 0.6).abs() < 5.0 * (0.24 / 1e4_f64).sqrt());
}

#[test]
fn mistakes_name_the_key_the_column_and_the_row() {
    let error = |entries: &[(&str, Node)]| read_empirical(entries).unwrap_err().to_string();
    let missing = error(&[("index", text("indx"))]);
    assert!(
        missing.contains("index: found \"indx\"; allowed: one of the columns of customers.csv: customer")
    );
    assert!(missing.contains("did you mean \"index\"?"), "{missing}");
    let name = error(&[("index", text("customer"))]);
    assert!(name.contains("index: found \"ann\" in row 1 of column customer of customers.csv"), "{name}");
    let wide = error(&[("value", text("value")), ("scale", text("value"))]);
    assert!(wide.contains("scale: found 3 in row 2 of column value"), "{wide}");
    let ordered = [by_index(), vec![("draw", text("in-order"))]].concat();
    assert!(error(&ordered).contains("weight: found the column \"weight\"; allowed: no weight with draw"));
    assert!(error(&[by_index(), vec![("hash", text("other"))]].concat()).contains("hash: found other"));
    assert!(error(&[by_index(), vec![tasks(&["mail"])]].concat()).contains("several kinds of columns"));
    assert!(error(&[]).contains("index: found nothing"));
    assert!(error(&[tasks(&[])]).contains("names of 1 to 4096 columns"));
    assert!(error(&[tasks(&["mail", "code"]), ("masses", numbers(&[1.0]))]).contains("found 1 masses"));
    assert!(error(&[by_index(), vec![("wieght", text("weight"))]].concat()).contains("did you mean"));
}

#[test]
fn numbers_out_of_range_and_weights_that_cannot_be_used_are_refused() {
    let refused = |index: &[f64], weights: &[f64]| {
        let table = Table { hash: String::new(), columns: vec![index.to_vec(), weights.to_vec()] };
        let wanted: [Wanted; 2] = [("theta", &INDEX), ("buyers", &WEIGHT)];
        Rows::checked(table, &wanted, true).unwrap_err().found
    };
    assert_eq!(refused(&[1.0, -0.5], &[1.0, 1.0]), "-0.5 in row 2 of column theta");
    assert_eq!(refused(&[1.0, f64::NAN], &[1.0, 1.0]), "NaN in row 2 of column theta");
    assert_eq!(refused(&[1.0], &[f64::INFINITY]), "inf in row 1 of column buyers");
    assert_eq!(refused(&[1.0, 2.0], &[0.0, 0.0]), "weights that sum to 0");
    assert_eq!(refused(&[1.0, 2.0], &[f64::MAX, f64::MAX]), "weights that sum to inf");
    assert_eq!(refused(&[], &[]), "no row");
}

#[test]
fn a_population_is_known_by_its_content_not_by_its_place() {
    let config = read_empirical(&by_index()).unwrap();
    let PopulationConfig::Empirical(family) = config.without_paths() else { panic!("empirical") };
    assert_eq!((family.file.as_str(), family.hash.as_str()), ("", "customers"));
    let written = testing::written(&PopulationConfig::Empirical(family));
    assert!(!format!("{written:?}").contains("customers.csv"));
}
