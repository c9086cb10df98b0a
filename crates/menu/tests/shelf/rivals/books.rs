//! Menus as price books, and with rounded prices.

use super::{PRICES, TWO_PART, close, designed, laws, posted, three_part};
use crate::laws::{Exponential, index_belief, marginal, quadratic_technology};
use menu::{Plans, PostedRule, Rule, Seller};
use model::belief::Belief;
use model::choice::Buyer;
use model::menu::{Menu, Offer, PriceBook};
use model::technology::Technology;

/// What the items of a menu earn from a law, by the masses of those who take each; of other menus what they are expected to.
fn listed_profit(menu: &Menu, belief: &Belief, technology: &Technology) -> f64 {
    let Offer::Packages(packages) = &menu.offer else { return menu.expected.profit };
    let items = packages.items();
    let above =
        |position: usize| items.get(position).map_or(0.0, |item| belief.index.survival(item.threshold));
    let earned = items.iter().enumerate().map(|(position, item)| {
        let mass = above(position) - above(position + 1);
        mass * (item.payment - technology.cost(item.spend, item.fine_tuning))
    });
    earned.sum()
}

/// A list of packages falls short of the law's infinitely many by what the lumps of its tail cost: with 1/K of the buyers above
/// the last regular point, and points refined geometrically beyond, that is in proportion to 1/K for an exponential tail.
#[test]
fn the_longer_a_list_of_packages_the_less_it_loses() {
    let technology = quadratic_technology();
    let loss = |points: u32| {
        let belief = index_belief(marginal(Exponential(1.0), points));
        let menu = posted(Rule::Packages, &belief, &technology);
        1.0 - listed_profit(&menu, &belief, &technology) / menu.expected.profit
    };
    let losses = [1000, 2000, 8000].map(loss);
    assert!(losses[0] > 1.8 * losses[1] && losses[1] > 3.0 * losses[2] && losses[2] > 0.0, "{losses:?}");
    assert!(losses[2] < 1e-4, "{losses:?}");
}

/// Written as a price book and posted again, every menu gives every buyer the same.
#[test]
fn a_menu_as_a_price_book_is_the_same_menu() {
    for (law, belief, technology) in laws() {
        let rules = [
            Rule::Packages,
            Rule::Flat,
            Rule::Tiers { tiers: 3 },
            Rule::TwoPartMenu { plans: Some(3), spend_cap: false },
            Rule::TwoPartMenu { plans: Some(3), spend_cap: true },
            Rule::CommittedSpend { plans: Some(3) },
            TWO_PART,
            three_part(2),
            PRICES,
            Rule::MarginalCost,
        ];
        for rule in rules {
            let menu = posted(rule, &belief, &technology);
            let book = PriceBook::of(&technology, &menu, "test".into()).unwrap();
            let again = posted(Rule::ThreePart { plans: Plans::Posted(book.plans) }, &belief, &technology);
            let scale = menu.expected.revenue;
            let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * scale;
            // The expected profit of packages of a law is that of infinitely many items; what can be posted is the list.
            let expected = listed_profit(&menu, &belief, &technology);
            assert!(
                same(expected, again.expected.profit),
                "{law} {}: {expected} {:?}",
                menu.kind,
                again.expected
            );
            if menu.kind != "packages" || belief.index.law.is_none() {
                assert!(same(menu.expected.profit, again.expected.profit), "{law} {}", menu.kind);
            }
            for step in 0..400 {
                // Between the points of a law, which are indifferent.
                let theta = belief.index.quantile((f64::from(step) + 0.37) / 400.0);
                let buyer = Buyer::of_index(&technology, theta);
                let (one, other) =
                    (menu.offer.choose(&technology, &buyer), again.offer.choose(&technology, &buyer));
                assert!(
                    same(one.payment, other.payment)
                        && same(one.utility, other.utility)
                        && same(one.spend, other.spend)
                        && same(one.fine_tuning, other.fine_tuning),
                    "{law} {} {theta}: {one:?} {other:?}",
                    menu.kind
                );
            }
        }
        let allocations = Seller::new(&technology, &belief).unwrap();
        let first_best = PostedRule { label: "f".into(), round: Some(0.01), rule: Rule::FirstBest };
        assert!(first_best.check(&technology).is_err());
        assert!(
            allocations.design(&first_best).unwrap_err().to_string().contains("cannot be posted as plans")
        );
    }
}

/// Rounding costs little when the step is small, is in the buyers' favour, and is recomputed from what buyers then choose.
#[test]
fn rounded_prices_are_multiples_and_cost_what_they_cost() {
    for (law, belief, technology) in laws() {
        for rule in [Rule::Packages, Rule::Tiers { tiers: 3 }, TWO_PART, three_part(2), PRICES] {
            let exact = posted(rule.clone(), &belief, &technology);
            let mut losses = Vec::new();
            for step in [0.1, 0.01, 1e-4] {
                let menu = designed(rule.clone(), Some(step), &belief, &technology);
                let Offer::Plans(plans) = &menu.offer else { panic!("plans") };
                let multiple = |x: f64| (x / step - (x / step).round()).abs() < 1e-6;
                for plan in plans.plans() {
                    assert!(multiple(plan.fee), "{}", plan.fee);
                    assert!(!plan.sells_tokens() || plan.prices.iter().all(|price| multiple(*price)));
                }
                let lost = menu.parameters["rounding_loss"] + menu.parameters["listing_loss"];
                close(menu.expected.profit + lost, exact.expected.profit, 1e-12);
                let listing = menu.parameters["listing_loss"] / exact.expected.profit;
                // Only the packages of a law are more than a list.
                let most = if exact.kind == "packages" { 1e-3 } else { 1e-9 };
                assert!(listing > -1e-9 && listing < most, "{law} {}: {listing}", exact.kind);
                losses.push(menu.parameters["rounding_loss_share"]);
            }
            assert!(losses[2].abs() < 2e-4, "{law} {}: {losses:?}", exact.kind);
            assert!(losses.iter().all(|loss| *loss > -1e-6), "{law} {}: {losses:?}", exact.kind);
        }
    }
}
