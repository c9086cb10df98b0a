//! Items made for profiles of values: what is posted where the whole assignment of tokens to tasks can be contracted.

mod free;
mod item;
mod lanes;

use std::borrow::Cow;

use crate::choice::{Buyer, Choice};
use crate::technology::Technology;
use free::FreeItems;
pub use item::{ProfileItem, TaskItem};
use lanes::{LANES, Lanes};

/// Items between which a buyer with profile w chooses the best.
///
/// ```text
/// argmax_k value_k(w) - t_k,   or nothing
/// fixed:  value_k(w) = Σ_i μ_i w_i v_ki
/// free:   value_k(w) = V_k ( Σ_i α_ki (w_i/w_ki)^{1/(1-σ)} )^{1-σ},   V_k = Σ_i μ_i w_ki v_ki,   α_ki = μ_i w_ki v_ki / V_k
/// ```
/// A free item is a budget: a dollar of tokens on task i counts as m_ki dollars, m_ki proportional to w_ki e_ki^{-(1-σ)}, the
/// rates at which type w_k wants the spends e_k. A package is a free item at equal rates.
///
/// Every type is about indifferent between her item and those she envies. So utilities closer than `tie` count as
/// equal, and among equal items the one meant for her wins, else the most profitable.
#[derive(Debug, Clone)]
pub struct ProfileMenu {
    masses: Vec<f64>,
    /// Where the tasks are cells of [0, 1]: the upper ends of the cells.
    cells: Option<Vec<f64>>,
    /// Fixed items, then free ones.
    items: Vec<ProfileItem>,
    spends: Vec<f64>,
    /// Of the type an item is meant for.
    profits: Vec<f64>,
    tie: f64,
    /// μ_i v_ki of fixed items.
    fixed: Lanes,
    free: FreeItems,
}

/// The buyer's values of a menu's tasks.
struct Values<'b> {
    /// w_i.
    profile: Cow<'b, [f64]>,
    /// (w_i/w_max)^{1/(1-σ)}; empty where the menu has no free items.
    powers: Vec<f64>,
    /// w_max.
    largest: f64,
}

impl ProfileMenu {
    /// A menu of items over tasks of these masses; utilities closer than `tie` (in $) count as equal.
    ///
    /// Items keep their order but for free ones, which come last.
    pub fn new(technology: &Technology, masses: Vec<f64>, mut items: Vec<ProfileItem>, tie: f64) -> Self {
        items.sort_by_key(|item| item.free);
        let first_free = items.partition_point(|item| !item.free);
        let precisions = |item: &ProfileItem| -> Vec<f64> {
            masses.iter().zip(&item.tasks).map(|(mass, task)| mass * task.precision).collect()
        };
        let fixed =
            Lanes::new(masses.len(), items[..first_free].iter().map(|item| (precisions(item), item.payment)));
        let free = FreeItems::new(technology, &masses, &items[first_free..]);
        let spend =
            |item: &ProfileItem| masses.iter().zip(&item.tasks).map(|(mass, task)| mass * task.spend).sum();
        let spends: Vec<f64> = items.iter().map(spend).collect();
        let profits = items
            .iter()
            .zip(&spends)
            .map(|(item, spend)| item.payment - technology.cost(*spend, item.fine_tuning))
            .collect();
        Self { masses, cells: None, items, spends, profits, tie, fixed, free }
    }

    /// μ: masses of the M tasks.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// The items, in the order of the types they are meant for, fixed ones first.
    pub fn items(&self) -> &[ProfileItem] {
        &self.items
    }

    /// Tokens at cost that the type of item `item` uses of it, E = Σ_i μ_i e_i, in $.
    pub fn spend(&self, item: usize) -> f64 {
        self.spends[item]
    }

    /// Aggregate precision Σ_i μ_i v_i of item `item`.
    pub fn precision(&self, item: usize) -> f64 {
        self.masses.iter().zip(&self.items[item].tasks).map(|(mass, task)| mass * task.precision).sum()
    }

    /// The position of the item that a buyer with these values chooses.
    #[inline]
    fn best(&self, values: &Values<'_>) -> Option<usize> {
        // Nothing is worth zero, and is chosen only where no item is worth about as much.
        let (mut best, mut chosen) = (0.0, None::<(usize, f64)>);
        let mut compare = |number: usize, utility: f64| {
            if !(utility >= best - self.tie) {
                return;
            }
            best = f64::max(best, utility);
            let stays = chosen.is_some_and(|(current, reached)| {
                reached >= best - self.tie && self.preferred(current, number, &values.profile)
            });
            if !stays {
                chosen = Some((number, utility));
            }
        };
        for block in 0..self.fixed.blocks() {
            let gross = self.fixed.sums(block, &values.profile);
            for (lane, (gross, payment)) in gross.iter().zip(self.fixed.payments(block)).enumerate() {
                compare(block * LANES + lane, gross - payment);
            }
        }
        let first_free = self.items.len() - self.free.len();
        self.free.for_each_utility(&values.powers, values.largest, |number, utility| {
            compare(first_free + number, utility);
        });
        chosen.map(|(number, _)| number)
    }

    /// Whether of two items worth the same `current` is chosen: it is meant for her, or is the more profitable.
    fn preferred(&self, current: usize, other: usize, profile: &[f64]) -> bool {
        let meant = |number: usize| self.items[number].tasks.iter().map(|task| &task.value).eq(profile);
        meant(current) || (!meant(other) && self.profits[current] >= self.profits[other])
    }

    /// The same items for value-scale buyers: task i is the cell of [0, 1] that ends at the i-th of `cells`, ascending.
    #[must_use]
    pub fn on_cells(self, cells: Vec<f64>) -> Self {
        Self { cells: Some(cells), ..self }
    }

    /// Whether value-scale buyers choose from the menu, and not buyers with profiles.
    pub fn is_on_cells(&self) -> bool {
        self.cells.is_some()
    }

    /// The buyer's values of the menu's tasks. Within a cell that only a part of is hers she spends a free item's tokens on
    /// that part.
    fn values_of<'b>(&self, buyer: &Buyer<'b>) -> Values<'b> {
        let Some(cells) = &self.cells else { return self.values(Cow::Borrowed(buyer.profile)) };
        let shares = value_on_cells(cells, 1.0, buyer.scale);
        Values {
            profile: Cow::Owned(shares.iter().map(|share| buyer.value * share).collect()),
            powers: shares,
            largest: buyer.value,
        }
    }

    fn values<'b>(&self, profile: Cow<'b, [f64]>) -> Values<'b> {
        let largest = profile.iter().copied().fold(0.0, f64::max);
        let powers = if self.free.len() > 0 { self.free.powers(&profile, largest) } else { Vec::new() };
        Values { profile, powers, largest }
    }

    #[inline]
    pub(super) fn choose_for(&self, buyer: &Buyer) -> Choice {
        self.choose_by(&self.values_of(buyer))
    }

    #[inline]
    pub(super) fn take_for(&self, item: usize, buyer: &Buyer) -> Choice {
        self.take_by(item, &self.values_of(buyer))
    }

    /// The item that a buyer with this profile chooses, or nothing.
    #[inline]
    pub fn choose(&self, profile: &[f64]) -> Choice {
        self.choose_by(&self.values(Cow::Borrowed(profile)))
    }

    /// What a buyer with this profile gets who takes item `item`, best for her or not.
    pub fn take(&self, item: usize, profile: &[f64]) -> Choice {
        self.take_by(item, &self.values(Cow::Borrowed(profile)))
    }

    #[inline]
    fn choose_by(&self, values: &Values<'_>) -> Choice {
        let choice = self.best(values).map_or_else(Choice::default, |item| self.take_by(item, values));
        // Within the tie of nothing a loss is rounding.
        if choice.utility < 0.0 {
            Choice { utility: 0.0, gross_value: choice.payment, ..choice }
        } else {
            choice
        }
    }

    #[inline]
    fn take_by(&self, item: usize, values: &Values<'_>) -> Choice {
        let (gross_value, spend) = match item.checked_sub(self.items.len() - self.free.len()) {
            Some(number) => self.free.taken(number, &values.powers, values.largest),
            None => (self.fixed.sums(item / LANES, &values.profile)[item % LANES], self.spends[item]),
        };
        let ProfileItem { payment, fine_tuning, .. } = self.items[item];
        Choice {
            item: Some(item as u32),
            spend,
            fine_tuning,
            payment,
            gross_value,
            utility: gross_value - payment,
        }
    }
}

/// The mean value, cell by cell, of a buyer with value w on [0, s]: w times the share of the cell below s.
///
/// `cells`: upper ends in (0, 1], ascending; precision is even within a cell, so that the mean is all that counts.
pub fn value_on_cells(cells: &[f64], value: f64, scale: f64) -> Vec<f64> {
    let lower = std::iter::once(&0.0).chain(cells);
    cells
        .iter()
        .zip(lower)
        .map(|(high, low)| value * ((scale - low) / (high - low)).clamp(0.0, 1.0))
        .collect()
}

#[cfg(test)]
mod tests;
