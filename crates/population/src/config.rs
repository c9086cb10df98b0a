//! The section `[population]`: which buyers there are.

use model::config::{ConfigError, Invalid, NumberKey, Section};
use model::tolerance;
use serde::Serialize;

use crate::distribution::{self, Distribution};
use crate::family::empirical::Empirical;
use crate::family::finite::Finite;
use crate::family::segments::Segments;
use crate::family::tasks::Tasks;
use crate::family::value_scale::ValueScale;
use crate::table::ReadTables;

/// Largest number of tasks, for a lane of random numbers each.
pub const MOST_TASKS: usize = crate::stream::LANES as usize;

/// A population as configured, by family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "family", rename_all = "kebab-case")]
pub enum PopulationConfig {
    /// The index θ is drawn directly.
    Index {
        /// Law of the index in $.
        index: Distribution,
    },
    /// The same value on a share of the tasks.
    ValueScale(ValueScale),
    /// Values of finitely many tasks.
    Tasks(Tasks),
    /// Finitely many types of buyers.
    Finite(Finite),
    /// Buyers out of a file.
    Empirical(Empirical),
    /// Named shares of the buyers, each with a family of its own.
    Segments(Segments),
}

/// Names in configuration files, in the order of [`PopulationConfig`]; segments come last.
pub const FAMILIES: [&str; 6] = ["index", "value-scale", "tasks", "finite", "empirical", "segments"];

impl PopulationConfig {
    /// Whether buyers have values task by task.
    pub fn has_tasks(&self) -> bool {
        match self {
            Self::Tasks(_) | Self::Finite(_) => true,
            Self::Index { .. } | Self::ValueScale(_) => false,
            Self::Empirical(family) => family.has_tasks(),
            Self::Segments(segments) => segments.segments.iter().all(|segment| segment.family.has_tasks()),
        }
    }

    /// The same population without the places of the files it was read from: what a run is known by.
    #[must_use]
    pub fn without_paths(&self) -> Self {
        match self {
            Self::Empirical(family) => Self::Empirical(family.without_path()),
            Self::Segments(family) => Self::Segments(family.without_paths()),
            other => other.clone(),
        }
    }

    /// How many buyers there are, where they are the rows of a file in their order, whatever the seed.
    pub fn rows_in_order(&self) -> Option<u64> {
        match self {
            Self::Empirical(empirical) => empirical.rows_in_order(),
            _ => None,
        }
    }

    /// Masses of the tasks, where every buyer has a value for each of the same ones.
    pub fn masses(&self) -> Option<Vec<f64>> {
        match self {
            Self::Tasks(tasks) => Some(tasks.all_masses()),
            Self::Finite(finite) => Some(finite.masses.clone()),
            Self::Empirical(empirical) => empirical.columns.masses(),
            Self::Index { .. } | Self::ValueScale(_) => None,
            Self::Segments(segments) => {
                let mut all = segments.segments.iter().map(|segment| segment.family.masses());
                let first = all.next()??;
                all.all(|masses| masses.as_ref() == Some(&first)).then_some(first)
            }
        }
    }

    /// Reads the section `[population]`, and through `tables` the files it names.
    ///
    /// # Errors
    /// Names the offending key: an unknown family, a missing, unknown or bad key, a file that cannot be used.
    pub fn read(section: &Section, tables: &dyn ReadTables) -> Result<Self, ConfigError> {
        Self::read_one_of(section, &FAMILIES, tables)
    }

    /// Reads one of some families; other keys than theirs must have been read before.
    pub(crate) fn read_one_of(
        section: &Section,
        families: &[&'static str],
        tables: &dyn ReadTables,
    ) -> Result<Self, ConfigError> {
        let read = match section.choice("family", families)? {
            "index" => Self::Index { index: read_distribution(section, "index")? },
            "value-scale" => Self::ValueScale(ValueScale::read(section)?),
            "tasks" => Self::Tasks(Tasks::read(section)?),
            "finite" => Self::Finite(Finite::read(section)?),
            "empirical" => Self::Empirical(Empirical::read(section, tables)?),
            _ => Self::Segments(Segments::read(section, tables)?),
        };
        section.finish()?;
        read.check().map_err(|invalid| section.locate(&invalid))?;
        Ok(read)
    }

    /// Checks everything that was read.
    ///
    /// # Errors
    /// Names the key that breaks a rule.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Index { index } => index.check().map_err(|invalid| invalid.within("index")),
            Self::ValueScale(family) => family.check(),
            Self::Tasks(family) => family.check(),
            Self::Finite(family) => family.check(),
            Self::Empirical(family) => family.check(),
            Self::Segments(family) => family.check(),
        }
    }
}

/// Reads the distribution under `key`.
pub(crate) fn read_distribution(section: &Section, key: &'static str) -> Result<Distribution, ConfigError> {
    Distribution::read(&section.section(key, distribution::SHAPE)?)
}

/// Checks shares that must lie in the key's range, one for each task or type, and sum to one.
pub(crate) fn check_shares(key: &NumberKey, shares: &[f64]) -> Result<(), Invalid> {
    for share in shares {
        key.check(*share)?;
    }
    let sum: f64 = shares.iter().sum();
    if (sum - 1.0).abs() <= tolerance::PROBABILITY_SUM {
        return Ok(());
    }
    Err(Invalid::new(
        key.name,
        format!("a sum of {sum}"),
        format!("numbers that sum to one ({})", key.meaning),
    ))
}

#[cfg(test)]
mod tests {
    use model::config::{Node, Section};

    use super::*;
    use crate::table::NoTables;
    use crate::testing::{self, number, numbers, table, text};

    fn read(entries: &[(&str, Node)]) -> Result<PopulationConfig, ConfigError> {
        let root = table(entries);
        PopulationConfig::read(&Section::root("market.toml", &root)?, &NoTables)
    }

    fn unit() -> Node {
        table(&[("distribution", text("uniform")), ("low", number(0.0)), ("high", number(1.0))])
    }

    #[test]
    fn every_family_is_read() {
        assert!(read(&[("family", text("index")), ("index", unit())]).is_ok());
        assert!(read(&[("family", text("value-scale")), ("value", unit()), ("scale", unit())]).is_ok());
        let whole = crate::testing::node(model::config::Value::Integer(2));
        let tasks = [
            ("family", text("tasks")),
            ("n_tasks", whole),
            ("value", unit()),
            ("masses", numbers(&[0.25, 0.75])),
        ];
        assert!(read(&tasks).is_ok() && read(&tasks[..3]).is_ok());
        let kind = table(&[("probability", number(1.0)), ("values", numbers(&[1.0, 0.2]))]);
        let types = crate::testing::node(model::config::Value::Array(vec![kind]));
        assert!(
            read(&[("family", text("finite")), ("masses", numbers(&[0.5, 0.5])), ("types", types)]).is_ok()
        );
    }

    #[test]
    fn families_and_keys_that_are_not_there_are_unknown() {
        let error = read(&[("family", text("task"))]).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean \"tasks\"?"));
        assert_eq!(read(&[("family", text("segments"))]).unwrap_err().key, "segments");
        let dependence = read(&[
            ("family", text("value-scale")),
            ("value", unit()),
            ("scale", unit()),
            ("dependence", unit()),
        ]);
        assert_eq!(dependence.unwrap_err().key, "dependence.copula");
    }

    #[test]
    fn every_family_is_written_back_as_the_same() {
        for population in crate::testing::populations() {
            let node = crate::testing::written(population.config());
            let read =
                PopulationConfig::read(&Section::root("market.toml", &node).unwrap(), &testing::Customers);
            assert_eq!(read.as_ref(), Ok(population.config()));
        }
    }

    #[test]
    fn a_scale_beyond_one_is_refused_where_it_stands() {
        let wide = table(&[("distribution", text("exponential")), ("mean", number(0.1))]);
        let error = read(&[("family", text("value-scale")), ("value", unit()), ("scale", wide)]);
        assert_eq!(error.unwrap_err().key, "scale");
    }

    #[test]
    fn errors_inside_a_distribution_carry_the_whole_path() {
        let bad = table(&[("distribution", text("exponential")), ("mean", number(-0.1))]);
        assert_eq!(read(&[("family", text("index")), ("index", bad)]).unwrap_err().key, "index.mean");
        let missing = read(&[("family", text("index"))]).unwrap_err();
        assert_eq!(missing.found, "nothing: the key is missing");
    }
}
