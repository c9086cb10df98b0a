//! A weighted sample of positive numbers: empirical cdf and tail index.

use model::config::Invalid;
use serde::Serialize;

use crate::Distribution;

/// Fewest customers from which a law is fitted.
pub const FEWEST: f64 = 10.0;

/// Positive numbers in ascending order; a weight of three counts as three equal observations.
#[derive(Debug, Clone)]
pub struct Sample {
    pub(super) values: Vec<f64>,
    pub(super) logs: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) total: f64,
}

/// The tail index by the largest observations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TailIndex {
    /// Number k of largest observations that count as tail, by weight.
    pub observations: f64,
    /// The Hill estimate; infinite if all of them are equal.
    pub index: f64,
    /// Its standard error, index/√k.
    pub standard_error: f64,
}

impl Sample {
    /// A sample from values with weights; values that are not positive are left out.
    ///
    /// # Errors
    /// Fewer than [`FEWEST`] observations by weight, or all the same.
    pub fn new(values: &[f64], weights: &[f64]) -> Result<Self, Invalid> {
        let mut pairs: Vec<(f64, f64)> =
            values.iter().copied().zip(weights.iter().copied()).filter(|(value, _)| *value > 0.0).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (values, weights): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let total: f64 = weights.iter().sum();
        if !(total >= FEWEST) {
            let allowed = format!("at least {FEWEST} (weights count customers, they are not shares)");
            return Err(Invalid::new("customers", format!("{total} who bought anything"), allowed));
        }
        if values.first() == values.last() {
            let allowed = "customers who differ in what they spend";
            return Err(Invalid::new("customers", "everybody spends the same", allowed.into()));
        }
        let logs = values.iter().map(|value| libm::log(*value)).collect();
        Ok(Self { values, logs, weights, total })
    }

    /// Number of observations by weight.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The largest observation.
    pub fn largest(&self) -> f64 {
        *self.values.last().expect("a sample is not empty")
    }

    /// The smallest observation.
    pub fn smallest(&self) -> f64 {
        self.values[0]
    }

    /// Weighted mean of a function of value number k.
    pub(super) fn mean(&self, value: impl Fn(usize) -> f64) -> f64 {
        self.weights.iter().enumerate().map(|(k, weight)| weight * value(k)).sum::<f64>() / self.total
    }

    /// The largest distance between the empirical and a given cdf (Kolmogorov-Smirnov).
    ///
    /// ```text
    /// D = max_k max( F(x_k) - N_{k-1}/N, N_k/N - F(x_k) ),   N_k = weight of the k smallest
    /// ```
    pub fn kolmogorov_smirnov(&self, law: &Distribution) -> f64 {
        let (mut below, mut distance) = (0.0, 0.0_f64);
        for (value, weight) in self.values.iter().zip(&self.weights) {
            let at = law.cdf(*value);
            distance = distance.max(at - below / self.total);
            below += weight;
            distance = distance.max(below / self.total - at);
        }
        distance
    }

    /// The number of observations that count as tail: a tenth, but at least the square root of all.
    ///
    /// More take in the body of the law and bias the index, fewer leave it to luck; [`Sample::hill`] at half and at twice
    /// this number shows which.
    pub fn tail_size(&self) -> f64 {
        (0.1 * self.total).max(self.total.sqrt())
    }

    /// The Hill estimate from the k = floor(`size`) largest observations, at least two.
    ///
    /// ```text
    /// 1/a = (1/k) Σ_{j=1..k} ln( x_(j) / x_(k+1) ),   standard error a/√k
    /// ```
    /// x_(j) is the j-th largest; an observation of weight three stands in three places.
    ///
    /// # References
    /// Hill (1975), "A simple general approach to inference about the tail of a distribution", doi 10.1214/aos/1176343247.
    pub fn hill(&self, size: f64) -> TailIndex {
        let k = size.min(self.total - 1.0).max(2.0).floor();
        let (mut taken, mut sum, mut threshold) = (0.0, 0.0, self.logs[0]);
        for (log, weight) in self.logs.iter().zip(&self.weights).rev() {
            if taken >= k {
                threshold = *log;
                break;
            }
            // Of the observation in which the k-th place falls, the rest is the threshold itself.
            let places = weight.min(k - taken);
            sum += places * log;
            taken += places;
            threshold = *log;
            if places < *weight {
                break;
            }
        }
        let index = k / (sum - k * threshold).max(0.0);
        TailIndex { observations: k, index, standard_error: index / k.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Pareto, Uniform};

    #[test]
    fn hill_is_the_mean_log_excess() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        let tail = Sample::new(&values, &[1.0; 20]).unwrap().hill(3.9);
        let expected = 3.0 / libm::log(20.0 * 19.0 * 18.0 / (17.0 * 17.0 * 17.0));
        assert!((tail.index / expected - 1.0).abs() < 1e-12);
        assert_eq!((tail.observations, tail.standard_error), (3.0, tail.index / 3.0_f64.sqrt()));
    }

    #[test]
    fn hill_recovers_quantiles_of_a_pareto_law() {
        let law = Distribution::Pareto(Pareto { scale: 2.0, shape: 1.5 });
        let values: Vec<f64> =
            (0..10_000).map(|k| 2.0 * libm::pow((f64::from(k) + 0.5) / 1e4, -1.0 / 1.5)).collect();
        let sample = Sample::new(&values, &vec![1.0; 10_000]).unwrap();
        assert!((sample.hill(sample.tail_size()).index - 1.5).abs() < 0.01);
        assert!(sample.kolmogorov_smirnov(&law) < 0.51e-4);
    }

    #[test]
    fn distance_is_the_largest_step_missed() {
        let values: Vec<f64> = (1..=10).map(|k| f64::from(k) / 10.0).collect();
        let sample = Sample::new(&values, &[1.0; 10]).unwrap();
        let uniform = Distribution::Uniform(Uniform { low: 0.0, high: 1.0 });
        assert!((sample.kolmogorov_smirnov(&uniform) - 0.1).abs() < 1e-15);
    }

    /// Ties at the threshold, in the middle of a row, and none.
    #[test]
    fn weights_are_replications() {
        let values = [1.0, 2.0, 3.5, 5.0, 9.0, 40.0];
        let weights = [3.0, 4.0, 1.0, 5.0, 2.0, 1.0];
        let replicated: Vec<f64> =
            values.iter().zip(weights).flat_map(|(value, weight)| vec![*value; weight as usize]).collect();
        let weighted = Sample::new(&values, &weights).unwrap();
        let plain = Sample::new(&replicated, &vec![1.0; replicated.len()]).unwrap();
        for size in [1.0, 2.0, 3.0, 7.5, 8.0, 12.0, 99.0] {
            let (a, b) = (weighted.hill(size), plain.hill(size));
            assert!((a.index / b.index - 1.0).abs() < 1e-12 && a.observations == b.observations, "{size}");
        }
        let law = Distribution::Pareto(Pareto { scale: 1.0, shape: 0.7 });
        assert_eq!(weighted.kolmogorov_smirnov(&law), plain.kolmogorov_smirnov(&law));
    }

    #[test]
    fn too_few_and_all_the_same_are_refused() {
        let message = |values: &[f64], weight: f64| {
            Sample::new(values, &vec![weight; values.len()]).unwrap_err().to_string()
        };
        assert!(message(&[1.0, 2.0], 1.0).contains("2 who bought anything; allowed: at least 10"));
        assert!(message(&[1.0, 2.0, 0.0], 0.5).contains("weights count customers"));
        assert!(message(&[3.0; 20], 1.0).contains("everybody spends the same"));
    }
}
