//! The one customer of a file on whom most rests.

use model::number::significant;
use model::summary::Warning;
use model::technology::Technology;
use population::{Customer, Population, PopulationConfig};
use serde::Serialize;

use super::LARGE;

/// The row of a file that carries most of the means.
///
/// A row is looked at whether or not it happens to be drawn: its share is that of its weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LargestCustomer {
    /// Name of her segment, where there are segments.
    pub segment: Option<String>,
    /// Row of the file without its header, from 1.
    pub row: usize,
    /// Share of all buyers that the row stands for.
    pub buyers: f64,
    /// Their share of efficient spend.
    pub spend: f64,
    /// Their share of first-best profit.
    pub first_best: f64,
}

/// Points of the belief about a segment that is no file.
const POINTS: usize = 20_000;

/// Mean over all buyers, every row of a file counted; a sample of all segments could miss her.
fn mean_of(population: &Population, technology: &Technology, seed: u64, amount: &impl Fn(f64) -> f64) -> f64 {
    let PopulationConfig::Segments(all) = population.config() else {
        return population.belief(POINTS, seed).index.points.mean_of(amount);
    };
    let part = |family: &PopulationConfig| {
        let own = Population::new(family.clone(), technology).expect("segments of a valid population");
        mean_of(&own, technology, seed, amount)
    };
    all.segments.iter().map(|segment| segment.share * part(&segment.family)).sum()
}

impl LargestCustomer {
    /// Of all rows the one with the largest share of efficient spend or first-best profit; `None` without a file.
    pub(super) fn of(population: &Population, technology: &Technology, seed: u64) -> Option<Self> {
        let customers = population.customers();
        if customers.is_empty() {
            return None;
        }
        let spend = |theta: f64| technology.efficient_use(theta).spend;
        let profit = |theta: f64| technology.surplus(theta);
        let (all_spend, all_profit) =
            (mean_of(population, technology, seed, &spend), mean_of(population, technology, seed, &profit));
        let part = |own: f64, all: f64| if all > 0.0 { own / all } else { 0.0 };
        let shares = |customer: &Customer| {
            let own = |amount: f64| customer.share * amount;
            (part(own(spend(customer.index)), all_spend), part(own(profit(customer.index)), all_profit))
        };
        let carried = |customer: &Customer| {
            let (spend, first_best) = shares(customer);
            spend.max(first_best)
        };
        let largest = customers.iter().max_by(|a, b| carried(a).total_cmp(&carried(b)))?;
        let (spend, first_best) = shares(largest);
        let segment = largest.segment.map(|segment| population.segment_names()[segment].clone());
        Some(Self { segment, row: largest.row, buyers: largest.share, spend, first_best })
    }

    /// A warning where means rest on her.
    pub(super) fn warning(&self) -> Option<Warning> {
        let percent = |share: f64| (1e4 * share).round() / 100.0;
        let of = self.segment.as_ref().map_or(String::new(), |segment| format!(" of segment {segment}"));
        (self.spend.max(self.first_best) > LARGE).then(|| Warning {
            code: "large-customer".into(),
            message: format!(
                "row {}{of} of the file, a share {} of buyers, carries {} % of efficient spend and {} % of first-best profit, \
                 more than {} %: menus are made for this one customer, and what a run finds depends on how often she is \
                 drawn; look at her, or describe customers by a law (calibrate)",
                self.row,
                significant(self.buyers),
                percent(self.spend),
                percent(self.first_best),
                percent(LARGE)
            ),
        })
    }
}
