//! Honest numbers: what a reader should know before she trusts a design or a simulated figure.

use model::menu::Menu;
use model::number::significant;
use model::summary::Warning;
use model::technology::Technology;
use model::tolerance::{CERTIFICATE, DUALITY_GAP_WARNED, FAR_IN_ERRORS, FAR_IN_SHARE};

use crate::config::Market;
use crate::outcome::{Tally, relative_error};
use crate::plan::Design;

/// A menu whose round prices lose more than this share of its profit is hardly the one that was designed.
const ROUNDED_WARNED: f64 = 0.05;

/// Below this a normal distribution is no guide to the errors of means.
const FEWEST_BUYERS: u64 = 100;

/// What the reader should know of a design before any simulation: buyers in all, the tail index of their population, menus.
pub(crate) fn of_design(buyers: u64, tail: f64, technology: &Technology, menus: &[Menu]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| warnings.push(Warning { code: code.into(), message });
    let power = technology.surplus_exponent();
    if buyers < FEWEST_BUYERS {
        warn(
            "few-buyers",
            format!(
                "standard errors from {buyers} buyers are rough: draw at least {FEWEST_BUYERS} (run.users)"
            ),
        );
    }
    if tail <= 2.0 * power {
        warn(
            "heavy-tail",
            format!(
                "the surplus grows like θ^{} and the population's tail index is {}: its variance is infinite, so standard \
                 errors cannot be trusted (that needs a tail index above {})",
                significant(power),
                significant(tail),
                significant(2.0 * power)
            ),
        );
    }
    if technology.sigma() + technology.gamma() > 0.95 {
        let sum = significant(technology.sigma() + technology.gamma());
        warn("near-linear", format!("the exponents sum to {sum}: powers 1/(1-σ-γ) amplify every error"));
    }
    for menu in menus {
        if let Some(gap) = menu.certificate.duality_gap.filter(|gap| gap.abs() > DUALITY_GAP_WARNED) {
            let gap = significant(gap);
            warn("duality-gap", format!("rule {}: certified only to a relative gap of {gap}", menu.label));
        }
        of_menu(menu, &mut warn);
        of_formula(menu, &mut warn);
    }
    warnings
}

fn of_menu(menu: &Menu, warn: &mut impl FnMut(&str, String)) {
    if let Some(index) = menu.parameters.get("markup_rises_at") {
        warn(
            "rising-markup",
            format!(
                "rule {}: the markup θ/φ rises with the index from {} $ on, so a menu of two-part tariffs may not \
                 replicate these packages",
                menu.label,
                significant(*index)
            ),
        );
    }
    let pruned = ["plans", "pruning_loss_share"].map(|name| menu.parameters.get(name));
    if let [Some(plans), Some(share)] = pruned
        && *share > DUALITY_GAP_WARNED
    {
        warn(
            "pruned",
            format!(
                "rule {}: {plans} plans lose {:.3} % of the profit that all would earn; allow more plans, or take \
                 it for the price of a short list",
                menu.label,
                100.0 * share
            ),
        );
    }
    if let Some(share) = menu.parameters.get("rounding_loss_share").filter(|share| **share > ROUNDED_WARNED) {
        warn(
            "rounded",
            format!(
                "rule {}: prices rounded down lose {:.1} % of the profit; round to a smaller step (key round)",
                menu.label,
                100.0 * share
            ),
        );
    }
    let failure = ["replication_fails_from", "replication_fails_to", "replication_fails_share"]
        .map(|name| menu.parameters.get(name));
    if let [Some(from), Some(to), Some(share)] = failure {
        warn(
            "no-replication",
            format!(
                "rule {}: two-part tariffs cannot replicate the packages of a share {} of buyers with indices from {} to \
                 {} $, who get tariffs in common; spend_cap = true and committed-spend can",
                menu.label,
                significant(*share),
                significant(*from),
                significant(*to)
            ),
        );
    }
}

/// Warns where the formula for value and scale was given up.
fn of_formula(menu: &Menu, warn: &mut impl FnMut(&str, String)) {
    let number = |name: &str| menu.parameters.get(name).map(|number| significant(*number));
    if let (Some(gain), Some(value), Some(scale), Some(reported), Some(formula)) = (
        number("formula_violation"),
        number("formula_violation_value"),
        number("formula_violation_scale"),
        number("formula_violation_reported_scale"),
        number("formula_profit"),
    ) {
        warn(
            "scale-reports",
            format!(
                "rule {}: by the formula for value and scale a buyer with value {value} and scale {scale} would gain {gain} $ \
                 by reporting scale {reported}; its profit {formula} is an upper bound only, and the menu posted is optimal \
                 for a grid of types (key types)",
                menu.label
            ),
        );
    }
}

/// What the reader should know of simulated figures.
pub(crate) fn of_buyers(market: &Market, designed: &Design, tally: &Tally) -> Vec<Warning> {
    let mut warnings = far_from_expected(market, designed, tally);
    warnings.extend(few_that_matter(tally));
    warnings.extend(short_of_target(market, tally));
    warnings
}

/// Warns where all the buyers there may be were too few.
fn short_of_target(market: &Market, tally: &Tally) -> Option<Warning> {
    let target = market.run.target_se?;
    let error = relative_error(tally.observations(), market.baseline());
    let message = format!(
        "standard errors are up to {error:.2e} of the baseline's profit, not {} (run.target_se): allow more buyers (run.users)",
        significant(target)
    );
    (!(error <= target)).then(|| Warning { code: "target-se".into(), message })
}

/// Warns where a simulated profit is further from what design expects than chance allows.
///
/// A belief that is a sample has an error of its own, that of as many buyers.
fn far_from_expected(market: &Market, designed: &Design, tally: &Tally) -> Vec<Warning> {
    // What design expects is what rational buyers do.
    if !market.behaviour.is_rational() {
        return Vec::new();
    }
    designed
        .menus
        .iter()
        .zip(&designed.viewed)
        .zip(&market.rules)
        .zip(tally.observations().rules.iter().zip(&tally.buyers.rules))
        .filter_map(|(((menu, view), rule), (observed, buyers))| {
            let belief = &designed.views[*view].belief.index;
            let sampling = belief.sample.map_or(0.0, |people| 1.0 / people as f64);
            let found = observed.all.profit();
            // A menu for types that stand for others is known by what it earns from fresh buyers.
            let of_fresh = |name: &str| menu.parameters.get(name).copied();
            let expected = of_fresh("out_of_sample_profit").unwrap_or(menu.expected.profit);
            let sampled = of_fresh("out_of_sample_profit_se")
                .map_or(buyers.all.profit().variance() * sampling, |standard_error| standard_error * standard_error);
            let gap = (found.mean - expected).abs();
            // Whether she is served is a coin toss: so few may be expected to stay away that none of these buyers did.
            let served = menu.expected.served_share;
            let of_toss = expected * expected * (1.0 - served) / served;
            // Of buyers, whatever the observations are: replicates of many have less of it.
            let of_tosses = of_toss / buyers.all.count() as f64;
            let own = (found.variance() / found.count as f64).max(of_tosses);
            let distance = gap / (own + sampled).sqrt();
            // Where everybody pays the same the standard error is rounding, and so is the gap.
            let far = distance > FAR_IN_ERRORS && gap > CERTIFICATE * tally.buyers.first_best.mean;
            if !market.knows(rule) {
                return (far && gap > FAR_IN_SHARE * expected.abs()).then(|| Warning {
                    code: "far-belief".into(),
                    message: format!(
                        "rule {}: its belief expects a profit of {}, the simulated one is {}: the belief is far from the \
                         population",
                        menu.label,
                        significant(expected),
                        significant(found.mean)
                    ),
                });
            }
            far.then(|| Warning {
                code: "far-from-expected".into(),
                message: format!(
                    "rule {}: simulated profit {} is {} standard errors from the expected {}: the tail is too heavy for so \
                     few buyers, or the belief too coarse",
                    menu.label,
                    significant(found.mean),
                    few(distance),
                    significant(expected)
                ),
            })
        })
        .collect()
}

/// One decimal, but where it would hide how large the number is.
fn few(number: f64) -> String {
    if number < 1e6 { format!("{number:.1}") } else { format!("{number:.1e}") }
}

/// Fewest equally profitable buyers on which means and their errors may rest.
const FEWEST_THAT_MATTER: f64 = 100.0;

/// Warns where few of many buyers carry the means: as many as (Σπ)²/Σπ² of them, for first-best profits π.
fn few_that_matter(tally: &Tally) -> Option<Warning> {
    let first_best = &tally.buyers.first_best;
    let count = first_best.count as f64;
    let squares = first_best.m2 / count + first_best.mean * first_best.mean;
    let alike = count * first_best.mean * first_best.mean / squares;
    (alike < FEWEST_THAT_MATTER && count >= FEWEST_THAT_MATTER).then(|| Warning {
        code: "few-that-matter".into(),
        message: format!(
            "means over {count} buyers rest on as many as {alike:.0} equally profitable ones: their standard errors are rough; \
             draw more buyers (run.users)"
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use population::Key;

    use super::*;
    use crate::engine::{BLOCK, thread_pool};
    use crate::progress::Silent;

    /// Codes of the warnings where the first menu expects `factor` times what it should.
    fn warned(name: &str, changes: &[&str], factor: f64) -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(name);
        let changes: Vec<_> = changes.iter().map(|change| change.parse().unwrap()).collect();
        let market = Market::load(&path, &changes).unwrap();
        let mut designed = crate::design(&market, &Silent).unwrap();
        designed.menus[0].expected.profit *= factor;
        let pool = thread_pool(1).unwrap();
        let engine = designed.engine(&market, &pool);
        let mut tally = Tally::new(market.rules.len(), market.run.standard_errors());
        for replicate in 0..market.run.replicates {
            for block in engine.batch(Key { seed: market.run.seed, replicate }, 0, 8 * BLOCK, false) {
                tally.merge(&block.fold);
            }
            tally.end_replicate();
        }
        far_from_expected(&market, &designed, &tally).into_iter().map(|warning| warning.code).collect()
    }

    /// A menu that expects 5 % too much is found out, by independent buyers and by replicates, of exact beliefs and of laws;
    /// right ones are not.
    #[test]
    fn wrong_expectations_are_found_out() {
        let even = ["run.sampling=stratified", "run.replicates=8"];
        for (name, changes) in [
            ("three-customers.toml", &[][..]),
            ("pareto-index.toml", &["belief.points=2000"]),
            ("paper-uniform.toml", &["belief.points=2000"]),
            ("paper-uniform.toml", &[&["belief.points=2000"][..], &even].concat()),
        ] {
            assert_eq!(warned(name, changes, 1.0), [""; 0], "{name} {changes:?}");
            assert_eq!(warned(name, changes, 1.05), ["far-from-expected"], "{name} {changes:?}");
        }
    }
}
