//! Reading configuration: a tree that remembers where each value was written, and a cursor that explains every error.
//!
//! [`parse`] makes a [`Node`] of TOML and [`set`] changes it; each crate reads its own section from a [`Section`] and builds its config struct.
//! Every error names file, line, key path, value, what is allowed and, for names, the nearest valid one.

mod error;
mod key;
mod name;
mod node;
pub mod parse;
mod section;
pub mod set;

pub use error::{ConfigError, Invalid};
pub use key::{IntegerKey, NumberKey, Range};
pub use name::{check_name, nearest};
pub use node::{ELEMENT_NAMES, Node, Origin, Value, element_name, is_element};
pub use section::Section;
pub use set::Override;

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
    fn what_was_found_is_shown_as_it_was_written_and_short() {
        let found = |text: &str| Invalid::new("key", text, "more".into()).found;
        assert_eq!(
            (found("").as_str(), found("the name \"a\" twice").as_str()),
            ("\"\"", "the name \"a\" twice")
        );
        assert_eq!(Invalid::new("key", 1e100, "less".into()).found, "1e100");
        assert_eq!(Invalid::new("key", 1.0 / 6e6, "less".into()).found, "1.6666666666666668e-7");
        assert_eq!(Invalid::new("key", -1.0, "more".into()).found, "-1");
        assert_eq!(found("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(found(&"a".repeat(100)).len(), 83);
        let class = table(&[("class", node(Value::Text(String::new()), 4))]);
        let root = table(&[("tokens", node(Value::Array(vec![class]), 4))]);
        let sections = Section::root("m.toml", &root).unwrap().sections("tokens", "class", "tables").unwrap();
        assert_eq!(sections[0].path(), "tokens.0");
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
