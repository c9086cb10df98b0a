//! What a population looks like before any run: its index, its efficient use, and how unequal it is.

mod customer;

use model::number::significant;
use model::summary::Warning;
use model::technology::Technology;
use population::{Key, Population};
use serde::Serialize;

use crate::config::Market;
use crate::engine::BLOCK;
use crate::error::RunError;
use crate::outcome::Moments;
pub use customer::LargestCustomer;

/// A population described by buyers of the design replicate, which no run simulates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Buyers drawn for the description.
    pub buyers: u64,
    /// Quantiles of the index θ.
    pub index_quantiles: Vec<Quantile>,
    /// Mean index in $.
    pub mean_index: f64,
    /// Share of buyers with θ = 0.
    pub zero_share: f64,
    /// Mean use when everything is sold at cost, per buyer.
    pub efficient: EfficientUse,
    /// Gini coefficient of efficient spend: 0 all equal, 1 one buyer spends everything.
    pub gini: f64,
    /// Shares of efficient spend of the largest buyers.
    pub top_shares: Vec<TopShare>,
    /// Largest a such that E[θ^b] exists for b < a, by the law; null: all moments exist.
    pub tail_index: Option<f64>,
    /// Hill's estimate of the tail index from the largest hundredth of the buyers.
    pub hill: Option<Hill>,
    /// The power ρ with which the surplus grows: its mean exists iff the tail index exceeds ρ, its variance iff 2ρ.
    pub surplus_exponent: f64,
    /// Mean first-best profit in $ per buyer.
    pub first_best: f64,
    /// (Σ π)² / Σ π²: buyers of equal profit that would be as informative about mean first-best profit.
    pub effective_sample_size: f64,
    /// Share of first-best profit that the largest buyer carries.
    pub largest_share: f64,
    /// The row of a file that carries most, drawn or not; null without a file.
    pub largest_customer: Option<LargestCustomer>,
    /// What to keep in mind.
    pub warnings: Vec<Warning>,
}

/// One quantile of the index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantile {
    /// Share of buyers below.
    pub level: f64,
    /// The index θ in $.
    pub index: f64,
}

/// Means per buyer at cost prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EfficientUse {
    /// Tokens at cost, E, in $.
    pub spend: f64,
    /// Mtok by class.
    pub tokens: Vec<(String, f64)>,
    /// Fine-tuning in Mtok.
    pub fine_tuning: f64,
    /// Share of buyers with fine-tuning.
    pub fine_tuned_share: f64,
}

/// What the largest buyers spend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TopShare {
    /// Share of buyers.
    pub buyers: f64,
    /// Their share of efficient spend.
    pub spend: f64,
}

/// Hill's estimate with its standard error a/√k.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Hill {
    /// Tail index.
    pub tail_index: f64,
    /// Its standard error.
    pub se: f64,
}

/// Buyers drawn.
const BUYERS: u64 = 32 * BLOCK;
const LEVELS: [f64; 11] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
const TOPS: [f64; 3] = [0.01, 0.05, 0.1];
/// A buyer with more than this share of first-best profit decides what a simulation finds.
const LARGE: f64 = 0.01;

/// Describes the population of a market.
///
/// # Errors
/// A technology or population that does not fit.
pub fn describe(market: &Market) -> Result<Description, RunError> {
    let technology = Technology::new(market.technology.clone())
        .map_err(|invalid| RunError::invalid("technology", invalid))?;
    let population = Population::new(market.population.clone(), &technology)
        .map_err(|invalid| RunError::invalid("population", invalid))?;
    let mut index = population.draw(Key::design(market.run.seed), 0, BUYERS as usize).index;
    index.sort_by(f64::total_cmp);
    let uses: Vec<_> = index.iter().map(|theta| technology.efficient_use(*theta)).collect();
    let spends: Vec<f64> = uses.iter().map(|used| used.spend).collect();
    let tunings: Vec<f64> = uses.iter().map(|used| used.fine_tuning).collect();
    let profits: Vec<f64> = index.iter().map(|theta| technology.surplus(*theta)).collect();
    let share = |count: usize| count as f64 / BUYERS as f64;
    let mean = |values: &[f64]| Moments::of(values).mean;
    let spend = mean(&spends);
    let tail_index = Some(population.tail_index()).filter(|tail| tail.is_finite());
    let mut description = Description {
        buyers: BUYERS,
        index_quantiles: LEVELS.map(|level| Quantile { level, index: at_level(&index, level) }).into(),
        mean_index: mean(&index),
        zero_share: share(index.partition_point(|theta| *theta <= 0.0)),
        efficient: EfficientUse {
            spend,
            tokens: technology
                .classes()
                .map(String::from)
                .zip(technology.tokens_per_spend().iter().map(|rate| rate * spend))
                .collect(),
            fine_tuning: mean(&tunings),
            fine_tuned_share: share(tunings.iter().filter(|tuning| **tuning > 0.0).count()),
        },
        gini: gini(&spends),
        top_shares: TOPS.map(|buyers| TopShare { buyers, spend: top_share(&spends, buyers) }).into(),
        tail_index,
        hill: hill(&index),
        surplus_exponent: technology.surplus_exponent(),
        first_best: mean(&profits),
        effective_sample_size: effective_sample_size(&profits),
        largest_share: largest_share(&profits),
        largest_customer: LargestCustomer::of(&population, &technology, market.run.seed),
        warnings: Vec::new(),
    };
    description.warnings = warnings(&description);
    Ok(description)
}

/// The value below which a share `level` of the ascending values lies.
fn at_level(ascending: &[f64], level: f64) -> f64 {
    let position = (level * ascending.len() as f64) as usize;
    ascending[position.min(ascending.len() - 1)]
}

/// Gini coefficient of ascending values.
///
/// ```text
/// G = 2 Σ_i i x_(i) / (n Σ x) - (n + 1)/n
/// ```
fn gini(ascending: &[f64]) -> f64 {
    let count = ascending.len() as f64;
    let total: f64 = ascending.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let ranked: f64 = ascending.iter().zip(1..).map(|(x, rank)| f64::from(rank) * x).sum();
    2.0 * ranked / (count * total) - (count + 1.0) / count
}

/// The share of the total that the largest `buyers` share of ascending values holds.
fn top_share(ascending: &[f64], buyers: f64) -> f64 {
    let total: f64 = ascending.iter().sum();
    let first = ascending.len() - (buyers * ascending.len() as f64) as usize;
    if total > 0.0 { ascending[first..].iter().sum::<f64>() / total } else { 0.0 }
}

/// Hill's estimator on the largest hundredth.
///
/// ```text
/// 1/a = (1/k) Σ_{i<=k} ln(x_(n-i+1) / x_(n-k)),   se(a) = a/√k
/// ```
///
/// # References
/// B. Hill, "A Simple General Approach to Inference About the Tail of a Distribution", Annals of Statistics 3 (1975).
fn hill(ascending: &[f64]) -> Option<Hill> {
    let first = ascending.len() - ascending.len() / 100;
    let base = ascending[first - 1];
    if base <= 0.0 {
        return None;
    }
    let logs: Vec<f64> = ascending[first..].iter().map(|x| libm::log(x / base)).collect();
    let mean = Moments::of(&logs).mean;
    // Equal values at the top are an atom, not a tail.
    (mean > 1e-9).then(|| Hill { tail_index: 1.0 / mean, se: 1.0 / mean / (logs.len() as f64).sqrt() })
}

fn effective_sample_size(profits: &[f64]) -> f64 {
    let moments = Moments::of(profits);
    let mean_square = moments.mean * moments.mean + moments.m2 / profits.len() as f64;
    if mean_square > 0.0 { profits.len() as f64 * moments.mean * moments.mean / mean_square } else { 0.0 }
}

fn largest_share(profits: &[f64]) -> f64 {
    let total: f64 = profits.iter().sum();
    profits.last().filter(|_| total > 0.0).map_or(0.0, |largest| largest / total)
}

fn warnings(description: &Description) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| warnings.push(Warning { code: code.into(), message });
    let power = description.surplus_exponent;
    if let Some(tail) = description.tail_index.filter(|tail| *tail <= 2.0 * power) {
        let what = if tail <= power { "mean" } else { "variance" };
        warn(
            "heavy-tail",
            format!(
                "the tail index is {} and the surplus grows like θ^{}: its {what} does not exist",
                significant(tail),
                significant(power)
            ),
        );
    }
    if description.largest_share > LARGE {
        warn(
            "large-buyer",
            format!(
                "the largest of {} buyers carries {:.1} % of first-best profit: means rest on a handful of buyers",
                description.buyers,
                100.0 * description.largest_share
            ),
        );
    }
    warnings.extend(description.largest_customer.as_ref().and_then(LargestCustomer::warning));
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inequality_by_hand() {
        assert!(gini(&[1.0, 1.0, 1.0, 1.0]).abs() < 1e-15);
        // One of four has everything: G = 3/4.
        assert!((gini(&[0.0, 0.0, 0.0, 5.0]) - 0.75).abs() < 1e-15);
        assert!((top_share(&[1.0, 2.0, 3.0, 4.0], 0.25) - 0.4).abs() < 1e-15);
        assert!((effective_sample_size(&[0.0, 0.0, 0.0, 5.0]) - 1.0).abs() < 1e-15);
        assert_eq!(largest_share(&[0.0, 1.0, 3.0]), 0.75);
        assert_eq!(
            (gini(&[0.0, 0.0]), effective_sample_size(&[0.0]), largest_share(&[0.0])),
            (0.0, 0.0, 0.0)
        );
    }

    /// Pareto order statistics at their medians: the estimate is the shape.
    #[test]
    fn hill_recovers_a_pareto_tail() {
        let ascending: Vec<f64> =
            (0..100_000).map(|i| libm::pow(1.0 - (f64::from(i) + 0.5) / 1e5, -1.0 / 2.5)).collect();
        let found = hill(&ascending).unwrap();
        assert!((found.tail_index - 2.5).abs() < 0.02, "{found:?}");
        assert!(hill(&vec![1.0; 1000]).is_none());
    }
}
