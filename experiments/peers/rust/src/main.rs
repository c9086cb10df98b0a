//! Plain loops on two threads.

use std::time::Instant;

use peer::Market;
use rand::SeedableRng;
use rand::rngs::SmallRng;

fn share(market: &Market, seed: u64, users: usize) -> Vec<[f64; 2]> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut sums = vec![[0.0; 2]; market.rules.len()];
    for _ in 0..users {
        market.add(market.index(&mut random), &mut sums);
    }
    sums
}

fn main() {
    let market = &Market::read();
    let started = Instant::now();
    let users = market.users / market.threads;
    let found: Vec<Vec<[f64; 2]>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..market.threads).map(|seed| scope.spawn(move || share(market, seed as u64, users))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    let mut sums = vec![[0.0; 2]; market.rules.len()];
    for share in found {
        for (sum, part) in sums.iter_mut().zip(share) {
            *sum = [sum[0] + part[0], sum[1] + part[1]];
        }
    }
    market.print(seconds, users * market.threads, &sums);
}
