//! The comparison for statistics packages: every digit, a column for every standard error, nothing where a figure is undefined.

use std::collections::BTreeSet;

use model::column;
use model::summary::{Estimate, GroupRule, RuleSummary, Summary};

use super::Groups;
use crate::Table;

/// `run,rule,kind,users,baseline`, then `X,X_se` for every figure of `summary.parquet` and for `first_best_profit`.
pub(super) fn table(summaries: &[Summary]) -> Table {
    let classes: BTreeSet<&String> =
        summaries.iter().flat_map(|summary| &summary.rules).flat_map(|rule| rule.tokens.keys()).collect();
    let classes: Vec<String> = classes.into_iter().cloned().collect();
    let figures: Vec<String> = column::figures(&classes).into_iter().map(|figure| figure.name).collect();
    let mut headers: Vec<String> = ["run", "rule", "kind", "users", "baseline"].map(Into::into).into();
    for name in figures.iter().map(String::as_str).chain(["first_best_profit"]) {
        headers.extend([name.into(), format!("{name}_se")]);
    }
    let rows = summaries
        .iter()
        .flat_map(|summary| summary.rules.iter().map(|rule| row(summary, rule, &figures)))
        .collect();
    Table { headers, rows, ..Table::default() }
}

fn row(summary: &Summary, rule: &RuleSummary, figures: &[String]) -> Vec<String> {
    let mut cells = vec![
        summary.run.clone(),
        rule.rule.clone(),
        rule.kind.clone(),
        summary.users.to_string(),
        summary.baseline.clone(),
    ];
    let estimates = figures.iter().map(|name| rule.estimate(name));
    cells.extend(estimates.chain([Some(summary.first_best.profit)]).flat_map(with_error));
    cells
}

/// `run,baseline`, what the group is, `users,rule`, then `X,X_se` for every figure of a group.
pub(super) fn groups(summaries: &[Summary], groups: Groups) -> Table {
    let mut headers: Vec<String> = vec!["run".into(), "baseline".into()];
    headers.extend(groups.keys().iter().map(|key| (*key).to_string()));
    headers.extend(["users".into(), "rule".into()]);
    let mut rows = Vec::new();
    for summary in summaries {
        for (key, users, rules) in groups.of(summary) {
            for rule in rules {
                let mut cells = vec![summary.run.clone(), summary.baseline.clone()];
                cells.extend(key.iter().cloned());
                cells.extend([users.to_string(), rule.rule.clone()]);
                cells.extend(rule.estimates().into_iter().flat_map(|(_, estimate)| with_error(estimate)));
                rows.push(cells);
            }
        }
    }
    let figures = GroupRule::default().estimates().map(|(name, _)| name);
    headers.extend(figures.iter().flat_map(|name| [(*name).to_string(), format!("{name}_se")]));
    Table { headers, rows, ..Table::default() }
}

fn with_error(estimate: Option<Estimate>) -> [String; 2] {
    [digits(estimate.map(|own| own.mean)), digits(estimate.map(|own| own.se))]
}

/// The shortest text that reads back as the same number; empty where there is none.
pub(super) fn digits(number: Option<f64>) -> String {
    number.filter(|x| x.is_finite()).map(|x| format!("{x:?}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::summary;
    use crate::{Format, Style};

    #[test]
    fn every_quantity_has_its_standard_error() {
        let text = table(&[summary()]).render(Format::Csv, Style::default());
        let header = text.lines().next().unwrap();
        assert!(header.starts_with("run,rule,kind,users,baseline,profit,profit_se,revenue,revenue_se,cost,"));
        assert!(
            header.contains(",tokens_input,tokens_input_se,tokens_output,tokens_output_se,total_profit,")
        );
        assert!(
            header.ends_with(
                "total_tokens_output,total_tokens_output_se,first_best_profit,first_best_profit_se"
            )
        );
        // Figures of the rule, tokens, totals of eight accounts and of tokens, first-best.
        assert_eq!(header.split(',').count(), 5 + 2 * (28 + 2 + 8 + 2 + 1));
        assert!(
            text.contains(
                "\npaper-uniform/0a1b2c3d4e5f-7,packages,packages,1000000,packages,0.089812,0.00013,"
            )
        );
        assert!(text.contains(",\"two_part, 3\",two-part,"), "{text}");
        assert!(text.contains(",marginal-cost,1000000,packages,3e-18,1e-20,"), "{text}");
    }

    #[test]
    fn numbers_read_back_as_they_were() {
        let table = table(&[summary()]);
        for (cells, rule) in table.rows.iter().zip(summary().rules) {
            for (name, estimate) in rule.estimates() {
                let at = table.headers.iter().position(|header| header == name).unwrap();
                let read = |cell: &String| cell.parse::<f64>().ok();
                assert_eq!(read(&cells[at]), estimate.map(|own| own.mean), "{name}");
                assert_eq!(read(&cells[at + 1]), estimate.map(|own| own.se), "{name}");
            }
        }
        assert_eq!(digits(Some(f64::NAN)), "");
    }

    #[test]
    fn groups_have_a_row_for_every_rule() {
        let table = groups(&[summary()], Groups::Deciles);
        let text = table.render(Format::Csv, Style::default());
        let header = "run,baseline,decile,index_low,index_high,users,rule,profit,profit_se,";
        assert!(text.starts_with(header), "{text}");
        assert_eq!(table.rows.len(), 2 * 5);
        assert!(text.contains("packages,1,0.0,0.25,400000,flat,"), "{text}");
        assert!(text.contains("packages,2,0.25,,600000,flat,"), "{text}");
    }

    #[test]
    fn runs_with_other_token_classes_share_one_header() {
        let mut other = summary();
        for rule in &mut other.rules {
            rule.tokens = rule.tokens.values().map(|tokens| ("cached".to_owned(), *tokens)).collect();
        }
        let table = table(&[summary(), other]);
        assert_eq!(table.rows.len(), 10);
        assert!(table.rows.iter().all(|row| row.len() == table.headers.len()));
        let cached = table.headers.iter().position(|name| name == "tokens_cached").unwrap();
        assert_eq!([&table.rows[0][cached], &table.rows[9][cached]], ["", "0.211"]);
    }
}
