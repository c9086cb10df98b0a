//! The report of a sweep: outcomes along every axis, over pairs of axes, by rule, and what failed.

mod axes;

use model::summary::{Estimate, StandardErrors};
use serde_json::Value;

use crate::chart::{Axis, Chart, Heat, Mark, Series};
use crate::number::{digits, interval};
use crate::recorded::{Sweep, parquet};
use crate::report::{Page, Section};
use crate::{AnalysisError, Rounded, Table};

use axes::{Cells, Dimension};

/// Most pairs of axes with heat maps.
const MOST_PAIRS: usize = 3;

/// One figure of one rule in one cell.
#[derive(Debug)]
struct Results {
    /// Cell of every row, as its position in [`Cells`].
    cell: Vec<usize>,
    rule: Vec<String>,
    replicates: Vec<u64>,
    figures: Vec<(&'static str, Vec<f64>, Vec<f64>)>,
}

/// What is drawn: column, name with unit.
const FIGURES: [(&str, &str); 4] = [
    ("profit", "profit ($ per buyer)"),
    ("consumer_surplus", "consumer surplus ($ per buyer)"),
    ("deadweight_loss", "deadweight loss ($ per buyer)"),
    ("served_share", "share of buyers served"),
];

/// Lays the report out.
///
/// # Errors
/// Files are missing or damaged.
pub(super) fn page(sweep: &Sweep) -> Result<Page, AnalysisError> {
    let cells = Cells::of(sweep)?;
    let results = Results::of(sweep, &cells)?;
    let manifest = sweep.manifest()?;
    let name = manifest["sweep"].as_str().unwrap_or("sweep").to_string();
    let rules = results.rules();
    let mut sections = vec![along_axes(&cells, &results, &rules)];
    sections.push(multiples(&cells, &results, &rules));
    sections.extend(heat_maps(&cells, &results, &rules));
    sections.push(failures(sweep, &cells)?);
    sections.push(table_of_cells(&cells));
    sections.push(reproduce(&manifest));
    Ok(Page {
        lead: format!(
            "{} cells of {} replicates under {} pricing rules. Every cell faces the same buyers (as many as \
             run.target_se asks for, where it is given); intervals are 95 %.",
            cells.names.len(),
            manifest["replicates"],
            rules.len()
        ),
        numbers: vec![
            [
                "Cells".into(),
                cells.names.len().to_string(),
                format!("along {}", axes::listed(&cells.dimensions)),
            ],
            ["Replicates".into(), manifest["replicates"].to_string(), "seeds of every cell".into()],
            ["Failed runs".into(), manifest["failed"].to_string(), "listed below".into()],
        ],
        title: name,
        warnings: Vec::new(),
        sections,
    })
}

impl Results {
    fn of(sweep: &Sweep, cells: &Cells) -> Result<Self, AnalysisError> {
        let path = sweep.table("summary.parquet")?;
        let errors: Vec<String> = FIGURES.iter().map(|(name, _)| format!("{name}_se")).collect();
        let mut names = vec!["cell", "rule", "replicates"];
        names.extend(FIGURES.iter().map(|(name, _)| *name));
        names.extend(errors.iter().map(String::as_str));
        let frame = parquet::read(&path, &names)?;
        let known = |name: Option<String>| cells.names.iter().position(|own| Some(own) == name.as_ref());
        let cell =
            parquet::texts(&frame, "cell", &path)?.into_iter().map(known).collect::<Option<Vec<usize>>>();
        let cell = cell.ok_or_else(|| AnalysisError::Columns {
            path: path.clone(),
            problem: "column cell names cells that cells.parquet does not".into(),
        })?;
        let figures = FIGURES
            .iter()
            .zip(&errors)
            .map(|((name, _), error)| {
                Ok((*name, parquet::floats(&frame, name, &path)?, parquet::floats(&frame, error, &path)?))
            })
            .collect::<Result<_, AnalysisError>>()?;
        let rule =
            parquet::texts(&frame, "rule", &path)?.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Self { cell, rule, replicates: parquet::counts(&frame, "replicates", &path)?, figures })
    }

    /// Labels of the rules, in their order.
    fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = Vec::new();
        for rule in &self.rule {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        rules
    }

    /// A figure of a rule in a cell, and half of its 95 % interval.
    fn get(&self, cell: usize, rule: &str, figure: &str) -> Option<(f64, f64)> {
        let row = (0..self.cell.len()).find(|row| self.cell[*row] == cell && self.rule[*row] == rule)?;
        let (_, values, errors) = self.figures.iter().find(|(name, _, _)| *name == figure)?;
        let errors_of = match self.replicates[row] {
            0 | 1 => StandardErrors::Buyers,
            replicates => StandardErrors::Replicates { replicates: replicates as u32 },
        };
        values[row].is_finite().then(|| (values[row], interval(errors_of) * errors[row]))
    }
}

/// A rule's figure along a dimension, the other keys as in the baseline cell.
fn series(
    results: &Results,
    dimension: &Dimension,
    (name, rule, figure): (&str, &str, &str),
    colour: usize,
) -> Series {
    let found: Vec<(f64, (f64, f64))> =
        dimension.line.iter().filter_map(|(x, cell)| Some((*x, results.get(*cell, rule, figure)?))).collect();
    let mark = if dimension.scattered { Mark::Points } else { Mark::Line };
    let series = Series::new(name, colour, mark, found.iter().map(|(x, (y, _))| (*x, *y)))
        .with_errors(found.iter().map(|(_, (_, error))| *error), 1.0);
    if dimension.scattered { series } else { series.banded() }
}

fn axis(dimension: &Dimension) -> Axis {
    if dimension.numeric {
        Axis::numbers(&dimension.title)
    } else {
        Axis::categories(&dimension.title, dimension.values.clone())
    }
}

fn held(dimension: &Dimension) -> &'static str {
    if dimension.scattered {
        "Every cell of the design."
    } else {
        "Other keys as in the baseline cell. Bands: 95 % intervals."
    }
}

fn along_axes(cells: &Cells, results: &Results, rules: &[String]) -> Section {
    let mut charts = Vec::new();
    for (number, dimension) in cells.dimensions.iter().enumerate() {
        for (figure, title) in FIGURES {
            let own = rules
                .iter()
                .enumerate()
                .map(|(colour, rule)| series(results, dimension, (rule, rule, figure), colour));
            charts.push(Chart {
                id: format!("axis-{}-{}", number + 1, figure.replace('_', "-")),
                title: format!("{} along {}", title.split(" (").next().unwrap_or(title), dimension.title),
                caption: held(dimension).into(),
                x: axis(dimension),
                y: Axis::numbers(title),
                series: own.collect(),
                ..Chart::default()
            });
        }
    }
    Section {
        title: "Along every axis".into(),
        lead: "Means over replicates; a click on a name hides a rule.".into(),
        charts,
        ..Section::default()
    }
}

/// One panel per rule along the first axis.
fn multiples(cells: &Cells, results: &Results, rules: &[String]) -> Section {
    let Some(dimension) = cells.dimensions.first() else {
        return Section { title: "By rule".into(), ..Section::default() };
    };
    let chart = |rule: &String| Chart {
        id: format!("by-rule-{rule}"),
        title: rule.clone(),
        caption: held(dimension).into(),
        x: axis(dimension),
        y: Axis::numbers("$ per buyer"),
        series: FIGURES[..3]
            .iter()
            .enumerate()
            .map(|(colour, (figure, title))| {
                series(results, dimension, (title.split(" (").next().unwrap_or(title), rule, figure), colour)
            })
            .collect(),
        ..Chart::default()
    };
    Section {
        title: "By rule".into(),
        lead: format!("How every rule splits the surplus along {}.", dimension.title),
        charts: rules.iter().map(chart).collect(),
        ..Section::default()
    }
}

fn heat_maps(cells: &Cells, results: &Results, rules: &[String]) -> Option<Section> {
    let mut charts = Vec::new();
    for (one, other) in cells.pairs().into_iter().take(MOST_PAIRS) {
        let (across, up) = (&cells.dimensions[one], &cells.dimensions[other]);
        let grid = cells.grid(one, other);
        for rule in rules {
            let value = |cell: &Option<usize>| results.get((*cell)?, rule, "profit").map(|(value, _)| value);
            charts.push(Chart {
                id: format!("heat-{}-{}-{rule}", one + 1, other + 1),
                title: format!("Profit under {rule}"),
                caption: "Other keys as in the baseline cell; blank where runs failed or no cell stands."
                    .into(),
                x: Axis::categories(&across.title, across.values.clone()),
                y: Axis::categories(&up.title, up.values.clone()),
                heat: Some(Heat {
                    title: "profit ($ per buyer)".into(),
                    values: grid.iter().map(|row| row.iter().map(value).collect()).collect(),
                }),
                ..Chart::default()
            });
        }
    }
    (!charts.is_empty()).then(|| Section {
        title: "Pairs of axes".into(),
        lead: "Profit over two axes at a time, rule by rule.".into(),
        charts,
        ..Section::default()
    })
}

fn failures(sweep: &Sweep, cells: &Cells) -> Result<Section, AnalysisError> {
    let path = sweep.table("runs.parquet")?;
    let frame = parquet::read(&path, &["cell", "seed", "status", "error"])?;
    let text = |name| parquet::texts(&frame, name, &path);
    let (cell, seed, status, error) = (text("cell")?, text("seed")?, text("status")?, text("error")?);
    let mut rows: Vec<Vec<String>> = (0..cell.len())
        .filter(|row| status[*row].as_deref() == Some("failed"))
        .map(|row| {
            let name = cell[row].clone().unwrap_or_default();
            let values = cells
                .names
                .iter()
                .position(|own| *own == name)
                .map_or_else(String::new, |at| cells.values(at));
            vec![name, values, seed[row].clone().unwrap_or_default(), error[row].clone().unwrap_or_default()]
        })
        .collect();
    // A failed run has a row per rule.
    rows.dedup();
    let lead = if rows.is_empty() {
        "No run failed."
    } else {
        "Runs that failed; `tokenmarket sweep EXPERIMENT --retry-failed` tries them again."
    };
    let table = Table {
        headers: ["cell", "values", "seed", "error"].map(String::from).into(),
        rows,
        ..Table::default()
    };
    let tables = if table.rows.is_empty() { Vec::new() } else { vec![table] };
    Ok(Section { title: "Failed cells".into(), lead: lead.into(), tables, ..Section::default() })
}

fn table_of_cells(cells: &Cells) -> Section {
    let mut headers = vec!["cell".to_string()];
    headers.extend(cells.keys.iter().map(|(key, _)| key.clone()));
    let row = |cell: usize| {
        let values = cells.keys.iter().map(|(_, values)| values[cell].clone());
        std::iter::once(cells.names[cell].clone()).chain(values).collect()
    };
    Section {
        title: "Cells".into(),
        lead: "What every cell changes in the market.".into(),
        tables: vec![Table { headers, rows: (0..cells.names.len()).map(row).collect(), ..Table::default() }],
        ..Section::default()
    }
}

fn reproduce(manifest: &Value) -> Section {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => digits(number.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    };
    let argv: Vec<String> = manifest["argv"].as_array().into_iter().flatten().map(plain).collect();
    let keys = ["sweep", "plan", "cells", "replicates", "version", "commit", "results_version", "host"];
    let rows = keys.iter().map(|key| vec![(*key).to_string(), plain(&manifest[*key])]).collect();
    Section {
        title: "Reproduce".into(),
        lead: "The same experiment, seeds and version give the same tables to the last byte.".into(),
        tables: vec![Table { headers: vec!["what".into(), "value".into()], rows, ..Table::default() }],
        listings: vec![("The command that merged".into(), argv.join(" "))],
        ..Section::default()
    }
}

/// A number of a cell in words.
fn in_words(value: f64) -> String {
    Rounded::new(Estimate { mean: value, se: 0.0 }).mean
}
