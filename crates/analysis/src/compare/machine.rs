//! The comparison for statistics packages: one row per run and rule, every digit, a column for every standard error.

use std::collections::BTreeSet;

use model::summary::{Estimate, RuleSummary, Summary};

use crate::Table;

/// A quantity and where it is found.
type Quantity = (&'static str, fn(&RuleSummary) -> Estimate);

/// The quantities in the order of the columns.
const QUANTITIES: [Quantity; 13] = [
    ("profit", |rule| rule.profit),
    ("revenue", |rule| rule.revenue),
    ("cost", |rule| rule.cost),
    ("consumer_surplus", |rule| rule.consumer_surplus),
    ("welfare", |rule| rule.welfare),
    ("deadweight_loss", |rule| rule.deadweight_loss),
    ("served_share", |rule| rule.served_share),
    ("fine_tuned_share", |rule| rule.fine_tuned_share),
    ("profit_difference", |rule| rule.profit_difference),
    ("consumer_surplus_difference", |rule| rule.consumer_surplus_difference),
    ("better_off_share", |rule| rule.better_off_share),
    ("worse_off_share", |rule| rule.worse_off_share),
    ("profit_share_of_first_best", |rule| rule.profit_share_of_first_best),
];

/// `run,rule,kind,users,baseline`, then `X,X_se` for every quantity, `tokens_CLASS` and `first_best_profit`.
pub(super) fn table(summaries: &[Summary]) -> Table {
    let classes: BTreeSet<&String> =
        summaries.iter().flat_map(|summary| &summary.rules).flat_map(|rule| rule.tokens.keys()).collect();
    let mut headers: Vec<String> = ["run", "rule", "kind", "users", "baseline"].map(Into::into).into();
    let names = QUANTITIES.iter().map(|(name, _)| (*name).to_owned());
    let names = names.chain(classes.iter().map(|class| format!("tokens_{class}")));
    for name in names.chain(["first_best_profit".into()]) {
        headers.extend([name.clone(), format!("{name}_se")]);
    }
    let rows = summaries
        .iter()
        .flat_map(|summary| summary.rules.iter().map(|rule| row(summary, rule, &classes)))
        .collect();
    Table { headers, rows, ..Table::default() }
}

fn row(summary: &Summary, rule: &RuleSummary, classes: &BTreeSet<&String>) -> Vec<String> {
    let mut cells = vec![
        summary.run.clone(),
        rule.rule.clone(),
        rule.kind.clone(),
        summary.users.to_string(),
        summary.baseline.clone(),
    ];
    let quantities = QUANTITIES.iter().map(|(_, of)| Some(of(rule)));
    let tokens = classes.iter().map(|class| rule.tokens.get(*class).copied());
    for estimate in quantities.chain(tokens).chain([Some(summary.first_best.profit)]) {
        cells.extend([digits(estimate.map(|e| e.mean)), digits(estimate.map(|e| e.se))]);
    }
    cells
}

/// The shortest text that reads back as the same number; empty where there is none.
fn digits(number: Option<f64>) -> String {
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
        assert!(header.ends_with(
            "tokens_input,tokens_input_se,tokens_output,tokens_output_se,first_best_profit,first_best_profit_se"
        ));
        assert_eq!(header.split(',').count(), 5 + 2 * (13 + 2 + 1));
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
            assert_eq!(cells[5].parse::<f64>().unwrap(), rule.profit.mean);
            assert_eq!(cells[6].parse::<f64>().unwrap(), rule.profit.se);
        }
        assert_eq!(digits(Some(f64::NAN)), "");
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
