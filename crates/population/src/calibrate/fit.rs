//! Maximum likelihood of four laws on a weighted sample, with standard errors from the observed information.

use model::config::Invalid;
use serde::Serialize;

use super::polygamma::{digamma, trigamma};
use super::sample::Sample;
use crate::Distribution;
use crate::distribution::{Gamma, Lognormal, Pareto, Weibull};

/// A parameter with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parameter {
    /// Name in configuration files.
    pub name: &'static str,
    /// The maximum-likelihood estimate.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// One law fitted to a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Name of the law in configuration files.
    pub name: &'static str,
    /// The fitted law.
    pub law: Distribution,
    /// Its two parameters.
    pub parameters: [Parameter; 2],
    /// Log-likelihood of the sample.
    pub log_likelihood: f64,
    /// Akaike's criterion, 4 - 2 log-likelihood: smaller is better; comparable between laws of one σ only.
    pub aic: f64,
    /// Largest distance between the fitted and the empirical cdf.
    pub kolmogorov_smirnov: f64,
}

/// A law whose estimate lies outside the range in which laws can be simulated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    /// Name of the law.
    pub law: &'static str,
    /// Which parameter, and what would be allowed.
    pub reason: String,
}

/// All four laws fitted to one sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fits {
    /// The laws in ascending order of AIC, at least one.
    pub laws: Vec<Fit>,
    /// Laws that do not come into question.
    pub refused: Vec<Refused>,
}

/// What maximum likelihood gives before anything is checked: law, parameters, mean log-likelihood per observation.
type Estimate = (Distribution, [Parameter; 2], f64);

/// Fits lognormal, gamma, Weibull and Pareto laws.
///
/// For a sample of weight N:
/// ```text
/// lognormal  mu, sigma = mean and standard deviation of ln x;   errors sigma/√N, sigma/√(2N)
/// gamma      ln a - ψ(a) = ln mean(x) - mean(ln x), scale = mean(x)/a;
///            errors √(a/(N(a ψ'(a) - 1))), scale √(ψ'(a)/(N(a ψ'(a) - 1)))
/// Weibull    1/a = Σ x^a ln x / Σ x^a - mean(ln x), scale^a = mean(x^a);   errors from the 2 x 2 information
/// Pareto     scale = min x, 1/a = mean ln(x/min);   errors scale/(N a), a/√N
/// ```
/// The minimum is no regular estimate: it lies above the true scale by an exponential amount whose mean is the error
/// given. AIC counts it as a parameter like the others.
///
/// # Errors
/// No law has parameters that can be simulated.
pub fn fit(sample: &Sample) -> Result<Fits, Invalid> {
    let mut fits = Fits { laws: Vec::new(), refused: Vec::new() };
    for (name, estimate) in [
        ("lognormal", lognormal(sample)),
        ("gamma", gamma(sample)),
        ("weibull", weibull(sample)),
        ("pareto", pareto(sample)),
    ] {
        let (law, parameters, mean_log_likelihood) = estimate;
        if let Err(invalid) = law.check() {
            fits.refused.push(Refused { law: name, reason: invalid.to_string() });
            continue;
        }
        let log_likelihood = sample.total() * mean_log_likelihood;
        let kolmogorov_smirnov = sample.kolmogorov_smirnov(&law);
        let aic = 4.0 - 2.0 * log_likelihood;
        fits.laws.push(Fit { name, law, parameters, log_likelihood, aic, kolmogorov_smirnov });
    }
    fits.laws.sort_by(|a, b| a.aic.total_cmp(&b.aic));
    if fits.laws.is_empty() {
        let found = fits.refused.iter().map(|refused| format!("{}: {}", refused.law, refused.reason));
        let found = found.collect::<Vec<_>>().join("; ");
        return Err(Invalid::new("index", found, "a sample that some law can describe".into()));
    }
    Ok(fits)
}

fn parameters(first: (&'static str, f64, f64), second: (&'static str, f64, f64)) -> [Parameter; 2] {
    [first, second].map(|(name, estimate, standard_error)| Parameter { name, estimate, standard_error })
}

fn mean_log(sample: &Sample) -> f64 {
    sample.mean(|k| sample.logs[k])
}

fn lognormal(sample: &Sample) -> Estimate {
    let mu = mean_log(sample);
    let sigma = sample.mean(|k| (sample.logs[k] - mu) * (sample.logs[k] - mu)).sqrt();
    let n = sample.total();
    let likelihood = -mu - libm::log(sigma) - 0.5 * libm::log(std::f64::consts::TAU) - 0.5;
    let parameters = parameters(("mu", mu, sigma / n.sqrt()), ("sigma", sigma, sigma / (2.0 * n).sqrt()));
    (Distribution::Lognormal(Lognormal { mu, sigma }), parameters, likelihood)
}

fn gamma(sample: &Sample) -> Estimate {
    let (mean, mean_log, n) = (sample.mean(|k| sample.values[k]), mean_log(sample), sample.total());
    // Positive by Jensen's inequality; zero only for equal values, which a sample does not have.
    let gap = libm::log(mean) - mean_log;
    let start = (3.0 - gap + ((gap - 3.0) * (gap - 3.0) + 24.0 * gap).sqrt()) / (12.0 * gap);
    let shape = solve_for_shape(start, |a| (libm::log(a) - digamma(a) - gap, 1.0 / a - trigamma(a)));
    let scale = mean / shape;
    let likelihood = (shape - 1.0) * mean_log - shape - shape * libm::log(scale) - libm::lgamma(shape);
    let curvature = trigamma(shape);
    let information = n * (shape * curvature - 1.0);
    let parameters = parameters(
        ("shape", shape, (shape / information).sqrt()),
        ("scale", scale, scale * (curvature / information).sqrt()),
    );
    (Distribution::Gamma(Gamma { shape, scale }), parameters, likelihood)
}

fn weibull(sample: &Sample) -> Estimate {
    let (mean_log, n) = (mean_log(sample), sample.total());
    let deviation = sample.mean(|k| (sample.logs[k] - mean_log) * (sample.logs[k] - mean_log)).sqrt();
    // ln x is Gumbel with standard deviation π/(a√6).
    let start = std::f64::consts::PI / (deviation * 6.0_f64.sqrt());
    let shape = solve_for_shape(start, |a| {
        let tilted = Tilted::new(sample, a);
        (tilted.mean - mean_log - 1.0 / a, tilted.variance + 1.0 / (a * a))
    });
    let tilted = Tilted::new(sample, shape);
    let log_scale = tilted.log_mean_power / shape;
    let scale = libm::exp(log_scale);
    let likelihood = libm::log(shape) - shape * log_scale + (shape - 1.0) * mean_log - 1.0;
    // With l the tilted mean of ln(x/scale) and v its variance, per observation: -d²/da² = 1/a² + l² + v,
    // -d²/da ds = -(a/s) l, -d²/ds² = a²/s²; the determinant is (a²/s²)(1/a² + v).
    let relative = tilted.mean - log_scale;
    let information = n * (1.0 / (shape * shape) + tilted.variance);
    let of_scale = 1.0 / (shape * shape) + relative * relative + tilted.variance;
    let parameters = parameters(
        ("shape", shape, 1.0 / information.sqrt()),
        ("scale", scale, scale / shape * (of_scale / information).sqrt()),
    );
    (Distribution::Weibull(Weibull { shape, scale }), parameters, likelihood)
}

/// Moments of ln x under weights proportional to x^a.
struct Tilted {
    log_mean_power: f64,
    mean: f64,
    variance: f64,
}

impl Tilted {
    fn new(sample: &Sample, power: f64) -> Self {
        // Relative to the largest value every power is at most one.
        let largest = sample.logs[sample.logs.len() - 1];
        let tilt = |k: usize| libm::exp(power * (sample.logs[k] - largest));
        let total = sample.mean(tilt);
        let mean = sample.mean(|k| tilt(k) * (sample.logs[k] - largest)) / total + largest;
        let variance = sample.mean(|k| tilt(k) * (sample.logs[k] - mean) * (sample.logs[k] - mean)) / total;
        Self { log_mean_power: libm::log(total) + power * largest, mean, variance }
    }
}

fn pareto(sample: &Sample) -> Estimate {
    let (scale, log_scale, n) = (sample.smallest(), sample.logs[0], sample.total());
    let mean_log = mean_log(sample);
    let shape = 1.0 / (mean_log - log_scale);
    let likelihood = libm::log(shape) + shape * log_scale - (shape + 1.0) * mean_log;
    let parameters = parameters(("scale", scale, scale / (n * shape)), ("shape", shape, shape / n.sqrt()));
    (Distribution::Pareto(Pareto { scale, shape }), parameters, likelihood)
}

/// Newton in ln a for a score that is monotone in a; `score(a)` gives value and slope.
fn solve_for_shape(start: f64, score: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut a = start;
    for _ in 0..100 {
        let (value, slope) = score(a);
        let step = (value / (a * slope)).clamp(-1.0, 1.0);
        a *= libm::exp(-step);
        if step.abs() < 1e-14 {
            break;
        }
    }
    a
}

#[cfg(test)]
mod tests;
