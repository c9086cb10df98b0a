//! What the seller believes: virtual values, where they are ironed, and who is excluded.

use crate::AnalysisError;
use crate::chart::{Axis, Chart, Mark, Series, Shade};
use crate::number::percent;
use crate::recorded::Run;
use crate::report::Section;

use super::{POINTS, columns, thinned};

/// A virtual value is ironed where the two differ by more than this share of the index.
const IRONED: f64 = 1e-9;

/// The belief, point by point.
#[derive(Debug)]
pub(super) struct Belief {
    pub(super) index: Vec<f64>,
    pub(super) mass: Vec<f64>,
    raw: Vec<f64>,
    ironed: Vec<f64>,
}

impl Belief {
    pub(super) fn of(run: &Run) -> Result<Self, AnalysisError> {
        let names = ["index", "mass", "virtual_value", "ironed_virtual_value"];
        let [index, mass, raw, ironed] =
            <[Vec<f64>; 4]>::try_from(columns(run, "belief.parquet", &names)?).expect("four were asked for");
        Ok(Self { index, mass, raw, ironed })
    }

    /// The smallest point with at least this much mass at or below it.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let mut below = 0.0;
        let reached = self.mass.iter().position(|mass| {
            below += mass;
            below >= share
        });
        reached.map_or_else(|| self.index.last().copied().unwrap_or(0.0), |at| self.index[at])
    }

    /// P(θ >= point) of every point.
    pub(super) fn survival(&self) -> Vec<f64> {
        let mut above = 0.0;
        let mut survival: Vec<f64> = self
            .mass
            .iter()
            .rev()
            .map(|mass| {
                above += mass;
                above
            })
            .collect();
        survival.reverse();
        survival
    }

    fn is_ironed(&self, at: usize) -> bool {
        (self.raw[at] - self.ironed[at]).abs() > IRONED * self.index[at].abs()
    }

    /// The share of buyers whose ironed virtual value is not positive, and the largest such index.
    fn excluded(&self) -> (f64, Option<f64>) {
        let mut out = (0..self.index.len()).filter(|at| self.ironed[*at] <= 0.0);
        (out.clone().map(|at| self.mass[at]).sum(), out.next_back().map(|at| self.index[at]))
    }
}

pub(super) fn section(run: &Run, belief: &Belief) -> Section {
    let top = belief.quantile(0.999);
    let shown: Vec<usize> = (0..belief.index.len()).filter(|at| belief.index[*at] <= top).collect();
    let kept: Vec<usize> = thinned(shown.len(), POINTS).into_iter().map(|at| shown[at]).collect();
    let points =
        |of: &dyn Fn(usize) -> f64| kept.iter().map(|at| (belief.index[*at], of(*at))).collect::<Vec<_>>();
    let ironed_share: f64 =
        (0..belief.index.len()).filter(|at| belief.is_ironed(*at)).map(|at| belief.mass[at]).sum();
    let mut series = vec![
        Series::new("virtual value φ", 0, Mark::Line, points(&|at| belief.raw[at])),
        Series::new("after ironing", 1, Mark::Line, points(&|at| belief.ironed[at])),
        Series::new("index θ", 6, Mark::Line, points(&|at| belief.index[at])),
    ];
    if ironed_share > 0.0 {
        let part = |at| if belief.is_ironed(at) { belief.ironed[at] } else { f64::NAN };
        series.push(Series::new("ironed part", 4, Mark::Points, points(&part)));
    }
    let (excluded, edge) = belief.excluded();
    let shades = edge.map(|edge| Shade {
        from: belief.index[0].min(0.0),
        to: edge.min(top),
        label: "excluded".into(),
    });
    let chart = Chart {
        id: "virtual-value".into(),
        title: "Virtual value".into(),
        caption: format!(
            "Packages serve whoever has a positive virtual value: {} % of buyers are excluded (shaded), {} % stand in ironed \
             parts. Drawn up to the 99.9 % quantile of θ.",
            percent(excluded),
            percent(ironed_share)
        ),
        x: Axis::numbers("index θ ($)"),
        y: Axis::numbers("virtual value ($)"),
        series,
        shades: shades.into_iter().collect(),
        ..Chart::default()
    };
    Section {
        title: "Virtual value".into(),
        lead: format!(
            "What a type is worth to the seller once the rents of larger types are counted, on the belief of {}.",
            run.summary.run
        ),
        charts: vec![chart],
        ..Section::default()
    }
}
