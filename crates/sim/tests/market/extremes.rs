//! Random markets at the edges of what a configuration may say: right answers or clear errors, and never a number that is none.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use sim::progress::Silent;
use sim::{Market, RunError, design, run};
use tempfile::TempDir;

use super::support::{market as shipped, options};

const RULES: [&str; 8] = [
    "rule = \"packages\"",
    "rule = \"allocations\"",
    "rule = \"flat\"",
    "rule = \"tiers\"\ntiers = 2\nlabel = \"two-tiers\"",
    "rule = \"tiers\"\ntiers = 3\nlabel = \"three-tiers\"",
    "rule = \"pay-as-you-go\"",
    "rule = \"marginal-cost\"",
    "rule = \"first-best\"",
];

/// Rules by what they can do: each earns no more than the next on the buyers it is designed for.
const NESTED: [&[&str]; 2] = [
    &["flat", "two-tiers", "three-tiers", "packages", "allocations", "first-best"],
    &["pay-as-you-go", "packages"],
];

/// A power of ten, fractional exponents included.
fn scale(range: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    range.prop_map(|exponent| libm::pow(10.0, exponent))
}

/// Shares near both ends as often as in the middle.
fn share() -> impl Strategy<Value = f64> {
    prop_oneof![0.05..0.95f64, scale(-4.0..-2.0), scale(-3.0..-1.5).prop_map(|distance| 1.0 - distance),]
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(0.5), Just(1.0), 0.0..2.0f64, scale(-6.0..3.0)]
}

/// Section `[technology]`: one to three token classes, perhaps fine-tuning.
fn technology() -> impl Strategy<Value = String> {
    let classes = vec((0.1..1.0f64, scale(-6.0..6.0)), 1..4);
    let tuning = proptest::option::of((share(), scale(-6.0..6.0)));
    (share(), classes, tuning, scale(-6.0..2.0)).prop_map(|(sigma, classes, tuning, base)| {
        let weight: f64 = classes.iter().map(|(weight, _)| weight).sum();
        let classes: Vec<String> = classes
            .iter()
            .enumerate()
            .map(|(at, (own, cost))| {
                format!("{{ class = \"c{at}\", exponent = {:e}, cost = {cost:e} }}", sigma * own / weight)
            })
            .collect();
        let tuning = tuning.map_or(String::new(), |(share, cost)| {
            format!("fine_tuning = {{ exponent = {:e}, cost = {cost:e} }}\n", share * (1.0 - sigma))
        });
        format!("[technology]\nbase_quality = {base:e}\ntokens = [{}]\n{tuning}", classes.join(", "))
    })
}

/// A market file of 500 buyers.
fn file(technology: &str, population: &str, rules: &[&str]) -> String {
    let rules: Vec<String> = rules.iter().map(|rule| format!("[[rules]]\n{rule}\n")).collect();
    format!(
        "name = \"extreme\"\n[run]\nseed = 1\nusers = 500\nrecord = \"none\"\n{technology}[population]\n{population}\n\
         [belief]\nsource = \"population\"\n{}",
        rules.concat(),
    )
}

/// One to four types with one to three tasks.
fn finite() -> impl Strategy<Value = String> {
    let types =
        (1usize..4).prop_flat_map(|tasks| (Just(tasks), vec((0.05..1.0f64, vec(value(), tasks)), 1..5)));
    (technology(), types).prop_map(|(technology, (tasks, types))| {
        let mass: f64 = types.iter().map(|(own, _)| own).sum();
        let types: Vec<String> = types
            .iter()
            .map(|(own, values)| format!("{{ probability = {:e}, values = {values:?} }}", own / mass))
            .collect();
        let masses: Vec<f64> =
            (0..tasks).map(|task| (2 * (task + 1)) as f64 / (tasks * (tasks + 1)) as f64).collect();
        let population = format!("family = \"finite\"\nmasses = {masses:?}\ntypes = [{}]", types.join(", "));
        file(&technology, &population, &RULES)
    })
}

/// A law without atoms, narrow or wide, near zero or far from it.
fn law() -> impl Strategy<Value = String> {
    let shape = || prop_oneof![0.5..3.0f64, scale(-0.5..1.5)];
    let whole = prop_oneof![
        (value(), scale(-3.0..3.0)).prop_map(|(low, width)| format!(
            "{{ distribution = \"uniform\", low = {low:e}, high = {:e} }}",
            low + width
        )),
        (-5.0..5.0f64, scale(-2.0..0.2)).prop_map(|(mu, sigma)| format!(
            "{{ distribution = \"lognormal\", mu = {mu:e}, sigma = {sigma:e} }}"
        )),
        scale(-3.0..3.0).prop_map(|mean| format!("{{ distribution = \"exponential\", mean = {mean:e} }}")),
        (shape(), scale(-3.0..3.0)).prop_map(|(shape, scale)| format!(
            "{{ distribution = \"gamma\", shape = {shape:e}, scale = {scale:e} }}"
        )),
        (shape(), scale(-3.0..3.0)).prop_map(|(shape, scale)| format!(
            "{{ distribution = \"weibull\", shape = {shape:e}, scale = {scale:e} }}"
        )),
        (scale(0.0..1.5), scale(-3.0..3.0)).prop_map(|(shape, scale)| format!(
            "{{ distribution = \"pareto\", shape = {shape:e}, scale = {scale:e} }}"
        )),
        (shape(), shape(), value(), scale(-3.0..3.0)).prop_map(|(alpha, beta, low, width)| format!(
            "{{ distribution = \"beta\", alpha = {alpha:e}, beta = {beta:e}, low = {low:e}, high = {:e} }}",
            low + width
        )),
    ];
    let cut = |law: &String| law.replace(" }", ", truncate = { high = 10.0 } }");
    let whole = whole.boxed();
    prop_oneof![
        4 => whole.clone(),
        1 => whole.clone().prop_map(move |law| cut(&law)),
        1 => (whole.clone(), whole, 0.1..0.9f64).prop_map(|(one, other, share)| {
            let part = |law: &str, weight: f64| law.replacen("{ ", &format!("{{ weight = {weight:e}, "), 1);
            let parts = [part(&one, share), part(&other, 1.0 - share)].join(", ");
            format!("{{ distribution = \"mixture\", components = [{parts}] }}")
        }),
    ]
}

/// Buyers with an index of any law.
fn index() -> impl Strategy<Value = String> {
    let rules: Vec<&str> = RULES.into_iter().filter(|rule| !rule.contains("allocations")).collect();
    (technology(), law()).prop_map(move |(technology, law)| {
        file(&technology, &format!("family = \"index\"\nindex = {law}"), &rules)
    })
}

/// Buyers with a value and a scale, which is a share of tasks and no law of the whole half-line.
fn value_and_scale() -> impl Strategy<Value = String> {
    let narrow = prop_oneof![
        (0.0..1.0f64, scale(-3.0..0.0)).prop_map(|(low, share)| format!(
            "{{ distribution = \"uniform\", low = {low:e}, high = {:e} }}",
            low + share * (1.0 - low)
        )),
        (0.3..5.0f64, 0.3..5.0f64).prop_map(|(alpha, beta)| format!(
            "{{ distribution = \"beta\", alpha = {alpha:e}, beta = {beta:e}, low = 0.0, high = 1.0 }}"
        )),
        share().prop_map(|value| format!("{{ distribution = \"constant\", value = {value:e} }}")),
    ];
    (technology(), law(), narrow).prop_map(|(technology, value, scale)| {
        file(&technology, &format!("family = \"value-scale\"\nvalue = {value}\nscale = {scale}"), &RULES)
    })
}

/// What may be refused, in the words of the refusal; all else must be answered.
const REFUSED: [&str; 7] = [
    // σ or σ+γ so close to one that returns hardly decrease.
    "found a sum of exponents of",
    "too extreme for 64-bit floats",
    "could not be certified: after",
    // σ so close to zero that no spend of 64 bits is small enough.
    "the certificate fails on optimality: relative gap",
    // Tails so heavy that nothing has a mean, or nothing but buyers who never come, and cuts that leave nothing of a law.
    "tail index",
    "rests on the far tail",
    "truncate",
];

fn answered(text: &str) -> Result<bool, TestCaseError> {
    let refused = |error: RunError| {
        let words = error.to_string();
        prop_assert!(REFUSED.iter().any(|known| words.contains(known)), "{words}\n{text}");
        Ok(false)
    };
    let market = match Market::parse("extreme.toml", text, &[]) {
        Ok(market) => market,
        Err(error) => return refused(error.into()),
    };
    let menus = match design(&market, &Silent) {
        Ok(design) => design.menus,
        Err(error) => return refused(error),
    };
    let expected =
        |label: &str| menus.iter().find(|menu| menu.label == label).map(|menu| menu.expected.profit);
    let most = expected("first-best").unwrap();
    for chain in NESTED {
        let chain: Vec<&str> = chain.iter().copied().filter(|label| expected(label).is_some()).collect();
        for pair in chain.windows(2) {
            let (less, more) = (expected(pair[0]).unwrap(), expected(pair[1]).unwrap());
            prop_assert!(
                less <= more + 2e-6 * most + f64::MIN_POSITIVE,
                "{} earns {less}, {} {more}\n{text}",
                pair[0],
                pair[1]
            );
        }
    }
    let out = TempDir::new().unwrap();
    let summary = match run(&market, &options(out.path(), 1), &Silent) {
        Ok(report) => report.summary,
        Err(error) => return refused(error),
    };
    prop_assert!(summary.not_finite().is_none(), "{:?}\n{text}", summary.not_finite());
    for rule in &summary.rules {
        let (welfare, parts) = (rule.welfare.mean, rule.profit.mean + rule.consumer_surplus.mean);
        let size = rule.revenue.mean.abs() + rule.cost.mean + rule.consumer_surplus.mean.abs();
        prop_assert!(
            (welfare - parts).abs() <= 1e-12 * size + f64::MIN_POSITIVE,
            "{}: {welfare} {parts}\n{text}",
            rule.rule
        );
        prop_assert!(
            rule.consumer_surplus.mean >= -1e-9 * size - f64::MIN_POSITIVE,
            "{}: {rule:?}\n{text}",
            rule.rule
        );
        let lost = rule.deadweight_loss.mean;
        prop_assert!(lost >= -1e-9 * (size + most) - f64::MIN_POSITIVE, "{}: {lost}\n{text}", rule.rule);
    }
    // What is simulated is what was expected, but for tails of which the reader is warned.
    let warned = |code: &str| summary.warnings.iter().find(|warning| warning.code == code);
    if let (Some(far), None, None) =
        (warned("far-from-expected"), warned("heavy-tail"), warned("few-that-matter"))
    {
        prop_assert!(false, "{}\n{text}", far.message);
    }
    Ok(true)
}

/// How many of `cases` random markets are answered: each is, or is refused for a reason.
fn answers(cases: u32, markets: &impl Strategy<Value = String>) -> u32 {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let answers = Cell::new(0);
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(markets, |text| {
            answers.set(answers.get() + u32::from(answered(&text)?));
            Ok(())
        })
        .unwrap();
    answers.get()
}

#[test]
fn extremes_of_finite_types_give_right_answers_or_clear_errors() {
    let answers = answers(150, &finite());
    assert!(answers > 100, "{answers} of 150 markets were answered");
}

#[test]
fn extremes_of_continuous_laws_give_right_answers_or_clear_errors() {
    let answers = answers(60, &index());
    assert!(answers > 30, "{answers} of 60 markets were answered");
}

#[test]
fn extremes_of_values_and_scales_give_right_answers_or_clear_errors() {
    let answers = answers(12, &value_and_scale());
    assert!(answers > 5, "{answers} of 12 markets were answered");
}

/// A million times the same buyer: whoever knows her takes all she has, by a menu of one item; a buyer worth nothing buys none.
#[test]
fn a_million_identical_buyers_are_one() {
    for (value, served) in [(1.5, 1.0), (0.0, 0.0)] {
        let index = format!(
            "population={{ family = \"index\", index = {{ distribution = \"constant\", value = {value:?} }} }}"
        );
        let market = shipped("pareto-index", &["run.users=1_000_000", "run.record=none", &index]);
        let out = TempDir::new().unwrap();
        let summary = run(&market, &options(out.path(), 2), &Silent).unwrap().summary;
        assert!(summary.not_finite().is_none(), "{:?}", summary.not_finite());
        let first_best = summary.first_best.profit;
        assert!(first_best.se <= 1e-12 * first_best.mean, "{first_best:?}");
        for label in ["packages", "flat"] {
            let rule = summary.rules.iter().find(|rule| rule.rule == label).unwrap();
            assert_eq!(rule.served_share.mean, served, "{label}");
            assert!(
                (rule.profit.mean - first_best.mean).abs() <= 1e-9 * first_best.mean,
                "{label}: {rule:?}"
            );
            assert!(
                rule.profit.se <= 1e-12 * first_best.mean
                    && rule.consumer_surplus.mean <= 1e-9 * first_best.mean
            );
        }
    }
}
