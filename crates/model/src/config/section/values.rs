//! The values a section holds: numbers, texts, choices, and arrays of them.

use std::collections::BTreeMap;

use super::Section;
use crate::config::error::ConfigError;
use crate::config::key::{IntegerKey, NumberKey};
use crate::config::name::nearest;
use crate::config::node::{Node, Value};

impl Section<'_> {
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
        let Some(node) = self.node(key.name) else { return Ok(None) };
        let value = match node.value {
            Value::Float(value) => value,
            Value::Integer(value) => value as f64,
            _ => return Err(self.error(key.name, key.allowed())),
        };
        key.check(value).map(Some).map_err(|invalid| self.locate(&invalid))
    }

    /// Whether a key holds an array, which also makes it known.
    pub fn has_array(&self, key: &'static str) -> bool {
        matches!(self.node(key), Some(Node { value: Value::Array(_), .. }))
    }

    /// A required array of numbers, each in the key's range.
    ///
    /// # Errors
    /// Missing, not an array of numbers, or one of them out of range.
    pub fn numbers(&self, key: &NumberKey) -> Result<Vec<f64>, ConfigError> {
        match self.node(key.name) {
            Some(node) => self.numbers_in(node, key),
            None => Err(self.error(key.name, format!("an array of numbers, each {}", key.allowed()))),
        }
    }

    /// A required array of arrays of numbers, each in the key's range.
    ///
    /// # Errors
    /// Missing, not an array of arrays of numbers, or one of them out of range.
    pub fn rows(&self, key: &NumberKey) -> Result<Vec<Vec<f64>>, ConfigError> {
        match self.node(key.name) {
            Some(Node { value: Value::Array(rows), .. }) => {
                rows.iter().map(|row| self.numbers_in(row, key)).collect()
            }
            _ => Err(self.error(key.name, format!("an array of rows of numbers, each {}", key.allowed()))),
        }
    }

    fn numbers_in(&self, array: &Node, key: &NumberKey) -> Result<Vec<f64>, ConfigError> {
        let allowed = || format!("an array of numbers, each {}", key.allowed());
        let Value::Array(nodes) = &array.value else {
            let error = self.error(key.name, allowed());
            return Err(ConfigError { origin: Some(array.origin), found: array.value.to_string(), ..error });
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

    /// A table of numbers under names of the user's choice, each in the key's range, which may be left out.
    ///
    /// # Errors
    /// Not a table, or an entry that is not a number in range.
    pub fn optional_named_numbers(
        &self,
        key: &NumberKey,
    ) -> Result<Option<BTreeMap<String, f64>>, ConfigError> {
        let allowed = format!("a table of numbers by name, each {}", key.allowed());
        let Some(named) = self.optional_section(key.name, &allowed)? else { return Ok(None) };
        let number = |(name, node): (&String, &Node)| {
            let value = match node.value {
                Value::Float(value) => value,
                Value::Integer(value) => value as f64,
                _ => f64::NAN,
            };
            if key.range.contains(value) {
                Ok((name.clone(), value))
            } else {
                Err(named.error(name, key.allowed()))
            }
        };
        named.table.iter().map(number).collect::<Result<_, _>>().map(Some)
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
        let Some(node) = self.node(key.name) else { return Ok(None) };
        match node.value {
            Value::Integer(value) if value >= 0 && (key.low..=key.high).contains(&(value as u64)) => {
                Ok(Some(value as u64))
            }
            // 1e6 is a whole number to whoever writes it; floats hold all of them up to 2^53.
            Value::Float(value)
                if value.fract() == 0.0
                    && value <= 9e15
                    && (key.low as f64..=key.high as f64).contains(&value) =>
            {
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
        match self.node(key) {
            None => Ok(None),
            Some(Node { value: Value::Text(text), .. }) => Ok(Some(text.clone())),
            Some(_) => Err(self.error(key, allowed)),
        }
    }

    /// A required array of strings.
    ///
    /// # Errors
    /// Missing, not an array, or an element that is not a string.
    pub fn texts(&self, key: &'static str, allowed: &str) -> Result<Vec<String>, ConfigError> {
        let Some(Node { value: Value::Array(nodes), .. }) = self.node(key) else {
            return Err(self.error(key, allowed));
        };
        let text = |node: &Node| match &node.value {
            Value::Text(text) => Ok(text.clone()),
            other => {
                let error = self.error(key, allowed);
                Err(ConfigError { origin: Some(node.origin), found: other.to_string(), ..error })
            }
        };
        nodes.iter().map(text).collect()
    }

    /// `true` or `false`, which may be left out.
    ///
    /// # Errors
    /// Anything else.
    pub fn optional_boolean(&self, key: &'static str, allowed: &str) -> Result<Option<bool>, ConfigError> {
        match self.node(key) {
            None => Ok(None),
            Some(Node { value: Value::Boolean(value), .. }) => Ok(Some(*value)),
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
}
