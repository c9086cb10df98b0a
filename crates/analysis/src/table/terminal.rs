//! Aligned columns for a terminal. Numbers are never broken: a table too wide is continued below, column by column.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};

use super::Table;
use crate::Style;

/// Spaces between columns.
const GAP: u16 = 2;

/// Where sentences are broken when the width of the terminal is unknown.
const TEXT_WIDTH: u16 = 100;

/// Only a rule below the header, as in printed tables.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Select Graphic Rendition parameters of ANSI terminals.
#[derive(Clone, Copy)]
enum Ink {
    Bold = 1,
    Faint = 2,
    Yellow = 33,
}

pub(super) fn render(table: &Table, style: Style) -> String {
    let width = style.width.unwrap_or(TEXT_WIDTH);
    let titles = table.title.lines().flat_map(|line| wrapped(line, width));
    let mut lines: Vec<String> = titles.map(|line| ink(&line, Ink::Bold, style)).collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    for (number, block) in blocks(table, style).iter().enumerate() {
        if number > 0 {
            lines.push(String::new());
        }
        lines.extend(draw(table, block, style));
    }
    for (sentences, colour, prefix) in
        [(&table.warnings, Ink::Yellow, "warning: "), (&table.notes, Ink::Faint, "")]
    {
        if !sentences.is_empty() {
            lines.push(String::new());
        }
        for sentence in sentences {
            let sentence = format!("{prefix}{sentence}");
            lines.extend(wrapped(&sentence, width).into_iter().map(|line| ink(&line, colour, style)));
        }
    }
    lines.join("\n") + "\n"
}

/// Groups of columns that fit the width side by side; the first column is repeated in each.
fn blocks(table: &Table, style: Style) -> Vec<Vec<usize>> {
    let columns: Vec<usize> = (0..table.full_headers().len()).collect();
    let widths = grid(table, &columns).column_max_content_widths();
    let limit = style.width.map_or(usize::MAX, usize::from);
    let wide = |column: &usize| usize::from(widths[*column]) + usize::from(GAP);
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for column in columns.iter().skip(1) {
        let fits = |block: &&mut Vec<usize>| {
            block.iter().map(wide).sum::<usize>() + usize::from(widths[*column]) <= limit
        };
        match blocks.last_mut().filter(fits) {
            Some(block) => block.push(*column),
            None => blocks.push(vec![0, *column]),
        }
    }
    if blocks.is_empty() { vec![columns] } else { blocks }
}

/// The lines of one block.
fn draw(table: &Table, columns: &[usize], style: Style) -> Vec<String> {
    let headers = table.full_headers();
    let header_lines =
        columns.iter().map(|column| headers[*column].lines().count().max(1)).max().unwrap_or(1);
    // The rule below the header is one line more.
    let emphasis = table.emphasis.map(|row| header_lines + 1 + row);
    grid(table, columns)
        .lines()
        .enumerate()
        .map(|(number, line)| {
            let line = line.trim_end();
            if number < header_lines || Some(number) == emphasis {
                ink(line, Ink::Bold, style)
            } else {
                line.into()
            }
        })
        .collect()
}

fn grid(table: &Table, columns: &[usize]) -> comfy_table::Table {
    let mut grid = comfy_table::Table::new();
    grid.load_style(RULED).set_content_arrangement(ContentArrangement::Disabled);
    let (headers, rows, numeric) = (table.full_headers(), table.full_rows(), table.numeric());
    grid.set_header(columns.iter().map(|column| printable(headers[*column])));
    let widest = |column: &usize| rows.iter().map(|row| marks(row[*column])).max().unwrap_or(0);
    // Marks of significance hang to the right, so that numbers stand below each other.
    let hangs: Vec<usize> =
        columns.iter().map(|column| if numeric[*column] { widest(column) } else { 0 }).collect();
    for row in &rows {
        grid.add_row(columns.iter().zip(&hangs).map(|(column, hang)| {
            let cell = printable(&super::one_line(row[*column]));
            let missing = hang.saturating_sub(marks(&cell));
            cell + &" ".repeat(missing)
        }));
    }
    for (position, column) in grid.column_iter_mut().enumerate() {
        column.set_padding((if position == 0 { 0 } else { GAP }, 0));
        if columns.get(position).is_some_and(|column| numeric[*column]) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    grid
}

/// How many stars end a cell.
fn marks(cell: &str) -> usize {
    cell.len() - cell.trim_end_matches('*').len()
}

/// Text that cannot command the terminal: names come from files.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Lines of at most `width` characters, broken at spaces.
fn wrapped(text: &str, width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in printable(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= usize::from(width) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

fn ink(text: &str, ink: Ink, style: Style) -> String {
    if style.colour { format!("\u{1b}[{}m{text}\u{1b}[0m", ink as u8) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::awkward;
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let expected = "\
a_b: 50%
of R&D | #1

rule           Δ profit  note
          ($ per buyer)
──────────────────────────────────────
two_part  -0.5 ± 0.1***  say \"hi\", {x}
               (0.1)
flat            <0.1     a|b~c^d\\e

warning: tail-index: too heavy.

* p < .05 in θ ≥ 0.
";
        assert_eq!(render(&awkward(), Style::default()), expected);
    }

    #[test]
    fn a_table_too_wide_is_continued_below() {
        let text = render(&awkward(), Style { colour: false, width: Some(30) });
        assert_eq!(text.matches("two_part").count(), 2, "{text}");
        assert!(text.contains("\nrule      note\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 30), "{text}");
        // No width is too small to say something.
        assert!(render(&awkward(), Style { colour: false, width: Some(0) }).contains("-0.5 ± 0.1***"));
    }

    #[test]
    fn colours_only_on_request() {
        let plain = render(&awkward(), Style::default());
        let coloured = render(&awkward(), Style { colour: true, width: None });
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[1mtwo_part  -0.5"), "{coloured}");
        assert!(coloured.contains("\u{1b}[33mwarning: tail-index"), "{coloured}");
        let stripped = ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[33m", "\u{1b}[0m"]
            .iter()
            .fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(stripped, plain);
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        let table = Table { rows: vec![vec!["\u{1b}[2J".into()]], ..Table::default() };
        assert!(!render(&table, Style::default()).contains('\u{1b}'));
    }
}
