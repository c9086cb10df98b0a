//! Allowances, caps, classes and tuning by hand.

use super::*;

/// By hand, with one class of exponent 1/2 and cost 1, so that v = √x: at index θ and price p a buyer wants x = (θ/2p)².
#[test]
fn allowances_and_caps_by_hand() {
    let technology = Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 1.0 }],
        fine_tuning: None,
    })
    .unwrap();
    let plan = |allowance, over| Plan {
        fee: 3.0,
        prices: vec![2.0],
        allowance,
        over,
        fine_tuning: 0.0,
        fine_tuning_price: None,
    };
    let taken = |plan: &Plan, index: f64| {
        let menu = one(&technology, plan);
        let Choice { spend, payment, gross_value, .. } = menu.take(0, &technology.powers(index));
        [spend, payment, gross_value]
    };
    let close = |found: [f64; 3], exact: [f64; 3]| {
        for (found, exact) in found.iter().zip(exact) {
            assert!((found - exact).abs() < 1e-13 * exact.max(1.0), "{found} is not {exact}");
        }
    };
    let open = Over::Prices { limit: f64::INFINITY };
    // 8 $ at a price of 2 $ are 4 Mtok; the same by class.
    for allowance in [Allowance::Spend(8.0), Allowance::Tokens(vec![4.0])] {
        // θ = 4 wants (4/4)² = 1: she takes all 4, which are free, for the fee, a value of 4·2.
        close(taken(&plan(allowance.clone(), open), 4.0), [4.0, 3.0, 8.0]);
        // θ = 8 wants exactly (8/4)² = 4.
        close(taken(&plan(allowance.clone(), open), 8.0), [4.0, 3.0, 16.0]);
        // θ = 12 wants 9: five more at 2.
        close(taken(&plan(allowance.clone(), open), 12.0), [9.0, 13.0, 36.0]);
        // With a hard cap she stops at 4.
        close(taken(&plan(allowance, Over::Stop), 12.0), [4.0, 3.0, 24.0]);
    }
    // Up to 14 $ in all: 7 Mtok, three of them at 2.
    close(
        taken(&plan(Allowance::Spend(8.0), Over::Prices { limit: 14.0 }), 12.0),
        [7.0, 9.0, 12.0 * 7.0_f64.sqrt()],
    );
}

/// By hand: cached tokens at a tenth of the price, half of each exponent: x_n = α_n W/p_n, W = θ Π x_n^{α_n}. With α = 1/4
/// each and prices 1 and 1/10, W = θ (W/4)^{1/2} 10^{1/4}, so W = θ² 10^{1/2}/4.
#[test]
fn a_cached_class_by_hand() {
    let class = |class: &str, cost| TokenClass { class: class.into(), exponent: 0.25, cost };
    let technology = Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![class("input", 0.5), class("cached", 0.02)],
        fine_tuning: None,
    })
    .unwrap();
    let plan = Plan {
        fee: 0.0,
        prices: vec![1.0, 0.1],
        allowance: Allowance::Spend(0.0),
        over: Over::Prices { limit: f64::INFINITY },
        fine_tuning: 0.0,
        fine_tuning_price: None,
    };
    let menu = one(&technology, &plan);
    let taken = menu.take(0, &technology.powers(2.0));
    let value = 10.0_f64.sqrt();
    let close = |found: f64, exact: f64| assert!((found - exact).abs() < 1e-13 * exact, "{found} {exact}");
    close(taken.gross_value, value);
    close(taken.payment, 0.5 * value);
    close(menu.tokens(&taken)[0], 0.25 * value);
    close(menu.tokens(&taken)[1], 2.5 * value);
    // The seller's costs are a half and a fifth of the prices.
    close(taken.spend, (0.5 + 0.2) * 0.25 * value);
    assert!(!menu.splits_at_cost(&technology));
    // Fifty Mtok of cached tokens for nothing, input still at 1: W = θ (W/4)^{1/4} 50^{1/4}, W³ = θ⁴ 50/4.
    let free = Plan { allowance: Allowance::Tokens(vec![0.0, 50.0]), ..plan };
    let taken = one(&technology, &free).take(0, &technology.powers(2.0));
    close(taken.gross_value, libm::cbrt(200.0));
    close(taken.payment, 0.25 * libm::cbrt(200.0));
    close(taken.spend, 0.5 * 0.25 * libm::cbrt(200.0) + 0.02 * 50.0);
}

/// Fine-tuning bought at list price: with x tokens included and no more, γ θ Ψ(x) (b+z)^{γ-1} = p.
#[test]
fn fine_tuning_at_list_price_by_hand() {
    let technology = Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.25, cost: 1.0 }],
        fine_tuning: Some(FineTuning { exponent: 0.5, cost: 0.1, maximum: Some(8.0) }),
    })
    .unwrap();
    let plan = Plan {
        fee: 1.0,
        prices: vec![1.0],
        allowance: Allowance::Spend(16.0),
        over: Over::Stop,
        fine_tuning: 0.0,
        fine_tuning_price: Some(2.0),
    };
    let menu = one(&technology, &plan);
    // Ψ = 2: θ (b+z)^{-1/2} = 2, so b+z = θ²/4: none below θ = 2, z = 3 at 4, all there is from 6.
    for (index, tuning) in [(1.0, 0.0), (2.0, 0.0), (4.0, 3.0), (6.0, 8.0), (9.0, 8.0)] {
        let taken = menu.take(0, &technology.powers(index));
        assert!((taken.fine_tuning - tuning).abs() < 1e-13, "{index}: {taken:?}");
        assert!((taken.payment - 1.0 - 2.0 * tuning).abs() < 1e-13);
        assert!((taken.gross_value - 2.0 * index * (1.0 + tuning).sqrt()).abs() < 1e-12);
    }
}
