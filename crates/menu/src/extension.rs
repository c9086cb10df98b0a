//! From an optimal menu for a few types to a menu for all whom they represent.

use model::belief::Environment;
use model::choice::{Buyer, Choice};
use model::index::ces_index;
use model::menu::{Expected, Item, Offer, ProfileItem, ProfileMenu, TaskItem};
use model::technology::Technology;

use crate::packages::packages;
use crate::repricing::Trades;
use crate::tiers::tiers;
use crate::{Seller, finite};

/// Packages among the items that a menu may post.
const MOST_PACKAGES: usize = 64;
/// Values of items to buyers that payments are improved on.
const MOST_TRADES: usize = 1 << 22;
/// Standard errors by which items must beat the packages on buyers they are not priced for.
const ERRORS: f64 = 2.0;

/// The buyers a menu is made for, decided on, and expected to earn from: parts of a sample, or three times a law.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) design: Environment,
    pub(crate) decision: Environment,
    pub(crate) expectation: Environment,
}

impl Split {
    /// The first half of a sample, its third and its last quarter; all of a law.
    pub(crate) fn of(environment: &Environment) -> Self {
        let types = environment.n_types();
        let part = |from: usize, to: usize| {
            if !environment.sampled || types < 4 {
                return environment.clone();
            }
            part_of(environment, from * types / 4..to * types / 4)
        };
        Self { design: part(0, 2), decision: part(2, 3), expectation: part(3, 4) }
    }
}

/// Some types of an environment, their probabilities scaled to sum to one.
fn part_of(environment: &Environment, kinds: impl Iterator<Item = usize> + Clone) -> Environment {
    let total: f64 = kinds.clone().map(|kind| environment.probabilities[kind]).sum();
    Environment {
        masses: environment.masses.clone(),
        probabilities: kinds.clone().map(|kind| environment.probabilities[kind] / total).collect(),
        values: kinds.flat_map(|kind| environment.profile(kind).to_vec()).collect(),
        sampled: environment.sampled,
    }
}

/// A menu for all buyers, with what it is expected to earn.
#[derive(Debug)]
pub(crate) struct Extended {
    /// The items, or, where they do not beat the seller's packages, none: then those are posted.
    pub(crate) menu: Option<ProfileMenu>,
    pub(crate) expected: Expected,
    pub(crate) parameters: Vec<(&'static str, f64)>,
}

/// Extends the items of representatives to all buyers.
///
/// Every item is offered as it is and as a budget whose tokens its buyer may move between tasks, at rates w_i/ω_i at which her
/// type does not want to; so are the optimal packages, budgets at equal rates. Which of them are posted, and their payments, is
/// then chosen to earn most from the buyers of `split.design`. From those of `split.decision` the result must earn more than the
/// packages alone, by two standard errors if they are a sample.
///
/// # Errors
/// None of its own: packages can always be posted.
pub(crate) fn extend(seller: &Seller, items: &[ProfileItem], split: &Split, tie: f64) -> Extended {
    let technology = seller.technology;
    let Offer::Packages(optimal) = packages(seller).offer else { unreachable!("packages are packages") };
    let few =
        if optimal.items().len() <= MOST_PACKAGES { optimal.items().to_vec() } else { tiers_of(seller) };
    let masses = &split.design.masses;
    let budgets = few.iter().map(|item| as_budget(item, masses.len()));
    let free = items.iter().map(|item| ProfileItem { free: true, ..item.clone() });
    let candidates: Vec<ProfileItem> = budgets.chain(free).chain(items.iter().cloned()).collect();
    let menu = posted(technology, candidates, few.len(), &split.design, tie);
    let packages = Offer::Packages(optimal);
    let by_package = |profile: &[f64]| {
        let index = ces_index(profile, masses, technology.sigma());
        packages.choose(technology, &Buyer::of_index(technology, index))
    };
    let (gain, error) = paired(technology, &split.decision, |profile| menu.choose(profile), by_package);
    let beats = gain > if split.decision.sampled { ERRORS * error } else { 0.0 };
    let expected = if beats {
        finite::faced(technology, &split.expectation, |profile| menu.choose(profile))
    } else {
        finite::faced(technology, &split.expectation, by_package)
    };
    let mut parameters = vec![
        ("gain_over_packages", gain),
        ("gain_over_packages_se", error),
        ("packages_posted", if beats { 0.0 } else { 1.0 }),
    ];
    if beats {
        parameters.push(("items", menu.items().len() as f64));
    }
    Extended { menu: beats.then_some(menu), expected, parameters }
}

/// The best [`MOST_PACKAGES`] packages.
fn tiers_of(seller: &Seller) -> Vec<Item> {
    let Offer::Packages(few) = tiers(seller, MOST_PACKAGES).offer else { unreachable!("tiers are packages") };
    few.items().to_vec()
}

/// A package as a budget, for a type who values all tasks as much.
fn as_budget(item: &Item, n_tasks: usize) -> ProfileItem {
    let task = TaskItem {
        value: item.threshold,
        virtual_value: Some(item.virtual_value),
        spend: item.spend,
        precision: item.precision,
    };
    let Item { fine_tuning, payment, utility, .. } = *item;
    ProfileItem { tasks: vec![task; n_tasks], fine_tuning, payment, utility, free: true }
}

/// The candidates worth posting, at the payments that earn most from these buyers, found from the first `started` on.
fn posted(
    technology: &Technology,
    candidates: Vec<ProfileItem>,
    started: usize,
    buyers: &Environment,
    tie: f64,
) -> ProfileMenu {
    let stride = (candidates.len() * buyers.n_types()).div_ceil(MOST_TRADES);
    let buyers = part_of(buyers, (0..buyers.n_types()).step_by(stride.max(1)));
    let menu = ProfileMenu::new(technology, buyers.masses.clone(), candidates.clone(), tie);
    // The menu puts fixed items first: the candidates in its order.
    let order = |item: &ProfileItem| candidates[..started].iter().any(|budget| budget == item);
    let start = menu.items().iter().map(|item| if order(item) { item.payment } else { f64::INFINITY });
    let start: Vec<f64> = start.collect();
    let trades = Trades::of(technology, &menu, &buyers);
    let payments = trades.improved(start);
    let repriced = menu.items().iter().zip(payments).filter(|(_, payment)| payment.is_finite());
    let items = repriced.map(|(item, payment)| ProfileItem {
        payment,
        utility: item.utility + item.payment - payment,
        ..item.clone()
    });
    ProfileMenu::new(technology, buyers.masses.clone(), items.collect(), tie)
}

impl Trades {
    /// All items of a menu with all types of an environment.
    fn of(technology: &Technology, menu: &ProfileMenu, buyers: &Environment) -> Self {
        let taken = |item: usize| -> (Vec<f64>, Vec<f64>) {
            (0..buyers.n_types())
                .map(|kind| menu.take(item, buyers.profile(kind)))
                .map(|choice| (choice.gross_value, technology.cost(choice.spend, choice.fine_tuning)))
                .unzip()
        };
        let (values, costs) = (0..menu.items().len()).map(taken).unzip();
        Self { values, costs, weights: buyers.probabilities.clone() }
    }
}

/// The mean profit of one way to choose less that of another from the same buyers, and its standard error, in $.
fn paired(
    technology: &Technology,
    buyers: &Environment,
    one: impl Fn(&[f64]) -> Choice,
    other: impl Fn(&[f64]) -> Choice,
) -> (f64, f64) {
    let earned = |choice: Choice| choice.payment - technology.cost(choice.spend, choice.fine_tuning);
    let differences: Vec<f64> = (0..buyers.n_types())
        .map(|kind| earned(one(buyers.profile(kind))) - earned(other(buyers.profile(kind))))
        .collect();
    let mean: f64 = buyers.probabilities.iter().zip(&differences).map(|(f, difference)| f * difference).sum();
    let squares = buyers.probabilities.iter().zip(&differences).map(|(f, d)| f * f * (d - mean) * (d - mean));
    (mean, squares.sum::<f64>().sqrt())
}
