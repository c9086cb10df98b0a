//! Figures of a rule over the replicates of a cell.

use model::summary::{Estimate, Summary};

use crate::outcome::Moments;

/// One figure of one rule in one replicate; `None` where the run failed or has no such rule or token class.
fn figure(summary: Option<&Summary>, rule: &str, name: &str) -> Option<Estimate> {
    summary?.rules.iter().find(|own| own.rule == rule).and_then(|own| own.estimate(name))
}

/// A mean over replicates, with its standard error where that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OverReplicates {
    /// Mean.
    pub(super) mean: f64,
    /// Standard error.
    pub(super) se: Option<f64>,
}

/// A rule in a cell over its replicates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RuleFigures {
    /// Label.
    pub(super) rule: String,
    /// Name of the pricing rule, if any run is complete.
    pub(super) kind: Option<String>,
    /// Rule that differences are relative to.
    pub(super) baseline: String,
    /// Figures in the order of [`model::column::figures`].
    pub(super) figures: Vec<Option<OverReplicates>>,
    /// The same figures minus those of the same rule in the baseline cell.
    pub(super) from_baseline_cell: Vec<Option<OverReplicates>>,
}

/// All figures of one rule.
///
/// ```text
/// mean = Σ_r x_r / R,   se = sd(x_r) / √R   for R >= 2 replicates; one replicate has the error of its own buyers
/// difference to the baseline cell: the same of x_r - b_r, unknown error for R = 1
/// ```
/// Replicate r of all cells has the same buyers, so that x_r - b_r is a paired difference.
pub(super) fn of_cell(
    rule: &str,
    baseline: &str,
    names: &[String],
    runs: &[Option<Summary>],
    baseline_runs: &[Option<Summary>],
) -> RuleFigures {
    let values = |name: &String| -> Vec<(Option<Estimate>, Option<Estimate>)> {
        let of = |run: &Option<Summary>| figure(run.as_ref(), rule, name);
        runs.iter().zip(baseline_runs).map(|(run, baseline)| (of(run), of(baseline))).collect()
    };
    let mean = |name: &String| {
        let known: Vec<Estimate> = values(name).into_iter().filter_map(|(own, _)| own).collect();
        match known.as_slice() {
            [one] => Some(OverReplicates { mean: one.mean, se: Some(one.se) }),
            many => over(&many.iter().map(|estimate| estimate.mean).collect::<Vec<_>>()),
        }
    };
    let difference = |name: &String| {
        let both = |(own, baseline): (Option<Estimate>, Option<Estimate>)| Some(own?.mean - baseline?.mean);
        over(&values(name).into_iter().filter_map(both).collect::<Vec<_>>())
    };
    let complete = runs.iter().flatten().flat_map(|run| &run.rules).find(|own| own.rule == rule);
    RuleFigures {
        rule: rule.into(),
        kind: complete.map(|rule| rule.kind.clone()),
        baseline: baseline.into(),
        figures: names.iter().map(mean).collect(),
        from_baseline_cell: names.iter().map(difference).collect(),
    }
}

fn over(values: &[f64]) -> Option<OverReplicates> {
    let moments = Moments::of(values);
    let se = (values.len() >= 2).then(|| moments.estimate().se);
    (!values.is_empty()).then_some(OverReplicates { mean: moments.mean, se })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 2, 6: mean 3, variance 7, standard error √(7/3).
    #[test]
    fn errors_over_replicates_are_those_of_their_spread() {
        let found = over(&[1.0, 2.0, 6.0]).unwrap();
        assert!((found.mean - 3.0).abs() < 1e-15);
        assert!((found.se.unwrap() - (7.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(over(&[5.0]), Some(OverReplicates { mean: 5.0, se: None }));
        assert_eq!(over(&[]), None);
    }
}
