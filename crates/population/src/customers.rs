//! The customers of a population that comes out of a file, one by one.

use crate::Population;
use crate::family::empirical::RowSampler;
use crate::sampler::Sampler;

/// A row of a file, as a share of the whole population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// Segment, where there are segments.
    pub segment: Option<usize>,
    /// Row of the file without its header, from 1.
    pub row: usize,
    /// Share of all buyers that the row stands for.
    pub share: f64,
    /// Index θ in $.
    pub index: f64,
}

impl Population {
    /// Every row of the file, or of the files of segments, from which buyers are drawn; none without files.
    pub fn customers(&self) -> Vec<Customer> {
        match self.sampler() {
            Sampler::Empirical(rows) => of_rows(rows, None, 1.0).collect(),
            Sampler::Segments(segments) => {
                let members = segments.members().iter().zip(segments.shares()).enumerate();
                members
                    .filter_map(|(segment, (member, share))| match member {
                        Sampler::Empirical(rows) => Some(of_rows(rows, Some(segment), share)),
                        _ => None,
                    })
                    .flatten()
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn of_rows(rows: &RowSampler, segment: Option<usize>, all: f64) -> impl Iterator<Item = Customer> + '_ {
    rows.each().map(move |(row, share, index)| Customer { segment, row: row + 1, share: all * share, index })
}
