//! Experiment files: from TOML to a market, what varies in it, and the market of every cell.

use std::path::{Path, PathBuf};

use model::config::{ConfigError, IntegerKey, Node, Origin, Section, Value, check_name, parse};

use super::dimension::{self, Dimension};
use super::limits::Limits;
use crate::config::{Market, Override, file};

/// An experiment: a market, what varies in it, and how often every cell is repeated.
#[derive(Debug)]
pub struct Experiment {
    /// Name; results stand in results/NAME.
    pub name: String,
    /// Independent replications of every cell.
    pub replicates: u32,
    /// The market before anything varies.
    pub base: Market,
    /// Bounds on every run, no part of the plan.
    pub limits: Limits,
    file: String,
    market_file: String,
    market_text: String,
    overrides: Vec<Override>,
    dimensions: Vec<Dimension>,
    /// Values that tell the baseline cell, by key.
    baseline: Vec<(String, Node)>,
}

const REPLICATES: IntegerKey =
    IntegerKey { name: "replicates", low: 1, high: 10_000, meaning: "replications of every cell, default 1" };
/// Most cells of one experiment.
const MOST_CELLS: u64 = 100_000;

impl Experiment {
    /// Reads an experiment, from its file or the folder that holds experiment.toml, with changes to its market.
    ///
    /// # Errors
    /// Names file, line, key and what is allowed, in the experiment or in its market.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, ConfigError> {
        let path = if path.is_dir() { path.join("experiment.toml") } else { path.to_path_buf() };
        let file = path.display().to_string();
        let root = parse::parse(&file, &read(&path, None)?)?;
        let root = Section::root(&file, &root)?;
        if !root.has("market") && root.has("technology") {
            return Err(ConfigError {
                origin: None,
                help: Some(format!("`tokenmarket run {file}` runs a market")),
                ..root.error("", EXPERIMENT).found_instead("a market file".into())
            });
        }
        let name = root.text("name", "the experiment's name")?;
        check_name(&name, true).map_err(|allowed| root.error("name", allowed))?;
        let market = root.text("market", MARKET)?;
        if market.is_empty() {
            return Err(root.error("market", MARKET));
        }
        let replicates = root.optional_integer(&REPLICATES)?.unwrap_or(1) as u32;
        let limits = Limits::read(&root)?;
        let dimensions = dimension::read(&root)?;
        let baseline = match root.node("baseline") {
            None => Vec::new(),
            Some(node) if matches!(node.value, Value::Table(_)) => named(node, &dimensions),
            Some(_) => return Err(root.error("baseline", "a table of one value for each key that varies")),
        };
        root.finish()?;
        check_keys(&root, &dimensions)?;
        check_overrides(&root, &dimensions, overrides)?;
        let market_path = path.parent().unwrap_or(Path::new("")).join(market);
        let market_text = read(&market_path, Some(root.error("market", MARKET)))?;
        let market_file = tidy(&market_path).display().to_string();
        // Cells keep figures only, unless somebody asks for more.
        let mut changes = vec![Override::text("run.record", "none")];
        changes.extend_from_slice(overrides);
        let base = Market::parse(&market_file, &market_text, &changes)?;
        Ok(Self {
            name,
            replicates,
            base,
            limits,
            file,
            market_file,
            market_text,
            overrides: changes,
            dimensions,
            baseline,
        })
    }

    /// Whether a file is an experiment rather than a market: it names one.
    pub fn is_experiment(path: &Path) -> bool {
        let name = path.display().to_string();
        let root = file::read(path).ok().and_then(|text| parse::parse(&name, &text).ok());
        path.is_dir()
            || matches!(root, Some(Node { value: Value::Table(table), .. }) if table.contains_key("market"))
    }

    /// The file, as the user named it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Key paths that vary, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.dimensions.iter().flat_map(|dimension| &dimension.keys).map(|(key, _)| key.as_str())
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.dimensions.iter().map(|dimension| dimension.points.len()).product()
    }

    /// The values of a cell in the order of [`Experiment::keys`]; the last dimension varies fastest.
    pub(super) fn values(&self, cell: usize) -> Vec<Value> {
        let mut rest = cell;
        let mut points: Vec<&Vec<Value>> = Vec::new();
        for dimension in self.dimensions.iter().rev() {
            points.push(&dimension.points[rest % dimension.points.len()]);
            rest /= dimension.points.len();
        }
        points.into_iter().rev().flatten().cloned().collect()
    }

    /// The market of a cell.
    ///
    /// # Errors
    /// A key path or value that the market does not have room for, with its line in the experiment.
    pub fn market(&self, cell: usize) -> Result<Market, ConfigError> {
        let mut changes = self.overrides.clone();
        let values = self.values(cell);
        changes.extend(self.keys().zip(values).map(|(key, value)| Override { key: key.into(), value }));
        let market = Market::parse(&self.market_file, &self.market_text, &changes);
        let market = market.map_err(|error| self.locate(error))?;
        if self.replicates > 1 && market.population.rows_in_order().is_some() {
            let found = self.replicates.to_string();
            let allowed =
                "1 with population.draw = \"in-order\": all replicates would be the same buyers".into();
            let key = REPLICATES.name.into();
            return Err(ConfigError {
                file: self.file.clone(),
                origin: None,
                key,
                found,
                allowed,
                help: None,
            });
        }
        let kept =
            [("run.seed", market.run.seed == self.base.run.seed), ("name", market.name == self.base.name)];
        match kept.iter().find(|(_, kept)| !kept) {
            None => Ok(market),
            Some((key, _)) => Err(self.locate(ConfigError {
                file: self.market_file.clone(),
                origin: Some(Origin::Command),
                key: (*key).into(),
                found: "another value in some cell".into(),
                allowed: "one value for all cells: every cell faces the same buyers".into(),
                help: (*key == "run.seed").then(|| "replicates = N repeats every cell with N seeds".into()),
            })),
        }
    }

    /// Position of the baseline cell: the first with the values that `baseline` names.
    ///
    /// # Errors
    /// No cell has them.
    pub(super) fn baseline(&self) -> Result<usize, ConfigError> {
        let error = |key: &str, node: &Node, allowed: String| ConfigError {
            file: self.file.clone(),
            origin: Some(node.origin),
            key: format!("baseline.{key}"),
            found: node.value.to_string(),
            allowed,
            help: model::config::nearest(key, self.keys()).map(|near| format!("did you mean {near}?")),
        };
        let mut wanted = Vec::new();
        for (key, node) in &self.baseline {
            let Some(position) = self.keys().position(|own| own == key) else {
                let keys: Vec<&str> = self.keys().collect();
                return Err(error(key, node, format!("a value of a key that varies: {}", keys.join(", "))));
            };
            wanted.push((position, node));
        }
        let fits = |cell: &usize| {
            let values = self.values(*cell);
            wanted.iter().all(|(position, node)| same(&values[*position], &node.value))
        };
        (0..self.cells()).find(fits).ok_or_else(|| {
            let (key, node) = &self.baseline[0];
            ConfigError { help: None, ..error(key, node, "values that some cell has".into()) }
        })
    }

    /// An error of a market said to come from the command line comes from the experiment.
    fn locate(&self, error: ConfigError) -> ConfigError {
        if error.origin != Some(Origin::Command) {
            return error;
        }
        let related = |key: &str| error.key.starts_with(key) || key.starts_with(&error.key);
        let varied = self.dimensions.iter().flat_map(|dimension| &dimension.keys);
        let origin =
            varied.filter(|(key, _)| related(key)).max_by_key(|(key, _)| key.len()).map(|found| found.1);
        ConfigError { file: self.file.clone(), origin, ..error }
    }
}

const EXPERIMENT: &str = "a readable experiment in TOML, or a folder with experiment.toml";
const MARKET: &str = "the path of a readable market file, relative to this file";

fn read(path: &Path, named_by: Option<ConfigError>) -> Result<String, ConfigError> {
    file::read(path).map_err(|error| {
        let found = format!("{}: {error}", path.display());
        match named_by {
            Some(named_by) => ConfigError { found, ..named_by },
            None => ConfigError {
                file: path.display().to_string(),
                origin: None,
                key: String::new(),
                found: error.to_string(),
                allowed: EXPERIMENT.into(),
                help: None,
            },
        }
    })
}

/// The same path without `x/..`, as long as that is certain.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        let plain = tidied.components().next_back();
        let named = matches!(plain, Some(std::path::Component::Normal(_)));
        if part == std::path::Component::ParentDir && named && !tidied.is_symlink() {
            tidied.pop();
        } else {
            tidied.push(part);
        }
    }
    tidied
}

/// The values under `baseline`, by the keys that vary.
fn named(node: &Node, dimensions: &[Dimension]) -> Vec<(String, Node)> {
    let varied =
        |key: &str| dimensions.iter().flat_map(|dimension| &dimension.keys).any(|(own, _)| own == key);
    match &node.value {
        // A key that varies may hold tables.
        Value::Table(table) if table.keys().any(|key| varied(key)) => {
            table.iter().map(|(key, node)| (key.clone(), node.clone())).collect()
        }
        _ => dimension::leaves(node).into_iter().map(|(key, node)| (key, node.clone())).collect(),
    }
}

/// Values are equal whatever lines they were written on, and 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Integer(a), Value::Float(b)) | (Value::Float(b), Value::Integer(a)) => *a as f64 == *b,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.value, &b.value))
        }
        (Value::Table(a), Value::Table(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.1.value, &b.1.value))
        }
        _ => a == b,
    }
}

/// Nothing is set for all cells that varies among them.
fn check_overrides(
    root: &Section,
    dimensions: &[Dimension],
    overrides: &[Override],
) -> Result<(), ConfigError> {
    for (key, origin) in dimensions.iter().flat_map(|dimension| &dimension.keys) {
        let is_within =
            |set: &str| set.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if let Some(set) = overrides.iter().find(|set| is_within(&set.key)) {
            return Err(ConfigError {
                origin: Some(*origin),
                key: key.clone(),
                found: format!("a key that varies, and --set {}", set.key),
                ..root.error(
                    "",
                    "one or the other: a value for all cells, or values that vary in the experiment's file",
                )
            });
        }
    }
    Ok(())
}

/// Something varies, every key once, the seed never, and there are not too many cells.
fn check_keys(root: &Section, dimensions: &[Dimension]) -> Result<(), ConfigError> {
    let keys: Vec<&(String, Origin)> = dimensions.iter().flat_map(|dimension| &dimension.keys).collect();
    let error = |(key, origin): &(String, Origin), found: &str, allowed: &str| ConfigError {
        origin: Some(*origin),
        key: key.clone(),
        found: found.into(),
        ..root.error("", allowed)
    };
    if keys.is_empty() {
        return Err(root.error("axes", "key paths with arrays of values, here, in [[zip]] or in [design]"));
    }
    for (position, entry) in keys.iter().enumerate() {
        if entry.0 == "run.seed" {
            let allowed =
                "replicates = N, which repeats every cell with N seeds: all cells face the same buyers";
            return Err(error(entry, "an axis over the seed", allowed));
        }
        if keys[..position].iter().any(|earlier| earlier.0 == entry.0) {
            return Err(error(entry, "the same key twice", "every key once, in [axes], [[zip]] or [design]"));
        }
    }
    let cells = dimensions
        .iter()
        .try_fold(1_u64, |cells, dimension| cells.checked_mul(dimension.points.len() as u64));
    if cells.is_none_or(|cells| cells > MOST_CELLS) {
        let found = cells.map_or("more than 2^64 cells".into(), |cells| format!("{cells} cells"));
        return Err(root.error("axes", format!("at most {MOST_CELLS} cells")).found_instead(found));
    }
    Ok(())
}
