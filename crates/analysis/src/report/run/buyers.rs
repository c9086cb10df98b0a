//! The buyers: who gains and loses, how they are spread, and what the tail does to the estimates.

use crate::chart::{Axis, Chart, Mark, Scale, Series};
use crate::incidence::Incidence;
use crate::number::{grouped, interval, percent};
use crate::recorded::Run;
use crate::report::Section;
use crate::{Rounded, Table, incidence};
use model::summary::Estimate;

use super::belief::Belief;
use super::provenance::Setting;
use super::survey::{Histogram, Survey};
use super::{POINTS, thinned};

const NOT_RECORDED: &str =
    "This run recorded no buyers (run.record), so that only what its summary and belief hold is shown.";

fn deciles() -> Axis {
    Axis::categories("decile of the index θ", (1..=10).map(|decile| decile.to_string()))
}

/// A figure of a group.
type Quantity = fn(&incidence::Figures) -> Estimate;

/// Who gains and loses by decile: paired gains where choices were recorded, else the surplus of the summary.
pub(super) fn incidence_section(run: &Run, by_decile: Option<&Incidence>) -> Section {
    let mut section = Section { title: "Who gains and who loses".into(), ..Section::default() };
    let Some(incidence) = by_decile else {
        section.lead = NOT_RECORDED.into();
        section.charts = vec![surplus_by_decile(run)];
        return section;
    };
    section.lead = format!(
        "Utility under a rule minus that under {}, of the same {} recorded buyers, by decile of the index.",
        incidence.baseline,
        grouped(incidence.users)
    );
    let quantile = interval(incidence.standard_errors);
    let series = |of: Quantity, baseline: bool| -> Vec<Series> {
        run.labels()
            .iter()
            .enumerate()
            .filter(|(_, label)| baseline || **label != incidence.baseline)
            .map(|(colour, label)| {
                let figures: Vec<(f64, Estimate)> = incidence
                    .groups
                    .iter()
                    .enumerate()
                    .filter_map(|(place, group)| {
                        Some((place as f64, of(group.rules.iter().find(|own| own.rule == **label)?)))
                    })
                    .collect();
                Series::new(label, colour, Mark::Line, figures.iter().map(|(place, own)| (*place, own.mean)))
                    .with_errors(figures.iter().map(|(_, own)| own.se), quantile)
            })
            .collect()
    };
    let chart = |id: &str, title: &str, y: &str, series: Vec<Series>| Chart {
        id: id.into(),
        title: title.into(),
        caption: "Whiskers: 95 % intervals.".into(),
        x: deciles(),
        y: Axis::numbers(y),
        series,
        ..Chart::default()
    };
    section.charts = vec![
        chart(
            "gain-by-decile",
            "Gain or loss by decile",
            "utility minus baseline ($)",
            series(|own| own.gain, false),
        ),
        chart("payment-by-decile", "Who pays", "payment ($)", series(|own| own.payment, true)),
    ];
    section
}

fn surplus_by_decile(run: &Run) -> Chart {
    let labels = run.labels();
    let series = labels.iter().enumerate().map(|(colour, label)| {
        let found: Vec<(f64, Estimate)> = run
            .summary
            .by_decile
            .iter()
            .filter_map(|decile| {
                let own = decile.rules.iter().find(|own| own.rule == **label)?;
                Some((f64::from(decile.decile - 1), own.consumer_surplus))
            })
            .collect();
        Series::new(label, colour, Mark::Line, found.iter().map(|(place, own)| (*place, own.mean)))
            .with_errors(found.iter().map(|(_, own)| own.se), interval(run.summary.standard_errors))
    });
    Chart {
        id: "surplus-by-decile".into(),
        title: "Consumer surplus by decile".into(),
        caption: "Levels, not paired differences: run with --record all for those. Whiskers: 95 % intervals."
            .into(),
        x: deciles(),
        y: Axis::numbers("utility ($)"),
        series: series.collect(),
        ..Chart::default()
    }
}

/// How θ, spend and payments are spread.
pub(super) fn distributions_section(belief: &Belief, survey: Option<&Survey>) -> Section {
    let mut section = Section { title: "Distributions".into(), ..Section::default() };
    let believed = histogram_of(belief, survey);
    let mut index = vec![Series::new("belief", 6, Mark::Line, believed)];
    match survey {
        None => section.lead = NOT_RECORDED.into(),
        Some(survey) => {
            section.lead =
                "Shares of buyers per bin; a rule's spend and payments are those of the buyers it serves."
                    .into();
            index.insert(0, Series::new("recorded buyers", 0, Mark::Step, survey.index.shares(survey.users)));
        }
    }
    section.charts.push(Chart {
        id: "index-distribution".into(),
        title: "Index θ".into(),
        caption: "Up to the 99.5 % quantile of the belief.".into(),
        x: Axis::numbers("index θ ($)"),
        y: Axis::numbers("share of buyers per bin"),
        series: index,
        ..Chart::default()
    });
    if let Some(survey) = survey {
        let of = |histogram: fn(&super::survey::OfRule) -> &Histogram| -> Vec<Series> {
            let rules = survey.rules.iter().enumerate().filter(|(_, own)| own.served > 0);
            rules
                .map(|(colour, own)| {
                    Series::new(&own.label, colour, Mark::Step, histogram(own).shares(own.served))
                })
                .collect()
        };
        let chart = |id: &str, title: &str, series: Vec<Series>| {
            Chart {
            id: id.into(),
            title: title.into(),
            caption: "Bins end at each rule's own 99.5 % quantile; menus of few items put many buyers into one bin.".into(),
            x: Axis::numbers(&format!("{} ($)", title.to_lowercase())),
            y: Axis::numbers("share of its buyers per bin"),
            series,
            ..Chart::default()
        }
        };
        section.charts.push(chart("spend-distribution", "Spend", of(|own| &own.spend)));
        section.charts.push(chart("payment-distribution", "Payment", of(|own| &own.payment)));
    }
    section
}

/// The belief in the bins of the buyers.
fn histogram_of(belief: &Belief, survey: Option<&Survey>) -> Vec<(f64, f64)> {
    let high = survey.map_or_else(|| belief.quantile(0.995), |survey| survey.index.high);
    let bins = super::survey::BINS;
    let width = if high > 0.0 { high / bins as f64 } else { 1.0 };
    let mut shares = vec![0.0; bins];
    for (index, mass) in belief.index.iter().zip(&belief.mass) {
        let bin = (index / width).floor().max(0.0) as usize;
        if bin < bins {
            shares[bin] += mass;
        }
    }
    shares.into_iter().enumerate().map(|(bin, share)| ((bin as f64 + 0.5) * width, share)).collect()
}

/// Whether means and their standard errors can be trusted.
pub(super) fn tail_section(setting: &Setting, belief: &Belief, survey: Option<&Survey>) -> Section {
    let exponent = setting.profit_exponent();
    let mut section = Section {
        title: "The tail".into(),
        lead: format!(
            "Profit grows like θ to the power {}: means exist if the tail index of θ is above that, standard errors if it is \
             above twice that.",
            Rounded::new(Estimate { mean: exponent, se: 0.0 }).mean
        ),
        charts: vec![survival(belief, survey)],
        ..Section::default()
    };
    if let Some(survey) = survey {
        section.charts.push(hill(survey, exponent));
        section.tables.push(concentration(survey));
    }
    section
}

fn survival(belief: &Belief, survey: Option<&Survey>) -> Chart {
    let above = belief.survival();
    let shown: Vec<usize> =
        (0..above.len()).filter(|at| belief.index[*at] > 0.0 && above[*at] > 1e-12).collect();
    let kept = thinned(shown.len(), POINTS).into_iter().map(|at| shown[at]);
    let mut series = vec![Series::new("belief", 6, Mark::Line, kept.map(|at| (belief.index[at], above[at])))];
    if let Some(survey) = survey {
        let kept = log_spaced(survey.top.len());
        let point = |rank: usize| (survey.top[rank - 1], rank as f64 / survey.users as f64);
        series.push(Series::new(
            "recorded buyers",
            0,
            Mark::Points,
            kept.into_iter().map(point).filter(|(x, _)| *x > 0.0),
        ));
    }
    Chart {
        id: "tail-of-index".into(),
        title: "Upper tail of the index".into(),
        caption: "On these axes a power law is a straight line, and its slope is minus the tail index."
            .into(),
        x: Axis::log("index θ ($)"),
        y: Axis { scale: Scale::Log, ..Axis::numbers("share of buyers at or above") },
        series,
        ..Chart::default()
    }
}

/// Ranks from 1 to `count`, evenly spaced in logarithms.
fn log_spaced(count: usize) -> Vec<usize> {
    let steps = 60;
    let mut ranks: Vec<usize> = (0..=steps)
        .map(|step| libm::pow(count.max(1) as f64, f64::from(step) / f64::from(steps)).round() as usize)
        .collect();
    ranks.dedup();
    ranks.retain(|rank| (1..=count).contains(rank));
    ranks
}

/// Hill's estimates of the tail index from the k largest indices.
///
/// ```text
/// 1/a = Σ_{i<=k} (ln θ_(i) - ln θ_(k+1)) / k,   se = a/√k
/// ```
///
/// # References
/// B. Hill, "A Simple General Approach to Inference About the Tail of a Distribution", Annals of Statistics 3 (1975).
fn hill(survey: &Survey, exponent: f64) -> Chart {
    let logs: Vec<f64> =
        survey.top.iter().take_while(|index| **index > 0.0).map(|index| libm::log(*index)).collect();
    let mut sums = vec![0.0];
    for log in &logs {
        sums.push(sums[sums.len() - 1] + log);
    }
    let estimate = |k: usize| k as f64 / (sums[k] - k as f64 * logs[k]);
    let ranks: Vec<usize> = log_spaced(logs.len().saturating_sub(1))
        .into_iter()
        .filter(|k| *k >= 10 && estimate(*k).is_finite())
        .collect();
    let points: Vec<(f64, f64)> = ranks.iter().map(|k| (*k as f64, estimate(*k))).collect();
    let errors: Vec<f64> = points.iter().map(|(k, a)| a / k.sqrt()).collect();
    let ends: Vec<f64> = [ranks.first(), ranks.last()].into_iter().flatten().map(|k| *k as f64).collect();
    let level = |name: &str, colour, level: f64| {
        Series::new(name, colour, Mark::Line, ends.iter().map(|k| (*k, level)))
    };
    let mut series =
        vec![Series::new("tail index", 0, Mark::Line, points).with_errors(errors, 1.96).banded()];
    if exponent.is_finite() {
        series.push(level("needed for means", 1, exponent));
        series.push(level("needed for standard errors", 4, 2.0 * exponent));
    }
    Chart {
        id: "tail-index".into(),
        title: "Tail index by Hill's estimator".into(),
        caption: "From the k largest recorded indices, with 95 % bands; a plateau is the tail index, a steady rise to the left \
                  a tail lighter than any power."
            .into(),
        x: Axis::log("k"),
        y: Axis::numbers("tail index"),
        series,
        ..Chart::default()
    }
}

fn concentration(survey: &Survey) -> Table {
    let number = |x: f64| Rounded::new(Estimate { mean: x, se: 0.0 }).mean;
    let row = |own: &super::survey::OfRule| {
        vec![
            own.label.clone(),
            grouped(own.profit.effective_count().round() as u64),
            if own.top_share.is_finite() && own.profit.mean.abs() > 1e-12 {
                percent(own.top_share)
            } else {
                "n/a".into()
            },
            number(own.profit.estimate().mean),
        ]
    };
    Table {
        title: "On how few buyers profit rests".into(),
        headers: ["rule", "effective buyers", "profit from the top 1 % by θ (%)", "mean profit ($)"]
            .map(String::from)
            .into(),
        rows: survey.rules.iter().map(row).collect(),
        notes: vec![format!(
            "Of {} recorded buyers. Effective buyers: (Σ profit)² / Σ profit², as many equal buyers would give such a sum. The top \
             1 % lie above the 99 % quantile of the belief.",
            grouped(survey.users)
        )],
        ..Table::default()
    }
}
