//! Price books: plans as they are written in files.

mod read;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Allowance, Menu, Offer, Over, Plan};
use crate::config::Invalid;
use crate::technology::Technology;

/// A price book: what one seller posts, where it was read and when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceBook {
    /// Where the prices stand, or what designed them.
    pub source: String,
    /// The day they were read, as YYYY-MM-DD; absent for designs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The plans.
    #[serde(rename = "plan")]
    pub plans: Vec<PlanTerms>,
}

/// A plan as it is written, before it is known for which technology.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanTerms {
    /// Its name.
    pub label: String,
    /// Fee in $.
    pub fee: f64,
    /// All prices as one multiple of marginal cost, in place of `prices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markup: Option<f64>,
    /// Price of fine-tuning in $ per Mtok beyond what is included; absent: not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_tuning: Option<f64>,
    /// What happens beyond the allowance; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<Beyond>,
    /// Most tokens in $ at the plan's prices, an allowance in $ included; absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// $ per Mtok by class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<BTreeMap<String, f64>>,
    /// What the fee includes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<AllowanceTerms>,
}

/// What a fee includes: tokens in $ or by class, and fine-tuning.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AllowanceTerms {
    /// Tokens in $ at the plan's prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spend: Option<f64>,
    /// Fine-tuning in Mtok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_tuning: Option<f64>,
    /// Tokens in Mtok by class; classes left out are not included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<BTreeMap<String, f64>>,
}

/// What happens beyond an allowance, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beyond {
    /// Tokens are sold at the plan's prices.
    Prices,
    /// There are none.
    Stop,
}

impl PriceBook {
    /// A menu as a price book; `None` where it is no list of plans.
    pub fn of(technology: &Technology, menu: &Menu, source: String) -> Option<Self> {
        let plans = menu.offer.plans(technology)?;
        let terms =
            |(number, plan): (usize, &Plan)| PlanTerms::of(technology, format!("plan-{}", number + 1), plan);
        Some(Self { source, date: None, plans: plans.iter().enumerate().map(terms).collect() })
    }
}

impl PlanTerms {
    /// A plan written down.
    pub fn of(technology: &Technology, label: String, plan: &Plan) -> Self {
        let by_class = |numbers: &[f64]| -> BTreeMap<String, f64> {
            technology.classes().map(String::from).zip(numbers.iter().copied()).collect()
        };
        let (spend, tokens) = match &plan.allowance {
            Allowance::Spend(spend) => (Some(*spend).filter(|spend| *spend > 0.0), None),
            Allowance::Tokens(tokens) => (None, Some(by_class(tokens))),
        };
        let included = Some(plan.fine_tuning).filter(|tuning| *tuning > 0.0);
        let allowance = AllowanceTerms { spend, fine_tuning: included, tokens };
        let includes_tokens = allowance.spend.is_some() || allowance.tokens.is_some();
        Self {
            label,
            fee: plan.fee,
            markup: None,
            fine_tuning: plan.fine_tuning_price,
            over: includes_tokens.then_some(if plan.sells_tokens() { Beyond::Prices } else { Beyond::Stop }),
            limit: match plan.over {
                Over::Prices { limit } => Some(limit).filter(|limit| limit.is_finite()),
                Over::Stop => None,
            },
            prices: (!plan.prices.is_empty()).then(|| by_class(&plan.prices)),
            allowance: Some(allowance).filter(|allowance| *allowance != AllowanceTerms::default()),
        }
    }

    /// Refuses prices of what a technology does not have: mistakes in a plan that was written for it, if not in a price book.
    ///
    /// # Errors
    /// The class without tokens, or the price of fine-tuning where there is none.
    pub fn sells_only_what_there_is(&self, technology: &Technology) -> Result<(), Invalid> {
        let classes: Vec<&str> = technology.classes().collect();
        let mut listed = self.prices.iter().flat_map(BTreeMap::keys);
        if let Some(unknown) = listed.find(|class| !classes.contains(&class.as_str())) {
            let allowed = format!("prices of the classes {}", classes.join(", "));
            return Err(Invalid::new("prices", unknown, allowed));
        }
        let included = self.allowance.as_ref().and_then(|allowance| allowance.fine_tuning);
        let of_tuning = [("fine_tuning", self.fine_tuning), ("allowance.fine_tuning", included)];
        match of_tuning.into_iter().find_map(|(key, given)| given.map(|given| (key, given))) {
            Some((key, given)) if technology.gamma() == 0.0 => {
                let allowed = "nothing: technology.fine_tuning is absent or has exponent 0";
                Err(Invalid::new(key, given, allowed.into()))
            }
            _ => Ok(()),
        }
    }

    /// The plan for a technology; prices of what it does not have, classes or fine-tuning, are nobody's concern.
    ///
    /// # Errors
    /// A class without price, an allowance of an unknown class, or what [`Plan::check`] refuses; the key is that of the plan.
    pub fn plan(&self, technology: &Technology) -> Result<Plan, Invalid> {
        let classes: Vec<&str> = technology.classes().collect();
        let prices = match (&self.prices, self.markup) {
            (Some(listed), _) => classes
                .iter()
                .map(|class| {
                    listed.get(*class).copied().ok_or_else(|| {
                        let listed: Vec<&str> = listed.keys().map(String::as_str).collect();
                        let allowed =
                            format!("a price of every class of the technology: {}", classes.join(", "));
                        Invalid::new("prices", format!("prices of {} only", listed.join(", ")), allowed)
                    })
                })
                .collect::<Result<_, _>>()?,
            (None, Some(markup)) => technology.prices_at(markup),
            (None, None) => Vec::new(),
        };
        let none = AllowanceTerms::default();
        let included = self.allowance.as_ref().unwrap_or(&none);
        let allowance = match &included.tokens {
            None => Allowance::Spend(included.spend.unwrap_or(0.0)),
            Some(tokens) => {
                let known = |class: &String| {
                    classes.contains(&class.as_str())
                        || self.prices.as_ref().is_some_and(|prices| prices.contains_key(class))
                };
                if let Some(unknown) = tokens.keys().find(|class| !known(class)) {
                    let allowed = format!("the classes {}", classes.join(", "));
                    return Err(Invalid::new("allowance.tokens", unknown, allowed));
                }
                let own = |class: &&str| tokens.get(*class).copied().unwrap_or(0.0);
                Allowance::Tokens(classes.iter().map(own).collect())
            }
        };
        let plan = Plan {
            fee: self.fee,
            prices,
            allowance,
            over: match self.over {
                Some(Beyond::Stop) => Over::Stop,
                _ => Over::Prices { limit: self.limit.unwrap_or(f64::INFINITY) },
            },
            fine_tuning: included.fine_tuning.filter(|_| technology.gamma() > 0.0).unwrap_or(0.0),
            fine_tuning_price: self.fine_tuning.filter(|_| technology.gamma() > 0.0),
        };
        plan.check(technology).map(|()| plan)
    }
}

impl Offer {
    /// The offer as plans that a seller can post; `None` where what one pays depends on more than what one uses.
    pub fn plans(&self, technology: &Technology) -> Option<Vec<Plan>> {
        match self {
            Self::Prices { prices, .. } => {
                let tariff = Plan::tariff(technology, 0.0, 0.0, prices.token_markup, f64::INFINITY);
                let tuning = prices.fine_tuning_markup.filter(|_| technology.gamma() > 0.0);
                let fine_tuning_price = tuning.map(|markup| markup * technology.fine_tuning_cost());
                Some(vec![Plan { fine_tuning_price, ..tariff }])
            }
            Self::Packages(menu) => {
                let package = |item: &super::Item| {
                    Plan::package(technology, item.payment, item.spend, item.fine_tuning)
                };
                Some(menu.items().iter().map(package).collect())
            }
            Self::Plans(menu) => Some(menu.plans().to_vec()),
            Self::FullExtraction | Self::Allocations(_) | Self::Profiles(_) => None,
        }
    }
}
