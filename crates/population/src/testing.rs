//! What the tests of this crate share: configuration without a file, one example of every distribution, checks of laws.

mod written;

use std::collections::BTreeMap;
use std::path::Path;

use model::config::{ConfigError, Node, Origin, Section, Value};
use model::technology::{Aggregator, Technology, TechnologyConfig, TokenClass};

use crate::Population;
use crate::config::PopulationConfig;
use crate::distribution::{
    Beta, Component, Constant, Distribution, Ends, Exponential, Gamma, Lognormal, Mixture, Pareto, Truncated,
    TwoTailed, Uniform, Weibull,
};
use crate::family::dependence::{PairDependence, TaskDependence};
use crate::family::finite::{Finite, FiniteType};
use crate::family::per_task::PerTask;
use crate::family::segments::{Segment, Segments};
use crate::family::tasks::Tasks;
use crate::family::value_scale::ValueScale;
use crate::table::{ReadTables, Table, TableError, check_content, read_csv};

pub(crate) use written::written;

pub(crate) fn node(value: Value) -> Node {
    Node { value, origin: Origin::Line(1) }
}

pub(crate) fn number(value: f64) -> Node {
    node(Value::Float(value))
}

pub(crate) fn text(value: &str) -> Node {
    node(Value::Text(value.into()))
}

pub(crate) fn numbers(values: &[f64]) -> Node {
    node(Value::Array(values.iter().copied().map(number).collect()))
}

pub(crate) fn table(entries: &[(&str, Node)]) -> Node {
    let map: BTreeMap<_, _> = entries.iter().map(|(key, node)| ((*key).to_string(), node.clone())).collect();
    node(Value::Table(map))
}

pub(crate) fn read_table(entries: &[(&str, Node)]) -> Result<Distribution, ConfigError> {
    let table = table(entries);
    Distribution::read(&Section::root("market.toml", &table)?)
}

type Entries = Vec<(&'static str, Node)>;

/// One example of every distribution with its parameters, in the order of the names; parameters are asymmetric.
pub(crate) fn examples() -> Vec<(Distribution, Entries)> {
    vec![
        (
            Distribution::Uniform(Uniform { low: 0.5, high: 2.0 }),
            vec![("low", number(0.5)), ("high", number(2.0))],
        ),
        (
            Distribution::Lognormal(Lognormal { mu: -1.0, sigma: 1.5 }),
            vec![("mu", number(-1.0)), ("sigma", number(1.5))],
        ),
        (Distribution::Exponential(Exponential { mean: 3.0 }), vec![("mean", number(3.0))]),
        (
            Distribution::Gamma(Gamma { shape: 0.4, scale: 5.0 }),
            vec![("shape", number(0.4)), ("scale", number(5.0))],
        ),
        (
            Distribution::Weibull(Weibull { shape: 0.7, scale: 2.0 }),
            vec![("shape", number(0.7)), ("scale", number(2.0))],
        ),
        (
            Distribution::Pareto(Pareto { scale: 2.0, shape: 5.0 }),
            vec![("scale", number(2.0)), ("shape", number(5.0))],
        ),
        (
            Distribution::Beta(Beta { alpha: 0.6, beta: 3.0, low: 0.25, high: 1.25 }),
            vec![
                ("alpha", number(0.6)),
                ("beta", number(3.0)),
                ("low", number(0.25)),
                ("high", number(1.25)),
            ],
        ),
        (Distribution::Constant(Constant { value: 1.5 }), vec![("value", number(1.5))]),
        (
            mixture(&[
                (0.25, Distribution::Exponential(Exponential { mean: 2.0 })),
                (0.75, lognormal(0.0, 0.5)),
            ]),
            vec![(
                "components",
                node(Value::Array(vec![
                    table(&[
                        ("weight", number(0.25)),
                        ("distribution", text("exponential")),
                        ("mean", number(2.0)),
                    ]),
                    table(&[
                        ("weight", number(0.75)),
                        ("distribution", text("lognormal")),
                        ("mu", number(0.0)),
                        ("sigma", number(0.5)),
                    ]),
                ])),
            )],
        ),
    ]
}

pub(crate) fn lognormal(mu: f64, sigma: f64) -> Distribution {
    Distribution::Lognormal(Lognormal { mu, sigma })
}

pub(crate) fn constant(value: f64) -> Distribution {
    Distribution::Constant(Constant { value })
}

pub(crate) fn mixture(parts: &[(f64, Distribution)]) -> Distribution {
    let components = parts
        .iter()
        .map(|(weight, part)| Component { weight: *weight, distribution: part.clone() })
        .collect();
    Distribution::Mixture(Mixture { components })
}

pub(crate) fn truncated(law: Distribution, low: Option<f64>, high: Option<f64>) -> Distribution {
    Distribution::Truncated(Truncated::new(law, Ends { low, high }).unwrap())
}

/// Examples cut below, above and at both ends, near the middle and far out in either tail.
pub(crate) fn cut_examples() -> Vec<Distribution> {
    let cut = |law: &Distribution| {
        let at = |p: f64| law.quantile_of_tails(p, 1.0 - p);
        [
            (None, Some(at(0.9))),
            (Some(at(0.2)), None),
            (Some(at(0.01)), Some(at(0.6))),
            (Some(at(0.99)), Some(at(0.999))),
        ]
        .map(|(low, high)| truncated(law.clone(), low, high))
    };
    let uncut: Vec<Distribution> = examples().into_iter().map(|(law, _)| law).collect();
    uncut.iter().filter(|law| !law.has_atoms()).flat_map(cut).collect()
}

/// A population facing σ = 1/2.
pub(crate) fn population(config: PopulationConfig) -> Population {
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    let tokens = vec![token("input"), token("output")];
    let technology = Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens,
        fine_tuning: None,
    })
    .unwrap();
    Population::new(config, &technology).unwrap()
}

/// One population of every family, in the order of the families.
pub(crate) fn populations() -> Vec<Population> {
    let uniform = |low, high| Distribution::Uniform(Uniform { low, high });
    let lognormal = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 0.5 });
    let beta = Distribution::Beta(Beta { alpha: 0.6, beta: 2.0, low: 0.0, high: 1.0 });
    let kind = |probability, values: [f64; 2]| FiniteType { probability, values: values.to_vec() };
    [
        PopulationConfig::Index { index: lognormal.clone() },
        PopulationConfig::ValueScale(ValueScale {
            value: uniform(0.0, 1.0),
            scale: uniform(0.0, 1.0),
            dependence: None,
        }),
        PopulationConfig::Tasks(Tasks::alike(5, lognormal.clone())),
        PopulationConfig::Finite(Finite {
            masses: vec![0.25, 0.75],
            types: vec![kind(0.3, [1.0, 0.2]), kind(0.7, [0.4, 0.9])],
        }),
        PopulationConfig::ValueScale(ValueScale {
            value: lognormal.clone(),
            scale: beta.clone(),
            dependence: None,
        }),
        PopulationConfig::Index { index: truncated(lognormal.clone(), Some(0.8), Some(3.0)) },
        PopulationConfig::Index { index: mixture(&[(0.4, lognormal.clone()), (0.6, beta.clone())]) },
        PopulationConfig::Index { index: mixture(&[(0.4, constant(2.0)), (0.6, constant(1.0))]) },
        PopulationConfig::Index { index: mixture(&[(0.4, constant(2.0)), (0.6, beta.clone())]) },
        PopulationConfig::ValueScale(ValueScale {
            value: mixture(&[(0.5, truncated(lognormal.clone(), None, Some(2.0))), (0.5, constant(1.0))]),
            scale: mixture(&[(0.5, uniform(0.0, 0.5)), (0.5, constant(0.75))]),
            dependence: None,
        }),
        PopulationConfig::ValueScale(ValueScale {
            value: mixture(&[(0.5, lognormal.clone()), (0.5, constant(0.0))]),
            scale: uniform(0.5, 1.0),
            dependence: None,
        }),
        PopulationConfig::ValueScale(ValueScale {
            value: lognormal.clone(),
            scale: beta.clone(),
            dependence: Some(PairDependence::Gaussian { correlation: -0.5 }),
        }),
        PopulationConfig::Tasks(Tasks {
            zero_probability: Some(0.3.into()),
            dependence: Some(TaskDependence::OneFactor { correlation: 0.4 }),
            ..Tasks::alike(3, mixture(&[(0.5, lognormal.clone()), (0.5, uniform(0.0, 1.0))]))
        }),
        PopulationConfig::Tasks(Tasks {
            value: PerTask::Each(vec![lognormal.clone(), uniform(0.0, 1.0), beta.clone()]),
            zero_probability: Some(PerTask::Each(vec![0.0, 0.5, 0.9])),
            ..Tasks::alike(3, lognormal.clone())
        }),
        PopulationConfig::Tasks(Tasks {
            dependence: Some(TaskDependence::Gaussian {
                correlation: vec![vec![1.0, -0.5], vec![-0.5, 1.0]],
            }),
            masses: Some(vec![0.4, 0.6]),
            ..Tasks::alike(2, lognormal.clone())
        }),
    ]
    .into_iter()
    .chain(segmented(&lognormal, &beta))
    .chain(empirical())
    .map(population)
    .collect()
}

/// One file of customers, whatever the path.
pub(crate) struct Customers;

impl Customers {
    pub(crate) const CSV: &str = "customer,index,value,share,weight,mail,code\n\
        ann,2.0,1.0,0.25,1,1.0,0.0\nbob,1.0,3.0,1.0,3,0.5,2.0\neve,2.0,0.5,0.5,0,0.0,0.0\n\
        dan,0.0,2.0,0.0,2,4.0,1.0\nfay,2.0,1.0,0.75,2,0.5,2.0\n";
}

impl ReadTables for Customers {
    fn read(&self, _: &Path, columns: &[&str], stated: Option<&str>) -> Result<Table, TableError> {
        check_content("customers", stated)?;
        Ok(Table { hash: "customers".into(), columns: read_csv(Self::CSV.as_bytes(), columns)? })
    }
}

/// The family `empirical` over [`Customers`] with these keys.
pub(crate) fn read_empirical(entries: &[(&str, Node)]) -> Result<PopulationConfig, ConfigError> {
    let mut all = vec![("family", text("empirical")), ("file", text("customers.csv"))];
    all.extend_from_slice(entries);
    let root = table(&all);
    PopulationConfig::read(&Section::root("market.toml", &root)?, &Customers)
}

/// Customers known by index, by value and scale, and by tasks in the order of the file.
fn empirical() -> [PopulationConfig; 3] {
    let tasks = node(Value::Array(vec![text("mail"), text("code")]));
    [
        vec![("index", text("index")), ("weight", text("weight"))],
        vec![("value", text("value")), ("scale", text("share")), ("weight", text("weight"))],
        vec![("tasks", tasks), ("masses", numbers(&[0.25, 0.75])), ("draw", text("in-order"))],
    ]
    .map(|entries| read_empirical(&entries).expect("the customers are in order"))
}

/// Segments of which a law is known, of which points are known, which all have value and scale, and mixed ones.
fn segmented(lognormal: &Distribution, beta: &Distribution) -> [PopulationConfig; 4] {
    let index = |index: &Distribution| PopulationConfig::Index { index: index.clone() };
    let value_scale = |value: &Distribution| {
        let (value, scale) = (value.clone(), beta.clone());
        PopulationConfig::ValueScale(ValueScale { value, scale, dependence: None })
    };
    let tasks = |n_tasks| PopulationConfig::Tasks(Tasks::alike(n_tasks, lognormal.clone()));
    [
        [index(lognormal), value_scale(beta), index(beta)],
        [index(&constant(1.0)), index(&constant(2.0)), index(&constant(1.0))],
        [value_scale(lognormal), value_scale(beta), value_scale(&constant(2.0))],
        [tasks(3), tasks(4), index(lognormal)],
    ]
    .map(|families| {
        let names = ["chat", "code", "batch"];
        let segments = families.into_iter().zip(names).zip([0.5, 0.25, 0.25]);
        let segments = segments.map(|((family, name), share)| Segment { name: name.into(), share, family });
        PopulationConfig::Segments(Segments { segments: segments.collect() })
    })
}

/// Quantiles invert both tails, tails complement each other, and the density is the slope of the survival.
pub(crate) fn check_law(law: &dyn TwoTailed) {
    check_law_within(law, 0.0);
}

/// The same for a law whose tails carry a rounding that does not shrink with them: one cut inside its support.
pub(crate) fn check_law_within(law: &dyn TwoTailed, rounding: f64) {
    let (low, high) = law.support();
    for exponent in [12.0, 9.0, 6.0, 3.0, 1.0, 0.302] {
        let p = libm::pow(10.0, -exponent);
        for (x, tail) in [(law.upper_quantile(p), law.survival(law.upper_quantile(p))), {
            let x = law.lower_quantile(p);
            (x, law.cdf(x))
        }] {
            assert!(x >= low && x <= high, "{law:?}: {x}");
            // The rounding of x itself moves the tail by x f(x).
            let allowed = 1e-12 * p + 4.0 * f64::EPSILON * x * law.density(x) + rounding;
            assert!((tail - p).abs() <= allowed, "{law:?} at {x}: {tail:e} is not {p:e}");
            assert!((law.cdf(x) + law.survival(x) - 1.0).abs() < 1e-15, "{law:?} at {x}");
            let step = 1e-6 * (x - low).min(if high.is_finite() { high - x } else { x });
            if step > 1e-9 * x {
                let slope = (law.survival(x - step) - law.survival(x + step)) / (2.0 * step);
                let error = (slope / law.density(x) - 1.0).abs();
                let flat = 1e-15 / (law.density(x) * step);
                assert!(error < 1e-5 + flat, "{law:?} at {x}: density {} not {slope}", law.density(x));
            }
        }
    }
    assert_eq!((law.survival(low), law.cdf(low)), (1.0, 0.0), "{law:?}");
    assert_eq!((law.survival(high), law.cdf(high)), (0.0, 1.0), "{law:?}");
    assert_eq!((law.density(low - 1.0), law.density(high * 2.0)), (0.0, 0.0), "{law:?}");
}
