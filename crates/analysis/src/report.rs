//! A report of a run or a sweep: one page that needs no network, and its figures for papers.

mod page;
mod run;
mod sweep;

use std::fs;
use std::path::{Path, PathBuf};

use crate::chart::{Chart, svg};
use crate::recorded::Place;
use crate::{AnalysisError, Table};

/// What a page holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    /// Its heading.
    pub(crate) title: String,
    /// One sentence below it.
    pub(crate) lead: String,
    /// Headline numbers: name, number, remark.
    pub(crate) numbers: Vec<[String; 3]>,
    /// What the reader must know before citing numbers.
    pub(crate) warnings: Vec<String>,
    /// Its parts.
    pub(crate) sections: Vec<Section>,
}

/// A part of a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) charts: Vec<Chart>,
    pub(crate) tables: Vec<Table>,
    /// Text kept as it is: what it is, and the text.
    pub(crate) listings: Vec<(String, String)>,
}

/// A report, not yet written.
#[derive(Debug, Clone)]
pub struct Report {
    /// The folder of the results.
    pub folder: PathBuf,
    /// `report.html`.
    pub html: String,
    /// Names and contents of `figures/NAME.svg`: the same bytes for the same results.
    pub figures: Vec<(String, String)>,
}

impl Report {
    /// Reads what was recorded at `path`, a run or a sweep, and lays the report out.
    ///
    /// A report of a run shows what its files hold: without recorded buyers there are no distributions and no paired
    /// gains by decile, and it says so.
    ///
    /// # Errors
    /// Nothing complete stands there, or files are damaged.
    pub fn of(path: &Path) -> Result<Self, AnalysisError> {
        let place = Place::of(path)?;
        let mut page = match &place {
            Place::Run(run) => run::page(run)?,
            Place::Sweep(sweep) => sweep::page(sweep)?,
        };
        for section in &mut page.sections {
            section.charts.retain(|chart| !chart.is_empty());
        }
        let charts = page.sections.iter().flat_map(|section| &section.charts);
        let figures: Vec<(String, String)> = charts.map(|chart| (chart.id.clone(), svg(chart))).collect();
        let html = page::html(&page, &figures);
        Ok(Self { folder: place.folder().to_path_buf(), html, figures })
    }

    /// Writes `report.html` and `figures/*.svg` into the folder of the results; the paths of what was written.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self) -> Result<Vec<PathBuf>, AnalysisError> {
        let figures = self.folder.join("figures");
        let refused = |path: &Path| {
            let path = path.to_path_buf();
            move |source| AnalysisError::Unwritable { path, source }
        };
        fs::create_dir_all(&figures).map_err(refused(&figures))?;
        let named = |(name, text): &(String, String)| (figures.join(format!("{name}.svg")), text.clone());
        let files =
            self.figures.iter().map(named).chain([(self.folder.join("report.html"), self.html.clone())]);
        let mut written = Vec::new();
        for (path, text) in files {
            fs::write(&path, text).map_err(refused(&path))?;
            written.push(path);
        }
        Ok(written)
    }
}
