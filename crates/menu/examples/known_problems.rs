//! Designs the optimal packages of every problem on the shelf and prints what they earn beside the exact answer.
//!
//! ```sh
//! cargo run --release -p tokenmarket-menu --example known_problems
//! ```

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "an example that prints and shares laws with tests"
)]

#[path = "../tests/shelf/laws.rs"]
mod laws;
#[path = "../tests/shelf/problems.rs"]
mod problems;

use std::time::Instant;

use menu::{PostedRule, Rule, Seller};

fn main() {
    println!("{:<36}{:>18}{:>18}{:>10}{:>10}  source", "problem", "profit", "exact", "error", "ms");
    for problem in problems::shelf() {
        let start = Instant::now();
        let seller = Seller::new(&problem.technology, &problem.belief).unwrap();
        let menu = seller
            .design(&PostedRule { label: "packages".into(), round: None, rule: Rule::Packages })
            .unwrap();
        let milliseconds = 1e3 * start.elapsed().as_secs_f64();
        let (found, exact) = (menu.expected.profit, problem.exact.profit);
        println!(
            "{:<36}{found:>18.12}{exact:>18.12}{:>10.1e}{milliseconds:>10.1}  {}",
            problem.name,
            (found / exact - 1.0).abs(),
            problem.source
        );
    }
}
