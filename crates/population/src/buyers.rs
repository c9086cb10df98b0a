//! A batch of drawn buyers, column by column.

use crate::level::Level;
use crate::luck::{Crowd, Luck, level_of_each};
use crate::sampler::Sampler;
use crate::stream::Purpose;

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
    /// None, where one of this number would come first.
    pub fn nobody(first_user: u64) -> Self {
        Self { first_user, index: Vec::new(), value: None, scale: None, segment: None, task_values: None }
    }
}

/// Columns of drawn buyers, before what their family does not have is left out.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// Index θ in $.
    pub(crate) index: Vec<f64>,
    /// Value w and scale s; empty where the family has none.
    pub(crate) value: Vec<f64>,
    /// See `value`.
    pub(crate) scale: Vec<f64>,
    /// Position of the segment; zero without segments.
    pub(crate) segment: Vec<u16>,
    /// Values of tasks, buyer by buyer, as many for each; `None`: they are not kept.
    pub(crate) tasks: Option<Vec<f64>>,
    /// Values of one buyer's tasks: room for any.
    n_tasks: usize,
}

impl Drawn {
    /// Room for so many buyers of a family.
    pub(crate) fn new(buyers: usize, family: &Sampler, keeping_tasks: bool) -> Self {
        let n_tasks = family.most_tasks();
        let pairs = if family.carries_value_scale() { buyers } else { 0 };
        Self {
            index: vec![0.0; buyers],
            value: vec![f64::NAN; pairs],
            scale: vec![f64::NAN; pairs],
            segment: vec![0; buyers],
            tasks: keeping_tasks.then(|| vec![0.0; buyers * n_tasks]),
            n_tasks,
        }
    }

    /// Draws buyer by buyer: from her luck and the level of her kind her index and, into the places given, her value and
    /// scale and her tasks' values.
    pub(crate) fn each(
        &mut self,
        crowd: Crowd,
        mut draw: impl FnMut((Luck, Level), &mut (f64, f64), &mut [f64]) -> f64,
    ) {
        let mut unkept = vec![0.0; self.n_tasks];
        let levels = level_of_each(crowd, Purpose::Kind, 0);
        for (buyer, luck) in crowd.each().zip(levels).enumerate() {
            let values = match &mut self.tasks {
                Some(tasks) => &mut tasks[buyer * self.n_tasks..][..self.n_tasks],
                None => &mut unkept[..],
            };
            let mut pair = (f64::NAN, f64::NAN);
            self.index[buyer] = draw(luck, &mut pair, values);
            if let (Some(value), Some(scale)) = (self.value.get_mut(buyer), self.scale.get_mut(buyer)) {
                (*value, *scale) = pair;
            }
        }
    }

    /// Puts other drawn buyers into these rows.
    pub(crate) fn place(&mut self, rows: &[usize], other: &Self) {
        for (from, to) in rows.iter().enumerate() {
            self.index[*to] = other.index[from];
            if !self.value.is_empty() {
                (self.value[*to], self.scale[*to]) = (other.value[from], other.scale[from]);
            }
            if let (Some(own), Some(tasks)) = (&mut self.tasks, &other.tasks) {
                own[to * self.n_tasks..][..other.n_tasks]
                    .copy_from_slice(&tasks[from * other.n_tasks..][..other.n_tasks]);
            }
        }
    }
}
