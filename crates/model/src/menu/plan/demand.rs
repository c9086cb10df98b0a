//! What a buyer uses under one plan, in closed form: piecewise powers of her index.

mod segment;

use super::{Allowance, Over, Plan};
use crate::technology::{Aggregator, Technology};

use segment::Power;
pub(super) use segment::Segment;

/// A buyer's best use of a plan as a function of her index.
///
/// Let W be the gross value of what she uses. Of every quantity q that enters precision with exponent a and is sold at p beyond
/// what is included she uses, by the conditions of Kuhn and Tucker,
/// ```text
/// q = clip(a W / p, included, limit),   W = θ κ Π q^a
/// ```
/// W itself is the multiplier. In logarithms the right side is piecewise linear in ln W with slopes below one, so that there is
/// one solution, and between kinks it is a power of θ; payment and quantities are affine in W.
#[derive(Debug, Clone)]
pub(super) struct PlanDemand {
    segments: Vec<Segment>,
    tokens: Vec<Quantity>,
    /// Mtok of each class per unit of the one quantity of tokens; empty where every class is its own.
    split: Vec<f64>,
}

/// Something that enters precision with an exponent, and how much of it is used at a gross value.
#[derive(Debug, Clone, Copy)]
struct Quantity {
    exponent: f64,
    price: f64,
    low: f64,
    high: f64,
    /// The seller's cost per unit.
    cost: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Included,
    Chosen,
    Limit,
}

impl Quantity {
    fn at(&self, value: f64) -> f64 {
        (self.exponent * value / self.price).clamp(self.low, self.high)
    }

    /// ln W at which more than what is included is bought, and at which the limit is reached.
    fn kinks(&self) -> [f64; 2] {
        [self.low, self.high].map(|quantity| libm::log(self.price * quantity / self.exponent))
    }

    fn state(&self, log_value: f64) -> State {
        let [starts, ends] = self.kinks();
        if self.low >= self.high || log_value < starts {
            State::Included
        } else if log_value < ends {
            State::Chosen
        } else {
            State::Limit
        }
    }

    /// The quantity in a state: constant and per $ of W.
    fn affine(&self, state: State) -> [f64; 2] {
        match state {
            State::Included => [self.low, 0.0],
            State::Chosen => [0.0, self.exponent / self.price],
            State::Limit => [self.high, 0.0],
        }
    }
}

impl PlanDemand {
    pub(super) fn new(technology: &Technology, plan: &Plan) -> Self {
        let (tokens, split, log_efficiency) = quantities_of_tokens(technology, plan);
        let tuning = quantity_of_tuning(technology, plan);
        let all: Vec<Quantity> = tokens.iter().chain(&tuning).copied().collect();
        let mut kinks: Vec<f64> = all
            .iter()
            .filter(|quantity| quantity.low < quantity.high)
            .flat_map(Quantity::kinks)
            .filter(|kink| kink.is_finite())
            .collect();
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();
        let edges = std::iter::once(f64::NEG_INFINITY).chain(kinks.iter().copied());
        let context = Context { technology, plan, tokens: &tokens, tuning, log_efficiency };
        let segments = edges.enumerate().map(|(cell, start)| {
            // A point inside the cell decides the state of every quantity.
            let inside = match (start.is_finite(), kinks.get(cell)) {
                (true, Some(end)) => 0.5 * (start + end),
                (true, None) => start + 1.0,
                (false, Some(end)) => end - 1.0,
                (false, None) => 0.0,
            };
            context.segment(start, inside)
        });
        Self { segments: segments.collect(), tokens, split }
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment of an index over θ*.
    pub(super) fn segment(&self, ratio: f64) -> &Segment {
        let reached = self.segments.partition_point(|segment| segment.from <= ratio);
        &self.segments[reached.saturating_sub(1)]
    }

    /// Mtok of every class that a buyer uses to whom they are worth `value` in all.
    pub(super) fn tokens_at(&self, value: f64) -> Vec<f64> {
        match self.split.as_slice() {
            [] => self.tokens.iter().map(|class| class.at(value)).collect(),
            split => split.iter().map(|rate| rate * self.tokens[0].at(value)).collect(),
        }
    }
}

/// Tokens as quantities, Mtok of each class per unit of the only one, and ln κ.
fn quantities_of_tokens(technology: &Technology, plan: &Plan) -> (Vec<Quantity>, Vec<f64>, f64) {
    let high = |included: f64| match plan.over {
        Over::Stop => included,
        Over::Prices { limit } => limit,
    };
    match &plan.allowance {
        Allowance::Spend(included) => {
            let split = technology.split_at(&plan.prices);
            let outlay = Quantity {
                exponent: technology.sigma(),
                price: 1.0,
                low: *included,
                high: high(*included),
                cost: split.cost,
            };
            (vec![outlay], split.tokens, split.log_efficiency)
        }
        Allowance::Tokens(included) => {
            let returns = match technology.config().aggregator {
                Aggregator::CobbDouglas => 1.0,
                // Only at unit elasticity, where it is Cobb-Douglas: `Plan::check` refuses the others.
                Aggregator::Ces { returns, .. } => returns,
            };
            let classes = technology.config().tokens.iter().zip(included).enumerate();
            let quantity = |(n, (class, own)): (usize, (&crate::technology::TokenClass, &f64))| Quantity {
                exponent: returns * class.exponent,
                price: plan.prices.get(n).copied().unwrap_or(f64::INFINITY),
                low: *own,
                high: high(*own),
                cost: class.cost,
            };
            (classes.map(quantity).collect(), Vec::new(), 0.0)
        }
    }
}

/// The quality b + z, where tuning matters at all.
fn quantity_of_tuning(technology: &Technology, plan: &Plan) -> Option<Quantity> {
    let low = technology.base_quality() + plan.fine_tuning;
    let maximum = technology.config().fine_tuning.as_ref().and_then(|tuning| tuning.maximum);
    let most = technology.base_quality() + maximum.unwrap_or(f64::INFINITY);
    (technology.gamma() > 0.0).then(|| Quantity {
        exponent: technology.gamma(),
        price: plan.fine_tuning_price.unwrap_or(f64::INFINITY),
        low,
        high: if plan.fine_tuning_price.is_some() { most.max(low) } else { low },
        cost: 0.0,
    })
}

/// What the segments of a plan have in common.
struct Context<'a> {
    technology: &'a Technology,
    plan: &'a Plan,
    tokens: &'a [Quantity],
    tuning: Option<Quantity>,
    log_efficiency: f64,
}

impl Context<'_> {
    /// The segment from ln W = `start` on, with the states that hold at `inside`.
    ///
    /// ```text
    /// ln θ = (1 - B) ln W - K,   B = Σ a (chosen),   K = ln κ + Σ a ln q (not chosen) + Σ a ln(a/p) (chosen)
    /// ```
    fn segment(&self, start: f64, inside: f64) -> Segment {
        let (mut chosen, mut constant) = (0.0, self.log_efficiency);
        let mut payment = [self.plan.fee, 0.0];
        let mut spend = [0.0; 2];
        let mut add = |quantity: &Quantity| {
            let state = quantity.state(inside);
            let amount = quantity.affine(state);
            if state == State::Chosen {
                chosen += quantity.exponent;
                constant += quantity.exponent * libm::log(quantity.exponent / quantity.price);
            } else {
                constant += quantity.exponent * libm::log(amount[0]);
            }
            if state != State::Included {
                payment[0] += quantity.price * (amount[0] - quantity.low);
                payment[1] += quantity.price * amount[1];
            }
            spend[0] += quantity.cost * amount[0];
            spend[1] += quantity.cost * amount[1];
            amount
        };
        for quantity in self.tokens {
            add(quantity);
        }
        let quality = self.tuning.as_ref().map(&mut add);
        // Of what is included and never more, z is known without b.
        let fine_tuning = match (quality, &self.tuning) {
            (Some(quality), Some(tuning))
                if tuning.low < tuning.high && tuning.state(inside) != State::Included =>
            {
                [quality[0] - self.technology.base_quality(), quality[1]]
            }
            _ => [self.plan.fine_tuning, 0.0],
        };
        let reference = self.technology.reference_index();
        let exponent = 1.0 / (1.0 - chosen);
        let (sigma, gamma) = (self.technology.sigma(), self.technology.gamma());
        let near = |sum: f64| (chosen - sum).abs() <= 4.0 * f64::EPSILON;
        let power = if chosen == 0.0 {
            Power::One { reference }
        } else if near(sigma) {
            Power::Untuned
        } else if near(sigma + gamma) {
            Power::Tuned
        } else {
            Power::Other { exponent, reference }
        };
        Segment {
            from: if start.is_finite() {
                libm::exp((1.0 - chosen) * start - constant) / reference
            } else {
                0.0
            },
            coefficient: libm::exp(exponent * (libm::log(reference) + constant)),
            power,
            payment,
            spend,
            fine_tuning,
        }
    }
}
