//! Every buyer an agent that is scheduled once: she draws her tasks, chooses under every rule and reports to the market. One
//! thread: krABMaga's threads would share one lock on the state.

use std::any::Any;
use std::time::Instant;

use krabmaga::engine::agent::Agent;
use krabmaga::engine::schedule::Schedule;
use krabmaga::engine::state::State;
use peer::Market;
use rand::SeedableRng;
use rand::rngs::SmallRng;

struct Seller {
    market: Market,
    random: SmallRng,
    sums: Vec<[f64; 2]>,
}

impl State for Seller {
    fn init(&mut self, schedule: &mut Schedule) {
        for _ in 0..self.market.users {
            schedule.schedule_repeating(Box::new(Buyer), 0.0, 0);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn as_state(&self) -> &dyn State {
        self
    }

    fn as_state_mut(&mut self) -> &mut dyn State {
        self
    }

    fn update(&mut self, _: u64) {}

    fn reset(&mut self) {
        self.sums.fill([0.0; 2]);
    }
}

#[derive(Clone)]
struct Buyer;

impl Agent for Buyer {
    fn step(&mut self, state: &mut dyn State) {
        let seller = state.as_any_mut().downcast_mut::<Seller>().expect("the only state there is");
        let index = seller.market.index(&mut seller.random);
        seller.market.add(index, &mut seller.sums);
    }

    fn is_stopped(&mut self, _: &mut dyn State) -> bool {
        true
    }
}

fn main() {
    let market = Market::read();
    let started = Instant::now();
    let sums = vec![[0.0; 2]; market.rules.len()];
    let mut seller = Seller { market, random: SmallRng::seed_from_u64(1), sums };
    let mut schedule = Schedule::new();
    seller.init(&mut schedule);
    schedule.step(&mut seller);
    seller.market.print(started.elapsed().as_secs_f64(), seller.market.users, &seller.sums);
}
