//! What a run found: estimates with standard errors, as `summary.json` holds them and `compare` prints them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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

/// One rule's outcome per buyer; money in $.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleSummary {
    /// Label of the rule.
    pub rule: String,
    /// Name of the pricing rule.
    pub kind: String,
    /// Payment minus cost.
    pub profit: Estimate,
    /// Payment.
    pub revenue: Estimate,
    /// Seller's cost.
    pub cost: Estimate,
    /// Utility.
    pub consumer_surplus: Estimate,
    /// Utility plus profit.
    pub welfare: Estimate,
    /// First-best minus welfare.
    pub deadweight_loss: Estimate,
    /// Share of buyers who buy.
    pub served_share: Estimate,
    /// Share of buyers with fine-tuning.
    pub fine_tuned_share: Estimate,
    /// Profit minus the baseline's, same buyers.
    pub profit_difference: Estimate,
    /// Consumer surplus minus the baseline's, same buyers.
    pub consumer_surplus_difference: Estimate,
    /// Share of buyers with more utility than under the baseline.
    pub better_off_share: Estimate,
    /// Share of buyers with less utility than under the baseline.
    pub worse_off_share: Estimate,
    /// Profit over first-best profit.
    pub profit_share_of_first_best: Estimate,
    /// Mtok per buyer by class.
    pub tokens: BTreeMap<String, Estimate>,
}

impl RuleSummary {
    /// Every estimate but the tokens, with its column name in `summary.parquet` and CSV.
    pub fn estimates(&self) -> [(&'static str, Estimate); 13] {
        [
            ("profit", self.profit),
            ("revenue", self.revenue),
            ("cost", self.cost),
            ("consumer_surplus", self.consumer_surplus),
            ("welfare", self.welfare),
            ("deadweight_loss", self.deadweight_loss),
            ("served_share", self.served_share),
            ("fine_tuned_share", self.fine_tuned_share),
            ("profit_difference", self.profit_difference),
            ("consumer_surplus_difference", self.consumer_surplus_difference),
            ("better_off_share", self.better_off_share),
            ("worse_off_share", self.worse_off_share),
            ("profit_share_of_first_best", self.profit_share_of_first_best),
        ]
    }
}

/// One rule against another on the same buyers: rule minus baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// One rule's outcome in one group of buyers, per buyer of the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        self.rules.iter().find_map(|rule| {
            let estimates = rule.estimates().map(|(name, estimate)| (name.to_string(), estimate));
            let tokens = rule.tokens.iter().map(|(class, estimate)| (format!("tokens_{class}"), *estimate));
            let (name, _) = estimates.into_iter().chain(tokens).find(|(_, estimate)| bad(estimate))?;
            Some((rule.rule.as_str(), name))
        })
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
        }
        self.baseline = label.into();
        Some(self)
    }
}
