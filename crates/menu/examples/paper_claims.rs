//! The paper's claims with a verdict each, as the Markdown table of experiments/paper-claims; fails if one is not as it must be.
//!
//! ```sh
//! cargo run --release -p tokenmarket-menu --example paper_claims
//! ```

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "an example that prints and shares laws and claims with tests"
)]

#[path = "../tests/shelf/claims.rs"]
mod claims;
#[path = "../tests/shelf/laws.rs"]
mod laws;

use std::process::ExitCode;

fn main() -> ExitCode {
    let statements = claims::statements();
    println!("{}", claims::table(&statements));
    if statements.iter().all(claims::Statement::is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
