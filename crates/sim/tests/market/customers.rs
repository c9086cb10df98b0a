//! Populations out of files: exact beliefs, and runs that are known by the content of the file.

use std::path::Path;

use model::technology::Technology;
use population::{Key, Population};
use sim::progress::Silent;
use sim::{Market, describe, design};

use super::support::{market, run_in_new_folder};

/// The shipped market written anew into `folder`, with the customers under another name.
fn moved(folder: &Path, customers: &str) -> Market {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let text = std::fs::read_to_string(configs.join("real-customers.toml")).unwrap();
    std::fs::write(folder.join("elsewhere.csv"), customers).unwrap();
    let path = folder.join("market.toml");
    std::fs::write(&path, text.replace("population/m-large.csv", "elsewhere.csv")).unwrap();
    Market::load(&path, &[]).unwrap()
}

fn shipped_customers() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/population/m-large.csv");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_run_is_known_by_the_content_of_its_file() {
    let (here, folder) = (market("real-customers", &[]), tempfile::TempDir::new().unwrap());
    let same = moved(folder.path(), &shipped_customers());
    assert_eq!(here.run_id(), same.run_id());
    let other = moved(folder.path(), &shipped_customers().replacen(",1\n", ",2\n", 1));
    assert_ne!(here.run_id(), other.run_id());
    // The resolved configuration pins the content: beside the file it is the same run, with other content it is refused.
    let resolved = same.to_toml();
    assert!(resolved.contains("file = \"elsewhere.csv\"") && resolved.contains("hash = \""), "{resolved}");
    let name = folder.path().join("config.toml").display().to_string();
    let error = Market::parse(&name, &resolved, &[]).unwrap_err();
    assert_eq!(error.key, "population.hash");
    moved(folder.path(), &shipped_customers());
    let again = Market::parse(&name, &resolved, &[]).unwrap();
    assert_eq!((again.run_id(), again.to_toml()), (same.run_id(), resolved));
}

/// Means of the file by hand, the seller's expectation, and the simulated market.
#[test]
fn design_expects_what_the_file_says() {
    let market = market("real-customers", &["run.users=100_000", "run.record=none"]);
    let technology = Technology::new(market.technology.clone()).unwrap();
    let indices: Vec<f64> = shipped_customers()
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    let mean = |g: &dyn Fn(f64) -> f64| indices.iter().map(|x| g(*x)).sum::<f64>() / indices.len() as f64;
    let designed = design(&market, &Silent).unwrap();
    assert_eq!(designed.view().belief.index.points.len(), indices.len());
    assert!((designed.view().belief.index.points.mean_of(|x| x) / mean(&|x| x) - 1.0).abs() < 1e-13);
    let first_best = mean(&|x| technology.surplus(x));
    let of = |label: &str| designed.menus.iter().position(|menu| menu.label == label).unwrap();
    let expected = designed.menus[of("first-best")].expected.profit;
    assert!((expected / first_best - 1.0).abs() < 1e-12, "{expected} is not {first_best}");
    let (_out, report) = run_in_new_folder(&market, 2);
    // Five standard errors: once in two million seeds; this one is fixed.
    for (menu, rule) in designed.menus.iter().zip(&report.summary.rules) {
        let gap = rule.profit.mean - menu.expected.profit;
        assert!(gap.abs() < 5.0 * rule.profit.se, "{}: {gap} ± {}", menu.label, rule.profit.se);
    }
}

/// In the order of the file, as many buyers as rows are the file itself.
#[test]
fn buyers_in_order_are_the_rows() {
    let (market, folder) = (market("real-customers", &[]), tempfile::TempDir::new().unwrap());
    let text = market.to_toml().replace("draw = \"bootstrap\"", "draw = \"in-order\"");
    let text = text.replace("weight = \"weight\"\n", "").replace("population/m-large.csv", "copy.csv");
    std::fs::write(folder.path().join("copy.csv"), shipped_customers()).unwrap();
    let file = folder.path().join("market.toml").display().to_string();
    let parsed = |changes: &[&str]| {
        let changes: Vec<_> = changes.iter().map(|change| change.parse().unwrap()).collect();
        Market::parse(&file, &text, &changes)
    };
    let refused = |changes: &[&str]| parsed(changes).unwrap_err().to_string();
    assert!(refused(&["run.users=148"]).contains("run.users: found 148; allowed: 2 to 147"));
    let twice = refused(&["run.users=147", "run.replicates=2"]);
    assert!(twice.contains("run.replicates: found 2; allowed: 1: all would be the same buyers"), "{twice}");
    let spread = refused(&["run.users=147", "run.sampling=stratified", "run.replicates=8"]);
    assert!(spread.contains("run.replicates: found 8"), "{spread}");
    let market = parsed(&["run.users=147"]).unwrap();
    let technology = Technology::new(market.technology.clone()).unwrap();
    let population = Population::new(market.population.clone(), &technology).unwrap();
    let drawn = population.draw(Key { seed: 3, replicate: 1 }, 0, 148).index;
    let rows = shipped_customers();
    let mut rows = rows.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse::<f64>().unwrap());
    for theta in &drawn[..147] {
        assert_eq!(Some(*theta), rows.next());
    }
    assert_eq!((drawn[147], rows.next()), (drawn[0], None));
}

/// A customer so rare that nobody draws her, and so large that the mean is hers: rows are looked at, not draws.
#[test]
fn a_customer_who_carries_the_mean_is_named_though_she_is_never_drawn() {
    let folder = tempfile::TempDir::new().unwrap();
    let described = |index: f64, segments: bool| {
        let file = folder.path().join("planted.csv");
        let rows = (1..=1000_u32).map(|row| match row {
            7 => format!("{index},0.001\n"),
            row => format!("{},1000\n", 1.0 + 1e-4 * f64::from(row)),
        });
        std::fs::write(&file, format!("theta,weight\n{}", rows.collect::<String>())).unwrap();
        let family =
            format!("family = \"empirical\", file = {file:?}, index = \"theta\", weight = \"weight\"");
        let own = if segments {
            let other = "name = \"law\", share = 0.75, family = \"index\", index = { distribution = \"uniform\", low = 0.0, high = 1.0 }";
            format!(
                "population={{ family = \"segments\", segments = [{{ {other} }}, {{ name = \"firms\", share = 0.25, {family} }}] }}"
            )
        } else {
            format!("population={{ {family} }}")
        };
        describe(&market("paper-uniform", &[&own])).unwrap()
    };
    for segments in [false, true] {
        let found = described(200.0, segments);
        let largest = found.largest_customer.clone().unwrap();
        assert_eq!((largest.row, largest.segment.as_deref()), (7, segments.then_some("firms")));
        // π(200) = 2·200⁴ + 1/8 at a share of 1e-9 (a quarter of it in segments), against π of about 1.05 to 1 for the rest.
        let share = if segments { 0.25e-9 } else { 1e-9 };
        assert!((largest.buyers / share - 1.0).abs() < 0.002, "{largest:?}");
        let own = share * (2.0 * libm::pow(200.0, 4.0) + 0.125);
        let rest = if segments { 0.75 * 0.49 + 0.25 * 2.56 } else { 2.56 };
        assert!((largest.first_best - own / (own + rest)).abs() < 0.03, "{largest:?}");
        assert!(found.largest_share < 0.01, "she is not drawn");
        let codes: Vec<&str> = found.warnings.iter().map(|warning| warning.code.as_str()).collect();
        assert_eq!(codes, ["large-customer"]);
        let message = &found.warnings[0].message;
        for text in ["row 7", "% of efficient spend", "% of first-best profit", "more than 1 %", "calibrate"]
        {
            assert!(message.contains(text), "{text}: {message}");
        }
        assert_eq!(message.contains("of segment firms"), segments, "{message}");
        let without = described(1.1, segments);
        assert!(without.warnings.is_empty(), "{:?}", without.warnings);
        assert!(without.largest_customer.unwrap().first_best < 0.01);
    }
    assert_eq!(describe(&market("paper-uniform", &[])).unwrap().largest_customer, None);
}
