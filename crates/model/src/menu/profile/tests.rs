use super::*;
use crate::technology::{Aggregator, FineTuning, TechnologyConfig, TokenClass};

fn technology() -> Technology {
    Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![TokenClass { class: "all".into(), exponent: 0.5, cost: 0.125 }],
        fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
    })
    .unwrap()
}

fn item(values: [f64; 2], precisions: [f64; 2], payment: f64) -> ProfileItem {
    let task =
        |i: usize| TaskItem { value: values[i], virtual_value: None, spend: 0.1, precision: precisions[i] };
    ProfileItem { tasks: vec![task(0), task(1)], fine_tuning: 0.0, payment, utility: 0.0, free: false }
}

/// Two blocks of items against a plain loop over all items.
#[test]
fn the_best_item_is_found_in_every_lane() {
    let items: Vec<ProfileItem> = (0..19)
        .map(|k| {
            let angle = f64::from(k) * 0.08;
            item([libm::cos(angle), libm::sin(angle)], [2.0 * libm::cos(angle), 2.0 * libm::sin(angle)], 0.3)
        })
        .collect();
    let menu = ProfileMenu::new(&technology(), vec![0.25, 0.75], items.clone(), 1e-12);
    let mut chosen = std::collections::BTreeSet::new();
    for step in 0..400 {
        let (angle, length) = (f64::from(step % 40) * 0.04, f64::from(step / 40) * 0.151);
        let profile = [length * libm::cos(angle), length * libm::sin(angle)];
        let utility = |item: &ProfileItem| {
            let [a, b] = [item.tasks[0].precision, item.tasks[1].precision];
            0.25 * profile[0] * a + 0.75 * profile[1] * b - item.payment
        };
        let best = items.iter().map(utility).fold(0.0, f64::max);
        let choice = menu.choose(&profile);
        assert!((choice.utility - best).abs() < 1e-14);
        assert_eq!(choice.item.is_some(), best > 0.0);
        chosen.extend(choice.item);
    }
    assert!(chosen.len() > 12, "{chosen:?}");
}

#[test]
fn cells_are_covered_from_the_left() {
    let (cells, expected) = ([0.1, 0.5, 1.0], |values: [f64; 3]| values.to_vec());
    assert_eq!(value_on_cells(&cells, 3.0, 0.0), expected([0.0; 3]));
    assert_eq!(value_on_cells(&cells, 3.0, 0.1), expected([3.0, 0.0, 0.0]));
    assert_eq!(value_on_cells(&cells, 3.0, 0.75), expected([3.0, 3.0, 1.5]));
    assert_eq!(value_on_cells(&cells, 3.0, 1.0), expected([3.0; 3]));
}

#[test]
fn ties_go_to_her_own_item_else_to_the_most_profitable() {
    // Both are worth 1 to (1, 1) and to (0.9, 1.1); nothing is worth as much as either to (0.5, 0.5).
    let items = vec![item([1.0, 1.0], [2.0, 2.0], 1.0), item([9.0, 9.0], [3.0, 3.0], 2.0)];
    for reversed in [false, true] {
        let mut items = items.clone();
        if reversed {
            items.reverse();
        }
        let menu = ProfileMenu::new(&technology(), vec![0.5, 0.5], items, 1e-12);
        let (own, dear) = if reversed { (1, 0) } else { (0, 1) };
        assert_eq!(menu.choose(&[1.0, 1.0]).item, Some(own));
        assert_eq!(menu.choose(&[0.9, 1.1]).item, Some(dear));
        assert_eq!(menu.choose(&[0.5, 0.5]).item, Some(own));
        assert_eq!(menu.choose(&[0.49, 0.5]).item, None);
    }
}
