//! One table, five formats.

mod csv;
mod latex;
mod markdown;
mod terminal;

use crate::{Format, Style};

/// A table for readers: rows of text under headers, with a title above and notes below.
///
/// The first column names the rows. A column is aligned to the right when any of its cells begins like a number. Title
/// and headers may hold line breaks, which formats without room for them show as spaces.
///
/// ```
/// use analysis::{Format, Style, Table};
///
/// let table = Table {
///     headers: vec!["rule".into(), "profit".into()],
///     rows: vec![vec!["flat".into(), "0.0625".into()]],
///     ..Table::default()
/// };
/// assert_eq!(table.render(Format::Csv, Style::default()), "rule,profit\nflat,0.0625\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Line above the table; not in CSV and JSON.
    pub title: String,
    /// Names of the columns, units included.
    pub headers: Vec<String>,
    /// Cells; short rows are filled with empty cells. In LaTeX a row with an empty first cell belongs to the row above.
    pub rows: Vec<Vec<String>>,
    /// Number of the row to set off in a terminal with colours.
    pub emphasis: Option<usize>,
    /// Sentences below the table: units, abbreviations; not in CSV and JSON.
    pub notes: Vec<String>,
    /// What the reader must know before citing the numbers; not in CSV and JSON.
    pub warnings: Vec<String>,
}

impl Table {
    /// The table as text that ends with a line break.
    ///
    /// JSON is an array of objects of strings, for completeness: programs are served better by the numbers themselves.
    pub fn render(&self, format: Format, style: Style) -> String {
        match format {
            Format::Table => terminal::render(self, style),
            Format::Json => self.json(),
            Format::Csv => csv::render(self),
            Format::Markdown => markdown::render(self),
            Format::Latex => latex::render(self),
        }
    }

    /// The headers, as many as the longest row has cells.
    fn full_headers(&self) -> Vec<&str> {
        full(&self.headers, self.columns())
    }

    /// The rows, all of the same length.
    fn full_rows(&self) -> Vec<Vec<&str>> {
        let columns = self.columns();
        self.rows.iter().map(|row| full(row, columns)).collect()
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(Vec::len).chain([self.headers.len()]).max().unwrap_or(0)
    }

    /// By column, whether it is aligned to the right.
    pub(crate) fn numeric(&self) -> Vec<bool> {
        let numeric =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).any(|cell| is_number(cell));
        (0..self.columns()).map(|column| column > 0 && numeric(column)).collect()
    }

    fn json(&self) -> String {
        let headers = self.full_headers();
        let rows: Vec<serde_json::Value> = self
            .full_rows()
            .into_iter()
            .map(|row| {
                headers.iter().zip(row).map(|(header, cell)| (one_line(header), cell.to_owned())).collect()
            })
            .collect();
        format!("{:#}\n", serde_json::Value::Array(rows))
    }
}

/// Trimmed cells, filled with empty ones.
fn full(cells: &[String], columns: usize) -> Vec<&str> {
    (0..columns).map(|column| cells.get(column).map_or("", |cell| cell.trim())).collect()
}

/// Whether a cell begins like a number.
fn is_number(cell: &str) -> bool {
    cell.trim_start().trim_start_matches(['-', '+', '<', '>', '(']).starts_with(|c: char| c.is_ascii_digit())
}

/// Text with line breaks as spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) use latex::tests::assert_balanced_latex;

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with everything that needs escaping somewhere.
    pub(super) fn awkward() -> Table {
        let text = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<String>>();
        Table {
            title: "a_b: 50%\nof R&D | #1".into(),
            headers: text(&["rule", "Δ profit\n($ per buyer)", "note"]),
            rows: vec![
                text(&["two_part", "-0.5 ± 0.1***", "say \"hi\", {x}"]),
                text(&["", "(0.1)"]),
                text(&["flat", "<0.1", "a|b~c^d\\e"]),
            ],
            emphasis: Some(0),
            notes: text(&["* p < .05 in θ ≥ 0."]),
            warnings: text(&["tail-index: too heavy."]),
        }
    }

    #[test]
    fn short_rows_are_filled_and_cells_trimmed() {
        let table = awkward();
        assert_eq!(table.full_rows()[1], ["", "(0.1)", ""]);
        assert_eq!(Table::default().render(Format::Csv, Style::default()), "\n");
    }

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let table = awkward();
        assert_eq!(table.numeric(), [false, true, false]);
    }

    #[test]
    fn json_names_every_cell() {
        let json: serde_json::Value =
            serde_json::from_str(&awkward().render(Format::Json, Style::default())).unwrap();
        assert_eq!(json[2]["Δ profit ($ per buyer)"], "<0.1");
        assert_eq!(json.as_array().unwrap().len(), 3);
    }
}
