//! Two types of buyers with any profiles of values: the optimal allocations in closed form.

use model::belief::Environment;
use model::technology::{ProfileUse, Technology};

use crate::finite::{Allotment, FiniteMenu};

/// The optimal allocations for two types, or for one.
///
/// The type h who may envy is offered her efficient use, the other, l, the use that is efficient for ω:
/// ```text
/// ω_i = w^l_i - λ (f_h/f_l) (w^h_i - w^l_i),   D(λ) = f_l Π(ω^+) + f_h Π(w^h),   λ in [0, 1]
/// D'(λ) = -f_h Δ(λ),   Δ(λ) = Σ_i μ_i v^l_i (w^h_i - w^l_i): what h gains from l's item where l has no rent
/// ```
/// The profit is the smallest D over λ and over both orders; D is convex, so λ is where Δ changes its sign. λ = 0: both
/// use the model efficiently and keep nothing; between: neither keeps anything; λ = 1: h keeps Δ(1). On tasks that l
/// values more than h, ω exceeds her value: she is distorted upward there.
///
/// `environment`: one or two types with positive probabilities and different profiles.
pub(crate) fn solve(technology: &Technology, environment: &Environment) -> FiniteMenu {
    if environment.n_types() == 1 {
        let efficient = technology.profile_use(&environment.masses, environment.profile(0));
        let bound = efficient.surplus;
        let only = Allotment::of_use(efficient, environment.profile(0).to_vec(), 0.0);
        return FiniteMenu { items: vec![only], bound, parameters: Vec::new() };
    }
    let orders = [(0, 1), (1, 0)].map(|(low, high)| Order::new(technology, environment, low, high));
    let [first, second] = &orders;
    let best = if second.bound < first.bound { second } else { first };
    best.menu(environment)
}

/// The solution where type `high` alone may envy type `low`.
struct Order {
    low: usize,
    /// λ.
    multiplier: f64,
    /// ω.
    virtual_profile: Vec<f64>,
    /// v^l and the rest.
    low_use: ProfileUse,
    high_use: ProfileUse,
    /// min over λ of D.
    bound: f64,
    /// Δ(λ), in $.
    envy: f64,
}

/// Halvings of [0, 1]: to the last bit of any λ above 2^-47.
const HALVINGS: usize = 100;

impl Order {
    fn new(technology: &Technology, environment: &Environment, low: usize, high: usize) -> Self {
        let (masses, probabilities) = (&environment.masses, &environment.probabilities);
        let (own, other) = (environment.profile(low), environment.profile(high));
        let odds = probabilities[high] / probabilities[low];
        let of = |virtual_profile: Vec<f64>| {
            let used = technology.profile_use(masses, &virtual_profile);
            let envy: f64 =
                (0..masses.len()).map(|i| masses[i] * used.precisions[i] * (other[i] - own[i])).sum();
            (virtual_profile, used, envy)
        };
        let distorted = |multiplier: f64| -> Vec<f64> {
            let virtual_value = |(own, other): (&f64, &f64)| own - multiplier * odds * (other - own);
            own.iter().zip(other).map(virtual_value).collect()
        };
        let at = |multiplier: f64| of(distorted(multiplier));
        let (mut below, mut multiplier) = (0.0, if at(0.0).2 <= 0.0 { 0.0 } else { 1.0 });
        if multiplier > 0.0 && at(1.0).2 < 0.0 {
            for _ in 0..HALVINGS {
                let middle = 0.5 * (below + multiplier);
                if at(middle).2 > 0.0 {
                    below = middle;
                } else {
                    multiplier = middle;
                }
            }
        }
        let mut found = at(multiplier);
        if multiplier > 0.0 && found.2 < 0.0 {
            // Nearest to zero ω^(σ/(1-σ)) still falls from nearly one to zero: there ω is halved rather than λ.
            let (before, after) = (distorted(below), found.0.clone());
            let fading = |halvings: f64| {
                let fade = |(before, after): (&f64, &f64)| {
                    if *before > 0.0 { after.max(libm::exp2(-halvings) * before) } else { *after }
                };
                of(before.iter().zip(&after).map(fade).collect())
            };
            let (mut more, mut less) = (0.0, f64::from(-f64::MIN_EXP));
            for _ in 0..HALVINGS {
                let middle = 0.5 * (more + less);
                found = fading(middle);
                if found.2 > 0.0 { more = middle } else { less = middle }
            }
        }
        let (virtual_profile, low_use, envy) = found;
        let high_use = technology.profile_use(masses, other);
        let bound = probabilities[low] * low_use.surplus + probabilities[high] * high_use.surplus;
        Self { low, multiplier, virtual_profile, low_use, high_use, bound, envy }
    }

    /// The items in the order of the types, h's rent the smallest that keeps her from l's item.
    fn menu(&self, environment: &Environment) -> FiniteMenu {
        let high_profile = environment.profile(1 - self.low).to_vec();
        let low = Allotment::of_use(self.low_use.clone(), self.virtual_profile.clone(), 0.0);
        let high = Allotment::of_use(self.high_use.clone(), high_profile, self.envy.max(0.0));
        let items = if self.low == 0 { vec![low, high] } else { vec![high, low] };
        let parameters = vec![("multiplier", self.multiplier)];
        FiniteMenu { items, bound: self.bound, parameters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};
    use proptest::prelude::*;

    fn technology(maximum: Option<f64>) -> Technology {
        Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 1.0,
            tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.25 }],
            fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum }),
        })
        .unwrap()
    }

    fn environment(odds: f64, masses: &[f64], types: [&[f64]; 2]) -> Environment {
        let probabilities = vec![1.0 - odds, odds];
        Environment { masses: masses.to_vec(), probabilities, values: types.concat(), sampled: false }
    }

    /// D_lh(λ) by definition: an upper bound on the profit of every menu.
    fn dual(technology: &Technology, market: &Environment, (low, high): (usize, usize), lambda: f64) -> f64 {
        let odds = market.probabilities[high] / market.probabilities[low];
        let omega: Vec<f64> = market
            .profile(low)
            .iter()
            .zip(market.profile(high))
            .map(|(own, other)| (own - lambda * odds * (other - own)).max(0.0))
            .collect();
        let index = |profile: &[f64]| model::index::ces_index(profile, &market.masses, technology.sigma());
        market.probabilities[low] * technology.surplus(index(&omega))
            + market.probabilities[high] * technology.surplus(index(market.profile(high)))
    }

    /// The golden section on λ, blind to Δ, over both orders.
    fn smallest_dual(technology: &Technology, market: &Environment) -> f64 {
        let mut smallest = f64::INFINITY;
        for order in [(0, 1), (1, 0)] {
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..80 {
                let (a, b) = (low + 0.382 * (high - low), low + 0.618 * (high - low));
                if dual(technology, market, order, a) < dual(technology, market, order, b) {
                    high = b;
                } else {
                    low = a;
                }
            }
            for lambda in [0.0, 0.5 * (low + high), 1.0] {
                smallest = smallest.min(dual(technology, market, order, lambda));
            }
        }
        smallest
    }

    proptest! {
        /// The bound is the smallest dual value, and the posted menu earns it with every constraint kept.
        #[test]
        fn the_posted_menu_earns_its_bound(
            odds in 0.05..0.95_f64,
            types in prop::collection::vec((0.0..2.0_f64, 0.0..2.0_f64, 0.1..1.0_f64), 2..6),
            maximum in prop::option::of(0.1..3.0_f64),
        ) {
            let total: f64 = types.iter().map(|task| task.2).sum();
            let masses: Vec<f64> = types.iter().map(|task| task.2 / total).collect();
            let profile = |pick: fn(&(f64, f64, f64)) -> f64| types.iter().map(pick).collect::<Vec<f64>>();
            let market = environment(odds, &masses, [&profile(|t| t.0), &profile(|t| t.1)]);
            let technology = technology(maximum);
            let solved = solve(&technology, &market);
            let dual = smallest_dual(&technology, &market);
            prop_assert!((solved.bound / dual - 1.0).abs() < 1e-10, "{} {}", solved.bound, dual);
            let audit = solved.audit(&technology, &market);
            prop_assert!(audit.ic_violation <= 1e-12 * dual && audit.ir_violation <= 0.0, "{audit:?}");
            prop_assert!((audit.profit / dual - 1.0).abs() < 1e-9, "{} {}", audit.profit, dual);
        }
    }

    /// Two tasks of mass 1/2, equal probabilities: the three regimes, by hand.
    #[test]
    fn the_three_regimes() {
        let technology = technology(None);
        let solved = |first: [f64; 2], second: [f64; 2]| {
            let market = environment(0.5, &[0.5, 0.5], [&first, &second]);
            let solved = solve(&technology, &market);
            let audit = solved.audit(&technology, &market);
            assert!((audit.profit - solved.bound).abs() < 1e-12, "{audit:?} {}", solved.bound);
            (solved.bound, solved.parameters[0].1, solved.items)
        };
        let (profit, multiplier, items) = solved([1.0, 0.2], [0.4, 0.9]);
        assert!((profit - 0.630_625).abs() < 1e-14 && multiplier == 0.0, "{profit} {multiplier}");
        assert!(items.iter().all(|item| item.utility == 0.0));
        let (profit, multiplier, items) = solved([0.6, 0.4], [0.3, 1.0]);
        assert!(
            (profit - 0.487_561).abs() < 5e-7 && (multiplier - 2.0 / 15.0).abs() < 1e-14,
            "{profit} {multiplier}"
        );
        assert!(items.iter().all(|item| item.utility < 1e-15));
        // She values the first task more than the other type: her virtual value there exceeds her value.
        assert!(items[0].virtual_values[0] > 0.6 && items[0].virtual_values[1] < 0.4);
        let (profit, multiplier, items) = solved([0.5, 0.5], [1.0, 0.6]);
        assert!((profit - 0.5649).abs() < 1e-14 && multiplier == 1.0, "{profit} {multiplier}");
        assert!(items[0].utility == 0.0 && (items[1].utility - 0.04).abs() < 1e-14, "{}", items[1].utility);
    }

    /// The convex programme knows nothing of orders and λ.
    #[test]
    fn the_programme_agrees_in_every_regime() {
        let mut state = 7_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut regimes = [0; 3];
        for round in 0..60 {
            let technology = technology((round % 2 == 0).then_some(1.5));
            let n_tasks = 2 + round % 3;
            let mut profile = || (0..n_tasks).map(|_| 1.5 * uniform()).collect::<Vec<f64>>();
            let types = [profile(), profile()];
            let market = environment(
                0.1 + 0.8 * uniform(),
                &vec![1.0 / n_tasks as f64; n_tasks],
                [&types[0], &types[1]],
            );
            let solved = solve(&technology, &market);
            let programme = crate::programme::solve(&technology, &market).unwrap();
            assert!(
                (programme.profit / solved.bound - 1.0).abs() < 1e-6,
                "{} {}",
                programme.profit,
                solved.bound
            );
            let multiplier = solved.parameters[0].1;
            regimes[if multiplier == 0.0 { 0 } else { 1 + usize::from(multiplier == 1.0) }] += 1;
        }
        assert!(regimes.iter().all(|count| *count >= 3), "{regimes:?}");
    }

    /// σ = 0.01: between two neighbouring λ the precision of the critical task falls from 0.7 to zero; the menu lies between.
    #[test]
    fn nearly_constant_returns_to_spend_are_solved_between_two_multipliers() {
        let technology = Technology::new(TechnologyConfig {
            aggregator: Aggregator::CobbDouglas,
            base_quality: 1.0,
            tokens: vec![TokenClass { class: "all".into(), exponent: 0.01, cost: 1.0 }],
            fine_tuning: None,
        })
        .unwrap();
        let market = environment(0.06, &[1.0 / 3.0, 2.0 / 3.0], [&[0.0, 1.6], &[0.5, 0.5]]);
        let solved = solve(&technology, &market);
        let audit = solved.audit(&technology, &market);
        assert!((audit.profit / solved.bound - 1.0).abs() < 1e-9, "{audit:?} {}", solved.bound);
        assert!(audit.ic_violation <= 1e-12 && audit.ir_violation <= 0.0, "{audit:?}");
        let critical = &solved.items[1].precisions;
        assert!(critical[1] > 0.01 && critical[1] < 0.7, "{critical:?}");
    }

    #[test]
    fn one_type_keeps_nothing() {
        let technology = technology(None);
        let market =
            Environment { masses: vec![1.0], probabilities: vec![1.0], values: vec![0.4], sampled: false };
        let solved = solve(&technology, &market);
        assert!((solved.bound - 0.16).abs() < 1e-15 && solved.items[0].utility == 0.0);
    }
}
