//! Populations under the sampling designs: whatever the design, every number follows its law.
//!
//! Where a number is the quantile of one level its empirical law is even: of N buyers no share is off by more than a few
//! in N, where independent ones would be off by some √N. Everything else is compared as if buyers were independent, which
//! is the looser bound; for a fresh seed each test would fail by chance less often than once in ten thousand.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use model::technology::{Aggregator, Technology, TechnologyConfig, TokenClass};
use population::distribution::{
    Beta, Component, Constant, Ends, Exponential, Gamma, Lognormal, Mixture, Pareto, Truncated, Uniform,
    Weibull,
};
use population::family::dependence::{PairDependence, TaskDependence};
use population::family::finite::{Finite, FiniteType};
use population::family::per_task::PerTask;
use population::family::segments::{Segment, Segments};
use population::family::tasks::Tasks;
use population::family::value_scale::ValueScale;
use population::special;
use population::{Design, Distribution, Key, Population, PopulationConfig};

const KEY: Key = Key { seed: 20_250_702, replicate: 0 };
const EVEN: [Design; 2] = [Design::Stratified, Design::Sobol];

/// Two whole blocks of strata.
const BUYERS: usize = 1 << 13;

fn population(config: PopulationConfig, design: Design) -> Population {
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    let tokens = vec![token("input"), token("output")];
    let technology = Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens,
        fine_tuning: None,
    })
    .expect("a valid technology");
    Population::new(config, &technology).expect("a valid population").recording_tasks(true).sampled_by(design)
}

fn lognormal() -> Distribution {
    Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 0.5 })
}

fn unit() -> Distribution {
    Distribution::Uniform(Uniform { low: 0.0, high: 1.0 })
}

fn gamma() -> Distribution {
    Distribution::Gamma(Gamma { shape: 2.5, scale: 0.4 })
}

fn beta() -> Distribution {
    Distribution::Beta(Beta { alpha: 0.6, beta: 2.0, low: 0.0, high: 1.0 })
}

fn mixture() -> Distribution {
    let component = |weight, distribution| Component { weight, distribution };
    let components = vec![component(0.3, lognormal()), component(0.5, gamma()), component(0.2, unit())];
    Distribution::Mixture(Mixture { components })
}

fn laws() -> Vec<Distribution> {
    let ends = Ends { low: Some(0.5), high: Some(2.0) };
    vec![
        unit(),
        lognormal(),
        gamma(),
        beta(),
        mixture(),
        Distribution::Exponential(Exponential { mean: 2.0 }),
        Distribution::Weibull(Weibull { shape: 1.5, scale: 2.0 }),
        Distribution::Pareto(Pareto { scale: 1.0, shape: 3.0 }),
        Distribution::Truncated(Truncated::new(gamma(), ends).expect("gamma draws lie between")),
    ]
}

/// Largest distance between the empirical law and the cdf, in buyers.
fn distance_in_buyers(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let of = |(rank, x): (usize, &f64)| {
        let expected = cdf(*x) * n;
        (expected - rank as f64).abs().max((rank as f64 + 1.0 - expected).abs())
    };
    sample.iter().enumerate().map(of).fold(0.0, f64::max)
}

/// Kolmogorov's distribution exceeds 2.694 with probability 1e-6.
fn as_if_independent() -> f64 {
    2.694 * (BUYERS as f64).sqrt()
}

/// Each block of 4096 strata is off by one buyer at most at any point, and at every border of a mixture's components.
#[test]
fn every_law_is_drawn_evenly() {
    for law in laws() {
        for design in EVEN {
            let index = PopulationConfig::Index { index: law.clone() };
            let sample = population(index, design).draw(KEY, 0, BUYERS).index;
            let (low, high) = law.support();
            assert!(sample.iter().all(|x| (low..=high).contains(x)), "{law:?}");
            let off = distance_in_buyers(sample, |x| law.cdf(x));
            assert!(off <= 4.0 * 3.0, "{design:?} {law:?}: off by {off} of {BUYERS} buyers");
        }
    }
}

#[test]
fn value_and_scale_follow_their_laws_and_are_independent() {
    for design in EVEN {
        let family = ValueScale { value: gamma(), scale: beta(), dependence: None };
        let buyers = population(PopulationConfig::ValueScale(family), design).draw(KEY, 0, BUYERS);
        let (value, scale) = (buyers.value.unwrap(), buyers.scale.unwrap());
        assert!(distance_in_buyers(value.clone(), |x| gamma().cdf(x)) <= 4.0);
        let off = distance_in_buyers(scale.clone(), |x| beta().cdf(x));
        let allowed = if design == Design::Sobol { 1.001 } else { as_if_independent() };
        assert!(off <= allowed, "{design:?}: {off}");
        assert!(together(&value, &gamma(), &scale, &beta()).abs() < five_errors());
    }
}

/// Share of buyers on the same side of both medians, less one half.
fn together(first: &[f64], law: &Distribution, second: &[f64], other: &Distribution) -> f64 {
    let same = |(x, y): &(&f64, &f64)| (law.cdf(**x) < 0.5) == (other.cdf(**y) < 0.5);
    first.iter().zip(second).filter(same).count() as f64 / first.len() as f64 - 0.5
}

/// Five standard errors of a share of one half: exceeded 6e-7 often.
fn five_errors() -> f64 {
    2.5 / (BUYERS as f64).sqrt()
}

/// Normal scores with correlation r are on the same side with probability 1/2 + asin(r)/π.
#[test]
fn copulas_keep_marginals_and_dependence() {
    let expected = |correlation: f64| libm::asin(correlation) / std::f64::consts::PI;
    for design in EVEN {
        let dependence = Some(PairDependence::Gaussian { correlation: -0.5 });
        let family = ValueScale { value: lognormal(), scale: beta(), dependence };
        let buyers = population(PopulationConfig::ValueScale(family), design).draw(KEY, 0, BUYERS);
        let (value, scale) = (buyers.value.unwrap(), buyers.scale.unwrap());
        assert!(distance_in_buyers(value.clone(), |x| lognormal().cdf(x)) <= 4.0);
        assert!(distance_in_buyers(scale.clone(), |x| beta().cdf(x)) < as_if_independent());
        assert!((together(&value, &lognormal(), &scale, &beta()) - expected(-0.5)).abs() < five_errors());
        let matrix = vec![vec![1.0, 0.4, 0.4], vec![0.4, 1.0, 0.4], vec![0.4, 0.4, 1.0]];
        for dependence in
            [TaskDependence::OneFactor { correlation: 0.4 }, TaskDependence::Gaussian { correlation: matrix }]
        {
            let family = Tasks { dependence: Some(dependence), ..Tasks::alike(3, gamma()) };
            let tasks = by_task(PopulationConfig::Tasks(family), design, 3);
            for task in &tasks {
                assert!(distance_in_buyers(task.clone(), |x| gamma().cdf(x)) < as_if_independent());
            }
            for (first, second) in [(0, 1), (0, 2), (1, 2)] {
                let found = together(&tasks[first], &gamma(), &tasks[second], &gamma());
                assert!((found - expected(0.4)).abs() < five_errors(), "{design:?}: {found}");
            }
        }
    }
}

fn by_task(config: PopulationConfig, design: Design, n_tasks: usize) -> Vec<Vec<f64>> {
    let values = population(config, design).draw(KEY, 0, BUYERS).task_values.unwrap();
    (0..n_tasks).map(|task| values.iter().skip(task).step_by(n_tasks).copied().collect()).collect()
}

/// Where values vary little the logarithm of the index is nearly a line in the one score that the designs spread best, whatever
/// the tasks weigh and however they hang together: the mean over 4096 buyers then varies a hundred times less than that of
/// independent ones (over 32 replicates that is known to a quarter). Of the common factor alone it would be four to twelve times.
#[test]
fn what_moves_the_index_most_is_spread() {
    let law = |sigma| Distribution::Lognormal(Lognormal { mu: 0.0, sigma });
    let uneven = Tasks {
        value: PerTask::Each([0.01, 0.02, 0.03, 0.03, 0.02, 0.01, 0.04, 0.02].map(law).to_vec()),
        masses: Some(vec![0.3, 0.1, 0.2, 0.05, 0.1, 0.05, 0.15, 0.05]),
        ..Tasks::alike(8, unit())
    };
    // Even tasks move with each other and against odd ones.
    let entry = |i: usize, j: usize| match i.abs_diff(j) {
        0 => 1.0,
        apart if apart % 2 == 0 => 0.5,
        _ => -0.5,
    };
    let correlation = (0..8).map(|i| (0..8).map(|j| entry(i, j)).collect()).collect();
    let with = |dependence| Tasks { dependence: Some(dependence), ..uneven.clone() };
    let mean_logarithm = |population: &Population, replicate| {
        let drawn = population.draw(Key { replicate, ..KEY }, 0, 4096).index;
        drawn.iter().map(|index| libm::log(*index)).sum::<f64>() / 4096.0
    };
    for family in [
        uneven.clone(),
        with(TaskDependence::OneFactor { correlation: 0.3 }),
        with(TaskDependence::Gaussian { correlation }),
    ] {
        let variance = |design| {
            let population = population(PopulationConfig::Tasks(family.clone()), design);
            let means: Vec<f64> = (0..32).map(|replicate| mean_logarithm(&population, replicate)).collect();
            let centre = means.iter().sum::<f64>() / 32.0;
            means.iter().map(|mean| (mean - centre) * (mean - centre)).sum::<f64>()
        };
        let plain = variance(Design::Pseudo);
        for design in EVEN {
            let gain = plain / variance(design);
            assert!(gain > 100.0, "{design:?} {:?}: {gain}", family.dependence);
        }
    }
}

/// The squared length of a buyer's scores has the chi-square law, and its mean over 4096 buyers varies a hundred times less than that of
/// independent ones: without the length of all scores beside the first it would be 1.2 times.
#[test]
fn how_long_scores_are_together_is_spread() {
    let squares = |design, replicate| -> Vec<f64> {
        let population = population(PopulationConfig::Tasks(Tasks::alike(6, lognormal())), design);
        let values = population.draw(Key { replicate, ..KEY }, 0, 4096).task_values.unwrap();
        let square = |value: &f64| (libm::log(*value) / 0.5) * (libm::log(*value) / 0.5);
        values.chunks(6).map(|values| values.iter().map(square).sum()).collect()
    };
    for design in EVEN {
        let distance = distance_in_buyers(squares(design, 0), |x| special::gamma::tails(3.0, 0.5 * x).lower);
        assert!(distance <= as_if_independent(), "{design:?}: {distance}");
        let error = |replicate| squares(design, replicate).iter().sum::<f64>() / 4096.0 - 6.0;
        let variance = (0..32).map(|replicate| error(replicate) * error(replicate)).sum::<f64>() / 32.0;
        let gain = 2.0 * 6.0 / 4096.0 / variance;
        assert!(gain > 100.0, "{design:?}: {gain}");
    }
}

/// Tasks in their order have dimensions of their own; who never does one is decided by the same level.
#[test]
fn tasks_follow_their_laws_and_zeros_their_shares() {
    let laws = [lognormal(), gamma(), beta(), mixture()];
    for design in EVEN {
        let allowed = |task| match (design, task) {
            (Design::Sobol, _) | (_, 0) => 4.0 * 3.0,
            _ => as_if_independent(),
        };
        let each = Tasks { value: PerTask::Each(laws.to_vec()), ..Tasks::alike(4, unit()) };
        let some = Tasks { zero_probability: Some(0.3.into()), ..each.clone() };
        let all = by_task(PopulationConfig::Tasks(each), design, 4);
        for (task, values) in all.into_iter().enumerate() {
            assert!(distance_in_buyers(values, |x| laws[task].cdf(x)) <= allowed(task), "{design:?} {task}");
        }
        for (task, values) in by_task(PopulationConfig::Tasks(some), design, 4).into_iter().enumerate() {
            let (zeros, others): (Vec<f64>, Vec<f64>) = values.into_iter().partition(|value| *value == 0.0);
            assert!((zeros.len() as f64 - 0.3 * BUYERS as f64).abs() <= allowed(task));
            assert!(distance_in_buyers(others, |x| laws[task].cdf(x)) <= allowed(task));
        }
    }
}

#[test]
fn types_and_segments_have_their_shares() {
    let kind = |probability, value| FiniteType { probability, values: vec![value] };
    let types = vec![kind(0.3, 1.0), kind(0.7, 2.0)];
    let finite = PopulationConfig::Finite(Finite { masses: vec![1.0], types });
    let constant = Distribution::Constant(Constant { value: 1.0 });
    let segment = |name: &str, share, family| Segment { name: name.into(), share, family };
    let segments = PopulationConfig::Segments(Segments {
        segments: vec![
            segment("one", 0.3, PopulationConfig::Index { index: constant }),
            segment("many", 0.7, PopulationConfig::Tasks(Tasks::alike(4096, lognormal()))),
        ],
    });
    for design in EVEN {
        let drawn = population(finite.clone(), design).draw(KEY, 0, BUYERS).index;
        let low = drawn.iter().filter(|index| **index < 1.5).count() as f64;
        assert!((low - 0.3 * BUYERS as f64).abs() <= 4.0, "{design:?}: {low}");
        // A segment comes first: the last of 4096 tasks has dimension 4096, which the direction numbers reach.
        let drawn = population(segments.clone(), design).draw(KEY, 0, 64);
        let of_one = drawn.segment.unwrap().iter().filter(|segment| **segment == 0).count() as f64;
        assert!((of_one - 0.3 * 64.0).abs() <= 1.0, "{design:?}: {of_one}");
        assert!(drawn.index.iter().all(|index| index.is_finite()));
    }
}

/// Over replicates a buyer's draws are independent, and so are the means of replicates: both have the variances and
/// correlations of independent numbers, five standard errors of which are exceeded 6e-7 often.
#[test]
fn replicates_are_independent_randomisations() {
    const REPLICATES: u32 = 4000;
    for design in EVEN {
        let population = population(PopulationConfig::Index { index: unit() }, design);
        let drawn: Vec<Vec<f64>> =
            (0..REPLICATES).map(|replicate| population.draw(Key { replicate, ..KEY }, 16, 5).index).collect();
        let mean = |buyers: &Vec<f64>| buyers.iter().sum::<f64>() / buyers.len() as f64;
        for of in [&(|buyers: &Vec<f64>| buyers[1]) as &dyn Fn(&Vec<f64>) -> f64, &mean] {
            let centred: Vec<f64> = drawn.iter().map(|buyers| of(buyers) - 0.5).collect();
            let variance = centred.iter().map(|x| x * x).sum::<f64>();
            let products: f64 = centred.windows(2).map(|pair| pair[0] * pair[1]).sum();
            assert!((products / variance).abs() < 5.0 / f64::from(REPLICATES).sqrt(), "{design:?}");
            let centre = centred.iter().sum::<f64>() / f64::from(REPLICATES);
            assert!(centre.abs() < 5.0 * variance.sqrt() / f64::from(REPLICATES), "{design:?}: {centre}");
        }
    }
}

/// The kind of sample a run draws in parts: batch by batch, from any point, and as the beginning of a longer one.
#[test]
fn batches_and_prefixes_hold_the_same_people() {
    let some = Tasks { zero_probability: Some(0.2.into()), ..Tasks::alike(5, gamma()) };
    let with = |dependence| Tasks { dependence: Some(dependence), ..Tasks::alike(5, lognormal()) };
    let entry = |i: usize, j: usize| if i == j { 1.0 } else { 0.3 };
    let correlation = (0..5).map(|i| (0..5).map(|j| entry(i, j)).collect()).collect();
    let families = [
        some,
        Tasks::alike(5, lognormal()),
        with(TaskDependence::OneFactor { correlation: 0.3 }),
        with(TaskDependence::Gaussian { correlation }),
    ];
    for (design, tasks) in EVEN.into_iter().flat_map(|design| families.clone().map(|tasks| (design, tasks))) {
        let population = population(PopulationConfig::Tasks(tasks), design);
        let whole = population.draw(KEY, 0, 10_000);
        for (first, count) in [(0, 1), (0, 5_000), (4_095, 2), (5_000, 5_000)] {
            let part = population.draw(KEY, first as u64, count);
            assert_eq!(part.index, whole.index[first..first + count], "{design:?}");
            let tasks = &whole.task_values.as_ref().unwrap()[5 * first..5 * (first + count)];
            assert_eq!(part.task_values.unwrap(), tasks);
        }
    }
}
