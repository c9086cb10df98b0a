//! Calibration: from a usage trace and posted prices to a technology and a population.
//!
//! What users pay for tokens at known linear prices reveals the model's parameters up to one number, the sum σ of the
//! exponents, which has to be assumed (or a demand elasticity, -1/(1-σ)):
//!
//! 1. [`trace`]: usage per customer, or per request, from CSV;
//! 2. [`spend`]: shares of spend, which are shares of exponents;
//! 3. [`index`]: demand read backwards gives every customer's index θ;
//! 4. [`fit`](mod@fit): lognormal, gamma, Weibull and Pareto laws of θ by maximum likelihood; [`sample`]: how far they are
//!    from the data, and the tail index;
//! 5. [`market`]: the answer as sections of a market file, and every customer as a row of an empirical population.
//!
//! Requests without customers reveal exponents only. Nobody in a trace is taken to fine-tune: usage says nothing of γ.
//!
//! θ of two assumed σ are powers of each other, ln θ = (1-σ) ln outlay + constant. So a tail index of θ is that of spend
//! divided by 1-σ, and the order of lognormal, Weibull and Pareto fits is the same for every σ.

pub mod fit;
pub mod index;
pub mod market;
mod polygamma;
pub mod sample;
pub mod spend;
pub mod trace;
mod warning;

use model::config::{Invalid, NumberKey, Range};
use model::technology::TechnologyConfig;
use serde::Serialize;

use self::fit::Fits;
use self::index::Price;
use self::sample::{Sample, TailIndex};
use self::spend::{ClassSpend, Spend};
use self::trace::{Counts, Trace};
pub use self::warning::Warning;

/// What has to be known or assumed beside the trace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumptions {
    /// List prices at which the usage was bought, one for each class.
    pub prices: Vec<Price>,
    /// σ, the sum of the exponents, between 0 and 1.
    pub sigma: f64,
    /// A smaller and a larger σ, for how the answer moves; [`Assumptions::around`] proposes them.
    pub alternatives: [f64; 2],
    /// Marginal cost as a share of list price, the same for every class, in (0, 1]; the markup m is its inverse.
    pub cost_share: f64,
    /// Where the law is truncated for the assumed σ, in $; absent: at twice the largest index.
    pub top: Option<f64>,
}

impl Assumptions {
    /// A smaller and a larger σ: σ ± 0.4 min(σ, 1-σ), so 0.3 and 0.7 around 0.5.
    pub fn around(sigma: f64) -> [f64; 2] {
        let step = 0.4 * sigma.min(1.0 - sigma);
        [sigma - step, sigma + step]
    }

    /// The three σ in ascending order, everything checked that does not need a trace.
    fn sigmas(&self) -> Result<[f64; 3], Invalid> {
        const SIGMA: NumberKey =
            NumberKey { name: "sigma", range: Range::OpenUnit, meaning: "sum of the token exponents" };
        const COST_SHARE: NumberKey = NumberKey {
            name: "cost_share",
            range: Range::Positive,
            meaning: "marginal cost over list price",
        };
        const TOP: NumberKey = NumberKey {
            name: "top",
            range: Range::Positive,
            meaning: "where the law of the index ends, in $",
        };
        COST_SHARE.check(self.cost_share)?;
        if self.cost_share > 1.0 {
            let allowed = "a number > 0 and at most 1 (marginal cost over list price)";
            return Err(Invalid::new("cost_share", self.cost_share, allowed.into()));
        }
        self.top.map_or(Ok(1.0), |top| TOP.check(top))?;
        let [low, high] = self.alternatives;
        for sigma in [low, self.sigma, high] {
            SIGMA.check(sigma)?;
        }
        if low < self.sigma && self.sigma < high {
            return Ok([low, self.sigma, high]);
        }
        let allowed = format!("one σ below and one above the assumed {}", self.sigma);
        Err(Invalid::new("alternatives", format!("{low} and {high}"), allowed))
    }
}

/// Everything a trace and assumptions say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Rows read and skipped.
    pub counts: Counts,
    /// Whether spend, tokens and indices are per day, rather than per trace.
    pub per_day: bool,
    /// Whether rows are requests rather than customers; then there is no population.
    pub requests: bool,
    /// What was assumed.
    pub assumptions: Assumptions,
    /// Spend by token class, the exponents' shares.
    pub classes: Vec<ClassSpend>,
    /// How spend is spread over customers or requests.
    pub spend: Spend,
    /// The answer for three σ in ascending order, the assumed one in the middle.
    pub cases: [Case; 3],
    /// What a reader of the numbers should know.
    pub warnings: Vec<Warning>,
    /// Every customer with her index for the assumed σ; empty for requests.
    #[serde(skip)]
    pub customers: Vec<Customer>,
}

/// One customer of the empirical population.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Her name.
    pub customer: String,
    /// Her index θ in $.
    pub index: f64,
    /// The number of customers like her.
    pub weight: f64,
}

impl Customer {
    fn list(trace: &Trace, indices: &[f64]) -> Vec<Self> {
        let names = trace.customers.iter().flatten().zip(indices).zip(&trace.weights);
        names
            .map(|((customer, index), weight)| Self {
                customer: customer.clone(),
                index: *index,
                weight: *weight,
            })
            .collect()
    }
}

/// The answer for one σ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Sum of the exponents.
    pub sigma: f64,
    /// Elasticity of token demand in a common markup, -1/(1-σ).
    pub demand_elasticity: f64,
    /// Exponents and costs.
    pub technology: TechnologyConfig,
    /// Relative standard error that the estimated exponents give to all indices in common; errors of laws are without it.
    pub index_error: f64,
    /// The law of the index; `None` for requests.
    pub population: Option<IndexLaw>,
}

/// What is known of the law of the index.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndexLaw {
    /// Four laws by maximum likelihood, best first.
    #[serde(flatten)]
    pub fits: Fits,
    /// Tail index from half of, all of and twice [`Sample::tail_size`] customers; the middle one is the one to quote.
    pub tail: [TailIndex; 3],
    /// Mean profit exists only if the tail index exceeds this, 1/(1-σ).
    pub tail_needed: f64,
    /// Largest index observed, in $.
    pub largest: f64,
    /// Where the law is truncated, in $.
    pub top: f64,
}

impl IndexLaw {
    fn new(sample: &Sample, sigma: f64, top: Option<f64>) -> Result<Self, Invalid> {
        const SIZES: [f64; 3] = [0.5, 1.0, 2.0];
        let (smallest, largest) = (sample.smallest(), sample.largest());
        let top = top.unwrap_or(2.0 * largest);
        if !(top > smallest) {
            return Err(Invalid::new("top", top, format!("a number above the smallest index {smallest}")));
        }
        Ok(Self {
            fits: fit::fit(sample)?,
            tail: SIZES.map(|factor| sample.hill(factor * sample.tail_size())),
            tail_needed: 1.0 / (1.0 - sigma),
            largest,
            top,
        })
    }
}

impl Calibration {
    /// The answer for the assumed σ.
    pub fn assumed(&self) -> &Case {
        &self.cases[1]
    }
}

/// Recovers exponents, indices and their law from usage at posted prices.
///
/// # Errors
/// Assumptions out of range, prices that do not match the classes, a class nobody used, too few customers.
pub fn calibrate(trace: &Trace, assumptions: &Assumptions) -> Result<Calibration, Invalid> {
    let sigmas = assumptions.sigmas()?;
    let prices = index::match_prices(trace, &assumptions.prices)?;
    let classes = spend::class_spend(trace, &prices)?;
    let outlays = spend::outlays(trace, &prices);
    let log_price_error = spend::log_price_error(trace, &classes);
    let mut customers = Vec::new();
    let mut case = |sigma: f64, top: Option<f64>| {
        let technology = index::technology(&classes, assumptions.cost_share, sigma)?;
        let index = |outlay| index::index_of_outlay(&technology, 1.0 / assumptions.cost_share, outlay);
        let indices: Vec<f64> = outlays.iter().copied().map(index).collect();
        if sigma == assumptions.sigma {
            customers = Customer::list(trace, &indices);
        }
        let sample = trace.customers.as_ref().map(|_| Sample::new(&indices, &trace.weights)).transpose()?;
        Ok::<_, Invalid>(Case {
            sigma,
            demand_elasticity: -1.0 / (1.0 - sigma),
            technology: technology.config().clone(),
            index_error: sigma * log_price_error,
            population: sample.map(|sample| IndexLaw::new(&sample, sigma, top)).transpose()?,
        })
    };
    let cases = [case(sigmas[0], None)?, case(assumptions.sigma, assumptions.top)?, case(sigmas[2], None)?];
    let mut calibration = Calibration {
        counts: trace.counts,
        per_day: trace.per_day,
        requests: trace.customers.is_none(),
        assumptions: assumptions.clone(),
        classes,
        spend: Spend::new(&outlays, &trace.weights),
        cases,
        warnings: Vec::new(),
        customers,
    };
    calibration.warnings = warning::warnings(&calibration);
    Ok(calibration)
}
