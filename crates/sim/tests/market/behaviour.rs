//! Choice shocks in a whole market: deterministic, outside the accounts, and gone with their scale.

use polars::prelude::{DataFrame, ParquetReader, SerReader};

use super::support::{contents, market, run_in_new_folder};

const LABELS: [&str; 4] = ["packages", "allocations", "pay-as-you-go", "three-tiers"];

fn logit(scale: &str, users: &str) -> sim::Market {
    let behaviour = format!("behaviour={{ kind = \"logit\", scale = {scale} }}");
    market("paper-uniform", &[&behaviour, users, "run.record=all", "belief.points=300"])
}

fn table(folder: &std::path::Path, name: &str) -> DataFrame {
    let file = std::fs::File::open(folder.join(name).join("part-00000.parquet")).unwrap();
    ParquetReader::new(file).finish().unwrap()
}

#[test]
fn threads_and_longer_runs_do_not_change_a_choice() {
    let market = logit("0.02", "run.users=10_000");
    let ((_one, one), (_four, four)) = (run_in_new_folder(&market, 1), run_in_new_folder(&market, 4));
    assert!(contents(&one.folder) == contents(&four.folder));
    let (_out, longer) = run_in_new_folder(&logit("0.02", "run.users=20_000"), 2);
    for label in LABELS {
        let name = format!("choices/rule={label}");
        let first = table(&longer.folder, &name).head(Some(10_000));
        assert!(first.equals_missing(&table(&one.folder, &name)), "{label}");
    }
}

/// Utility is the buyer's own valuation: it adds up with the payment, may be negative, and never beats first-best.
#[test]
fn accounts_hold_no_shocks() {
    let market = logit("0.05", "run.users=20_000");
    let (_out, report) = run_in_new_folder(&market, 2);
    let floats = |frame: &DataFrame, name: &str| -> Vec<f64> {
        frame.column(name).unwrap().f64().unwrap().iter().map(Option::unwrap).collect()
    };
    for label in LABELS {
        let frame = table(&report.folder, &format!("choices/rule={label}"));
        let [gross, utility, payment] =
            ["gross_value", "utility", "payment"].map(|name| floats(&frame, name));
        for ((g, u), t) in gross.iter().zip(&utility).zip(&payment) {
            assert!((g - (u + t)).abs() <= 1e-12 * (g.abs() + t.abs()), "{label}: {g} {u} {t}");
        }
        let losers = utility.iter().filter(|u| **u < 0.0).count();
        assert_eq!(losers > 0, label != "pay-as-you-go", "{label}: {losers}");
    }
    for rule in &report.summary.rules {
        assert!(rule.deadweight_loss.mean > -1e-12, "{}", rule.rule);
    }
    let first_best = report.summary.rules.iter().find(|rule| rule.rule == "first-best").unwrap();
    assert_eq!(first_best.profit_share_of_first_best.mean, 1.0);
}

/// Nobody gives up more utility than two shocks can outweigh, 60 times their scale, and hardly anybody another item:
/// only whoever stands within that of a tie.
#[test]
fn without_scale_choices_are_rational() {
    let rational = market("paper-uniform", &["run.users=5000", "run.record=all", "belief.points=300"]);
    let shaken = logit("1e-13", "run.users=5000");
    assert_ne!(rational.run_id(), shaken.run_id());
    let ((_r, rational), (_s, shaken)) = (run_in_new_folder(&rational, 2), run_in_new_folder(&shaken, 2));
    for label in LABELS {
        let name = format!("choices/rule={label}");
        let [rational, shaken] = [&rational, &shaken].map(|report| table(&report.folder, &name));
        let [best, taken] =
            [&rational, &shaken].map(|frame| frame.column("utility").unwrap().f64().unwrap().clone());
        let [items, others] =
            [&rational, &shaken].map(|frame| frame.column("item").unwrap().u32().unwrap().clone());
        for (best, taken) in best.iter().zip(taken.iter()) {
            assert!((best.unwrap() - taken.unwrap()).abs() < 60.0 * 1e-13, "{label}");
        }
        let moved = items.iter().zip(others.iter()).filter(|(item, other)| item != other).count();
        assert!(moved <= 10, "{label}: {moved} of 5000 buyers");
    }
}
