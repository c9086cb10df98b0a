//! Segments: named shares of the buyers, each with a family of its own.

use model::config::{ConfigError, Invalid, NumberKey, Range, Section, check_name};
use serde::Serialize;

use crate::buyers::Drawn;
use crate::config::{FAMILIES, PopulationConfig, check_shares};
use crate::index_law::IndexLaw;
use crate::luck::{Crowd, level_of_each};
use crate::sampler::Sampler;
use crate::shares::Shares;
use crate::stream::Purpose;
use crate::table::ReadTables;

/// Several kinds of buyers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segments {
    /// The segments, 1 to 1,000.
    pub segments: Vec<Segment>,
}

/// One kind of buyers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// Name, unique among the segments.
    pub name: String,
    /// Share of buyers, > 0; all shares sum to one.
    pub share: f64,
    /// What those are drawn from: any family but segments.
    #[serde(flatten)]
    pub family: PopulationConfig,
}

/// Largest number of segments.
pub const MOST_SEGMENTS: usize = 1_000;

const SEGMENTS: &str = "segments";
const SHARE: NumberKey =
    NumberKey { name: "share", range: Range::Positive, meaning: "share of this segment in all buyers" };

impl Segments {
    pub(crate) fn read(section: &Section, tables: &dyn ReadTables) -> Result<Self, ConfigError> {
        let allowed =
            format!("an array of 1 to {MOST_SEGMENTS} tables {{ name, share, family, its parameters }}");
        let segments = section
            .sections(SEGMENTS, "name", &allowed)?
            .iter()
            .map(|segment| {
                let name = segment.text("name", "the segment's name")?;
                let share = segment.number(&SHARE)?;
                let family = PopulationConfig::read_one_of(segment, &FAMILIES[..FAMILIES.len() - 1], tables)?;
                Ok(Segment { name, share, family })
            })
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self { segments })
    }

    /// The same segments without the places of the files they were read from.
    #[must_use]
    pub fn without_paths(&self) -> Self {
        let without =
            |segment: &Segment| Segment { family: segment.family.without_paths(), ..segment.clone() };
        Self { segments: self.segments.iter().map(without).collect() }
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.segments.is_empty() || self.segments.len() > MOST_SEGMENTS {
            let found = format!("{} segments", self.segments.len());
            return Err(Invalid::new(SEGMENTS, found, format!("1 to {MOST_SEGMENTS} segments")));
        }
        for (position, segment) in self.segments.iter().enumerate() {
            let here = |invalid: Invalid| invalid.within(&format!("{SEGMENTS}.{}", segment.name));
            check_name(&segment.name, true).map_err(|allowed| {
                Invalid::new("name", &segment.name, allowed).within(&format!("{SEGMENTS}.{position}"))
            })?;
            if self.segments[..position].iter().any(|earlier| earlier.name == segment.name) {
                let allowed = "a name no other segment has".into();
                return Err(here(Invalid::new(
                    "name",
                    format!("the name \"{}\" twice", segment.name),
                    allowed,
                )));
            }
            SHARE.check(segment.share).map_err(here)?;
            if let PopulationConfig::Segments(_) = segment.family {
                let allowed = format!("a family out of {}", FAMILIES[..FAMILIES.len() - 1].join(", "));
                return Err(here(Invalid::new("family", "segments within a segment", allowed)));
            }
            if segment.family.rows_in_order().is_some() {
                let allowed = "\"bootstrap\" within a segment, whose buyers are not the first ones";
                return Err(here(Invalid::new("draw", "in-order", allowed.into())));
            }
            segment.family.check().map_err(here)?;
        }
        let shares: Vec<f64> = self.segments.iter().map(|segment| segment.share).collect();
        check_shares(&SHARE, &shares).map_err(|invalid| Invalid { key: SEGMENTS.into(), ..invalid })
    }
}

/// Segments ready to draw from.
#[derive(Debug, Clone)]
pub(crate) struct SegmentSampler {
    shares: Shares,
    members: Vec<Sampler>,
}

impl SegmentSampler {
    /// From a checked configuration.
    pub(crate) fn new(family: &Segments, sigma: f64) -> Self {
        Self {
            shares: Shares::new(family.segments.iter().map(|segment| segment.share).collect()),
            members: family.segments.iter().map(|segment| Sampler::new(&segment.family, sigma)).collect(),
        }
    }

    /// Buyers: the segment of each by its own uniform, the rest as in a population of that segment alone, but one
    /// dimension on.
    pub(crate) fn draw(&self, crowd: Crowd, drawn: &mut Drawn) {
        let mut rows = vec![Vec::new(); self.members.len()];
        for (buyer, level) in level_of_each(crowd, Purpose::Segment, 0).into_iter().enumerate() {
            let segment = self.shares.position(level.below());
            drawn.segment[buyer] = segment as u16;
            rows[segment].push(buyer);
        }
        for (member, rows) in self.members.iter().zip(rows) {
            let users: Vec<u64> = rows.iter().map(|row| crowd.users()[*row]).collect();
            let mut own = Drawn::new(users.len(), member, drawn.tasks.is_some());
            member.draw(crowd.of(&users).after(1), &mut own);
            drawn.place(&rows, &own);
        }
    }

    /// Shares of the segments.
    pub(crate) fn shares(&self) -> impl Iterator<Item = f64> + '_ {
        self.shares.iter()
    }

    /// The samplers of the segments.
    pub(crate) fn members(&self) -> &[Sampler] {
        &self.members
    }

    /// What is known of the law of the index.
    pub(crate) fn index_law(&self) -> IndexLaw {
        IndexLaw::mixed(self.shares.iter().zip(self.members.iter().map(Sampler::index_law)).collect())
    }
}

#[cfg(test)]
mod tests {
    use model::config::{Node, Value};

    use super::*;
    use crate::stream::Key;
    use crate::testing::{self, constant, lognormal, node, number, table, text, written};

    fn segment(name: &str, share: f64, family: &str) -> Node {
        let law = table(&[("distribution", text("constant")), ("value", number(1.0))]);
        table(&[("name", text(name)), ("share", number(share)), ("family", text(family)), ("index", law)])
    }

    fn read(segments: Vec<Node>) -> Result<PopulationConfig, ConfigError> {
        let segments = ("segments", node(Value::Array(segments)));
        let root = table(&[("family", text("segments")), segments]);
        PopulationConfig::read(&Section::root("market.toml", &root)?, &testing::Customers)
    }

    #[test]
    fn segments_are_read_located_by_name_and_refused() {
        let read_two = read(vec![segment("chat", 0.25, "index"), segment("code", 0.75, "index")]);
        let one = |name: &str, share| Segment {
            name: name.into(),
            share,
            family: PopulationConfig::Index { index: constant(1.0) },
        };
        let both =
            PopulationConfig::Segments(Segments { segments: vec![one("chat", 0.25), one("code", 0.75)] });
        assert_eq!(read_two, Ok(both.clone()));
        let key = |segments| read(segments).unwrap_err().key;
        assert_eq!(key(vec![]), "segments");
        assert_eq!(key(vec![segment("chat", 0.25, "index")]), "segments");
        assert_eq!(key(vec![segment("chat", -1.0, "index")]), "segments.chat.share");
        assert_eq!(key(vec![segment("chat", 1.0, "segments")]), "segments.chat.family");
        assert_eq!(key(vec![segment("Chat", 1.0, "index")]), "segments.0.name");
        assert_eq!(
            key(vec![segment("chat", 0.5, "index"), segment("chat", 0.5, "index")]),
            "segments.chat.name"
        );
        assert_eq!(key(vec![segment("chat", 1.0, "finite")]), "segments.chat.masses");
        let nested = Segment { name: "all".into(), share: 1.0, family: both };
        assert_eq!(Segments { segments: vec![nested] }.check().unwrap_err().key, "segments.all.family");
    }

    #[test]
    fn every_family_in_a_segment_is_written_back_as_the_same() {
        let families = testing::populations().into_iter().map(|population| population.config().clone());
        let (ordered, families): (Vec<_>, Vec<_>) = families
            .filter(|family| !matches!(family, PopulationConfig::Segments(_)))
            .partition(|family| family.rows_in_order().is_some());
        let in_order = ordered.into_iter().map(|family| Segment { name: "firms".into(), share: 1.0, family });
        let refused = Segments { segments: in_order.collect() }.check().unwrap_err();
        assert_eq!((refused.key.as_str(), refused.found.as_str()), ("segments.firms.draw", "in-order"));
        let share = 1.0 / families.len() as f64;
        let segments = families.into_iter().enumerate().map(|(position, family)| Segment {
            name: format!("segment-{position}"),
            share,
            family,
        });
        let config = PopulationConfig::Segments(Segments { segments: segments.collect() });
        let node = written(&config);
        let read = PopulationConfig::read(&Section::root("market.toml", &node).unwrap(), &testing::Customers);
        assert_eq!(read, Ok(config));
    }

    /// In her segment a buyer is who she would be if there were no other.
    #[test]
    fn members_are_the_people_of_their_segment_alone() {
        let family = |mu| PopulationConfig::Index { index: lognormal(mu, 1.0) };
        let segments = [("low", 0.6, family(0.0)), ("high", 0.4, family(3.0))]
            .map(|(name, share, family)| Segment { name: name.into(), share, family });
        let population =
            testing::population(PopulationConfig::Segments(Segments { segments: segments.clone().into() }));
        assert_eq!(population.segment_names(), ["low", "high"]);
        let key = Key { seed: 8, replicate: 0 };
        let drawn = population.draw(key, 5, 200);
        let alone = segments.map(|segment| testing::population(segment.family).draw(key, 5, 200).index);
        for (i, segment) in drawn.segment.unwrap().into_iter().enumerate() {
            assert_eq!(drawn.index[i], alone[segment as usize][i]);
        }
        assert!(drawn.value.is_none() && !population.has_value_scale());
    }
}
