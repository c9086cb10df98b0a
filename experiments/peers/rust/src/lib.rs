//! The market of the peers as anybody would write it in Rust: ziggurat normals, `powf`, one buyer after the other.

use std::io::Read;

use rand::Rng;
use rand::rngs::SmallRng;
use rand_distr::StandardNormal;

/// What `peers.py` says of the market.
pub struct Market {
    pub users: usize,
    pub threads: usize,
    sigma: f64,
    gamma: f64,
    base: f64,
    tuning_cost: f64,
    efficiency: f64,
    n_tasks: usize,
    mu: f64,
    spread: f64,
    correlation: f64,
    pub rules: Vec<Rule>,
}

/// How buyers are priced.
pub enum Rule {
    FirstBest,
    Prices { markup: f64, tuning_markup: f64 },
    Menu { thresholds: Vec<f64>, margins: Vec<f64> },
}

impl Market {
    /// From standard input.
    pub fn read() -> Self {
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

    /// The CES index of a fresh buyer.
    pub fn index(&self, random: &mut SmallRng) -> f64 {
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

    /// Adds the profit, and its square, of every rule from one buyer of this index.
    pub fn add(&self, index: f64, sums: &mut [[f64; 2]]) {
        for (rule, [sum, squares]) in self.rules.iter().zip(sums) {
            let profit = self.profit(rule, index);
            *sum += profit;
            *squares += profit * profit;
        }
    }

    /// Prints seconds, then mean profit and its standard error of every rule.
    pub fn print(&self, seconds: f64, buyers: usize, sums: &[[f64; 2]]) {
        println!("{seconds}");
        let count = buyers as f64;
        for [sum, squares] in sums {
            let mean = sum / count;
            println!("{mean} {}", ((squares / count - mean * mean).max(0.0) / count).sqrt());
        }
    }
}
