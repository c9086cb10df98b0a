//! Who pays and who gains: outcomes of every rule in groups of the recorded buyers.

mod fold;
mod groups;
mod machine;
mod reader;

use std::collections::BTreeMap;
use std::path::Path;

use model::summary::{Estimate, SCHEMA, StandardErrors};
use serde::Serialize;

use crate::recorded::{Parts, Place, Run};
use crate::{AnalysisError, Format, Style};

/// What buyers are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Deciles of the index, by the edges that were fixed before the run.
    Decile,
    /// Segments of the population.
    Segment,
    /// Another column of `buyers`: its categories, or tenths of the buyers where it holds numbers.
    Column(String),
}

impl std::str::FromStr for By {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "decile" => Self::Decile,
            "segment" => Self::Segment,
            column => Self::Column(column.into()),
        })
    }
}

/// Outcomes by group and rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Incidence {
    /// [`SCHEMA`].
    pub(crate) schema: u32,
    /// NAME/RUN_ID.
    pub(crate) run: String,
    /// Recorded buyers.
    pub(crate) users: u64,
    /// Where the standard errors come from.
    pub(crate) standard_errors: StandardErrors,
    /// What buyers are grouped by.
    pub(crate) by: String,
    /// Where the groups come from.
    pub(crate) groups_from: String,
    /// Rule that gains are relative to.
    pub(crate) baseline: String,
    /// The groups, in their order.
    pub(crate) groups: Vec<Group>,
}

/// One group of buyers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Group {
    /// Its name, or its number from 1.
    #[serde(rename = "group")]
    pub(crate) name: String,
    /// Lower edge, where groups are cut by a number; null for the first.
    pub(crate) low: Option<f64>,
    /// Upper edge; null for the last.
    pub(crate) high: Option<f64>,
    /// Recorded buyers in it.
    pub(crate) users: u64,
    /// Outcomes by rule; empty where there are too few buyers for a standard error.
    pub(crate) rules: Vec<Figures>,
}

/// One rule in one group; means per buyer of the group, money in $.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Label of the rule.
    pub(crate) rule: String,
    /// Share of buyers who buy.
    pub(crate) served_share: Estimate,
    /// Payment.
    pub(crate) payment: Estimate,
    /// The seller's cost.
    pub(crate) cost: Estimate,
    /// Payment minus cost.
    pub(crate) profit: Estimate,
    /// Utility.
    pub(crate) consumer_surplus: Estimate,
    /// Utility minus that under the baseline, same buyers.
    pub(crate) gain: Estimate,
    /// Share with more utility than under the baseline.
    pub(crate) better_off_share: Estimate,
    /// Share with less.
    pub(crate) worse_off_share: Estimate,
    /// Mean payment over mean cost; not a number where nobody causes cost.
    pub(crate) markup: Estimate,
    /// Fine-tuning in Mtok.
    pub(crate) fine_tuning: Estimate,
    /// Mtok by class.
    pub(crate) tokens: BTreeMap<String, Estimate>,
}

/// Who pays and who gains under every rule, by group, as text that ends with a line break.
///
/// Everything is estimated from the recorded choices, read part by part, so that any number of buyers fits in memory.
/// Gains are utility minus the utility of the same buyer under the baseline, with the standard error of that difference.
/// A buyer is better or worse off if her two utilities differ by more than a billionth of the larger gross value. Where
/// buyers of a replicate depend on each other, standard errors come from the spread of replicates.
///
/// # Errors
/// Nothing recorded stands at `path`, files are damaged or of different runs, or buyers cannot be grouped so.
pub fn incidence(
    path: &Path,
    by: &By,
    baseline: Option<&str>,
    format: Format,
    style: Style,
) -> Result<String, AnalysisError> {
    let run = Place::run(path, "incidence")?;
    let incidence = of_run(&run, by, baseline)?;
    Ok(match format {
        Format::Json => {
            serde_json::to_string_pretty(&incidence).expect("incidence holds only strings, numbers and lists")
                + "\n"
        }
        Format::Csv => machine::table(&incidence).render(format, style),
        _ => reader::tables(&incidence)
            .iter()
            .map(|table| table.render(format, style))
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

/// The incidence of a run.
///
/// # Errors
/// As [`incidence()`].
pub(crate) fn of_run(run: &Run, by: &By, baseline: Option<&str>) -> Result<Incidence, AnalysisError> {
    let baseline = baseline.unwrap_or(&run.summary.baseline);
    let labels = run.labels();
    let position =
        labels.iter().position(|label| *label == baseline).ok_or_else(|| AnalysisError::UnknownBaseline {
            found: baseline.chars().take(80).collect(),
            run: run.summary.run.clone(),
            nearest: model::config::nearest(baseline, labels.iter().copied()).map(Into::into),
            labels: labels.iter().map(ToString::to_string).collect(),
        })?;
    let parts = Parts::of(run)?;
    let groups = groups::Groups::of(run, &parts, by)?;
    let folded = fold::fold(&parts, &groups, position, run.summary.standard_errors)?;
    Ok(Incidence {
        schema: SCHEMA,
        run: run.summary.run.clone(),
        users: folded.users.iter().sum(),
        standard_errors: run.summary.standard_errors,
        by: groups.column.clone(),
        groups_from: groups.source.clone(),
        baseline: baseline.into(),
        groups: groups.named(&folded, &parts),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::testing::{Planted, RULES, run as planted_run, truth};

    fn found(planted: &Planted, by: &By) -> Incidence {
        let folder = planted_run(planted);
        of_run(&Place::run(folder.path(), "a test").unwrap(), by, None).unwrap()
    }

    /// The planted means of a decile: everything is linear in the index there.
    fn planted(rule: &str, decile: usize) -> [f64; 4] {
        let middle = (decile as f64 + 0.5) / 10.0;
        let (own, base) = (truth(rule, middle), truth(RULES[0], middle));
        [own.payment, own.cost, own.utility, own.utility - base.utility]
    }

    fn estimates(figures: &Figures) -> [Estimate; 4] {
        [figures.payment, figures.cost, figures.consumer_surplus, figures.gain]
    }

    #[test]
    fn planted_effects_are_recovered() {
        let incidence = found(&Planted { users: 20_000, part: 7_000, ..Planted::default() }, &By::Decile);
        assert_eq!(incidence.users, 20_000);
        for (decile, group) in incidence.groups.iter().enumerate() {
            for (figures, rule) in group.rules.iter().zip(RULES) {
                assert_eq!(figures.rule, rule);
                for (estimate, truth) in estimates(figures).into_iter().zip(planted(rule, decile)) {
                    // Four standard errors: eighty comparisons at three would fail one time in five.
                    assert!(
                        (estimate.mean - truth).abs() <= 4.0 * estimate.se + 1e-12,
                        "{rule} in decile {decile}: {estimate:?}, planted {truth}"
                    );
                }
                let served = if rule == "flat" && decile < 5 { 0.0 } else { 1.0 };
                assert_eq!(figures.served_share.mean, served);
                assert!((figures.tokens["input"].mean - 2.0 * figures.cost.mean).abs() < 1e-12);
            }
            assert_eq!(group.rules[0].gain, Estimate { mean: 0.0, se: 0.0 });
        }
        // Markups of the whole upper half under flat, .3/.12.
        let markup = incidence.groups[7].rules[1].markup;
        assert!((markup.mean - 2.5).abs() < 3.0 * markup.se && markup.se < 0.03, "{markup:?}");
        // The same draw of the buyer enters both utilities: the difference is known better than the levels suggest.
        let [own, base] = [1, 0].map(|rule| incidence.groups[7].rules[rule].consumer_surplus.se);
        assert!(incidence.groups[7].rules[1].gain.se < 0.6 * (own * own + base * base).sqrt());
    }

    /// Over 200 data sets the 95 % intervals of four figures, the paired one included, cover the planted value in 92-98 %,
    /// in three deciles together: 600 independent intervals, whose share has a standard deviation of .9 %.
    fn coverage(replicates: u32, quantile: f64) {
        let mut covered = [0_u32; 4];
        for seed in 0..200 {
            let planted_data = Planted { users: 300, replicates, part: 300, seed: 1000 + seed };
            let incidence = found(&planted_data, &By::Decile);
            for decile in [1, 6, 8] {
                let figures = &incidence.groups[decile].rules[1];
                for (number, (estimate, truth)) in
                    estimates(figures).into_iter().zip(planted("flat", decile)).enumerate()
                {
                    covered[number] += u32::from((estimate.mean - truth).abs() <= quantile * estimate.se);
                }
            }
        }
        for covered in covered {
            let share = f64::from(covered) / 600.0;
            assert!(
                (0.92..=0.98).contains(&share),
                "{share} of the intervals cover, {replicates} replicates"
            );
        }
    }

    #[test]
    fn intervals_from_buyers_cover() {
        // Student's t with 29 degrees of freedom.
        coverage(1, 2.045);
    }

    #[test]
    fn intervals_from_replicates_cover() {
        // Student's t with 7 degrees of freedom.
        coverage(8, 2.365);
    }

    #[test]
    fn groups_are_deciles_segments_or_columns() {
        let data = Planted { users: 2000, ..Planted::default() };
        let by_segment = found(&data, &By::Column("segment".into()));
        let names: Vec<&str> = by_segment.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["high", "low"]);
        let by_value = found(&data, &By::Column("value".into()));
        assert_eq!(by_value.groups.len(), 10);
        assert!(by_value.groups.iter().all(|group| group.users.abs_diff(200) <= 60), "{:?}", by_value.groups);
        assert_eq!(by_value.groups[0].low, None);
        assert_eq!(by_value.groups[3].low, by_value.groups[2].high);
        let by_replicate = found(&Planted { replicates: 3, ..data }, &By::Column("replicate".into()));
        let names: Vec<&str> = by_replicate.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["0", "1", "2"]);
    }

    #[test]
    fn what_cannot_be_grouped_is_refused() {
        let folder = planted_run(&Planted::default());
        let error = |by: By| {
            incidence(folder.path(), &by, None, Format::Csv, Style::default()).unwrap_err().to_string()
        };
        let text = error(By::Column("indx".into()));
        assert!(
            text.starts_with("--by: found \"indx\"") && text.contains("did you mean \"index\"?"),
            "{text}"
        );
        assert!(error(By::Column("scale".into())).contains("no buyer has one"));
        assert!(error(By::Segment).contains("no segments"));
    }

    #[test]
    fn files_of_different_runs_are_refused() {
        let folder = planted_run(&Planted::default());
        let error = || {
            incidence(folder.path(), &By::Decile, None, Format::Csv, Style::default())
                .unwrap_err()
                .to_string()
        };
        let flat = folder.path().join("choices/rule=flat");
        let first = std::fs::read(flat.join("part-00000.parquet")).unwrap();
        std::fs::copy(flat.join("part-00001.parquet"), flat.join("part-00000.parquet")).unwrap();
        let text = error();
        assert!(text.contains("rule=flat/part-00000.parquet: its buyers are not those of"), "{text}");
        std::fs::write(flat.join("part-00000.parquet"), &first[..first.len() / 2]).unwrap();
        assert!(error().contains("rule=flat/part-00000.parquet: cannot be read as Parquet"));
        std::fs::remove_file(flat.join("part-00000.parquet")).unwrap();
        assert!(error().contains("rule=flat/part-00000.parquet: not there; buyers were recorded without"));
    }

    /// The numbers in these files are right because the planted effects are recovered, above, and because CI derives those
    /// of real runs a second time with pandas (.ci/snippets.py); the files hold the layout. UPDATE_GOLDEN=1 rewrites them.
    #[test]
    fn every_format_is_as_it_was() {
        let folder = planted_run(&Planted { users: 2000, part: 700, ..Planted::default() });
        for format in Format::ALL {
            let by = By::Column("segment".into());
            let text = incidence(folder.path(), &by, None, format, Style::default()).unwrap();
            let golden =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/incidence/golden/{format}.txt"));
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::write(&golden, &text).unwrap();
            }
            assert_eq!(text, std::fs::read_to_string(&golden).unwrap(), "{format}");
        }
    }

    #[test]
    fn every_format_has_every_group_and_rule() {
        let folder = planted_run(&Planted::default());
        for format in Format::ALL {
            let text = incidence(folder.path(), &By::Decile, Some("flat"), format, Style::default()).unwrap();
            assert!(text.matches("packages").count() >= 1 && text.ends_with('\n'), "{format}: {text}");
        }
        let csv = incidence(folder.path(), &By::Decile, None, Format::Csv, Style::default()).unwrap();
        assert_eq!(csv.lines().count(), 1 + 10 * 2);
        assert!(
            csv.starts_with(
                "run,by,baseline,group,low,high,users,rule,served_share,served_share_se,payment,"
            ),
            "{csv}"
        );
    }
}
