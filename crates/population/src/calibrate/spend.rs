//! Spend at list prices: how it is split over token classes, and how it is spread over those who spend.

use model::config::Invalid;
use serde::Serialize;

use super::trace::Trace;

/// What the users of a trace spend on one class of tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassSpend {
    /// Name of the token class.
    pub class: String,
    /// List price in $ per Mtok.
    pub price: f64,
    /// Mtok of all users.
    pub tokens: f64,
    /// $ of all users.
    pub spend: f64,
    /// Share of all spend, the estimate of α_n/σ.
    pub share: f64,
    /// Standard error of the share, users being the independent observations.
    pub standard_error: f64,
    /// Mean over users of their own shares; those who spend nothing are left out.
    pub mean_share: f64,
    /// Standard deviation over users of their own shares: zero if all had the same exponents.
    pub share_deviation: f64,
}

/// What each row spends in $: Σ_n p_n x_n.
pub fn outlays(trace: &Trace, prices: &[f64]) -> Vec<f64> {
    trace.rows().map(|row| row.iter().zip(prices).map(|(tokens, price)| tokens * price).sum()).collect()
}

/// Spend by class.
///
/// ```text
/// share_n = S_n / S,   S_n = Σ_k weight_k p_n x_kn,   S = Σ_n S_n
/// standard_error² = (N/(N-1)) Σ_k weight_k (p_n x_kn - share_n s_k)² / S²,   s_k = Σ_n p_n x_kn,   N = Σ_k weight_k
/// ```
/// the linearised error of a ratio of means.
///
/// # Errors
/// Every class must have been used by somebody.
pub fn class_spend(trace: &Trace, prices: &[f64]) -> Result<Vec<ClassSpend>, Invalid> {
    let outlays = outlays(trace, prices);
    trace.classes.iter().enumerate().map(|(n, _)| ClassSpend::new(trace, prices[n], n, &outlays)).collect()
}

impl ClassSpend {
    fn new(trace: &Trace, price: f64, n: usize, outlays: &[f64]) -> Result<Self, Invalid> {
        let class = &trace.classes[n];
        // Sums over users of weight times a function of what they spend on this class and in all.
        let sum = |value: &dyn Fn(f64, f64) -> f64| -> f64 {
            let users = trace.rows().zip(outlays).zip(&trace.weights);
            users.map(|((row, outlay), weight)| weight * value(price * row[n], *outlay)).sum()
        };
        let spend = sum(&|paid, _| paid);
        if !(spend > 0.0) {
            let allowed = "a class of which somebody used a token; leave the others out";
            return Err(Invalid::new("tokens", format!("no tokens of {class}"), allowed.into()));
        }
        let (users, total) = (sum(&|_, _| 1.0), sum(&|_, outlay| outlay));
        let share = spend / total;
        let errors = sum(&|paid, outlay| square(paid - share * outlay));
        let of_buyers = |value: &dyn Fn(f64) -> f64| {
            let buyers = sum(&|_, outlay| f64::from(outlay > 0.0));
            sum(&|paid, outlay| if outlay > 0.0 { value(paid / outlay) } else { 0.0 }) / buyers
        };
        let mean_share = of_buyers(&|own| own);
        Ok(Self {
            class: class.clone(),
            price,
            tokens: spend / price,
            spend,
            share,
            standard_error: ratio_error(errors, users, total),
            mean_share,
            share_deviation: of_buyers(&|own| square(own - mean_share)).sqrt(),
        })
    }
}

/// √(N/(N-1) Σ_k weight_k r_k²) / S from the sum of squared residuals, N and S.
fn ratio_error(squares: f64, users: f64, total: f64) -> f64 {
    (squares * users / (users - 1.0).max(1.0)).sqrt() / total
}

/// Standard error of the logarithm of what precision costs at list prices, from the shares being estimates.
///
/// ```text
/// ln P = Σ_n share_n ln(p_n/share_n),   r_k = Σ_n p_n x_kn ln(p_n/share_n) - s_k ln P
/// error² = (N/(N-1)) Σ_k weight_k r_k² / S²
/// ```
/// Every index is proportional to P^σ, so σ times this is a relative error all of them have in common.
pub fn log_price_error(trace: &Trace, spend: &[ClassSpend]) -> f64 {
    let logs: Vec<f64> = spend.iter().map(|class| libm::log(class.price / class.share)).collect();
    let log_price: f64 = spend.iter().zip(&logs).map(|(class, log)| class.share * log).sum();
    let (mut errors, mut total, mut users) = (0.0, 0.0, 0.0);
    for (row, weight) in trace.rows().zip(&trace.weights) {
        let paid = row.iter().zip(spend).map(|(tokens, class)| tokens * class.price);
        let (outlay, residual) = paid.zip(&logs).fold((0.0, 0.0), |(outlay, residual), (paid, log)| {
            (outlay + paid, residual + paid * (log - log_price))
        });
        errors += weight * square(residual);
        total += weight * outlay;
        users += weight;
    }
    ratio_error(errors, users, total)
}

fn square(x: f64) -> f64 {
    x * x
}

/// Spend of customers (or requests), those who spend nothing included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spend {
    /// Number of customers by weight.
    pub customers: f64,
    /// Number of customers who spend nothing, by weight.
    pub bought_nothing: f64,
    /// $ of all.
    pub total: f64,
    /// $ per customer.
    pub mean: f64,
    /// Share of the one customer who spends most.
    pub largest_share: f64,
    /// Gini coefficient: 0 if all spend the same, near 1 if one spends all.
    pub gini: f64,
}

impl Spend {
    /// Spend from outlays in $ and weights.
    ///
    /// ```text
    /// Gini = 1 - Σ_k weight_k (S_{k-1} + S_k) / (N S),   S_k = spend of the k smallest, N = Σ_k weight_k
    /// ```
    pub fn new(outlays: &[f64], weights: &[f64]) -> Self {
        let mut sorted: Vec<(f64, f64)> = outlays.iter().copied().zip(weights.iter().copied()).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut total, mut customers, mut bought_nothing, mut under) = (0.0, 0.0, 0.0, 0.0);
        for (outlay, weight) in &sorted {
            let before = total;
            total += weight * outlay;
            under += weight * (before + total);
            customers += weight;
            bought_nothing += if *outlay > 0.0 { 0.0 } else { *weight };
        }
        let largest = sorted.last().map_or(0.0, |(outlay, _)| *outlay);
        Self {
            customers,
            bought_nothing,
            total,
            mean: total / customers,
            largest_share: largest / total,
            gini: 1.0 - under / (customers * total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::index::tests::trace;

    #[test]
    fn equal_spend_has_no_inequality_and_one_spender_all_of_it() {
        let equal = Spend::new(&[2.0; 4], &[1.0; 4]);
        assert!(equal.gini.abs() < 1e-15 && equal.largest_share == 0.25 && equal.mean == 2.0);
        let one = Spend::new(&[0.0, 5.0, 0.0, 0.0], &[1.0; 4]);
        assert_eq!((one.gini, one.bought_nothing, one.total), (0.75, 3.0, 5.0));
    }

    /// 4 and 4 $, then 2 and 10 $: shares of 6/20 and 14/20; the residual of input is 4 - 0.3*8 = 1.6, then -1.6.
    #[test]
    fn shares_are_shares_of_spend() {
        let spend = class_spend(&trace(&[2.0, 0.4, 1.0, 1.0], &[1.0, 1.0]), &[2.0, 10.0]).unwrap();
        assert!((spend[0].share - 0.3).abs() < 1e-15 && (spend[1].share - 0.7).abs() < 1e-15);
        let expected = (2.0 * (1.6 * 1.6 + 1.6 * 1.6_f64)).sqrt() / 20.0;
        assert!((spend[0].standard_error - expected).abs() < 1e-15);
        assert!((spend[0].mean_share - 1.0 / 3.0).abs() < 1e-15);
        assert!((spend[0].share_deviation - 1.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn weights_are_replications() {
        let weighted = Spend::new(&[3.0, 1.0, 7.0], &[2.0, 3.0, 1.0]);
        let plain = Spend::new(&[3.0, 3.0, 1.0, 1.0, 1.0, 7.0], &[1.0; 6]);
        assert!((weighted.gini - plain.gini).abs() < 1e-15);
        assert_eq!((weighted.customers, weighted.mean), (plain.customers, plain.mean));
    }
}
