//! Comma-separated values as in RFC 4180, with `\n` line ends.

use super::{Table, one_line};

pub(super) fn render(table: &Table) -> String {
    let headers: Vec<String> = table.full_headers().into_iter().map(one_line).collect();
    let mut text = line(headers.iter().map(String::as_str));
    for row in table.full_rows() {
        text += &line(row);
    }
    text
}

fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::awkward;

    #[test]
    fn commas_and_quotes_are_quoted() {
        let expected = "rule,Δ profit ($ per buyer),note\n\
                        two_part,-0.5 ± 0.1***,\"say \"\"hi\"\", {x}\"\n\
                        ,(0.1),\n\
                        flat,<0.1,a|b~c^d\\e\n";
        assert_eq!(super::render(&awkward()), expected);
        assert_eq!(super::quoted("two\nlines"), "\"two\nlines\"");
    }
}
