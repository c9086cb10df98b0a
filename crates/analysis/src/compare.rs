//! Compares the rules of one run or several: for readers, for papers and for programs.

mod further;
mod machine;
mod reader;
mod subject;

use model::config::nearest;
use model::summary::{Pair, SCHEMA, Summary};
use serde::Serialize;

use crate::error::AnalysisError;
use crate::{Format, Style, Table};

use subject::Groups;
pub use subject::Subject;

/// Several runs as one JSON document.
#[derive(Serialize)]
struct Runs<'a> {
    schema: u32,
    runs: &'a [Summary],
}

/// The comparison of every rule with the baseline, as text that ends with a line break: [`compare_on`] the summary.
///
/// # Errors
/// As [`compare_on`].
pub fn compare(
    summaries: &[Summary],
    baseline: Option<&str>,
    format: Format,
    style: Style,
) -> Result<String, AnalysisError> {
    compare_on(&[Subject::Summary], summaries, baseline, format, style)
}

/// The tables of a comparison, as text that ends with a line break.
///
/// Differences are rule minus baseline on the same buyers; `baseline` is the label of a rule, `None` keeps the one of
/// each run. JSON is the summary itself, or `{"schema", "runs": [...]}` for several runs, whatever the subjects; CSV has one
/// row per run and rule with every figure, or one per group and rule for deciles or segments. Both carry every digit; the
/// other formats round to two digits of the standard error.
///
/// # Errors
/// There must be a run, and every run must have a rule of that label; CSV holds one table, and there must be segments to
/// tell of.
pub fn compare_on(
    subjects: &[Subject],
    summaries: &[Summary],
    baseline: Option<&str>,
    format: Format,
    style: Style,
) -> Result<String, AnalysisError> {
    if summaries.is_empty() {
        return Err(AnalysisError::NothingToCompare);
    }
    let summaries: Vec<Summary> = summaries
        .iter()
        .map(|summary| rebased(summary, baseline.unwrap_or(&summary.baseline)))
        .collect::<Result<_, _>>()?;
    if let Some(run) = summaries.iter().find(|summary| summary.by_segment.is_empty())
        && subjects.contains(&Subject::Segments)
    {
        return Err(AnalysisError::NoSegments { run: run.run.clone() });
    }
    Ok(match format {
        Format::Json => json(&summaries),
        Format::Csv => csv(subjects, &summaries)?.render(format, style),
        Format::Latex => {
            let tables = |subject: &Subject| match subject {
                Subject::Summary => reader::latex(&summaries),
                other => further::tables(*other, &summaries),
            };
            separated(&subjects.iter().flat_map(tables).collect::<Vec<_>>(), format, style)
        }
        Format::Table | Format::Markdown => {
            let tables = |subject: &Subject| match subject {
                Subject::Summary => reader::tables(&summaries),
                other => further::tables(*other, &summaries),
            };
            separated(&subjects.iter().flat_map(tables).collect::<Vec<_>>(), format, style)
        }
    })
}

/// The one table that CSV can hold.
fn csv(subjects: &[Subject], summaries: &[Summary]) -> Result<Table, AnalysisError> {
    let mut kinds: Vec<Option<Groups>> = subjects.iter().map(|subject| subject.groups()).collect();
    kinds.dedup();
    match kinds.as_slice() {
        [Some(groups)] => Ok(machine::groups(summaries, *groups)),
        [None] | [] => Ok(machine::table(summaries)),
        _ => Err(AnalysisError::SeveralTables),
    }
}

/// The tables for readers, one per run.
pub(crate) fn readable(summaries: &[Summary]) -> Vec<crate::Table> {
    reader::tables(summaries)
}

fn json(summaries: &[Summary]) -> String {
    let text = match summaries {
        [summary] => serde_json::to_string_pretty(summary),
        runs => serde_json::to_string_pretty(&Runs { schema: SCHEMA, runs }),
    };
    text.expect("a summary holds only strings, numbers and maps keyed by strings") + "\n"
}

fn separated(tables: &[Table], format: Format, style: Style) -> String {
    tables.iter().map(|table| table.render(format, style)).collect::<Vec<_>>().join("\n")
}

/// The summary with differences to the rule of that label.
fn rebased(summary: &Summary, label: &str) -> Result<Summary, AnalysisError> {
    if summary.baseline == label {
        return Ok(summary.clone());
    }
    let labels: Vec<String> = summary.rules.iter().map(|rule| rule.rule.clone()).collect();
    if !labels.iter().any(|known| known == label) {
        return Err(AnalysisError::UnknownBaseline {
            found: label.chars().take(80).collect(),
            run: summary.run.clone(),
            nearest: nearest(label, labels.iter().map(String::as_str)).map(Into::into),
            labels,
        });
    }
    let mut summary = summary.clone();
    let recorded = summary.pairs.len();
    // A rule differs from itself by nothing, whether or not that was recorded.
    summary.pairs.push(Pair { rule: label.into(), baseline: label.into(), ..Pair::default() });
    let run = summary.run.clone();
    let mut summary = summary
        .with_baseline(label)
        .ok_or_else(|| AnalysisError::MissingPairs { run, baseline: label.into() })?;
    summary.pairs.truncate(recorded);
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::summary;

    fn text(format: Format) -> String {
        compare(&[summary()], None, format, Style::default()).unwrap()
    }

    #[test]
    fn json_of_one_run_is_its_summary() {
        assert_eq!(serde_json::from_str::<Summary>(&text(Format::Json)).unwrap(), summary());
    }

    #[test]
    fn json_of_several_runs_lists_them() {
        let text = compare(&[summary(), summary()], Some("flat"), Format::Json, Style::default()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], 1);
        assert_eq!(json["runs"].as_array().unwrap().len(), 2);
        assert_eq!(json["runs"][1]["baseline"], "flat");
    }

    #[test]
    fn another_baseline_changes_the_sign_of_its_difference() {
        let rebased = rebased(&summary(), "flat").unwrap();
        let difference = |summary: &Summary, label: &str| {
            summary.rules.iter().find(|rule| rule.rule == label).unwrap().profit_difference.mean
        };
        assert_eq!(difference(&rebased, "packages"), -difference(&summary(), "flat"));
        assert_eq!(difference(&rebased, "flat"), 0.0);
        assert_eq!(rebased.pairs, summary().pairs);
    }

    #[test]
    fn pairs_of_a_rule_with_itself_need_not_be_recorded() {
        let mut summary = summary();
        summary.pairs.retain(|pair| pair.rule != pair.baseline);
        assert_eq!(rebased(&summary, "flat").unwrap().baseline, "flat");
        summary.pairs.clear();
        let text = rebased(&summary, "flat").unwrap_err().to_string();
        assert!(text.contains("no paired differences to \"flat\""), "{text}");
    }

    #[test]
    fn an_unknown_baseline_is_answered_with_the_labels() {
        let error = compare(&[summary()], Some("package"), Format::Table, Style::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("baseline: found \"package\"; paper-uniform/0a1b2c3d4e5f-7 has first-best, ")
        );
        assert!(text.ends_with("did you mean \"packages\"?"), "{text}");
    }

    #[test]
    fn nothing_cannot_be_compared() {
        let error = compare(&[], None, Format::Table, Style::default()).unwrap_err();
        assert!(error.to_string().starts_with("nothing to compare"));
    }

    #[test]
    fn every_format_ends_with_a_line_break() {
        for format in Format::ALL {
            assert!(text(format).ends_with('\n') && !text(format).ends_with("\n\n"), "{format}");
        }
    }
}
