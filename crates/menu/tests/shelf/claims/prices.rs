//! The best linear prices.

use super::{Claim, Expected, Statement, designed, equals, peak};
use crate::laws::{index_belief, paper_belief, paper_technology};
use menu::Rule;
use model::belief::{Marginal, Points};
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

const SUBSIDY: Claim = Claim {
    claim: "Under the best linear prices tuning is sold below cost: tuned buyers buy more tokens",
    place: "follows from the complementarity of tokens and tuning",
};

pub(super) fn statements() -> Vec<Statement> {
    let prices = Rule::PayAsYouGo { markup: None, fine_tuning_markup: None };
    let best = designed(prices.clone(), &paper_belief(20_000), &paper_technology());
    let (markup, tuning_markup, profit) = by_search();
    let capped = Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.5 }],
        fine_tuning: Some(FineTuning { exponent: 0.2, cost: 0.05, maximum: Some(0.5) }),
    })
    .unwrap();
    let three = index_belief(Marginal::exactly(Points::new(vec![(80.0, 0.01), (8.0, 0.1), (1.0, 0.89)])));
    let inelastic = designed(prices, &three, &capped);
    vec![
        SUBSIDY.holds(
            "uniform example: price of tuning over cost, and from moments of the law",
            equals(tuning_markup, "", 1e-5),
            best.parameters["fine_tuning_markup"],
        ),
        SUBSIDY.holds(
            "uniform example: price of tokens over cost",
            equals(markup, "", 1e-5),
            best.parameters["markup"],
        ),
        SUBSIDY.holds("uniform example: profit", equals(profit, "", 1e-8), best.expected.profit),
        SUBSIDY.breaks(
            "a cap makes demand for tuning inelastic: price of tuning over cost",
            Expected::Above(1.0),
            inelastic.parameters["fine_tuning_markup"],
        ),
    ]
}

/// m, m_z and profit of the best prices in the uniform example, from moments of its law.
///
/// Type θ tunes from θ² = m m_z/4 on, spends θ²(1+z)^{1/2}/m² at cost, (1+z)^{1/2} = 4θ²/(m m_z), where she tunes.
fn by_search() -> (f64, f64, f64) {
    // ∫_low^high θ^n 2(1-θ) dθ.
    let moment = |n: i32, low: f64, high: f64| {
        let antiderivative = |t: f64| {
            let power = |k: i32| libm::pow(t, f64::from(k)) / f64::from(k);
            2.0 * (power(n + 1) - power(n + 2))
        };
        antiderivative(high) - antiderivative(low)
    };
    let profit = |m: f64, m_z: f64| {
        let starts = (0.25 * m * m_z).sqrt().min(1.0);
        let margin = (m - 1.0) / (m * m);
        let untuned = margin * moment(2, 0.0, starts);
        let tokens = margin * 4.0 / (m * m_z) * moment(4, starts, 1.0);
        let tuned = 16.0 / (m * m * m_z * m_z) * moment(4, starts, 1.0) - moment(0, starts, 1.0);
        untuned + tokens + 0.125 * (m_z - 1.0) * tuned
    };
    let best_tuning = |m: f64| peak(0.5, 1.5, |m_z| profit(m, m_z));
    let markup = peak(1.1, 3.0, |m| profit(m, best_tuning(m)));
    (markup, best_tuning(markup), profit(markup, best_tuning(markup)))
}
