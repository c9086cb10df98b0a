//! The comparison for readers: one row per rule, rounded to what the sample can tell.

use model::summary::{Estimate, RuleSummary, StandardErrors, Summary, Warning};

use crate::Table;
use crate::number::{Rounded, grouped, percent, significance};

/// An amount below this share of first-best profit is the rounding of sums of payments and costs.
const ROUNDING: f64 = 1e-12;

/// Broken where it keeps the table within two blocks on a terminal of 80 columns.
const HEADERS: [&str; 10] = [
    "rule",
    "profit\n($)",
    "% of\nfirst-best",
    "consumer\nsurplus ($)",
    "deadweight\nloss ($)",
    "served\n(%)",
    "fine-tuned\n(%)",
    "Δ profit\n($)",
    "better\noff (%)",
    "worse\noff (%)",
];

/// Tables for a terminal or Markdown; what the notes say holds for all and stands under the last, but for where standard
/// errors come from if that is not the spread of buyers.
pub(super) fn tables(summaries: &[Summary]) -> Vec<Table> {
    let mut tables: Vec<Table> =
        summaries.iter().map(|summary| table(summary, |rule| vec![cells(summary, rule)])).collect();
    if let Some(last) = tables.last_mut() {
        last.notes.extend(notes("Means per buyer ± standard errors"));
    }
    tables
}

/// Tables for LaTeX, each complete by itself, with standard errors beneath the estimates. They are some 435 pt wide:
/// more than the 345 pt of a bare `article`, less than the 469 pt of a page with margins of an inch.
pub(super) fn latex(summaries: &[Summary]) -> Vec<Table> {
    summaries
        .iter()
        .map(|summary| Table {
            notes: [
                notes("Means per buyer, standard errors in parentheses beneath"),
                source_of_errors(summary),
            ]
            .concat(),
            ..table(summary, |rule| stacked_cells(summary, rule))
        })
        .collect()
}

fn table(summary: &Summary, rows: impl Fn(&RuleSummary) -> Vec<Vec<String>>) -> Table {
    let title = format!(
        "{}: {} buyers, baseline {}.\nFirst-best profit {} $ per buyer.",
        summary.run,
        grouped(summary.users),
        summary.baseline,
        Rounded::new(summary.first_best.profit)
    );
    let warnings =
        summary.warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message)).collect();
    Table {
        title,
        headers: HEADERS.map(Into::into).into(),
        rows: summary.rules.iter().flat_map(rows).collect(),
        emphasis: summary.rules.iter().position(|rule| rule.rule == summary.baseline),
        notes: source_of_errors(summary),
        warnings,
    }
}

fn notes(errors: &str) -> Vec<String> {
    vec![
        format!("{errors}, rounded to two digits of the error; money in $ per buyer."),
        "Δ profit: rule minus baseline, same buyers; * p < .05, ** p < .01, *** p < .001 (two-sided).".into(),
        "Better (worse) off: share of buyers with more (less) utility than under the baseline.".into(),
    ]
}

/// Where standard errors come from, unless it is the spread of buyers.
pub(super) fn source_of_errors(summary: &Summary) -> Vec<String> {
    let StandardErrors::Replicates { .. } = summary.standard_errors else { return Vec::new() };
    vec![format!("Standard errors {}; p by Student's t.", summary.standard_errors)]
}

fn cells(summary: &Summary, rule: &RuleSummary) -> Vec<String> {
    let money = |estimate| Rounded::new(tidied(summary, estimate));
    let mut cells = vec![
        rule.rule.clone(),
        money(rule.profit).to_string(),
        percent(tidied_share(rule.profit_share_of_first_best).mean),
        money(rule.consumer_surplus).to_string(),
        money(rule.deadweight_loss).mean,
        percent(rule.served_share.mean),
        percent(rule.fine_tuned_share.mean),
    ];
    if rule.rule == summary.baseline {
        cells.extend(["baseline", "–", "–"].map(Into::into));
    } else {
        let difference = tidied(summary, rule.profit_difference);
        cells.extend([
            format!("{}{}", Rounded::new(difference), stars(summary, difference)),
            percent(rule.better_off_share.mean),
            percent(rule.worse_off_share.mean),
        ]);
    }
    cells
}

/// Marks of significance, but where the run itself says that its standard errors cannot be trusted.
pub(super) fn stars(summary: &Summary, difference: Estimate) -> &'static str {
    let doubtful =
        |warning: &Warning| ["heavy-tail", "few-buyers", "few-that-matter"].contains(&warning.code.as_str());
    if summary.warnings.iter().any(doubtful) { "" } else { significance(difference, summary.standard_errors) }
}

/// Two rows: means, and standard errors in parentheses.
fn stacked_cells(summary: &Summary, rule: &RuleSummary) -> Vec<Vec<String>> {
    let is_baseline = rule.rule == summary.baseline;
    let difference = tidied(summary, rule.profit_difference);
    let estimates = [
        tidied(summary, rule.profit),
        in_percent(tidied_share(rule.profit_share_of_first_best)),
        tidied(summary, rule.consumer_surplus),
        tidied(summary, rule.deadweight_loss),
        in_percent(rule.served_share),
        in_percent(rule.fine_tuned_share),
        difference,
        in_percent(rule.better_off_share),
        in_percent(rule.worse_off_share),
    ];
    let compared = estimates.len() - 3;
    let (mut means, mut errors) = (vec![rule.rule.clone()], vec![String::new()]);
    for (position, estimate) in estimates.into_iter().enumerate() {
        let rounded = Rounded::new(estimate);
        let parenthesised = if rounded.se.is_empty() { String::new() } else { format!("({})", rounded.se) };
        let (mean, error) = match position.checked_sub(compared) {
            Some(0) if is_baseline => ("baseline".into(), String::new()),
            Some(_) if is_baseline => ("–".into(), String::new()),
            Some(0) => (rounded.mean + stars(summary, difference), parenthesised),
            _ => (rounded.mean, parenthesised),
        };
        means.push(mean);
        errors.push(error);
    }
    vec![means, errors]
}

/// The estimate of an amount of money with rounding noise as zero.
pub(super) fn tidied(summary: &Summary, estimate: Estimate) -> Estimate {
    above(ROUNDING * summary.first_best.profit.mean.abs(), estimate)
}

pub(super) fn tidied_share(estimate: Estimate) -> Estimate {
    above(ROUNDING, estimate)
}

fn above(floor: f64, estimate: Estimate) -> Estimate {
    let tidy = |x: f64| if x.abs() <= floor { 0.0 } else { x };
    Estimate { mean: tidy(estimate.mean), se: tidy(estimate.se) }
}

fn in_percent(share: Estimate) -> Estimate {
    Estimate { mean: 100.0 * share.mean, se: 100.0 * share.se }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::summary;
    use crate::table::assert_balanced_latex;
    use crate::{Format, Style, compare};

    fn text(format: Format, width: Option<u16>) -> String {
        compare(&[summary()], None, format, Style { colour: false, width }).unwrap()
    }

    #[test]
    fn the_terminal_shows_one_row_per_rule() {
        let expected = "\
paper-uniform/0a1b2c3d4e5f-7: 1,000,000 buyers, baseline packages.
First-best profit 0.20208 ± 0.00021 $ per buyer.

rule                      profit        % of             consumer  deadweight  served  fine-tuned                 Δ profit   better    worse
                             ($)  first-best          surplus ($)    loss ($)     (%)         (%)                      ($)  off (%)  off (%)
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
first-best     0.20208 ± 0.00021         100                    0           0     100        11.1   0.112271 ± 0.000044***     <0.1     38.1
marginal-cost                  0           0    0.20208 ± 0.00021           0     100        11.1  -0.089812 ± 0.000044***     38.1     <0.1
flat           0.06248 ± 0.00011        30.9  0.031100 ± 0.000090    0.108503    25.0        11.1  -0.027332 ± 0.000044***     <0.1     38.1
two_part, 3    0.08250 ± 0.00012        40.8  0.061200 ± 0.000087    0.058383    40.0        11.1  -0.007312 ± 0.000044***     38.1     <0.1
packages       0.08981 ± 0.00013        44.4  0.059900 ± 0.000088    0.052371    44.4        11.1              baseline           –        –

warning: rising-markup: the tail index is 3.1 < 4 & falls.

Means per buyer ± standard errors, rounded to two digits of the error; money in $ per buyer.
Δ profit: rule minus baseline, same buyers; * p < .05, ** p < .01, *** p < .001 (two-sided).
Better (worse) off: share of buyers with more (less) utility than under the baseline.
";
        assert_eq!(text(Format::Table, None), expected);
    }

    #[test]
    fn eighty_columns_suffice_without_breaking_a_number() {
        let text = text(Format::Table, Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(text.matches("\nmarginal-cost ").count(), 2, "{text}");
        assert!(text.contains(" 0.08981 ± 0.00013 "), "{text}");
    }

    #[test]
    fn rounding_noise_is_neither_profit_nor_significant() {
        let mut summary = summary();
        summary.rules[2].profit_difference = model::summary::Estimate { mean: -4e-17, se: 1e-18 };
        let text = compare(&[summary], None, Format::Markdown, Style::default()).unwrap();
        assert!(text.contains("| marginal-cost | 0 | 0 |"), "{text}");
        assert!(text.contains("| 25.0 | 11.1 | 0 |"), "{text}");
    }

    #[test]
    fn errors_from_replicates_say_so() {
        let mut even = summary();
        even.standard_errors = StandardErrors::Replicates { replicates: 16 };
        for format in [Format::Table, Format::Markdown, Format::Latex] {
            let written = |summary| compare(&[summary], None, format, Style::default()).unwrap();
            assert!(written(even.clone()).contains("from the spread of 16 independent replicates"));
            assert!(!written(summary()).contains("independent replicates"));
        }
        let json = compare(&[even], None, Format::Json, Style::default()).unwrap();
        assert!(json.contains("\"from\": \"replicates\"") && json.contains("\"replicates\": 16"), "{json}");
    }

    #[test]
    fn doubtful_standard_errors_earn_no_stars() {
        let rule = &summary().rules[0];
        assert_eq!(stars(&summary(), rule.profit_difference), "***");
        let mut doubtful = summary();
        doubtful.warnings.push(Warning { code: "heavy-tail".into(), message: String::new() });
        assert_eq!(stars(&doubtful, rule.profit_difference), "");
    }

    #[test]
    fn markdown_has_a_cell_per_column() {
        let text = text(Format::Markdown, None);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 2 + summary().rules.len());
        assert!(rows.iter().all(|row| row.matches('|').count() == 11), "{text}");
        assert!(
            rows[0].starts_with("| rule | profit ($) | % of first-best | consumer surplus ($) |"),
            "{text}"
        );
        assert!(rows[6].starts_with("| packages | 0.08981 ± 0.00013 | 44.4 |"), "{text}");
        assert!(rows[4].contains("| -0.027332 ± 0.000044\\*\\*\\* |"), "{text}");
    }

    #[test]
    fn latex_puts_standard_errors_beneath() {
        let text = text(Format::Latex, None);
        assert_balanced_latex(&text);
        assert!(text.contains("    two\\_part, 3 & 0.08250 & 40.825 & 0.061200 & "), "{text}");
        assert!(text.contains(" & $-$0.007312$^{***}$ & "), "{text}");
        assert!(text.contains("     & (0.00012) & (0.037) & (0.000087) & "), "{text}");
        assert!(text.contains("44.440 & 11.120 & baseline & -- & -- \\\\\n"), "{text}");
    }

    #[test]
    fn several_runs_share_the_notes_except_in_latex() {
        let runs = [summary(), summary()];
        let notes = |format| {
            let text = compare(&runs, Some("flat"), format, Style::default()).unwrap();
            (text.matches("baseline flat").count(), text.matches("same buyers").count())
        };
        assert_eq!([Format::Table, Format::Markdown, Format::Latex].map(notes), [(2, 1), (2, 1), (2, 2)]);
    }
}
