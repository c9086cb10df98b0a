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
    /// Profit over that of [`Summary::optimum`]; null where that earns nothing.
    #[serde(default)]
    pub profit_share_of_optimum: Option<Estimate>,
    /// Profit that the design expected under its belief; it carries no sampling error.
    #[serde(default)]
    pub expected_profit: Option<Estimate>,
    /// Profit of the same rule designed on the population's own law, minus this profit, same buyers; null where no such
    /// rule is posted, or this is it.
    #[serde(default)]
    pub belief_loss: Option<Estimate>,
    /// Losses, concentration, markups and elasticity.
    #[serde(default, flatten)]
    pub further: Further,
    /// Who leaves, joins and moves when the rule takes the baseline's place.
    #[serde(default, flatten)]
    pub churn: Churn,
    /// Mtok per buyer by class.
    pub tokens: BTreeMap<String, Estimate>,
    /// Sums over all buyers: of every account in $, under its name, and of Mtok, under `tokens_CLASS`.
    #[serde(default)]
    pub totals: BTreeMap<String, Estimate>,
}

/// Figures of one rule beyond its accounts; null where they are undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Further {
    /// Deadweight loss of buyers who buy nothing: their first-best surplus.
    pub exclusion_loss: Option<Estimate>,
    /// Deadweight loss of buyers who buy: not the efficient use.
    pub distortion_loss: Option<Estimate>,
    /// Share of revenue from the hundredth of buyers with the largest indices.
    pub top_1_revenue_share: Option<Estimate>,
    /// Share of revenue from the tenth of buyers with the largest indices.
    pub top_10_revenue_share: Option<Estimate>,
    /// Total payments over total cost.
    pub markup: Option<Estimate>,
    /// What buyers would pay for one more $ of tokens at cost, weighted by tokens at cost: σ ΣG / ΣE.
    pub marginal_markup: Option<Estimate>,
    /// Change of all tokens sold in per cent when all token prices rise by one per cent, buyers choosing anew.
    pub token_price_elasticity: Option<Estimate>,
}

impl Further {
    /// Every figure with its name.
    pub fn figures(&self) -> [(&'static str, Option<Estimate>); 7] {
        [
            ("exclusion_loss", self.exclusion_loss),
            ("distortion_loss", self.distortion_loss),
            ("top_1_revenue_share", self.top_1_revenue_share),
            ("top_10_revenue_share", self.top_10_revenue_share),
            ("markup", self.markup),
            ("marginal_markup", self.marginal_markup),
            ("token_price_elasticity", self.token_price_elasticity),
        ]
    }
}

impl RuleSummary {
    /// Every figure but the tokens and totals, with its column name in `summary.parquet` and CSV; `None`: undefined.
    pub fn estimates(&self) -> Vec<(&'static str, Option<Estimate>)> {
        let mut estimates = vec![
            ("profit", Some(self.profit)),
            ("revenue", Some(self.revenue)),
            ("cost", Some(self.cost)),
            ("consumer_surplus", Some(self.consumer_surplus)),
            ("welfare", Some(self.welfare)),
            ("deadweight_loss", Some(self.deadweight_loss)),
            ("served_share", Some(self.served_share)),
            ("fine_tuned_share", Some(self.fine_tuned_share)),
            ("profit_difference", Some(self.profit_difference)),
            ("consumer_surplus_difference", Some(self.consumer_surplus_difference)),
            ("better_off_share", Some(self.better_off_share)),
            ("worse_off_share", Some(self.worse_off_share)),
            ("profit_share_of_first_best", Some(self.profit_share_of_first_best)),
            ("profit_share_of_optimum", self.profit_share_of_optimum),
            ("expected_profit", self.expected_profit),
            ("belief_loss", self.belief_loss),
        ];
        estimates.extend(self.further.figures());
        estimates.extend(self.churn.figures());
        estimates
    }

    /// A figure by its column's name: of the accounts, `tokens_CLASS` or `total_X`; `None` where it is undefined or unknown.
    pub fn estimate(&self, name: &str) -> Option<Estimate> {
        if let Some(class) = name.strip_prefix("tokens_") {
            return self.tokens.get(class).copied();
        }
        if let Some(account) = name.strip_prefix("total_") {
            return self.totals.get(account).copied();
        }
        self.estimates().into_iter().find(|(own, _)| *own == name).and_then(|(_, estimate)| estimate)
    }

    /// Sums over `users` buyers of the accounts and tokens.
    pub fn totals_over(&self, users: u64) -> BTreeMap<String, Estimate> {
        let users = users as f64;
        let accounts = ACCOUNTS.iter().map(|name| ((*name).to_string(), self.estimate(name)));
        let tokens = self.tokens.iter().map(|(class, own)| (format!("tokens_{class}"), Some(*own)));
        let total = |estimate: Estimate| Estimate { mean: users * estimate.mean, se: users * estimate.se };
        accounts.chain(tokens).filter_map(|(name, own)| Some((name, total(own?)))).collect()
    }
}

/// The figures in $ per buyer whose sums over buyers mean something.
pub const ACCOUNTS: [&str; 8] = [
    "profit",
    "revenue",
    "cost",
    "consumer_surplus",
    "welfare",
    "deadweight_loss",
    "exclusion_loss",
    "distortion_loss",
];

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
        self.rules.iter().find_map(|rule| {
            let estimates = rule.estimates().into_iter();
            let named = estimates.filter_map(|(name, estimate)| Some((name.to_string(), estimate?)));
            let tokens = rule.tokens.iter().map(|(class, estimate)| (format!("tokens_{class}"), *estimate));
            let (name, _) = named.chain(tokens).find(|(_, estimate)| bad(estimate))?;
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
