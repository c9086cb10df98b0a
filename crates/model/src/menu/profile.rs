//! Items that fix every task: what is posted where types are profiles of values.

use std::borrow::Cow;

use crate::choice::{Buyer, Choice};
use crate::technology::Technology;

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
}

/// Items between which a buyer with profile w chooses the best.
///
/// ```text
/// argmax_k Σ_i μ_i w_i v_ki - t_k,   or nothing
/// ```
/// Every type is about indifferent between her item and those she envies. So utilities closer than `tie` count as
/// equal, and among equal items the one meant for her wins, else the most profitable.
#[derive(Debug, Clone)]
pub struct ProfileMenu {
    masses: Vec<f64>,
    /// Where the tasks are cells of [0, 1]: the upper ends of the cells.
    cells: Option<Vec<f64>>,
    items: Vec<ProfileItem>,
    spends: Vec<f64>,
    profits: Vec<f64>,
    tie: f64,
    /// μ_i v_ki in blocks of [`LANES`] items, within a block task by task, so that a block's values are found in one pass.
    weighted: Vec<f64>,
    /// t_k, infinite in the lanes beyond the last item.
    payments: Vec<f64>,
}

/// Items compared at a time: their values fit the registers.
const LANES: usize = 8;

impl ProfileMenu {
    /// A menu of items over tasks of these masses; utilities closer than `tie` (in $) count as equal.
    pub fn new(technology: &Technology, masses: Vec<f64>, items: Vec<ProfileItem>, tie: f64) -> Self {
        let n_tasks = masses.len();
        let blocks = items.len().div_ceil(LANES);
        let mut weighted = vec![0.0; blocks * n_tasks * LANES];
        let mut payments = vec![f64::INFINITY; blocks * LANES];
        for (number, item) in items.iter().enumerate() {
            payments[number] = item.payment;
            let first = number / LANES * n_tasks * LANES + number % LANES;
            for (task, (mass, cell)) in masses.iter().zip(&item.tasks).enumerate() {
                weighted[first + task * LANES] = mass * cell.precision;
            }
        }
        let spend =
            |item: &ProfileItem| masses.iter().zip(&item.tasks).map(|(mass, task)| mass * task.spend).sum();
        let spends: Vec<f64> = items.iter().map(spend).collect();
        let profits = items
            .iter()
            .zip(&spends)
            .map(|(item, spend)| item.payment - technology.cost(*spend, item.fine_tuning))
            .collect();
        Self { masses, cells: None, items, spends, profits, tie, weighted, payments }
    }

    /// μ: masses of the M tasks.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// The items, in the order of the types they are meant for.
    pub fn items(&self) -> &[ProfileItem] {
        &self.items
    }

    /// Tokens at cost of item `item`, E = Σ_i μ_i e_i, in $.
    pub fn spend(&self, item: usize) -> f64 {
        self.spends[item]
    }

    /// Aggregate precision Σ_i μ_i v_i of item `item`.
    pub fn precision(&self, item: usize) -> f64 {
        self.masses.iter().zip(&self.items[item].tasks).map(|(mass, task)| mass * task.precision).sum()
    }

    /// Σ_i μ_i w_i v_ki of the items of one block.
    #[inline]
    fn gross_values(&self, block: usize, profile: &[f64]) -> [f64; LANES] {
        let n_tasks = self.masses.len();
        let cells = &self.weighted[block * n_tasks * LANES..(block + 1) * n_tasks * LANES];
        let mut gross = [0.0; LANES];
        for (value, row) in profile.iter().zip(cells.chunks_exact(LANES)) {
            for (sum, cell) in gross.iter_mut().zip(row) {
                *sum += value * cell;
            }
        }
        gross
    }

    /// The position of the item that a buyer with this profile chooses.
    #[inline]
    fn best(&self, profile: &[f64]) -> Option<usize> {
        // Nothing is worth zero, and is chosen only where no item is worth about as much.
        let (mut best, mut chosen) = (0.0, None::<(usize, f64)>);
        for (block, payments) in self.payments.chunks_exact(LANES).enumerate() {
            let gross = self.gross_values(block, profile);
            for (lane, (gross, payment)) in gross.iter().zip(payments).enumerate() {
                let utility = gross - payment;
                if !(utility >= best - self.tie) {
                    continue;
                }
                let number = block * LANES + lane;
                best = f64::max(best, utility);
                let stays = chosen.is_some_and(|(current, reached)| {
                    reached >= best - self.tie && self.preferred(current, number, profile)
                });
                if !stays {
                    chosen = Some((number, utility));
                }
            }
        }
        chosen.map(|(number, _)| number)
    }

    /// Whether of two items worth the same `current` is chosen: it is meant for her, or is the more profitable.
    fn preferred(&self, current: usize, other: usize, profile: &[f64]) -> bool {
        let meant = |number: usize| self.items[number].tasks.iter().map(|task| &task.value).eq(profile);
        meant(current) || (!meant(other) && self.profits[current] >= self.profits[other])
    }

    /// The same items, each cheaper by a share of the seller's profit from it.
    ///
    /// Whatever buyers prefer after that, they prefer the more profitable items more than before: a menu designed for a few
    /// types keeps most of its profit from buyers that are only nearly of these types.
    ///
    /// # References
    /// K. Madarász and A. Prat, "Sellers with Misspecified Models", Review of Economic Studies 84 (2017).
    #[must_use]
    pub fn with_profit_shared(&self, technology: &Technology, share: f64) -> Self {
        let cheaper = |(item, profit): (&ProfileItem, &f64)| ProfileItem {
            payment: item.payment - share * profit,
            utility: item.utility + share * profit,
            ..item.clone()
        };
        let items = self.items.iter().zip(&self.profits).map(cheaper).collect();
        Self { cells: self.cells.clone(), ..Self::new(technology, self.masses.clone(), items, self.tie) }
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

    /// The buyer's values of the menu's tasks.
    fn profile_of<'b>(&self, buyer: &Buyer<'b>) -> Cow<'b, [f64]> {
        match &self.cells {
            Some(cells) => Cow::Owned(value_on_cells(cells, buyer.value, buyer.scale)),
            None => Cow::Borrowed(buyer.profile),
        }
    }

    #[inline]
    pub(super) fn choose_for(&self, buyer: &Buyer) -> Choice {
        self.choose(&self.profile_of(buyer))
    }

    #[inline]
    pub(super) fn take_for(&self, item: usize, buyer: &Buyer) -> Choice {
        self.take(item, &self.profile_of(buyer))
    }

    /// The item that a buyer with this profile chooses, or nothing.
    #[inline]
    pub fn choose(&self, profile: &[f64]) -> Choice {
        let choice = self.best(profile).map_or_else(Choice::default, |item| self.take(item, profile));
        // Within the tie of nothing a loss is rounding.
        if choice.utility < 0.0 {
            Choice { utility: 0.0, gross_value: choice.payment, ..choice }
        } else {
            choice
        }
    }

    /// What a buyer with this profile gets who takes item `item`.
    #[inline]
    fn take(&self, item: usize, profile: &[f64]) -> Choice {
        let gross_value = self.gross_values(item / LANES, profile)[item % LANES];
        let payment = self.payments[item];
        Choice {
            item: Some(item as u32),
            spend: self.spends[item],
            fine_tuning: self.items[item].fine_tuning,
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
        ProfileItem { tasks: vec![task(0), task(1)], fine_tuning: 0.0, payment, utility: 0.0 }
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
