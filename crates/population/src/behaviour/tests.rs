use model::menu::{AllocationMenu, Item, PackageMenu};
use model::technology::{Aggregator, FineTuning, Prices, TechnologyConfig, TokenClass};

use super::*;
use crate::stream::level;
use crate::testing::{number, table, text};

const KEY: Key = Key { seed: 12, replicate: 1 };

/// The paper's technology.
fn technology() -> Technology {
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![token("input"), token("output")],
        fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
    })
    .unwrap()
}

/// `count` packages, each meant for its threshold: U_k = U_{k-1} + q_{k-1} (θ_k - θ_{k-1}), q = θ.
fn packages(count: u32) -> Offer {
    let (mut items, mut utility, mut precision) = (Vec::new(), 0.0, 0.0);
    let step = 1.0 / f64::from(count);
    for k in 1..=count {
        let threshold = f64::from(k) * step;
        utility += precision * step;
        precision = threshold;
        let payment = threshold * precision - utility;
        let (spend, fine_tuning, virtual_value) = (precision, 0.0, threshold);
        items.push(Item { threshold, virtual_value, precision, spend, fine_tuning, payment, utility });
    }
    Offer::Packages(PackageMenu::new(items))
}

/// Three kinds of offers and a buyer of each.
fn offers(technology: &Technology) -> Vec<(Offer, Buyer<'static>)> {
    let tiers: Vec<(f64, f64)> = (1..=9).map(|k| (0.1 * f64::from(k), 0.05 * f64::from(k))).collect();
    let prices = Prices { token_markup: 1.5, fine_tuning_markup: Some(1.2) };
    vec![
        (packages(5), Buyer::of_index(technology, 0.55)),
        (packages(300), Buyer::of_index(technology, 0.8512)),
        (Offer::prices(technology, prices), Buyer::of_index(technology, 0.8)),
        (
            Offer::Allocations(AllocationMenu::new(technology, &tiers)),
            Buyer::of_value_scale(technology, 0.77, 0.6),
        ),
    ]
}

/// Utility of nothing, then of every item.
fn utilities(technology: &Technology, offer: &Offer, buyer: &Buyer) -> Vec<f64> {
    let items = (0..offer.len()).map(|item| offer.take(technology, buyer, item).utility);
    std::iter::once(0.0).chain(items).collect()
}

/// Position of what was taken: 0 nothing, k + 1 item k.
fn position(choice: &Choice) -> usize {
    choice.item.map_or(0, |item| item as usize + 1)
}

/// Every shock computed and no item passed over.
fn brute_force(utilities: &[f64], scale: f64, user: u64) -> usize {
    let (mut best, mut position) = (f64::NEG_INFINITY, 0);
    for (item, utility) in utilities.iter().enumerate() {
        let level = level(KEY, Purpose::Choice, user, item as u32);
        let value = utility - scale * libm::log(-libm::log(level.below()));
        if value > best {
            (best, position) = (value, item);
        }
    }
    position
}

#[test]
fn the_section_is_read_and_its_mistakes_are_named() {
    let read = |entries: &[(&str, _)]| {
        let root = table(entries);
        Behaviour::read(&Section::root("market.toml", &root).unwrap())
    };
    assert_eq!(read(&[("kind", text("rational"))]), Ok(Behaviour::default()));
    let logit = [("kind", text("logit")), ("scale", number(0.5))];
    assert_eq!(read(&logit), Ok(Behaviour::Logit { scale: 0.5 }));
    assert_eq!(read(&logit[..1]).unwrap_err().key, "scale");
    assert_eq!(read(&[("kind", text("logit")), ("scale", number(0.0))]).unwrap_err().key, "scale");
    assert!(read(&[("kind", text("rational")), ("scale", number(0.5))]).is_err());
    assert_eq!(read(&[("kind", text("logt"))]).unwrap_err().help.as_deref(), Some("did you mean \"logit\"?"));
}

/// Passing over items that cannot win changes nothing.
#[test]
fn choices_are_those_of_brute_force() {
    let technology = technology();
    for (offer, buyer) in offers(&technology) {
        let utilities = utilities(&technology, &offer, &buyer);
        for scale in [1e-4, 0.01, 0.1, 10.0] {
            for user in 0..500 {
                let choice = Behaviour::Logit { scale }.choose(&technology, &offer, &buyer, KEY, user);
                assert_eq!(position(&choice), brute_force(&utilities, scale, user), "{scale} {user}");
            }
        }
    }
}

/// Frequencies against exp(u_k/scale) / Σ exp(u_j/scale): four standard errors are exceeded 6e-5 often, with some 330
/// frequencies 2 % of fresh seeds would fail.
#[test]
fn frequencies_are_multinomial_logit() {
    let technology = technology();
    let users = 40_000;
    for (offer, buyer) in offers(&technology) {
        let utilities = utilities(&technology, &offer, &buyer);
        let scale = 0.05;
        let weights: Vec<f64> = utilities.iter().map(|utility| libm::exp(utility / scale)).collect();
        let total: f64 = weights.iter().sum();
        let mut counts = vec![0_u32; weights.len()];
        for user in 0..users {
            let choice = Behaviour::Logit { scale }.choose(&technology, &offer, &buyer, KEY, user);
            counts[position(&choice)] += 1;
        }
        // Rare items together, so that counts are nearly normal.
        let (mut rare, mut rare_share) = (0, 0.0);
        let check = |count: u32, share: f64| {
            let error = (share * (1.0 - share) / users as f64).sqrt();
            let found = f64::from(count) / users as f64;
            assert!((found - share).abs() <= 4.0 * error, "{found} is not {share} ± {error}");
        };
        for (count, weight) in counts.iter().zip(&weights) {
            let share = weight / total;
            if share * users as f64 > 50.0 {
                check(*count, share);
            } else {
                (rare, rare_share) = (rare + count, rare_share + share);
            }
        }
        check(rare, rare_share);
    }
}

#[test]
fn tiny_shocks_move_nobody() {
    let technology = technology();
    let behaviour = Behaviour::Logit { scale: 1e-12 };
    for (offer, buyer) in offers(&technology) {
        for user in 0..200 {
            let rational = offer.choose(&technology, &buyer);
            assert_eq!(behaviour.choose(&technology, &offer, &buyer, KEY, user), rational);
        }
        let nobody = Buyer::of_value_scale(&technology, 0.01, 0.01);
        assert_eq!(behaviour.choose(&technology, &packages(5), &nobody, KEY, 0).item, None);
    }
}

/// Shocks belong to the buyer and the item's number: a longer menu keeps those of the shorter one.
#[test]
fn what_is_taken_stays_best_where_the_others_are_out_of_reach() {
    let technology = technology();
    let behaviour = Behaviour::Logit { scale: 0.05 };
    let buyer = Buyer::of_index(&technology, 0.55);
    let Offer::Packages(menu) = packages(5) else { panic!("packages") };
    let mut items = menu.items().to_vec();
    items.push(Item { threshold: 1e6, utility: -1e9, precision: 0.0, payment: 1e9, ..items[4] });
    let longer = Offer::Packages(PackageMenu::new(items));
    for user in 0..500 {
        let [short, long] =
            [&packages(5), &longer].map(|offer| behaviour.choose(&technology, offer, &buyer, KEY, user));
        assert_eq!(short, long);
    }
}

#[test]
fn full_information_has_no_shocks() {
    let technology = technology();
    let buyer = Buyer::of_index(&technology, 0.55);
    let choice = Behaviour::Logit { scale: 1e6 }.choose(&technology, &Offer::FullExtraction, &buyer, KEY, 3);
    assert_eq!(choice, Offer::FullExtraction.choose(&technology, &buyer));
}

/// Correlation of shocks with the levels of draws, and mean and variance: γ and π²/6. Five standard errors.
#[test]
fn shocks_are_gumbel_and_independent_of_draws() {
    let users = 100_000_u64;
    let n = users as f64;
    let shocks: Vec<f64> = (0..users).map(|user| shock(level(KEY, Purpose::Choice, user, 1))).collect();
    let mean = shocks.iter().sum::<f64>() / n;
    let variance = std::f64::consts::PI * std::f64::consts::PI / 6.0;
    assert!((mean - 0.577_215_664_901_532_9).abs() < 5.0 * (variance / n).sqrt(), "{mean}");
    let squares = shocks.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    // Kurtosis 5.4: the variance of the estimate is 4.4 variance²/n.
    assert!((squares - variance).abs() < 5.0 * variance * (4.4 / n).sqrt(), "{squares}");
    for purpose in [Purpose::Value, Purpose::Scale, Purpose::Task, Purpose::Index, Purpose::Kind] {
        for number in [0, 1] {
            let of_draw = |user| level(KEY, purpose, user, number).below() - 0.5;
            let products: f64 = (0..users).zip(&shocks).map(|(user, x)| (x - mean) * of_draw(user)).sum();
            let correlation = products / n / (variance / 12.0).sqrt();
            assert!(correlation.abs() < 5.0 / n.sqrt(), "{purpose:?}: {correlation}");
        }
    }
}
