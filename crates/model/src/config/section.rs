//! A cursor over one table of a configuration.

mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::error::{ConfigError, Invalid};
use super::name::nearest;
use super::node::{ELEMENT_NAMES, Node, Origin, Value, element_name, is_element};

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

    /// The file, as the user named it.
    pub fn file(&self) -> &str {
        self.file
    }

    /// Where the section stands.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Dotted path of this section.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// Whatever a key holds, which also makes it known.
    pub fn node(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    /// A required table of tables under names of the user's choice.
    ///
    /// # Errors
    /// Missing, not a table, or an entry that is not a table.
    pub fn named_sections(
        &self,
        key: &'static str,
        allowed: &str,
    ) -> Result<Vec<(&'a str, Section<'a>)>, ConfigError> {
        let section = self.section(key, allowed)?;
        let named = |(name, node): (&'a String, &'a Node)| {
            Ok((name.as_str(), Section::at(self.file, section.key_path(name), node, allowed)?))
        };
        section.table.iter().map(named).collect()
    }

    /// Whether a key is there, which also makes it known.
    pub fn has(&self, key: &'static str) -> bool {
        self.node(key).is_some()
    }

    /// An error about `key`: what was found there and what is allowed.
    ///
    /// Where the key is missing but one that nobody read looks like it, that one is named.
    pub fn error(&self, key: &str, allowed: impl Into<String>) -> ConfigError {
        let allowed = allowed.into();
        let error = |key: &str, origin, found, help| ConfigError {
            file: self.file.into(),
            origin: Some(origin),
            key: self.key_path(key),
            found,
            allowed: allowed.clone(),
            help,
        };
        if let Some(node) = self.table.get(key) {
            let found = match &node.value {
                Value::Float(value) => format!("{value:?}"),
                other => other.to_string(),
            };
            return error(key, node.origin, found, None);
        }
        match self.misspelt(key) {
            Some((typed, node)) => ConfigError {
                allowed: format!("the key {key}: {allowed}"),
                ..error(typed, node.origin, "an unknown key".into(), Some(format!("did you mean {key}?")))
            },
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
        self.node(key).map(|node| Section::at(self.file, self.key_path(key), node, allowed)).transpose()
    }

    /// A required array of tables; an element's path is the text it holds under `name`, else under one
    /// of [`ELEMENT_NAMES`], else its position from 0.
    ///
    /// # Errors
    /// Missing, not an array, or an element that is not a table.
    pub fn sections(
        &self,
        key: &'static str,
        name: &str,
        allowed: &str,
    ) -> Result<Vec<Section<'a>>, ConfigError> {
        let Some(Node { value: Value::Array(nodes), .. }) = self.node(key) else {
            return Err(self.error(key, allowed));
        };
        nodes
            .iter()
            .enumerate()
            .map(|(position, node)| {
                let element = element_name(node, &[name])
                    .or_else(|| element_name(node, &ELEMENT_NAMES))
                    .filter(|element| !element.is_empty())
                    .unwrap_or_else(|| position.to_string());
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
