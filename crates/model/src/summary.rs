//! What a run found: estimates with standard errors, as `summary.json` holds them and `compare` prints them.

mod group;
mod pair;
mod rule;

use serde::{Deserialize, Serialize};

pub use group::{Decile, GroupRule, SegmentSummary};
pub use pair::{Churn, GroupPair, Pair};
pub use rule::{ACCOUNTS, Further, RuleSummary};

/// Version of the JSON layout.
pub const SCHEMA: u32 = 1;

/// A mean per buyer with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean, in the unit of the quantity.
    pub mean: f64,
    /// Its standard error, in the same unit.
    pub se: f64,
}

/// What the standard errors of a run were computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum StandardErrors {
    /// The spread of independent buyers: s/√n.
    #[default]
    Buyers,
    /// The spread of the estimates of independent replicates, within which buyers depend on each other: s/√R.
    Replicates {
        /// Number of replicates, R.
        replicates: u32,
    },
}

impl StandardErrors {
    /// Whether they come from independent buyers.
    pub fn are_of_buyers(&self) -> bool {
        *self == Self::Buyers
    }
}

impl std::fmt::Display for StandardErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Buyers => write!(f, "from the spread of independent buyers"),
            Self::Replicates { replicates } => {
                write!(f, "from the spread of {replicates} independent replicates")
            }
        }
    }
}

/// Something the reader should know before citing the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Short stable name.
    pub code: String,
    /// What it means and what to do.
    pub message: String,
}

/// The benchmark every welfare figure is relative to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstBest {
    /// First-best profit E[π(θ)] of the simulated buyers, in $ per buyer.
    pub profit: Estimate,
}

/// A run's summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: u32,
    /// NAME/RUN_ID.
    pub run: String,
    /// Simulated buyers.
    pub users: u64,
    /// Where the standard errors come from; left out where buyers are independent.
    #[serde(default, skip_serializing_if = "StandardErrors::are_of_buyers")]
    pub standard_errors: StandardErrors,
    /// Label of the baseline rule.
    pub baseline: String,
    /// Label of the rule that shares of the optimum are relative to: `packages` designed on the population's own law, else
    /// `allocations`, else the market's baseline.
    #[serde(default)]
    pub optimum: String,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The benchmark.
    pub first_best: FirstBest,
    /// Rules in the order of the market file.
    pub rules: Vec<RuleSummary>,
    /// Incidence by decile of θ.
    pub by_decile: Vec<Decile>,
    /// Incidence by segment; empty where the population has none.
    pub by_segment: Vec<SegmentSummary>,
    /// Every ordered pair of rules.
    pub pairs: Vec<Pair>,
}

impl Summary {
    /// The first figure that is not finite, as rule and quantity.
    pub fn not_finite(&self) -> Option<(&str, String)> {
        let bad = |estimate: &Estimate| !(estimate.mean.is_finite() && estimate.se.is_finite());
        let of_rule = |rule: &RuleSummary| {
            let estimates = rule.estimates().into_iter();
            let named = estimates.filter_map(|(name, estimate)| Some((name.to_string(), estimate?)));
            let tokens = rule.tokens.iter().map(|(class, estimate)| (format!("tokens_{class}"), *estimate));
            let totals = rule.totals.iter().map(|(name, estimate)| (format!("total_{name}"), *estimate));
            named.chain(tokens).chain(totals).find(|(_, estimate)| bad(estimate)).map(|(name, _)| name)
        };
        let of_group = |rule: &GroupRule| {
            let mut named =
                rule.estimates().into_iter().filter_map(|(name, estimate)| Some((name, estimate?)));
            named.find(|(_, estimate)| bad(estimate)).map(|(name, _)| name)
        };
        let deciles = self.by_decile.iter().map(|own| (&own.rules, format!("decile {}", own.decile)));
        let segments = self.by_segment.iter().map(|own| (&own.rules, format!("segment {}", own.segment)));
        let mut grouped = deciles.chain(segments).flat_map(|(rules, group)| {
            rules.iter().filter_map(move |rule| Some((rule, format!("{} in {group}", of_group(rule)?))))
        });
        let mut paired = self.pairs.iter().filter_map(|pair| {
            let (name, _) = pair.estimates().into_iter().find(|(_, own)| own.as_ref().is_some_and(bad))?;
            Some((pair.rule.as_str(), format!("{name} against {}", pair.baseline)))
        });
        let whole = self.rules.iter().find_map(|rule| Some((rule.rule.as_str(), of_rule(rule)?)));
        let in_group = || grouped.next().map(|(rule, name)| (rule.rule.as_str(), name));
        whole.or_else(in_group).or_else(|| paired.next())
    }

    /// The same figures with differences to another rule; `None` if no rule has that label.
    #[must_use]
    pub fn with_baseline(mut self, label: &str) -> Option<Self> {
        for rule in &mut self.rules {
            let pair = self.pairs.iter().find(|pair| pair.rule == rule.rule && pair.baseline == label)?;
            rule.profit_difference = pair.profit_difference;
            rule.consumer_surplus_difference = pair.consumer_surplus_difference;
            rule.better_off_share = pair.better_off_share;
            rule.worse_off_share = pair.worse_off_share;
            rule.churn = pair.churn;
        }
        self.baseline = label.into();
        let pairs = &self.pairs;
        for (position, decile) in self.by_decile.iter_mut().enumerate() {
            rebase_group(&mut decile.rules, |rule| {
                of_pair(pairs, rule, label, |pair| &pair.by_decile, position)
            });
        }
        for (position, segment) in self.by_segment.iter_mut().enumerate() {
            rebase_group(&mut segment.rules, |rule| {
                of_pair(pairs, rule, label, |pair| &pair.by_segment, position)
            });
        }
        Some(self)
    }
}

fn rebase_group(rules: &mut [GroupRule], against: impl Fn(&str) -> Option<GroupPair>) {
    for rule in rules {
        rule.against_baseline = against(&rule.rule);
    }
}

/// One group of the pair (rule, baseline), from whichever way round it is recorded.
fn of_pair(
    pairs: &[Pair],
    rule: &str,
    baseline: &str,
    groups: impl Fn(&Pair) -> &Vec<Option<GroupPair>>,
    position: usize,
) -> Option<GroupPair> {
    let recorded = |rule: &str, baseline: &str| {
        let pair = pairs.iter().find(|pair| pair.rule == rule && pair.baseline == baseline)?;
        groups(pair).get(position).copied().flatten()
    };
    recorded(rule, baseline).or_else(|| Some(recorded(baseline, rule)?.reversed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_finite_is_found_wherever_it_stands() {
        let fine = Estimate { mean: 1.0, se: 0.1 };
        let bad = Some(Estimate { mean: 1.0, se: f64::NAN });
        let summary = |markup: Option<Estimate>, ratio: Option<Estimate>| Summary {
            schema: SCHEMA,
            run: "name/run".into(),
            users: 2,
            standard_errors: StandardErrors::Buyers,
            baseline: "flat".into(),
            optimum: "flat".into(),
            warnings: Vec::new(),
            first_best: FirstBest { profit: fine },
            rules: Vec::new(),
            by_decile: Vec::new(),
            by_segment: vec![SegmentSummary {
                segment: "firms".into(),
                users: 2,
                rules: vec![GroupRule { rule: "tiers".into(), markup, ..GroupRule::default() }],
            }],
            pairs: vec![Pair {
                rule: "tiers".into(),
                baseline: "flat".into(),
                profit_ratio: ratio,
                ..Pair::default()
            }],
        };
        let found = |own: Summary| own.not_finite().map(|(rule, what)| format!("{rule}: {what}"));
        assert_eq!(found(summary(Some(fine), None)), None);
        assert_eq!(found(summary(bad, None)).unwrap(), "tiers: markup in segment firms");
        assert_eq!(found(summary(None, bad)).unwrap(), "tiers: profit_ratio against flat");
    }
}
