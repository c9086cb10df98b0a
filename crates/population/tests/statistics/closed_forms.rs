//! Means of the index of lognormal tasks, known in the limit of many tasks.

use population::distribution::Lognormal;
use population::family::tasks::Tasks;
use population::{Distribution, Key, PopulationConfig};

use super::population;

const MU: f64 = -0.3;
const SIGMA: f64 = 0.5;

/// Values drawn for each number of tasks.
const VALUES: usize = 4 << 20;

/// Mean index of independent lognormal tasks with its standard error, where σ of the technology is 1/2.
fn mean_index(n_tasks: usize) -> (f64, f64) {
    let value = Distribution::Lognormal(Lognormal { mu: MU, sigma: SIGMA });
    let family = PopulationConfig::Tasks(Tasks::alike(n_tasks, value));
    let index = population(family).draw(Key { seed: 5, replicate: 0 }, 0, VALUES / n_tasks).index;
    let n = index.len() as f64;
    let mean = index.iter().sum::<f64>() / n;
    let variance = index.iter().map(|theta| (theta - mean) * (theta - mean)).sum::<f64>() / n;
    (mean, (variance / n).sqrt())
}

/// The law of large numbers, and how far it still is: with σ = 1/2 and x = w², whose mean over n tasks has the squared index,
///
/// ```text
/// E θ = L (1 - Var x/(8 n (E x)²)) + O(n^-2),   L = (E w^{1/(1-σ)})^{1-σ} = exp(mu + sigma²),   Var x/(E x)² = exp(4 sigma²) - 1
/// ```
/// Terms of higher order are below 0.6/n²; 4.9 standard errors are exceeded 1e-6 often.
#[test]
fn the_mean_index_of_many_lognormal_tasks_tends_to_its_limit() {
    let limit = libm::exp(MU + SIGMA * SIGMA);
    let spread = libm::expm1(4.0 * SIGMA * SIGMA);
    for n_tasks in [64, 256, 1024, 4096] {
        let (mean, error) = mean_index(n_tasks);
        let n = n_tasks as f64;
        let gap = spread / (8.0 * n);
        let distance = (mean / limit - (1.0 - gap)).abs();
        assert!(
            distance < 4.9 * error / limit + 0.6 / (n * n),
            "{n_tasks} tasks: {mean} ± {error}, limit {limit}"
        );
        // Few tasks are visibly below the limit, many are not.
        let below = (limit - mean) / error;
        assert!(
            if n_tasks == 64 { below > 5.0 } else { n_tasks < 4096 || below < 4.9 },
            "{n_tasks}: {below}"
        );
    }
}
