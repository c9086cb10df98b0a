//! Outcomes folded into moments that merge exactly in block order, and the summary made of them.

mod fold;
mod moments;
mod precision;
mod summary;
mod tally;

pub use fold::{Deciles, Fold, Groups, Outcomes};
pub use moments::Moments;
pub use precision::relative_error;
pub use summary::{RuleName, Setting, summarise};
pub use tally::{Replicates, Tally};
