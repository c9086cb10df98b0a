//! Which group a buyer belongs to.

use std::collections::BTreeSet;

use model::column;
use model::config::nearest;
use polars::prelude::{DataType, LazyFrame, UniqueKeepStrategy, col};

use super::fold::Folded;
use super::{By, Group};
use crate::AnalysisError;
use crate::recorded::{Part, Parts, Run, parquet};

/// Groups that a number is cut into.
const TENTHS: usize = 10;

/// Most categories of a column.
const MOST_CATEGORIES: usize = 100;

/// Groups of buyers by one column.
#[derive(Debug)]
pub(super) struct Groups {
    /// The column.
    pub(super) column: String,
    /// Where the groups come from, in words.
    pub(super) source: String,
    cut: Cut,
}

#[derive(Debug)]
enum Cut {
    /// Inner edges; a buyer on an edge belongs below.
    Edges(Vec<f64>),
    /// Categories, sorted as text; numbers in their own order.
    Names(Vec<String>),
}

impl Groups {
    pub(super) fn of(run: &Run, parts: &Parts, by: &By) -> Result<Self, AnalysisError> {
        match by {
            By::Decile => Ok(Self {
                column: "index".into(),
                source: "deciles of the index, by edges fixed before the run".into(),
                cut: Cut::Edges(
                    run.summary.by_decile.iter().skip(1).map(|decile| decile.index_low).collect(),
                ),
            }),
            By::Segment if run.summary.by_segment.is_empty() => Err(AnalysisError::UnknownGroups {
                found: "segment".into(),
                allowed:
                    "the population of this run has no segments; decile or a column of buyers is possible"
                        .into(),
                nearest: None,
            }),
            By::Segment => Ok(Self {
                column: "segment".into(),
                source: "segments of the population".into(),
                cut: Cut::Names(run.summary.by_segment.iter().map(|own| own.segment.clone()).collect()),
            }),
            By::Column(name) => Self::of_column(run, parts, name),
        }
    }

    fn of_column(run: &Run, parts: &Parts, name: &str) -> Result<Self, AnalysisError> {
        let columns = column::buyers(false);
        // Without segments the column is there, but empty.
        let segments = !run.summary.by_segment.is_empty();
        let names: Vec<&str> = columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| segments || *name != "segment")
            .collect();
        if !columns.iter().any(|column| column.name == name) {
            let choices = column::choices(run.classes());
            let of_choices = if choices.iter().any(|column| column.name == name) {
                "a column of choices, which differ by rule; "
            } else {
                ""
            };
            return Err(AnalysisError::UnknownGroups {
                found: name.chars().take(80).collect(),
                allowed: format!(
                    "{of_choices}allowed: decile{}, or a column of buyers: {}",
                    if segments { ", segment" } else { "" },
                    names.join(", ")
                ),
                nearest: nearest(name, names.iter().copied().chain(["decile"])).map(Into::into),
            });
        }
        let cut = match name {
            "segment" | "replicate" => categories(run, name)?,
            _ => edges(parts, name)?,
        };
        let source = match &cut {
            Cut::Names(_) => format!("categories of {name}"),
            Cut::Edges(edges) => format!(
                "{} groups of {name} with equally many of the buyers in {}",
                edges.len() + 1,
                parts.buyers_file(0).file_name().unwrap_or_default().to_string_lossy()
            ),
        };
        Ok(Self { column: name.into(), source, cut })
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        match &self.cut {
            Cut::Edges(edges) => edges.len() + 1,
            Cut::Names(names) => names.len(),
        }
    }

    /// The group of every buyer of a part.
    pub(super) fn of_part(&self, part: &Part) -> Result<Vec<u32>, AnalysisError> {
        match &self.cut {
            Cut::Edges(edges) => Ok(part
                .floats(&self.column)?
                .iter()
                .map(|value| edges.partition_point(|edge| edge < value) as u32)
                .collect()),
            Cut::Names(names) => part
                .texts(&self.column)?
                .iter()
                .map(|value| {
                    let name = value.as_deref().unwrap_or_default();
                    let group = names.iter().position(|known| known == name);
                    group
                        .map(|group| group as u32)
                        .ok_or_else(|| part.wrong(&format!("column {} holds \"{name}\"", self.column)))
                })
                .collect(),
        }
    }

    /// The figures of every group under its name.
    pub(super) fn named(&self, folded: &Folded, parts: &Parts) -> Vec<Group> {
        (0..self.len())
            .map(|group| {
                let (name, low, high) = match &self.cut {
                    Cut::Names(names) => (names[group].clone(), None, None),
                    Cut::Edges(edges) => (
                        (group + 1).to_string(),
                        group.checked_sub(1).and_then(|below| edges.get(below)).copied(),
                        edges.get(group).copied(),
                    ),
                };
                Group { name, low, high, users: folded.users[group], rules: folded.figures(group, parts) }
            })
            .collect()
    }
}

/// The values of a column of names, or of small numbers.
fn categories(run: &Run, name: &str) -> Result<Cut, AnalysisError> {
    let folder = run.folder.join("buyers");
    let files = run.files("buyers")?;
    let plan: LazyFrame =
        parquet::scan(&files, None)?.select([col(name)]).unique(None, UniqueKeepStrategy::default());
    let frame = parquet::stream(plan.limit(MOST_CATEGORIES as u32 + 1)).map_err(parquet::broken(&folder))?;
    let found: BTreeSet<Option<String>> = parquet::texts(&frame, name, &folder)?.into_iter().collect();
    let mut names: Vec<String> = found.into_iter().flatten().collect();
    names.sort_by_key(|name| (name.parse::<u64>().ok(), name.clone()));
    let problem = match names.len() {
        0 => "no buyer has one; choose another column".to_string(),
        count if count > MOST_CATEGORIES => {
            format!("it has more than {MOST_CATEGORIES} categories; choose another column")
        }
        _ => return Ok(Cut::Names(names)),
    };
    Err(AnalysisError::UnknownGroups { found: name.into(), allowed: problem, nearest: None })
}

/// Edges between equally many of the buyers of the first part.
fn edges(parts: &Parts, name: &str) -> Result<Cut, AnalysisError> {
    let mut values = parts.read(0, &[name])?.floats(name)?;
    values.retain(|value| !value.is_nan());
    if values.is_empty() {
        let allowed = "no buyer has one; choose another column".into();
        return Err(AnalysisError::UnknownGroups { found: name.into(), allowed, nearest: None });
    }
    values.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> =
        (1..TENTHS).map(|tenth| values[(values.len() * tenth / TENTHS).max(1) - 1]).collect();
    edges.dedup();
    // Nobody would stand above an edge at the largest value.
    edges.retain(|edge| *edge < values[values.len() - 1]);
    Ok(Cut::Edges(edges))
}

impl Part<'_> {
    /// A column of the buyers as text.
    fn texts(&self, name: &str) -> Result<Vec<Option<String>>, AnalysisError> {
        let column = self.buyers.column(name).and_then(|column| column.cast(&DataType::String));
        let column = column.map_err(parquet::broken(self.file()))?;
        let texts = column.str().map_err(parquet::broken(self.file()))?;
        Ok(texts.iter().map(|text| text.map(Into::into)).collect())
    }

    fn wrong(&self, problem: &str) -> AnalysisError {
        AnalysisError::Columns { path: self.file().into(), problem: problem.into() }
    }
}
