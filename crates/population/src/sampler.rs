//! A family made ready to draw from: whatever does not depend on the buyer is computed once.

use crate::buyers::Drawn;
use crate::config::PopulationConfig;
use crate::distribution::Distribution;
use crate::family::empirical::RowSampler;
use crate::family::finite::Kinds;
use crate::family::segments::SegmentSampler;
use crate::family::tasks::sampler::TaskSampler;
use crate::family::value_scale::ValueScale;
use crate::index_law::IndexLaw;
use crate::luck::{Crowd, level_of_each};
use crate::stream::Purpose;

/// Buyers whose indices are drawn together: their numbers fit the first-level cache.
const TILE: usize = 512;

/// A family ready to draw from.
#[derive(Debug, Clone)]
pub(crate) enum Sampler {
    Index(Distribution),
    ValueScale { family: ValueScale, sigma: f64 },
    Tasks(TaskSampler),
    Finite(Kinds),
    Empirical(RowSampler),
    Segments(SegmentSampler),
}

impl Sampler {
    /// From a checked configuration.
    pub(crate) fn new(config: &PopulationConfig, sigma: f64) -> Self {
        match config {
            PopulationConfig::Index { index } => Self::Index(index.clone()),
            PopulationConfig::ValueScale(family) => Self::ValueScale { family: family.clone(), sigma },
            PopulationConfig::Tasks(family) => Self::Tasks(TaskSampler::new(family, sigma)),
            PopulationConfig::Finite(family) => Self::Finite(Kinds::new(family, sigma)),
            PopulationConfig::Empirical(family) => Self::Empirical(RowSampler::new(family, sigma)),
            PopulationConfig::Segments(family) => Self::Segments(SegmentSampler::new(family, sigma)),
        }
    }

    /// Draws buyers into the columns of `drawn`, which has a row for each.
    pub(crate) fn draw(&self, crowd: Crowd, drawn: &mut Drawn) {
        match self {
            Self::Index(index) => {
                for (users, indices) in crowd.users().chunks(TILE).zip(drawn.index.chunks_mut(TILE)) {
                    let crowd = crowd.of(users);
                    let levels = level_of_each(crowd, Purpose::Index, 0);
                    index.fill(crowd, Purpose::Index, 0, &levels, indices);
                }
            }
            Self::ValueScale { family, sigma } => {
                let indices = drawn.index.chunks_mut(TILE);
                let pairs = drawn.value.chunks_mut(TILE).zip(drawn.scale.chunks_mut(TILE));
                for ((users, indices), (values, scales)) in crowd.users().chunks(TILE).zip(indices).zip(pairs)
                {
                    family.draw(crowd.of(users), *sigma, indices, values, scales);
                }
            }
            Self::Tasks(tasks) => tasks.draw(crowd, &mut drawn.index, drawn.tasks.as_deref_mut()),
            Self::Finite(kinds) => drawn.each(crowd, |(_, level), _, values| kinds.draw(level, values)),
            Self::Empirical(rows) => drawn.each(crowd, |luck, value_scale, values| {
                let (index, pair) = rows.draw(luck, values);
                *value_scale = pair.unwrap_or(*value_scale);
                index
            }),
            Self::Segments(segments) => segments.draw(crowd, drawn),
        }
    }

    /// Room for the values of any buyer's tasks.
    pub(crate) fn most_tasks(&self) -> usize {
        match self {
            Self::Index(_) | Self::ValueScale { .. } => 0,
            Self::Tasks(tasks) => tasks.n_tasks(),
            Self::Finite(kinds) => kinds.n_tasks(),
            Self::Empirical(rows) => rows.n_tasks(),
            Self::Segments(segments) => segments.members().iter().map(Self::most_tasks).max().unwrap_or(0),
        }
    }

    /// Number of tasks, where every buyer has a value for each of as many.
    pub(crate) fn n_tasks(&self) -> Option<usize> {
        let most = Some(self.most_tasks()).filter(|most| *most > 0);
        match self {
            Self::Segments(segments) if segments.members().iter().any(|member| member.n_tasks() != most) => {
                None
            }
            _ => most,
        }
    }

    /// Whether every buyer has a value and a scale.
    pub(crate) fn carries_value_scale(&self) -> bool {
        match self {
            Self::ValueScale { .. } => true,
            Self::Empirical(rows) => rows.carries_value_scale(),
            Self::Segments(segments) => segments.members().iter().all(Self::carries_value_scale),
            _ => false,
        }
    }

    /// What is known of the law of the index.
    pub(crate) fn index_law(&self) -> IndexLaw {
        match self {
            Self::Index(index) => IndexLaw::of(index),
            Self::ValueScale { family, sigma } => family.index_law(*sigma),
            Self::Finite(kinds) => IndexLaw::Points(kinds.points()),
            Self::Empirical(rows) => IndexLaw::Points(rows.points()),
            Self::Tasks(_) => IndexLaw::Unknown,
            Self::Segments(segments) => segments.index_law(),
        }
    }

    /// The tail index of the index θ: the heaviest tail among values; infinite for light tails.
    pub(crate) fn tail_index(&self) -> f64 {
        match self {
            Self::Index(index) => index.tail_index(),
            Self::ValueScale { family, .. } => family.value.tail_index(),
            Self::Tasks(tasks) => tasks.tail_index(),
            Self::Finite(_) | Self::Empirical(_) => f64::INFINITY,
            Self::Segments(segments) => {
                segments.members().iter().map(Self::tail_index).fold(f64::INFINITY, f64::min)
            }
        }
    }
}
