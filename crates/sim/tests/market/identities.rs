//! Accounting identities and regret on every recorded row of a run.

use std::path::Path;

use model::choice::Buyer;
use model::menu::Offer;
use model::technology::Technology;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use population::Key;
use sim::engine::{BLOCK, Block, thread_pool};
use sim::outcome::Outcomes;
use sim::progress::Silent;
use sim::{Market, design};

use super::support::{market, run_in_new_folder, shipped};

pub(crate) fn read(folder: &Path, name: &str) -> DataFrame {
    ParquetReader::new(std::fs::File::open(folder.join(name)).unwrap()).finish().unwrap()
}

pub(crate) fn floats(frame: &DataFrame, name: &str) -> Vec<f64> {
    frame.column(name).unwrap().f64().unwrap().iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

fn items(frame: &DataFrame) -> Vec<Option<u32>> {
    frame.column("item").unwrap().u32().unwrap().iter().collect()
}

fn recorded(name: &str) -> Market {
    market(name, &["run.users=100_000", "run.record=all", "belief.points=10_000"])
}

/// U >= 0 because buyers are rational: shocks may make them buy what they regret.
#[test]
fn identities_hold_on_every_row() {
    for name in shipped() {
        let market = recorded(&name);
        let technology = Technology::new(market.technology.clone()).unwrap();
        let (_out, report) = run_in_new_folder(&market, 2);
        let buyers = read(&report.folder, "buyers/part-00000.parquet");
        assert_eq!(buyers.height(), 100_000);
        let first_best: Vec<f64> =
            floats(&buyers, "index").iter().map(|theta| technology.surplus(*theta)).collect();
        for rule in &market.rules {
            let label = &rule.label;
            let choices = read(&report.folder, &format!("choices/rule={label}/part-00000.parquet"));
            let column = |name: &str| floats(&choices, name);
            let (payment, cost, gross, utility) =
                (column("payment"), column("cost"), column("gross_value"), column("utility"));
            let tuning = column("fine_tuning");
            let tokens: Vec<Vec<f64>> =
                technology.classes().map(|class| column(&format!("tokens_{class}"))).collect();
            for (row, item) in items(&choices).into_iter().enumerate() {
                let close = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-12 * scale.abs();
                let (t, c, g, u) = (payment[row], cost[row], gross[row], utility[row]);
                assert!(close(g, u + t, g), "{name} {label} {row}: G = {g}, U + t = {}", u + t);
                assert!(u >= -1e-12 * g, "{name} {label} {row}: U = {u}");
                let loss = first_best[row] - (u + t - c);
                assert!(loss >= -1e-12 * g, "{name} {label} {row}: welfare beyond first-best by {}", -loss);
                let valued: f64 = technology
                    .config()
                    .tokens
                    .iter()
                    .zip(&tokens)
                    .map(|(class, x)| class.cost * x[row])
                    .sum();
                let spent = valued + technology.fine_tuning_cost() * tuning[row];
                assert!(close(spent, c, c), "{name} {label} {row}: tokens cost {spent}, recorded {c}");
                if item.is_none() {
                    assert!([t, c, g, u, tuning[row]].iter().all(|x| *x == 0.0), "{name} {label} {row}");
                }
            }
        }
    }
}

/// Every buyer against every item of every package menu, by brute force over the recorded items.
#[test]
fn no_buyer_gains_by_another_package() {
    let market = recorded("paper-uniform");
    let (_out, report) = run_in_new_folder(&market, 2);
    let index = floats(&read(&report.folder, "buyers/part-00000.parquet"), "index");
    for label in ["packages", "flat", "two-tiers", "three-tiers"] {
        let menu = read(&report.folder, &format!("menus/{label}.parquet"));
        let (precision, price) = (floats(&menu, "precision"), floats(&menu, "payment"));
        let choices = read(&report.folder, &format!("choices/rule={label}/part-00000.parquet"));
        let (utility, gross) = (floats(&choices, "utility"), floats(&choices, "gross_value"));
        for (row, theta) in index.iter().enumerate() {
            let best = precision.iter().zip(&price).map(|(q, t)| theta * q - t).fold(0.0, f64::max);
            let regret = best - utility[row];
            assert!(regret <= 1e-9 * gross[row].max(best), "{label}: buyer {row} regrets {regret}");
        }
    }
}

/// Buyers against every recorded plan with any tokens of a grid, from nothing to the plan's cap.
#[test]
fn no_buyer_gains_by_another_plan() {
    let market = recorded("paper-plans");
    let technology = Technology::new(market.technology.clone()).unwrap();
    let (_out, report) = run_in_new_folder(&market, 2);
    let index = floats(&read(&report.folder, "buyers/part-00000.parquet"), "index");
    for label in ["three-tariffs", "three-capped", "three-budgets"] {
        let menu = read(&report.folder, &format!("menus/{label}.parquet"));
        let column = |name: &str| floats(&menu, name);
        let (fee, markup, tuning) = (column("fee"), column("markup"), column("fine_tuning"));
        let (allowance, cap) = (column("allowance"), column("spend_cap"));
        let choices = read(&report.folder, &format!("choices/rule={label}/part-00000.parquet"));
        let (utility, gross) = (floats(&choices, "utility"), floats(&choices, "gross_value"));
        let mut nearest = f64::INFINITY;
        for (row, theta) in index.iter().enumerate().take(1000) {
            let mut best = 0.0f64;
            for plan in 0..menu.height() {
                let most = if cap[plan].is_nan() { 4.0 } else { cap[plan] };
                for spend in (0..=400).map(|step| most * f64::from(step) / 400.0) {
                    // Beyond the allowance of a plan without markup there are no tokens.
                    let extra =
                        if spend > allowance[plan] { markup[plan] * (spend - allowance[plan]) } else { 0.0 };
                    let value = theta * technology.package_precision(spend, tuning[plan]);
                    best = best.max(value - fee[plan] - extra);
                }
            }
            let regret = best - utility[row];
            assert!(regret <= 1e-12 * gross[row].max(1e-3), "{label}: buyer {row} regrets {regret}");
            if gross[row] > 0.0 {
                nearest = nearest.min(-regret / gross[row]);
            }
        }
        assert!(nearest < 1e-3, "{label}: the grid comes no nearer than {nearest}");
    }
}

/// Blocks choose column by column: every row, bit for bit, is what its buyer chooses alone, also one who does nothing.
#[test]
fn blocks_choose_as_buyers_do_one_by_one() {
    for name in shipped() {
        let market = market(&name, &["belief.points=2000"]);
        if !market.behaviour.is_rational() {
            continue;
        }
        let designed = design(&market, &Silent).unwrap();
        let (technology, pool) = (&designed.technology, thread_pool(1).unwrap());
        let engine = designed.engine(&market, &pool);
        // A short block behind a whole one, which leaves its columns to it.
        let blocks = engine.batch(Key { seed: 5, replicate: 0 }, 0, BLOCK + 77, true);
        for Block { buyers, outcomes, .. } in &blocks {
            let number =
                |column: &Option<Vec<f64>>, row: usize| column.as_ref().map_or(f64::NAN, |own| own[row]);
            let rows = buyers.index.len();
            for (menu, outcomes) in designed.menus.iter().zip(outcomes) {
                for row in 0..rows {
                    let tasks = buyers.task_values.as_ref().map_or(0, |values| values.len() / rows);
                    let buyer = Buyer {
                        powers: technology.powers(buyers.index[row]),
                        value: number(&buyers.value, row),
                        scale: number(&buyers.scale, row),
                        profile: buyers.task_values.as_ref().map_or(&[], |own| &own[row * tasks..][..tasks]),
                    };
                    let (alone, found) = (menu.offer.choose(technology, &buyer), outcomes.choice(row));
                    assert_eq!(found, alone, "{name} {} {row}", menu.label);
                }
            }
        }
    }
}

/// Tiers, scales and values at their ends, zero among them.
#[test]
fn allocations_are_chosen_in_columns_as_one_by_one() {
    let designed = design(&market("paper-uniform", &["belief.points=500"]), &Silent).unwrap();
    let technology = &designed.technology;
    let menu = &designed.menus.iter().find(|menu| menu.label == "allocations").unwrap().offer;
    let ends = [0.0, f64::MIN_POSITIVE, 1e-300, 1e-9, 0.25, 0.499_999, 0.5, 0.6, 0.75, 0.9, 1.0];
    let types: Vec<(f64, f64)> = ends.iter().flat_map(|w| ends.map(|s| (*w, s))).collect();
    let buyers: Vec<Buyer> = types.iter().map(|(w, s)| Buyer::of_value_scale(technology, *w, *s)).collect();
    let powers = technology.power_columns(&buyers.iter().map(|buyer| buyer.powers.index).collect::<Vec<_>>());
    let mut found = Outcomes::default();
    found.make_room(types.len());
    menu.choose_all(technology, &powers, |row| buyers[row], &mut found.columns());
    for (row, buyer) in buyers.iter().enumerate() {
        assert_eq!(found.choice(row), menu.choose(technology, buyer), "{:?}", types[row]);
    }
    assert!((0..types.len()).filter(|row| found.choice(*row).item.is_some()).count() > 20);
}

/// Every buyer against all reports (w', s') on a grid: s' <= s used on s', s' > s used on s.
#[test]
fn no_buyer_gains_by_another_allocation() {
    let market = recorded("paper-uniform");
    let designed = design(&market, &Silent).unwrap();
    let technology = &designed.technology;
    let menu = designed.menus.iter().find(|menu| menu.label == "allocations").unwrap();
    let Offer::Allocations(allocations) = &menu.offer else { panic!("allocations") };
    let (_out, report) = run_in_new_folder(&market, 2);
    let buyers = read(&report.folder, "buyers/part-00000.parquet");
    let (value, scale) = (floats(&buyers, "value"), floats(&buyers, "scale"));
    let choices = read(&report.folder, "choices/rule=allocations/part-00000.parquet");
    let (utility, gross) = (floats(&choices, "utility"), floats(&choices, "gross_value"));
    let reports: Vec<(f64, f64, f64, f64)> = (1..=40)
        .flat_map(|i| (1..=20).map(move |j| (f64::from(i) / 40.0, f64::from(j) / 20.0)))
        .filter_map(|(w, s)| {
            let choice = menu.offer.choose(technology, &Buyer::of_value_scale(technology, w, s));
            // Precision per task on which it is used, and the payment.
            choice.item.map(|_| (s, choice.gross_value / (w * s), choice.payment, w))
        })
        .collect();
    assert!(reports.len() > 300 && allocations.thresholds().len() > 1000);
    for row in 0..value.len() {
        for (reported, precision, payment, _) in &reports {
            let gain = value[row] * scale[row].min(*reported) * precision - payment - utility[row];
            assert!(gain <= 1e-9 * gross[row].max(1e-3), "buyer {row} gains {gain} by reporting {reported}");
        }
    }
}

/// Segments come in their shares, are recorded by name, and their means add up to the whole.
#[test]
fn segments_add_up() {
    let market = recorded("segments");
    let (_out, report) = run_in_new_folder(&market, 2);
    let summary = &report.summary;
    let names: Vec<&str> = summary.by_segment.iter().map(|segment| segment.segment.as_str()).collect();
    assert_eq!(names, ["hobbyists", "teams", "platforms"]);
    for (segment, share) in summary.by_segment.iter().zip([0.7, 0.25, 0.05_f64]) {
        let found = segment.users as f64 / 1e5;
        // Five standard errors of a share: once in two million seeds; this one is fixed.
        assert!((found - share).abs() < 5.0 * (share * (1.0 - share) / 1e5).sqrt(), "{}", segment.segment);
    }
    let profit: f64 = summary
        .by_segment
        .iter()
        .map(|segment| segment.users as f64 * segment.rules[0].profit.mean / 1e5)
        .sum();
    assert!((profit / summary.rules[0].profit.mean - 1.0).abs() < 1e-12);
    let buyers = read(&report.folder, "buyers/part-00000.parquet");
    let segments = buyers.column("segment").unwrap().str().unwrap();
    let teams = segments.iter().filter(|name| *name == Some("teams")).count() as u64;
    assert_eq!(teams, summary.by_segment[1].users);
}

/// The recorded values of the tasks give the recorded index.
#[test]
fn recorded_tasks_explain_the_index() {
    let market = market(
        "lognormal-tasks",
        &["run.users=5000", "run.record=all", "run.record_tasks=true", "belief.points=1000"],
    );
    let sigma = Technology::new(market.technology.clone()).unwrap().sigma();
    let (_out, report) = run_in_new_folder(&market, 2);
    let buyers = read(&report.folder, "buyers/part-00000.parquet");
    let index = floats(&buyers, "index");
    let lists = buyers.column("task_values").unwrap().list().unwrap();
    for (row, theta) in index.iter().enumerate() {
        let values = lists.get_as_series(row).unwrap();
        let values: Vec<f64> = values.f64().unwrap().iter().map(Option::unwrap).collect();
        assert_eq!(values.len(), 16);
        let mean = values.iter().map(|w| libm::pow(*w, 1.0 / (1.0 - sigma))).sum::<f64>() / 16.0;
        assert!((libm::pow(mean, 1.0 - sigma) / theta - 1.0).abs() < 1e-12, "buyer {row}");
    }
}
