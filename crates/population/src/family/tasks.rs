//! Buyers with a value for each of finitely many tasks, drawn independently from one law.

use model::config::{ConfigError, IntegerKey, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use crate::config::{MOST_TASKS, check_shares, read_distribution};
use crate::distribution::Distribution;
use crate::index::ces_index;
use crate::stream::{Key, Purpose};

/// Independent values of `n_tasks` tasks.
///
/// ```text
/// θ = (Σ_i μ_i w_i^{1/(1-σ)})^{1-σ}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tasks {
    /// Number of tasks, 1 to 4096.
    pub n_tasks: usize,
    /// Law of every task's value in $ per unit precision.
    pub value: Distribution,
    /// Masses of the tasks, positive, summing to one; absent: equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masses: Option<Vec<f64>>,
}

const N_TASKS: IntegerKey =
    IntegerKey { name: "n_tasks", low: 1, high: MOST_TASKS as u64, meaning: "number of tasks" };
const MASSES: NumberKey =
    NumberKey { name: "masses", range: Range::Positive, meaning: "share of each task in all tasks" };

impl Tasks {
    pub(crate) fn read(section: &Section) -> Result<Self, ConfigError> {
        Ok(Self {
            n_tasks: section.integer(&N_TASKS)? as usize,
            value: read_distribution(section, "value")?,
            masses: if section.has(MASSES.name) { Some(section.numbers(&MASSES)?) } else { None },
        })
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if !(1..=MOST_TASKS).contains(&self.n_tasks) {
            let allowed = format!("a whole number from 1 to {MOST_TASKS} ({})", N_TASKS.meaning);
            return Err(Invalid::new(N_TASKS.name, self.n_tasks, allowed));
        }
        self.value.check().map_err(|invalid| invalid.within("value"))?;
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

    /// The index of a buyer; `values` holds her values afterwards.
    pub(crate) fn draw(&self, key: Key, user: u64, sigma: f64, masses: &[f64], values: &mut [f64]) -> f64 {
        self.value.fill(key, Purpose::Task, user, values);
        ces_index(values, masses, sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Constant, Uniform};

    fn tasks(masses: &[f64]) -> Tasks {
        let value = Distribution::Uniform(Uniform { low: 0.0, high: 1.0 });
        Tasks { n_tasks: 2, value, masses: Some(masses.to_vec()) }
    }

    #[test]
    fn masses_are_positive_shares_of_every_task() {
        assert!(tasks(&[0.25, 0.75]).check().is_ok());
        assert_eq!(tasks(&[1.0]).check().unwrap_err().found, "1 masses");
        assert_eq!(tasks(&[0.0, 1.0]).check().unwrap_err().found, "0");
        assert_eq!(tasks(&[0.5, 0.6]).check().unwrap_err().found, "a sum of 1.1");
        assert_eq!(Tasks { n_tasks: 5000, masses: None, ..tasks(&[]) }.check().unwrap_err().key, "n_tasks");
    }

    #[test]
    fn equal_values_are_the_index() {
        let value = Distribution::Constant(Constant { value: 3.0 });
        let family = Tasks { n_tasks: 7, value, masses: None };
        let index = family.draw(Key { seed: 0, replicate: 0 }, 0, 0.4, &family.all_masses(), &mut [0.0; 7]);
        assert!((index - 3.0).abs() < 1e-14);
    }
}
