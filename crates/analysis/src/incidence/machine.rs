//! Incidence for statistics packages: one row per group and rule, every digit.

use model::summary::Estimate;

use super::{Figures, Incidence};
use crate::Table;
use crate::number::digits;

type Quantity = (&'static str, fn(&Figures) -> Estimate);

const QUANTITIES: [Quantity; 10] = [
    ("served_share", |figures| figures.served_share),
    ("payment", |figures| figures.payment),
    ("cost", |figures| figures.cost),
    ("profit", |figures| figures.profit),
    ("consumer_surplus", |figures| figures.consumer_surplus),
    ("gain", |figures| figures.gain),
    ("better_off_share", |figures| figures.better_off_share),
    ("worse_off_share", |figures| figures.worse_off_share),
    ("markup", |figures| figures.markup),
    ("fine_tuning", |figures| figures.fine_tuning),
];

pub(super) fn table(incidence: &Incidence) -> Table {
    let classes: Vec<&String> = incidence
        .groups
        .iter()
        .flat_map(|group| &group.rules)
        .next()
        .map_or_else(Vec::new, |own| own.tokens.keys().collect());
    let mut headers: Vec<String> =
        ["run", "by", "baseline", "group", "low", "high", "users", "rule"].map(Into::into).into();
    let names = QUANTITIES.iter().map(|(name, _)| (*name).to_owned());
    for name in names.chain(classes.iter().map(|class| format!("tokens_{class}"))) {
        headers.extend([name.clone(), format!("{name}_se")]);
    }
    let mut rows = Vec::new();
    for group in &incidence.groups {
        for figures in &group.rules {
            let edge = |edge: Option<f64>| edge.map_or_else(String::new, digits);
            let mut row = vec![
                incidence.run.clone(),
                incidence.by.clone(),
                incidence.baseline.clone(),
                group.name.clone(),
                edge(group.low),
                edge(group.high),
                group.users.to_string(),
                figures.rule.clone(),
            ];
            let estimates = QUANTITIES.iter().map(|(_, of)| of(figures));
            for estimate in estimates.chain(figures.tokens.values().copied()) {
                row.extend([digits(estimate.mean), digits(estimate.se)]);
            }
            rows.push(row);
        }
    }
    Table { headers, rows, ..Table::default() }
}
