//! A family made ready to draw from: whatever does not depend on the buyer is computed once.

use crate::config::PopulationConfig;
use crate::distribution::Distribution;
use crate::family::empirical::RowSampler;
use crate::family::finite::Kinds;
use crate::family::segments::SegmentSampler;
use crate::family::tasks::sampler::TaskSampler;
use crate::family::value_scale::ValueScale;
use crate::index_law::IndexLaw;
use crate::luck::Luck;
use crate::stream::Purpose;

/// What is drawn for one buyer, but for the values of her tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// Index θ in $.
    pub(crate) index: f64,
    /// Value w and scale s, where the family has them; NaN otherwise.
    pub(crate) value_scale: (f64, f64),
    /// Position of her segment; zero without segments.
    pub(crate) segment: u16,
}

impl Person {
    fn of_index(index: f64) -> Self {
        Self { index, value_scale: (f64::NAN, f64::NAN), segment: 0 }
    }
}

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

    /// A buyer; the values of her tasks, where she has some, stand in the first of `values` afterwards.
    pub(crate) fn draw(&self, luck: Luck, values: &mut [f64]) -> Person {
        match self {
            Self::Index(index) => Person::of_index(index.draw_by(luck, Purpose::Index, 0)),
            Self::ValueScale { family, sigma } => {
                let (value, scale, index) = family.draw(luck, *sigma);
                Person { value_scale: (value, scale), ..Person::of_index(index) }
            }
            Self::Tasks(tasks) => Person::of_index(tasks.draw(luck, values)),
            Self::Finite(kinds) => Person::of_index(kinds.draw(luck, values)),
            Self::Empirical(rows) => {
                let (index, value_scale) = rows.draw(luck, values);
                let person = Person::of_index(index);
                Person { value_scale: value_scale.unwrap_or(person.value_scale), ..person }
            }
            Self::Segments(segments) => segments.draw(luck, values),
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
