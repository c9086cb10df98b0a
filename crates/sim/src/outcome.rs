//! Outcomes folded into moments that merge exactly in block order, and the summary made of them.

mod fold;
mod groups;
mod joint;
mod lanes;
mod moments;
mod outcomes;
mod pair;
mod paired;
mod precision;
mod rule;
mod summary;
mod sums;
mod tally;

pub use fold::{Fold, GroupFold};
pub use groups::{Deciles, Edges, Group, Groups};
pub use moments::Moments;
pub use outcomes::Outcomes;
pub use paired::Paired;
pub use precision::relative_error;
pub use summary::{RuleName, Setting, summarise};
pub use tally::{Replicates, Tally};
