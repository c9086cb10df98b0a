//! Menus: what is offered, how a buyer chooses from it, and the certificate that travels with it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::choice::{Buyer, Choice};
use crate::technology::{Demand, PrecisionRegime, Prices, Technology};
use crate::tolerance;

/// One package of a menu.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// Smallest index θ in $ (value w for allocations) that chooses the item.
    pub threshold: f64,
    /// The virtual value φ in $ it is efficient for.
    pub virtual_value: f64,
    /// Aggregate precision q.
    pub precision: f64,
    /// Tokens at cost, E, in $.
    pub spend: f64,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Payment t in $.
    pub payment: f64,
    /// Utility U in $ of the type at the threshold.
    pub utility: f64,
}

/// Token packages chosen by thresholds in θ.
///
/// Type θ_k is exactly indifferent between items k and k-1, so the choice is the largest k with θ >= θ_k, never a
/// floating-point argmax. Between thresholds utility is `U_k + q_k (θ - θ_k)`, which is never negative.
#[derive(Debug, Clone)]
pub struct PackageMenu {
    thresholds: Vec<f64>,
    items: Vec<Item>,
}

impl PackageMenu {
    /// A menu of items with strictly ascending thresholds.
    pub fn new(items: Vec<Item>) -> Self {
        Self { thresholds: items.iter().map(|item| item.threshold).collect(), items }
    }

    /// The items by ascending threshold.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The position of the item that type θ chooses.
    #[inline]
    pub fn position(&self, index: f64) -> Option<usize> {
        self.thresholds.partition_point(|threshold| *threshold <= index).checked_sub(1)
    }

    #[inline]
    fn choose(&self, index: f64) -> Choice {
        let Some(position) = self.position(index) else { return Choice::default() };
        let item = &self.items[position];
        let utility = item.utility + item.precision * (index - item.threshold);
        Choice {
            item: Some(position as u32),
            spend: item.spend,
            fine_tuning: item.fine_tuning,
            payment: item.payment,
            gross_value: utility + item.payment,
            utility,
        }
    }
}

/// Optimal token allocations for value-scale types: tiers in w, a continuum in s.
///
/// Type (w, s) with w in tier k gets the efficient use at τ = φ_k s^{1-σ}, spread evenly over her share of the tasks:
/// ```text
/// U(w, s) = h ( Σ_{j<k} q(φ_j h) (w_{j+1} - w_j) + q(φ_k h) (w - w_k) ),   h = s^{1-σ},   t = w h q(φ_k h) - U
/// ```
/// q is a power of τ within each regime of tuning, so the sum is a difference of prefix sums per regime: O(log K).
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, value-scale heterogeneity, doi 10.1145/3736252.3742625.
#[derive(Debug, Clone)]
pub struct AllocationMenu {
    thresholds: Vec<f64>,
    virtual_values: Vec<f64>,
    scale_exponent: f64,
    regimes: Vec<RegimeSums>,
}

/// One regime of q with its prefix sums: `sums[k] = Σ_{j<k} coefficient (φ_j/θ*)^power (w_{j+1} - w_j)`.
#[derive(Debug, Clone)]
struct RegimeSums {
    regime: PrecisionRegime,
    sums: Vec<f64>,
}

impl AllocationMenu {
    /// A menu with tiers `(w_k, φ_k)`, both strictly ascending and φ_k > 0.
    pub fn new(technology: &Technology, tiers: &[(f64, f64)]) -> Self {
        let thresholds: Vec<f64> = tiers.iter().map(|tier| tier.0).collect();
        let virtual_values: Vec<f64> = tiers.iter().map(|tier| tier.1).collect();
        let reference = technology.reference_index();
        let regimes = technology
            .precision_regimes()
            .into_iter()
            .map(|regime| {
                let mut sum = 0.0;
                let mut sums = vec![0.0];
                for (tier, next) in tiers.iter().zip(tiers.iter().skip(1)) {
                    sum +=
                        regime.coefficient * libm::pow(tier.1 / reference, regime.power) * (next.0 - tier.0);
                    sums.push(sum);
                }
                RegimeSums { regime, sums }
            })
            .collect();
        Self { thresholds, virtual_values, scale_exponent: 1.0 - technology.sigma(), regimes }
    }

    /// Smallest value w of each tier, in $.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// Virtual value φ of each tier, in $.
    pub fn virtual_values(&self) -> &[f64] {
        &self.virtual_values
    }

    /// The position of the tier that value w belongs to.
    #[inline]
    pub fn position(&self, value: f64) -> Option<usize> {
        self.thresholds.partition_point(|threshold| *threshold <= value).checked_sub(1)
    }

    /// U(w, s) of a buyer who reports truthfully, in $.
    pub fn utility(&self, technology: &Technology, value: f64, scale: f64) -> f64 {
        let (Some(tier), true) = (self.position(value), scale > 0.0) else { return 0.0 };
        let scaled = libm::pow(scale, self.scale_exponent);
        let precision = technology.precision(self.virtual_values[tier] * scaled);
        self.rent(tier, scaled, precision, value)
    }

    /// h ( Σ_{j<k} q(φ_j h) (w_{j+1} - w_j) + q (w - w_k) ) for tier k, scaled share h and precision q.
    #[inline]
    fn rent(&self, tier: usize, scaled: f64, precision: f64, value: f64) -> f64 {
        let log_scaled = libm::log(scaled);
        let mut rent = precision * (value - self.thresholds[tier]);
        let mut first = 0;
        for (position, sums) in self.regimes.iter().enumerate() {
            let end = match self.regimes.get(position + 1) {
                Some(next) => {
                    let bound = next.regime.from / scaled;
                    self.virtual_values[..tier].partition_point(|virtual_value| *virtual_value < bound)
                }
                None => tier,
            };
            if end > first {
                rent += libm::exp(sums.regime.power * log_scaled) * (sums.sums[end] - sums.sums[first]);
                first = end;
            }
        }
        scaled * rent
    }

    /// The item of tier `position` for a buyer with all tasks, s = 1.
    pub fn item_at_full_scale(&self, technology: &Technology, position: usize) -> Item {
        let (threshold, virtual_value) = (self.thresholds[position], self.virtual_values[position]);
        let used = technology.efficient_use(virtual_value);
        let precision = technology.precision(virtual_value);
        let utility = self.utility(technology, threshold, 1.0);
        Item {
            threshold,
            virtual_value,
            precision,
            spend: used.spend,
            fine_tuning: used.fine_tuning,
            payment: threshold * precision - utility,
            utility,
        }
    }

    #[inline]
    fn choose(&self, technology: &Technology, value: f64, scale: f64) -> Choice {
        let (Some(tier), true) = (self.position(value), scale > 0.0) else { return Choice::default() };
        let scaled = libm::pow(scale, self.scale_exponent);
        let virtual_index = self.virtual_values[tier] * scaled;
        let used = technology.efficient_use(virtual_index);
        let precision = used.gross_value / virtual_index;
        let utility = self.rent(tier, scaled, precision, value);
        let gross_value = value * scaled * precision;
        Choice {
            item: Some(tier as u32),
            spend: used.spend,
            fine_tuning: used.fine_tuning,
            payment: gross_value - utility,
            gross_value,
            utility,
        }
    }
}

/// What is offered to every buyer.
#[derive(Debug, Clone)]
pub enum Offer {
    /// Every buyer pays her gross value of the efficient use: the benchmark of full information.
    FullExtraction,
    /// Tokens and tuning at proportional prices.
    Prices {
        /// The posted markups.
        prices: Prices,
        /// What buyers buy at them.
        demand: Demand,
    },
    /// Token packages.
    Packages(PackageMenu),
    /// Token allocations for value-scale types.
    Allocations(AllocationMenu),
}

impl Offer {
    /// An offer of proportional prices.
    pub fn prices(technology: &Technology, prices: Prices) -> Self {
        Self::Prices { prices, demand: technology.demand(prices) }
    }

    /// The buyer takes the best item, or nothing; ties go to the higher item.
    #[inline]
    pub fn choose(&self, technology: &Technology, buyer: &Buyer) -> Choice {
        match self {
            Self::FullExtraction => {
                let used = technology.efficient().at(&buyer.powers).used;
                bought(buyer, used.spend, used.fine_tuning, used.gross_value, used.gross_value)
            }
            Self::Prices { demand, .. } => {
                let purchase = demand.at(&buyer.powers);
                let used = purchase.used;
                bought(buyer, used.spend, used.fine_tuning, purchase.payment, used.gross_value)
            }
            Self::Packages(menu) => menu.choose(buyer.powers.index),
            Self::Allocations(menu) => menu.choose(technology, buyer.value, buyer.scale),
        }
    }
}

/// The choice of a buyer without menu items: item 0, or nothing where she has no value.
#[inline]
fn bought(buyer: &Buyer, spend: f64, fine_tuning: f64, payment: f64, gross_value: f64) -> Choice {
    if buyer.powers.index > 0.0 {
        Choice { item: Some(0), spend, fine_tuning, payment, gross_value, utility: gross_value - payment }
    } else {
        Choice::default()
    }
}

/// Expected outcome per buyer under the belief, in $ and shares.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Expected {
    /// Revenue minus cost.
    pub profit: f64,
    /// Mean payment.
    pub revenue: f64,
    /// Mean cost of tokens and fine-tuning.
    pub cost: f64,
    /// Mean utility.
    pub consumer_surplus: f64,
    /// Share of buyers who buy.
    pub served_share: f64,
    /// Share of buyers with z > 0.
    pub fine_tuned_share: f64,
}

/// How a certificate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every inequality that applies holds.
    Holds,
    /// A benchmark that no seller could post: nothing to certify.
    Benchmark,
    /// An inequality is violated: the menu must not be used.
    Fails,
}

/// The proof that travels with a menu. Violations are >= 0 in $ per buyer, 0 is perfect; `None`: does not apply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Certificate {
    /// The verdict.
    pub status: Status,
    /// Largest gain of any type from another type's item.
    pub ic_violation: Option<f64>,
    /// Largest loss of any type from taking part.
    pub ir_violation: Option<f64>,
    /// Whether precision rises with the type.
    pub monotone: Option<bool>,
    /// (upper bound - profit)/upper bound, the bound by an independent route.
    pub duality_gap: Option<f64>,
    /// First-best profit minus profit, in $ per buyer.
    pub gap_to_first_best: f64,
    /// The inequality that fails, in words.
    pub failure: Option<String>,
}

impl Certificate {
    /// The certificate of a benchmark that nobody posts.
    pub fn benchmark() -> Self {
        Self {
            status: Status::Benchmark,
            ic_violation: None,
            ir_violation: None,
            monotone: None,
            duality_gap: None,
            gap_to_first_best: 0.0,
            failure: None,
        }
    }

    /// Judges the figures against [`tolerance`]; `first_best` is the first-best profit in $ per buyer.
    #[must_use]
    pub fn judged(mut self, first_best: f64) -> Self {
        let allowed = tolerance::CERTIFICATE * first_best;
        // Written so that NaN fails.
        let within = |violation: Option<f64>| violation.is_none_or(|violation| violation <= allowed);
        let describe = |name: &str, violation: Option<f64>| {
            let violation = violation.unwrap_or(f64::NAN);
            format!(
                "{name}: violated by {violation:e} $ per buyer, allowed is {allowed:e} (1e-9 of first-best profit)"
            )
        };
        self.failure = if !within(self.ic_violation) {
            Some(describe(
                "incentive compatibility, U(type, own item) >= U(type, other item)",
                self.ic_violation,
            ))
        } else if !within(self.ir_violation) {
            Some(describe("participation, U(type, own item) >= 0", self.ir_violation))
        } else if self.monotone == Some(false) {
            Some("monotonicity: precision must not fall as the type rises".into())
        } else if !self.duality_gap.is_none_or(|gap| gap.abs() <= tolerance::DUALITY_GAP_REFUSED) {
            let gap = self.duality_gap.unwrap_or(f64::NAN);
            Some(format!("optimality: relative gap to the upper bound {gap:e}, allowed is 1e-3"))
        } else if !self.gap_to_first_best.is_finite() || self.gap_to_first_best < -allowed {
            Some(format!(
                "feasibility: profit exceeds first-best by {:e} $ per buyer",
                -self.gap_to_first_best
            ))
        } else {
            None
        };
        self.status = if self.failure.is_some() { Status::Fails } else { Status::Holds };
        self
    }
}

/// A designed menu: what is offered, what it is expected to earn, and its certificate.
#[derive(Debug, Clone)]
pub struct Menu {
    /// Unique label of the rule in the market file.
    pub label: String,
    /// Name of the pricing rule.
    pub kind: &'static str,
    /// What buyers choose from.
    pub offer: Offer,
    /// Expected outcome under the belief.
    pub expected: Expected,
    /// Named numbers that describe the menu: markups, number of items.
    pub parameters: BTreeMap<&'static str, f64>,
    /// The proof.
    pub certificate: Certificate,
}

/// A row of `menus/LABEL.parquet`; `None` where the rule has no such figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MenuRow {
    /// Number of the item, from 0.
    pub item: u32,
    /// Smallest index in $ (value for allocations) that chooses the item.
    pub threshold: Option<f64>,
    /// Virtual value in $.
    pub virtual_value: Option<f64>,
    /// Price over cost at the margin: θ/φ for packages, the posted markup for prices.
    pub markup: Option<f64>,
    /// Posted markup on fine-tuning.
    pub fine_tuning_markup: Option<f64>,
    /// Aggregate precision.
    pub precision: Option<f64>,
    /// Tokens at cost in $.
    pub spend: Option<f64>,
    /// Mtok per class, in the order of the technology.
    pub tokens: Vec<Option<f64>>,
    /// Fine-tuning in Mtok.
    pub fine_tuning: Option<f64>,
    /// Payment in $.
    pub payment: Option<f64>,
    /// Utility of the type at the threshold, in $.
    pub utility: Option<f64>,
}

impl MenuRow {
    fn of_item(technology: &Technology, number: usize, item: &Item) -> Self {
        Self {
            item: number as u32,
            threshold: Some(item.threshold),
            virtual_value: Some(item.virtual_value),
            markup: Some(item.threshold / item.virtual_value),
            fine_tuning_markup: None,
            precision: Some(item.precision),
            spend: Some(item.spend),
            tokens: technology.tokens_per_spend().iter().map(|rate| Some(rate * item.spend)).collect(),
            fine_tuning: Some(item.fine_tuning),
            payment: Some(item.payment),
            utility: Some(item.utility),
        }
    }

    fn of_prices(technology: &Technology, prices: Prices) -> Self {
        Self {
            item: 0,
            threshold: None,
            virtual_value: None,
            markup: Some(prices.token_markup),
            fine_tuning_markup: prices.fine_tuning_markup,
            precision: None,
            spend: None,
            tokens: vec![None; technology.tokens_per_spend().len()],
            fine_tuning: None,
            payment: None,
            utility: None,
        }
    }
}

impl Menu {
    /// The items as rows: one per package or tier (allocations: at s = 1), one row of markups for prices.
    pub fn rows(&self, technology: &Technology) -> Vec<MenuRow> {
        match &self.offer {
            Offer::FullExtraction => Vec::new(),
            Offer::Prices { prices, .. } => vec![MenuRow::of_prices(technology, *prices)],
            Offer::Packages(menu) => menu
                .items()
                .iter()
                .enumerate()
                .map(|(number, item)| MenuRow::of_item(technology, number, item))
                .collect(),
            Offer::Allocations(menu) => (0..menu.thresholds().len())
                .map(|tier| MenuRow::of_item(technology, tier, &menu.item_at_full_scale(technology, tier)))
                .collect(),
        }
    }
}
