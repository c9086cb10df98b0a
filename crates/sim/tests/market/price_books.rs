//! Shipped price books against the data they come from, and rules against what they are expected to earn.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use menu::Rule;
use sim::Market;

use super::support::{market, run_in_new_folder, shipped};

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

/// A table of the shared data by its first column that names a model; `None`, and a line that says so, where it is absent.
fn table(name: &str, key: &str) -> Option<BTreeMap<String, BTreeMap<String, String>>> {
    let path = configs().join("../../shared/data").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    let mut lines = text.lines().map(|line| line.split(',').map(String::from).collect::<Vec<String>>());
    let header = lines.next().unwrap();
    Some(
        lines
            .map(|fields| header.iter().cloned().zip(fields).collect::<BTreeMap<_, _>>())
            .map(|row| (row[key].clone(), row))
            .collect(),
    )
}

/// A market that posts one book.
fn posting(file: &str) -> Market {
    let change = format!("rules.gpt-4-1.file=price-books/{file}");
    market("rivals", &[&change])
}

fn books() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(configs().join("price-books"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "toml"))
        .collect();
    names.sort();
    names
}

/// Every price of every shipped model is that of the data, and every shipped book can be posted.
#[test]
fn shipped_prices_are_those_of_the_data() {
    let tables =
        table("litellm/prices25.csv", "model").zip(table("finetune/finetune_prices.csv", "model_or_bracket"));
    let (mut models, mut ladders, mut tuned) = (0, 0, 0);
    for file in books() {
        let market = posting(&file);
        let Rule::PriceBook { book, .. } = &market.rules[0].rule else { panic!("{file}") };
        assert!(book.date.is_some() && book.source.contains("http"), "{file}");
        if file.contains("subscriptions") {
            assert!(book.plans.len() >= 4 && book.plans[0].fee == 0.0, "{file}");
            ladders += 1;
            continue;
        }
        models += 1;
        let Some((list, tuning)) = &tables else { continue };
        let name = file.trim_end_matches(".toml");
        let (_, row) = list.iter().find(|(model, _)| model.rsplit('/').next() == Some(name)).unwrap();
        let plan = &book.plans[0];
        for (class, column) in [("input", "input"), ("cached", "cached_input"), ("output", "output")] {
            let listed: f64 = row[column].parse().unwrap();
            assert_eq!(plan.prices.as_ref().unwrap()[class], listed, "{file} {class}");
        }
        assert!(book.source.starts_with(&row["source"]) && plan.fine_tuning.is_none(), "{file}");
        // Snapshots are named after the model and their date.
        let row = tuning.iter().find(|(model, _)| {
            let snapshot = model.strip_prefix(name).and_then(|rest| rest.strip_prefix("-20"));
            snapshot.is_some_and(|date| date.chars().all(|c| c.is_ascii_digit() || c == '-'))
        });
        assert_eq!(book.plans.len(), 1 + usize::from(row.is_some()), "{file}");
        if let (Some((_, row)), Some(plan)) = (row, book.plans.get(1)) {
            let listed = |column: &str| row[column].parse::<f64>().unwrap();
            assert_eq!(plan.fine_tuning, Some(listed("training_usd")), "{file}");
            let prices = plan.prices.as_ref().unwrap();
            assert_eq!(prices["input"], listed("ft_input_usd_per_1M"), "{file}");
            assert_eq!(prices["cached"], listed("ft_cached_usd_per_1M"), "{file}");
            assert_eq!(prices["output"], listed("ft_output_usd_per_1M"), "{file}");
            tuned += 1;
        }
    }
    assert!(models >= 12 && ladders == 2, "{models} models, {ladders} ladders");
    assert!(tables.is_none() || tuned == 5, "{tuned}");
}

/// What every rule of every shipped market is expected to earn is what it earns, within four standard errors: once in 16,000
/// figures by chance, and the seeds are fixed. Of allocations for types that stand for others it is what they are expected to
/// earn from all.
#[test]
fn rules_earn_what_is_expected() {
    for name in shipped() {
        let market = market(&name, &["run.users=200_000", "run.record=none"]);
        let designed = sim::design(&market, &sim::progress::Silent).unwrap();
        let (_out, report) = run_in_new_folder(&market, 2);
        for ((menu, view), found) in designed.menus.iter().zip(&designed.viewed).zip(&report.summary.rules) {
            let index = &designed.views[*view].belief.index;
            // A belief without a law that is not a few types is a sample, with an error of its own.
            let is_sample = index.law.is_none() && index.points.len() > 100;
            let sampling = if is_sample { 200_000.0 / index.points.len() as f64 } else { 0.0 };
            let fresh = menu.parameters.get("out_of_sample_profit");
            let figures = [
                (*fresh.unwrap_or(&menu.expected.profit), found.profit, "profit"),
                (menu.expected.consumer_surplus, found.consumer_surplus, "consumer surplus"),
                (menu.expected.served_share, found.served_share, "served"),
            ];
            for (expected, estimate, figure) in &figures[..if fresh.is_some() { 1 } else { 3 }] {
                let error = estimate.se * (1.0 + sampling).sqrt();
                assert!(
                    (estimate.mean - expected).abs()
                        <= 4.0 * error + 1e-9 * (expected.abs() + found.revenue.mean),
                    "{name} {} {figure}: {expected} expected, {} ± {}",
                    menu.label,
                    estimate.mean,
                    estimate.se
                );
            }
        }
    }
}

/// Rules earn in the order in which they are designed, from buyers as the seller believes them to be.
#[test]
fn richer_rules_earn_more_from_the_buyers_too() {
    let rivals = [
        ("two-tiers", "two-three-part"),
        ("two-three-part", "packages"),
        ("pay-as-you-go", "two-part"),
        ("two-part", "packages"),
        ("packages", "first-best"),
    ];
    let list_prices =
        [("flat", "three-tiers"), ("three-tiers", "three-part"), ("list-prices", "pay-as-you-go")];
    for (name, ordered) in [("rivals", &rivals[..]), ("list-prices", &list_prices)] {
        let market = market(name, &["run.users=200_000", "run.record=none"]);
        let (_out, report) = run_in_new_folder(&market, 2);
        for (poorer, richer) in ordered {
            let pairs = &report.summary.pairs;
            let pair = pairs.iter().find(|pair| pair.rule == *richer && pair.baseline == *poorer);
            let difference = pair.unwrap().profit_difference;
            assert!(
                difference.mean >= -4.0 * difference.se,
                "{name}: {richer} against {poorer}: {difference:?}"
            );
        }
    }
}

/// Tokens recorded class by class cost what is recorded as cost, where classes carry different markups.
#[test]
fn classes_are_recorded_as_they_are_used() {
    let market = market("rivals", &["run.users=20_000", "run.record=all"]);
    let (_out, report) = run_in_new_folder(&market, 2);
    let list = &report.summary.rules[0];
    let spent: f64 =
        market.technology.tokens.iter().map(|class| class.cost * list.tokens[&class.class].mean).sum();
    let tuning = list.cost.mean - spent;
    assert!(tuning >= -1e-12 && list.fine_tuned_share.mean > 0.0 && tuning > 0.0, "{list:?}");
    // At the list prices cached tokens carry the markup 5, the others 2.5: half as many as at costs.
    let rate = list.tokens["cached"].mean / list.tokens["input"].mean;
    assert!(rate > 0.0 && rate < 0.05 / 0.2 * 0.8 / 0.1, "{rate}");
}
