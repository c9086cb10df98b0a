//! Buyers with a value for each of finitely many tasks.

pub(crate) mod sampler;
mod sums;

use model::config::{ConfigError, IntegerKey, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use super::dependence::TaskDependence;
use super::per_task::PerTask;
use crate::config::{MOST_TASKS, check_shares};
use crate::distribution::Distribution;

/// Values of `n_tasks` tasks, independent unless a copula says otherwise.
///
/// ```text
/// θ = (Σ_i μ_i w_i^{1/(1-σ)})^{1-σ},   w_i = 0 with probability zero_probability, else drawn from value
/// ```
/// With a copula every value is the quantile of a level, of a gamma, beta or mixture, too, where that takes a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tasks {
    /// Number of tasks, 1 to 4096; at most 512 with a correlation matrix.
    pub n_tasks: usize,
    /// Law of the value of every task, or of each, in $ per unit precision.
    pub value: PerTask<Distribution>,
    /// Share of buyers, in [0, 1), who never do a task: for all tasks or for each; absent: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_probability: Option<PerTask<f64>>,
    /// How the values of a buyer's tasks depend on each other; absent: they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependence: Option<TaskDependence>,
    /// Masses of the tasks, positive, summing to one; absent: equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masses: Option<Vec<f64>>,
}

const N_TASKS: IntegerKey =
    IntegerKey { name: "n_tasks", low: 1, high: MOST_TASKS as u64, meaning: "number of tasks" };
const VALUE: &str = "value";
const ZERO_PROBABILITY: NumberKey = NumberKey {
    name: "zero_probability",
    range: Range::UnitBelowOne,
    meaning: "share of buyers who never do a task",
};
const MASSES: NumberKey =
    NumberKey { name: "masses", range: Range::Positive, meaning: "share of each task in all tasks" };

impl Tasks {
    /// Independent values of one law on tasks of equal mass that everybody does.
    pub fn alike(n_tasks: usize, value: Distribution) -> Self {
        Self { n_tasks, value: value.into(), zero_probability: None, dependence: None, masses: None }
    }

    pub(crate) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self {
            n_tasks: section.integer(&N_TASKS)? as usize,
            value: PerTask::<Distribution>::read(section, VALUE)?,
            zero_probability: PerTask::<f64>::read(section, &ZERO_PROBABILITY)?,
            dependence: TaskDependence::read(section)?,
            masses: if section.has(MASSES.name) { Some(section.numbers(&MASSES)?) } else { None },
        })
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if !(1..=MOST_TASKS).contains(&self.n_tasks) {
            let allowed = format!("a whole number from 1 to {MOST_TASKS} ({})", N_TASKS.meaning);
            return Err(Invalid::new(N_TASKS.name, self.n_tasks, allowed));
        }
        self.value.check(VALUE, self.n_tasks)?;
        if let Some(zeros) = &self.zero_probability {
            zeros.check(&ZERO_PROBABILITY, self.n_tasks)?;
        }
        if let Some(dependence) = &self.dependence {
            dependence.check(self.n_tasks)?;
        }
        let Some(masses) = &self.masses else { return Ok(()) };
        if masses.len() != self.n_tasks {
            let allowed = format!("{} masses, one for each task", self.n_tasks);
            return Err(Invalid::new(MASSES.name, format!("{} masses", masses.len()), allowed));
        }
        check_shares(&MASSES, masses)
    }

    /// Masses of all tasks.
    pub(crate) fn all_masses(&self) -> Vec<f64> {
        self.masses.clone().unwrap_or_else(|| vec![1.0 / self.n_tasks as f64; self.n_tasks])
    }
}

#[cfg(test)]
mod tests {
    use model::config::{Node, Section, Value};

    use super::*;
    use crate::config::PopulationConfig;
    use crate::table::NoTables;
    use crate::testing::{constant, lognormal, node, number, numbers, table, text, written};

    fn tasks(masses: &[f64]) -> Tasks {
        Tasks { masses: Some(masses.to_vec()), ..Tasks::alike(2, constant(1.0)) }
    }

    #[test]
    fn masses_are_positive_shares_of_every_task() {
        assert!(tasks(&[0.25, 0.75]).check().is_ok());
        assert_eq!(tasks(&[1.0]).check().unwrap_err().found, "1 masses");
        assert_eq!(tasks(&[0.0, 1.0]).check().unwrap_err().found, "0");
        assert_eq!(tasks(&[0.5, 0.6]).check().unwrap_err().found, "a sum of 1.1");
        assert_eq!(Tasks::alike(5000, constant(1.0)).check().unwrap_err().key, "n_tasks");
    }

    #[test]
    fn what_is_given_for_each_task_is_given_for_every_one() {
        let laws = |count| PerTask::Each(vec![lognormal(0.0, 1.0); count]);
        let with = |value, zeros| Tasks { value, zero_probability: zeros, ..Tasks::alike(2, constant(1.0)) };
        assert!(with(laws(2), Some(PerTask::Each(vec![0.0, 0.5]))).check().is_ok());
        assert_eq!(with(laws(3), None).check().unwrap_err().key, "value");
        assert_eq!(
            with(laws(2), Some(PerTask::Each(vec![0.5]))).check().unwrap_err().key,
            "zero_probability"
        );
        assert_eq!(with(laws(2), Some(1.0.into())).check().unwrap_err().key, "zero_probability");
        let bad = PerTask::Each(vec![lognormal(0.0, 1.0), lognormal(0.0, -1.0)]);
        assert_eq!(with(bad, None).check().unwrap_err().key, "value.1.sigma");
    }

    fn read(entries: &[(&str, Node)]) -> Result<PopulationConfig, ConfigError> {
        let start = [("family", text("tasks")), ("n_tasks", node(Value::Integer(2)))];
        let root = table(&[start.as_slice(), entries].concat());
        PopulationConfig::read(&Section::root("market.toml", &root)?, &NoTables)
    }

    fn constant_table(value: f64) -> Node {
        table(&[("distribution", text("constant")), ("value", number(value))])
    }

    #[test]
    fn every_form_is_read_and_written_back_as_the_same() {
        let one = ("value", constant_table(1.0));
        let each = ("value", node(Value::Array(vec![constant_table(1.0), constant_table(2.0)])));
        let factor = table(&[("copula", text("one-factor")), ("correlation", number(0.5))]);
        let rows = node(Value::Array(vec![numbers(&[1.0, 0.5]), numbers(&[0.5, 1.0])]));
        let matrix = table(&[("copula", text("gaussian")), ("correlation", rows)]);
        for entries in [
            vec![one.clone()],
            vec![each.clone(), ("zero_probability", number(0.25)), ("masses", numbers(&[0.5, 0.5]))],
            vec![each, ("zero_probability", numbers(&[0.25, 0.0])), ("dependence", factor)],
            vec![one, ("dependence", matrix)],
        ] {
            let config = read(&entries).unwrap();
            let node = written(&config);
            let again = PopulationConfig::read(&Section::root("market.toml", &node).unwrap(), &NoTables);
            assert_eq!(again, Ok(config));
        }
    }

    #[test]
    fn mistakes_are_located() {
        let one = ("value", constant_table(1.0));
        let key = |entries: &[(&str, Node)]| read(entries).unwrap_err().key;
        assert_eq!(key(&[]), "value");
        assert_eq!(key(&[("value", number(1.0))]), "value");
        assert_eq!(key(&[("value", numbers(&[1.0, 2.0]))]), "value.0");
        assert_eq!(key(&[("value", node(Value::Array(vec![constant_table(1.0)])))]), "value");
        let bad = node(Value::Array(vec![constant_table(1.0), constant_table(-1.0)]));
        assert_eq!(key(&[("value", bad)]), "value.1.value");
        assert_eq!(key(&[one.clone(), ("zero_probability", number(1.0))]), "zero_probability");
        assert_eq!(key(&[one.clone(), ("zero_probability", numbers(&[0.5, 1.0]))]), "zero_probability");
        assert_eq!(key(&[one.clone(), ("zero_probability", text("none"))]), "zero_probability");
        let dependence = |copula: &str, correlation: Node| {
            let dependence = table(&[("copula", text(copula)), ("correlation", correlation)]);
            key(&[one.clone(), ("dependence", dependence)])
        };
        assert_eq!(dependence("clayton", number(0.5)), "dependence.copula");
        assert_eq!(dependence("one-factor", number(1.0)), "dependence.correlation");
        assert_eq!(dependence("gaussian", numbers(&[1.0, 2.0, 2.0, 1.0])), "dependence.correlation");
        assert_eq!(dependence("gaussian", number(0.5)), "dependence.correlation");
    }
}
