//! What varies: axes, keys that vary together, and designs, each a list of points.

use model::config::{ConfigError, IntegerKey, Node, NumberKey, Origin, Range, Section, Value};
use population::latin_hypercube::{latin_hypercube, sobol_points};

/// Keys that vary together, and the values they take.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dimension {
    /// Key paths of the market, each with the line of the experiment it stands on.
    pub(super) keys: Vec<(String, Origin)>,
    /// Points, each with a value per key.
    pub(super) points: Vec<Vec<Value>>,
}

const VALUES: &str = "an array of at least one value";
const DESIGN: &str = "a table with kind, n and ranges";
const RANGES: &str = "a table of { low, high, scale } by key path";
const N: IntegerKey = IntegerKey { name: "n", low: 1, high: 100_000, meaning: "points of the design" };
const SEED: IntegerKey =
    IntegerKey { name: "seed", low: 0, high: i64::MAX as u64, meaning: "seed of the design, default 0" };
const LOW: NumberKey = NumberKey { name: "low", range: Range::Finite, meaning: "smallest value" };
const HIGH: NumberKey = NumberKey { name: "high", range: Range::Finite, meaning: "largest value" };

/// Everything that varies, in the order of the file: axes, then `[[zip]]`, then `[design]`; the last varies fastest.
pub(super) fn read(root: &Section) -> Result<Vec<Dimension>, ConfigError> {
    let mut dimensions = Vec::new();
    if let Some(axes) = root.node("axes") {
        if !matches!(axes.value, Value::Table(_)) {
            return Err(root.error("axes", "key paths with arrays of values"));
        }
        for (key, node) in leaves(axes) {
            let values = values(root, "axes", &key, node)?;
            let points = values.into_iter().map(|value| vec![value]).collect();
            dimensions.push(Dimension { keys: vec![(key, node.origin)], points });
        }
    }
    if let Some(zips) = root.node("zip") {
        let Value::Array(zips) = &zips.value else {
            return Err(root.error("zip", "[[zip]] tables of arrays of equal length, by key path"));
        };
        for zip in zips {
            dimensions.push(zipped(root, zip)?);
        }
    }
    if let Some(section) = root.optional_section("design", DESIGN)? {
        dimensions.push(designed(&section)?);
    }
    Ok(dimensions)
}

/// Key paths with what they hold, whether written "a.b" = or a.b =, in the order of the file.
pub(super) fn leaves(node: &Node) -> Vec<(String, &Node)> {
    let mut found = Vec::new();
    collect(String::new(), node, &mut found);
    let line = |node: &Node| if let Origin::Line(line) = node.origin { line } else { 0 };
    found.sort_by(|a, b| (line(a.1), &a.0).cmp(&(line(b.1), &b.0)));
    found
}

fn collect<'a>(path: String, node: &'a Node, found: &mut Vec<(String, &'a Node)>) {
    let Value::Table(table) = &node.value else {
        found.push((path, node));
        return;
    };
    for (key, node) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        collect(path, node, found);
    }
}

fn values(root: &Section, section: &'static str, key: &str, node: &Node) -> Result<Vec<Value>, ConfigError> {
    match &node.value {
        Value::Array(nodes) if !nodes.is_empty() => {
            Ok(nodes.iter().map(|node| model::config::parse::command_line(node.clone()).value).collect())
        }
        other => Err(ConfigError {
            origin: Some(node.origin),
            key: format!("{section}.{key}"),
            found: other.to_string(),
            ..root.error(section, VALUES)
        }),
    }
}

fn zipped(root: &Section, zip: &Node) -> Result<Dimension, ConfigError> {
    if !matches!(zip.value, Value::Table(_)) {
        let error = root.error("zip", "[[zip]] tables of arrays of equal length, by key path");
        return Err(ConfigError { origin: Some(zip.origin), ..error.found_instead(zip.value.to_string()) });
    }
    let mut keys = Vec::new();
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for (key, node) in leaves(zip) {
        let values = values(root, "zip", &key, node)?;
        if let Some(first) = columns.first().filter(|first| first.len() != values.len()) {
            return Err(ConfigError {
                origin: Some(node.origin),
                key: format!("zip.{key}"),
                found: format!("an array of {}", values.len()),
                ..root.error("zip", format!("an array of {} like the others of this [[zip]]", first.len()))
            });
        }
        keys.push((key, node.origin));
        columns.push(values);
    }
    let Some(first) = columns.first() else {
        return Err(root.error("zip", "at least one key path in each [[zip]]"));
    };
    let point = |position: usize| columns.iter().map(|column| column[position].clone()).collect();
    Ok(Dimension { keys, points: (0..first.len()).map(point).collect() })
}

fn designed(section: &Section) -> Result<Dimension, ConfigError> {
    let kind = section.choice("kind", &["latin-hypercube", "sobol"])?;
    let n = section.integer(&N)? as u32;
    let seed = section.optional_integer(&SEED)?.unwrap_or(0);
    let ranges = section.named_sections("ranges", RANGES)?;
    let ranges =
        ranges.into_iter().map(|(key, range)| read_range(key, &range)).collect::<Result<Vec<_>, _>>()?;
    if ranges.is_empty() {
        return Err(section.error("ranges", RANGES));
    }
    section.finish()?;
    let cube = match kind {
        "sobol" => sobol_points(seed, n, ranges.len() as u32),
        _ => latin_hypercube(seed, n, ranges.len() as u32),
    };
    let point = |u: Vec<f64>| ranges.iter().zip(u).map(|(range, u)| Value::Float(range.at(u))).collect();
    Ok(Dimension {
        points: cube.into_iter().map(point).collect(),
        keys: ranges.into_iter().map(|range| (range.key, range.origin)).collect(),
    })
}

/// The values of one key in a design.
struct Interval {
    key: String,
    origin: Origin,
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Interval {
    /// low + u (high - low), or low (high/low)^u.
    fn at(&self, u: f64) -> f64 {
        let value = if self.logarithmic {
            self.low * libm::pow(self.high / self.low, u)
        } else {
            self.low + u * (self.high - self.low)
        };
        value.clamp(self.low, self.high)
    }
}

fn read_range(key: &str, range: &Section) -> Result<Interval, ConfigError> {
    let (low, high) = (range.number(&LOW)?, range.number(&HIGH)?);
    let logarithmic = range.has("scale") && range.choice("scale", &["linear", "log"])? == "log";
    if !(low < high) {
        return Err(range.error("high", format!("a number above low = {low}")));
    }
    if logarithmic && !(low > 0.0) {
        return Err(range.error("low", "a number > 0 on a log scale"));
    }
    range.finish()?;
    Ok(Interval { key: key.into(), origin: range.origin(), low, high, logarithmic })
}
