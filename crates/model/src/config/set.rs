//! `--set KEY=VALUE`: changing a parsed market file before it is validated.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::parse::parse_value;
use super::{ConfigError, ELEMENT_NAMES, Node, Origin, Value, element_name, is_element, nearest};

/// One change to a market file: a dotted key path and a value.
///
/// Elements of arrays go by their name or position: `technology.tokens.input.cost`, `rules.three-tiers.tiers`.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// Dotted key path.
    pub key: String,
    /// The value; a bare word is a string.
    pub value: Value,
}

impl Override {
    /// Sets `key` to an integer.
    pub fn integer(key: &str, value: i64) -> Self {
        Self { key: key.into(), value: Value::Integer(value) }
    }

    /// Sets `key` to a number.
    pub fn number(key: &str, value: f64) -> Self {
        Self { key: key.into(), value: Value::Float(value) }
    }

    /// Sets `key` to a string.
    pub fn text(key: &str, value: &str) -> Self {
        Self { key: key.into(), value: Value::Text(value.into()) }
    }
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((_, digits)) if is_too_large(digits.trim()) => Err(format!(
                "found {}; allowed: whole numbers from {} to {}, or text in quotes",
                digits.trim(),
                i64::MIN,
                i64::MAX
            )),
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { key: key.trim().into(), value: parse_value(value.trim()) })
            }
            _ => Err(format!("found {text:?}; allowed: KEY=VALUE, for example run.users=10000")),
        }
    }
}

/// Whether this is a whole number that 64 bits cannot hold: as a bare word it would be taken for text.
fn is_too_large(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '_');
    plain && text.replace('_', "").parse::<i64>().is_err()
}

/// Applies a change: replaces or adds the last key of the path. Tables before it are made where they are missing, as by
/// dotted keys in a file; elements of arrays must be there.
///
/// # Errors
/// A path through something that is neither, with the nearest name that is there.
pub fn apply(file: &str, root: &mut Node, change: &Override) -> Result<(), ConfigError> {
    let mut parts: Vec<&str> = change.key.split('.').collect();
    let last = parts.pop().unwrap_or_default();
    let mut node = root;
    for part in parts {
        let names = names(node);
        if let Value::Table(table) = &mut node.value
            && !part.is_empty()
        {
            let absent = || Node { value: Value::Table(BTreeMap::new()), origin: Origin::Command };
            table.entry(part.into()).or_insert_with(absent);
        }
        node = child(node, part).ok_or_else(|| missing(file, change, part, &names))?;
    }
    let names = names(node);
    let value = Node { value: change.value.clone(), origin: Origin::Command };
    match &mut node.value {
        Value::Table(table) if !last.is_empty() => {
            table.insert(last.into(), value);
            Ok(())
        }
        Value::Array(_) => match child(node, last) {
            Some(element) => {
                *element = value;
                Ok(())
            }
            None => Err(missing(file, change, last, &names)),
        },
        _ => Err(missing(file, change, last, &names)),
    }
}

fn child<'a>(node: &'a mut Node, part: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Table(table) => table.get_mut(part),
        Value::Array(nodes) => {
            let position = nodes.iter().enumerate().position(|(i, node)| is_element(node, i, part))?;
            nodes.get_mut(position)
        }
        _ => None,
    }
}

fn names(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Table(table) => BTreeMap::keys(table).cloned().collect(),
        Value::Array(nodes) => nodes
            .iter()
            .enumerate()
            .map(|(i, node)| element_name(node, &ELEMENT_NAMES).unwrap_or_else(|| i.to_string()))
            .collect(),
        _ => Vec::new(),
    }
}

fn missing(file: &str, change: &Override, part: &str, names: &[String]) -> ConfigError {
    ConfigError {
        file: file.into(),
        origin: Some(Origin::Command),
        key: change.key.clone(),
        found: format!("no {part:?} there"),
        allowed: if names.is_empty() { "nothing: that is a single value".into() } else { names.join(", ") },
        help: nearest(part, names.iter().map(String::as_str)).map(|name| format!("did you mean {name}?")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn elements_go_by_name_and_unknown_paths_are_refused() {
        let mut root = parse("m.toml", "tokens = [ { class = \"input\", cost = 1.0 } ]\n").unwrap();
        apply("m.toml", &mut root, &"tokens.input.cost=2.0".parse().unwrap()).unwrap();
        let Value::Table(table) = &root.value else { panic!("a table") };
        let Value::Array(tokens) = &table["tokens"].value else { panic!("an array") };
        let Value::Table(input) = &tokens[0].value else { panic!("a table") };
        assert_eq!(input["cost"], Node { value: Value::Float(2.0), origin: Origin::Command });
        let wrong = apply("m.toml", &mut root, &"tokens.inptu.cost=2.0".parse().unwrap()).unwrap_err();
        assert!(wrong.to_string().contains("did you mean input?"), "{wrong}");
        assert!("no-value".parse::<Override>().is_err());
    }

    #[test]
    fn tables_on_the_way_are_made_and_values_are_not_stepped_into() {
        let mut root = parse("m.toml", "a = 1\n").unwrap();
        apply("m.toml", &mut root, &"behaviour.kind=logit".parse().unwrap()).unwrap();
        apply("m.toml", &mut root, &"behaviour.scale=0.5".parse().unwrap()).unwrap();
        let Value::Table(table) = &root.value else { panic!("a table") };
        let Value::Table(behaviour) = &table["behaviour"].value else { panic!("a table") };
        assert_eq!(behaviour["kind"].value, Value::Text("logit".into()));
        assert_eq!(behaviour["scale"].value, Value::Float(0.5));
        for wrong in ["a.b=1", "b..c=1", ".b=1", "b.=1"] {
            assert!(apply("m.toml", &mut root, &wrong.parse().unwrap()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whole_numbers_beyond_64_bits_are_no_text() {
        let error = "run.seed=9223372036854775808".parse::<Override>().unwrap_err();
        assert!(
            error.contains("found 9223372036854775808;") && error.contains("9223372036854775807"),
            "{error}"
        );
        for text in
            ["a=9223372036854775807", "a=-9_223_372_036_854_775_808", "a=\"9223372036854775808\"", "a=1e30"]
        {
            assert!(text.parse::<Override>().is_ok(), "{text}");
        }
    }
}
