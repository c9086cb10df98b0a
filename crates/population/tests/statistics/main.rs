//! Statistical tests: seeded, so that they pass or fail for ever; for a fresh seed each would fail by chance less often
//! than once in a million.

mod closed_forms;
mod dependence;
mod millions;
mod pins;
mod scores;

use model::technology::{Aggregator, Technology, TechnologyConfig, TokenClass};
use population::distribution::{
    Beta, Component, Constant, Ends, Exponential, Gamma, Lognormal, Mixture, Pareto, Truncated,
    Uniform as UniformLaw, Weibull,
};
use population::family::value_scale::ValueScale;
use population::stream::{Purpose, uniform};
use population::{Distribution, Key, Population, PopulationConfig};

const DRAWS: u32 = 100_000;

/// Kolmogorov's distribution exceeds this with probability 1e-6: 2 exp(-2 x^2) = 1e-6.
const CRITICAL: f64 = 2.694;

/// Largest distance between the empirical and the true cdf, times sqrt(n).
fn kolmogorov_smirnov(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distance = |(rank, x): (usize, &f64)| {
        let below = cdf(*x);
        (below - rank as f64 / n).abs().max(((rank + 1) as f64 / n - below).abs())
    };
    sample.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

fn laws() -> Vec<Distribution> {
    vec![
        Distribution::Uniform(UniformLaw { low: 0.5, high: 2.0 }),
        Distribution::Lognormal(Lognormal { mu: -1.0, sigma: 1.5 }),
        Distribution::Exponential(Exponential { mean: 3.0 }),
        Distribution::Gamma(Gamma { shape: 0.4, scale: 5.0 }),
        Distribution::Gamma(Gamma { shape: 6.0, scale: 0.5 }),
        Distribution::Weibull(Weibull { shape: 0.7, scale: 2.0 }),
        Distribution::Pareto(Pareto { scale: 2.0, shape: 5.0 }),
        Distribution::Beta(Beta { alpha: 0.6, beta: 3.0, low: 0.25, high: 1.25 }),
        Distribution::Beta(Beta { alpha: 4.0, beta: 1.5, low: 0.0, high: 1.0 }),
    ]
}

fn truncated(law: Distribution, low: Option<f64>, high: Option<f64>) -> Distribution {
    Distribution::Truncated(
        Truncated::new(law, Ends { low, high }).expect("ends with something between them"),
    )
}

fn mixture(parts: &[(f64, Distribution)]) -> Distribution {
    let component =
        |(weight, part): &(f64, Distribution)| Component { weight: *weight, distribution: part.clone() };
    Distribution::Mixture(Mixture { components: parts.iter().map(component).collect() })
}

/// Every law cut at its upper end, at its lower end and at both, and mixtures of cut, uncut and distant laws.
fn cut_and_mixed_laws() -> Vec<Distribution> {
    let laws = laws();
    let cut = |law: &Distribution| {
        let (low, high) = law.support();
        let span = if high.is_finite() { high - low } else { law.mean() };
        let (below, above) = (Some(low + 0.1 * span), Some(low + 0.9 * span));
        let ends = [(below, above), (below, None), (None, above)];
        ends.into_iter().map(|(low, high)| truncated(law.clone(), low, high)).collect::<Vec<_>>()
    };
    let mut all: Vec<Distribution> = laws.iter().flat_map(cut).collect();
    all.push(mixture(&[(0.3, laws[1].clone()), (0.7, laws[3].clone())]));
    all.push(mixture(&[(0.1, laws[0].clone()), (0.6, laws[6].clone()), (0.3, all[7].clone())]));
    all.push(truncated(mixture(&[(0.5, laws[2].clone()), (0.5, laws[8].clone())]), Some(0.2), Some(4.0)));
    all
}

fn population(config: PopulationConfig) -> Population {
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    let tokens = vec![token("input"), token("output")];
    let technology = Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens,
        fine_tuning: None,
    })
    .expect("a valid technology");
    Population::new(config, &technology).expect("a valid population")
}

fn unit() -> Distribution {
    Distribution::Uniform(UniformLaw { low: 0.0, high: 1.0 })
}

#[test]
fn draws_follow_their_laws() {
    let key = Key { seed: 20_250_702, replicate: 0 };
    for law in laws().into_iter().chain(cut_and_mixed_laws()) {
        let sample: Vec<f64> =
            (0..u64::from(DRAWS)).map(|user| law.draw(key, Purpose::Value, user, 0)).collect();
        let (low, high) = law.support();
        assert!(sample.iter().all(|x| (low..=high).contains(x)), "{law:?}: a draw outside the support");
        let statistic = kolmogorov_smirnov(sample, |x| law.cdf(x));
        assert!(statistic < CRITICAL, "{law:?}: {statistic}");
    }
}

/// Shares of atoms are binomial: five standard errors are exceeded 6e-7 often.
#[test]
fn atoms_of_mixtures_are_drawn_with_their_weights() {
    let key = Key { seed: 3, replicate: 0 };
    let constant = |value| Distribution::Constant(Constant { value });
    let law = mixture(&[(0.2, constant(0.0)), (0.5, unit()), (0.3, constant(1.0))]);
    let sample: Vec<f64> = (0..u64::from(DRAWS)).map(|user| law.draw(key, Purpose::Value, user, 0)).collect();
    for (atom, weight) in [(0.0, 0.2), (1.0, 0.3_f64)] {
        let count = sample.iter().filter(|x| **x == atom).count() as f64;
        let (share, error) = (count / f64::from(DRAWS), (weight * (1.0 - weight) / f64::from(DRAWS)).sqrt());
        assert!((share - weight).abs() < 5.0 * error, "{share} is not {weight}");
    }
}

/// The paper's example: θ has cdf 1 - (1-θ)^2.
#[test]
fn the_papers_index_follows_its_law() {
    let paper = population(PopulationConfig::ValueScale(ValueScale {
        value: unit(),
        scale: unit(),
        dependence: None,
    }));
    let sample = paper.draw(Key { seed: 1, replicate: 0 }, 0, DRAWS as usize).index;
    let statistic = kolmogorov_smirnov(sample, |x| 1.0 - (1.0 - x) * (1.0 - x));
    assert!(statistic < CRITICAL, "{statistic}");
}

/// Correlations of independent uniforms are normal with variance 1/n; five standard errors are exceeded 6e-7 often.
#[test]
fn streams_of_different_addresses_are_uncorrelated() {
    let address = |seed, replicate, purpose, shift: u64, number| {
        (0..u64::from(DRAWS))
            .map(|user| uniform(Key { seed, replicate }, purpose, user + shift, number) - 0.5)
            .collect::<Vec<_>>()
    };
    let base = address(1, 0, Purpose::Value, 0, 0);
    for other in [
        address(2, 0, Purpose::Value, 0, 0),
        address(1, 1, Purpose::Value, 0, 0),
        address(1, 0, Purpose::Scale, 0, 0),
        address(1, 0, Purpose::Value, 1, 0),
        address(1, 0, Purpose::Value, 0, 1),
        address(1, 0, Purpose::Value, 0, 2),
    ] {
        let products: f64 = base.iter().zip(&other).map(|(a, b)| a * b).sum();
        let correlation = products / f64::from(DRAWS) * 12.0;
        assert!(correlation.abs() < 5.0 / f64::from(DRAWS).sqrt(), "{correlation}");
    }
}
