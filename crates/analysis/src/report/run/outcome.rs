//! What every rule achieves, against first-best and against the baseline.

use model::summary::{Estimate, RuleSummary, StandardErrors};

use crate::Rounded;
use crate::chart::{Axis, Chart, Mark, Series};
use crate::number::{grouped, interval, percent};
use crate::recorded::Run;
use crate::report::Section;

/// The kind of rule that nobody can post.
const BENCHMARK: &str = "first-best";

pub(super) fn lead(run: &Run) -> String {
    let summary = &run.summary;
    format!(
        "{} buyers under {} pricing rules, baseline {}. Means per buyer; intervals are 95 %, standard errors {}.",
        grouped(summary.users),
        summary.rules.len(),
        summary.baseline,
        summary.standard_errors
    )
}

/// The rule that earns most among those a seller can post.
fn best(run: &Run) -> Option<&RuleSummary> {
    let posted = run.summary.rules.iter().filter(|rule| rule.kind != BENCHMARK);
    posted.max_by(|a, b| a.profit.mean.total_cmp(&b.profit.mean))
}

pub(super) fn numbers(run: &Run) -> Vec<[String; 3]> {
    let summary = &run.summary;
    let money = |estimate: Estimate| format!("{} $", Rounded::new(estimate));
    let mut numbers = vec![[
        "First-best profit".to_string(),
        money(summary.first_best.profit),
        "per buyer, if every buyer paid her value of the efficient use".into(),
    ]];
    if let Some(best) = best(run) {
        numbers.push(["Most profit".into(), money(best.profit), format!("per buyer, under {}", best.rule)]);
        numbers.push([
            "Of first-best".into(),
            format!("{} %", percent(best.profit_share_of_first_best.mean)),
            format!("± {} %, under {}", percent(best.profit_share_of_first_best.se), best.rule),
        ]);
        numbers.push([
            "Consumer surplus".into(),
            money(best.consumer_surplus),
            format!("per buyer, under {}", best.rule),
        ]);
        numbers.push([
            "Buyers served".into(),
            format!("{} %", percent(best.served_share.mean)),
            format!("under {}", best.rule),
        ]);
    }
    numbers
}

pub(super) fn section(run: &Run) -> Section {
    Section {
        title: "Which rule wins".into(),
        lead: "Profit, consumer surplus and deadweight loss add up to first-best profit.".into(),
        charts: vec![outcomes(run), differences(run)],
        tables: comparison(run),
        listings: Vec::new(),
    }
}

/// The same table that `compare` prints.
fn comparison(run: &Run) -> Vec<crate::Table> {
    crate::compare::readable(std::slice::from_ref(&run.summary))
}

fn labels(run: &Run) -> Vec<String> {
    run.labels().iter().map(ToString::to_string).collect()
}

type Quantity = (&'static str, fn(&RuleSummary) -> Estimate);

fn series(run: &Run, (name, of): Quantity, colour: usize, mark: Mark) -> Series {
    let rules = &run.summary.rules;
    let points = rules.iter().enumerate().map(|(place, rule)| (place as f64, of(rule).mean));
    let errors = rules.iter().map(|rule| of(rule).se);
    Series::new(name, colour, mark, points).with_errors(errors, interval(run.summary.standard_errors))
}

fn outcomes(run: &Run) -> Chart {
    let first_best = run.summary.first_best.profit.mean;
    let line = (0..run.summary.rules.len()).map(|place| (place as f64, first_best));
    let quantities: [Quantity; 3] = [
        ("profit", |rule| rule.profit),
        ("consumer surplus", |rule| rule.consumer_surplus),
        ("deadweight loss", |rule| rule.deadweight_loss),
    ];
    let bars = quantities.into_iter().enumerate().map(|(colour, own)| series(run, own, colour, Mark::Bars));
    Chart {
        id: "outcome-by-rule".into(),
        title: "Profit, consumer surplus and deadweight loss by rule".into(),
        caption:
            "Line: first-best profit, the most that profit and surplus can come to. Whiskers: 95 % intervals."
                .into(),
        x: Axis::categories("rule", labels(run)),
        y: Axis::numbers("$ per buyer"),
        series: bars.chain([Series::new("first-best profit", 6, Mark::Line, line)]).collect(),
        ..Chart::default()
    }
}

fn differences(run: &Run) -> Chart {
    let paired = match run.summary.standard_errors {
        StandardErrors::Buyers => "same buyers under both rules, so that errors are those of the difference",
        StandardErrors::Replicates { .. } => {
            "same buyers under both rules, errors from the spread of replicates"
        }
    };
    let quantities: [Quantity; 2] = [
        ("profit", |rule| rule.profit_difference),
        ("consumer surplus", |rule| rule.consumer_surplus_difference),
    ];
    Chart {
        id: "difference-to-baseline".into(),
        title: format!("Difference to {}", run.summary.baseline),
        caption: format!("Rule minus baseline: {paired}. Whiskers: 95 % intervals."),
        x: Axis::categories("rule", labels(run)),
        y: Axis::numbers("$ per buyer"),
        series: quantities
            .into_iter()
            .enumerate()
            .map(|(colour, own)| series(run, own, colour, Mark::Bars))
            .collect(),
        ..Chart::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Format, Style, compare};

    #[test]
    fn the_comparison_is_that_of_compare() {
        let summary = crate::example::summary();
        let text = compare(std::slice::from_ref(&summary), None, Format::Markdown, Style::default()).unwrap();
        let tables = crate::compare::readable(&[summary]);
        assert_eq!(tables[0].render(Format::Markdown, Style::default()), text);
    }
}
