//! Seconds, rounds and certified gap of the programme for allocations: `cargo bench -p tokenmarket-menu --bench programme -- TYPES
//! TASKS`; memory by `/usr/bin/time -v`. On one core of a Zen 4, to a relative gap of 1e-6:
//!
//! | types x tasks | seconds of the processor | rounds | constraints | peak memory |
//! |---|---|---|---|---|
//! | 200 x 16 | 7.6 | 9 | 3,523 of 39,800 | 24 MB |
//! | 500 x 16 | 64 | 14 | 12,726 of 249,500 | 65 MB |

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::time::Instant;

use menu::programme::solve;
use model::belief::Environment;
use model::technology::{Aggregator, FineTuning, Technology, TechnologyConfig, TokenClass};

/// A stream of uniforms by a linear congruence: the same environments everywhere.
struct Uniforms(u64);

impl Uniforms {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (types, tasks) = match sizes[..] {
        [types, tasks] => (types, tasks),
        _ => (100, 16),
    };
    let token = |class: &str| TokenClass { class: class.into(), exponent: 0.25, cost: 0.125 };
    let technology = Technology::new(TechnologyConfig {
        aggregator: Aggregator::CobbDouglas,
        base_quality: 1.0,
        tokens: vec![token("input"), token("output")],
        fine_tuning: Some(FineTuning { exponent: 0.25, cost: 0.125, maximum: None }),
    })
    .expect("the paper's technology is valid");
    let mut uniforms = Uniforms(17);
    let environment = Environment {
        masses: vec![1.0 / tasks as f64; tasks],
        probabilities: vec![1.0 / types as f64; types],
        values: (0..types)
            .flat_map(|_| {
                let level = uniforms.next();
                (0..tasks).map(|_| level * uniforms.next() * 2.0).collect::<Vec<f64>>()
            })
            .collect(),
        sampled: false,
    };
    let start = Instant::now();
    match solve(&technology, &environment) {
        Ok(solution) => println!(
            "{types} types x {tasks} tasks: {:.1} s, {} rounds, {} constraints, {} iterations, profit {}, relative gap {:.1e}",
            start.elapsed().as_secs_f64(),
            solution.rounds,
            solution.constraints,
            solution.iterations,
            solution.profit,
            solution.relative_gap()
        ),
        Err(error) => {
            println!("{types} types x {tasks} tasks: {:.1} s, {error}", start.elapsed().as_secs_f64());
        }
    }
}
