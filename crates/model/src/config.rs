//! Reading configuration: a tree that remembers where each value was written, and a cursor that explains every error.
//!
//! `sim` parses TOML into a [`Node`]; each crate reads its own section from a [`Section`] and builds its config struct.
//! Every error names file, line, key path, value, what is allowed and, for names, the nearest valid one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A line of the file, counted from 1.
    Line(usize),
    /// The command line (`--set` and the flags that stand for it).
    Command,
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
}

/// The values configuration can hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a point, `inf` or `nan`.
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Node>),
    /// A table.
    Table(BTreeMap<String, Node>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "\"{}\"", shorten(value)),
            Self::Array(values) => write!(f, "an array of {}", values.len()),
            Self::Table(_) => write!(f, "a table"),
        }
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        return text.escape_debug().to_string();
    }
    format!("{}...", text.chars().take(LONGEST).collect::<String>().escape_debug())
}

/// A configuration error: file, line, key, value, what is allowed, what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct ConfigError {
    /// The file, as the user named it.
    pub file: String,
    /// Where in it.
    pub origin: Option<Origin>,
    /// Dotted key path; empty for the whole file.
    pub key: String,
    /// The offending value as written, or what is missing.
    pub found: String,
    /// What is allowed there.
    pub allowed: String,
    /// What usually helps.
    pub help: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        match self.origin {
            Some(Origin::Line(line)) => write!(f, ":{line}")?,
            Some(Origin::Command) => write!(f, " (set on the command line)")?,
            None => {}
        }
        write!(f, ": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", shorten(&self.key))?;
        }
        write!(f, "found {}; allowed: {}", self.found, self.allowed)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl ConfigError {
    /// The same error with other words for what was found.
    #[must_use]
    pub fn found_instead(self, found: String) -> Self {
        Self { found, ..self }
    }
}

/// A value that breaks a rule, with its key relative to the section it belongs to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{key}: found {found}; allowed: {allowed}")]
pub struct Invalid {
    /// Dotted key path relative to the section.
    pub key: String,
    /// The value found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

impl Invalid {
    /// A value that breaks a rule.
    pub fn new(key: &str, found: impl fmt::Display, allowed: String) -> Self {
        Self { key: key.into(), found: shorten(&found.to_string()), allowed }
    }

    /// The same, seen from the section that holds `section`.
    #[must_use]
    pub fn within(self, section: &str) -> Self {
        Self { key: format!("{section}.{}", self.key), ..self }
    }
}

/// Ranges of numbers. NaN and infinities lie in none of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Any finite number.
    Finite,
    /// x > 0.
    Positive,
    /// x >= 0.
    NonNegative,
    /// 0 < x < 1.
    OpenUnit,
    /// 0 <= x < 1.
    UnitBelowOne,
    /// 0 <= x <= 1.
    Unit,
}

impl Range {
    /// Whether `x` lies in the range.
    pub fn contains(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Self::Finite => true,
                Self::Positive => x > 0.0,
                Self::NonNegative => x >= 0.0,
                Self::OpenUnit => x > 0.0 && x < 1.0,
                Self::UnitBelowOne => (0.0..1.0).contains(&x),
                Self::Unit => (0.0..=1.0).contains(&x),
            }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finite => "a finite number",
            Self::Positive => "a finite number > 0",
            Self::NonNegative => "a finite number >= 0",
            Self::OpenUnit => "a number between 0 and 1, both excluded",
            Self::UnitBelowOne => "a number >= 0 and < 1",
            Self::Unit => "a number from 0 to 1",
        })
    }
}

/// A key that holds a number: its name, range and meaning in one place.
#[derive(Debug, Clone, Copy)]
pub struct NumberKey {
    /// Name in the file.
    pub name: &'static str,
    /// What it may be.
    pub range: Range,
    /// Meaning and unit.
    pub meaning: &'static str,
}

impl NumberKey {
    /// `value` if it is in range.
    ///
    /// # Errors
    /// Says the range otherwise.
    pub fn check(&self, value: f64) -> Result<f64, Invalid> {
        if self.range.contains(value) {
            Ok(value)
        } else {
            Err(Invalid::new(self.name, value, self.allowed()))
        }
    }

    fn allowed(&self) -> String {
        format!("{} ({})", self.range, self.meaning)
    }
}

/// A key that holds a whole number.
#[derive(Debug, Clone, Copy)]
pub struct IntegerKey {
    /// Name in the file.
    pub name: &'static str,
    /// Smallest value.
    pub low: u64,
    /// Largest value, at most 2^63 - 1.
    pub high: u64,
    /// Meaning and unit.
    pub meaning: &'static str,
}

impl IntegerKey {
    fn allowed(&self) -> String {
        format!("a whole number from {} to {} ({})", self.low, self.high, self.meaning)
    }
}

/// Checks a name against `[a-z0-9][a-z0-9_-]{0,63}`; token classes may not hold '-'.
///
/// # Errors
/// Says what names may look like.
pub fn check_name(name: &str, dash_allowed: bool) -> Result<(), String> {
    let good =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (dash_allowed && c == '-');
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts_well && name.len() <= 64 && name.chars().all(good) {
        return Ok(());
    }
    let dash = if dash_allowed { "-" } else { "" };
    Err(format!("a name of at most 64 characters a-z 0-9 _ {dash}, beginning with a letter or digit"))
}

/// The valid name closest to `name`, if one is close enough to be what was meant.
pub fn nearest<'a>(name: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: String = name.chars().take(100).collect();
    valid
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= 0.4)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A cursor over one table: reads keys, remembers which, and refuses the rest.
#[derive(Debug)]
pub struct Section<'a> {
    file: &'a str,
    path: String,
    origin: Origin,
    table: &'a BTreeMap<String, Node>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// A cursor over the whole file.
    ///
    /// # Errors
    /// `root` must be a table.
    pub fn root(file: &'a str, root: &'a Node) -> Result<Self, ConfigError> {
        Self::at(file, String::new(), root, "a table")
    }

    fn at(file: &'a str, path: String, node: &'a Node, allowed: &str) -> Result<Self, ConfigError> {
        match &node.value {
            Value::Table(table) => {
                Ok(Self { file, path, origin: node.origin, table, known: RefCell::default() })
            }
            other => Err(ConfigError {
                file: file.into(),
                origin: Some(node.origin),
                key: path,
                found: other.to_string(),
                allowed: allowed.into(),
                help: None,
            }),
        }
    }

    /// Dotted path of this section.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    fn lookup(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    /// Whether a key is there, which also makes it known.
    pub fn has(&self, key: &'static str) -> bool {
        self.lookup(key).is_some()
    }

    /// An error about `key`: what was found there and what is allowed.
    ///
    /// Where the key is missing but one that nobody read looks like it, that one is named.
    pub fn error(&self, key: &str, allowed: impl Into<String>) -> ConfigError {
        let error = |key: &str, origin, found, help| ConfigError {
            file: self.file.into(),
            origin: Some(origin),
            key: self.key_path(key),
            found,
            allowed: allowed.into(),
            help,
        };
        if let Some(node) = self.table.get(key) {
            return error(key, node.origin, node.value.to_string(), None);
        }
        match self.misspelt(key) {
            Some((typed, node)) => {
                error(typed, node.origin, "an unknown key".into(), Some(format!("did you mean {key}?")))
            }
            None => error(key, self.origin, "nothing: the key is missing".into(), None),
        }
    }

    /// A key that nobody read and that differs from a missing one by little more than a slip of the finger.
    fn misspelt(&self, missing: &str) -> Option<(&'a str, &'a Node)> {
        let known = self.known.borrow();
        self.table
            .iter()
            .filter(|(key, _)| !known.contains(&key.as_str()))
            .find(|(key, _)| strsim::normalized_damerau_levenshtein(key, missing) >= 0.7)
            .map(|(key, node)| (key.as_str(), node))
    }

    /// The error for a value that broke a rule, with the line on which its key stands.
    pub fn locate(&self, invalid: &Invalid) -> ConfigError {
        let mut origin = self.origin;
        let mut table = Some(self.table);
        let mut elements: Option<&[Node]> = None;
        for part in invalid.key.split('.') {
            let node = match (table, elements) {
                (Some(table), _) => table.get(part),
                (None, Some(elements)) => elements
                    .iter()
                    .enumerate()
                    .find(|(i, node)| is_element(node, *i, part))
                    .map(|(_, node)| node),
                (None, None) => None,
            };
            let Some(node) = node else { break };
            origin = node.origin;
            (table, elements) = match &node.value {
                Value::Table(table) => (Some(table), None),
                Value::Array(array) => (None, Some(array.as_slice())),
                _ => (None, None),
            };
        }
        ConfigError {
            file: self.file.into(),
            origin: Some(origin),
            key: self.key_path(&invalid.key),
            found: invalid.found.clone(),
            allowed: invalid.allowed.clone(),
            help: None,
        }
    }

    /// A required number.
    ///
    /// # Errors
    /// Missing, not a number, or out of range.
    pub fn number(&self, key: &NumberKey) -> Result<f64, ConfigError> {
        self.optional_number(key)?.ok_or_else(|| self.error(key.name, key.allowed()))
    }

    /// A number that may be left out.
    ///
    /// # Errors
    /// Not a number, or out of range.
    pub fn optional_number(&self, key: &NumberKey) -> Result<Option<f64>, ConfigError> {
        let Some(node) = self.lookup(key.name) else { return Ok(None) };
        let value = match node.value {
            Value::Float(value) => value,
            Value::Integer(value) => value as f64,
            _ => return Err(self.error(key.name, key.allowed())),
        };
        key.check(value).map(Some).map_err(|invalid| self.locate(&invalid))
    }

    /// A required array of numbers, each in the key's range.
    ///
    /// # Errors
    /// Missing, not an array of numbers, or one of them out of range.
    pub fn numbers(&self, key: &NumberKey) -> Result<Vec<f64>, ConfigError> {
        let allowed = || format!("an array of numbers, each {}", key.allowed());
        let Some(Node { value: Value::Array(nodes), .. }) = self.lookup(key.name) else {
            return Err(self.error(key.name, allowed()));
        };
        nodes
            .iter()
            .map(|node| {
                let value = match node.value {
                    Value::Float(value) => value,
                    Value::Integer(value) => value as f64,
                    _ => f64::NAN,
                };
                let mut error = self.error(key.name, allowed());
                error.origin = Some(node.origin);
                error.found = node.value.to_string();
                if key.range.contains(value) { Ok(value) } else { Err(error) }
            })
            .collect()
    }

    /// A required whole number.
    ///
    /// # Errors
    /// Missing, not a whole number, or out of range.
    pub fn integer(&self, key: &IntegerKey) -> Result<u64, ConfigError> {
        self.optional_integer(key)?.ok_or_else(|| self.error(key.name, key.allowed()))
    }

    /// A whole number that may be left out.
    ///
    /// # Errors
    /// Not a whole number, or out of range.
    pub fn optional_integer(&self, key: &IntegerKey) -> Result<Option<u64>, ConfigError> {
        let Some(node) = self.lookup(key.name) else { return Ok(None) };
        match node.value {
            Value::Integer(value) if value >= 0 && (key.low..=key.high).contains(&(value as u64)) => {
                Ok(Some(value as u64))
            }
            _ => Err(self.error(key.name, key.allowed())),
        }
    }

    /// A required string.
    ///
    /// # Errors
    /// Missing or not a string.
    pub fn text(&self, key: &'static str, allowed: &str) -> Result<String, ConfigError> {
        self.optional_text(key, allowed)?.ok_or_else(|| self.error(key, allowed))
    }

    /// A string that may be left out.
    ///
    /// # Errors
    /// Not a string.
    pub fn optional_text(&self, key: &'static str, allowed: &str) -> Result<Option<String>, ConfigError> {
        match self.lookup(key) {
            None => Ok(None),
            Some(Node { value: Value::Text(text), .. }) => Ok(Some(text.clone())),
            Some(_) => Err(self.error(key, allowed)),
        }
    }

    /// A required string out of a closed list.
    ///
    /// # Errors
    /// Missing or not in the list; names the nearest valid one.
    pub fn choice(&self, key: &'static str, valid: &[&'static str]) -> Result<&'static str, ConfigError> {
        let quoted: Vec<String> = valid.iter().map(|name| format!("\"{name}\"")).collect();
        let allowed = quoted.join(", ");
        let text = self.text(key, &allowed)?;
        valid.iter().copied().find(|name| *name == text).ok_or_else(|| {
            let help = nearest(&text, valid.iter().copied()).map(|name| format!("did you mean \"{name}\"?"));
            ConfigError { help, ..self.error(key, allowed) }
        })
    }

    /// A required table.
    ///
    /// # Errors
    /// Missing or not a table.
    pub fn section(&self, key: &'static str, allowed: &str) -> Result<Section<'a>, ConfigError> {
        self.optional_section(key, allowed)?.ok_or_else(|| self.error(key, allowed))
    }

    /// A table that may be left out.
    ///
    /// # Errors
    /// Not a table.
    pub fn optional_section(
        &self,
        key: &'static str,
        allowed: &str,
    ) -> Result<Option<Section<'a>>, ConfigError> {
        self.lookup(key).map(|node| Section::at(self.file, self.key_path(key), node, allowed)).transpose()
    }

    /// A required array of tables; an element's path is the text it holds under `name`, else its position from 0.
    ///
    /// # Errors
    /// Missing, not an array, or an element that is not a table.
    pub fn sections(
        &self,
        key: &'static str,
        name: &str,
        allowed: &str,
    ) -> Result<Vec<Section<'a>>, ConfigError> {
        let Some(Node { value: Value::Array(nodes), .. }) = self.lookup(key) else {
            return Err(self.error(key, allowed));
        };
        nodes
            .iter()
            .enumerate()
            .map(|(position, node)| {
                let element = element_name(node, &[name]).unwrap_or_else(|| position.to_string());
                Section::at(self.file, format!("{}.{element}", self.key_path(key)), node, allowed)
            })
            .collect()
    }

    /// Refuses every key that nobody read.
    ///
    /// # Errors
    /// Names the first unknown key, the valid ones and the nearest.
    pub fn finish(&self) -> Result<(), ConfigError> {
        let known = self.known.borrow();
        let Some((key, node)) = self.table.iter().find(|(key, _)| !known.contains(&key.as_str())) else {
            return Ok(());
        };
        let mut valid = known.clone();
        valid.sort_unstable();
        valid.dedup();
        Err(ConfigError {
            file: self.file.into(),
            origin: Some(node.origin),
            key: self.key_path(key),
            found: "an unknown key".into(),
            allowed: format!("the keys {}", valid.join(", ")),
            help: nearest(key, valid.iter().copied()).map(|name| format!("did you mean {name}?")),
        })
    }
}

/// The keys that name an element of an array in a key path, in order of precedence.
pub const ELEMENT_NAMES: [&str; 4] = ["label", "name", "class", "rule"];

/// The text an array's element holds under the first of `names` it has.
pub fn element_name(node: &Node, names: &[&str]) -> Option<String> {
    let Value::Table(table) = &node.value else { return None };
    names.iter().find_map(|name| match table.get(*name) {
        Some(Node { value: Value::Text(text), .. }) => Some(text.clone()),
        _ => None,
    })
}

/// Whether `part` of a key path means this element: by its name or by its position.
pub fn is_element(node: &Node, position: usize, part: &str) -> bool {
    element_name(node, &ELEMENT_NAMES).is_some_and(|name| name == part) || position.to_string() == part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(value: Value, line: usize) -> Node {
        Node { value, origin: Origin::Line(line) }
    }

    fn table(entries: &[(&str, Node)]) -> Node {
        let map = entries.iter().map(|(key, node)| ((*key).to_string(), node.clone())).collect();
        node(Value::Table(map), 1)
    }

    const COST: NumberKey = NumberKey { name: "cost", range: Range::Positive, meaning: "$ per Mtok" };

    #[test]
    fn errors_name_file_line_key_value_and_what_is_allowed() {
        let root = table(&[("cost", node(Value::Float(-1.0), 7))]);
        let error = Section::root("m.toml", &root).unwrap().number(&COST).unwrap_err();
        assert_eq!(error.to_string(), "m.toml:7: cost: found -1; allowed: a finite number > 0 ($ per Mtok)");
        let nan = table(&[("cost", node(Value::Float(f64::NAN), 7))]);
        assert!(Section::root("m.toml", &nan).unwrap().number(&COST).is_err());
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest_name() {
        let root = table(&[("cost", node(Value::Integer(1), 2)), ("csot", node(Value::Integer(1), 3))]);
        let section = Section::root("m.toml", &root).unwrap();
        assert_eq!(section.number(&COST), Ok(1.0));
        let error = section.finish().unwrap_err().to_string();
        assert!(error.contains("m.toml:3: csot") && error.contains("did you mean cost?"), "{error}");
    }

    #[test]
    fn elements_of_arrays_are_located_by_name() {
        let class =
            table(&[("class", node(Value::Text("input".into()), 4)), ("cost", node(Value::Integer(0), 5))]);
        let root = table(&[("tokens", node(Value::Array(vec![class]), 4))]);
        let section = Section::root("m.toml", &root).unwrap();
        let invalid = Invalid::new("cost", 0, "more".into()).within("tokens.input");
        assert_eq!(section.locate(&invalid).origin, Some(Origin::Line(5)));
    }

    #[test]
    fn names_follow_the_contract() {
        assert!(check_name("three-tiers", true).is_ok());
        assert!(check_name("three-tiers", false).is_err());
        for bad in ["", "-a", "A", "a/b", "..", &"a".repeat(65)] {
            assert!(check_name(bad, true).is_err(), "{bad}");
        }
    }
}
