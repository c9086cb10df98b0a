//! Three-part tariffs: a fee, an allowance of tokens with fine-tuning, and what more tokens cost.

use model::choice::Buyer;
use model::menu::{Allowance, Offer, Over, Plan, PlanMenu};
use model::technology::Technology;
use model::tolerance::TIE;

use crate::expectation::of_plans;
use crate::search::polish;
use crate::tariffs::{Cut, Powered, best_edges};
use crate::tiers::{best_positions, golden_section};
use crate::{Designed, Seller, posted, two_part};

/// Most tariffs with prices of tuning that are searched for.
const MOST_SEARCHED: usize = 3;

/// The best menu of at most `count` plans, each with a fee, an allowance worth E at cost, fine-tuning z, and a markup beyond.
///
/// Of the types in [a, b) that take a plan those up to c use what is included, the others buy more: with g = (θ/c)^{σ/(1-σ)}
/// above c and 1 below, they have precision κ E^σ (b+z)^γ g for tokens worth E g^{1/σ}. So with
/// ```text
/// M = P(a <= θ < b),   Φ = ∫ φ g dF,   H = ∫ g^{1/σ} dF     (over the types of the plan)
/// profit = max_{E,z} κ E^σ (b+z)^γ Φ - H E - c_z z M = M π(τ),   τ = (Φ/M) (M/H)^σ
/// ```
/// rents of all types above included: E, z and markup are known for every (a, c, b), c is searched for on a line, and the
/// intervals by dynamic programming. A package is c = b, a two-part tariff c = a. Of a law the cuts are then moved to
/// the best places between their neighbours, from the best cuts for three-part tariffs, for packages and for two-part tariffs.
///
/// Tuning is included in the fee, as in packages. The best single tariff that sells it is another start: a three-part tariff
/// without allowance. So are up to [`MOST_SEARCHED`] tariffs with prices of tokens and tuning, searched for
/// from the best that include it: there, several peaks are possible and no bound is known.
pub(crate) fn three_part(seller: &Seller, count: usize) -> Designed {
    let technology = seller.technology;
    let powered = Powered::new(technology, &seller.belief.index, &seller.curve);
    let tariffs = ThreePart { technology, powered: &powered };
    let starts = [
        tariffs.best_edges(count),
        best_positions(technology, &seller.curve, count),
        powered.best(count).edges,
    ];
    let earned = |plans: &Vec<Plan>| {
        let menu = PlanMenu::posted(technology, plans.clone());
        of_plans(technology, &seller.belief.index, &menu).profit
    };
    let ends = starts.iter().map(|edges| {
        let cuts: Vec<Cut> = edges.iter().map(|edge| powered.cut(*edge)).collect();
        tariffs.priced(&tariffs.moved(cuts))
    });
    let single = two_part::best_plan(seller, None, None, None).0;
    let few = powered.best(count.min(MOST_SEARCHED)).edges;
    let cuts: Vec<Cut> = few.iter().map(|edge| powered.cut(*edge)).collect();
    let tuned = tariffs.selling_tuning(&cuts, &single, |plans| earned(plans));
    let ends = ends.chain([vec![single]]).chain(tuned);
    let best = ends.map(|plans| (earned(&plans), plans)).reduce(|a, b| if b.0 > a.0 { b } else { a });
    let (_, plans) = best.expect("there are starts");
    let mut designed = posted::posted(seller, plans);
    designed.parameters.push(("search_starts", (starts.len() + 2) as f64));
    designed
}

/// The types that take one plan, from above: `top`, the type from which more is bought, and the lowest.
#[derive(Debug, Clone, Copy)]
struct Served {
    top: Cut,
    /// `None`: nobody buys more.
    kink: Option<Cut>,
    low: Cut,
    /// M, H and τ.
    mass: f64,
    tokens: f64,
    index: f64,
}

impl Served {
    /// Beyond rounding: what nobody buys beyond an allowance is not sold.
    fn is_better_than(&self, other: &Self) -> bool {
        self.index > other.index * (1.0 + TIE)
    }
}

struct ThreePart<'a> {
    technology: &'a Technology,
    powered: &'a Powered<'a>,
}

impl ThreePart<'_> {
    fn best_edges(&self, count: usize) -> Vec<usize> {
        /// Candidates of one dynamic programme: a plan is searched for between each pair.
        const FEW: usize = 192;
        let hull = self.powered.curve().hull();
        let profit = |from: usize, to: usize| {
            self.profit(&self.coarsely(&self.powered.cut(from), &self.powered.cut(to)))
        };
        best_edges(&hull, count, FEW.max(2 * count).min(1024), profit)
    }

    fn profit(&self, served: &Served) -> f64 {
        served.mass * self.technology.surplus(served.index)
    }

    /// M, H and τ of a plan.
    ///
    /// ```text
    /// ∫_a^c φ dF = a P(a) - c P(c),     ∫_c^b φ g dF = (c/x_c) (σ E[x; c..b] + (1-σ) (x_c P(c) - x_b P(b)))
    /// ```
    fn served(&self, top: &Cut, kink: Option<Cut>, low: &Cut) -> Served {
        let sigma = self.technology.sigma();
        // Above everyone there is nobody: infinity times nothing.
        let product = |cut: &Cut, factor: f64| if cut.tail > 0.0 { cut.tail * factor } else { 0.0 };
        let mass = low.tail - top.tail;
        let (values, tokens) = match kink {
            None => (product(low, low.theta) - product(top, top.theta), mass),
            Some(kink) => {
                let sum = kink.sum - top.sum;
                let rents = product(&kink, kink.power) - product(top, top.power);
                let upper = kink.theta / kink.power * (sigma * sum + (1.0 - sigma) * rents);
                let lower = product(low, low.theta) - product(&kink, kink.theta);
                (lower + upper, low.tail - kink.tail + sum / kink.power)
            }
        };
        let index = if values > 0.0 { values / mass * libm::pow(mass / tokens, sigma) } else { 0.0 };
        Served { top: *top, kink, low: *low, mass, tokens, index }
    }

    /// The best plan for the types between two, with a kink at one of a few positions or none.
    fn coarsely(&self, top: &Cut, low: &Cut) -> Served {
        self.best_position(top, low).0
    }

    /// Also the positions next to the kink, below and above it.
    fn best_position(&self, top: &Cut, low: &Cut) -> (Served, usize, usize) {
        const SEEN: usize = 24;
        let types = &self.powered.curve().types;
        let first = types.partition_point(|theta| *theta >= top.theta);
        let last = types.partition_point(|theta| *theta > low.theta);
        let stride = last.saturating_sub(first).div_ceil(SEEN).max(1);
        let mut best = (self.served(top, None, low), first.saturating_sub(1), first + stride);
        let mut add = |kink: Cut, above: usize, below: usize| {
            let served = self.served(top, Some(kink), low);
            if served.is_better_than(&best.0) {
                best = (served, above, below);
            }
        };
        for position in (first..last).step_by(stride) {
            add(self.powered.cut(position), position.saturating_sub(stride), position + stride);
        }
        add(*low, last.saturating_sub(stride), last);
        best
    }

    /// The best plan for the types between two.
    fn best(&self, top: &Cut, low: &Cut) -> Served {
        let (coarse, above, below) = self.best_position(top, low);
        let types = &self.powered.curve().types;
        let highest = if top.theta.is_finite() { top.theta } else { types[1].max(low.theta) };
        let bound = |position: usize| types.get(position).copied().unwrap_or(0.0).clamp(low.theta, highest);
        // Between points of a finite belief the profit has a peak of its own on either side of each.
        let middle = coarse.kink.map_or(bound(above), |kink| kink.theta.clamp(low.theta, highest));
        let kink = |theta: f64| if theta > low.theta { self.powered.cut_at(theta) } else { *low };
        let sides = [(bound(below), bound(above)), (bound(below), middle), (middle, bound(above))];
        let mut best = coarse;
        for (from, to) in sides.into_iter().take(if self.powered.is_continuous() { 1 } else { 3 }) {
            if to > from {
                let end = golden_section(from, to, &|theta| self.served(top, Some(kink(theta)), low).index);
                let served = self.served(top, Some(kink(end)), low);
                if served.is_better_than(&best) {
                    best = served;
                }
            }
        }
        best
    }

    /// The plans for intervals between cuts, from the top down, each cut of a law moved to the best place between its
    /// neighbours, again and again.
    fn moved(&self, mut cuts: Vec<Cut>) -> Vec<Served> {
        /// Searches of one cut, all sweeps together.
        const SEARCHES: usize = 60;
        const NEGLIGIBLE: f64 = 1e-13;
        let between = |a: &Cut, b: &Cut| self.profit(&self.best(a, b));
        let total = |cuts: &[Cut]| cuts.windows(2).map(|pair| between(&pair[0], &pair[1])).sum::<f64>();
        let sweeps = if self.powered.is_continuous() { SEARCHES / cuts.len().max(1) } else { 0 };
        let mut before = total(&cuts);
        for sweep in 0..sweeps {
            for position in 1..cuts.len() {
                let (above, below) = (cuts[position - 1], cuts.get(position + 1).copied());
                let value =
                    |cut: &Cut| between(&above, cut) + below.map_or(0.0, |below| between(cut, &below));
                // Nearer and nearer, but never beyond the neighbours.
                let reach = libm::exp(-0.25 * sweep as f64);
                let here = cuts[position].theta;
                let low = below.map_or(0.0, |below| below.theta);
                let high = if above.theta.is_finite() { above.theta } else { 2.0 * here };
                let end =
                    golden_section(here - reach * (here - low), here + reach * (high - here), &|theta| {
                        value(&self.powered.cut_at(theta))
                    });
                let moved = self.powered.cut_at(end);
                if value(&moved) > value(&cuts[position]) {
                    cuts[position] = moved;
                }
            }
            let now = total(&cuts);
            if now - before <= NEGLIGIBLE * now {
                break;
            }
            before = now;
        }
        cuts.windows(2).map(|pair| self.best(&pair[0], &pair[1])).collect()
    }

    /// Plans with fees that leave the lowest type of each indifferent to the one below, and the lowest of all to nothing.
    fn priced(&self, served: &[Served]) -> Vec<Plan> {
        let mut plans = Vec::with_capacity(served.len());
        let mut utility = 0.0;
        for own in served.iter().rev().filter(|own| own.index > 0.0) {
            let technology = self.technology;
            let used = technology.efficient_use(own.index);
            let spend = used.spend * own.mass / own.tokens;
            let precision = technology.package_precision(spend, used.fine_tuning);
            let fee = own.low.theta * precision - utility;
            let plan = match own.kink {
                None => Plan::package(technology, fee, spend, used.fine_tuning),
                Some(kink) => {
                    // At the kink one more token is worth its price.
                    let markup = technology.sigma() * kink.theta * precision / spend;
                    Plan {
                        allowance: Allowance::Spend(markup * spend),
                        over: Over::Prices { limit: f64::INFINITY },
                        ..Plan::tariff(technology, fee, used.fine_tuning, markup, f64::INFINITY)
                    }
                }
            };
            utility = self.utility_at_top(own, precision) - fee;
            plans.push(plan);
        }
        plans
    }

    /// Two-part tariffs that sell tuning, as many as there are intervals between cuts, found by a search; `None` where there
    /// is no tuning, or one tariff only.
    ///
    /// It starts at tariffs with the same markup on tokens and tuning: those that suit the types between the cuts, and copies
    /// of the single tariff a little apart, whose profit is then a lower bound.
    fn selling_tuning(
        &self,
        cuts: &[Cut],
        single: &Plan,
        earned: impl Fn(&Vec<Plan>) -> f64,
    ) -> Option<Vec<Plan>> {
        let (technology, count) = (self.technology, cuts.len().saturating_sub(1));
        if technology.gamma() == 0.0 || count < 2 {
            return None;
        }
        let served: Vec<Served> =
            cuts.windows(2).map(|pair| self.served(&pair[0], Some(pair[1]), &pair[1])).collect();
        let of_markup = |fee: f64, markup: f64| Plan {
            fine_tuning_price: Some(markup * technology.fine_tuning_cost()),
            ..Plan::tariff(technology, fee, 0.0, markup, f64::INFINITY)
        };
        let mut suited: Vec<Plan> = Vec::with_capacity(count);
        for (plan, own) in self.priced(&served).iter().zip(served.iter().rev()) {
            let markup = plan.markup(technology)?.max(1.0);
            let buyer = Buyer::of_index(technology, own.low.theta);
            // The lowest type is indifferent to the tariff below.
            let worth = |plan: &Plan| {
                let alone = PlanMenu::new(technology, [(0.0, plan.clone())]);
                Offer::Plans(alone).take(technology, &buyer, 0).utility
            };
            let below = suited.last().map_or(0.0, |below| worth(below).max(0.0));
            suited.push(of_markup((worth(&of_markup(0.0, markup)) - below).max(0.0), markup));
        }
        let split: Vec<Plan> = (0..count)
            .map(|number| Plan { fee: single.fee * (1.0 + 1e-3 * number as f64), ..single.clone() })
            .collect();
        let searched = |start: Vec<Plan>| {
            let sold = |plan: &Plan| plan.fine_tuning_price.unwrap_or(10.0 * technology.fine_tuning_cost());
            let numbers = |plan: &Plan| [plan.fee.max(1e-12), plan.prices[0], sold(plan)].map(libm::log);
            let plans = |x: &[f64]| -> Vec<Plan> {
                let given = |(numbers, plan): (&[f64], &Plan)| {
                    let factor = libm::exp(numbers[1]) / plan.prices[0];
                    Plan {
                        fee: libm::exp(numbers[0]),
                        prices: plan.prices.iter().map(|price| factor * price).collect(),
                        fine_tuning_price: Some(libm::exp(numbers[2])),
                        ..plan.clone()
                    }
                };
                x.chunks_exact(3).zip(&start).map(given).collect()
            };
            let from: Vec<f64> = start.iter().flat_map(numbers).collect();
            plans(&polish(&from, |x| earned(&plans(x))))
        };
        [suited, split]
            .into_iter()
            .map(searched)
            .map(|plans| (earned(&plans), plans))
            .reduce(|a, b| if b.0 > a.0 { b } else { a })
            .map(|best| best.1)
    }

    /// Gross value minus the price of tokens beyond the allowance of the type above all of a plan.
    fn utility_at_top(&self, own: &Served, precision: f64) -> f64 {
        match own.kink {
            Some(kink) if own.top.theta > kink.theta => {
                let sigma = self.technology.sigma();
                let outlay = sigma * kink.theta * precision;
                outlay * own.top.power / kink.power * (1.0 / sigma - 1.0) + outlay
            }
            _ => own.top.theta * precision,
        }
    }
}
