//! What a sweep varies: keys that move together are one axis.

use std::collections::BTreeMap;

use polars::prelude::DataType;
use serde::Deserialize;

use super::in_words;
use crate::AnalysisError;
use crate::recorded::{Sweep, json, parquet};

/// The cells of a sweep.
#[derive(Debug)]
pub(super) struct Cells {
    /// Their hashes, in the order of the plan.
    pub(super) names: Vec<String>,
    /// Every varied key with its value in every cell, in words.
    pub(super) keys: Vec<(String, Vec<String>)>,
    /// The axes.
    pub(super) dimensions: Vec<Dimension>,
    /// Place of every cell on every axis.
    places: Vec<Vec<usize>>,
    baseline: usize,
}

/// One axis.
#[derive(Debug)]
pub(super) struct Dimension {
    /// Key or keys.
    pub(super) title: String,
    /// Whether its first key holds numbers.
    pub(super) numeric: bool,
    /// Distinct values, in the order they are drawn.
    pub(super) values: Vec<String>,
    /// Whether no two cells differ in this axis alone, so that every cell is drawn.
    pub(super) scattered: bool,
    /// Positions along the axis with their cells.
    pub(super) line: Vec<(f64, usize)>,
}

#[derive(Deserialize)]
struct Plan {
    baseline: String,
}

/// A key: its values as numbers, or as places of sorted words.
struct Key {
    name: String,
    numeric: bool,
    numbers: Vec<f64>,
    words: Vec<String>,
}

impl Cells {
    pub(super) fn of(sweep: &Sweep) -> Result<Self, AnalysisError> {
        let path = sweep.table("cells.parquet")?;
        let schema = parquet::schema(&path)?;
        let names: Vec<&str> = schema.iter_names().map(polars::prelude::PlSmallStr::as_str).collect();
        let frame = parquet::read(&path, &names)?;
        let mut keys = Vec::new();
        for (name, kind) in schema.iter().filter(|(name, _)| name.as_str() != "cell") {
            let numeric = kind.is_primitive_numeric();
            let (numbers, words) = if numeric {
                let numbers = parquet::floats(&frame, name, &path)?;
                let words = numbers.iter().map(|number| in_words(*number)).collect();
                (numbers, words)
            } else {
                let words: Vec<String> = match kind {
                    DataType::String => parquet::texts(&frame, name, &path)?
                        .into_iter()
                        .map(Option::unwrap_or_default)
                        .collect(),
                    _ => (0..frame.height())
                        .map(|row| {
                            frame
                                .column(name)
                                .and_then(|own| own.get(row))
                                .map_or_else(|_| String::new(), |value| value.to_string())
                        })
                        .collect(),
                };
                let mut sorted = words.clone();
                sorted.sort();
                sorted.dedup();
                (words.iter().map(|word| sorted.partition_point(|own| own < word) as f64).collect(), words)
            };
            keys.push(Key { name: name.to_string(), numeric, numbers, words });
        }
        let cells: Vec<String> =
            parquet::texts(&frame, "cell", &path)?.into_iter().map(Option::unwrap_or_default).collect();
        let plan: Plan = json(&sweep.folder.join("plan.json"))?;
        let baseline = cells.iter().position(|own| *own == plan.baseline).unwrap_or(0);
        Ok(Self::new(cells, &keys, baseline))
    }

    fn new(names: Vec<String>, keys: &[Key], baseline: usize) -> Self {
        let groups = together(keys);
        let places: Vec<Vec<usize>> = groups.iter().map(|group| places(&keys[group[0]].numbers)).collect();
        let mut cells = Self {
            names,
            keys: keys.iter().map(|key| (key.name.clone(), key.words.clone())).collect(),
            dimensions: Vec::new(),
            places,
            baseline,
        };
        cells.dimensions =
            groups.iter().enumerate().map(|(number, group)| cells.dimension(number, group, keys)).collect();
        cells
    }

    fn dimension(&self, number: usize, group: &[usize], keys: &[Key]) -> Dimension {
        let key = &keys[group[0]];
        let mut line: Vec<(f64, usize)> =
            self.around(&[number]).into_iter().map(|cell| (key.numbers[cell], cell)).collect();
        let scattered = line.len() < 2 && self.names.len() > 1;
        if scattered {
            line = (0..self.names.len()).map(|cell| (key.numbers[cell], cell)).collect();
        }
        line.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut values: BTreeMap<usize, String> = BTreeMap::new();
        for (cell, place) in self.places[number].iter().enumerate() {
            values.insert(*place, key.words[cell].clone());
        }
        let names: Vec<&str> = group.iter().map(|key| keys[*key].name.as_str()).collect();
        Dimension {
            title: match names.as_slice() {
                [one] => (*one).into(),
                [first, rest @ ..] => format!("{first} (and {})", rest.join(", ")),
                [] => String::new(),
            },
            numeric: key.numeric,
            values: values.into_values().collect(),
            scattered,
            line,
        }
    }

    /// Cells that differ from the baseline cell in these axes at most.
    fn around(&self, free: &[usize]) -> Vec<usize> {
        let same = |cell: usize| {
            let fixed = (0..self.places.len()).filter(|axis| !free.contains(axis));
            fixed.into_iter().all(|axis| self.places[axis][cell] == self.places[axis][self.baseline])
        };
        (0..self.names.len()).filter(|cell| same(*cell)).collect()
    }

    /// Pairs of axes that cells vary over jointly.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let axes = self.dimensions.len();
        let all = (0..axes).flat_map(|one| (one + 1..axes).map(move |other| (one, other)));
        all.filter(|(one, other)| {
            let full = self.dimensions[*one].values.len() * self.dimensions[*other].values.len();
            // Half of the grid at least: a design of scattered points is no grid.
            full >= 4 && 2 * self.around(&[*one, *other]).len() >= full
        })
        .collect()
    }

    /// The cell at every pair of places, by row of the second axis.
    pub(super) fn grid(&self, one: usize, other: usize) -> Vec<Vec<Option<usize>>> {
        let mut grid =
            vec![vec![None; self.dimensions[one].values.len()]; self.dimensions[other].values.len()];
        for cell in self.around(&[one, other]) {
            grid[self.places[other][cell]][self.places[one][cell]] = Some(cell);
        }
        grid
    }

    /// The keys of a cell in words.
    pub(super) fn values(&self, cell: usize) -> String {
        let pairs = self.keys.iter().map(|(key, values)| format!("{key} = {}", values[cell]));
        pairs.collect::<Vec<_>>().join(", ")
    }
}

/// Titles of the axes.
pub(super) fn listed(dimensions: &[Dimension]) -> String {
    dimensions.iter().map(|own| own.title.as_str()).collect::<Vec<_>>().join("; ")
}

/// Rank of every value among the distinct ones.
fn places(numbers: &[f64]) -> Vec<usize> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    numbers.iter().map(|number| sorted.partition_point(|own| own.total_cmp(number).is_lt())).collect()
}

/// Keys that determine each other in every cell, in groups; where every cell has its own value of every key, as in a design
/// that fills space, keys stand alone.
fn together(keys: &[Key]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let own = places(&key.numbers);
        let alike = groups.iter_mut().find(|group| {
            let first = places(&keys[group[0]].numbers);
            let falling: Vec<usize> =
                first.iter().map(|place| first.iter().max().unwrap_or(&0) - place).collect();
            own == first || own == falling
        });
        match alike {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, numbers: &[f64]) -> Key {
        let words = numbers.iter().map(|number| in_words(*number)).collect();
        Key { name: name.into(), numeric: true, numbers: numbers.to_vec(), words }
    }

    fn cells(keys: &[Key], baseline: usize) -> Cells {
        Cells::new((0..keys[0].numbers.len()).map(|cell| format!("c{cell}")).collect(), keys, baseline)
    }

    #[test]
    fn keys_that_move_together_are_one_axis() {
        let own = cells(&[key("a", &[1.0, 2.0, 4.0]), key("b", &[10.0, 20.0, 40.0])], 0);
        assert_eq!(own.dimensions.len(), 1);
        assert_eq!(own.dimensions[0].title, "a (and b)");
        assert_eq!(own.dimensions[0].line, [(1.0, 0), (2.0, 1), (4.0, 2)]);
    }

    #[test]
    fn other_keys_stay_at_the_baseline() {
        let own = cells(&[key("a", &[1.0, 1.0, 2.0, 2.0]), key("b", &[5.0, 6.0, 5.0, 6.0])], 3);
        assert_eq!(own.dimensions[0].line, [(1.0, 1), (2.0, 3)]);
        assert_eq!(own.dimensions[1].line, [(5.0, 2), (6.0, 3)]);
        assert_eq!(own.pairs(), [(0, 1)]);
        assert_eq!(own.grid(0, 1), [[Some(0), Some(2)], [Some(1), Some(3)]]);
    }

    #[test]
    fn designs_that_fill_space_are_drawn_whole() {
        let own = cells(&[key("a", &[1.0, 2.0, 3.0]), key("b", &[2.0, 1.0, 3.0])], 0);
        assert!(own.dimensions.iter().all(|dimension| dimension.scattered && dimension.line.len() == 3));
        assert!(own.pairs().is_empty());
    }
}
