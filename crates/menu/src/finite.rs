//! The optimal token allocations for finitely many types with any profiles of values.

mod menu;

use model::belief::Environment;
use model::choice::Choice;
use model::menu::{Certificate, Expected, Offer, ProfileMenu};
use model::technology::Technology;
use model::tolerance::CERTIFICATE;

use crate::extension::{Extended, Split, extend};
use crate::representatives::{distinct, representatives};
use crate::{DesignError, Designed, Seller, binary, packages, programme};
pub(crate) use menu::{Allotment, FiniteMenu};

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
