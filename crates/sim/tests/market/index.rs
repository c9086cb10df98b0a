//! The index summarises the type, through the whole engine: buyers are drawn with profiles over tasks, and what they choose is
//! recorded.

use std::collections::BTreeMap;

use sim::Market;
use tempfile::TempDir;

use super::identities::{floats, read};
use super::support::run_in_new_folder;

/// Profiles over two equal tasks with θ² = (w_1² + w_2²)/2: three types with θ = 0.8, two with 0.5, one with 1.2.
const MARKET: &str = r#"
name = "same-index"
[run]
seed = 5
users = 20_000
record = "all"
record_tasks = true
[technology]
base_quality = 1.0
tokens = [
  { class = "input", exponent = 0.25, cost = 0.125 },
  { class = "output", exponent = 0.25, cost = 0.125 },
]
fine_tuning = { exponent = 0.25, cost = 0.125 }
[population]
family = "finite"
masses = [0.5, 0.5]
types = [
  { probability = 0.2, values = [0.8, 0.8] },
  { probability = 0.1, values = [1.1313708498984762, 0.0] },
  { probability = 0.2, values = [1.0, 0.5291502622129182] },
  { probability = 0.2, values = [0.5, 0.5] },
  { probability = 0.1, values = [0.1, 0.7] },
  { probability = 0.2, values = [1.2, 1.2] },
]
[belief]
source = "population"
[[rules]]
rule = "packages"
[[rules]]
rule = "flat"
[[rules]]
rule = "tiers"
tiers = 2
[[rules]]
rule = "two-part-menu"
[[rules]]
rule = "committed-spend"
[[rules]]
rule = "pay-as-you-go"
[[rules]]
rule = "first-best"
[[rules]]
rule = "allocations"
"#;

/// What is recorded of a choice: tokens, tuning, payment, gross value and utility.
const RECORDED: [&str; 6] =
    ["tokens_input", "tokens_output", "fine_tuning", "payment", "gross_value", "utility"];

#[test]
fn buyers_with_one_index_choose_alike_unless_assignments_are_contracted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("same-index.toml");
    std::fs::write(&path, MARKET).unwrap();
    let market = Market::load(&path, &[]).unwrap();
    let (_out, report) = run_in_new_folder(&market, 2);
    let buyers = read(&report.folder, "buyers/part-00000.parquet");
    let index = floats(&buyers, "index");
    let lists = buyers.column("task_values").unwrap().list().unwrap();
    let first_value = |row: usize| lists.get_as_series(row).unwrap().f64().unwrap().get(0).unwrap();
    // Rows of one type, by thousandths of the index and of the first task's value.
    let mut types: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    let thousandths = |x: f64| (1e3 * x).round() as i64;
    for (row, theta) in index.iter().enumerate() {
        types.entry((thousandths(*theta), thousandths(first_value(row)))).or_insert(row);
    }
    assert_eq!(types.len(), 6, "{types:?}");
    for rule in &market.rules {
        let choices = read(&report.folder, &format!("choices/rule={}/part-00000.parquet", rule.label));
        let apart = RECORDED.map(|name| largest_difference(&types, &floats(&choices, name)));
        let worst = apart.into_iter().fold(0.0, f64::max);
        if rule.label == "allocations" {
            assert!(worst > 0.05, "allocations: types of one index are {worst} apart");
        } else {
            assert!(worst < 1e-9, "{}: types of one index are {worst} apart", rule.label);
        }
    }
}

/// The largest difference of a figure between types of one index.
fn largest_difference(types: &BTreeMap<(i64, i64), usize>, figure: &[f64]) -> f64 {
    let pairs = types.iter().flat_map(|one| types.iter().map(move |other| (one, other)));
    pairs
        .filter(|(one, other)| one.0.0 == other.0.0)
        .map(|(one, other)| (figure[*one.1] - figure[*other.1]).abs())
        .fold(0.0, f64::max)
}
