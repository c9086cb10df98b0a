//! Same configuration, seed and version: the same bytes, whatever the threads.

use sim::Market;

use super::support::{contents, market, run_in_new_folder};

/// More than one row group and an odd number of buyers.
const USERS: &str = "run.users=140_001";

#[test]
fn threads_do_not_change_a_byte() {
    for name in ["paper-uniform", "lognormal-tasks", "three-customers", "pareto-index"] {
        let market = market(name, &[USERS, "run.record=all", "belief.points=2000"]);
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
    for name in ["paper-uniform", "lognormal-tasks", "three-customers", "pareto-index"] {
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
