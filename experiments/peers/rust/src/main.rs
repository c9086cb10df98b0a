//! The market of the peers as anybody would write it in Rust: ziggurat normals, `powf`, one buyer after the other, two threads.
//!
//! Reads what `peers.py` says of the market from standard input; prints seconds, then mean profit and its standard error of
//! every rule.

use std::io::Read;
use std::time::Instant;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;

struct Market {
    users: usize,
    threads: usize,
    sigma: f64,
    gamma: f64,
    base: f64,
    tuning_cost: f64,
    efficiency: f64,
    n_tasks: usize,
    mu: f64,
    spread: f64,
    correlation: f64,
    rules: Vec<Rule>,
}

enum Rule {
    FirstBest,
    Prices { markup: f64, tuning_markup: f64 },
    Menu { thresholds: Vec<f64>, margins: Vec<f64> },
}

impl Market {
    fn read() -> Self {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).expect("the market on standard input");
        let mut lines = text.lines();
        let numbers = |line: &str| -> Vec<f64> {
            line.split_whitespace().skip(1).map(|word| word.parse().expect("a number")).collect()
        };
        let head = numbers(lines.next().expect("a market"));
        let [users, threads, sigma, gamma, base, tuning_cost, efficiency, n_tasks, mu, spread, correlation] =
            head[..]
        else {
            panic!("eleven numbers describe a market")
        };
        let rules = lines.map(|line| match line.split_whitespace().next() {
            Some("first-best") => Rule::FirstBest,
            Some("prices") => {
                let own = numbers(line);
                Rule::Prices { markup: own[0], tuning_markup: own[1] }
            }
            _ => {
                let own = numbers(line);
                let (thresholds, margins) = own.split_at(own.len() / 2);
                Rule::Menu { thresholds: thresholds.to_vec(), margins: margins.to_vec() }
            }
        });
        Self {
            users: users as usize,
            threads: threads as usize,
            sigma,
            gamma,
            base,
            tuning_cost,
            efficiency,
            n_tasks: n_tasks as usize,
            mu,
            spread,
            correlation,
            rules: rules.collect(),
        }
    }

    fn index(&self, random: &mut SmallRng) -> f64 {
        let common = self.correlation.sqrt() * random.sample::<f64, _>(StandardNormal);
        let own = (1.0 - self.correlation).sqrt();
        let power = 1.0 / (1.0 - self.sigma);
        let mut sum = 0.0;
        for _ in 0..self.n_tasks {
            let score = common + own * random.sample::<f64, _>(StandardNormal);
            sum += (self.mu + self.spread * score).exp().powf(power);
        }
        (sum / self.n_tasks as f64).powf(1.0 / power)
    }

    /// Tokens at cost plus margin, and fine-tuning, at proportional prices.
    fn demand(&self, index: f64, markup: f64, tuning_markup: f64) -> (f64, f64) {
        let (sigma, gamma, base) = (self.sigma, self.gamma, self.base);
        let reference = (base * self.tuning_cost * sigma / gamma).powf(1.0 - sigma)
            / (sigma * self.efficiency * base.powf(gamma));
        if index < reference * markup.powf(sigma) * tuning_markup.powf(1.0 - sigma) {
            let value = sigma * index * self.efficiency * markup.powf(-sigma) * base.powf(gamma);
            return (value.powf(1.0 / (1.0 - sigma)), 0.0);
        }
        let ratio = index / reference * markup.powf(-sigma) * tuning_markup.powf(-(1.0 - sigma));
        let quality = base * ratio.powf(1.0 / (1.0 - sigma - gamma));
        (sigma / gamma * tuning_markup * self.tuning_cost * quality, (quality - base).max(0.0))
    }

    fn profit(&self, rule: &Rule, index: f64) -> f64 {
        match rule {
            Rule::FirstBest => {
                let (outlay, tuning) = self.demand(index, 1.0, 1.0);
                outlay * (1.0 / self.sigma - 1.0) - self.tuning_cost * tuning
            }
            Rule::Prices { markup, tuning_markup } => {
                let (outlay, tuning) = self.demand(index, *markup, *tuning_markup);
                outlay * (1.0 - 1.0 / markup) + (tuning_markup - 1.0) * self.tuning_cost * tuning
            }
            Rule::Menu { thresholds, margins } => {
                let reached = thresholds.partition_point(|threshold| *threshold <= index);
                if reached == 0 { 0.0 } else { margins[reached - 1] }
            }
        }
    }

    fn share(&self, seed: u64, users: usize) -> Vec<[f64; 2]> {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut sums = vec![[0.0; 2]; self.rules.len()];
        for _ in 0..users {
            let index = self.index(&mut random);
            for (rule, [sum, squares]) in self.rules.iter().zip(&mut sums) {
                let profit = self.profit(rule, index);
                *sum += profit;
                *squares += profit * profit;
            }
        }
        sums
    }
}

fn main() {
    let market = Market::read();
    let started = Instant::now();
    let share = market.users / market.threads;
    let found: Vec<Vec<[f64; 2]>> = std::thread::scope(|scope| {
        let market = &market;
        let threads: Vec<_> =
            (0..market.threads).map(|seed| scope.spawn(move || market.share(seed as u64, share))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    println!("{}", started.elapsed().as_secs_f64());
    let count = (share * market.threads) as f64;
    for rule in 0..market.rules.len() {
        let total = |part: usize| found.iter().map(|share| share[rule][part]).sum::<f64>();
        let mean = total(0) / count;
        println!("{mean} {}", ((total(1) / count - mean * mean).max(0.0) / count).sqrt());
    }
}
