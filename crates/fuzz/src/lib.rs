//! What arbitrary bytes are thrown at: each function must return, whatever it is given, without a panic.
//!
//! `just fuzz SECONDS` runs all targets; inputs that once failed are kept as ordinary tests beside the code they broke.

use std::path::Path;

use menu::{BookError, PostedRule, ReadBooks, Seller};
use model::config::{ConfigError, Node, Section, parse, set};
use model::technology::{Technology, TechnologyConfig};
use population::calibrate::index::Price;
use population::calibrate::trace::{ClassColumn, Columns, Group, Rows, Trace};
use population::calibrate::{Assumptions, calibrate};
use population::table::{NoTables, read_csv};
use population::{Key, Population, PopulationConfig};

/// Buyers drawn from a population that is accepted.
const BUYERS: usize = 16;
/// Points of a belief: menus are designed in microseconds.
const POINTS: usize = 20;

/// Every price book is the market file itself, which may hold plans as well.
struct Itself<'a>(&'a Node);

impl ReadBooks for Itself<'_> {
    fn read(&self, _: &Path) -> Result<(Node, String), BookError> {
        Ok((self.0.clone(), "itself".into()))
    }
}

/// A market file: sections are read, buyers drawn, menus designed.
pub fn market(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        // An error is an answer.
        let _ = accepted(text);
    }
}

fn accepted(text: &str) -> Result<(), ConfigError> {
    let tree = parse::parse("market.toml", text)?;
    let root = Section::root("market.toml", &tree)?;
    let technology = TechnologyConfig::read(&root.section("technology", "a table")?)?;
    let technology =
        Technology::new(technology).map_err(|invalid| root.locate(&invalid.within("technology")))?;
    let population = PopulationConfig::read(&root.section("population", "a table")?, &NoTables)?;
    let Ok(population) = Population::new(population, &technology) else { return Ok(()) };
    let buyers = population.draw(Key { seed: 1, replicate: 0 }, 0, BUYERS);
    assert!(buyers.index.iter().all(|index| *index >= 0.0), "{:?}", buyers.index);
    let rules = root.sections("rules", "label", "rules")?;
    let books = Itself(&tree);
    let rules: Vec<PostedRule> =
        rules.iter().map(|rule| PostedRule::read(rule, &books)).collect::<Result<_, _>>()?;
    // A seller who has met a few buyers: the menus of all families, without the quadratures of unusual laws.
    let belief = population.sampled_belief(POINTS, 1);
    let Ok(seller) = Seller::new(&technology, &belief) else { return Ok(()) };
    for rule in rules.iter().filter(|rule| rule.check(&technology).is_ok()) {
        if let Ok(menu) = seller.design(rule) {
            assert!(menu.expected.profit.is_finite(), "{}: {:?}", menu.label, menu.expected);
        }
    }
    Ok(())
}

/// `--set KEY=VALUE` and the axes of experiments: the first line is the change, the rest the file.
pub fn changes(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (change, file) = text.split_once('\n').unwrap_or((text, EXAMPLE));
    let (Ok(change), Ok(mut tree)) = (change.parse(), parse::parse("market.toml", file)) else { return };
    let _ = set::apply("market.toml", &mut tree, &change);
}

const EXAMPLE: &str = include_str!("../../../configs/paper-uniform.toml");

/// A usage trace for calibration.
pub fn trace(bytes: &[u8]) {
    let price = |class: &str, price| Price { class: class.into(), price };
    let class = |name: &str| ClassColumn { class: name.into(), column: name.into() };
    let customers = |weight: Option<&str>| Rows::Customers {
        customer: "customer".into(),
        weight: weight.map(Into::into),
        days: None,
    };
    for (rows, group) in
        [(Rows::Requests, None), (customers(None), None), (customers(Some("weight")), Some("a"))]
    {
        let group = group.map(|value| Group { column: "group".into(), value: value.into() });
        let columns = Columns { rows, tokens: vec![class("input"), class("output")], unit: 1.0, group };
        let Ok(trace) = Trace::read("trace.csv", bytes, &columns) else { continue };
        let assumptions = Assumptions {
            prices: vec![price("input", 2.0), price("output", 8.0)],
            sigma: 0.5,
            alternatives: Assumptions::around(0.5),
            cost_share: 0.5,
            top: None,
        };
        let _ = calibrate(&trace, &assumptions);
    }
}

/// A table that a population names.
pub fn table(bytes: &[u8]) {
    if let Ok(columns) = read_csv(bytes, &["index", "weight"]) {
        assert!(columns.iter().flatten().all(|number| number.is_finite()));
    }
}
