//! Populations whose density jumps or bends: expected values of their menus in closed form.
//!
//! With the paper's technology but no fine-tuning π(τ) = τ² and q(τ) = 2τ.

use model::menu::Expected;
use sim::progress::Silent;
use sim::{Market, design};

/// Relative to the exact value.
const TOLERANCE: f64 = 1e-10;

/// What every rule posted to a population expects: first-best, packages, flat.
fn expected(population: &str) -> [Expected; 3] {
    let text = format!(
        r#"
        name = "jumping"
        run = {{ seed = 1, users = 2, record = "none" }}
        belief = {{ source = "population", points = 20_000 }}
        rules = [{{ rule = "first-best" }}, {{ rule = "packages" }}, {{ rule = "flat" }}]
        [technology]
        base_quality = 1.0
        tokens = [
            {{ class = "input", exponent = 0.25, cost = 0.125 }}, {{ class = "output", exponent = 0.25, cost = 0.125 }},
        ]
        {population}"#
    );
    let market = Market::parse("jumping.toml", &text, &[]).unwrap();
    let designed = design(&market, &Silent).unwrap();
    ["first-best", "packages", "flat"]
        .map(|label| designed.menus.iter().find(|menu| menu.label == label).unwrap().expected)
}

/// One package is cut at a point of the revenue curve, not at the best threshold in between: that is off by 1e-8, profit by
/// its square, but what buyers keep by as much.
const CUT: f64 = 1e-7;

#[track_caller]
fn check(name: &str, found: f64, exact: f64) {
    check_within(TOLERANCE, name, found, exact);
}

#[track_caller]
fn check_within(tolerance: f64, name: &str, found: f64, exact: f64) {
    assert!((found / exact - 1.0).abs() < tolerance, "{name}: {found} is not {exact}");
}

fn mixture(weight: f64, first: [f64; 2], second: [f64; 2]) -> String {
    let [[a, b], [c, d]] = [first, second];
    format!(
        r#"{{ distribution = "mixture", components = [
            {{ weight = {weight}, distribution = "uniform", low = {a:?}, high = {b:?} }},
            {{ weight = {}, distribution = "uniform", low = {c:?}, high = {d:?} }},
        ] }}"#,
        1.0 - weight
    )
}

fn index(weight: f64, first: [f64; 2], second: [f64; 2]) -> String {
    format!("[population]\nfamily = \"index\"\nindex = {}", mixture(weight, first, second))
}

/// Half of the buyers uniform on [0, 1/2], half on [0, 1]: the density falls from 3/2 to 1/2 at 1/2.
///
/// φ = 2θ - 2/3 below 1/2 and 2θ - 1 above; a pool at s with s² - s + 1/6 = 0 straddles it.
#[test]
fn a_density_that_falls_within_a_pool() {
    let [first_best, packages, flat] = expected(&index(0.5, [0.0, 0.5], [0.0, 1.0]));
    check("first-best", first_best.profit, 5.0 / 24.0);
    let s = 0.5 - (1.0_f64 / 12.0).sqrt();
    let (below, pooled, above) = (s * s * s / 4.0, s * s * (0.25 - 0.5 * s), (1.0 - s * s * s) / 12.0);
    check("packages", packages.profit, below + pooled + above);
    // (1/2)(1-θ) θ² is best at 2/3; the buyers above keep 2θ E[(x - θ)^+].
    check("flat", flat.profit, 2.0 / 27.0);
    check_within(CUT, "flat surplus", flat.consumer_surplus, 1.0 / 27.0);
}

/// The same with nine buyers in ten on [0, 1/2]: the one package, at θ = 1/2.85, straddles the jump.
#[test]
fn a_package_on_both_sides_of_a_jump() {
    let [first_best, _, flat] = expected(&index(0.9, [0.0, 0.5], [0.0, 1.0]));
    check("first-best", first_best.profit, 0.9 / 12.0 + 0.1 / 3.0);
    let theta = 1.0 / 2.85;
    check("flat", flat.profit, theta * theta / 3.0);
    // P(x > θ) = 1 - 1.9 θ up to 1/2 and 0.1 (1 - θ) above.
    let above = (0.5 - theta) - 0.95 * (0.25 - theta * theta) + 0.05 * 0.25;
    check_within(CUT, "flat surplus", flat.consumer_surplus, 2.0 * theta * above);
}

/// Half on [0, 1] and half on [2, 3]: nobody in between. R(p) = p (3 - 2p) of the upper half, falling from 1 to 1/2 behind.
#[test]
fn a_gap_in_the_support() {
    let [first_best, packages, flat] = expected(&index(0.5, [0.0, 1.0], [2.0, 3.0]));
    check("first-best", first_best.profit, 10.0 / 3.0);
    check("packages", packages.profit, 13.0 / 6.0);
    check("packages served", packages.served_share, 0.5);
    check("flat", flat.profit, 2.0);
    check("flat surplus", flat.consumer_surplus, 1.0);
}

/// Segments mix laws as mixtures do; one is cut from an exponential law: E[x²; x < 1] of mean one is 2 - 5/e.
#[test]
fn segments_of_which_one_is_cut() {
    let [first_best, ..] = expected(
        r#"
        [population]
        family = "segments"
        [[population.segments]]
        name = "cut"
        share = 0.25
        family = "index"
        index = { distribution = "exponential", mean = 1.0, truncate = { high = 1.0 } }
        [[population.segments]]
        name = "flat"
        share = 0.75
        family = "index"
        index = { distribution = "uniform", low = 0.5, high = 2.0 }
        "#,
    );
    let e = std::f64::consts::E;
    let cut = (2.0 - 5.0 / e) / (1.0 - 1.0 / e);
    check("first-best", first_best.profit, 0.25 * cut + 0.75 * (8.0 - 0.125) / 4.5);
}

/// E[θ²] = E[w²] E[s]: products of a value and a scale bend where ends of their laws meet, and those of mixtures more often.
#[test]
fn products_whose_density_bends() {
    let uniform = "{ distribution = \"uniform\", low = 0.5, high = 2.0 }";
    let second_moment = |[a, b]: [f64; 2]| (a * a + a * b + b * b) / 3.0;
    let beta = "{ distribution = \"beta\", alpha = 2.0, beta = 3.0, low = 0.2, high = 0.9 }";
    let scale = "{ distribution = \"uniform\", low = 0.2, high = 0.9 }";
    let mixed = mixture(0.25, [0.5, 1.0], [0.8, 3.0]);
    let mixed_square = 0.25 * second_moment([0.5, 1.0]) + 0.75 * second_moment([0.8, 3.0]);
    for (value, square, scale, mean) in [
        (uniform, second_moment([0.5, 2.0]), scale, 0.55),
        (uniform, second_moment([0.5, 2.0]), beta, 0.2 + 0.7 * 0.4),
        (&mixed, mixed_square, scale, 0.55),
        (&mixed, mixed_square, beta, 0.2 + 0.7 * 0.4),
    ] {
        let population = format!("[population]\nfamily = \"value-scale\"\nvalue = {value}\nscale = {scale}");
        check("first-best", expected(&population)[0].profit, square * mean);
    }
}
