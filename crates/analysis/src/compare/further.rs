//! Tables of a comparison beyond its summary, for readers.

use model::summary::{Estimate, GroupPair, GroupRule, RuleSummary, Summary};

use super::reader::{source_of_errors, stars, tidied, tidied_share};
use super::subject::{Groups, Subject};
use crate::Table;
use crate::number::{Rounded, grouped, percent};

/// What stands where a figure is undefined, or compares a rule with itself.
const NOTHING: &str = "–";

/// The tables of one subject, one for each run; notes stand under the last.
pub(super) fn tables(subject: Subject, summaries: &[Summary]) -> Vec<Table> {
    let mut tables: Vec<Table> = summaries.iter().map(|summary| table(subject, summary)).collect();
    if let Some(last) = tables.last_mut() {
        last.notes.extend(notes(subject).iter().map(|note| (*note).into()));
    }
    tables
}

fn table(subject: Subject, summary: &Summary) -> Table {
    let (title, headers, rows): (&str, Vec<String>, Vec<Vec<String>>) = match subject {
        Subject::Summary => unreachable!("the summary has a file of its own"),
        Subject::Totals => ("Sums over all buyers", totals_headers(summary), by_rule(summary, totals)),
        Subject::Losses => ("What is lost", texts(&LOSSES), by_rule(summary, losses)),
        Subject::Prices => ("Prices paid and tokens sold", prices_headers(summary), by_rule(summary, prices)),
        Subject::Beliefs => ("What beliefs cost", texts(&BELIEFS), by_rule(summary, beliefs)),
        Subject::Churn => ("Who leaves, joins and moves", texts(&CHURN), by_rule(summary, churn)),
        Subject::Deciles => {
            ("Gains and losses by decile", grouped_headers("decile"), by_group(summary, Groups::Deciles))
        }
        Subject::Segments => {
            ("Gains and losses by segment", grouped_headers("segment"), by_group(summary, Groups::Segments))
        }
    };
    let relative = match subject {
        Subject::Totals | Subject::Prices | Subject::Beliefs => String::new(),
        Subject::Losses => format!(", optimum {}", summary.optimum),
        _ => format!(", baseline {}", summary.baseline),
    };
    let title = format!("{title}: {}, {} buyers{relative}.", summary.run, grouped(summary.users));
    Table { title, headers, rows, notes: source_of_errors(summary), ..Table::default() }
}

fn notes(subject: Subject) -> &'static [&'static str] {
    match subject {
        Subject::Summary | Subject::Totals => &[],
        Subject::Losses => &[
            "Deadweight loss = exclusion (first-best surplus of buyers who buy nothing) + distortion (of those who buy); $ per \
             buyer.",
        ],
        Subject::Beliefs => &[
            "Expected profit: what the design expected under its belief. Belief loss: profit of the same rule designed on the \
             population's own law, minus this one, same buyers.",
        ],
        Subject::Prices => &[
            "Markup: total payments over total cost. Marginal markup: what buyers would pay for one more $ of tokens at cost.",
            "Elasticity: change of tokens in % when all token prices rise by 1 % and buyers choose anew.",
            "Top 10 % (1 %): share of revenue from the tenth (hundredth) of buyers with the largest indices.",
        ],
        Subject::Churn => &[
            "Leave (join): share who buy under the baseline (the rule) only. Move: who buy under both, but something else or at \
             another payment.",
            "Revenue at risk: payments under the baseline of those who leave, $ per buyer and in % of all its payments.",
        ],
        Subject::Deciles | Subject::Segments => &[
            "$ per buyer of the group; Δ: rule minus baseline, same buyers. Markup: payments over cost; marginal: for one more $ \
             of tokens at cost.",
        ],
    }
}

const LOSSES: [&str; 6] = [
    "rule",
    "% of\nfirst-best",
    "% of\noptimum",
    "deadweight\nloss ($)",
    "by\nexclusion ($)",
    "by\ndistortion ($)",
];

const BELIEFS: [&str; 4] = ["rule", "expected\nprofit ($)", "profit\n($)", "belief\nloss ($)"];

const CHURN: [&str; 6] =
    ["rule", "leave\n(%)", "join\n(%)", "move\n(%)", "revenue\nat risk ($)", "revenue\nat risk (%)"];

fn texts(headers: &[&str]) -> Vec<String> {
    headers.iter().map(|header| (*header).into()).collect()
}

fn by_rule(summary: &Summary, cells: impl Fn(&Summary, &RuleSummary) -> Vec<String>) -> Vec<Vec<String>> {
    let row = |rule: &RuleSummary| [vec![rule.rule.clone()], cells(summary, rule)].concat();
    summary.rules.iter().map(row).collect()
}

/// An estimate with its error, or nothing.
fn shown(estimate: Option<Estimate>) -> String {
    estimate.map_or(NOTHING.into(), |estimate| Rounded::new(estimate).to_string())
}

fn shown_money(summary: &Summary, estimate: Option<Estimate>) -> String {
    shown(estimate.map(|estimate| tidied(summary, estimate)))
}

/// An estimate in per cent with its error, or nothing.
fn shown_percent(share: Option<Estimate>) -> String {
    shown(share.map(|own| Estimate { mean: 100.0 * own.mean, se: 100.0 * own.se }))
}

fn totals_headers(summary: &Summary) -> Vec<String> {
    let mut headers =
        texts(&["rule", "profit\n($)", "revenue\n($)", "consumer\nsurplus ($)", "deadweight\nloss ($)"]);
    headers.extend(classes(summary).map(|class| format!("{class}\n(Mtok)")));
    headers
}

fn totals(summary: &Summary, rule: &RuleSummary) -> Vec<String> {
    let users = summary.users as f64;
    let sum = |name: &str| {
        // Rounding noise is judged per buyer.
        let mean = tidied(summary, rule.estimate(name).unwrap_or_default());
        shown(rule.totals.get(name).map(|_| Estimate { mean: users * mean.mean, se: users * mean.se }))
    };
    let mut cells: Vec<String> = ["profit", "revenue", "consumer_surplus", "deadweight_loss"].map(sum).into();
    cells.extend(classes(summary).map(|class| sum(&format!("tokens_{class}"))));
    cells
}

fn classes(summary: &Summary) -> impl Iterator<Item = &String> {
    summary.rules.iter().take(1).flat_map(|rule| rule.tokens.keys())
}

fn losses(summary: &Summary, rule: &RuleSummary) -> Vec<String> {
    let money = |estimate| shown_money(summary, estimate);
    vec![
        percent(tidied_share(rule.profit_share_of_first_best).mean),
        shown_percent(rule.profit_share_of_optimum),
        money(Some(rule.deadweight_loss)),
        money(rule.further.exclusion_loss),
        money(rule.further.distortion_loss),
    ]
}

fn beliefs(summary: &Summary, rule: &RuleSummary) -> Vec<String> {
    vec![
        rule.expected_profit.map_or(NOTHING.into(), |own| Rounded::new(tidied(summary, own)).mean),
        shown_money(summary, Some(rule.profit)),
        rule.belief_loss.map_or(NOTHING.into(), |loss| {
            let loss = tidied(summary, loss);
            format!("{}{}", Rounded::new(loss), stars(summary, loss))
        }),
    ]
}

fn prices_headers(summary: &Summary) -> Vec<String> {
    let mut headers = texts(&[
        "rule",
        "markup",
        "marginal\nmarkup",
        "elasticity\nof tokens",
        "top 10 %\n(%)",
        "top 1 %\n(%)",
    ]);
    headers.extend(classes(summary).map(|class| format!("{class}\n(Mtok)")));
    headers
}

fn prices(_: &Summary, rule: &RuleSummary) -> Vec<String> {
    let further = rule.further;
    let mut cells = vec![
        shown(further.markup),
        shown(further.marginal_markup),
        shown(further.token_price_elasticity),
        shown_percent(further.top_10_revenue_share),
        shown_percent(further.top_1_revenue_share),
    ];
    cells.extend(rule.tokens.values().map(|tokens| Rounded::new(*tokens).mean));
    cells
}

fn churn(summary: &Summary, rule: &RuleSummary) -> Vec<String> {
    if rule.rule == summary.baseline {
        return vec!["baseline".into(), NOTHING.into(), NOTHING.into(), NOTHING.into(), NOTHING.into()];
    }
    let share = |share: Option<Estimate>| share.map_or(NOTHING.into(), |share| percent(share.mean));
    vec![
        share(rule.churn.leave_share),
        share(rule.churn.join_share),
        share(rule.churn.move_share),
        shown_money(summary, rule.churn.revenue_at_risk),
        shown_percent(rule.churn.revenue_at_risk_share),
    ]
}

fn grouped_headers(group: &str) -> Vec<String> {
    texts(&[
        "rule",
        group,
        "served\n(%)",
        "profit\n($)",
        "Δ profit\n($)",
        "Δ consumer\nsurplus ($)",
        "better\noff (%)",
        "worse\noff (%)",
        "markup",
        "marginal\nmarkup",
    ])
}

/// All groups of a rule below each other, its name at the first.
fn by_group(summary: &Summary, groups: Groups) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for rule in &summary.rules {
        let mut name = rule.rule.clone();
        for (keys, _, rules) in groups.of(summary) {
            let Some(own) = rules.iter().find(|own| own.rule == rule.rule) else { continue };
            let cells = group_cells(summary, own);
            rows.push([vec![std::mem::take(&mut name), keys[0].clone()], cells].concat());
        }
    }
    rows
}

fn group_cells(summary: &Summary, rule: &GroupRule) -> Vec<String> {
    let mean = |estimate: Option<Estimate>| {
        estimate.map_or(NOTHING.into(), |estimate| Rounded::new(tidied(summary, estimate)).mean)
    };
    let is_baseline = rule.rule == summary.baseline;
    let against = rule.against_baseline.filter(|_| !is_baseline);
    let difference = |of: fn(GroupPair) -> Estimate| {
        against.map_or(NOTHING.into(), |own| {
            let difference = tidied(summary, of(own));
            format!("{}{}", Rounded::new(difference), stars(summary, difference))
        })
    };
    let share = |of: fn(GroupPair) -> Estimate| against.map_or(NOTHING.into(), |own| percent(of(own).mean));
    vec![
        percent(rule.served_share.mean),
        mean(Some(rule.profit)),
        if is_baseline { "baseline".into() } else { difference(|own| own.profit_difference) },
        difference(|own| own.consumer_surplus_difference),
        share(|own| own.better_off_share),
        share(|own| own.worse_off_share),
        mean(rule.markup),
        mean(rule.marginal_markup),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::summary;
    use crate::{AnalysisError, Format, Style, compare_on};

    fn text(subject: Subject, format: Format) -> String {
        compare_on(&[subject], &[summary()], None, format, Style::default()).unwrap()
    }

    #[test]
    fn every_subject_has_a_table_in_every_format() {
        for subject in Subject::ALL {
            assert_eq!(subject.name().parse::<Subject>().unwrap(), subject);
            let formats = [Format::Table, Format::Markdown, Format::Latex];
            if subject == Subject::Segments {
                let refused = compare_on(&[subject], &[summary()], None, Format::Table, Style::default());
                assert!(matches!(refused, Err(AnalysisError::NoSegments { .. })));
                continue;
            }
            for format in formats {
                let text = text(subject, format);
                assert!(text.contains("marginal-cost"), "{text}");
                if format == Format::Latex {
                    crate::table::assert_balanced_latex(&text);
                }
            }
        }
        assert!("incidence".parse::<Subject>().unwrap_err().contains("deciles, segments"));
    }

    #[test]
    fn a_terminal_of_120_columns_is_wide_enough() {
        for subject in
            Subject::ALL.into_iter().filter(|own| ![Subject::Summary, Subject::Segments].contains(own))
        {
            let text = text(subject, Format::Table);
            assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        }
    }

    #[test]
    fn losses_say_what_they_are_shares_of() {
        let text = text(Subject::Losses, Format::Table);
        assert!(
            text.contains("What is lost: paper-uniform/0a1b2c3d4e5f-7, 1,000,000 buyers, optimum packages."),
            "{text}"
        );
        assert!(
            text.lines().any(|line| line.starts_with("flat ") && line.contains(" 69.57 ± 0.10 ")),
            "{text}"
        );
        assert!(text.lines().any(|line| line.starts_with("marginal-cost ") && line.contains('–')), "{text}");
    }

    #[test]
    fn groups_name_their_rule_once_and_compare_with_the_baseline() {
        let text = text(Subject::Deciles, Format::Table);
        assert_eq!(text.matches("\nflat ").count(), 1, "{text}");
        assert!(text.contains(" -0.0210 ± 0.0011***"), "{text}");
        // The other way round, from the same record.
        let rebased =
            compare_on(&[Subject::Deciles], &[summary()], Some("flat"), Format::Table, Style::default())
                .unwrap();
        assert!(rebased.contains(" 0.0210 ± 0.0011***"), "{rebased}");
    }

    #[test]
    fn csv_holds_one_table() {
        let several = [Subject::Summary, Subject::Deciles];
        let refused = compare_on(&several, &[summary()], None, Format::Csv, Style::default());
        assert!(matches!(refused, Err(AnalysisError::SeveralTables)));
        let rules = [Subject::Losses, Subject::Churn];
        let text = compare_on(&rules, &[summary()], None, Format::Csv, Style::default()).unwrap();
        assert!(text.starts_with("run,rule,kind,users,baseline,profit,"));
    }
}
