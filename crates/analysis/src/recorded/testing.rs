//! Runs with planted effects: every mean of every group is known exactly.

use std::fs::{self, File};
use std::path::Path;

use model::summary::{Decile, StandardErrors, Summary};
use polars::prelude::{Column, DataFrame, ParquetWriter};

use crate::example;

/// What is planted.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    /// Buyers of a replicate.
    pub(crate) users: usize,
    /// Replicates, each in parts of its own.
    pub(crate) replicates: u32,
    /// Buyers of a part.
    pub(crate) part: usize,
    /// Seed of the noise.
    pub(crate) seed: u64,
}

impl Default for Planted {
    fn default() -> Self {
        Self { users: 1000, replicates: 1, part: 400, seed: 1 }
    }
}

/// The two rules, the first the baseline.
pub(crate) const RULES: [&str; 2] = ["packages", "flat"];

/// SplitMix64: noise for tests.
struct Noise(u64);

impl Noise {
    /// A uniform number in (-1/2, 1/2).
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0 - 0.5
    }
}

/// The truth: a buyer at the index pays, costs and keeps this under a rule, but for noise with mean zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) payment: f64,
    pub(crate) cost: f64,
    pub(crate) utility: f64,
    pub(crate) served: bool,
}

/// What is planted at an index: linear in it, so that the mean of a group is the value at its middle.
pub(crate) fn truth(rule: &str, index: f64) -> Truth {
    if rule == RULES[0] {
        return Truth {
            payment: 0.2 + 0.4 * index,
            cost: 0.1 + 0.1 * index,
            utility: 0.5 * index,
            served: true,
        };
    }
    let served = index >= 0.5;
    let only = |value: f64| if served { value } else { 0.0 };
    Truth { payment: only(0.3), cost: only(0.12), utility: only(0.7 * index - 0.2), served }
}

/// Writes the run: indices uniform on [0, 1], segment "low" below one half and "high" above.
pub(crate) fn run(planted: &Planted) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), planted);
    folder
}

fn write(folder: &Path, planted: &Planted) {
    let mut part = 0;
    let mut noise = Noise(planted.seed);
    for replicate in 0..planted.replicates {
        for first in (0..planted.users).step_by(planted.part) {
            let users: Vec<usize> = (first..planted.users.min(first + planted.part)).collect();
            write_part(folder, (part, replicate), &users, &mut noise);
            part += 1;
        }
    }
    for rule in RULES {
        parquet(&folder.join("menus").join(format!("{rule}.parquet")), menu());
    }
    let thirds = |scale: f64| vec![scale / 3.0, 2.0 * scale / 3.0, scale];
    parquet(
        &folder.join("belief.parquet"),
        vec![
            Column::new("index".into(), thirds(1.0)),
            Column::new("virtual_value".into(), vec![-0.1, 0.4, 1.0]),
            Column::new("ironed_virtual_value".into(), vec![-0.1, 0.4, 1.0]),
            Column::new("mass".into(), vec![1.0 / 3.0; 3]),
        ],
    );
    fs::write(folder.join("summary.json"), serde_json::to_string(&summary(planted)).unwrap()).unwrap();
}

fn write_part(folder: &Path, (part, replicate): (usize, u32), users: &[usize], noise: &mut Noise) {
    // Independent within deciles, each with a tenth of the buyers.
    let index: Vec<f64> = users.iter().map(|user| ((user % 10) as f64 + 0.5 + noise.next()) / 10.0).collect();
    let user: Vec<u64> = users.iter().map(|user| *user as u64).collect();
    let segment: Vec<&str> = index.iter().map(|index| if *index < 0.5 { "low" } else { "high" }).collect();
    let same = |name: &str| Column::new(name.into(), vec![replicate; users.len()]);
    let name = format!("part-{part:05}.parquet");
    parquet(
        &folder.join("buyers").join(&name),
        vec![
            same("replicate"),
            Column::new("user".into(), user.clone()),
            Column::new("segment".into(), segment),
            Column::new("index".into(), index.clone()),
            Column::new("value".into(), index.iter().map(|index| Some(*index)).collect::<Vec<_>>()),
            Column::new("scale".into(), vec![None::<f64>; users.len()]),
        ],
    );
    // Half of the noise in utility is the buyer's, whatever the rule: differences are known better than levels.
    let common: Vec<f64> = users.iter().map(|_| noise.next()).collect();
    for rule in RULES {
        let truths: Vec<Truth> = index.iter().map(|index| truth(rule, *index)).collect();
        let column = |name: &str, values: Vec<f64>| Column::new(name.into(), values);
        let mut noisy = |of: fn(&Truth) -> f64, scale: f64| -> Vec<f64> {
            truths.iter().map(|truth| of(truth) + scale * noise.next()).collect()
        };
        let (payment, cost) = (noisy(|t| t.payment, 0.1), noisy(|t| t.cost, 0.02));
        let utility: Vec<f64> =
            noisy(|t| t.utility, 0.05).iter().zip(&common).map(|(own, common)| own + 0.2 * common).collect();
        let item: Vec<Option<u32>> = truths.iter().map(|truth| truth.served.then_some(0)).collect();
        parquet(
            &folder.join("choices").join(format!("rule={rule}")).join(&name),
            vec![
                same("replicate"),
                Column::new("user".into(), user.clone()),
                Column::new("item".into(), item),
                column("tokens_input", cost.iter().map(|cost| 2.0 * cost).collect()),
                column("tokens_output", cost.iter().map(|cost| 3.0 * cost).collect()),
                column("fine_tuning", vec![0.0; users.len()]),
                column("gross_value", payment.iter().zip(&utility).map(|(paid, kept)| paid + kept).collect()),
                column("payment", payment),
                column("cost", cost),
                column("utility", utility),
            ],
        );
    }
}

fn menu() -> Vec<Column> {
    let names = model::column::menus(["input", "output"]);
    let column = |name: &str| match name {
        "item" => Column::new(name.into(), vec![0_u32]),
        _ => Column::new(name.into(), vec![0.5_f64]),
    };
    names.iter().map(|definition| column(&definition.name)).collect()
}

fn summary(planted: &Planted) -> Summary {
    let mut summary = example::summary();
    summary.run = "planted/0a1b2c3d4e5f-1".into();
    summary.users = planted.users as u64 * u64::from(planted.replicates);
    if planted.replicates > 1 {
        summary.standard_errors = StandardErrors::Replicates { replicates: planted.replicates };
    }
    summary.rules.retain(|rule| RULES.contains(&rule.rule.as_str()));
    summary.rules.sort_by_key(|rule| RULES.iter().position(|label| *label == rule.rule));
    summary
        .pairs
        .retain(|pair| RULES.contains(&pair.rule.as_str()) && RULES.contains(&pair.baseline.as_str()));
    summary.by_decile = (0..10)
        .map(|decile| Decile {
            decile: decile + 1,
            index_low: f64::from(decile) / 10.0,
            index_high: (decile < 9).then(|| f64::from(decile + 1) / 10.0),
            users: planted.users as u64 / 10,
            rules: Vec::new(),
        })
        .collect();
    summary
}

fn parquet(path: &Path, columns: Vec<Column>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let rows = columns[0].len();
    let mut frame = DataFrame::new(rows, columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}
