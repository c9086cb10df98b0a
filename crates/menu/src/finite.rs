//! The optimal token allocations for finitely many types with any profiles of values.

use model::belief::Environment;
use model::choice::Choice;
use model::menu::{Certificate, Expected, Offer, ProfileItem, ProfileMenu, TaskItem};
use model::technology::{ProfileUse, Technology};
use model::tolerance::{CERTIFICATE, NOTHING};

use crate::certificate::max_or_nan;
use crate::extension::{Extended, Split, extend};
use crate::representatives::{distinct, representatives};
use crate::{DesignError, Designed, Seller, binary, packages, programme};

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
    fn without_crumbs(self, technology: &Technology, environment: &Environment, first_best: f64) -> Self {
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

    fn expected(&self, technology: &Technology, environment: &Environment) -> Expected {
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
                free: false,
            }
        };
        let served = (0..self.items.len()).filter(|item| self.gross_value(environment, *item, *item) > 0.0);
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
            virtual_values: solved.virtual_values[tasks.clone()].to_vec(),
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
/// An environment of more than `types` types, and a sample without repetitions, is represented by as many: the menu, and its
/// certificate, are optimal for those, and extended to all by [`extend`].
///
/// # Errors
/// The program cannot be solved.
pub(crate) fn allocations(
    seller: &Seller,
    environment: &Environment,
    types: usize,
) -> Result<Designed, DesignError> {
    let all = distinct(environment);
    let exact = all.n_types() <= types && !(environment.sampled && all.n_types() == environment.n_types());
    if exact {
        return Ok(for_types(seller.technology, &all)?.into_designed(seller, Offer::Profiles));
    }
    let split = Split::of(environment);
    let design = distinct(&split.design);
    let designed = for_represented(seller, types, |types| representatives(&design, types), &split)?;
    Ok(designed.into_designed(seller, Offer::Profiles))
}

/// A menu of profiles with what is known of it.
pub(crate) struct ForTypes {
    /// `None`: the seller's packages are posted.
    menu: Option<ProfileMenu>,
    expected: Expected,
    parameters: Vec<(&'static str, f64)>,
    certificate: Certificate,
}

impl ForTypes {
    /// Adds named numbers that describe the menu.
    pub(crate) fn describe(&mut self, parameters: &[(&'static str, f64)]) {
        self.parameters.extend_from_slice(parameters);
    }

    pub(crate) fn into_designed(self, seller: &Seller, offer: impl Fn(ProfileMenu) -> Offer) -> Designed {
        let Self { menu, expected, parameters, certificate } = self;
        let offer = menu.map_or_else(|| packages::packages(seller).offer, offer);
        Designed { offer, expected, parameters, certificate }
    }
}

/// The optimal menu for distinct types.
///
/// # Errors
/// The program cannot be solved.
pub(crate) fn for_types(technology: &Technology, types: &Environment) -> Result<ForTypes, DesignError> {
    let menu = match types.n_types() {
        1 | 2 => binary::solve(technology, types),
        _ => by_programme(technology, types)?,
    };
    Ok(audited(technology, types, menu))
}

/// A menu for types with its certificate.
pub(crate) fn audited(technology: &Technology, types: &Environment, menu: FiniteMenu) -> ForTypes {
    let first_best = first_best(technology, types);
    let menu = menu.without_crumbs(technology, types, first_best);
    let found = menu.audit(technology, types);
    let certificate = Certificate {
        ic_violation: Some(found.ic_violation),
        ir_violation: Some(found.ir_violation),
        duality_gap: Some(if menu.bound > 0.0 { (menu.bound - found.profit) / menu.bound } else { 0.0 }),
        gap_to_first_best: first_best - found.profit,
        ..Certificate::benchmark()
    }
    .judged(first_best);
    let expected = menu.expected(technology, types);
    let mut parameters = menu.parameters.clone();
    let posted = menu.posted(technology, types, first_best);
    parameters.extend([("items", posted.items().len() as f64), ("types", types.n_types() as f64)]);
    ForTypes { menu: Some(posted), expected, parameters, certificate }
}

/// The optimal menu for about `types` representatives, extended to the buyers they represent.
///
/// `few` gives the representatives. Where the menu for those cannot be certified, half as many are taken.
///
/// # Errors
/// The program cannot be solved for [`FEWEST_TYPES`] either.
pub(crate) fn for_represented(
    seller: &Seller,
    types: usize,
    few: impl Fn(usize) -> Environment,
    split: &Split,
) -> Result<ForTypes, DesignError> {
    let represented = few(types);
    let solved = match for_types(seller.technology, &represented) {
        Err(DesignError::NotCertified { .. }) if types >= 2 * FEWEST_TYPES => {
            return for_represented(seller, types / 2, few, split);
        }
        solved => solved?,
    };
    let items = solved.menu.as_ref().map_or(&[][..], |menu| menu.items());
    let tie = CERTIFICATE * first_best(seller.technology, &represented);
    let extended = extend(seller, items, split, tie);
    let mut parameters = solved.parameters;
    parameters.retain(|(name, _)| *name != "items");
    parameters.extend_from_slice(&extended.parameters);
    parameters.extend([
        ("profit_from_types", solved.expected.profit),
        ("represented", split.design.n_types() as f64),
    ]);
    let Extended { menu, expected, .. } = extended;
    Ok(ForTypes { menu, expected, parameters, certificate: solved.certificate })
}

/// Representatives below which halving them is no remedy.
const FEWEST_TYPES: usize = 4;

/// Σ_k f_k Π(w_k).
fn first_best(technology: &Technology, environment: &Environment) -> f64 {
    let surplus =
        |kind: usize| technology.profile_use(&environment.masses, environment.profile(kind)).surplus;
    (0..environment.n_types()).map(|kind| environment.probabilities[kind] * surplus(kind)).sum()
}

/// The outcome when all types of an environment choose.
pub(crate) fn faced(
    technology: &Technology,
    environment: &Environment,
    choose: impl Fn(&[f64]) -> Choice,
) -> Expected {
    let mut expected = Expected::default();
    for (kind, probability) in environment.probabilities.iter().enumerate() {
        let choice = choose(environment.profile(kind));
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
