//! A belief from usage: what customers bought at posted linear prices, read backwards to their indices.

mod file;

use model::belief::{Belief, Marginal, Points};
use model::config::{ConfigError, IntegerKey, Invalid, NumberKey, Range, Section};
use model::technology::{Aggregator, Prices, Technology};
use serde::Serialize;

use crate::calibrate::index::index_of_outlay;
use crate::population::Population;
use crate::table::ReadTables;

use file::UsageFile;

/// Usage that a seller has observed under linear prices without fine-tuning.
///
/// A customer who faces prices p_n spends in all
/// ```text
/// outlay = Σ_n p_n x_n = (σ θ κ b^γ)^{1/(1-σ)},   κ with p_n in the place of c_n
/// ```
/// which reveals her index θ for the σ that the seller assumes; shares of spend reveal exponents only relative to σ. A seller
/// who assumes another σ than that of the technology has wrong exponents, all too large or too small by one factor, and
/// wrong indices, and designs for both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Usage {
    /// Token classes with the prices at which they were bought, in the order of the technology.
    pub tokens: Vec<UsedClass>,
    /// Where the usage comes from.
    #[serde(flatten)]
    pub observed: Observed,
    /// σ that the seller assumes, between 0 and 1; absent: the technology's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
}

/// Where usage comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Observed {
    /// Customers of a file.
    File(UsageFile),
    /// Buyers of the population, none of them simulated.
    Buyers {
        /// How many.
        buyers: u64,
    },
}

/// A token class in a trace of usage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UsedClass {
    /// Name of the class.
    pub class: String,
    /// Price at which it was bought, > 0, in $ per Mtok.
    pub price: f64,
    /// Column of the file that counts its tokens; absent without a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

const PRICE: NumberKey =
    NumberKey { name: "price", range: Range::Positive, meaning: "price paid in $ per Mtok" };
const SIGMA: NumberKey = NumberKey {
    name: "sigma",
    range: Range::OpenUnit,
    meaning: "sum of the token exponents that is assumed",
};
const BUYERS: IntegerKey =
    IntegerKey { name: "buyers", low: 2, high: 100_000_000, meaning: "buyers whose usage was observed" };

impl Usage {
    /// Reads the keys of a belief from usage, for a market of this technology.
    ///
    /// # Errors
    /// A class without price, an assumed σ the technology cannot have, a file without the columns named.
    pub fn read(
        section: &Section,
        technology: &Technology,
        tables: &dyn ReadTables,
    ) -> Result<Self, ConfigError> {
        let from_file = section.has("file");
        if from_file == section.has("buyers") {
            let allowed = "file, a trace of usage, or buyers, a number of observed buyers: one of them";
            let found = if from_file { "both" } else { "neither" };
            return Err(section.error("source", allowed).found_instead(format!("{found} file and buyers")));
        }
        let tokens = read_tokens(section, technology, from_file)?;
        let sigma = section.optional_number(&SIGMA)?;
        let observed = if from_file {
            Observed::File(UsageFile::read(section, &tokens, tables)?)
        } else {
            Observed::Buyers { buyers: section.integer(&BUYERS)? }
        };
        let usage = Self { tokens, observed, sigma };
        usage.assumed(technology).map_err(|invalid| {
            let found = usage.sigma.map_or(invalid.found, |sigma| sigma.to_string());
            let allowed = format!("a sum of exponents the technology can have: {}", invalid.allowed);
            section.error(SIGMA.name, allowed).found_instead(found)
        })?;
        Ok(usage)
    }

    /// The same usage without the place it was read from.
    #[must_use]
    pub fn without_path(&self) -> Self {
        match &self.observed {
            Observed::File(file) => Self { observed: Observed::File(file.without_path()), ..self.clone() },
            Observed::Buyers { .. } => self.clone(),
        }
    }

    /// The technology that the seller takes hers for: all exponents times assumed over true σ.
    ///
    /// # Errors
    /// The rules of [`Technology::new`].
    pub fn assumed(&self, technology: &Technology) -> Result<Technology, Invalid> {
        let Some(sigma) = self.sigma else { return Ok(technology.clone()) };
        let mut config = technology.config().clone();
        match &mut config.aggregator {
            Aggregator::CobbDouglas => {
                for token in &mut config.tokens {
                    token.exponent *= sigma / technology.sigma();
                }
            }
            Aggregator::Ces { returns, .. } => *returns = sigma,
        }
        Technology::new(config)
    }

    /// What the seller believes of the index, as the technology she assumes defines it.
    ///
    /// # Errors
    /// The rules of [`Technology::new`], for the assumed technology and at the posted prices.
    pub fn belief(
        &self,
        technology: &Technology,
        population: &Population,
        seed: u64,
    ) -> Result<Belief, Invalid> {
        let assumed = self.assumed(technology)?;
        let priced = self.at_prices(&assumed)?;
        let index = |outlay: f64| index_of_outlay(&priced, 1.0, outlay);
        let (customers, weighted): (usize, Vec<(f64, f64)>) = match &self.observed {
            Observed::File(file) => {
                (file.customers(), file.outlays().map(|(outlay, weight)| (index(outlay), weight)).collect())
            }
            Observed::Buyers { buyers } => {
                let outlays = self.outlays(technology, population.design_indices(*buyers as usize, seed))?;
                (outlays.len(), outlays.into_iter().map(|outlay| (index(outlay), 1.0)).collect())
            }
        };
        let source = format!(
            "usage of {customers} customers at posted prices, read backwards with σ = {}",
            assumed.sigma()
        );
        let index = Marginal { sample: Some(customers), ..Marginal::exactly(Points::new(weighted)) };
        Ok(Belief { index, value_scale: None, environment: None, source })
    }

    /// What buyers with these indices spend at the posted prices, without fine-tuning.
    fn outlays(&self, technology: &Technology, indices: Vec<f64>) -> Result<Vec<f64>, Invalid> {
        let priced = self.at_prices(technology)?;
        let demand = priced.demand(Prices { fine_tuning_markup: None, ..Prices::MARGINAL_COST });
        Ok(indices.into_iter().map(|index| demand.at(&priced.powers(index)).payment).collect())
    }

    /// The technology with posted prices in the place of costs.
    fn at_prices(&self, technology: &Technology) -> Result<Technology, Invalid> {
        let mut config = technology.config().clone();
        for (token, used) in config.tokens.iter_mut().zip(&self.tokens) {
            token.cost = used.price;
        }
        Technology::new(config)
    }
}

fn read_tokens(
    section: &Section,
    technology: &Technology,
    from_file: bool,
) -> Result<Vec<UsedClass>, ConfigError> {
    let keys = if from_file { "class, price and column" } else { "class and price" };
    let classes: Vec<&str> = technology.classes().collect();
    let allowed = format!("one table with {keys} for each of {}", classes.join(", "));
    let mut read = Vec::new();
    for element in section.sections("tokens", "class", &allowed)? {
        let class = element.text("class", "name of a token class")?;
        let price = element.number(&PRICE)?;
        let column = element.optional_text("column", "name of the column that counts its tokens")?;
        if column.is_some() != from_file {
            return Err(element.error(
                "column",
                format!("{keys}, as usage has {}a file", if from_file { "" } else { "not " }),
            ));
        }
        element.finish()?;
        read.push(UsedClass { class, price, column });
    }
    let ordered: Option<Vec<UsedClass>> =
        classes.iter().map(|class| read.iter().find(|used| used.class == *class).cloned()).collect();
    ordered.filter(|ordered| ordered.len() == read.len()).ok_or_else(|| {
        let found: Vec<&str> = read.iter().map(|used| used.class.as_str()).collect();
        let found =
            if found.is_empty() { "no class".into() } else { format!("classes {}", found.join(", ")) };
        section.error("tokens", allowed.clone()).found_instead(found)
    })
}

#[cfg(test)]
mod tests;
