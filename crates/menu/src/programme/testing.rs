//! Technologies for unit tests.

use model::technology::{FineTuning, Technology, TechnologyConfig, TokenClass};

/// The paper's: α_input = α_output = γ = 1/4, b = 1, all costs 1/8.
pub(super) fn paper() -> Technology {
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    let tuning = FineTuning { exponent: 0.25, cost: 0.125, maximum: None };
    built(vec![token("input"), token("output")], Some(tuning))
}

/// One token class.
pub(super) fn technology(sigma: f64, gamma: f64, maximum: Option<f64>) -> Technology {
    let tuning = FineTuning { exponent: gamma, cost: 0.125, maximum };
    let token = TokenClass { class: "input".into(), exponent: sigma, cost: 0.125 };
    built(vec![token], (gamma > 0.0).then_some(tuning))
}

fn built(tokens: Vec<TokenClass>, fine_tuning: Option<FineTuning>) -> Technology {
    Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: model::technology::Aggregator::CobbDouglas,
        tokens,
        fine_tuning,
    })
    .unwrap()
}
