//! One pass over the recorded buyers: distributions, the upper tail, and on how few buyers profits rest.

use crate::AnalysisError;
use crate::moments::{Moments, by_group};
use crate::recorded::{Parts, Run};

use super::belief::Belief;
use super::provenance::Setting;

/// Bins of a histogram.
pub(super) const BINS: usize = 60;

/// Most indices of the upper tail that are kept.
const TAIL: usize = 20_000;

/// Counts between edges evenly spread from zero to `high`; the last bin holds whatever is larger.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    pub(super) high: f64,
    pub(super) counts: Vec<u64>,
    pub(super) above: u64,
}

impl Histogram {
    fn new(high: f64) -> Self {
        Self { high: if high > 0.0 { high } else { 1.0 }, counts: vec![0; BINS], above: 0 }
    }

    fn add(&mut self, value: f64) {
        let bin = (value / self.high * BINS as f64).floor();
        if bin < BINS as f64 {
            self.counts[(bin.max(0.0)) as usize] += 1;
        } else {
            self.above += 1;
        }
    }

    /// Middles of the bins with the share of all `total` in each.
    pub(super) fn shares(&self, total: u64) -> Vec<(f64, f64)> {
        let width = self.high / BINS as f64;
        let share = |count: u64| count as f64 / (total as f64).max(1.0);
        self.counts
            .iter()
            .enumerate()
            .map(|(bin, count)| ((bin as f64 + 0.5) * width, share(*count)))
            .collect()
    }
}

/// What one rule does.
#[derive(Debug)]
pub(super) struct OfRule {
    pub(super) label: String,
    pub(super) served: u64,
    pub(super) payment: Histogram,
    pub(super) spend: Histogram,
    pub(super) profit: Moments,
    /// Profit from the top percent of buyers by index, over all profit.
    pub(super) top_share: f64,
}

/// What the pass found.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) users: u64,
    pub(super) index: Histogram,
    /// The largest indices, falling.
    pub(super) top: Vec<f64>,
    pub(super) rules: Vec<OfRule>,
}

impl Survey {
    pub(super) fn of(run: &Run, setting: &Setting, belief: &Belief) -> Result<Self, AnalysisError> {
        let parts = Parts::of(run)?;
        let names: Vec<String> = parts.classes.iter().map(|class| format!("tokens_{class}")).collect();
        let mut columns = vec!["item", "payment", "cost"];
        columns.extend(names.iter().map(String::as_str));
        let top_percent = belief.quantile(0.99);
        let mut survey = Self {
            users: 0,
            index: Histogram::new(belief.quantile(0.995)),
            top: Vec::new(),
            rules: Vec::new(),
        };
        let mut top_profit = vec![0.0; parts.labels.len()];
        for number in 0..parts.len() {
            let part = parts.read(number, &["index"])?;
            let index = part.floats("index")?;
            survey.users += part.len() as u64;
            for value in &index {
                survey.index.add(*value);
            }
            survey.keep_top(&index);
            for (rule, label) in parts.labels.iter().enumerate() {
                let chosen = part.choices(rule, &columns)?;
                let spend = spend(&chosen[3..], &parts.classes, setting);
                let profit: Vec<f64> =
                    chosen[1].iter().zip(&chosen[2]).map(|(paid, cost)| paid - cost).collect();
                if survey.rules.len() == rule {
                    survey.rules.push(OfRule::new(label, &chosen[1], &spend));
                }
                let own = &mut survey.rules[rule];
                for buyer in (0..index.len()).filter(|buyer| !chosen[0][*buyer].is_nan()) {
                    own.served += 1;
                    own.payment.add(chosen[1][buyer]);
                    own.spend.add(spend[buyer]);
                }
                own.profit.merge(&by_group(&profit, &vec![0; profit.len()], 1)[0]);
                let top = index.iter().zip(&profit).filter(|(index, _)| **index > top_percent);
                top_profit[rule] += top.map(|(_, profit)| *profit).sum::<f64>();
            }
        }
        for (own, top) in survey.rules.iter_mut().zip(top_profit) {
            own.top_share = top / (own.profit.mean * own.profit.count as f64);
        }
        Ok(survey)
    }

    fn keep_top(&mut self, index: &[f64]) {
        self.top.extend_from_slice(index);
        self.top.sort_unstable_by(|a, b| b.total_cmp(a));
        // A tenth of the buyers at most: the rest is no tail.
        self.top.truncate(TAIL.min((self.users as usize / 10).max(2)));
    }
}

impl OfRule {
    /// Histograms up to the 99.5 % quantile of the first part.
    fn new(label: &str, payment: &[f64], spend: &[f64]) -> Self {
        Self {
            label: label.into(),
            served: 0,
            payment: Histogram::new(high(payment)),
            spend: Histogram::new(high(spend)),
            profit: Moments::default(),
            top_share: 0.0,
        }
    }
}

fn high(values: &[f64]) -> f64 {
    let mut positive: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0).collect();
    positive.sort_unstable_by(f64::total_cmp);
    positive.get(positive.len().saturating_sub(1) * 995 / 1000).copied().unwrap_or(1.0) * (1.0 + 1e-12)
}

/// Tokens at cost.
fn spend(tokens: &[Vec<f64>], classes: &[String], setting: &Setting) -> Vec<f64> {
    let buyers = tokens.first().map_or(0, Vec::len);
    let costs: Vec<f64> = classes.iter().map(|class| setting.cost(class)).collect();
    (0..buyers)
        .map(|buyer| tokens.iter().zip(&costs).map(|(class, cost)| cost * class[buyer]).sum())
        .collect()
}
