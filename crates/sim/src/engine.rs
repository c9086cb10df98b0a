//! The market itself: blocks of buyers are drawn, choose under every rule, and are folded in block order.

use model::choice::{Buyer, Choice};
use model::menu::{Menu, Offer};
use model::technology::{Powers, Technology};
use population::{Behaviour, Buyers, Key, Population};
use rayon::prelude::*;

use crate::error::RunError;
use crate::outcome::{Edges, Fold, Groups, Outcomes};

/// Buyers whose sums are taken together: the unit of folding, whatever the batch.
pub const BLOCK: u64 = 4096;

/// Token prices at which elasticities are measured, over those posted.
pub const DEARER: f64 = 1.01;

/// A pool of worker threads; 0: as many as the machine has.
///
/// # Errors
/// The system refuses to start them.
pub fn thread_pool(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| RunError::Threads { threads, reason: error.to_string() })
}

/// What every block needs to know.
#[derive(Debug)]
pub struct Engine<'a> {
    /// The technology.
    pub technology: &'a Technology,
    /// The law buyers are drawn from.
    pub population: &'a Population,
    /// How buyers choose.
    pub behaviour: Behaviour,
    /// Menus of all rules.
    pub menus: &'a [Menu],
    /// The same menus with token prices [`DEARER`] times as high, where tokens have a price.
    pub dearer: Vec<Option<Offer>>,
    /// How buyers are grouped.
    pub edges: Edges,
    /// Threads that work.
    pub pool: &'a rayon::ThreadPool,
}

/// One block: its buyers, what they chose under every rule, and the moments.
#[derive(Debug)]
pub struct Block {
    /// The buyers.
    pub buyers: Buyers,
    /// One per rule.
    pub outcomes: Vec<Outcomes>,
    /// Moments of the block.
    pub fold: Fold,
}

impl Engine<'_> {
    /// Buyers `first..first + count` in blocks; `first` is a multiple of [`BLOCK`].
    pub fn batch(&self, key: Key, first: u64, count: u64) -> Vec<Block> {
        let blocks: Vec<(u64, u64)> = (0..count.div_ceil(BLOCK))
            .map(|block| (first + block * BLOCK, BLOCK.min(count - block * BLOCK)))
            .collect();
        self.pool.install(|| {
            blocks.into_par_iter().map(|(first, count)| self.block(key, first, count as usize)).collect()
        })
    }

    fn block(&self, key: Key, first: u64, count: usize) -> Block {
        let buyers = self.population.draw(key, first, count);
        let mut powers = vec![Powers::NONE; count];
        self.technology.fill_powers(&buyers.index, &mut powers);
        let seen: Vec<Buyer> = powers
            .into_iter()
            .enumerate()
            .map(|(i, powers)| seen(powers, self.population, &buyers, i))
            .collect();
        let first_best: Vec<f64> = seen
            .iter()
            .map(|buyer| {
                // As full extraction computes it, so that its share of first-best is exactly one.
                let used = self.technology.efficient().at(&buyer.powers).used;
                used.gross_value - self.technology.cost(used.spend, used.fine_tuning)
            })
            .collect();
        let outcomes: Vec<Outcomes> = self
            .menus
            .iter()
            .zip(self.dearer.iter().map(Option::as_ref))
            .map(|menus| self.outcomes(menus, &seen, (key, first)))
            .collect();
        let segments =
            buyers.segment.as_deref().map(|segment| (segment, self.population.segment_names().len()));
        let groups = Groups::new(&self.edges, &buyers.index, segments);
        let fold = Fold::of_block(&groups, &first_best, &outcomes);
        Block { buyers, outcomes, fold }
    }

    /// What buyers from the number `first` on take from a menu.
    fn outcomes(
        &self,
        (menu, dearer): (&Menu, Option<&Offer>),
        buyers: &[Buyer],
        (key, first): (Key, u64),
    ) -> Outcomes {
        let mut outcomes = Outcomes::with_capacity(buyers.len());
        let at_cost = menu.offer.splits_at_cost(self.technology);
        if !at_cost {
            let classes = self.technology.tokens_per_spend().len();
            outcomes.tokens = vec![Vec::with_capacity(buyers.len()); classes];
        }
        for (user, buyer) in (first..).zip(buyers) {
            let choice = self.behaviour.choose(self.technology, &menu.offer, buyer, key, user);
            if !at_cost {
                let tokens = menu.offer.tokens(self.technology, &choice);
                outcomes.tokens.iter_mut().zip(tokens).for_each(|(column, x)| column.push(x));
            }
            let Choice { item, spend, fine_tuning, payment, gross_value, utility } = choice;
            outcomes.item.push(item.unwrap_or(Outcomes::NOTHING));
            outcomes.spend.push(spend);
            outcomes.fine_tuning.push(fine_tuning);
            outcomes.payment.push(payment);
            outcomes.cost.push(self.technology.cost(spend, fine_tuning));
            outcomes.gross_value.push(gross_value);
            outcomes.utility.push(utility);
        }
        if let Some(dearer) = dearer {
            let spend =
                |(user, buyer)| self.behaviour.choose(self.technology, dearer, buyer, key, user).spend;
            outcomes.dearer_spend.extend((first..).zip(buyers).map(spend));
        }
        outcomes
    }

    /// Does `each` item's work, all of them in parallel, and at the same time `compute`.
    pub fn together<T: Send, E: Send, R: Send>(
        &self,
        items: &mut [T],
        each: impl Fn(&mut T) -> Result<(), E> + Sync + Send,
        compute: impl FnOnce() -> R + Send,
    ) -> (Result<(), E>, R) {
        self.pool.install(|| rayon::join(|| items.par_iter_mut().map(each).collect(), compute))
    }
}

/// Buyer `i` of a batch, with the powers of her index, as offers see her.
pub(crate) fn seen<'b>(powers: Powers, population: &Population, buyers: &'b Buyers, i: usize) -> Buyer<'b> {
    let column = |column: &Option<Vec<f64>>| column.as_ref().map_or(f64::NAN, |values| values[i]);
    let n_tasks = population.n_tasks().unwrap_or(0);
    Buyer {
        powers,
        value: column(&buyers.value),
        scale: column(&buyers.scale),
        profile: buyers.task_values.as_ref().map_or(&[], |values| &values[i * n_tasks..(i + 1) * n_tasks]),
    }
}
