//! Outcomes in groups of buyers: deciles of the index and segments.

use serde::{Deserialize, Serialize};

use super::{Estimate, GroupPair};

/// One rule's outcome in one group of buyers, per buyer of the group.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupRule {
    /// Label of the rule.
    pub rule: String,
    /// Payment minus cost in $.
    pub profit: Estimate,
    /// Payment in $.
    pub revenue: Estimate,
    /// Utility in $.
    pub consumer_surplus: Estimate,
    /// Share of buyers who buy.
    pub served_share: Estimate,
    /// Total payments over total cost; null where nothing is sold.
    #[serde(default)]
    pub markup: Option<Estimate>,
    /// What buyers would pay for one more $ of tokens at cost, weighted by tokens at cost.
    #[serde(default)]
    pub marginal_markup: Option<Estimate>,
    /// The rule minus the baseline in this group; null for the baseline itself.
    #[serde(default, flatten)]
    pub against_baseline: Option<GroupPair>,
}

impl GroupRule {
    /// Every figure with its column name in CSV; `None`: undefined.
    pub fn estimates(&self) -> [(&'static str, Option<Estimate>); 10] {
        let against = self.against_baseline;
        [
            ("profit", Some(self.profit)),
            ("revenue", Some(self.revenue)),
            ("consumer_surplus", Some(self.consumer_surplus)),
            ("served_share", Some(self.served_share)),
            ("markup", self.markup),
            ("marginal_markup", self.marginal_markup),
            ("profit_difference", against.map(|own| own.profit_difference)),
            ("consumer_surplus_difference", against.map(|own| own.consumer_surplus_difference)),
            ("better_off_share", against.map(|own| own.better_off_share)),
            ("worse_off_share", against.map(|own| own.worse_off_share)),
        ]
    }
}

/// One decile of the index, by edges fixed before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    /// 1 (smallest indices) to 10.
    pub decile: u32,
    /// Smallest index in $.
    pub index_low: f64,
    /// Upper edge in $; null for the last.
    pub index_high: Option<f64>,
    /// Simulated buyers in it.
    pub users: u64,
    /// Outcomes by rule.
    pub rules: Vec<GroupRule>,
}

/// One named segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentSummary {
    /// Name of the segment.
    pub segment: String,
    /// Simulated buyers in it.
    pub users: u64,
    /// Outcomes by rule.
    pub rules: Vec<GroupRule>,
}
