//! What the sampling designs are worth: how many times as many independent buyers it takes to know mean profit as well.
//!
//! `cargo run --release -p tokenmarket-sim --example variance` prints a Markdown table for lognormal tasks: the variance of a
//! mean over independent buyers, s²/n, over the variance between replicates of the mean under a design, of first-best
//! profit (smooth in the values) and of the profit of packages (with kinks where buyers begin to buy and to tune). Its
//! one argument is the number of replicates, 128 by default.

use model::summary::StandardErrors;
use population::{Design, Key};
use sim::engine::thread_pool;
use sim::outcome::{Moments, Tally};
use sim::progress::Silent;
use sim::{Market, design};

/// Buyers in a replicate: one block of strata, 2^12 points.
const USERS: u64 = 4096;
const REPLICATES: u32 = 128;

/// The paper's uniform technology.
const MARKET: &str = r#"
name = "variance"
[run]
seed = 20250702
users = 4096
record = "none"
replicates = 8
[technology]
base_quality = 1.0
tokens = [
  { class = "input", exponent = 0.25, cost = 0.125 },
  { class = "output", exponent = 0.25, cost = 0.125 },
]
fine_tuning = { exponent = 0.25, cost = 0.125 }
[population]
family = "tasks"
n_tasks = 8
value = { distribution = "lognormal", mu = 0.0, sigma = 0.25 }
[belief]
source = "population"
points = 10_000
[[rules]]
rule = "packages"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let replicates = std::env::args().nth(1).map_or(Ok(REPLICATES), |count| count.parse())?;
    if replicates < 2 {
        return Err("a variance between replicates needs at least 2 of them".into());
    }
    let mut lines = vec![format!(
        "Variance ratios, {USERS} buyers, {replicates} replicates (known to {:.0} % where tails are light)\n\n\
         | sigma | n_tasks | design | first-best profit | profit of packages |\n|---|---|---|---|---|",
        100.0 * (2.0 / f64::from(replicates - 1)).sqrt()
    )];
    for sigma in [0.25, 0.5, 1.0] {
        for n_tasks in [8, 64] {
            let plain = profits(Design::Pseudo, n_tasks, sigma, replicates)?;
            for even in [Design::Stratified, Design::Sobol] {
                let means = profits(even, n_tasks, sigma, replicates)?;
                let [first_best, packages] = [0, 1].map(|k| ratio(&plain[k], &means[k]));
                let name = even.name();
                lines.push(format!("| {sigma} | {n_tasks} | {name} | {first_best} | {packages} |"));
            }
        }
    }
    lines.push(String::new());
    write(&lines.join("\n"))
}

/// Moments of buyers and of the means of replicates.
struct Profit {
    buyers: Moments,
    means: Moments,
}

/// First-best profit and the profit of packages.
fn profits(
    sampling: Design,
    n_tasks: u32,
    sigma: f64,
    replicates: u32,
) -> Result<[Profit; 2], Box<dyn std::error::Error>> {
    let changes = [
        format!("run.sampling={}", sampling.name()),
        format!("population.n_tasks={n_tasks}"),
        format!("population.value.sigma={sigma:?}"),
    ]
    .iter()
    .map(|change| change.parse())
    .collect::<Result<Vec<_>, _>>()?;
    let market = Market::parse("variance", MARKET, &changes)?;
    let designed = design(&market, &Silent)?;
    let pool = thread_pool(0)?;
    let engine = designed.engine(&market, &pool);
    let mut tally = Tally::new(1, StandardErrors::Replicates { replicates });
    for replicate in 0..replicates {
        for block in engine.batch(Key { seed: market.run.seed, replicate }, 0, USERS, false) {
            tally.merge(&block.fold);
        }
        tally.end_replicate();
    }
    let (buyers, means) = (&tally.buyers, tally.observations());
    let packages = Profit { buyers: buyers.rules[0].all.profit(), means: means.rules[0].all.profit() };
    Ok([Profit { buyers: buyers.first_best, means: means.first_best }, packages])
}

/// The variance of a mean of independent buyers over that of a replicate's mean, to two digits.
fn ratio(plain: &Profit, even: &Profit) -> String {
    let ratio = plain.buyers.variance() / USERS as f64 / even.means.variance();
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

fn write(table: &str) -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write;
    Ok(std::io::stdout().lock().write_all(table.as_bytes())?)
}
