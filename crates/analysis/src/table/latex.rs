//! A LaTeX table that compiles as it is in any document with `\usepackage{booktabs}`.

use super::{Table, one_line};

pub(super) fn render(table: &Table) -> String {
    let headers = table.full_headers();
    let numeric = table.numeric();
    let columns: String = numeric.iter().map(|right| if *right { 'r' } else { 'l' }).collect();
    let caption = match table.title.as_str() {
        "" => String::new(),
        title => format!("  \\caption{{{}}}\n", escaped(title)),
    };
    let titles = line(headers.iter().zip(&numeric).map(|(header, right)| stacked(header, *right)));
    let body = body(&table.full_rows());
    let notes = notes(table);
    format!(
        "\
\\begin{{table}}[htbp]
  \\centering
  \\footnotesize
  \\setlength{{\\tabcolsep}}{{3pt}}
{caption}  \\begin{{tabular}}{{{columns}}}
    \\toprule
{titles}    \\midrule
{body}    \\bottomrule
  \\end{{tabular}}
{notes}\\end{{table}}
"
    )
}

/// Rows, with a little space between groups where some rows continue the one above.
fn body(rows: &[Vec<&str>]) -> String {
    let mut text = String::new();
    let mut continued = false;
    for row in rows {
        let continues = row.first().is_some_and(|cell| cell.is_empty());
        if continued && !continues {
            text += "    \\addlinespace\n";
        }
        continued = continues;
        text += &line(row.iter().map(|cell| escaped(cell)));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("    {} \\\\\n", cells.collect::<Vec<_>>().join(" & "))
}

/// A header over as many lines as it has.
fn stacked(header: &str, right: bool) -> String {
    let lines: Vec<String> = header.lines().map(escaped).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => line.clone(),
        lines => format!("\\shortstack[{}]{{{}}}", if right { 'r' } else { 'l' }, lines.join(" \\\\ ")),
    }
}

/// Warnings and notes in one paragraph as wide as the text.
fn notes(table: &Table) -> String {
    let warnings = table.warnings.iter().map(|warning| format!("\\textbf{{Warning:}} {}", escaped(warning)));
    let notes = table.notes.iter().map(|note| escaped(note));
    let sentences: Vec<String> = warnings.chain(notes).collect();
    if sentences.is_empty() {
        return String::new();
    }
    format!(
        "\n  \\medskip\n  \\parbox{{\\linewidth}}{{\\footnotesize \\emph{{Notes:}} {}}}\n",
        sentences.join(" ")
    )
}

/// Text without special meaning to LaTeX, in any font encoding.
fn escaped(text: &str) -> String {
    let text = one_line(text);
    let mut characters = text.chars().peekable();
    let mut escaped = String::new();
    while let Some(c) = characters.next() {
        match c {
            // A sign rather than a hyphen.
            '-' if escaped.is_empty() && characters.peek().is_some_and(char::is_ascii_digit) => {
                escaped.push_str("$-$");
            }
            // Marks of significance are raised.
            '*' => {
                let mut marks = String::from(c);
                while let Some(mark) = characters.next_if_eq(&'*') {
                    marks.push(mark);
                }
                escaped.extend(["$^{", &marks, "}$"]);
            }
            // A cell that begins with a bracket must not be read as an argument of the `\\` above.
            '[' | ']' => escaped.extend(['{', c, '}']),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            // Two hyphens are no dash.
            '-' if characters.peek() == Some(&'-') => escaped.push_str("-{}"),
            c if is_in_text_fonts(c) => escaped.push(c),
            c => escaped.push_str(symbol(c).unwrap_or("?")),
        }
    }
    escaped
}

/// Whether the oldest font encoding sets the character as it is: printable ASCII and the accented letters of Latin-1.
fn is_in_text_fonts(c: char) -> bool {
    let special = matches!(c, '\\' | '~' | '^' | '<' | '>' | '|' | '"');
    let absent = matches!(c, '×' | '÷' | 'Ð' | 'ð' | 'Þ' | 'þ');
    (' '..='~').contains(&c) && !special || ('À'..='ÿ').contains(&c) && !absent
}

/// The command for a character that text fonts lack or that means something else.
fn symbol(c: char) -> Option<&'static str> {
    Some(match c {
        '\\' => "\\textbackslash{}",
        '~' => "\\textasciitilde{}",
        '^' => "\\textasciicircum{}",
        '<' => "$<$",
        '>' => "$>$",
        '|' => "$|$",
        '"' => "''",
        '±' => "$\\pm$",
        '−' => "$-$",
        '×' => "$\\times$",
        '·' => "$\\cdot$",
        '≤' => "$\\leq$",
        '≥' => "$\\geq$",
        '≠' => "$\\neq$",
        '∞' => "$\\infty$",
        'Σ' => "$\\Sigma$",
        'Δ' => "$\\Delta$",
        'α' => "$\\alpha$",
        'β' => "$\\beta$",
        'γ' => "$\\gamma$",
        'θ' => "$\\theta$",
        'κ' => "$\\kappa$",
        'λ' => "$\\lambda$",
        'μ' => "$\\mu$",
        'π' => "$\\pi$",
        'ρ' => "$\\rho$",
        'σ' => "$\\sigma$",
        'τ' => "$\\tau$",
        'φ' => "$\\varphi$",
        'ω' => "$\\omega$",
        '–' => "--",
        '—' => "---",
        '…' => "\\dots{}",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tests::awkward;
    use super::*;

    /// Braces and environments close in the order they were opened; dollars come in pairs; rows have equal cells.
    pub(crate) fn assert_balanced_latex(text: &str) {
        let plain = ["\\\\", "\\{", "\\}", "\\$", "\\&", "\\%", "\\#", "\\_"]
            .iter()
            .fold(text.replace("$^{", "${"), |text, escape| text.replace(escape, ""));
        let mut depth = 0;
        for c in plain.chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            assert!(depth >= 0, "{text}");
        }
        assert_eq!(depth, 0, "{text}");
        assert!(!plain.contains(['%', '#', '~', '^', '"', '_']), "{text}");
        assert!(plain.lines().all(|line| line.matches('$').count() % 2 == 0), "{text}");
        let mut open = Vec::new();
        for part in plain.split('\\') {
            if let Some(name) = part.strip_prefix("begin{") {
                open.push(name.split('}').next().unwrap());
            } else if let Some(name) = part.strip_prefix("end{") {
                assert_eq!(open.pop(), name.split('}').next(), "{text}");
            }
        }
        assert!(open.is_empty(), "{text}");
        let cells: Vec<usize> =
            plain.lines().map(|line| line.matches('&').count()).filter(|n| *n > 0).collect();
        assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }

    #[test]
    fn an_awkward_table_is_escaped() {
        let expected = "\\begin{table}[htbp]
  \\centering
  \\footnotesize
  \\setlength{\\tabcolsep}{3pt}
  \\caption{a\\_b: 50\\% of R\\&D $|$ \\#1}
  \\begin{tabular}{lrl}
    \\toprule
    rule & \\shortstack[r]{$\\Delta$ profit \\\\ (\\$ per buyer)} & note \\\\
    \\midrule
    two\\_part & $-$0.5 $\\pm$ 0.1$^{***}$ & say ''hi'', \\{x\\} \\\\
     & (0.1) &  \\\\
    \\addlinespace
    flat & $<$0.1 & a$|$b\\textasciitilde{}c\\textasciicircum{}d\\textbackslash{}e \\\\
    \\bottomrule
  \\end{tabular}

  \\medskip
  \\parbox{\\linewidth}{\\footnotesize \\emph{Notes:} \\textbf{Warning:} tail-index: too heavy. \
                        $^{*}$ p $<$ .05 in $\\theta$ $\\geq$ 0.}
\\end{table}
";
        assert_eq!(render(&awkward()), expected);
        assert_balanced_latex(expected);
    }

    #[test]
    fn nothing_outside_the_fonts_gets_through() {
        assert_eq!(escaped("a\u{7}éþ漢 1/2"), "a?é?? 1/2");
        assert_eq!(escaped("--export -1 to 2-3"), "-{}-export -1 to 2-3");
        assert_eq!(escaped("[x]"), "{[}x{]}");
    }
}
