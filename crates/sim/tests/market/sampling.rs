//! Buyers spread evenly: the same answers as independent ones, with honest standard errors.

use model::summary::{Estimate, StandardErrors, Summary};
use population::{Design, Key};
use sim::engine::thread_pool;
use sim::outcome::{Moments, Tally};
use sim::progress::Silent;
use sim::{Market, design};

use super::support::{market, run_in_new_folder};

const EVEN: [Design; 2] = [Design::Stratified, Design::Sobol];

/// The paper's example with 2^14 buyers in each of some replicates.
fn paper(sampling: Design, replicates: u32) -> Market {
    let (sampling, replicates) =
        (format!("run.sampling={}", sampling.name()), format!("run.replicates={replicates}"));
    market("paper-uniform", &["run.users=16384", "run.record=none", &sampling, &replicates])
}

fn summary(market: &Market) -> Summary {
    run_in_new_folder(market, 2).1.summary
}

/// Of 16 replicates: 4 standard errors are exceeded by Student's t with 15 degrees of freedom once in 860 times.
#[test]
fn even_buyers_agree_with_the_exact_fractions() {
    let plain = summary(&market("paper-uniform", &["run.users=262144", "run.record=none"]));
    for sampling in EVEN {
        let found = summary(&paper(sampling, 16));
        assert_eq!(found.standard_errors, StandardErrors::Replicates { replicates: 16 });
        assert_eq!(found.users, plain.users);
        let packages = found.rules.iter().find(|rule| rule.rule == "packages").unwrap();
        let allocations = found.rules.iter().find(|rule| rule.rule == "allocations").unwrap();
        for (name, estimate, exact) in [
            ("profit", packages.profit, 97.0 / 1080.0),
            ("consumer surplus", packages.consumer_surplus, 97.0 / 1620.0),
            ("served share", packages.served_share, 4.0 / 9.0),
            ("share of first-best", packages.profit_share_of_first_best, 4.0 / 9.0),
            ("first-best", found.first_best.profit, 97.0 / 480.0),
            ("allocations minus packages", allocations.profit_difference, 97.0 / 8640.0),
        ] {
            let Estimate { mean, se } = estimate;
            assert!((mean - exact).abs() <= 4.0 * se, "{sampling:?}, {name}: {mean} ± {se} is not {exact}");
        }
        // The paper's first-best is 2 Σ of two smooth parts: its error has to fall by more than chance allows.
        let gain = plain.first_best.profit.se / found.first_best.profit.se;
        let least = if sampling == Design::Sobol { 10.0 } else { 1.5 };
        assert!(gain > least, "{sampling:?}: {gain}");
    }
}

/// Means and errors from the replicates' own summaries, one run each: a second way to every figure.
#[test]
fn estimates_are_the_mean_and_spread_of_replicates() {
    const REPLICATES: u32 = 8;
    let market = market(
        "segments",
        &["run.users=3000", "run.record=none", "run.sampling=sobol", "run.replicates=8", "belief.points=500"],
    );
    let found = summary(&market);
    let designed = design(&market, &Silent).unwrap();
    let pool = thread_pool(2).unwrap();
    let engine = designed.engine(&market, &pool);
    let replicates: Vec<Tally> = (0..REPLICATES)
        .map(|replicate| {
            let mut tally = Tally::new(designed.menus.len(), StandardErrors::Buyers);
            for block in engine.batch(Key { seed: market.run.seed, replicate }, 0, market.run.users, false) {
                tally.merge(&block.fold);
            }
            tally
        })
        .collect();
    let expected = |of: &dyn Fn(&Tally) -> f64| {
        let means: Vec<f64> = replicates.iter().map(of).collect();
        Moments::of(&means).estimate()
    };
    let same = |found: Estimate, expected: Estimate, what: &str| {
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * expected.mean.abs();
        assert!(
            close(found.mean, expected.mean) && close(found.se, expected.se),
            "{what}: {found:?} {expected:?}"
        );
    };
    for (position, rule) in found.rules.iter().enumerate() {
        same(rule.profit, expected(&|tally| tally.buyers.rules[position].all.profit().mean), "profit");
        same(
            rule.fine_tuned_share,
            expected(&|tally| tally.buyers.rules[position].further.fine_tuned().mean),
            "tuned",
        );
        for (decile, group) in found.by_decile.iter().enumerate() {
            let mean = |tally: &Tally| tally.buyers.rules[position].by_decile[decile].profit().mean;
            same(group.rules[position].profit, expected(&mean), "decile");
        }
        for (segment, group) in found.by_segment.iter().enumerate() {
            let mean = |tally: &Tally| tally.buyers.rules[position].by_segment[segment].utility().mean;
            same(group.rules[position].consumer_surplus, expected(&mean), "segment");
        }
        if let Some(against_baseline) = position.checked_sub(1).filter(|_| market.baseline() == 0) {
            let mean = |tally: &Tally| tally.buyers.pairs[against_baseline].all.profit().mean;
            same(rule.profit_difference, expected(&mean), "difference");
        }
        // The ratio of means, linearised: the error of the residuals p - r π of replicates over the mean of π.
        let ratio = rule.profit_share_of_first_best;
        let residual = expected(&|tally| {
            tally.buyers.rules[position].all.profit().mean - ratio.mean * tally.buyers.first_best.mean
        });
        let error = residual.se / found.first_best.profit.mean;
        assert!((ratio.se - error).abs() < 1e-9 && residual.mean.abs() < 1e-12, "{ratio:?} {error}");
    }
    assert!(!found.by_segment.is_empty());
    let counted: u64 = found.by_decile.iter().map(|decile| decile.users).sum();
    assert_eq!(counted, 3000 * u64::from(REPLICATES));
}

/// Whether the errors are the errors: in 95 % of all runs of eight replicates the exact profit lies within 2.365 standard
/// errors, as Student's t with seven degrees of freedom says. Of 125 runs 119 should do; fewer than 108 or all of them
/// have a probability of 0.002, errors too small or too large by a half one near one. The naive formula covers always.
#[test]
fn errors_from_eight_replicates_cover_as_students_t() {
    const RUNS: u32 = 125;
    let exact = 97.0 / 1080.0;
    for sampling in EVEN {
        let market = market(
            "paper-uniform",
            &[
                "run.users=512",
                "run.record=none",
                "run.replicates=8",
                &format!("run.sampling={}", sampling.name()),
            ],
        );
        let mut designed = design(&market, &Silent).unwrap();
        designed.menus.retain(|menu| menu.label == "packages");
        let pool = thread_pool(2).unwrap();
        let engine = designed.engine(&market, &pool);
        let (mut covered, mut naively) = (0, 0);
        for run in 0..RUNS {
            let mut tally = Tally::new(1, market.run.standard_errors());
            for replicate in 8 * run..8 * run + 8 {
                for block in engine.batch(Key { seed: 20_250_702, replicate }, 0, market.run.users, false) {
                    tally.merge(&block.fold);
                }
                tally.end_replicate();
            }
            let within = |estimate: Estimate| (estimate.mean - exact).abs() < 2.365 * estimate.se;
            covered += u32::from(within(tally.observations().rules[0].all.profit().estimate()));
            naively += u32::from(within(tally.buyers.rules[0].all.profit().estimate()));
        }
        assert!((108..=124).contains(&covered), "{sampling:?}: {covered} of {RUNS}");
        assert!(naively == RUNS, "{sampling:?}: the naive formula is wrong on the safe side: {naively}");
    }
}

/// Threads, kills and longer runs are as for independent buyers: here threads, and what the files say.
#[test]
fn even_runs_are_reproducible_and_say_how_they_were_sampled() {
    use super::support::contents;
    for sampling in EVEN {
        let market = market(
            "lognormal-tasks",
            &[
                "run.users=5000",
                "run.replicates=8",
                "run.record=all",
                "belief.points=500",
                &format!("run.sampling={}", sampling.name()),
            ],
        );
        let ((_one, one), (_two, two)) = (run_in_new_folder(&market, 1), run_in_new_folder(&market, 2));
        assert!(contents(&one.folder) == contents(&two.folder));
        let read = |name: &str| std::fs::read_to_string(one.folder.join(name)).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&read("manifest.json")).unwrap();
        assert_eq!(manifest["sampling"], sampling.name());
        assert!(manifest["standard_errors"].as_str().unwrap().contains("8 independent replicates"));
        assert!(read("config.toml").contains(&format!("sampling = \"{}\"", sampling.name())));
        let again = Market::parse("config.toml", &read("config.toml"), &[]).unwrap();
        assert_eq!(again.run_id(), market.run_id());
    }
    // Without a design nothing is said but in the manifest, and a run keeps its name.
    let (plain, pseudo) = (market("paper-uniform", &[]), market("paper-uniform", &["run.sampling=pseudo"]));
    assert_eq!((plain.run_id(), plain.to_toml()), (pseudo.run_id(), pseudo.to_toml()));
    assert!(!plain.to_toml().contains("sampling"));
}
