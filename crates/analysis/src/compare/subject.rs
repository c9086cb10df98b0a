//! What a comparison is about.

use std::str::FromStr;

use model::summary::{GroupRule, Summary};

use super::machine::digits;

/// A table of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Profit, surplus and shares, against the baseline.
    Summary,
    /// Sums over all buyers.
    Totals,
    /// What is lost against first-best and against the optimum, and why.
    Losses,
    /// Markups, elasticity, concentration and tokens.
    Prices,
    /// What designs expected, and what not knowing the population costs.
    Beliefs,
    /// Who leaves, joins and moves when a rule takes the baseline's place.
    Churn,
    /// Gains and losses by decile of the index.
    Deciles,
    /// Gains and losses by segment.
    Segments,
}

impl Subject {
    /// Every subject, in the order of the tables.
    pub const ALL: [Self; 8] = [
        Self::Summary,
        Self::Totals,
        Self::Losses,
        Self::Prices,
        Self::Beliefs,
        Self::Churn,
        Self::Deciles,
        Self::Segments,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Totals => "totals",
            Self::Losses => "losses",
            Self::Prices => "prices",
            Self::Beliefs => "beliefs",
            Self::Churn => "churn",
            Self::Deciles => "deciles",
            Self::Segments => "segments",
        }
    }

    /// The groups it is about, if it is about groups.
    pub(super) fn groups(self) -> Option<Groups> {
        match self {
            Self::Deciles => Some(Groups::Deciles),
            Self::Segments => Some(Groups::Segments),
            _ => None,
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|subject| subject.name() == name);
        named.ok_or_else(|| format!("found {name}; allowed: {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// How buyers are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Groups {
    Deciles,
    Segments,
}

impl Groups {
    /// Columns that say which group a row is about.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Deciles => &["decile", "index_low", "index_high"],
            Self::Segments => &["segment"],
        }
    }

    /// Every group of a run: its keys, its buyers and its rules.
    pub(super) fn of(self, summary: &Summary) -> Vec<(Vec<String>, u64, &[GroupRule])> {
        match self {
            Self::Deciles => summary
                .by_decile
                .iter()
                .map(|own| {
                    let keys =
                        vec![own.decile.to_string(), digits(Some(own.index_low)), digits(own.index_high)];
                    (keys, own.users, own.rules.as_slice())
                })
                .collect(),
            Self::Segments => summary
                .by_segment
                .iter()
                .map(|own| (vec![own.segment.clone()], own.users, own.rules.as_slice()))
                .collect(),
        }
    }
}
