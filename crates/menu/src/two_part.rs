//! One two-part tariff: a fee for everybody who buys, and prices for tokens and tuning.

use model::menu::Plan;
use model::technology::{Demand, Prices, Technology};

use crate::expectation::expectation;
use crate::prices::{MomentSums, best_prices};
use crate::rule::TuningMarkup;
use crate::search::polish;
use crate::{Designed, Seller, posted};

/// The best tariff (p0, m, m_z), or the given one; what is given is kept and the rest optimised.
///
/// ```text
/// profit = P(θ >= t) p0 + E[ payment - cost at m c_n, m_z c_z; θ >= t ],   p0 = u(t)
/// ```
/// u is what a buyer keeps before the fee. The fee is whatever leaves the lowest buyer t nothing, so that the search is for t:
/// for every pair of markups the best t, found on coarse and then finer and finer points of the belief, and over the markups
/// as for pay-as-you-go, whose optimum is among the starts. Of a law the best of these is then improved on the quadrature itself.
pub(crate) fn two_part(
    seller: &Seller,
    fee: Option<f64>,
    markup: Option<f64>,
    tuning: Option<TuningMarkup>,
) -> Designed {
    let (plan, prices, starts) = best_plan(seller, fee, markup, tuning);
    let mut parameters =
        vec![("fee", plan.fee), ("markup", prices.token_markup), ("search_starts", starts as f64)];
    parameters.extend(prices.fine_tuning_markup.map(|markup| ("fine_tuning_markup", markup)));
    Designed { parameters, ..posted::posted(seller, vec![plan]) }
}

/// The plan, its markups, and the points from which they were searched for.
pub(crate) fn best_plan(
    seller: &Seller,
    fee: Option<f64>,
    markup: Option<f64>,
    tuning: Option<TuningMarkup>,
) -> (Plan, Prices, usize) {
    let technology = seller.technology;
    let sums = MomentSums::new(technology, &seller.belief.index);
    let without_fee = |prices| sums.profit_from(&technology.demand(prices), 0);
    let (free, _) = best_prices(&sums, markup, tuning, &[], without_fee);
    let tariffs = Tariffs { technology, sums: &sums, fee };
    let with_fee = |prices| tariffs.best(&technology.demand(prices)).profit;
    let (prices, starts) = best_prices(&sums, markup, tuning, &[free], with_fee);
    let lowest = tariffs.best(&technology.demand(prices)).lowest;
    let (prices, lowest) = improved(seller, (prices, lowest), (fee, markup, tuning));
    let fee = fee.unwrap_or_else(|| kept(&technology.demand(prices), technology, lowest));
    let sold = prices.fine_tuning_markup.filter(|_| technology.gamma() > 0.0);
    let plan = Plan {
        fine_tuning_price: sold.map(|markup| markup * technology.fine_tuning_cost()),
        ..Plan::tariff(technology, fee, 0.0, prices.token_markup, f64::INFINITY)
    };
    (plan, prices, starts)
}

/// u(θ): gross value minus payment at prices.
fn kept(demand: &Demand, technology: &Technology, theta: f64) -> f64 {
    let bought = demand.at(&technology.powers(theta));
    bought.used.gross_value - bought.payment
}

/// The t with u(t) = fee.
fn lowest_buyer(demand: &Demand, technology: &Technology, fee: f64) -> f64 {
    let (mut low, mut high) = (technology.reference_index(), technology.reference_index());
    while kept(demand, technology, low) > fee && low > 1e-150 {
        low *= 0.5;
    }
    while kept(demand, technology, high) < fee && high < 1e150 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if kept(demand, technology, middle) < fee { low = middle } else { high = middle }
    }
    high
}

/// Tariffs at given prices on the points of a belief.
struct Tariffs<'a> {
    technology: &'a Technology,
    sums: &'a MomentSums<'a>,
    fee: Option<f64>,
}

/// The lowest buyer and the profit of a tariff.
#[derive(Debug, Clone, Copy)]
struct Tariff {
    lowest: f64,
    profit: f64,
}

impl Tariffs<'_> {
    /// The tariff with the given fee, or with the best one.
    fn best(&self, demand: &Demand) -> Tariff {
        let nodes = self.sums.nodes;
        if let Some(fee) = self.fee {
            let first = nodes.partition_point(|theta| kept(demand, self.technology, *theta) < fee);
            let profit = if first < nodes.len() { self.serving(demand, first, fee) } else { 0.0 };
            return Tariff { lowest: nodes.get(first).copied().unwrap_or(f64::INFINITY), profit };
        }
        let at = |first: usize| self.serving(demand, first, kept(demand, self.technology, nodes[first]));
        let first = zoomed(nodes.len(), at);
        Tariff { lowest: nodes[first], profit: at(first) }
    }

    fn serving(&self, demand: &Demand, first: usize, fee: f64) -> f64 {
        self.sums.share_from(first) * fee + self.sums.profit_from(demand, first)
    }
}

/// The position of the largest of `count` values: of all where they are few, else of some, and then of finer and finer
/// neighbourhoods of the best.
fn zoomed(count: usize, value: impl Fn(usize) -> f64) -> usize {
    const SEEN: usize = 32;
    let (mut low, mut high) = (0, count - 1);
    let mut best = (f64::NEG_INFINITY, 0);
    loop {
        let stride = (high - low).div_ceil(SEEN).max(1);
        for position in (low..=high).step_by(stride).chain([high]) {
            let found = value(position);
            if found > best.0 {
                best = (found, position);
            }
        }
        if stride == 1 {
            return best.1;
        }
        (low, high) = (best.1.saturating_sub(stride), (best.1 + stride).min(count - 1));
    }
}

/// The tariff improved on the expected profit under the law itself; a finite belief is its own law.
fn improved(
    seller: &Seller,
    (prices, lowest): (Prices, f64),
    (fee, markup, tuning): (Option<f64>, Option<f64>, Option<TuningMarkup>),
) -> (Prices, f64) {
    let (technology, index) = (seller.technology, &seller.belief.index);
    let Some(law) = &index.law else { return (prices, lowest) };
    let tuning_is_free = tuning.is_none() && prices.fine_tuning_markup.is_some();
    let mut start = Vec::new();
    start.extend(markup.is_none().then(|| libm::log(prices.token_markup)));
    start.extend(prices.fine_tuning_markup.filter(|_| tuning_is_free).map(libm::log));
    start.extend(fee.is_none().then(|| libm::log(lowest)));
    let tariff = |x: &[f64]| {
        let mut rest = x.iter().map(|x| libm::exp(*x));
        let token_markup = markup.or_else(|| rest.next()).unwrap_or(prices.token_markup);
        let tuned = if tuning_is_free { rest.next() } else { prices.fine_tuning_markup };
        let lowest = if fee.is_none() { rest.next().unwrap_or(lowest) } else { lowest };
        (Prices { token_markup, fine_tuning_markup: tuned }, lowest.max(law.support().0))
    };
    if start.is_empty() {
        return (prices, lowest);
    }
    let profit = |x: &[f64]| {
        let (prices, lowest) = tariff(x);
        let demand = technology.demand(prices);
        let lowest = fee.map_or(lowest, |fee| lowest_buyer(&demand, technology, fee));
        let fee = fee.unwrap_or_else(|| kept(&demand, technology, lowest));
        let kinks = [demand.tuning_starts(), demand.cap_binds(), lowest];
        let [profit] = expectation(index, kinks, |theta| {
            let bought = demand.at(&technology.powers(theta));
            let buys = if theta >= lowest { 1.0 } else { 0.0 };
            [buys * (fee + bought.payment - technology.cost(bought.used.spend, bought.used.fine_tuning))]
        });
        profit
    };
    tariff(&polish(&start, profit))
}
