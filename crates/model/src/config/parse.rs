//! From TOML text to a tree that remembers lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Node, Origin, Value};

/// Parses a document.
///
/// # Errors
/// Names the file and line of a syntax error.
pub fn parse(file: &str, text: &str) -> Result<Node, ConfigError> {
    let lines = Lines::new(text);
    let document = DeTable::parse(text).map_err(|error| ConfigError {
        file: file.into(),
        origin: error.span().map(|span| Origin::Line(lines.line(span.start))),
        key: String::new(),
        found: error.message().to_string(),
        allowed: "valid TOML".into(),
        help: None,
    })?;
    let root = convert_table(document.get_ref(), &lines);
    root.map(|value| Node { value, origin: Origin::Line(1) }).map_err(|(line, found)| ConfigError {
        file: file.into(),
        origin: Some(Origin::Line(line)),
        key: String::new(),
        found,
        allowed: "strings, numbers of 64 bits, booleans, arrays and tables".into(),
        help: None,
    })
}

/// Parses one value of the command line: a TOML value, or else a bare word taken as a string.
pub fn parse_value(text: &str) -> Value {
    let document = format!("value = {text}\n");
    let parsed = DeTable::parse(&document).ok().and_then(|parsed| {
        match convert_table(parsed.get_ref(), &Lines::new(&document)) {
            // More than one key means that the text closed the line itself.
            Ok(Value::Table(mut table)) if table.len() == 1 => table.remove("value"),
            _ => None,
        }
    });
    parsed.map_or_else(|| Value::Text(text.into()), |node| command_line(node).value)
}

/// The same tree, said to come from the command line.
pub fn command_line(node: Node) -> Node {
    let value = match node.value {
        Value::Array(nodes) => Value::Array(nodes.into_iter().map(command_line).collect()),
        Value::Table(table) => {
            Value::Table(table.into_iter().map(|(key, node)| (key, command_line(node))).collect())
        }
        other => other,
    };
    Node { value, origin: Origin::Command }
}

/// Offsets of line starts.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}

type Unsupported = (usize, String);

fn convert_table(table: &DeTable<'_>, lines: &Lines) -> Result<Value, Unsupported> {
    table
        .iter()
        .map(|(key, value)| Ok((key.get_ref().to_string(), convert(value, lines)?)))
        .collect::<Result<_, Unsupported>>()
        .map(Value::Table)
}

fn convert(node: &Spanned<DeValue<'_>>, lines: &Lines) -> Result<Node, Unsupported> {
    let line = lines.line(node.span().start);
    let value = match node.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(value) => Value::Integer(value),
            Err(_) => return Err((line, format!("the integer {}", digits.as_str()))),
        },
        DeValue::Float(digits) => Value::Float(parse_float(digits.as_str())),
        DeValue::Array(values) => {
            Value::Array(values.iter().map(|value| convert(value, lines)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => convert_table(table, lines)?,
        DeValue::Datetime(date) => return Err((line, format!("the date {date}"))),
    };
    Ok(Node { value, origin: Origin::Line(line) })
}

/// TOML floats are Rust floats but for underscores, which the parser has removed, and signed `nan` and `inf`.
fn parse_float(digits: &str) -> f64 {
    digits.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_remembered() {
        let root = parse("m.toml", "a = 1\n\n[b]\nc = [\n  2.5,\n  \"x\",\n]\n").unwrap();
        let Value::Table(root) = root.value else { panic!("a table") };
        assert_eq!(root["a"].origin, Origin::Line(1));
        let Value::Table(b) = &root["b"].value else { panic!("a table") };
        let Value::Array(c) = &b["c"].value else { panic!("an array") };
        assert_eq!((c[0].origin, c[1].origin), (Origin::Line(5), Origin::Line(6)));
        assert_eq!(c[0].value, Value::Float(2.5));
    }

    #[test]
    fn syntax_errors_name_their_line() {
        let error = parse("m.toml", "a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(error.origin, Some(Origin::Line(2)));
        assert!(parse("m.toml", "a = 99999999999999999999").is_err());
        assert!(parse("m.toml", "a = 1979-05-27").is_err());
    }

    #[test]
    fn command_line_values_are_toml_or_bare_words() {
        assert_eq!(parse_value("1_000"), Value::Integer(1000));
        assert_eq!(parse_value("0.5"), Value::Float(0.5));
        assert_eq!(parse_value("none"), Value::Text("none".into()));
        assert_eq!(parse_value("\"none\""), Value::Text("none".into()));
        assert_eq!(parse_value("1\nother = 2"), Value::Text("1\nother = 2".into()));
        assert!(matches!(parse_value("{ a = 1 }"), Value::Table(_)));
    }
}
