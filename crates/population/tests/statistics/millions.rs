//! Every marginal law at a million draws, drawn alone and through copulas.
//!
//! A fresh seed would fail one of these 100-odd comparisons less often than once in nine thousand: each with a probability
//! of 1e-6 or less.

use population::distribution::{Beta, Constant, Exponential, Gamma};
use population::family::dependence::{PairDependence, TaskDependence};
use population::family::per_task::PerTask;
use population::family::tasks::Tasks;
use population::family::value_scale::ValueScale;
use population::special::{Tails, normal};
use population::stream::Purpose;
use population::{Distribution, Key, PopulationConfig};

use super::{CRITICAL, cut_and_mixed_laws, laws, mixture, population, unit};

const DRAWS: usize = 1_000_000;
const KEY: Key = Key { seed: 31, replicate: 2 };

/// Order statistics between two at which the cdf is computed.
const STRIDE: usize = 32;

/// An upper bound of Kolmogorov's statistic, too high by at most STRIDE/sqrt(n) = 0.032.
///
/// ```text
/// x_(i) <= x <= x_(j):   F(x) - F_n(x) <= F(x_(j)) - i/n,   F_n(x) - F(x) <= j/n - F(x_(i)),   ranks i < j
/// ```
fn bound(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let (mut largest, mut rank_before, mut below_before) = (0.0_f64, 0, 0.0);
    let ends = (STRIDE..sample.len()).step_by(STRIDE).chain([sample.len()]);
    for rank in ends {
        let below = cdf(sample[rank - 1]);
        largest = largest.max(below - rank_before as f64 / n).max(rank as f64 / n - below_before);
        (rank_before, below_before) = (rank, below);
    }
    largest.max(1.0 - below_before) * n.sqrt()
}

fn check(law: &Distribution, sample: Vec<f64>) {
    let statistic = bound(sample, |x| law.cdf(x));
    assert!(statistic < CRITICAL, "{law:?}: {statistic}");
}

fn drawn(law: &Distribution) -> Vec<f64> {
    (0..DRAWS as u64).map(|user| law.draw(KEY, Purpose::Value, user, 0)).collect()
}

#[test]
fn a_million_draws_follow_every_law() {
    for law in laws() {
        check(&law, drawn(&law));
    }
}

#[test]
fn a_million_draws_follow_every_cut_and_mixed_law() {
    for law in cut_and_mixed_laws() {
        check(&law, drawn(&law));
    }
}

/// Values of a million buyers on one task for each law, dependent by a copula; one column for each task.
fn drawn_dependent(laws: &[Distribution], dependence: TaskDependence) -> Vec<Vec<f64>> {
    let n_tasks = laws.len();
    let (value, dependence) = (PerTask::Each(laws.to_vec()), Some(dependence));
    let family = Tasks { value, dependence, ..Tasks::alike(n_tasks, unit()) };
    let drawn = population(PopulationConfig::Tasks(family)).recording_tasks(true).draw(KEY, 0, DRAWS);
    let values = drawn.task_values.expect("tasks were asked for");
    (0..n_tasks).map(|task| values.iter().skip(task).step_by(n_tasks).copied().collect()).collect()
}

#[test]
fn a_million_draws_follow_every_law_through_a_common_factor() {
    for laws in laws().chunks(5).chain(cut_and_mixed_laws().chunks(5)) {
        let columns = drawn_dependent(laws, TaskDependence::OneFactor { correlation: 0.4 });
        for (law, column) in laws.iter().zip(columns) {
            check(law, column);
        }
    }
}

#[test]
fn a_million_draws_follow_every_law_through_a_correlation_matrix() {
    for laws in laws().chunks(5) {
        // 0.6 to the distance between two tasks: a valid correlation matrix.
        let entry = |i: usize, j: usize| (0..i.abs_diff(j)).fold(1.0, |product, _| 0.6 * product);
        let row = |i: usize| (0..laws.len()).map(|j| entry(i, j)).collect();
        let correlation = (0..laws.len()).map(row).collect();
        let columns = drawn_dependent(laws, TaskDependence::Gaussian { correlation });
        for (law, column) in laws.iter().zip(columns) {
            check(law, column);
        }
    }
}

/// Shares of the components are recognised by where they lie: five standard errors are exceeded 6e-7 often.
#[test]
fn components_of_mixtures_have_their_shares() {
    let uniform = |low, high| Distribution::Uniform(population::distribution::Uniform { low, high });
    let one = Distribution::Constant(Constant { value: 1.0 });
    let weights = [0.001, 0.299, 0.5, 0.2];
    let parts = [one, uniform(2.0, 3.0), uniform(4.0, 5.0), uniform(6.0, 7.0)];
    let law = mixture(&weights.into_iter().zip(parts).collect::<Vec<_>>());
    let mut counts = [0_usize; 4];
    for x in drawn(&law) {
        counts[(x / 2.0) as usize] += 1;
    }
    for (count, weight) in counts.into_iter().zip(weights) {
        let error = (weight * (1.0 - weight) / DRAWS as f64).sqrt();
        let share = count as f64 / DRAWS as f64;
        assert!((share - weight).abs() < 5.0 * error, "{share} is not {weight}");
    }
}

/// The correlation of normal scores, whose error is (1 - r²)/sqrt(n): 4.9 of them are exceeded 1e-6 often.
fn check_correlation(columns: [(&Distribution, &[f64]); 2], expected: f64) {
    let scores = columns.map(|(law, sample)| -> Vec<f64> {
        let tails = |x: &f64| Tails { lower: law.cdf(*x), upper: law.survival(*x) };
        sample.iter().map(|x| normal::score(tails(x))).collect()
    });
    let n = scores[0].len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let means = [mean(&scores[0]), mean(&scores[1])];
    let moment = |a: usize, b: usize| {
        let products = scores[a].iter().zip(&scores[b]).map(|(x, y)| (x - means[a]) * (y - means[b]));
        products.sum::<f64>() / n
    };
    let found = moment(0, 1) / (moment(0, 0) * moment(1, 1)).sqrt();
    let error = (1.0 - expected * expected) / n.sqrt();
    assert!((found - expected).abs() < 4.9 * error, "correlation {found} is not {expected} ± {error}");
}

#[test]
fn copulas_correlate_a_million_pairs() {
    let gamma = Distribution::Gamma(Gamma { shape: 0.7, scale: 2.0 });
    let beta = Distribution::Beta(Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 1.0 });
    for (value, scale, correlation) in [(laws()[1].clone(), unit(), -0.6), (gamma.clone(), beta.clone(), 0.8)]
    {
        let dependence = Some(PairDependence::Gaussian { correlation });
        let pair = ValueScale { value: value.clone(), scale: scale.clone(), dependence };
        let buyers = population(PopulationConfig::ValueScale(pair)).draw(KEY, 0, DRAWS);
        let (values, scales) = (buyers.value.expect("values"), buyers.scale.expect("scales"));
        check_correlation([(&value, &values), (&scale, &scales)], correlation);
        check(&value, values);
        check(&scale, scales);
    }
    let laws = [gamma, Distribution::Exponential(Exponential { mean: 2.0 }), beta];
    let matrix = vec![vec![1.0, 0.7, -0.2], vec![0.7, 1.0, 0.3], vec![-0.2, 0.3, 1.0]];
    for (dependence, expected) in [
        (TaskDependence::OneFactor { correlation: 0.4 }, [0.4; 3]),
        (TaskDependence::Gaussian { correlation: matrix }, [0.7, -0.2, 0.3]),
    ] {
        let columns = drawn_dependent(&laws, dependence);
        for ((i, j), expected) in [(0, 1), (0, 2), (1, 2)].into_iter().zip(expected) {
            check_correlation([(&laws[i], &columns[i]), (&laws[j], &columns[j])], expected);
        }
    }
}
