//! A table of GitHub-flavoured Markdown, title above, notes and warnings as paragraphs below.

use super::{Table, one_line};

pub(super) fn render(table: &Table) -> String {
    let headers = table.full_headers();
    let dashes = |right: &bool| if *right { "---:".into() } else { "---".into() };
    let mut parts = Vec::new();
    if !table.title.is_empty() {
        parts.push(format!("**{}**\n\n", escaped(&table.title)));
    }
    parts.push(line(headers.iter().map(|header| escaped(header))));
    parts.push(line(table.numeric().iter().map(dashes)));
    parts.extend(table.full_rows().into_iter().map(|row| line(row.into_iter().map(escaped))));
    parts.extend(table.warnings.iter().map(|warning| format!("\n**Warning:** {}\n", escaped(warning))));
    parts.extend(table.notes.iter().map(|note| format!("\n{}\n", escaped(note))));
    parts.concat()
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// One line of text in which no character means markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '~' | '#') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::tests::awkward;

    #[test]
    fn markup_is_escaped_and_columns_aligned() {
        let expected = "\
**a\\_b: 50% of R&D \\| \\#1**

| rule | Δ profit ($ per buyer) | note |
| --- | ---: | --- |
| two\\_part | -0.5 ± 0.1\\*\\*\\* | say \"hi\", {x} |
|  | (0.1) |  |
| flat | \\<0.1 | a\\|b\\~c^d\\\\e |

**Warning:** tail-index: too heavy.

\\* p \\< .05 in θ ≥ 0.
";
        assert_eq!(super::render(&awkward()), expected);
    }

    #[test]
    fn every_row_has_as_many_cells_as_the_header() {
        let text = super::render(&awkward());
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().all(|row| bars(row) == 4), "{text}");
    }
}
