//! Finitely many types of buyers, each with her profile of values.

use model::belief::Points;
use model::config::{ConfigError, Invalid, NumberKey, Range, Section};
use serde::Serialize;

use crate::config::{MOST_TASKS, check_shares};
use crate::index::ces_index;
use crate::level::Level;
use crate::shares::Shares;

/// Largest number of types.
pub const MOST_TYPES: usize = 10_000;

/// Finitely many types on finitely many tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finite {
    /// Masses of the tasks, positive, summing to one.
    pub masses: Vec<f64>,
    /// The types, 1 to 10,000.
    pub types: Vec<FiniteType>,
}

/// One type of buyer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FiniteType {
    /// Share of buyers, >= 0; all shares sum to one.
    pub probability: f64,
    /// Value of each task in $ per unit precision, >= 0.
    pub values: Vec<f64>,
}

const MASSES: NumberKey =
    NumberKey { name: "masses", range: Range::Positive, meaning: "share of each task in all tasks" };
const PROBABILITY: NumberKey =
    NumberKey { name: "probability", range: Range::Unit, meaning: "share of buyers of this type" };
const VALUES: NumberKey = NumberKey {
    name: "values",
    range: Range::NonNegative,
    meaning: "value of each task in $ per unit precision",
};

impl Finite {
    pub(crate) fn read(section: &Section) -> Result<Self, ConfigError> {
        let masses = section.numbers(&MASSES)?;
        let types = section
            .sections("types", "name", "an array of { probability, values }")?
            .iter()
            .map(|kind| {
                let read =
                    FiniteType { probability: kind.number(&PROBABILITY)?, values: kind.numbers(&VALUES)? };
                kind.finish()?;
                Ok(read)
            })
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self { masses, types })
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.masses.is_empty() || self.masses.len() > MOST_TASKS {
            let allowed = format!("1 to {MOST_TASKS} masses, one for each task");
            return Err(Invalid::new(MASSES.name, format!("{} masses", self.masses.len()), allowed));
        }
        check_shares(&MASSES, &self.masses)?;
        if self.types.is_empty() || self.types.len() > MOST_TYPES {
            let allowed = format!("1 to {MOST_TYPES} types of buyers");
            return Err(Invalid::new("types", format!("{} types", self.types.len()), allowed));
        }
        for (position, kind) in self.types.iter().enumerate() {
            let here = |invalid: Invalid| invalid.within(&format!("types.{position}"));
            if kind.values.len() != self.masses.len() {
                let allowed = format!("{} values, one for each of the masses", self.masses.len());
                return Err(here(Invalid::new(
                    VALUES.name,
                    format!("{} values", kind.values.len()),
                    allowed,
                )));
            }
            for value in &kind.values {
                VALUES.check(*value).map_err(here)?;
            }
            PROBABILITY.check(kind.probability).map_err(here)?;
        }
        let probabilities: Vec<f64> = self.types.iter().map(|kind| kind.probability).collect();
        check_shares(&PROBABILITY, &probabilities)
            .map_err(|invalid| Invalid { key: "types".into(), ..invalid })
    }
}

/// The types of a finite population by their indices.
#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    /// Values of each task, type by type.
    values: Vec<f64>,
    /// Index of each type.
    indices: Vec<f64>,
    /// Share of buyers of each type.
    probabilities: Shares,
}

impl Kinds {
    pub(crate) fn new(family: &Finite, sigma: f64) -> Self {
        let indices =
            family.types.iter().map(|kind| ces_index(&kind.values, &family.masses, sigma)).collect();
        let probabilities = Shares::new(family.types.iter().map(|kind| kind.probability).collect());
        let values = family.types.iter().flat_map(|kind| kind.values.iter().copied()).collect();
        Self { values, indices, probabilities }
    }

    /// The type of a buyer, from the level of her draw.
    fn kind(&self, level: Level) -> usize {
        self.probabilities.position(level.below())
    }

    /// The index of a buyer, from the level of her draw; `values` begins with those of her tasks afterwards.
    pub(crate) fn draw(&self, level: Level, values: &mut [f64]) -> f64 {
        let (kind, n_tasks) = (self.kind(level), self.n_tasks());
        values[..n_tasks].copy_from_slice(&self.values[kind * n_tasks..(kind + 1) * n_tasks]);
        self.indices[kind]
    }

    /// Number of tasks.
    pub(crate) fn n_tasks(&self) -> usize {
        self.values.len() / self.indices.len()
    }

    /// The exact law of the index.
    pub(crate) fn points(&self) -> Points {
        Points::new(self.indices.iter().copied().zip(self.probabilities.iter()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{self, Key, Purpose};

    fn finite(types: &[(f64, [f64; 2])]) -> Finite {
        let types =
            types.iter().map(|(probability, v)| FiniteType { probability: *probability, values: v.to_vec() });
        Finite { masses: vec![0.5, 0.5], types: types.collect() }
    }

    #[test]
    fn types_are_checked_one_by_one_and_together() {
        assert!(finite(&[(0.5, [1.0, 0.2]), (0.5, [0.4, 0.9]), (0.0, [0.0, 0.0])]).check().is_ok());
        assert_eq!(
            finite(&[(0.5, [1.0, 0.2]), (0.5, [0.4, -0.9])]).check().unwrap_err().key,
            "types.1.values"
        );
        assert_eq!(finite(&[(0.5, [1.0, 0.2])]).check().unwrap_err().found, "a sum of 0.5");
        assert_eq!(finite(&[]).check().unwrap_err().key, "types");
        let mut short = finite(&[(1.0, [1.0, 0.2])]);
        short.masses = vec![1.0];
        assert_eq!(short.check().unwrap_err().found, "2 values");
    }

    #[test]
    fn types_appear_with_their_probabilities_and_impossible_ones_never() {
        let kinds = Kinds::new(
            &finite(&[(0.0, [9.0, 9.0]), (0.3, [1.0, 0.2]), (0.7, [0.4, 0.9]), (0.0, [5.0, 5.0])]),
            0.5,
        );
        let (key, buyers) = (Key { seed: 2, replicate: 0 }, 100_000_u32);
        let mut counts = [0_u32; 4];
        for user in 0..u64::from(buyers) {
            counts[kinds.kind(stream::level(key, Purpose::Kind, user, 0))] += 1;
        }
        assert_eq!((counts[0], counts[3]), (0, 0));
        // Five standard errors: false positives below 1e-6.
        assert!(
            (f64::from(counts[1]) / f64::from(buyers) - 0.3).abs() < 5.0 * (0.21 / f64::from(buyers)).sqrt()
        );
        assert_eq!(kinds.points().masses(), [0.7, 0.3]);
    }
}
