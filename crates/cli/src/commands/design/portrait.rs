//! One menu as a person reads it: tables of what typical buyers get, markups, surplus and certificate.

use analysis::Table;
use model::menu::{Certificate, Menu, Status};
use model::technology::Technology;
use sim::{Portrait, PortraitRow};

use super::super::significant;

/// What buyers at quantiles get, or the rows of a short menu.
pub(super) fn tiers_table(menu: &Menu, portrait: &Portrait, technology: &Technology) -> Table {
    let kind = if menu.kind == "allocations" { "value w" } else { "index θ" };
    let classes: Vec<&str> = technology.classes().collect();
    let mut headers: Vec<String> = ["buyers\nbelow", kind, "budget\n($)"].map(String::from).into();
    headers.extend(classes.iter().map(|class| format!("{class}\n(Mtok)")));
    headers.extend(["fine-tuning\n(Mtok)", "payment\n($)", "upfront p0\n($)", "markup"].map(String::from));
    headers.extend(classes.iter().map(|class| format!("{class}\n($/Mtok)")));
    Table {
        title: format!("The menu of {}", menu.label),
        headers,
        rows: portrait.tiers.iter().map(|row| tier_row(row, classes.len())).collect(),
        notes: std::iter::once(notes(menu).into()).chain(portrait.marginal.as_ref().map(margin)).collect(),
        ..Table::default()
    }
}

fn notes(menu: &Menu) -> &'static str {
    match menu.kind {
        "allocations" => {
            "For buyers with all tasks (s = 1). Budget: tokens at cost. Upfront p0 with tokens at the prices to the right is the \
             equivalent two-part tariff. --items all shows every item."
        }
        "packages" | "flat" | "tiers" => {
            "The lowest type of each item. Budget: tokens at cost. Upfront p0 with tokens at the prices to the right is the \
             equivalent two-part tariff; fine-tuning is in p0. --items all shows every item."
        }
        "two-part-menu" => {
            "The lowest type of each plan. Budget: tokens at cost. Upfront p0: the plan's fee, with its fine-tuning in it; \
             tokens are sold at the prices to the right. --items all shows every plan."
        }
        "committed-spend" => {
            "The lowest type of each plan. Budget: tokens at cost, to be split over classes. Upfront p0: all there is to pay; \
             no tokens are sold beyond. --items all shows every plan."
        }
        _ => "What the buyer at each quantile gets and pays. Budget: tokens at cost.",
    }
}

/// A markup beyond which it is that of a vanishing virtual value.
const BOUNDLESS: f64 = 100.0;

/// What happens below the first row.
fn margin(row: &PortraitRow) -> String {
    let from = format!(
        "Buyers buy from {} on, with a budget of {} $",
        four_digits(row.kind),
        four_digits(row.spend)
    );
    if row.markup.is_some_and(|markup| markup > BOUNDLESS) {
        format!(
            "{from}: at the margin the virtual value φ is 0, the budget vanishes and the markup θ/φ grows without bound."
        )
    } else {
        format!("{from}.")
    }
}

fn tier_row(row: &PortraitRow, classes: usize) -> Vec<String> {
    let dash = || "–".to_string();
    let number = |value: Option<f64>| value.map_or_else(dash, four_digits);
    let mut cells =
        vec![format!("{:.1} %", 100.0 * row.quantile), four_digits(row.kind), four_digits(row.spend)];
    cells.extend(row.tokens.iter().map(|tokens| four_digits(*tokens)));
    cells.push(four_digits(row.fine_tuning));
    cells.push(four_digits(row.payment));
    cells.push(number(row.upfront));
    cells.push(number(row.markup));
    match &row.prices {
        Some(prices) => cells.extend(prices.iter().map(|price| four_digits(*price))),
        None => cells.extend((0..classes).map(|_| dash())),
    }
    cells
}

/// Where the surplus goes, how markups are distributed, and the certificate.
pub(super) fn summary_tables(menu: &Menu, portrait: &Portrait) -> Vec<Table> {
    let mut tables = vec![surplus_table(portrait)];
    if let Some(markups) = portrait.markups {
        let row = [markups.p10, markups.p25, markups.p50, markups.p75, markups.p90].map(four_digits);
        tables.push(Table {
            title: "Markups of served buyers, price over cost at the margin".into(),
            headers: ["quantile", "10 %", "25 %", "50 %", "75 %", "90 %"].map(String::from).into(),
            rows: vec![std::iter::once("markup".to_string()).chain(row).collect()],
            ..Table::default()
        });
    }
    tables.push(certificate_table(&menu.certificate));
    tables
}

fn surplus_table(portrait: &Portrait) -> Table {
    let surplus = portrait.surplus;
    let row = |name: &str, value: f64| {
        let share = if surplus.first_best > 0.0 { 100.0 * value / surplus.first_best } else { 0.0 };
        vec![name.to_string(), significant(value), format!("{share:.1}")]
    };
    let mut rows = vec![row("profit", surplus.profit), row("consumer surplus", surplus.consumer_surplus)];
    match (surplus.exclusion, surplus.distortion) {
        (Some(exclusion), Some(distortion)) => {
            rows.extend([row("lost by exclusion", exclusion), row("lost by distortion", distortion)]);
        }
        _ => rows.push(row("lost by exclusion and distortion", surplus.deadweight_loss)),
    }
    rows.push(row("first-best", surplus.first_best));
    Table {
        title: "Where the first-best surplus goes".into(),
        headers: ["part", "$ per buyer", "%"].map(String::from).into(),
        rows,
        notes: vec![
            "Exclusion: first-best surplus of buyers who buy nothing; distortion: inefficient use by the others.".into(),
        ],
        ..Table::default()
    }
}

fn certificate_table(certificate: &Certificate) -> Table {
    let number = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.1e}"));
    let status = match certificate.status {
        Status::Holds => "holds",
        Status::Benchmark => "benchmark: nothing to certify",
        Status::Fails => "FAILS",
    };
    let monotone = match certificate.monotone {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "–",
    };
    let row = |name: &str, value: String| vec![name.to_string(), value];
    Table {
        title: "Certificate".into(),
        headers: ["check", "figure"].map(String::from).into(),
        rows: vec![
            row("status", status.into()),
            row("largest gain from another item ($)", number(certificate.ic_violation)),
            row("largest loss from taking part ($)", number(certificate.ir_violation)),
            row("precision rises with the type", monotone.into()),
            row("gap to the upper bound (share)", number(certificate.duality_gap)),
            row("gap to first-best ($)", significant(certificate.gap_to_first_best)),
        ],
        ..Table::default()
    }
}

/// Four significant digits, as short as they can be written.
fn four_digits(value: f64) -> String {
    significant(format!("{value:.3e}").parse().unwrap_or(value))
}
