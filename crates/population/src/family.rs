//! The families of populations: what is drawn for a buyer, and what is known of the law of her index.

pub mod dependence;
pub mod empirical;
pub mod finite;
pub mod per_task;
pub mod segments;
pub mod tasks;
pub mod value_scale;
