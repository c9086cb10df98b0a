//! The tables of results by name, lazily.

use model::column;
use polars::prelude::{LazyFrame, UnionArgs, concat, lit};

use crate::AnalysisError;
use crate::recorded::{Place, Run, Sweep, parquet};

const OF_RUN: [&str; 6] = ["buyers", "choices", "menus", "menu_tasks", "belief", "summary"];
const OF_SWEEP: [&str; 3] = ["cells", "runs", "summary"];

/// The names of the tables there.
pub(super) fn names(place: &Place) -> &'static [&'static str] {
    match place {
        Place::Run(_) => &OF_RUN,
        Place::Sweep(_) => &OF_SWEEP,
    }
}

/// A table by its name.
///
/// # Errors
/// It was not recorded, or its files are damaged.
pub(super) fn table(place: &Place, name: &str) -> Result<LazyFrame, AnalysisError> {
    match place {
        Place::Run(run) => of_run(run, name),
        Place::Sweep(sweep) => of_sweep(sweep, name),
    }
}

fn of_sweep(sweep: &Sweep, name: &str) -> Result<LazyFrame, AnalysisError> {
    let file = sweep.table(&format!("{name}.parquet"))?;
    parquet::schema(&file)?;
    parquet::scan(&[file], None)
}

fn of_run(run: &Run, name: &str) -> Result<LazyFrame, AnalysisError> {
    match name {
        "buyers" => buyers(run),
        "choices" => choices(run),
        "menus" => menus(run, false),
        "menu_tasks" => menus(run, true),
        _ => {
            let file = run.table(format!("{name}.parquet"))?;
            let columns = if name == "belief" { column::belief() } else { column::summary(run.classes()) };
            parquet::check(&file, &columns)?;
            parquet::scan(&[file], None)
        }
    }
}

fn buyers(run: &Run) -> Result<LazyFrame, AnalysisError> {
    let files = run.files("buyers")?;
    for file in &files {
        parquet::check(file, &column::buyers(false))?;
    }
    parquet::scan(&files, None)
}

fn choices(run: &Run) -> Result<LazyFrame, AnalysisError> {
    let folder = run.folder.join("choices");
    let mut files = Vec::new();
    for label in run.labels() {
        files.extend(run.files(&format!("choices/rule={label}"))?);
    }
    for file in &files {
        parquet::check(file, &column::choices(run.classes()))?;
    }
    parquet::scan(&files, Some((&folder, "rule")))
}

/// The menus of all rules, or their tasks.
fn menus(run: &Run, tasks: bool) -> Result<LazyFrame, AnalysisError> {
    let columns = if tasks { column::menu_tasks() } else { column::menus(run.classes()) };
    let mut plans = Vec::new();
    for label in run.labels() {
        let file = run.table(format!("menus/{label}{}.parquet", if tasks { ".tasks" } else { "" }))?;
        if tasks && !file.is_file() {
            continue;
        }
        parquet::check(&file, &columns)?;
        plans.push(parquet::scan(&[file], None)?.with_column(lit(label).alias("rule")));
    }
    if plans.is_empty() {
        let help = "no rule of this run fixes items task by task".into();
        return Err(AnalysisError::NotRecorded { path: run.folder.join("menus"), help });
    }
    concat(plans, UnionArgs::default()).map_err(parquet::broken(&run.folder.join("menus")))
}
