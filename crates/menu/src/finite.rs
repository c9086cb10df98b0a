//! The optimal token allocations for finitely many types with any profiles of values.

use model::belief::Environment;
use model::menu::{Certificate, Expected, Offer, ProfileItem, ProfileMenu, TaskItem};
use model::technology::{ProfileUse, Technology};
use model::tolerance::{CERTIFICATE, NOTHING};

use crate::certificate::max_or_nan;
use crate::representatives::{distinct, representatives};
use crate::{DesignError, Designed, binary, programme};

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

    /// Whether the type buys: an item worth next to nothing to her is nothing.
    fn is_served(&self, environment: &Environment, item: usize, first_best: f64) -> bool {
        self.gross_value(environment, item, item) > NOTHING * first_best
    }

    fn expected(&self, technology: &Technology, environment: &Environment, first_best: f64) -> Expected {
        let mut expected = Expected::default();
        for (item, probability) in environment.probabilities.iter().enumerate() {
            if !self.is_served(environment, item, first_best) {
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

    /// The items that are something, as buyers see them.
    fn posted(&self, technology: &Technology, environment: &Environment, first_best: f64) -> ProfileMenu {
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
            }
        };
        let served = (0..self.items.len()).filter(|item| self.is_served(environment, *item, first_best));
        let tie = CERTIFICATE * first_best;
        ProfileMenu::new(technology, environment.masses.clone(), served.map(post).collect(), tie)
    }
}

/// The menu and the bound that the convex programme finds.
fn by_programme(technology: &Technology, environment: &Environment) -> Result<FiniteMenu, DesignError> {
    let solved = programme::solve(technology, environment)?;
    let n_tasks = environment.n_tasks();
    let item = |kind: usize| {
        let tasks = kind * n_tasks..(kind + 1) * n_tasks;
        Allotment {
            virtual_values: Vec::new(),
            spends: solved.spends[tasks.clone()].to_vec(),
            precisions: solved.precisions[tasks].to_vec(),
            fine_tuning: solved.fine_tuning[kind],
            utility: solved.utilities[kind],
        }
    };
    Ok(FiniteMenu {
        items: (0..environment.n_types()).map(item).collect(),
        bound: solved.bound,
        parameters: vec![("constraints", solved.constraints as f64), ("rounds", solved.rounds as f64)],
    })
}

/// The optimal allocations for a finite environment: in closed form for two types, by convex programming for more, each with
/// a bound by duality.
///
/// An environment of more than `types` types is represented by as many: the menu, and its certificate, are optimal for
/// those. It is posted with the share of its profit given away that earns most from all types of the environment, and
/// expected to earn what it earns from them.
///
/// # Errors
/// The program cannot be solved.
pub(crate) fn allocations(
    technology: &Technology,
    environment: &Environment,
    types: usize,
) -> Result<Designed, DesignError> {
    let all = distinct(environment);
    let few = representatives(&all, types);
    let represented = (few.n_types() < all.n_types()).then_some(&all);
    let (menu, designed) = for_types(technology, &few, represented)?;
    Ok(designed.into_designed(Offer::Profiles(menu)))
}

/// What is known of a menu of profiles but for the menu.
pub(crate) struct ForTypes {
    expected: Expected,
    parameters: Vec<(&'static str, f64)>,
    certificate: Certificate,
}

impl ForTypes {
    /// Adds named numbers that describe the menu.
    pub(crate) fn describe(&mut self, parameters: &[(&'static str, f64)]) {
        self.parameters.extend_from_slice(parameters);
    }

    pub(crate) fn into_designed(self, offer: Offer) -> Designed {
        let Self { expected, parameters, certificate } = self;
        Designed { offer, expected, parameters, certificate }
    }
}

/// The optimal menu for distinct types, posted to those or to all types they represent.
///
/// # Errors
/// The program cannot be solved.
pub(crate) fn for_types(
    technology: &Technology,
    few: &Environment,
    represented: Option<&Environment>,
) -> Result<(ProfileMenu, ForTypes), DesignError> {
    let menu = match few.n_types() {
        1 | 2 => binary::solve(technology, few),
        _ => by_programme(technology, few)?,
    };
    let first_best = first_best(technology, few);
    let found = menu.audit(technology, few);
    let certificate = Certificate {
        ic_violation: Some(found.ic_violation),
        ir_violation: Some(found.ir_violation),
        duality_gap: Some(if menu.bound > 0.0 { (menu.bound - found.profit) / menu.bound } else { 0.0 }),
        gap_to_first_best: first_best - found.profit,
        ..Certificate::benchmark()
    }
    .judged(first_best);
    let posted = menu.posted(technology, few, first_best);
    let mut parameters = menu.parameters.clone();
    parameters.extend([("items", posted.items().len() as f64), ("types", few.n_types() as f64)]);
    let Some(all) = represented else {
        let expected = menu.expected(technology, few, first_best);
        return Ok((posted, ForTypes { expected, parameters, certificate }));
    };
    let share = best_shared_profit(technology, &posted, all);
    let posted = posted.with_profit_shared(technology, share);
    let expected = faced(technology, &posted, all);
    parameters.extend([
        ("profit_shared", share),
        ("profit_from_types", found.profit),
        ("represented", all.n_types() as f64),
    ]);
    Ok((posted, ForTypes { expected, parameters, certificate }))
}

/// Σ_k f_k Π(w_k).
fn first_best(technology: &Technology, environment: &Environment) -> f64 {
    let surplus =
        |kind: usize| technology.profile_use(&environment.masses, environment.profile(kind)).surplus;
    (0..environment.n_types()).map(|kind| environment.probabilities[kind] * surplus(kind)).sum()
}

/// The outcome of a menu that all types of an environment choose from.
fn faced(technology: &Technology, menu: &ProfileMenu, environment: &Environment) -> Expected {
    let mut expected = Expected::default();
    for (kind, probability) in environment.probabilities.iter().enumerate() {
        let choice = menu.choose(environment.profile(kind));
        let share = |holds: bool| if holds { *probability } else { 0.0 };
        expected.revenue += probability * choice.payment;
        expected.cost += probability * technology.cost(choice.spend, choice.fine_tuning);
        expected.consumer_surplus += probability * choice.utility;
        expected.served_share += share(choice.item.is_some());
        expected.fine_tuned_share += share(choice.fine_tuning > 0.0);
    }
    expected.profit = expected.revenue - expected.cost;
    expected
}

/// The share of its profit, in hundredths, that a menu had best give away, by twentieths first.
fn best_shared_profit(technology: &Technology, menu: &ProfileMenu, environment: &Environment) -> f64 {
    let profit = |hundredths: i32| {
        let shared = menu.with_profit_shared(technology, 0.01 * f64::from(hundredths));
        faced(technology, &shared, environment).profit
    };
    let best = |candidates: &mut dyn Iterator<Item = i32>| {
        let valued = candidates.map(|hundredths| (hundredths, profit(hundredths)));
        valued.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(hundredths, _)| hundredths)
    };
    let near = best(&mut (0..20).map(|twentieths| 5 * twentieths));
    0.01 * f64::from(best(&mut ((near - 4).max(0)..=near + 4)))
}
