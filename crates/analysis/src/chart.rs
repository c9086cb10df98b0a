//! A chart, defined once: drawn by a script in a page, as a figure for papers, and as a table.

mod script;
mod svg;

pub(crate) use script::json;
pub(crate) use svg::svg;

use crate::Table;
use crate::number::digits;

/// One chart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chart {
    /// Name of its file and of its place in the page: a-z, 0-9 and hyphens.
    pub(crate) id: String,
    /// What it shows.
    pub(crate) title: String,
    /// How to read it, and what was left out.
    pub(crate) caption: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
    /// Ranges of x that are shaded, with what they mean.
    pub(crate) shades: Vec<Shade>,
    /// Instead of series: a value for every pair of categories.
    pub(crate) heat: Option<Heat>,
}

/// One axis.
#[derive(Debug, Clone, Default)]
pub(crate) struct Axis {
    /// Name with unit.
    pub(crate) title: String,
    pub(crate) scale: Scale,
    /// Names of the places 0, 1, 2, ...; empty where the axis holds numbers.
    pub(crate) categories: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scale {
    #[default]
    Linear,
    Log,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Points joined by lines; a NaN interrupts the line.
    Line,
    /// As a line, with a step to the right of every point.
    Step,
    /// Points alone.
    Points,
    /// Bars from zero, side by side where series share places.
    Bars,
}

/// One series.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Position in the palette.
    pub(crate) colour: usize,
    pub(crate) mark: Mark,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    /// Half widths of 95 % intervals; empty where there are none.
    pub(crate) error: Vec<f64>,
    /// Whether intervals are a band rather than bars.
    pub(crate) band: bool,
}

/// A shaded range of x.
#[derive(Debug, Clone)]
pub(crate) struct Shade {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) label: String,
}

/// A value for every pair of categories of x and y.
#[derive(Debug, Clone)]
pub(crate) struct Heat {
    /// What the colours mean, with unit.
    pub(crate) title: String,
    /// By row of y, then x; `None`: nothing is known.
    pub(crate) values: Vec<Vec<Option<f64>>>,
}

/// Okabe and Ito's colours, told apart with any colour vision; the last stands for the colour of text.
///
/// # References
/// M. Okabe, K. Ito, Color Universal Design (2008).
pub(crate) const PALETTE: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];

/// Colour and, once all colours are used, dashes.
pub(crate) fn look(position: usize) -> (&'static str, bool) {
    (PALETTE[position % PALETTE.len()], (position / PALETTE.len()) % 2 == 1)
}

impl Series {
    pub(crate) fn new(
        name: &str,
        colour: usize,
        mark: Mark,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let (x, y) = points.into_iter().unzip();
        Self { name: name.into(), colour, mark, x, y, error: Vec::new(), band: false }
    }

    /// The same with half widths of 95 % intervals from standard errors.
    #[must_use]
    pub(crate) fn with_errors(mut self, errors: impl IntoIterator<Item = f64>, quantile: f64) -> Self {
        self.error = errors.into_iter().map(|se| quantile * se).collect();
        self
    }

    /// The same with its intervals as a band.
    #[must_use]
    pub(crate) fn banded(mut self) -> Self {
        self.band = true;
        self
    }
}

impl Axis {
    pub(crate) fn numbers(title: &str) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    pub(crate) fn log(title: &str) -> Self {
        Self { title: title.into(), scale: Scale::Log, ..Self::default() }
    }

    pub(crate) fn categories(title: &str, names: impl IntoIterator<Item = String>) -> Self {
        Self { title: title.into(), categories: names.into_iter().collect(), ..Self::default() }
    }

    /// A place on the axis, in words.
    fn place(&self, x: f64) -> String {
        if self.categories.is_empty() {
            digits(x)
        } else {
            self.categories.get(x as usize).cloned().unwrap_or_default()
        }
    }
}

impl Chart {
    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.heat.is_none() && self.series.iter().all(|series| series.x.is_empty())
    }

    /// The numbers behind the drawing, every digit.
    pub(crate) fn table(&self) -> Table {
        if let Some(heat) = &self.heat {
            let mut headers = vec![format!("{} \\ {}", self.y.title, self.x.title)];
            headers.extend(self.x.categories.iter().cloned());
            let row = |(name, values): (&String, &Vec<Option<f64>>)| {
                let cells = values.iter().map(|value| value.map_or_else(String::new, digits));
                std::iter::once(name.clone()).chain(cells).collect()
            };
            let rows = self.y.categories.iter().zip(&heat.values).map(row).collect();
            return Table { headers, rows, ..Table::default() };
        }
        let rows = self.series.iter().flat_map(|series| {
            series.x.iter().zip(&series.y).enumerate().filter(|(_, (_, y))| y.is_finite()).map(
                |(at, (x, y))| {
                    let error = series.error.get(at).copied().map_or_else(String::new, digits);
                    vec![series.name.clone(), self.x.place(*x), digits(*y), error]
                },
            )
        });
        let headers = ["series", &self.x.title, &self.y.title, "95 % interval ±"].map(String::from).into();
        Table { headers, rows: rows.collect(), ..Table::default() }
    }
}
