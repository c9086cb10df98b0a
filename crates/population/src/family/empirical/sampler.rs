//! Rows of a file made ready to draw from.

use std::sync::Arc;

use model::belief::Points;
use model::choice::value_scale_index;

use super::{Columns, Drawing, Empirical, Rows};
use crate::index::ces_index;
use crate::level::Level;
use crate::luck::Luck;
use crate::shares::Shares;
use crate::stream::DESIGN_REPLICATE;

/// Rows ready to draw from.
#[derive(Debug, Clone)]
pub(crate) struct RowSampler {
    rows: Arc<Rows>,
    kind: Kind,
    /// Index of each row.
    indices: Vec<f64>,
    /// Rows by ascending index, and their shares in that order: a higher level is a buyer with a higher index.
    order: Vec<u32>,
    shares: Shares,
    drawing: Drawing,
}

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Index,
    ValueScale,
    Tasks,
}

impl RowSampler {
    /// From a checked family.
    pub(crate) fn new(family: &Empirical, sigma: f64) -> Self {
        let rows = Arc::clone(&family.rows);
        let all = (0..rows.count()).map(|row| rows.row(row));
        let (kind, indices): (_, Vec<f64>) = match &family.columns {
            Columns::Index { .. } => (Kind::Index, all.map(|row| row[0]).collect()),
            Columns::ValueScale { .. } => {
                (Kind::ValueScale, all.map(|row| value_scale_index(row[0], row[1], sigma)).collect())
            }
            Columns::Tasks { .. } => {
                let masses = family.columns.masses().expect("rows have tasks");
                (Kind::Tasks, all.map(|row| ces_index(row, &masses, sigma)).collect())
            }
        };
        let mut order: Vec<u32> = (0..rows.count() as u32).collect();
        order.sort_by(|a, b| indices[*a as usize].total_cmp(&indices[*b as usize]));
        let weight = |row: &u32| rows.weights.as_ref().map_or(1.0, |weights| weights[*row as usize]);
        let shares = Shares::new(order.iter().map(weight).collect());
        Self { kind, indices, order, shares, drawing: family.draw, rows }
    }

    /// The row at a level: that with this share of the buyers at smaller indices.
    fn row_at(&self, level: f64) -> usize {
        self.order[self.shares.position(level)] as usize
    }

    /// The row that a buyer is. Whoever is met in a design sample is drawn, whatever the order of the simulated.
    fn row(&self, (luck, level): (Luck, Level)) -> usize {
        if self.drawing == Drawing::InOrder && luck.key.replicate != DESIGN_REPLICATE {
            return (luck.user % self.indices.len() as u64) as usize;
        }
        self.row_at(level.below())
    }

    /// Index of a buyer, and her value and scale where rows have them; `values` begins with those of her tasks.
    pub(crate) fn draw(&self, luck: (Luck, Level), values: &mut [f64]) -> (f64, Option<(f64, f64)>) {
        let row = self.row(luck);
        let numbers = self.rows.row(row);
        match self.kind {
            Kind::Index => {}
            Kind::ValueScale => return (self.indices[row], Some((numbers[0], numbers[1]))),
            Kind::Tasks => values[..numbers.len()].copy_from_slice(numbers),
        }
        (self.indices[row], None)
    }

    /// Number of tasks; zero where rows have none.
    pub(crate) fn n_tasks(&self) -> usize {
        if self.kind == Kind::Tasks { self.rows.width } else { 0 }
    }

    /// Whether rows have a value and a scale.
    pub(crate) fn carries_value_scale(&self) -> bool {
        self.kind == Kind::ValueScale
    }

    /// Every row with its share of the buyers and its index, by ascending index.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let total: f64 = self.shares.iter().sum();
        self.order.iter().zip(self.shares.iter()).map(move |(row, weight)| {
            let row = *row as usize;
            (row, weight / total, self.indices[row])
        })
    }

    /// The exact law of the index.
    pub(crate) fn points(&self) -> Points {
        let indices = self.order.iter().map(|row| self.indices[*row as usize]);
        Points::new(indices.zip(self.shares.iter()).collect())
    }
}
