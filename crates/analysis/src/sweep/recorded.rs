//! What a merged sweep recorded: its plan, its summary, and its runs where another baseline asks for them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use model::column::figures;
use model::config::nearest;
use model::summary::Churn;
use polars::prelude::{DataFrame, ParquetReader, PolarsError, SerReader};
use serde::Deserialize;
use serde_json::Value;

use crate::error::AnalysisError;
use crate::recorded::intact;

/// Rows that are shown.
const SHOWN: usize = 400;

/// The plan of the sweep in a folder.
pub(super) fn plan_of(path: &Path) -> PathBuf {
    path.join("plan.json")
}

/// `plan.json`, as far as tables need it.
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) replicates: u32,
    pub(super) keys: Vec<String>,
    classes: Vec<String>,
    /// Hash of the baseline cell.
    pub(super) baseline: String,
    pub(super) cells: Vec<Cell>,
    /// The market before anything varies, by key path.
    #[serde(default)]
    base: BTreeMap<String, Value>,
}

impl Plan {
    /// Which buyers the cells have in common.
    pub(super) fn buyers(&self) -> &'static str {
        const TARGET: &str = "run.target_se";
        if self.base.contains_key(TARGET) || self.keys.iter().any(|key| key == TARGET) {
            "Same buyers in both, as far as each cell draws them: run.target_se lets it stop at a number of its own."
        } else {
            "Same buyers in both."
        }
    }
}

/// A cell with its values in the order of the keys.
#[derive(Debug, Deserialize)]
pub(super) struct Cell {
    pub(super) cell: String,
    pub(super) values: Vec<Value>,
}

/// `manifest.json`, likewise.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    /// Hash of the plan.
    pub(super) plan: String,
    pub(super) failed: usize,
    /// Runs by the code of a warning they have.
    #[serde(default)]
    pub(super) warnings: BTreeMap<String, usize>,
}

/// A figure with its standard error where that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub(super) mean: f64,
    pub(super) se: Option<f64>,
}

/// A rule in a cell.
#[derive(Debug)]
pub(super) struct Row {
    /// Position of the cell in the plan.
    pub(super) cell: usize,
    pub(super) rule: String,
    pub(super) kind: Option<String>,
    pub(super) baseline: String,
    /// In the order of [`Recorded::names`].
    pub(super) figures: Vec<Option<Figure>>,
    pub(super) from_baseline_cell: Vec<Option<Figure>>,
}

/// A merged sweep.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) plan: Plan,
    pub(super) manifest: Manifest,
    /// Names of the figures.
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Rows beyond those that are shown.
    pub(super) more: usize,
    /// The file that holds all rows.
    pub(super) table: PathBuf,
}

/// Figures that compare a buyer's choices under two rules: runs.parquet tells them for the baseline alone.
fn of_pairs() -> impl Iterator<Item = &'static str> {
    let churn = Churn::default().figures().map(|(name, _)| name);
    ["better_off_share", "worse_off_share"].into_iter().chain(churn)
}

impl Recorded {
    pub(super) fn read(path: &Path) -> Result<Self, AnalysisError> {
        let plan: Plan = json(&plan_of(path))?;
        let file = path.join("manifest.json");
        if !file.is_file() {
            return Err(AnalysisError::NotMerged { path: path.into() });
        }
        let manifest = json(&file)?;
        let names: Vec<String> = figures(&plan.classes).into_iter().map(|column| column.name).collect();
        let table = path.join("summary.parquet");
        intact(path, std::slice::from_ref(&table))?;
        let (frame, rows) = parquet(&table, SHOWN)?;
        let malformed = |error: PolarsError| not_a_table(&table, &error);
        let more = rows - frame.height();
        let rows = read_rows(&frame, &plan, &names).map_err(malformed)?;
        Ok(Self { plan, manifest, names, rows, more, table })
    }

    /// Takes differences to another rule, replicate by replicate.
    pub(super) fn rebase(&mut self, path: &Path, label: &str) -> Result<(), AnalysisError> {
        if self.rows.iter().all(|row| row.baseline == label) {
            return Ok(());
        }
        let mut labels: Vec<String> = Vec::new();
        for row in &self.rows {
            if !labels.contains(&row.rule) {
                labels.push(row.rule.clone());
            }
        }
        if !labels.iter().any(|known| known == label) {
            return Err(AnalysisError::UnknownBaseline {
                found: label.chars().take(80).collect(),
                run: self.plan.name.clone(),
                nearest: nearest(label, labels.iter().map(String::as_str)).map(Into::into),
                labels,
            });
        }
        let file = path.join("runs.parquet");
        let (frame, _) = parquet(&file, self.rows.len() * self.plan.replicates as usize)?;
        let malformed = |error: PolarsError| not_a_table(&file, &error);
        for account in ["profit", "consumer_surplus"] {
            let runs = by_replicate(&frame, account).map_err(malformed)?;
            self.set(&format!("{account}_difference"), |cell, rule| {
                let (own, baseline) = (runs.get(&(cell, rule))?, runs.get(&(cell, label))?);
                let both = own.iter().filter_map(|(replicate, x)| Some(x - baseline.get(replicate)?));
                over(&both.collect::<Vec<_>>())
            });
        }
        for name in of_pairs() {
            self.set(name, |_, _| None);
        }
        for row in &mut self.rows {
            row.baseline = label.into();
        }
        Ok(())
    }

    /// Sets a figure by cell and rule; its difference to the baseline cell is then not known.
    fn set(&mut self, name: &str, figure: impl Fn(&str, &str) -> Option<Figure>) {
        let Some(at) = self.names.iter().position(|own| own == name) else { return };
        for row in &mut self.rows {
            row.figures[at] = figure(&self.plan.cells[row.cell].cell, &row.rule);
            row.from_baseline_cell[at] = None;
        }
    }
}

/// A figure of every run, by cell and rule, then by replicate.
type Runs<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<u32, f64>>;

fn by_replicate<'a>(frame: &'a DataFrame, name: &str) -> Result<Runs<'a>, PolarsError> {
    let (cells, rules) = (frame.column("cell")?.str()?, frame.column("rule")?.str()?);
    let (replicates, values) = (frame.column("replicate")?.u32()?, frame.column(name)?.f64()?);
    let mut runs = Runs::new();
    for row in 0..frame.height() {
        let (Some(cell), Some(rule)) = (cells.get(row), rules.get(row)) else { continue };
        if let (Some(replicate), Some(value)) = (replicates.get(row), values.get(row)) {
            runs.entry((cell, rule)).or_default().insert(replicate, value);
        }
    }
    Ok(runs)
}

/// Mean and standard error of a number per replicate.
fn over(values: &[f64]) -> Option<Figure> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let se = (values.len() >= 2).then(|| (squares / (count - 1.0) / count).sqrt());
    (!values.is_empty()).then_some(Figure { mean, se })
}

fn read_rows(frame: &DataFrame, plan: &Plan, names: &[String]) -> Result<Vec<Row>, PolarsError> {
    let positions: BTreeMap<&str, usize> =
        plan.cells.iter().enumerate().map(|(at, cell)| (cell.cell.as_str(), at)).collect();
    let text = |name: &str| -> Result<Vec<Option<String>>, PolarsError> {
        Ok(frame.column(name)?.str()?.iter().map(|text| text.map(String::from)).collect())
    };
    let floats = |name: &str| -> Result<Vec<Option<f64>>, PolarsError> {
        Ok(frame.column(name)?.f64()?.iter().collect())
    };
    let estimates = |ending: &str| {
        let names = names.iter().map(|name| format!("{name}{ending}"));
        names
            .map(|name| Ok((floats(&name)?, floats(&format!("{name}_se"))?)))
            .collect::<Result<Vec<_>, PolarsError>>()
    };
    let (cells, rules, kinds) = (text("cell")?, text("rule")?, text("kind")?);
    let (baselines, figures, differences) =
        (text("baseline")?, estimates("")?, estimates("_from_baseline_cell")?);
    let at = |columns: &[Estimates], row: usize| {
        columns.iter().map(|(mean, se)| mean[row].map(|mean| Figure { mean, se: se[row] })).collect()
    };
    let row = |row: usize| {
        // Cells that the plan has lost since are told apart by nothing but their hash.
        let cell = *positions.get(cells[row].as_deref()?)?;
        Some(Row {
            cell,
            rule: rules[row].clone()?,
            kind: kinds[row].clone(),
            baseline: baselines[row].clone()?,
            figures: at(&figures, row),
            from_baseline_cell: at(&differences, row),
        })
    };
    Ok((0..frame.height()).filter_map(row).collect())
}

/// Means and standard errors by row.
type Estimates = (Vec<Option<f64>>, Vec<Option<f64>>);

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, AnalysisError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| AnalysisError::Unreadable { path: path.into(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| AnalysisError::NotASweep { path: path.into(), message: error.to_string() })
}

/// The first rows of a table, and how many it has.
fn parquet(path: &Path, rows: usize) -> Result<(DataFrame, usize), AnalysisError> {
    let file = File::open(path).map_err(|source| AnalysisError::Unreadable { path: path.into(), source })?;
    let malformed = |error: PolarsError| not_a_table(path, &error);
    let mut reader = ParquetReader::new(file);
    let all = reader.num_rows().map_err(malformed)?;
    Ok((reader.with_slice(Some((0, rows.min(all)))).finish().map_err(malformed)?, all))
}

fn not_a_table(path: &Path, error: &PolarsError) -> AnalysisError {
    AnalysisError::NotASweep { path: path.into(), message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 2, 6: mean 3, variance 7, standard error √(7/3).
    #[test]
    fn errors_over_replicates_are_those_of_their_spread() {
        let found = over(&[1.0, 2.0, 6.0]).unwrap();
        assert!(
            (found.mean - 3.0).abs() < 1e-15 && (found.se.unwrap() - (7.0_f64 / 3.0).sqrt()).abs() < 1e-15
        );
        assert_eq!(over(&[5.0]), Some(Figure { mean: 5.0, se: None }));
        assert_eq!(over(&[]), None);
    }
}
