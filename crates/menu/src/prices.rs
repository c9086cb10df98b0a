//! Proportional prices: the first-best benchmark, marginal cost, and pay-as-you-go with given or optimised markups.

use model::belief::Marginal;
use model::menu::{Certificate, Offer};
use model::technology::{Demand, Powers, Prices, Technology};

use crate::certificate::max_or_nan;
use crate::expectation::at_prices;
use crate::rule::TuningMarkup;
use crate::search::maximise;
use crate::{Designed, Seller};

/// Every buyer pays her gross value of the efficient use. Nobody could post it: it needs the buyer's type.
pub(crate) fn full_extraction(seller: &Seller) -> Designed {
    Designed {
        offer: Offer::FullExtraction,
        expected: seller.first_best,
        parameters: Vec::new(),
        certificate: Certificate::benchmark(),
    }
}

/// Tokens and tuning at marginal cost: profit 0, first-best welfare.
pub(crate) fn marginal_cost(seller: &Seller) -> Designed {
    let tuning = Prices::MARGINAL_COST.fine_tuning_markup.filter(|_| seller.technology.gamma() > 0.0);
    posted(seller, Prices { fine_tuning_markup: tuning, ..Prices::MARGINAL_COST })
}

/// The best markups (m, m_z), or the given ones; what is given is kept and the rest optimised.
///
/// ```text
/// profit = E[ outlay(θ) (1 - 1/m) + (m_z - 1) c_z z(θ) ]
/// ```
/// The profit is not concave, m_z < 1 can be optimal (tuning is subsidised because it sells tokens), and so can be not
/// selling tuning at all. The search runs on the belief's points; at its optimum the points' error is of second order.
pub(crate) fn pay_as_you_go(seller: &Seller, markup: Option<f64>, tuning: Option<TuningMarkup>) -> Designed {
    let technology = seller.technology;
    let sums = MomentSums::new(technology, &seller.belief.index);
    let (prices, starts) = best_prices(&sums, markup, tuning, &[], |prices| sums.profit(prices));
    let mut designed = posted(seller, prices);
    if markup.is_none() || (tuning.is_none() && technology.gamma() > 0.0) {
        designed.parameters.push(("search_starts", starts as f64));
    }
    designed
}

/// The best markups for an objective, given some of them, and the points from which they were searched for; `further`: more
/// prices to start from.
pub(crate) fn best_prices(
    sums: &MomentSums,
    markup: Option<f64>,
    tuning: Option<TuningMarkup>,
    further: &[Prices],
    objective: impl Fn(Prices) -> f64,
) -> (Prices, usize) {
    let selling = |tuning_markup: Option<f64>| {
        let free = |prices: &Prices| {
            let tuning = if tuning_markup.is_none() { prices.fine_tuning_markup } else { None };
            markup.is_none().then_some(prices.token_markup).into_iter().chain(tuning).collect::<Vec<f64>>()
        };
        let selling_too = further.iter().filter(|prices| prices.fine_tuning_markup.is_some());
        sums.best(
            |x| Prices {
                token_markup: markup.unwrap_or_else(|| x[0]),
                fine_tuning_markup: Some(tuning_markup.unwrap_or_else(|| x[x.len() - 1])),
            },
            usize::from(markup.is_none()) + usize::from(tuning_markup.is_none()),
            selling_too.map(free).collect(),
            &objective,
        )
    };
    let not_selling = || {
        let prices =
            |x: &[f64]| Prices { token_markup: markup.unwrap_or_else(|| x[0]), fine_tuning_markup: None };
        sums.best(prices, usize::from(markup.is_none()), Vec::new(), &objective)
    };
    match tuning {
        Some(TuningMarkup::Markup(tuning_markup)) => selling(Some(tuning_markup)),
        None if sums.technology.gamma() > 0.0 => {
            let ((with, some), (without, others)) = (selling(None), not_selling());
            // A price that nobody pays is no better than none, whatever it is.
            let last = sums.nodes.last().copied().unwrap_or(0.0);
            let sold = sums.technology.demand(with).tuning_starts() < last;
            let with = Prices { fine_tuning_markup: with.fine_tuning_markup.filter(|_| sold), ..with };
            let best = if objective(with) > objective(without) { with } else { without };
            (best, some + others)
        }
        _ => not_selling(),
    }
}

/// The menu of given prices.
fn posted(seller: &Seller, prices: Prices) -> Designed {
    let (technology, index) = (seller.technology, &seller.belief.index);
    let demand = technology.demand(prices);
    let expected = at_prices(technology, index, &demand);
    let certificate = Certificate {
        ic_violation: Some(demand_violation(seller, prices, &demand)),
        ir_violation: Some(0.0),
        gap_to_first_best: seller.first_best.profit - expected.profit,
        ..Certificate::benchmark()
    };
    let mut parameters = vec![("markup", prices.token_markup)];
    parameters.extend(prices.fine_tuning_markup.map(|markup| ("fine_tuning_markup", markup)));
    Designed {
        offer: Offer::prices(technology, prices),
        expected,
        parameters,
        certificate: certificate.judged(seller.first_best.profit),
    }
}

/// The most any of 99 quantile types could gain over her closed-form demand by another bundle on a surrounding grid.
fn demand_violation(seller: &Seller, prices: Prices, demand: &Demand) -> f64 {
    let (technology, index) = (seller.technology, &seller.belief.index);
    let tuning_cost = technology.fine_tuning_cost();
    let maximum = match prices.fine_tuning_markup {
        Some(_) if technology.gamma() > 0.0 => technology
            .config()
            .fine_tuning
            .as_ref()
            .map_or(0.0, |tuning| tuning.maximum.unwrap_or(f64::INFINITY)),
        _ => 0.0,
    };
    let mut worst: f64 = 0.0;
    for percent in 1..100 {
        let theta = index.quantile(f64::from(percent) / 100.0);
        if theta <= 0.0 {
            continue;
        }
        let bought = demand.at(&technology.powers(theta));
        let utility = |spend: f64, tuning: f64| {
            theta * technology.package_precision(spend, tuning)
                - prices.token_markup * spend
                - prices.fine_tuning_markup.unwrap_or(0.0) * tuning_cost * tuning
        };
        let own = bought.used.gross_value - bought.payment;
        let rounding = 2.0 * seller.rounding() * bought.used.gross_value;
        for factor in [0.0, 0.5, 0.9, 0.999, 1.0, 1.001, 1.1, 2.0] {
            for share in [-1.0, -0.1, -1e-3, 0.0, 1e-3, 0.1, 1.0] {
                let scale = technology.base_quality() + bought.used.fine_tuning;
                let tuning = (bought.used.fine_tuning + share * scale).clamp(0.0, maximum);
                let other = utility(bought.used.spend * factor, tuning);
                worst = max_or_nan(worst, other - own - rounding);
            }
        }
    }
    worst
}

/// Prefix sums over the belief's points, from which the profit of any prices follows in O(log K).
///
/// Demand is a power of θ in each regime of tuning, so only Σ f, Σ f θ^{1/(1-σ)} and Σ f θ^{1/(1-σ-γ)} are needed.
pub(crate) struct MomentSums<'a> {
    technology: &'a Technology,
    pub(crate) nodes: &'a [f64],
    /// For the first k points: probability, and the two powers.
    sums: Vec<[f64; 3]>,
}

impl<'a> MomentSums<'a> {
    pub(crate) fn new(technology: &'a Technology, index: &'a Marginal) -> Self {
        let mut sums = vec![[0.0; 3]];
        let mut total = [0.0; 3];
        for (theta, mass) in index.points.iter() {
            let powers = technology.powers(theta);
            crate::expectation::add(&mut total, mass, [1.0, powers.untuned, powers.tuned]);
            sums.push(total);
        }
        Self { technology, nodes: index.points.nodes(), sums }
    }

    /// E[payment - cost] at these prices.
    fn profit(&self, prices: Prices) -> f64 {
        self.profit_from(&self.technology.demand(prices), 0)
    }

    /// P(θ >= the node at this position).
    pub(crate) fn share_from(&self, first: usize) -> f64 {
        self.sums[self.nodes.len()][0] - self.sums[first][0]
    }

    /// E[payment - cost] of the nodes from this position on.
    pub(crate) fn profit_from(&self, demand: &Demand, first: usize) -> f64 {
        let below = |index: f64| self.nodes.partition_point(|theta| *theta < index);
        let (starts, caps) = (below(demand.tuning_starts()).max(first), below(demand.cap_binds()).max(first));
        let mut profit = 0.0;
        for (from, to) in [(first, starts), (starts, caps), (caps, self.nodes.len())] {
            if from < to {
                // Within a regime everything bought is affine in the powers, so the sums stand in for one buyer of
                // unit mass with the mean powers.
                let mass = self.sums[to][0] - self.sums[from][0];
                let mean = |moment: usize| (self.sums[to][moment] - self.sums[from][moment]) / mass;
                let powers = Powers { index: self.nodes[from], untuned: mean(1), tuned: mean(2) };
                let purchase = demand.at(&powers);
                let cost = self.technology.cost(purchase.used.spend, purchase.used.fine_tuning);
                profit += mass * (purchase.payment - cost);
            }
        }
        profit
    }

    /// The best prices of a family with this many free markups; the last is the one on tuning, where that is free.
    fn best(
        &self,
        family: impl Fn(&[f64]) -> Prices,
        free: usize,
        mut further: Vec<Vec<f64>>,
        objective: impl Fn(Prices) -> f64,
    ) -> (Prices, usize) {
        // A buyer of a single known index would face m = 1/σ; twenty times that is far beyond any optimum.
        let high = 20.0 / self.technology.sigma().min(self.technology.gamma().max(0.05));
        further.extend(self.kinks(&family, free, high));
        let found = maximise(free, 0.05, high, &further, |x| objective(family(x)));
        (family(&found.at), found.starts)
    }

    /// Points at which some type just begins to tune, or to buy all the tuning there is: under a cap demand is inelastic,
    /// and the best price of tuning may be the highest at which a group of buyers still takes everything, however high.
    fn kinks(&self, family: &impl Fn(&[f64]) -> Prices, free: usize, high: f64) -> Vec<Vec<f64>> {
        /// Types and token markups tried.
        const TYPES: usize = 64;
        const MARKUPS: u32 = 33;
        let mut points = Vec::new();
        let tuning_is_free = |x: &[f64]| {
            let dearer: Vec<f64> =
                x.iter().enumerate().map(|(i, y)| if i + 1 == x.len() { 2.0 * y } else { *y }).collect();
            free > 0 && family(x).fine_tuning_markup != family(&dearer).fine_tuning_markup
        };
        if !tuning_is_free(&vec![1.0; free]) {
            return points;
        }
        let markups: Vec<Vec<f64>> = if free == 2 {
            let step = libm::log(high / 0.05) / f64::from(MARKUPS - 1);
            (0..MARKUPS).map(|i| vec![0.05 * libm::exp(step * f64::from(i))]).collect()
        } else {
            vec![Vec::new()]
        };
        let stride = self.nodes.len().div_ceil(TYPES);
        for markup in markups {
            // Both kinks are proportional to m_z^{1-σ}, so that one demand gives them for every m_z.
            let at_one = [markup.clone(), vec![1.0]].concat();
            let demand = self.technology.demand(family(&at_one));
            for theta in self.nodes.iter().rev().step_by(stride) {
                for kink in [demand.tuning_starts(), demand.cap_binds()] {
                    let tuning = libm::pow(theta / kink, 1.0 / (1.0 - self.technology.sigma()));
                    if tuning.is_finite() && tuning > 0.0 {
                        points.push([markup.clone(), vec![tuning]].concat());
                    }
                }
            }
        }
        points
    }
}
