//! What is wrong in a configuration, said so that it can be mended.

use std::fmt;

use super::name::{shorten, shown};
use super::node::Origin;

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
        let found = match found.to_string() {
            text if text.is_empty() => "\"\"".into(),
            // Numbers in full may have hundreds of digits.
            text if text.len() > 20 => text.parse().map_or_else(|_| shorten(&text), shown),
            text => shorten(&text),
        };
        Self { key: key.into(), found, allowed }
    }

    /// The same, seen from the section that holds `section`.
    #[must_use]
    pub fn within(self, section: &str) -> Self {
        Self { key: format!("{section}.{}", self.key), ..self }
    }
}
