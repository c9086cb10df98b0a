//! Copulas, zero shares and segments: marginal laws are kept, correlations and shares are those asked for.

use population::distribution::{Beta, Exponential, Gamma, Lognormal};
use population::family::dependence::{PairDependence, TaskDependence};
use population::family::per_task::PerTask;
use population::family::segments::{Segment, Segments};
use population::family::tasks::Tasks;
use population::family::value_scale::ValueScale;
use population::special::Tails;
use population::special::normal;
use population::{Distribution, Key, PopulationConfig};

use super::{CRITICAL, DRAWS, kolmogorov_smirnov, population, unit};

const KEY: Key = Key { seed: 17, replicate: 0 };

/// Standard errors: a normal estimate is further off less often than once in a million.
const FAR: f64 = 4.9;

fn lognormal() -> Distribution {
    Distribution::Lognormal(Lognormal { mu: -1.0, sigma: 1.5 })
}

/// Normal scores of numbers drawn from a law.
fn scores(law: &Distribution, sample: &[f64]) -> Vec<f64> {
    sample.iter().map(|x| normal::score(Tails { lower: law.cdf(*x), upper: law.survival(*x) })).collect()
}

/// Refuses scores whose correlation is not `expected`: that of n pairs has standard error (1 - r^2)/sqrt(n).
fn check_correlation(a: &[f64], b: &[f64], expected: f64) {
    let n = a.len() as f64;
    let moment = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / n;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let covariance = |x: &[f64], y: &[f64]| moment(x, y) - mean(x) * mean(y);
    let found = covariance(a, b) / (covariance(a, a) * covariance(b, b)).sqrt();
    let error = (1.0 - expected * expected) / n.sqrt();
    assert!((found - expected).abs() < FAR * error, "correlation {found} is not {expected}");
}

/// Refuses a share of `count` in `of` that is not `expected`.
fn check_share(count: usize, of: usize, expected: f64) {
    let (share, error) = (count as f64 / of as f64, (expected * (1.0 - expected) / of as f64).sqrt());
    assert!((share - expected).abs() < FAR * error, "share {share} is not {expected}");
}

fn check_marginal(law: &Distribution, sample: Vec<f64>) {
    let statistic = kolmogorov_smirnov(sample, |x| law.cdf(x));
    assert!(statistic < CRITICAL, "{law:?}: {statistic}");
}

/// Tasks of every buyer, one column for each task.
fn columns(family: Tasks, buyers: usize) -> Vec<Vec<f64>> {
    let n_tasks = family.n_tasks;
    let drawn = population(PopulationConfig::Tasks(family)).recording_tasks(true).draw(KEY, 0, buyers);
    let values = drawn.task_values.expect("tasks were asked for");
    (0..n_tasks).map(|task| values.iter().skip(task).step_by(n_tasks).copied().collect()).collect()
}

#[test]
fn value_and_scale_keep_their_laws_and_have_the_correlation() {
    let beta = Distribution::Beta(Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 1.0 });
    let gamma = Distribution::Gamma(Gamma { shape: 0.7, scale: 2.0 });
    for (value, scale, correlation) in
        [(lognormal(), unit(), 0.3), (gamma, beta, -0.8), (unit(), unit(), 0.99)]
    {
        let dependence = Some(PairDependence::Gaussian { correlation });
        let family = ValueScale { value: value.clone(), scale: scale.clone(), dependence };
        let drawn = population(PopulationConfig::ValueScale(family)).draw(KEY, 0, DRAWS as usize);
        let (values, scales) = (drawn.value.expect("a value"), drawn.scale.expect("a scale"));
        check_correlation(&scores(&value, &values), &scores(&scale, &scales), correlation);
        check_marginal(&value, values);
        check_marginal(&scale, scales);
    }
}

#[test]
fn a_common_factor_correlates_all_tasks_alike() {
    let laws = [lognormal(), unit(), Distribution::Exponential(Exponential { mean: 2.0 })];
    let family = Tasks {
        value: PerTask::Each(laws.to_vec()),
        dependence: Some(TaskDependence::OneFactor { correlation: 0.35 }),
        ..Tasks::alike(3, unit())
    };
    let drawn = columns(family, DRAWS as usize);
    let scored: Vec<Vec<f64>> = laws.iter().zip(&drawn).map(|(law, sample)| scores(law, sample)).collect();
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        check_correlation(&scored[i], &scored[j], 0.35);
    }
    for (law, sample) in laws.iter().zip(drawn) {
        check_marginal(law, sample);
    }
}

#[test]
fn a_correlation_matrix_is_recovered() {
    let matrix = [1.0, 0.6, -0.2, 0.6, 1.0, 0.3, -0.2, 0.3, 1.0];
    let family = Tasks {
        dependence: Some(TaskDependence::Gaussian {
            correlation: matrix.chunks(3).map(<[f64]>::to_vec).collect(),
        }),
        ..Tasks::alike(3, lognormal())
    };
    let drawn = columns(family, DRAWS as usize);
    let scored: Vec<Vec<f64>> = drawn.iter().map(|sample| scores(&lognormal(), sample)).collect();
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        check_correlation(&scored[i], &scored[j], matrix[3 * i + j]);
    }
    for sample in drawn {
        check_marginal(&lognormal(), sample);
    }
}

/// With and without a copula: the share of zeros, and the law of those who do the task. Gamma values come from the
/// buyers' streams without a copula and from quantiles with one.
#[test]
fn tasks_never_done_have_their_share_and_the_others_their_law() {
    let laws = [lognormal(), Distribution::Gamma(Gamma { shape: 0.7, scale: 2.0 })];
    let zeros = [0.2, 0.75];
    for dependence in [None, Some(TaskDependence::OneFactor { correlation: 0.5 })] {
        let family = Tasks {
            value: PerTask::Each(laws.to_vec()),
            zero_probability: Some(PerTask::Each(zeros.to_vec())),
            dependence,
            ..Tasks::alike(2, unit())
        };
        for ((law, zero), sample) in laws.iter().zip(zeros).zip(columns(family, DRAWS as usize)) {
            let done: Vec<f64> = sample.iter().copied().filter(|value| *value > 0.0).collect();
            check_share(sample.len() - done.len(), sample.len(), zero);
            check_marginal(law, done);
        }
    }
}

#[test]
fn segments_have_their_shares_and_their_laws() {
    let family = |mu| {
        let index = Distribution::Lognormal(Lognormal { mu, sigma: 0.5 });
        PopulationConfig::Index { index }
    };
    let tasks = PopulationConfig::Tasks(Tasks::alike(1, lognormal()));
    let segments = [("chat", 0.5, family(0.0)), ("code", 0.2, family(2.0)), ("batch", 0.3, tasks)]
        .map(|(name, share, family)| Segment { name: name.into(), share, family });
    let mixed = population(PopulationConfig::Segments(Segments { segments: segments[..].to_vec() }));
    let drawn = mixed.draw(KEY, 0, DRAWS as usize);
    let positions = drawn.segment.expect("a segment");
    let laws = [0.0, 2.0].map(|mu| Distribution::Lognormal(Lognormal { mu, sigma: 0.5 }));
    // One task of mass one is the index itself.
    for (segment, law) in laws.into_iter().chain([lognormal()]).enumerate() {
        let members =
            positions.iter().zip(&drawn.index).filter(|(position, _)| usize::from(**position) == segment);
        let indices: Vec<f64> = members.map(|(_, index)| *index).collect();
        check_share(indices.len(), DRAWS as usize, segments[segment].share);
        check_marginal(&law, indices);
    }
}

/// The law a seller believes in is that of the buyers who come.
#[test]
fn laws_of_segments_describe_their_buyers() {
    let beta = Distribution::Beta(Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 1.0 });
    let value_scale = ValueScale { value: lognormal(), scale: beta, dependence: None };
    let segments = [
        ("chat", 0.6, PopulationConfig::ValueScale(value_scale)),
        (
            "code",
            0.4,
            PopulationConfig::Index { index: Distribution::Exponential(Exponential { mean: 2.0 }) },
        ),
    ]
    .map(|(name, share, family)| Segment { name: name.into(), share, family });
    let mixed = population(PopulationConfig::Segments(Segments { segments: segments.into() }));
    let law = mixed.belief(100, 0).index.law.expect("the law of both is known");
    let statistic = kolmogorov_smirnov(mixed.draw(KEY, 0, DRAWS as usize).index, |x| 1.0 - law.survival(x));
    assert!(statistic < CRITICAL, "{statistic}");
}
