//! The tree a configuration is read from, and how key paths name elements of its arrays.

use std::collections::BTreeMap;
use std::fmt;

use super::name::{shorten, shown};

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
            Self::Float(value) => f.write_str(&shown(*value)),
            Self::Text(value) => write!(f, "\"{}\"", shorten(value)),
            Self::Array(values) => write!(f, "an array of {}", values.len()),
            Self::Table(_) => write!(f, "a table"),
        }
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
