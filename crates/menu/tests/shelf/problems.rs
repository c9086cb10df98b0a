//! A shelf of screening problems with exact answers, shared by tests and the example `known_problems`.

use crate::laws::{
    Bimodal, Exponential, FallingStep, Pareto, UnitPower, index_belief, marginal, paper_belief,
    paper_technology, quadratic_technology,
};
use model::belief::Belief;
use model::technology::Technology;

/// A problem, and what its optimal packages earn.
pub(crate) struct Problem {
    pub(crate) name: &'static str,
    pub(crate) technology: Technology,
    pub(crate) belief: Belief,
    pub(crate) exact: Answer,
    /// Relative precision to which the answer must be met.
    pub(crate) precision: f64,
    /// Where the problem or its answer is from.
    pub(crate) source: &'static str,
}

/// Exact figures, in $ per buyer and shares.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) profit: f64,
    pub(crate) consumer_surplus: f64,
    pub(crate) first_best: f64,
    pub(crate) served_share: f64,
}

/// Expected values by quadrature of smooth functions.
const SMOOTH: f64 = 1e-11;
/// The tangent end of a pool lies on a point of the curve, whose cells are up to 0.005 wide: at most its square, 2.5e-5.
const IRONED: f64 = 5e-6;

pub(crate) fn shelf() -> Vec<Problem> {
    vec![paper(), mussa_rosen(), exponential(), pareto(), falling_step(), bimodal()]
}

fn paper() -> Problem {
    Problem {
        name: "uniform value and scale",
        technology: paper_technology(),
        belief: paper_belief(10_000),
        exact: Answer {
            profit: 97.0 / 1080.0,
            consumer_surplus: 97.0 / 1620.0,
            first_best: 97.0 / 480.0,
            served_share: 4.0 / 9.0,
        },
        precision: SMOOTH,
        source: "Bergemann, Bonatti and Smolin (2025), EC '25, the uniform example",
    }
}

/// φ = 2θ - 1: profit = ∫_{1/2}^1 (2θ-1)² dθ, consumer surplus = ∫_{1/2}^1 2 (2θ-1)(1-θ) dθ.
fn mussa_rosen() -> Problem {
    Problem {
        name: "quadratic costs, uniform index",
        technology: quadratic_technology(),
        belief: index_belief(marginal(UnitPower(1.0), 10_000)),
        exact: Answer {
            profit: 1.0 / 6.0,
            consumer_surplus: 1.0 / 12.0,
            first_best: 1.0 / 3.0,
            served_share: 0.5,
        },
        precision: SMOOTH,
        source: "Mussa and Rosen (1978), Monopoly and Product Quality, J. Economic Theory 18",
    }
}

/// φ = θ - 1: profit = ∫_1^∞ (θ-1)² e^{-θ} dθ = 2/e, rents (1-F)/f = 1 per unit of q = 2(θ-1).
fn exponential() -> Problem {
    let e = std::f64::consts::E;
    Problem {
        name: "quadratic costs, exponential index",
        technology: quadratic_technology(),
        belief: index_belief(marginal(Exponential(1.0), 10_000)),
        exact: Answer { profit: 2.0 / e, consumer_surplus: 2.0 / e, first_best: 2.0, served_share: 1.0 / e },
        precision: SMOOTH,
        source: "Maskin and Riley (1984), Monopoly with Incomplete Information, RAND J. Economics 15",
    }
}

/// φ = θ (1 - 1/a), E[θ²] = a/(a-2): the markup a/(a-1) is the same for all.
fn pareto() -> Problem {
    let a = 5.0;
    let (second_moment, shrink) = (a / (a - 2.0), 1.0 - 1.0 / a);
    Problem {
        name: "quadratic costs, Pareto index",
        technology: quadratic_technology(),
        belief: index_belief(marginal(Pareto { scale: 1.0, shape: a }, 10_000)),
        exact: Answer {
            profit: shrink * shrink * second_moment,
            consumer_surplus: 2.0 * shrink / a * second_moment,
            first_best: second_moment,
            served_share: 1.0,
        },
        precision: SMOOTH,
        source: "constant markups: Maskin and Riley (1984), RAND J. Economics 15",
    }
}

/// φ = 2θ - 2/3 below 1/2 and 2θ - 1 above, a pool at s with s² - s + 1/6 = 0: uniform φ outside it.
fn falling_step() -> Problem {
    let s = 0.5 * (1.0 - (1.0_f64 / 3.0).sqrt());
    let profit = 0.25 * (1.0 - s * s * s) / 3.0 + (0.25 - 0.5 * s) * s * s + 0.25 * s * s * s;
    // Gross value E[θ q(φ)], q = 2φ: below the pool θ = φ/2 + 1/3, above θ = φ/2 + 1/2.
    let below = 0.75 * 2.0 * (s * s * s / 6.0 + s * s / 6.0);
    let above = 0.25 * 2.0 * ((1.0 - s * s * s) / 6.0 + (1.0 - s * s) / 4.0);
    let (low, high) = (0.5 * s + 1.0 / 3.0, 0.5 * s + 0.5);
    let pooled = 2.0 * s * (0.75 * (0.25 - low * low) + 0.25 * (high * high - 0.25));
    Problem {
        name: "quadratic costs, density that falls",
        technology: quadratic_technology(),
        belief: index_belief(marginal(FallingStep, 16_000)),
        exact: Answer {
            profit,
            consumer_surplus: below + pooled + above - 2.0 * profit,
            // E[θ²] of half uniform on [0, 1/2], half on [0, 1].
            first_best: 0.5 / 12.0 + 0.5 / 3.0,
            served_share: 0.5,
        },
        precision: IRONED,
        source: "ironing: Myerson (1981), Optimal Auction Design, section 6, Math. Operations Research 6",
    }
}

/// The chord from θ = 5/3, p = 7/15, touches R where 7/5 x² - 16/15 x + 22/315 = 0, x = θ - 1, and its slope is
/// s = 2/7 + 2x: all between share the virtual value s.
fn bimodal() -> Problem {
    let (linear, constant) = (16.0_f64 / 15.0, 22.0 / 315.0);
    let x = (linear - (linear * linear - 5.6 * constant).sqrt()) / 2.8;
    let s = 2.0 / 7.0 + 2.0 * x;
    let cube = |y: f64| y * y * y;
    let pool = 1.0 - 1.4 * x - 7.0 / 15.0;
    let profit =
        1.4 / 6.0 * (cube(s) - cube(2.0 / 7.0)) + s * s * pool + 1.4 * 4.0 / 3.0 * (1.0 - 8.0 / 27.0);
    // ∫ θ dF over the pool, from 1 + x to 5/3.
    let moment = |density: f64, from: f64, to: f64| density * 0.5 * (to * to - from * from);
    let pooled = moment(1.4, 1.0 + x, 4.0 / 3.0) + moment(0.2, 4.0 / 3.0, 5.0 / 3.0);
    let square = |y: f64| y * y;
    // ∫ 2 φ θ dF: below with φ = 2/7 + 2y, θ = 1 + y; above with φ = 2y.
    let below = 2.8 * (2.0 / 7.0 * x + (2.0 / 7.0 + 2.0) * square(x) / 2.0 + 2.0 * cube(x) / 3.0);
    let above = 2.8 * ((1.0 - 4.0 / 9.0) + 2.0 * (1.0 - 8.0 / 27.0) / 3.0);
    let third = |density: f64, from: f64, to: f64| density * (cube(to) - cube(from)) / 3.0;
    Problem {
        name: "quadratic costs, two modes",
        technology: quadratic_technology(),
        belief: index_belief(marginal(Bimodal, 16_000)),
        exact: Answer {
            profit,
            consumer_surplus: below + 2.0 * s * pooled + above - 2.0 * profit,
            first_best: third(1.4, 1.0, 4.0 / 3.0)
                + third(0.2, 4.0 / 3.0, 5.0 / 3.0)
                + third(1.4, 5.0 / 3.0, 2.0),
            served_share: 1.0,
        },
        precision: IRONED,
        source: "ironing: Myerson (1981), Optimal Auction Design, section 6, Math. Operations Research 6",
    }
}
