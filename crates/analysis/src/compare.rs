//! Compares the rules of one run or several: for readers, for papers and for programs.

mod machine;
mod reader;

use model::config::nearest;
use model::summary::{Estimate, Pair, SCHEMA, Summary};
use serde::Serialize;

use crate::error::AnalysisError;
use crate::{Format, Style};

/// Several runs as one JSON document.
#[derive(Serialize)]
struct Runs<'a> {
    schema: u32,
    runs: &'a [Summary],
}

/// The comparison of every rule with the baseline, as text that ends with a line break.
///
/// Differences are rule minus baseline on the same buyers; `baseline` is the label of a rule, `None` keeps the one of
/// each run. JSON is the summary itself, or `{"schema", "runs": [...]}` for several runs; CSV has one row per run and
/// rule. Both carry every digit; the other formats round to two digits of the standard error.
///
/// # Errors
/// There must be a run, and every run must have a rule of that label.
pub fn compare(
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
    Ok(match format {
        Format::Json => json(&summaries),
        Format::Csv => machine::table(&summaries).render(format, style),
        Format::Latex => separated(&reader::latex(&summaries), format, style),
        Format::Table | Format::Markdown => separated(&reader::tables(&summaries), format, style),
    })
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

fn separated(tables: &[crate::Table], format: Format, style: Style) -> String {
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
    summary.pairs.push(Pair {
        rule: label.into(),
        baseline: label.into(),
        profit_difference: Estimate::default(),
        consumer_surplus_difference: Estimate::default(),
        better_off_share: Estimate::default(),
        worse_off_share: Estimate::default(),
    });
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
