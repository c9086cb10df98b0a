//! How results are written.

use std::fmt;
use std::str::FromStr;

use model::config::nearest;

use crate::AnalysisError;

/// A format of results on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Aligned columns for a terminal.
    #[default]
    Table,
    /// Every digit, for programs; the layout is a contract with a schema number.
    Json,
    /// Every digit, one row per rule, for spreadsheets and statistics packages.
    Csv,
    /// A table of GitHub-flavoured Markdown.
    Markdown,
    /// A LaTeX table that needs `\usepackage{booktabs}`.
    Latex,
}

impl Format {
    /// Every format, in the order help texts list them.
    pub const ALL: [Self; 5] = [Self::Table, Self::Json, Self::Csv, Self::Markdown, Self::Latex];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Latex => "latex",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = AnalysisError;

    fn from_str(name: &str) -> Result<Self, AnalysisError> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            AnalysisError::UnknownFormat {
                found: name.chars().take(80).collect(),
                nearest: nearest(name, Self::ALL.map(Self::name)).map(Into::into),
            }
        })
    }
}

/// What the terminal can do; only [`Format::Table`] looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Columns of the terminal; `None`: as wide as the table needs.
    pub width: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        }
        assert_eq!(format!("{:<6}|", Format::Csv), "csv   |");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let text = "markdwon".parse::<Format>().unwrap_err().to_string();
        assert!(text.contains("table, json, csv, markdown, latex"), "{text}");
        assert!(text.contains("did you mean \"markdown\"?"), "{text}");
        assert!(!"?".parse::<Format>().unwrap_err().to_string().contains("did you mean"));
    }
}
