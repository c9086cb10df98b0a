//! From usage at posted prices to exponents and indices: demand read backwards.
//!
//! A buyer who faces list prices p_n and no fine-tuning spends on class n the share α_n/σ of her outlay. Spend shares
//! are therefore shares of exponents; their sum σ has to be assumed, or follows from a demand elasticity. Her outlay
//! then reveals her index.

use model::config::{Invalid, NumberKey, Range, nearest};
use model::technology::{Aggregator, Technology, TechnologyConfig, TokenClass};
use serde::Serialize;

use super::spend::ClassSpend;
use super::trace::Trace;

/// The posted price of one token class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Price {
    /// Name of the token class.
    pub class: String,
    /// List price p_n > 0 in $ per Mtok.
    pub price: f64,
}

/// σ for a demand elasticity: tokens bought at a common markup m are proportional to m^ε.
///
/// ```text
/// ε = -1/(1-σ),   σ = 1 + 1/ε
/// ```
///
/// # Errors
/// The elasticity must lie below -1.
pub fn sigma_of_elasticity(elasticity: f64) -> Result<f64, Invalid> {
    if elasticity < -1.0 && elasticity.is_finite() {
        return Ok(1.0 + 1.0 / elasticity);
    }
    let allowed = "a finite number < -1 (demand elasticity; decreasing returns make demand elastic)";
    Err(Invalid::new("elasticity", elasticity, allowed.into()))
}

/// The prices in the order of the trace's classes.
///
/// # Errors
/// Every class needs one positive price, and every price a class.
pub fn match_prices(trace: &Trace, prices: &[Price]) -> Result<Vec<f64>, Invalid> {
    const PRICE: NumberKey =
        NumberKey { name: "price", range: Range::Positive, meaning: "list price in $ per Mtok" };
    for (position, price) in prices.iter().enumerate() {
        PRICE.check(price.price).map_err(|invalid| invalid.within(&price.class))?;
        let twice = prices[..position].iter().any(|other| other.class == price.class);
        if twice || !trace.classes.contains(&price.class) {
            let near = nearest(&price.class, trace.classes.iter().map(String::as_str));
            let hint =
                near.filter(|_| !twice).map_or(String::new(), |near| format!("; did you mean {near}?"));
            let allowed = format!("one price for each of {}{hint}", trace.classes.join(", "));
            return Err(Invalid::new("price", &price.class, allowed));
        }
    }
    let price_of = |class: &String| {
        prices.iter().find(|price| price.class == *class).map(|price| price.price).ok_or_else(|| {
            let found = format!("no price of {class}");
            Invalid::new("price", found, format!("one price for each of {}", trace.classes.join(", ")))
        })
    };
    trace.classes.iter().map(price_of).collect()
}

/// The technology the spend reveals for an assumed σ, untuned quality 1, no fine-tuning.
///
/// ```text
/// α_n = σ share_n,   c_n = cost_share p_n
/// ```
///
/// # Errors
/// The rules of [`Technology::new`].
pub fn technology(spend: &[ClassSpend], cost_share: f64, sigma: f64) -> Result<Technology, Invalid> {
    let tokens = spend
        .iter()
        .map(|class| TokenClass {
            class: class.class.clone(),
            exponent: sigma * class.share,
            cost: cost_share * class.price,
        })
        .collect();
    Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens,
        fine_tuning: None,
    })
}

/// The index of a buyer who spends `outlay` $ at the markup m = 1/cost_share without fine-tuning; 0 for 0.
///
/// ```text
/// outlay = (σ θ κ m^{-σ} b^γ)^{1/(1-σ)},   θ = outlay^{1-σ} m^σ / (σ κ b^γ)
/// ```
/// With κ = Π_n (α_n/(σ c_n))^{α_n} and m c_n = p_n, costs and markup enter only through list prices: the assumed cost
/// share moves no index.
pub fn index_of_outlay(technology: &Technology, markup: f64, outlay: f64) -> f64 {
    if outlay <= 0.0 {
        return 0.0;
    }
    let sigma = technology.sigma();
    libm::exp(
        (1.0 - sigma) * libm::log(outlay) + sigma * libm::log(markup)
            - libm::log(sigma * technology.efficiency())
            - technology.gamma() * libm::log(technology.base_quality()),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use model::technology::Prices;

    use super::*;
    use crate::calibrate::spend::{class_spend, log_price_error};
    use crate::calibrate::trace::Counts;

    pub(in crate::calibrate) fn trace(tokens: &[f64], weights: &[f64]) -> Trace {
        Trace {
            classes: vec!["input".into(), "output".into()],
            customers: None,
            tokens: tokens.into(),
            weights: weights.into(),
            per_day: false,
            counts: Counts::default(),
        }
    }

    fn price(class: &str, price: f64) -> Price {
        Price { class: class.into(), price }
    }

    /// θ -> outlay -> θ through the model's own demand.
    #[test]
    fn demand_is_inverted_exactly() {
        let spend = class_spend(&trace(&[3.0, 1.0], &[1.0]), &[2.5, 10.0]).unwrap();
        for (sigma, cost_share) in [(0.05, 0.5), (0.3, 0.1), (0.5, 0.5), (0.7, 1.0), (0.95, 0.25)] {
            let technology = technology(&spend, cost_share, sigma).unwrap();
            let prices = Prices { token_markup: 1.0 / cost_share, fine_tuning_markup: None };
            let demand = technology.demand(prices);
            for index in [1e-9, 0.3, 1.0, 70.0, 1e9] {
                let outlay = demand.at(&technology.powers(index)).payment;
                let found = index_of_outlay(&technology, prices.token_markup, outlay);
                assert!((found / index - 1.0).abs() < 1e-12, "σ = {sigma}, θ = {index}: {found}");
            }
            assert_eq!(index_of_outlay(&technology, 2.0, 0.0), 0.0);
        }
    }

    #[test]
    fn the_cost_share_moves_no_index() {
        let spend = class_spend(&trace(&[3.0, 1.0], &[1.0]), &[2.5, 10.0]).unwrap();
        let index = |share| index_of_outlay(&technology(&spend, share, 0.6).unwrap(), 1.0 / share, 17.0);
        assert!((index(0.1) / index(1.0) - 1.0).abs() < 1e-14);
    }

    /// With two classes d ln P = (ln(p_1/share_1) - ln(p_2/share_2)) d share_1.
    #[test]
    fn the_common_error_of_indices_follows_from_the_error_of_shares() {
        let trace = trace(&[2.0, 0.4, 1.0, 1.0, 7.0, 0.1], &[1.0, 2.0, 1.0]);
        let spend = class_spend(&trace, &[2.0, 10.0]).unwrap();
        let slope = libm::log(2.0 / spend[0].share) - libm::log(10.0 / spend[1].share);
        let expected = slope.abs() * spend[0].standard_error;
        assert!((log_price_error(&trace, &spend) / expected - 1.0).abs() < 1e-12);
        let log_index = |share: f64| {
            let moved = [share, 1.0 - share];
            let moved: Vec<_> =
                spend.iter().zip(moved).map(|(class, share)| ClassSpend { share, ..class.clone() }).collect();
            libm::log(index_of_outlay(&technology(&moved, 0.5, 0.6).unwrap(), 2.0, 1.0))
        };
        let difference = (log_index(spend[0].share + 1e-5) - log_index(spend[0].share - 1e-5)) / 2e-5;
        assert!((difference / (0.6 * slope) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn elasticities_are_sigmas() {
        assert_eq!(sigma_of_elasticity(-2.0), Ok(0.5));
        for bad in [-1.0, -0.5, 2.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(sigma_of_elasticity(bad).unwrap_err().key, "elasticity");
        }
    }

    #[test]
    fn prices_must_match_the_classes() {
        let trace = trace(&[3.0, 0.0], &[1.0]);
        let both = [price("output", 10.0), price("input", 2.5)];
        assert_eq!(match_prices(&trace, &both), Ok(vec![2.5, 10.0]));
        let message = |prices: &[Price]| match_prices(&trace, prices).unwrap_err().to_string();
        assert!(message(&both[..1]).contains("no price of input"));
        assert!(message(&[price("ouput", 1.0)]).contains("did you mean output?"));
        assert!(message(&[price("input", 1.0), price("input", 2.0)]).contains("one price for each"));
        assert!(message(&[price("input", 0.0)]).contains("input.price: found 0"));
        let unused = class_spend(&trace, &[2.5, 10.0]).unwrap_err().to_string();
        assert!(unused.contains("no tokens of output"), "{unused}");
    }
}
