//! What one rule achieved over all buyers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Churn, Estimate};

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
    /// Profit over that of [`Summary::optimum`](super::Summary::optimum); null where that earns nothing.
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
