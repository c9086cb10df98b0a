//! A menu as a person reads it: what typical buyers get, the markups they face, and where the surplus goes.

use model::belief::Marginal;
use model::choice::Buyer;
use model::menu::{Menu, Offer};
use serde::Serialize;

use crate::Seller;
use crate::allocations::excluded_and_markups;
use crate::expectation::expectation_of_excluded;
use crate::screening::{SHARES, middles_of_shares};

/// A menu as a person reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Portrait {
    /// What typical buyers get, by rising type.
    pub tiers: Vec<PortraitRow>,
    /// What the lowest type that buys gets, where `tiers` are quantiles: where φ rises from 0 her budget vanishes and her
    /// markup has no bound.
    pub marginal: Option<PortraitRow>,
    /// How markups are distributed over the served buyers; `None` for full extraction.
    pub markups: Option<Markups>,
    /// How the expected first-best surplus is split.
    pub surplus: SurplusSplit,
}

/// What the buyer at one quantile gets.
///
/// A menu of few packages has one row for each, with the lowest type that takes it. The others have rows at quantiles of the
/// served buyers, and the type is the lowest that takes the same item. Types are indices θ; for allocations they are values w
/// of buyers with all tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PortraitRow {
    /// Share of buyers with a lower type.
    pub quantile: f64,
    /// The type in $.
    #[serde(rename = "type")]
    pub kind: f64,
    /// Tokens at cost E in $: the budget.
    pub spend: f64,
    /// Mtok per class, in the order of the technology.
    pub tokens: Vec<f64>,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Payment t in $.
    pub payment: f64,
    /// Utility U in $.
    pub utility: f64,
    /// Upfront part p0 in $: a plan's fee, that of the equivalent two-part tariff for packages, (1-σ) θ q - U, 0 for prices.
    pub upfront: Option<f64>,
    /// Markup on tokens at the margin: θ/φ, or the posted one.
    pub markup: Option<f64>,
    /// $ per Mtok and class at that markup, in the order of the technology.
    pub prices: Option<Vec<f64>>,
}

/// Quantiles of the markup over served buyers: of each buyer's own θ/φ, φ that of the item she takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Markups {
    /// A tenth of the served face less.
    pub p10: f64,
    /// A quarter of the served face less.
    pub p25: f64,
    /// Half of the served face less.
    pub p50: f64,
    /// Three quarters of the served face less.
    pub p75: f64,
    /// Nine tenths of the served face less.
    pub p90: f64,
}

/// First-best surplus = profit + consumer surplus + exclusion + distortion, in $ per buyer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SurplusSplit {
    /// Expected first-best surplus.
    pub first_best: f64,
    /// The seller's part.
    pub profit: f64,
    /// The buyers' part.
    pub consumer_surplus: f64,
    /// What nobody gets: exclusion + distortion.
    pub deadweight_loss: f64,
    /// First-best surplus of buyers who are not served; absent where profiles of values decide who is.
    pub exclusion: Option<f64>,
    /// Loss from inefficient use by those who are.
    pub distortion: Option<f64>,
}

/// Shares of the served below each row of a menu that has no short list of items.
const ROWS: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];

impl Seller<'_> {
    /// A menu of this seller as a person reads it.
    pub fn portrait(&self, menu: &Menu) -> Portrait {
        let (excluded, markups) = self.excluded_and_markups(menu);
        let expected = &menu.expected;
        let first_best = expected.profit + menu.certificate.gap_to_first_best;
        let deadweight_loss = menu.certificate.gap_to_first_best - expected.consumer_surplus;
        let (tiers, marginal) = self.rows(menu);
        Portrait {
            tiers,
            marginal,
            markups: quantiles(markups, self.belief.index.law.is_some()),
            surplus: SurplusSplit {
                first_best,
                profit: expected.profit,
                consumer_surplus: expected.consumer_surplus,
                deadweight_loss,
                exclusion: excluded,
                distortion: excluded.map(|excluded| deadweight_loss - excluded),
            },
        }
    }

    /// The rows, and that of the lowest type that buys where they are quantiles.
    fn rows(&self, menu: &Menu) -> (Vec<PortraitRow>, Option<PortraitRow>) {
        let (types, thresholds): (&Marginal, Vec<f64>) = match (&menu.offer, &self.belief.value_scale) {
            (Offer::Packages(packages), _) => {
                (&self.belief.index, packages.items().iter().map(|item| item.threshold).collect())
            }
            (Offer::Allocations(tiers), Some(belief)) => (&belief.value, tiers.thresholds().to_vec()),
            // Who takes the only plan still buys more or less under it.
            (Offer::Plans(plans), _) if plans.plans().len() == 1 => (&self.belief.index, Vec::new()),
            (Offer::Plans(plans), _) => (&self.belief.index, plans.changes()),
            // No one number orders the buyers.
            (Offer::Profiles(_), _) => return (Vec::new(), None),
            _ => (&self.belief.index, Vec::new()),
        };
        let row = |(quantile, kind): (f64, f64)| self.row(menu, quantile, kind);
        let lowest_of_item = |threshold: &f64| row((1.0 - types.survival(*threshold), *threshold));
        if (1..=ROWS.len()).contains(&thresholds.len()) {
            return (thresholds.iter().map(lowest_of_item).collect(), None);
        }
        let chosen = at_shares_of_served(types, &thresholds, menu.expected.served_share);
        (chosen.into_iter().map(row).collect(), thresholds.first().map(lowest_of_item))
    }

    fn row(&self, menu: &Menu, quantile: f64, kind: f64) -> PortraitRow {
        let technology = self.technology;
        let buyer = match &menu.offer {
            Offer::Allocations(_) => Buyer::of_value_scale(technology, kind, 1.0),
            _ => Buyer::of_index(technology, kind),
        };
        let choice = menu.offer.choose(technology, &buyer);
        let screened = |virtual_value: f64| {
            let upfront = (1.0 - technology.sigma()) * choice.gross_value - choice.utility;
            (Some(upfront), Some(kind / virtual_value))
        };
        let item = choice.item.map_or(0, |item| item as usize);
        let tariff = match &menu.offer {
            Offer::Prices { prices, .. } => Some((Some(0.0), Some(prices.token_markup))),
            Offer::Packages(packages) => packages.items().get(item).map(|item| screened(item.virtual_value)),
            Offer::Allocations(tiers) => tiers.virtual_values().get(item).copied().map(screened),
            Offer::Plans(plans) => {
                plans.plans().get(item).map(|plan| (Some(plan.fee), plan.markup(technology)))
            }
            Offer::FullExtraction | Offer::Profiles(_) => None,
        };
        let (upfront, markup) = tariff.unwrap_or_default();
        PortraitRow {
            quantile,
            kind,
            spend: choice.spend,
            tokens: menu.offer.tokens(technology, &choice),
            fine_tuning: choice.fine_tuning,
            payment: choice.payment,
            utility: choice.utility,
            upfront,
            markup,
            prices: markup.map(|markup| match &menu.offer {
                Offer::Plans(plans) => plans.plans()[item].prices.clone(),
                _ => technology.prices_at(markup),
            }),
        }
    }

    /// First-best surplus of the excluded in $ per buyer, and served buyers' markups with probabilities.
    fn excluded_and_markups(&self, menu: &Menu) -> (Option<f64>, Vec<(f64, f64)>) {
        if matches!(menu.offer, Offer::Profiles(_)) {
            return (None, Vec::new());
        }
        if let (Offer::Allocations(_), Some(belief)) = (&menu.offer, &self.belief.value_scale) {
            let (excluded, markups) = excluded_and_markups(self.technology, belief);
            return (Some(excluded), markups);
        }
        let (index, served) = (&self.belief.index, menu.expected.served_share);
        let surplus = |theta| self.technology.surplus(theta);
        let excluded = expectation_of_excluded(index, served, self.technology.kinks(), surplus);
        let markups = match &menu.offer {
            Offer::Prices { prices, .. } => vec![(prices.token_markup, served)],
            Offer::Packages(_) if menu.kind == "packages" => self.screening.markups(),
            Offer::Packages(packages) => types(index, served)
                .into_iter()
                .filter_map(|(theta, mass)| {
                    let item = &packages.items()[packages.position(theta)?];
                    Some((theta / item.virtual_value, mass))
                })
                .collect(),
            Offer::Plans(plans) => {
                let markups: Vec<Option<f64>> =
                    plans.plans().iter().map(|plan| plan.markup(self.technology)).collect();
                let marked = |(theta, mass)| {
                    let buyer = Buyer::of_index(self.technology, theta);
                    let plan = menu.offer.choose(self.technology, &buyer).item?;
                    Some((markups[plan as usize]?, mass))
                };
                types(index, served).into_iter().filter_map(marked).collect()
            }
            Offer::FullExtraction | Offer::Allocations(_) | Offer::Profiles(_) => Vec::new(),
        };
        (Some(excluded), markups)
    }
}

/// Quantiles and types at shares of the served; with thresholds, the lowest type of each item that comes up.
fn at_shares_of_served(types: &Marginal, thresholds: &[f64], served_share: f64) -> Vec<(f64, f64)> {
    let served = thresholds.first().map_or(served_share, |lowest| types.survival(*lowest));
    let mut rows: Vec<(f64, f64)> = ROWS
        .into_iter()
        .map(|share| 1.0 - served * (1.0 - share))
        .map(|level| (level, types.quantile(level)))
        .filter(|(_, kind)| *kind > 0.0)
        .map(|(level, kind)| {
            let position = thresholds.partition_point(|threshold| *threshold <= kind).saturating_sub(1);
            thresholds.get(position).map_or((level, kind), |lowest| (level, *lowest))
        })
        .collect();
    rows.dedup_by(|later, earlier| later.1 == earlier.1);
    rows
}

/// The top `served` of the types: all points, or the middles of equal shares.
fn types(belief: &Marginal, served: f64) -> Vec<(f64, f64)> {
    match &belief.law {
        Some(law) => {
            middles_of_shares(served).map(|p| (law.upper_quantile(p), served / f64::from(SHARES))).collect()
        }
        None => belief.points.iter().collect(),
    }
}

/// Quantiles of weighted values; `continuous`: values are those in the middle of their shares, with others between.
fn quantiles(mut weighted: Vec<(f64, f64)>, continuous: bool) -> Option<Markups> {
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = weighted.iter().map(|(_, mass)| mass).sum();
    let mut below = 0.0;
    let mut middles = Vec::with_capacity(weighted.len());
    for (value, mass) in weighted {
        middles.push((below + 0.5 * mass, below + mass, value));
        below += mass;
    }
    let last = middles.last()?.2;
    let quantile = |level: f64| {
        let wanted = level * total;
        let reached = middles
            .partition_point(|(middle, end, _)| if continuous { *middle < wanted } else { *end < wanted });
        let Some((middle, _, value)) = middles.get(reached) else { return last };
        match reached.checked_sub(1).map(|before| middles[before]) {
            Some((before, _, lower)) if continuous => {
                lower + (value - lower) * (wanted - before) / (middle - before)
            }
            _ => *value,
        }
    };
    Some(Markups {
        p10: quantile(0.10),
        p25: quantile(0.25),
        p50: quantile(0.50),
        p75: quantile(0.75),
        p90: quantile(0.90),
    })
}
