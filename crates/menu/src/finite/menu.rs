//! The menu of a finite environment: an item for each type, every constraint checked one by one, and what is posted of it.

use model::belief::Environment;
use model::menu::{Expected, ProfileItem, ProfileMenu, TaskItem};
use model::technology::{ProfileUse, Technology};
use model::tolerance::{CERTIFICATE, NOTHING};

use crate::certificate::max_or_nan;

/// What one type is allotted.
#[derive(Debug, Clone)]
pub(crate) struct Allotment {
    /// ω_i of each of the M tasks where known, else empty.
    pub(crate) virtual_values: Vec<f64>,
    /// e_i in $ per unit of mass.
    pub(crate) spends: Vec<f64>,
    /// v_i.
    pub(crate) precisions: Vec<f64>,
    /// z in Mtok.
    pub(crate) fine_tuning: f64,
    /// U in $.
    pub(crate) utility: f64,
}

impl Allotment {
    /// The use that is efficient for these virtual values.
    pub(crate) fn of_use(used: ProfileUse, virtual_values: Vec<f64>, utility: f64) -> Self {
        let ProfileUse { spends, precisions, fine_tuning, .. } = used;
        Self { virtual_values, spends, precisions, fine_tuning, utility }
    }

    /// Neither tokens nor tuning.
    pub(crate) fn nothing(n_tasks: usize) -> Self {
        let none = vec![0.0; n_tasks];
        Self {
            virtual_values: Vec::new(),
            spends: none.clone(),
            precisions: none,
            fine_tuning: 0.0,
            utility: 0.0,
        }
    }
}

/// A menu with an item for each type of a finite environment.
#[derive(Debug, Clone)]
pub(crate) struct FiniteMenu {
    /// One per type.
    pub(crate) items: Vec<Allotment>,
    /// A bound on the profit of every menu, in $ per buyer.
    pub(crate) bound: f64,
    /// Named numbers that describe the menu.
    pub(crate) parameters: Vec<(&'static str, f64)>,
}

/// Every constraint of a finite menu, checked one by one, and what it earns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FiniteAudit {
    /// Largest gain of any type from another type's item, in $.
    pub(crate) ic_violation: f64,
    /// Largest loss of any type from her own item, in $.
    pub(crate) ir_violation: f64,
    /// Σ f_k (t_k - cost), in $ per buyer.
    pub(crate) profit: f64,
}

impl FiniteMenu {
    /// Σ_i μ_i w_ji v_ki: what type `kind` gets from the item of type `item`, in $.
    fn gross_value(&self, environment: &Environment, kind: usize, item: usize) -> f64 {
        let values = environment.masses.iter().zip(environment.profile(kind));
        values
            .zip(&self.items[item].precisions)
            .map(|((mass, value), precision)| mass * value * precision)
            .sum()
    }

    fn payment(&self, environment: &Environment, item: usize) -> f64 {
        self.gross_value(environment, item, item) - self.items[item].utility
    }

    fn spend(&self, environment: &Environment, item: usize) -> f64 {
        environment.masses.iter().zip(&self.items[item].spends).map(|(mass, spend)| mass * spend).sum()
    }

    /// Checks all types against all items and nothing; the cost is that of precisions the tokens do reach.
    pub(crate) fn audit(&self, technology: &Technology, environment: &Environment) -> FiniteAudit {
        let count = environment.n_types();
        let payments: Vec<f64> = (0..count).map(|item| self.payment(environment, item)).collect();
        let mut found = FiniteAudit { ic_violation: 0.0, ir_violation: 0.0, profit: 0.0 };
        for kind in 0..count {
            let own = self.gross_value(environment, kind, kind) - payments[kind];
            found.ir_violation = max_or_nan(found.ir_violation, -own);
            for (item, payment) in payments.iter().enumerate() {
                let gain = self.gross_value(environment, kind, item) - payment - own;
                found.ic_violation = max_or_nan(found.ic_violation, gain);
            }
            let cost = technology.cost(self.spend(environment, kind), self.items[kind].fine_tuning);
            found.profit += environment.probabilities[kind] * (payments[kind] - cost);
        }
        found
    }

    /// The menu without items that are next to nothing: their types take what they then like best, another item or nothing.
    ///
    /// What an interior-point solver leaves of an excluded type is not worth posting. It is left out before the menu is audited,
    /// so that the certificate is that of the menu posted.
    pub(super) fn without_crumbs(
        self,
        technology: &Technology,
        environment: &Environment,
        first_best: f64,
    ) -> Self {
        let kept: Vec<usize> = (0..self.items.len())
            .filter(|item| self.gross_value(environment, *item, *item) > NOTHING * first_best)
            .collect();
        let payments: Vec<f64> = kept.iter().map(|item| self.payment(environment, *item)).collect();
        let cost = |item: usize| technology.cost(self.spend(environment, item), self.items[item].fine_tuning);
        let profits: Vec<f64> =
            kept.iter().zip(&payments).map(|(item, payment)| payment - cost(*item)).collect();
        let next = |kind: usize| {
            if kept.binary_search(&kind).is_ok() {
                return self.items[kind].clone();
            }
            let mut best = (Allotment::nothing(environment.n_tasks()), 0.0);
            for (position, item) in kept.iter().enumerate() {
                let utility = self.gross_value(environment, kind, *item) - payments[position];
                let rounding = CERTIFICATE * first_best;
                if utility > best.0.utility + rounding
                    || (utility > best.0.utility && profits[position] > best.1)
                {
                    best = (Allotment { utility, ..self.items[*item].clone() }, profits[position]);
                }
            }
            best.0
        };
        Self { items: (0..self.items.len()).map(next).collect(), ..self }
    }

    pub(super) fn expected(&self, technology: &Technology, environment: &Environment) -> Expected {
        let mut expected = Expected::default();
        for (item, probability) in environment.probabilities.iter().enumerate() {
            if self.gross_value(environment, item, item) <= 0.0 {
                continue;
            }
            let fine_tuning = self.items[item].fine_tuning;
            expected.revenue += probability * self.payment(environment, item);
            expected.cost += probability * technology.cost(self.spend(environment, item), fine_tuning);
            expected.consumer_surplus += probability * self.items[item].utility;
            expected.served_share += probability;
            expected.fine_tuned_share += if fine_tuning > 0.0 { *probability } else { 0.0 };
        }
        expected.profit = expected.revenue - expected.cost;
        expected
    }

    /// The items as buyers see them.
    pub(super) fn posted(
        &self,
        technology: &Technology,
        environment: &Environment,
        first_best: f64,
    ) -> ProfileMenu {
        let post = |number: usize| {
            let item = &self.items[number];
            let task = |i: usize| TaskItem {
                value: environment.profile(number)[i],
                virtual_value: item.virtual_values.get(i).copied(),
                spend: item.spends[i],
                precision: item.precisions[i],
            };
            ProfileItem {
                tasks: (0..environment.n_tasks()).map(task).collect(),
                fine_tuning: item.fine_tuning,
                payment: self.payment(environment, number),
                utility: item.utility,
                free: false,
            }
        };
        let served = (0..self.items.len()).filter(|item| self.gross_value(environment, *item, *item) > 0.0);
        let tie = CERTIFICATE * first_best;
        ProfileMenu::new(technology, environment.masses.clone(), served.map(post).collect(), tie)
    }
}
