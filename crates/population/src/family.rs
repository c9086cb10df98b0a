//! The families of populations: what is drawn for a buyer, and what is known of the law of her index.

pub mod finite;
pub mod tasks;
pub mod value_scale;
