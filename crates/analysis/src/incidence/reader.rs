//! Incidence for readers: one table per rule, a row per group.

use model::summary::{Estimate, StandardErrors};

use super::{Figures, Group, Incidence};
use crate::number::{grouped, percent, significance};
use crate::{Rounded, Table};

pub(super) fn tables(incidence: &Incidence) -> Vec<Table> {
    let mut labels: Vec<&str> = Vec::new();
    for figures in incidence.groups.iter().flat_map(|group| &group.rules) {
        if !labels.contains(&figures.rule.as_str()) {
            labels.push(&figures.rule);
        }
    }
    let mut tables: Vec<Table> = labels.iter().map(|label| table(incidence, label)).collect();
    if let Some(first) = tables.first_mut() {
        first.title = format!(
            "{}: {} recorded buyers, baseline {}; {}.\n{}",
            incidence.run,
            grouped(incidence.users),
            incidence.baseline,
            incidence.groups_from,
            first.title
        );
    }
    if let Some(last) = tables.last_mut() {
        last.notes = notes(incidence);
    }
    tables
}

/// The rows of one rule.
pub(crate) fn table(incidence: &Incidence, label: &str) -> Table {
    let rows = incidence.groups.iter().filter_map(|group| {
        let figures = group.rules.iter().find(|figures| figures.rule == label)?;
        Some(row(incidence, group, figures))
    });
    let class = |class: &String| format!("{class}\n(Mtok)");
    let classes = incidence.groups.iter().flat_map(|group| &group.rules).next();
    let mut headers: Vec<String> = [
        incidence.by.as_str(),
        "range",
        "payment\n($)",
        "profit\n($)",
        "consumer\nsurplus ($)",
        "gain\n($)",
        "better\noff (%)",
        "worse\noff (%)",
        "served\n(%)",
        "markup",
    ]
    .map(Into::into)
    .into();
    headers.extend(classes.iter().flat_map(|figures| figures.tokens.keys()).map(class));
    Table { title: label.into(), headers, rows: rows.collect(), ..Table::default() }
}

fn row(incidence: &Incidence, group: &Group, figures: &Figures) -> Vec<String> {
    let rounded = |estimate: Estimate| Rounded::new(estimate).to_string();
    let share = |estimate: Estimate| percent(estimate.mean);
    let marks = significance(figures.gain, incidence.standard_errors);
    let mut cells = vec![
        group.name.clone(),
        range(group),
        rounded(figures.payment),
        rounded(figures.profit),
        rounded(figures.consumer_surplus),
        format!("{}{marks}", Rounded::new(figures.gain)),
        share(figures.better_off_share),
        share(figures.worse_off_share),
        share(figures.served_share),
        rounded(figures.markup),
    ];
    cells.extend(figures.tokens.values().map(|tokens| rounded(*tokens)));
    cells
}

/// The edges of a group, or how many buyers it has where there are none.
fn range(group: &Group) -> String {
    let edge = |edge: f64| Rounded::new(Estimate { mean: edge, se: 0.0 }).mean;
    match (group.low, group.high) {
        (Some(low), Some(high)) => format!("{} to {}", edge(low), edge(high)),
        (None, Some(high)) => format!("to {}", edge(high)),
        (Some(low), None) => format!("above {}", edge(low)),
        (None, None) => format!("{} buyers", grouped(group.users)),
    }
}

fn notes(incidence: &Incidence) -> Vec<String> {
    let mut notes = vec![
        "Means per buyer of the group ± standard errors, rounded to two digits of the error.".to_string(),
        format!(
            "Gain: utility minus that under {}, same buyers; * p < .05, ** p < .01, *** p < .001 (two-sided).",
            incidence.baseline
        ),
        "Markup: mean payment over mean cost; n/a where nobody causes cost.".into(),
    ];
    if let StandardErrors::Replicates { .. } = incidence.standard_errors {
        notes.push(format!("Standard errors {}; p by Student's t.", incidence.standard_errors));
    }
    notes
}
