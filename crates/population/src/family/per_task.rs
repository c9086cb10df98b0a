//! One thing for all tasks, or one for each.

use model::config::{ConfigError, Invalid, NumberKey, Section};
use serde::Serialize;

use crate::distribution::{self, Distribution};

/// One thing for all tasks, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PerTask<T> {
    /// The same for all tasks.
    Same(T),
    /// One for each task, in their order.
    Each(Vec<T>),
}

impl<T> From<T> for PerTask<T> {
    fn from(same: T) -> Self {
        Self::Same(same)
    }
}

impl<T> PerTask<T> {
    /// That of one task.
    #[inline]
    pub fn of(&self, task: usize) -> &T {
        match self {
            Self::Same(same) => same,
            Self::Each(each) => &each[task],
        }
    }

    /// All different ones: one, or one for each task.
    pub(crate) fn all(&self) -> &[T] {
        match self {
            Self::Same(same) => std::slice::from_ref(same),
            Self::Each(each) => each,
        }
    }

    fn check_count(&self, key: &str, n_tasks: usize) -> Result<(), Invalid> {
        match self {
            Self::Each(each) if each.len() != n_tasks => {
                let allowed = format!("one for all tasks, or {n_tasks} of them, one for each task");
                Err(Invalid::new(key, format!("an array of {}", each.len()), allowed))
            }
            _ => Ok(()),
        }
    }
}

impl PerTask<Distribution> {
    pub(super) fn read(section: &Section, key: &'static str) -> Result<Self, ConfigError> {
        let allowed = format!("{}, or an array of them, one for each task", distribution::SHAPE);
        if section.has_array(key) {
            let laws = section.sections(key, "name", &allowed)?;
            return laws.iter().map(Distribution::read).collect::<Result<_, _>>().map(Self::Each);
        }
        Ok(Self::Same(Distribution::read(&section.section(key, &allowed)?)?))
    }

    pub(super) fn check(&self, key: &str, n_tasks: usize) -> Result<(), Invalid> {
        self.check_count(key, n_tasks)?;
        match self {
            Self::Same(law) => law.check().map_err(|invalid| invalid.within(key)),
            Self::Each(laws) => laws.iter().enumerate().try_for_each(|(task, law)| {
                law.check().map_err(|invalid| invalid.within(&format!("{key}.{task}")))
            }),
        }
    }
}

impl PerTask<f64> {
    pub(super) fn read(section: &Section, key: &NumberKey) -> Result<Option<Self>, ConfigError> {
        if section.has_array(key.name) {
            return Ok(Some(Self::Each(section.numbers(key)?)));
        }
        Ok(section.optional_number(key)?.map(Self::Same))
    }

    pub(super) fn check(&self, key: &NumberKey, n_tasks: usize) -> Result<(), Invalid> {
        self.check_count(key.name, n_tasks)?;
        self.all().iter().try_for_each(|number| key.check(*number).map(drop))
    }
}
