//! Allocations for value-scale types whose value depends on the scale: screening on the value, scale by scale.

use model::belief::{Environment, GivenScale, ValueScaleBelief};
use model::menu::{AllocationMenu, Offer, value_on_cells};
use model::technology::Technology;
use model::tolerance::CERTIFICATE;

use super::scale_grid::{self, Joint};
use super::{Misreport, Screened, scale_violation};
use crate::expectation::expectation;
use crate::finite::{Allotment, FiniteMenu, audited};
use crate::packages::tiers_of;
use crate::revenue::RevenueCurve;
use crate::screening::Screening;
use crate::{DesignError, Designed, Seller};

/// Most types that the formula is posted for; beyond, a grid of types is solved.
const MOST_TYPES: usize = 1000;

/// One scale with its screening on the value.
struct Scale<'a> {
    given: &'a GivenScale,
    /// h = s^{1-σ}.
    scaled: f64,
    menu: AllocationMenu,
    screening: Screening,
}

impl<'a> Scale<'a> {
    fn new(technology: &Technology, given: &'a GivenScale) -> Self {
        let curve = RevenueCurve::new(technology, &given.value);
        let tiers = tiers_of(&curve, &curve.hull());
        let pairs: Vec<(f64, f64)> = tiers.iter().map(|tier| (tier.threshold, tier.virtual_value)).collect();
        Self {
            given,
            scaled: libm::pow(given.scale, 1.0 - technology.sigma()),
            menu: AllocationMenu::new(technology, &pairs),
            screening: Screening::new(&given.value, &curve),
        }
    }

    /// E[π(φ(w|s)^+ h) | s] and E[π(w h) | s].
    fn surpluses(&self, technology: &Technology) -> [f64; 2] {
        if self.scaled <= 0.0 {
            return [0.0; 2];
        }
        let kinks: Vec<f64> = technology.kinks().map(|kink| kink / self.scaled).collect();
        let served: Vec<f64> = kinks.iter().copied().chain([0.0]).collect();
        let surplus = |virtual_value: f64| [technology.surplus(virtual_value.max(0.0) * self.scaled)];
        let [optimal] = self.screening.expectation(&served, |_, virtual_value| surplus(virtual_value));
        let [first_best] = expectation(&self.given.value, kinks, surplus);
        [optimal, first_best]
    }
}

/// Screening on the value by its law given the scale.
///
/// ```text
/// type (w, s): efficient use at τ = φ(w|s)^+ h,  h = s^{1-σ},  φ(w|s) = w - (1 - F(w|s))/f(w|s)
/// U(w, s) = h ∫_0^w q(φ(r|s)^+ h) dr,   profit = E[π(φ(w|s)^+ h)]
/// ```
/// Nobody may gain from another scale, smaller or larger. Where nobody does, and types are finitely many, that is posted; else
/// it is an upper bound, and an environment of about `types` types is solved by convex programming.
///
/// # Errors
/// The program cannot be solved.
///
/// # References
/// Bergemann, Bonatti and Smolin (2025), v1, value-scale heterogeneity.
pub(super) fn allocations(
    seller: &Seller,
    belief: &ValueScaleBelief,
    types: usize,
) -> Result<Designed, DesignError> {
    let technology = seller.technology;
    let scales: Vec<Scale> = belief
        .given_scale
        .iter()
        .map(|given| Scale::new(technology, given))
        .filter(|s| s.scaled > 0.0)
        .collect();
    let [mut formula, mut first_best] = [0.0; 2];
    for scale in &scales {
        let [optimal, efficient] = scale.surpluses(technology);
        formula += scale.given.mass * optimal;
        first_best += scale.given.mass * efficient;
    }
    let worst = worst_report(seller, &scales);
    let joint = Joint::dependent(&belief.given_scale);
    let finite = belief.scale.law.is_none() && belief.value.law.is_none() && joint.len() <= MOST_TYPES;
    if worst.gain > CERTIFICATE * first_best || !finite {
        return scale_grid::allocations(seller, &joint, finite, types, (formula, worst));
    }
    let cells = scale_grid::ends(belief.given_scale.iter().map(|given| given.scale));
    let environment = joint.environment(&cells);
    let menu = FiniteMenu {
        items: items(technology, &environment, &cells, &scales),
        bound: formula,
        parameters: Vec::new(),
    };
    let designed = audited(technology, &environment, menu);
    Ok(designed.into_designed(seller, |menu| Offer::Profiles(menu.on_cells(cells.clone()))))
}

fn worst_report(seller: &Seller, scales: &[Scale]) -> Misreport {
    let levels: Vec<f64> = scales.iter().map(|scale| scale.given.scale).collect();
    scale_violation(seller, &levels, |position| {
        let Scale { given, menu, .. } = &scales[position];
        let highest = *given.value.points.nodes().last().expect("at least one point");
        Screened { menu, highest }
    })
}

/// The formula's item for every type on cells.
fn items(technology: &Technology, types: &Environment, cells: &[f64], scales: &[Scale]) -> Vec<Allotment> {
    let item = |kind: usize| {
        let profile = types.profile(kind);
        let value = profile.first().copied().unwrap_or(0.0);
        let extent = cells.iter().zip(profile).take_while(|(_, w)| **w > 0.0).last();
        let scale = extent.and_then(|(end, _)| scales.iter().find(|scale| scale.given.scale == *end));
        let tier = scale.and_then(|scale| Some((scale, scale.menu.position(value)?)));
        let Some((scale, tier)) = tier else { return Allotment::nothing(cells.len()) };
        let virtual_value = scale.menu.virtual_values()[tier];
        let profile = value_on_cells(cells, virtual_value, scale.given.scale);
        let utility = scale.menu.utility(technology, value, scale.given.scale);
        Allotment::of_use(technology.profile_use(&types.masses, &profile), profile, utility)
    };
    (0..types.n_types()).map(item).collect()
}
