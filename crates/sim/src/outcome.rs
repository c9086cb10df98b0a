//! Outcomes folded into moments that merge exactly in block order, and the summary made of them.

mod fold;
mod moments;
mod summary;

pub use fold::{Deciles, Fold, Outcomes};
pub use moments::Moments;
pub use summary::{RuleName, summarise};
