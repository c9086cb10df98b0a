//! Budgets that buyers spread over tasks at rates of the item's own.

use super::ProfileItem;
use super::lanes::{LANES, Lanes};
use crate::technology::Technology;

/// Items whose tokens buyers move between tasks.
///
/// ```text
/// value_k(w) = w_max unit_k ( Σ_i α'_ki x_i )^{1-σ},   x_i = (w_i/w_max)^{1/(1-σ)},
/// spend_k(w) = Σ_i μ_i e_ki (α'_ki/α_ki) x_i / Σ_i α'_ki x_i
/// ```
/// unit_k is the largest V_k α_ki^{1-σ} / w_ki, α'_ki is that of task i relative to it to the power 1/(1-σ): at most one, so
/// that nothing overflows.
#[derive(Debug, Clone)]
pub(super) struct FreeItems {
    /// 1-σ.
    complement: f64,
    /// α' with payments.
    weights: Lanes,
    units: Vec<f64>,
    /// μ_i e_ki α'_ki / α_ki in $, item by item, task by task.
    spends: Vec<f64>,
    n_tasks: usize,
}

impl FreeItems {
    pub(super) fn new(technology: &Technology, masses: &[f64], items: &[ProfileItem]) -> Self {
        let complement = 1.0 - technology.sigma();
        let (mut units, mut spends, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            let values: Vec<f64> = masses
                .iter()
                .zip(&item.tasks)
                .map(|(mass, task)| mass * task.value * task.precision)
                .collect();
            let total: f64 = values.iter().sum();
            let reach = |(value, task): (&f64, &super::TaskItem)| {
                if *value > 0.0 { total * libm::pow(value / total, complement) / task.value } else { 0.0 }
            };
            let reaches: Vec<f64> = values.iter().zip(&item.tasks).map(reach).collect();
            let unit = reaches.iter().copied().fold(0.0, f64::max);
            let own: Vec<f64> = reaches
                .iter()
                .map(|reach| if *reach > 0.0 { libm::pow(reach / unit, 1.0 / complement) } else { 0.0 })
                .collect();
            spends.extend((0..masses.len()).map(|i| {
                if own[i] > 0.0 { masses[i] * item.tasks[i].spend * own[i] * total / values[i] } else { 0.0 }
            }));
            units.push(unit);
            weights.push((own, item.payment));
        }
        let n_tasks = masses.len();
        Self { complement, weights: Lanes::new(n_tasks, weights.into_iter()), units, spends, n_tasks }
    }

    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// x of a profile with this largest value.
    pub(super) fn powers(&self, profile: &[f64], largest: f64) -> Vec<f64> {
        let power = 1.0 / self.complement;
        let relative = |value: &f64| if *value > 0.0 { libm::pow(value / largest, power) } else { 0.0 };
        profile.iter().map(relative).collect()
    }

    /// Calls `compare` with every item's number and utility.
    #[inline]
    pub(super) fn for_each_utility(&self, powers: &[f64], largest: f64, mut compare: impl FnMut(usize, f64)) {
        for block in 0..self.weights.blocks() {
            let sums = self.weights.sums(block, powers);
            for (lane, payment) in self.weights.payments(block).iter().enumerate() {
                if let Some(unit) = self.units.get(block * LANES + lane) {
                    let value = largest * unit * libm::pow(sums[lane], self.complement);
                    compare(block * LANES + lane, value - payment);
                }
            }
        }
    }

    /// Gross value and spend in $ of the buyer who takes an item.
    pub(super) fn taken(&self, item: usize, powers: &[f64], largest: f64) -> (f64, f64) {
        let sum = self.weights.sums(item / LANES, powers)[item % LANES];
        if !(sum > 0.0) {
            return (0.0, 0.0);
        }
        let own = &self.spends[item * self.n_tasks..(item + 1) * self.n_tasks];
        let spend: f64 = own.iter().zip(powers).map(|(spend, power)| spend * power).sum();
        (largest * self.units[item] * libm::pow(sum, self.complement), spend / sum)
    }
}

#[cfg(test)]
mod tests {
    use crate::menu::{ProfileItem, ProfileMenu, TaskItem};
    use crate::technology::{Aggregator, Technology, TechnologyConfig, TokenClass};

    const SIGMA: f64 = 0.4;

    fn technology() -> Technology {
        Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 1.0,
            tokens: vec![TokenClass { class: "all".into(), exponent: SIGMA, cost: 0.5 }],
            fine_tuning: None,
        })
        .unwrap()
    }

    fn item(values: [f64; 3], spends: [f64; 3]) -> ProfileItem {
        let task = |i: usize| TaskItem {
            value: values[i],
            virtual_value: None,
            spend: spends[i],
            precision: technology().package_precision(spends[i], 0.0),
        };
        ProfileItem {
            tasks: [0, 1, 2].map(task).to_vec(),
            fine_tuning: 0.0,
            payment: 0.1,
            utility: 0.0,
            free: true,
        }
    }

    /// Against the buyer's problem itself: no feasible move of tokens between two tasks is better, the budget is spent to the
    /// last dollar, and the type the item is meant for uses it as written.
    #[test]
    fn buyers_spread_the_budget_best() {
        let (masses, values, spends) = ([0.2, 0.5, 0.3], [1.0, 2.0, 0.0], [0.3, 0.4, 0.0]);
        let menu = ProfileMenu::new(&technology(), masses.to_vec(), vec![item(values, spends)], 0.0);
        let own = menu.take(0, &values);
        let use_of_own: f64 = (0..3).map(|i| masses[i] * spends[i]).sum();
        let worth: f64 =
            (0..3).map(|i| masses[i] * values[i] * technology().package_precision(spends[i], 0.0)).sum();
        assert!((own.spend - use_of_own).abs() < 1e-15 && (own.gross_value - worth).abs() < 1e-15, "{own:?}");
        let rates = [0, 1].map(|i| values[i] * libm::pow(spends[i], SIGMA - 1.0));
        let budget: f64 = (0..2).map(|i| masses[i] * rates[i] * spends[i]).sum();
        for profile in [[1.0, 2.0, 5.0], [3.0, 0.5, 0.0], [0.0, 0.7, 1.0], [1e-9, 1.0, 1.0]] {
            let taken = menu.take(0, &profile);
            let mut best = (0.0, 0.0);
            for step in 0..=100_000 {
                let first = f64::from(step) / 1e5 * budget / (masses[0] * rates[0]);
                let second = (budget - masses[0] * rates[0] * first) / (masses[1] * rates[1]);
                let value = [(0, first), (1, second.max(0.0))]
                    .map(|(i, spend)| masses[i] * profile[i] * technology().package_precision(spend, 0.0));
                if value[0] + value[1] > best.0 {
                    best = (value[0] + value[1], masses[0] * first + masses[1] * second);
                }
            }
            assert!(best.0 <= taken.gross_value * (1.0 + 1e-12), "{best:?} {taken:?}");
            assert!((taken.gross_value / best.0 - 1.0).abs() < 1e-6, "{best:?} {taken:?}");
            assert!((taken.spend / best.1 - 1.0).abs() < 1e-3, "{best:?} {taken:?}");
        }
        assert_eq!(menu.take(0, &[0.0, 0.0, 1.0]).gross_value, 0.0);
    }

    /// At equal rates a free item is a package: its value is θ q.
    #[test]
    fn equal_rates_are_a_package() {
        let menu = ProfileMenu::new(&technology(), vec![0.2, 0.5, 0.3], vec![item([1.5; 3], [0.7; 3])], 0.0);
        let profile = [0.3, 0.0, 2.0];
        let index = crate::index::ces_index(&profile, menu.masses(), SIGMA);
        let taken = menu.take(0, &profile);
        let worth = index * technology().package_precision(0.7, 0.0);
        assert!(
            (taken.gross_value / worth - 1.0).abs() < 1e-14 && (taken.spend - 0.7).abs() < 1e-14,
            "{taken:?}"
        );
    }

    /// The same buyer as a profile and by value and scale, with a scale at the end of a cell and within one.
    #[test]
    fn cells_are_used_in_part() {
        let item = item([1.0, 0.8, 0.5], [0.3, 0.2, 0.1]);
        let menu = ProfileMenu::new(&technology(), vec![0.2, 0.5, 0.3], vec![item.clone()], 0.0);
        let on_cells = menu.clone().on_cells(vec![0.2, 0.7, 1.0]);
        let buyer = |scale| crate::choice::Buyer::of_value_scale(&technology(), 1.3, scale);
        let whole = on_cells.take_for(0, &buyer(0.7));
        assert!((whole.gross_value - menu.take(0, &[1.3, 1.3, 0.0]).gross_value).abs() < 1e-15);
        // The second cell split where her scale ends.
        let split =
            ProfileItem { tasks: vec![item.tasks[0], item.tasks[1], item.tasks[1], item.tasks[2]], ..item };
        let split = ProfileMenu::new(&technology(), vec![0.2, 0.3, 0.2, 0.3], vec![split], 0.0);
        let (part, same) = (on_cells.take_for(0, &buyer(0.5)), split.take(0, &[1.3, 1.3, 0.0, 0.0]));
        assert!((part.gross_value - same.gross_value).abs() < 1e-14, "{part:?} {same:?}");
        assert!((part.spend - same.spend).abs() < 1e-14, "{part:?} {same:?}");
    }
}
