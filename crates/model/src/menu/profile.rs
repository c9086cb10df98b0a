//! Items made for profiles of values: what is posted where the whole assignment of tokens to tasks can be contracted.

mod free;
mod lanes;

use std::borrow::Cow;

use crate::choice::{Buyer, Choice};
use crate::technology::Technology;
use free::FreeItems;
use lanes::{LANES, Lanes};

/// What an item holds for one task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskItem {
    /// w_i of the type the item is meant for, in $ per unit precision.
    pub value: f64,
    /// ω_i, the virtual value the item is efficient for, where the design knows it.
    pub virtual_value: Option<f64>,
    /// e_i: tokens at cost in $ per unit of mass.
    pub spend: f64,
    /// v_i: precision.
    pub precision: f64,
}

/// One item of a menu of profiles.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileItem {
    /// The M tasks.
    pub tasks: Vec<TaskItem>,
    /// Fine-tuning z in Mtok.
    pub fine_tuning: f64,
    /// Payment t in $.
    pub payment: f64,
    /// Utility U in $ of the type the item is meant for.
    pub utility: f64,
    /// Whether buyers may move the tokens between tasks, at the rates that make the type the item is meant for want them where
    /// they are; else every task gets what is written.
    pub free: bool,
}

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
mod tests {
    use super::*;
    use crate::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};

    fn technology() -> Technology {
        Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 1.0,
            tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.125 }],
            fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
        })
        .unwrap()
    }

    fn item(values: [f64; 2], precisions: [f64; 2], payment: f64) -> ProfileItem {
        let task = |i: usize| TaskItem {
            value: values[i],
            virtual_value: None,
            spend: 0.1,
            precision: precisions[i],
        };
        ProfileItem { tasks: vec![task(0), task(1)], fine_tuning: 0.0, payment, utility: 0.0, free: false }
    }

    /// Two blocks of items against a plain loop over all items.
    #[test]
    fn the_best_item_is_found_in_every_lane() {
        let items: Vec<ProfileItem> = (0..19)
            .map(|k| {
                let angle = f64::from(k) * 0.08;
                item(
                    [libm::cos(angle), libm::sin(angle)],
                    [2.0 * libm::cos(angle), 2.0 * libm::sin(angle)],
                    0.3,
                )
            })
            .collect();
        let menu = ProfileMenu::new(&technology(), vec![0.25, 0.75], items.clone(), 1e-12);
        let mut chosen = std::collections::BTreeSet::new();
        for step in 0..400 {
            let (angle, length) = (f64::from(step % 40) * 0.04, f64::from(step / 40) * 0.151);
            let profile = [length * libm::cos(angle), length * libm::sin(angle)];
            let utility = |item: &ProfileItem| {
                let [a, b] = [item.tasks[0].precision, item.tasks[1].precision];
                0.25 * profile[0] * a + 0.75 * profile[1] * b - item.payment
            };
            let best = items.iter().map(utility).fold(0.0, f64::max);
            let choice = menu.choose(&profile);
            assert!((choice.utility - best).abs() < 1e-14);
            assert_eq!(choice.item.is_some(), best > 0.0);
            chosen.extend(choice.item);
        }
        assert!(chosen.len() > 12, "{chosen:?}");
    }

    #[test]
    fn cells_are_covered_from_the_left() {
        let (cells, expected) = ([0.1, 0.5, 1.0], |values: [f64; 3]| values.to_vec());
        assert_eq!(value_on_cells(&cells, 3.0, 0.0), expected([0.0; 3]));
        assert_eq!(value_on_cells(&cells, 3.0, 0.1), expected([3.0, 0.0, 0.0]));
        assert_eq!(value_on_cells(&cells, 3.0, 0.75), expected([3.0, 3.0, 1.5]));
        assert_eq!(value_on_cells(&cells, 3.0, 1.0), expected([3.0; 3]));
    }

    #[test]
    fn ties_go_to_her_own_item_else_to_the_most_profitable() {
        // Both are worth 1 to (1, 1) and to (0.9, 1.1); nothing is worth as much as either to (0.5, 0.5).
        let items = vec![item([1.0, 1.0], [2.0, 2.0], 1.0), item([9.0, 9.0], [3.0, 3.0], 2.0)];
        for reversed in [false, true] {
            let mut items = items.clone();
            if reversed {
                items.reverse();
            }
            let menu = ProfileMenu::new(&technology(), vec![0.5, 0.5], items, 1e-12);
            let (own, dear) = if reversed { (1, 0) } else { (0, 1) };
            assert_eq!(menu.choose(&[1.0, 1.0]).item, Some(own));
            assert_eq!(menu.choose(&[0.9, 1.1]).item, Some(dear));
            assert_eq!(menu.choose(&[0.5, 0.5]).item, Some(own));
            assert_eq!(menu.choose(&[0.49, 0.5]).item, None);
        }
    }
}
