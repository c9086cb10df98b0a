//! The posted menus, every rule overlaid.

use crate::AnalysisError;
use crate::chart::{Axis, Chart, Mark, Series};
use crate::recorded::Run;
use crate::report::Section;

use super::{POINTS, columns, thinned};

/// The items of one rule, thinned.
struct Menu<'a> {
    label: &'a str,
    colour: usize,
    /// Whether thresholds are values w rather than indices θ.
    by_value: bool,
    threshold: Vec<f64>,
    markup: Vec<f64>,
    precision: Vec<f64>,
    spend: Vec<f64>,
    tokens: Vec<f64>,
    fine_tuning: Vec<f64>,
    payment: Vec<f64>,
}

fn menus(run: &Run) -> Result<Vec<Menu<'_>>, AnalysisError> {
    let classes: Vec<String> = run.classes().iter().map(|class| format!("tokens_{class}")).collect();
    let mut names = vec!["threshold", "markup", "precision", "spend", "fine_tuning", "payment"];
    names.extend(classes.iter().map(String::as_str));
    let mut menus = Vec::new();
    let most = points_each(run.summary.rules.len());
    for (colour, rule) in run.summary.rules.iter().enumerate() {
        let all = columns(run, &format!("menus/{}.parquet", rule.rule), &names)?;
        let kept = thinned(all[0].len(), most);
        let pick = |column: &Vec<f64>| kept.iter().map(|row| column[*row]).collect::<Vec<f64>>();
        let tokens = kept.iter().map(|row| all[6..].iter().map(|class| class[*row]).sum()).collect();
        menus.push(Menu {
            label: &rule.rule,
            colour,
            by_value: rule.kind == "allocations",
            threshold: pick(&all[0]),
            markup: pick(&all[1]),
            precision: pick(&all[2]),
            spend: pick(&all[3]),
            tokens,
            fine_tuning: pick(&all[4]),
            payment: pick(&all[5]),
        });
    }
    Ok(menus)
}

/// Points of every menu, so that a page of many rules stays below the size that browsers and mail accept.
fn points_each(rules: usize) -> usize {
    (2400 / rules.max(1)).clamp(40, POINTS)
}

type Quantity = fn(&Menu, usize) -> f64;

/// One series per menu that has such points.
fn overlaid(menus: &[Menu], (x, y): (Quantity, Quantity), along_index: bool) -> Vec<Series> {
    menus
        .iter()
        .filter_map(|menu| {
            let points: Vec<(f64, f64)> = (0..menu.threshold.len())
                .map(|item| (x(menu, item), y(menu, item)))
                .filter(|(x, y)| x.is_finite() && y.is_finite())
                .collect();
            let mark = match points.len() {
                0 => return None,
                1 => Mark::Points,
                _ if along_index => Mark::Step,
                _ => Mark::Line,
            };
            let name = if along_index && menu.by_value {
                format!("{} (along w)", menu.label)
            } else {
                menu.label.into()
            };
            Some(Series::new(&name, menu.colour, mark, points))
        })
        .collect()
}

/// What a logarithmic axis can show: the first buyer served pays many times the cost of the little she gets.
fn positive(value: f64) -> f64 {
    if value > 0.0 { value } else { f64::NAN }
}

const ALONG: &str =
    "Every item from the smallest index that takes it; allocations screen by the value w instead.";

pub(super) fn section(run: &Run) -> Result<Section, AnalysisError> {
    let menus = menus(run)?;
    let theta: Quantity = |menu, item| menu.threshold[item];
    let chart =
        |id: &str, title: &str, caption: &str, x: Axis, y: Axis, of: (Quantity, Quantity), along: bool| {
            Chart {
                id: id.into(),
                title: title.into(),
                caption: caption.into(),
                x,
                y,
                series: overlaid(&menus, of, along),
                ..Chart::default()
            }
        };
    let index = || Axis::numbers("index θ ($)");
    let charts = vec![
        chart(
            "payment-against-spend",
            "Payment against spend",
            "Items of every menu: the payment for tokens worth this much at cost.",
            Axis::numbers("spend, tokens at cost ($)"),
            Axis::numbers("payment ($)"),
            (|menu, item| menu.spend[item], |menu, item| menu.payment[item]),
            false,
        ),
        chart(
            "payment-against-tokens",
            "Payment against tokens",
            "The same items against the tokens of all classes together.",
            Axis::numbers("tokens (Mtok)"),
            Axis::numbers("payment ($)"),
            (|menu, item| menu.tokens[item], |menu, item| menu.payment[item]),
            false,
        ),
        chart(
            "price-per-mtok",
            "Average price per Mtok",
            ALONG,
            index(),
            Axis::log("payment / tokens ($ per Mtok)"),
            (theta, |menu, item| positive(menu.payment[item] / menu.tokens[item])),
            true,
        ),
        chart(
            "markup",
            "Markup at the margin",
            ALONG,
            index(),
            Axis::log("price over cost"),
            (theta, |menu, item| positive(menu.markup[item])),
            true,
        ),
        chart(
            "fine-tuning",
            "Fine-tuning",
            ALONG,
            index(),
            Axis::numbers("fine-tuning (Mtok)"),
            (theta, |menu, item| menu.fine_tuning[item]),
            true,
        ),
        chart(
            "allocation",
            "Allocation",
            ALONG,
            index(),
            Axis::numbers("precision q"),
            (theta, |menu, item| menu.precision[item]),
            true,
        ),
    ];
    Ok(Section {
        title: "The menus".into(),
        lead: format!(
            "What is posted. Long menus are drawn through {} of their items; a click on a name hides a rule.",
            points_each(menus.len())
        ),
        charts,
        ..Section::default()
    })
}
