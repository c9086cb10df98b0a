//! A batch of drawn buyers, column by column.

use crate::sampler::Person;

/// A batch of buyers, in order of their numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Buyers {
    /// Number of the first buyer.
    pub first_user: u64,
    /// Index θ of each buyer in $.
    pub index: Vec<f64>,
    /// Value w of each buyer in $ per unit precision, where the family has one.
    pub value: Option<Vec<f64>>,
    /// Scale s of each buyer, where the family has one.
    pub scale: Option<Vec<f64>>,
    /// Position of each buyer's segment in [`crate::Population::segment_names`], where the population has segments.
    pub segment: Option<Vec<u16>>,
    /// Values of each buyer's tasks in $ per unit precision, buyer by buyer, where they were asked for
    /// ([`crate::Population::recording_tasks`]) and the family has them.
    pub task_values: Option<Vec<f64>>,
}

impl Buyers {
    /// Appends a buyer to the columns there are.
    pub(crate) fn push(&mut self, person: &Person, task_values: &[f64]) {
        let (value, scale) = person.value_scale;
        self.index.push(person.index);
        self.value.iter_mut().for_each(|column| column.push(value));
        self.scale.iter_mut().for_each(|column| column.push(scale));
        self.segment.iter_mut().for_each(|column| column.push(person.segment));
        self.task_values.iter_mut().for_each(|column| column.extend_from_slice(task_values));
    }
}
