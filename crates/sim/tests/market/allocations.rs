//! Allocations for profiles of values, faced by whole markets.

use model::summary::RuleSummary;
use sim::progress::Silent;
use sim::{RunReport, design};

use super::support::{market, run_in_new_folder};

fn rule(report: &RunReport, label: &str) -> RuleSummary {
    report.summary.rules.iter().find(|rule| rule.rule == label).unwrap().clone()
}

/// λ = 2/15: both participation constraints bind, so nobody keeps anything and welfare is profit.
#[test]
fn two_types_pay_what_the_closed_form_says() {
    let (_out, report) = run_in_new_folder(&market("binary", &["run.users=1_000_000"]), 2);
    let allocations = rule(&report, "allocations");
    let (profit, surplus) = (allocations.profit, allocations.consumer_surplus);
    assert!((profit.mean - 0.487_561).abs() < 4.0 * profit.se && profit.se < 1e-3, "{profit:?}");
    assert!(surplus.mean < 1e-14 && allocations.served_share.mean == 1.0, "{surplus:?}");
    // The value of contractible allocations, paired on the same buyers.
    let difference = allocations.profit_difference;
    assert!(difference.mean > 100.0 * difference.se, "{difference:?}");
    assert!(report.summary.warnings.is_empty(), "{:?}", report.summary.warnings);
}

/// Simulated buyers are neither those of the design nor the fresh ones: all three figures agree within their errors.
#[test]
fn representatives_earn_from_strangers_what_is_said() {
    let market = market("two-tasks", &[]);
    let menus = design(&market, &Silent).unwrap().menus;
    let menu = menus.iter().find(|menu| menu.label == "allocations").unwrap();
    let said = menu.parameters["out_of_sample_profit"];
    let said_error = menu.parameters["out_of_sample_profit_se"];
    let (_out, report) = run_in_new_folder(&market, 2);
    let found = rule(&report, "allocations").profit;
    let apart = (found.mean - said) / (found.se * found.se + said_error * said_error).sqrt();
    assert!(apart.abs() < 4.0, "{found:?} {said} ± {said_error}");
    assert!((menu.expected.profit / said - 1.0).abs() < 0.05, "{} {said}", menu.expected.profit);
    // The types alone promise more than strangers keep.
    assert!(menu.parameters["profit_from_types"] > said + 4.0 * said_error);
    let first_best = menus.iter().find(|menu| menu.label == "first-best").unwrap().expected.profit;
    assert!(said < first_best);
}

/// As the header of the market says, and by how much: paired on the same buyers.
#[test]
fn contracting_on_use_pays_where_tasks_matter_little_or_much() {
    let (_out, report) = run_in_new_folder(&market("two-tasks", &[]), 2);
    let (packages, allocations) = (rule(&report, "packages").profit, rule(&report, "allocations"));
    let difference = allocations.profit_difference;
    assert!(difference.mean > 10.0 * difference.se, "{difference:?}");
    assert!((0.02..0.04).contains(&(difference.mean / packages.mean)), "{difference:?} of {packages:?}");
}

#[test]
fn beliefs_about_other_tasks_are_refused() {
    let other = [
        "belief.source=law",
        "belief.population={ family = \"finite\", masses = [1.0], types = [{ probability = 1.0, values = [1.0] }] }",
    ];
    let refused = design(&market("two-tasks", &other), &Silent).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("other tasks"), "{refused}");
}

/// What is refused says what to do, and each remedy it names works.
#[test]
fn beliefs_without_profiles_are_refused_with_remedies_that_work() {
    let copula = "population.dependence={ copula = \"gaussian\", correlation = 0.4 }";
    let mixed = |atom: &str| {
        format!(
            "population.value={{ distribution = \"mixture\", components = [{{ weight = 0.3, {atom} }}, {{ weight = 0.7, \
             distribution = \"uniform\", low = 0.2, high = 1.0 }}] }}"
        )
    };
    let (atom, narrow) = (
        mixed("distribution = \"constant\", value = 0.5"),
        mixed("distribution = \"uniform\", low = 0.499, high = 0.501"),
    );
    let sampled = ["belief.source=sample", "belief.buyers=400"];
    let designed = |changes: &[&str]| {
        let base =
            ["belief.points=400", "rules=[{ rule = \"packages\" }, { rule = \"allocations\", types = 12 }]"];
        let market = market("paper-uniform", &[&base[..], changes].concat());
        design(&market, &Silent).map(|_| ()).map_err(|error| error.to_string())
    };
    for refused in [&[copula, sampled[0], sampled[1]][..], &[copula, &atom]] {
        let error = designed(refused).unwrap_err();
        for text in [
            "rule allocations",
            "types = K",
            "source = \"population\" or \"law\"",
            "narrow uniform",
            "packages",
        ] {
            assert!(error.contains(text), "{text}: {error}");
        }
    }
    designed(&[copula]).unwrap();
    designed(&[copula, &narrow]).unwrap();
    // Without a copula a sample and an atom are fine.
    designed(&sampled).unwrap();
    designed(&[&atom]).unwrap();
    // Profiles task by task, from a sample: values that depend on each other, and atoms with a continuum.
    let tasks = "population={ family = \"tasks\", n_tasks = 2, zero_probability = 0.2, value = { distribution = \"lognormal\", \
                 mu = 0.0, sigma = 0.4 }, dependence = { copula = \"one-factor\", correlation = 0.5 } }";
    designed(&[tasks, sampled[0], sampled[1]]).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("tasks.csv");
    let rows =
        (0..200_u32).map(|i| format!("{},{}\n", f64::from(i % 20) / 20.0, f64::from(i * i % 37) / 37.0));
    std::fs::write(&file, format!("a,b\n{}", rows.collect::<String>())).unwrap();
    let file = format!(
        "population={{ family = \"empirical\", file = {:?}, tasks = [\"a\", \"b\"] }}",
        file.to_str().unwrap()
    );
    designed(&[&file]).unwrap();
    designed(&[&file, sampled[0], sampled[1]]).unwrap();
}
