//! Usage and list prices: `calibrate`.

use std::path::PathBuf;

use clap::Args;

use super::{OutputArguments, numbers};

pub(super) const CALIBRATE_EXAMPLES: &str = "\
Examples:
  calibrate usage.csv --out clients.toml --customer client --tokens input=prompt_tokens --tokens output=output_tokens
            --price input=2 --price output=8 --sigma 0.5 --cost-share 0.4 --days active_days
  calibrate requests.csv --out shares.toml --requests --tokens input=ContextTokens --tokens output=GeneratedTokens
            --price input=2 --price output=8 --elasticity=-2 --cost-share 0.4

Spend shares are shares of the token exponents; their sum σ has to be assumed, or follows from a demand elasticity
-1/(1-σ). FILE holds [technology] and [population] for a market file; customers and their indices stand beside it in a CSV
file of the same name, which is a population itself: family = \"empirical\", file = \"clients.csv\", index = \"index\", weight = \"weight\".";

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("row").args(["customer", "requests"]).required(true)))]
#[command(group(clap::ArgGroup::new("returns").args(["sigma", "elasticity"]).required(true)))]
pub(crate) struct Calibrate {
    /// Usage in CSV, one row per customer or per request
    #[arg(value_name = "TRACE")]
    pub(crate) trace: PathBuf,
    /// Market fragment to write, in a folder that is there
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace FILE and the CSV file beside it if they are there already
    #[arg(long)]
    pub(crate) force: bool,
    /// Column that holds the tokens of a class; once per class
    #[arg(long, value_name = "CLASS=COLUMN", required = true, value_parser = pair)]
    pub(crate) tokens: Vec<(String, String)>,
    /// List price of a class in $ per Mtok; once per class
    #[arg(long, value_name = "CLASS=PRICE", required = true, value_parser = priced)]
    pub(crate) price: Vec<(String, f64)>,
    /// Column that names the customer of a row
    #[arg(long, value_name = "COLUMN")]
    pub(crate) customer: Option<String>,
    /// Rows are single requests: only the exponents are calibrated
    #[arg(long)]
    pub(crate) requests: bool,
    /// Column with the number of such customers
    #[arg(long, value_name = "COLUMN", requires = "customer")]
    pub(crate) weight: Option<String>,
    /// Column with the days a customer was observed for
    #[arg(long, value_name = "COLUMN", requires = "customer")]
    pub(crate) days: Option<String>,
    /// Read only rows whose column holds this value
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    pub(crate) group: Option<(String, String)>,
    /// Tokens in a count of one: 1, or 1e6 where the columns hold Mtok
    #[arg(long, value_name = "TOKENS", default_value = "1", value_parser = numbers::unit, allow_negative_numbers = true)]
    pub(crate) unit: f64,
    /// Assumed sum σ of the token exponents
    #[arg(long, value_name = "S", value_parser = numbers::sigma, allow_negative_numbers = true)]
    pub(crate) sigma: Option<f64>,
    /// Demand elasticity -1/(1-σ) instead of σ
    #[arg(long, value_name = "E", value_parser = numbers::elasticity, allow_negative_numbers = true)]
    pub(crate) elasticity: Option<f64>,
    /// A smaller and a larger σ to compare with, LOW,HIGH
    #[arg(long, value_name = "LOW,HIGH", value_parser = numbers::alternatives, allow_hyphen_values = true)]
    pub(crate) alternatives: Option<[f64; 2]>,
    /// Marginal cost as a share of list price
    #[arg(long, value_name = "K", value_parser = numbers::cost_share, allow_negative_numbers = true)]
    pub(crate) cost_share: f64,
    /// Where the law of the index is truncated, in $; left out: at twice the largest index
    #[arg(long, value_name = "DOLLARS", requires = "customer", value_parser = numbers::top, allow_negative_numbers = true)]
    pub(crate) top: Option<f64>,
    /// Where the trace is from, for the header of FILE
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) source: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Exit with 1 if there is any warning
    #[arg(long)]
    pub(crate) strict: bool,
}

/// NAME=VALUE.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.into(), value.into())),
        _ => Err(format!("found {text}; allowed: NAME=VALUE")),
    }
}

/// NAME=NUMBER.
fn priced(text: &str) -> Result<(String, f64), String> {
    let (name, value) = pair(text)?;
    let price = value
        .parse()
        .map_err(|_| format!("found {value}; allowed: a price in $ per Mtok, for example input=2.5"))?;
    Ok((name, price))
}
