//! Technologies, laws and beliefs of the shelf.

use std::sync::Arc;

use model::belief::{Belief, Law, Marginal, Points, ValueScaleBelief};
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

/// The paper's technology: α_input = α_output = γ = 1/4, b = 1, all costs 1/8; κ = 2.
pub(crate) fn paper_technology() -> Technology {
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens: vec![token("input"), token("output")],
        fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
    })
    .unwrap()
}

/// σ = 1/2, no fine-tuning, κ = 2: π(τ) = τ², the quadratic costs of quality of Mussa and Rosen.
pub(crate) fn quadratic_technology() -> Technology {
    Technology::new(TechnologyConfig {
        base_quality: 1.0,
        aggregator: Aggregator::CobbDouglas,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.25 }],
        fine_tuning: None,
    })
    .unwrap()
}

/// P(x > t) = (1 - t)^power on [0, 1]: power 1 is the uniform law of w and s, power 2 the paper's law of θ.
#[derive(Debug)]
pub(crate) struct UnitPower(pub(crate) f64);

impl Law for UnitPower {
    fn support(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn survival(&self, x: f64) -> f64 {
        libm::pow((1.0 - x).clamp(0.0, 1.0), self.0)
    }
    fn density(&self, x: f64) -> f64 {
        if (0.0..=1.0).contains(&x) { self.0 * libm::pow(1.0 - x, self.0 - 1.0) } else { 0.0 }
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        1.0 - libm::pow(p, 1.0 / self.0)
    }
    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

/// Pareto with survival (scale/x)^shape.
#[derive(Debug)]
pub(crate) struct Pareto {
    pub(crate) scale: f64,
    pub(crate) shape: f64,
}

impl Law for Pareto {
    fn support(&self) -> (f64, f64) {
        (self.scale, f64::INFINITY)
    }
    fn survival(&self, x: f64) -> f64 {
        if x <= self.scale { 1.0 } else { libm::pow(self.scale / x, self.shape) }
    }
    fn density(&self, x: f64) -> f64 {
        if x < self.scale { 0.0 } else { self.shape / x * self.survival(x) }
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        self.scale * libm::pow(p, -1.0 / self.shape)
    }
    fn tail_index(&self) -> f64 {
        self.shape
    }
}

/// Exponential with this mean: φ = θ - mean.
#[derive(Debug)]
pub(crate) struct Exponential(pub(crate) f64);

impl Law for Exponential {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn survival(&self, x: f64) -> f64 {
        if x <= 0.0 { 1.0 } else { libm::exp(-x / self.0) }
    }
    fn density(&self, x: f64) -> f64 {
        if x < 0.0 { 0.0 } else { libm::exp(-x / self.0) / self.0 }
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        -self.0 * libm::log(p)
    }
    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

/// ln θ standard normal. Quantiles by bisection of the survival: slow and sure.
#[derive(Debug)]
pub(crate) struct Lognormal;

impl Law for Lognormal {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn survival(&self, x: f64) -> f64 {
        if x <= 0.0 { 1.0 } else { 0.5 * libm::erfc(libm::log(x) / std::f64::consts::SQRT_2) }
    }
    fn density(&self, x: f64) -> f64 {
        let z = libm::log(x);
        if x <= 0.0 { 0.0 } else { libm::exp(-0.5 * z * z) / (x * (2.0 * std::f64::consts::PI).sqrt()) }
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        let (mut low, mut high) = (-40.0, 40.0);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if self.survival(libm::exp(middle)) > p { low = middle } else { high = middle }
        }
        libm::exp(0.5 * (low + high))
    }
    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

/// Half the buyers uniform on [0, 1/2] and half on [0, 1]: the density falls at 1/2, and with it φ from 1/3 to 0.
///
/// φ = 2θ - 2/3 below 1/2 and 2θ - 1 above, so a pool straddles 1/2 at the level s solving s² - s + 1/6 = 0.
#[derive(Debug)]
pub(crate) struct FallingStep;

impl Law for FallingStep {
    fn support(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn survival(&self, x: f64) -> f64 {
        0.5 * (1.0 - x).clamp(0.0, 1.0) + 0.5 * (1.0 - 2.0 * x).clamp(0.0, 1.0)
    }
    fn density(&self, x: f64) -> f64 {
        match x {
            0.0..0.5 => 1.5,
            0.5..=1.0 => 0.5,
            _ => 0.0,
        }
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        if p <= 0.25 { 1.0 - 2.0 * p } else { (1.0 - p) / 1.5 }
    }
    fn jumps(&self) -> Vec<f64> {
        vec![0.5]
    }
    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

/// Two modes on [1, 2]: density 7/5 on the outer thirds and 1/5 on the middle one.
///
/// With x = θ - 1, φ = 2/7 + 2x, then 2x - 2, then 2x: a pool runs from below the first third to the last.
#[derive(Debug)]
pub(crate) struct Bimodal;

impl Law for Bimodal {
    fn support(&self) -> (f64, f64) {
        (1.0, 2.0)
    }
    fn survival(&self, x: f64) -> f64 {
        match x {
            ..1.0 => 1.0,
            1.0..BIMODAL_LOW => 1.0 - 1.4 * (x - 1.0),
            BIMODAL_LOW..BIMODAL_HIGH => 8.0 / 15.0 - 0.2 * (x - BIMODAL_LOW),
            _ => 1.4 * (2.0 - x).max(0.0),
        }
    }
    fn density(&self, x: f64) -> f64 {
        match x {
            1.0..BIMODAL_LOW | BIMODAL_HIGH..=2.0 => 1.4,
            BIMODAL_LOW..BIMODAL_HIGH => 0.2,
            _ => 0.0,
        }
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        if p <= 7.0 / 15.0 {
            2.0 - p / 1.4
        } else if p <= 8.0 / 15.0 {
            BIMODAL_LOW + (8.0 / 15.0 - p) / 0.2
        } else {
            1.0 + (1.0 - p) / 1.4
        }
    }
    fn jumps(&self) -> Vec<f64> {
        vec![BIMODAL_LOW, BIMODAL_HIGH]
    }
    fn tail_index(&self) -> f64 {
        f64::INFINITY
    }
}

const BIMODAL_LOW: f64 = 4.0 / 3.0;
const BIMODAL_HIGH: f64 = 5.0 / 3.0;

/// A law with equal-mass points at the middle of its quantile cells.
pub(crate) fn marginal(law: impl Law + 'static, points: u32) -> Marginal {
    let level = |k: u32| (f64::from(k) + 0.5) / f64::from(points);
    let nodes = Points::from_sample((0..points).map(|k| law.upper_quantile(level(k))));
    Marginal { points: nodes, law: Some(Arc::new(law)), sample: None }
}

pub(crate) fn index_belief(index: Marginal) -> Belief {
    Belief { index, value_scale: None, environment: None, source: "shelf".into() }
}

/// The paper's uniform example: w, s ~ U[0, 1] independent.
pub(crate) fn paper_belief(points: u32) -> Belief {
    Belief {
        index: marginal(UnitPower(2.0), points),
        value_scale: Some(ValueScaleBelief {
            value: marginal(UnitPower(1.0), points),
            scale: marginal(UnitPower(1.0), points),
            given_scale: Vec::new(),
        }),
        environment: None,
        source: "shelf".into(),
    }
}

/// Survival (1/2 / (θ - 1/2))^5 from θ = 1 on: θ f/(1-F) = 5 θ/(θ - 1/2) falls, φ = .8 θ + .1 rises, and markups θ/φ rise
/// from 10/9 to 5/4.
#[derive(Debug)]
pub(crate) struct ShiftedPareto;

const SHIFT: f64 = 0.5;
const PARETO: Pareto = Pareto { scale: 0.5, shape: 5.0 };

impl Law for ShiftedPareto {
    fn support(&self) -> (f64, f64) {
        (PARETO.scale + SHIFT, f64::INFINITY)
    }
    fn survival(&self, x: f64) -> f64 {
        PARETO.survival(x - SHIFT)
    }
    fn density(&self, x: f64) -> f64 {
        PARETO.density(x - SHIFT)
    }
    fn upper_quantile(&self, p: f64) -> f64 {
        PARETO.upper_quantile(p) + SHIFT
    }
    fn tail_index(&self) -> f64 {
        PARETO.shape
    }
}
