//! One rule against another on the same buyers.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// One rule against another on the same buyers: rule minus baseline.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Pair {
    /// The rule.
    pub rule: String,
    /// The rule it is compared with.
    pub baseline: String,
    /// Difference of profits in $ per buyer.
    pub profit_difference: Estimate,
    /// Difference of utilities in $ per buyer.
    pub consumer_surplus_difference: Estimate,
    /// Share of buyers with more utility.
    pub better_off_share: Estimate,
    /// Share of buyers with less utility.
    pub worse_off_share: Estimate,
    /// Profit over the baseline's; null where that earns nothing.
    #[serde(default)]
    pub profit_ratio: Option<Estimate>,
    /// Who leaves, joins and moves.
    #[serde(default, flatten)]
    pub churn: Churn,
    /// Gains and losses by decile of θ; null where too few buyers tell the errors. Left out where the pair the other way
    /// round has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_decile: Vec<Option<GroupPair>>,
    /// The same by segment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_segment: Vec<Option<GroupPair>>,
}

impl Pair {
    /// Every figure over all buyers with its name; `None`: undefined.
    pub fn estimates(&self) -> Vec<(&'static str, Option<Estimate>)> {
        let mut estimates = vec![
            ("profit_difference", Some(self.profit_difference)),
            ("consumer_surplus_difference", Some(self.consumer_surplus_difference)),
            ("better_off_share", Some(self.better_off_share)),
            ("worse_off_share", Some(self.worse_off_share)),
            ("profit_ratio", self.profit_ratio),
        ];
        estimates.extend(self.churn.figures());
        estimates
    }
}

/// Who leaves, joins and moves when a rule takes the baseline's place.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Churn {
    /// Share of buyers who buy under the baseline and not under the rule.
    pub leave_share: Option<Estimate>,
    /// Share of buyers who buy under the rule and not under the baseline.
    pub join_share: Option<Estimate>,
    /// Share of buyers who buy under both, but something else or at another payment.
    pub move_share: Option<Estimate>,
    /// Payments under the baseline of those who leave, in $ per buyer.
    pub revenue_at_risk: Option<Estimate>,
    /// The same over all payments under the baseline.
    pub revenue_at_risk_share: Option<Estimate>,
}

impl Churn {
    /// Every figure with its name.
    pub fn figures(&self) -> [(&'static str, Option<Estimate>); 5] {
        [
            ("leave_share", self.leave_share),
            ("join_share", self.join_share),
            ("move_share", self.move_share),
            ("revenue_at_risk", self.revenue_at_risk),
            ("revenue_at_risk_share", self.revenue_at_risk_share),
        ]
    }
}

/// One rule minus another in one group, per buyer of the group.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupPair {
    /// Difference of profits in $.
    pub profit_difference: Estimate,
    /// Difference of utilities in $.
    pub consumer_surplus_difference: Estimate,
    /// Share of buyers with more utility.
    pub better_off_share: Estimate,
    /// Share of buyers with less utility.
    pub worse_off_share: Estimate,
}

impl GroupPair {
    /// The same with the two rules exchanged.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let negative = |own: Estimate| Estimate { mean: 0.0 - own.mean, se: own.se };
        Self {
            profit_difference: negative(self.profit_difference),
            consumer_surplus_difference: negative(self.consumer_surplus_difference),
            better_off_share: self.worse_off_share,
            worse_off_share: self.better_off_share,
        }
    }
}
