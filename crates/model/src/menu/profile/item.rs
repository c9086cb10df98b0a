//! One item made for a profile of values, task by task.

/// What an item holds for one task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskItem {
    /// w_i of the type the item is meant for, in $ per unit precision.
    pub value: f64,
    /// ω_i, the virtual value the item is efficient for, where the design knows it.
    pub virtual_value: Option<f64>,
    /// e_i: tokens at cost in $ per unit of mass.
    pub spend: f64,
    /// v_i: precision.
    pub precision: f64,
}

/// One item of a menu of profiles.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileItem {
    /// The M tasks.
    pub tasks: Vec<TaskItem>,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Payment t in $.
    pub payment: f64,
    /// Utility U in $ of the type the item is meant for.
    pub utility: f64,
    /// Whether buyers may move the tokens between tasks, at the rates that make the type the item is meant for want them where
    /// they are; else every task gets what is written.
    pub free: bool,
}
