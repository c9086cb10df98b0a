//! Same configuration, seed and version: the same bytes, whatever the threads.

use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use population::Key;
use sim::engine::{BLOCK, thread_pool};
use sim::outcome::Fold;
use sim::progress::Silent;
use sim::{Market, design};

use super::support::{contents, market, run_in_new_folder, shipped};

/// More than one row group and an odd number of buyers.
const USERS: &str = "run.users=140_001";

#[test]
fn threads_do_not_change_a_byte() {
    for name in shipped() {
        let market = market(&name, &[USERS, "run.record=all", "belief.points=2000"]);
        let (_one, one) = run_in_new_folder(&market, 1);
        let expected = contents(&one.folder);
        for threads in [2, 8] {
            let (_many, many) = run_in_new_folder(&market, threads);
            let found = contents(&many.folder);
            assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
            for (path, bytes) in &expected {
                assert!(bytes == &found[path], "{name}: {} differs with {threads} threads", path.display());
            }
        }
    }
}

#[test]
fn a_resolved_configuration_is_its_own_run() {
    for name in ["paper-uniform", "lognormal-tasks", "three-customers", "binary", "pareto-index", "segments"]
    {
        let market = market(name, &["run.users=1000"]);
        let again = Market::parse("config.toml", &market.to_toml(), &[]).unwrap();
        assert_eq!(again.run_id(), market.run_id());
        assert_eq!(again.to_toml(), market.to_toml());
    }
}

#[test]
fn run_ids_tell_configurations_apart_and_seeds_by_name() {
    let plain = market("paper-uniform", &[]);
    let seeded = market("paper-uniform", &["run.seed=7"]);
    let dearer = market("paper-uniform", &["technology.tokens.input.cost=0.2"]);
    assert_eq!(plain.run_id()[..12], seeded.run_id()[..12]);
    assert!(seeded.run_id().ends_with("-7"));
    assert_ne!(plain.run_id()[..12], dearer.run_id()[..12]);
}

/// The unit of work does not matter: eight blocks at once, or four and four, or block by block.
#[test]
fn batches_do_not_change_a_moment() {
    let market = market("paper-uniform", &["belief.points=2000"]);
    let designed = design(&market, &Silent).unwrap();
    let pool = thread_pool(2).unwrap();
    let engine = designed.engine(&market, &pool);
    let fold_in = |batch: u64| {
        let mut fold = Fold::new(designed.menus.len());
        for first in (0..8 * BLOCK).step_by((batch * BLOCK) as usize) {
            for block in engine.batch(Key { seed: 1, replicate: 0 }, first, batch * BLOCK, false) {
                fold.merge(&block.fold);
            }
        }
        fold
    };
    assert_eq!(fold_in(8), fold_in(4));
    assert_eq!(fold_in(8), fold_in(1));
}

/// Buyer 17 and what she chooses are the same in every larger run.
#[test]
fn a_larger_run_begins_with_the_same_people() {
    for name in ["paper-uniform", "lognormal-tasks"] {
        let run = |users: &str| {
            let market = market(name, &[users, "run.record=all", "belief.points=2000"]);
            run_in_new_folder(&market, 2)
        };
        let ((_few, few), (_many, many)) = (run("run.users=5000"), run("run.users=20000"));
        for table in
            ["buyers", "choices/rule=packages", "choices/rule=three-tiers", "choices/rule=pay-as-you-go"]
        {
            let read = |folder: &Path| {
                let file = std::fs::File::open(folder.join(table).join("part-00000.parquet")).unwrap();
                ParquetReader::new(file).finish().unwrap().head(Some(5000))
            };
            assert!(read(&few.folder).equals_missing(&read(&many.folder)), "{name} {table}");
        }
    }
}
