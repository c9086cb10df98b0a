//! Nanoseconds of the index and of drawing a task, and buyers per second who choose with shocks from many packages.

#![expect(clippy::print_stdout, reason = "an example that prints figures")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::hint::black_box;
use std::time::Instant;

use model::choice::Buyer;
use model::menu::{Item, Offer, PackageMenu};
use model::technology::{Technology, TechnologyConfig, TokenClass};
use population::distribution::Lognormal;
use population::family::tasks::Tasks;
use population::index::ces_index;
use population::{Behaviour, Distribution, Key, Population, PopulationConfig};

const KEY: Key = Key { seed: 1, replicate: 0 };

fn main() {
    let tokens = vec![TokenClass { class: "all".into(), exponent: 0.4, cost: 1.0 }];
    let technology = Technology::new(TechnologyConfig { base_quality: 1.0, tokens, fine_tuning: None })
        .expect("a valid technology");
    for n_tasks in [16, 64, 1024] {
        index(&technology, n_tasks);
    }
    for items in [10, 1000, 10_000] {
        shocks(&technology, items);
    }
}

fn index(technology: &Technology, n_tasks: usize) {
    let law = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
    let population = Population::new(PopulationConfig::Tasks(Tasks::alike(n_tasks, law)), technology)
        .expect("a valid population");
    let buyers = 4_000_000 / n_tasks;
    let started = Instant::now();
    let drawn = population.clone().recording_tasks(true).draw(KEY, 0, buyers);
    let drawing = started.elapsed().as_secs_f64();
    let values = drawn.task_values.expect("tasks were asked for");
    let masses = vec![1.0 / n_tasks as f64; n_tasks];
    let started = Instant::now();
    for profile in values.chunks(n_tasks) {
        black_box(ces_index(profile, &masses, technology.sigma()));
    }
    let alone = started.elapsed().as_secs_f64();
    let per_task = 1e9 / (buyers * n_tasks) as f64;
    println!(
        "{n_tasks} tasks: index {:.1} ns per task, drawing with index {:.1}",
        alone * per_task,
        drawing * per_task
    );
}

fn shocks(technology: &Technology, count: u32) {
    let step = 1.0 / f64::from(count);
    let (mut utility, mut precision, mut items) = (0.0, 0.0, Vec::new());
    for k in 1..=count {
        let threshold = f64::from(k) * step;
        utility += precision * step;
        precision = threshold;
        items.push(Item {
            threshold,
            virtual_value: threshold,
            precision,
            spend: precision,
            fine_tuning: 0.0,
            payment: threshold * precision - utility,
            utility,
        });
    }
    let offer = Offer::Packages(PackageMenu::new(items));
    let buyers = 20_000_000 / u64::from(count).max(100);
    for scale in [0.001, 0.1] {
        let behaviour = Behaviour::Logit { scale };
        let started = Instant::now();
        for user in 0..buyers {
            let buyer = Buyer::of_index(technology, (user % 97) as f64 / 97.0);
            black_box(behaviour.choose(technology, &offer, &buyer, KEY, user));
        }
        let rate = buyers as f64 / started.elapsed().as_secs_f64();
        println!("{count} packages, shocks of {scale} $: {rate:.0} buyers per second");
    }
}
