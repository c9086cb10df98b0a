//! The market itself: blocks of buyers are drawn, choose under every rule, and are folded in block order.

use std::ops::Range;

use model::choice::Buyer;
use model::menu::{Menu, Offer};
use model::technology::{PowerColumns, Powers, Technology};
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

/// How the buyers of a population are grouped; where its law is unknown buyers are drawn for it, block by block.
pub fn edges(population: &Population, seed: u64, pool: &rayon::ThreadPool) -> Edges {
    let (deciles, top) = population.cuts(|buyers| {
        let blocks: Vec<u64> = (0..buyers as u64).step_by(BLOCK as usize).collect();
        let of_block = |first: u64| {
            let count = BLOCK.min(buyers as u64 - first);
            population.spread_indices(seed, first, count as usize)
        };
        pool.install(|| blocks.into_par_iter().map(of_block).collect::<Vec<_>>().concat())
    });
    Edges { deciles, top }
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
    /// One per rule, in the order of the buyers; none where choices are not recorded.
    pub outcomes: Vec<Outcomes>,
    /// Moments of the block.
    pub fold: Fold,
}

impl Engine<'_> {
    /// Buyers `first..first + count` in blocks; `first` is a multiple of [`BLOCK`].
    ///
    /// What they chose is kept where it is `recorded`: else the folds are all that is left of it.
    pub fn batch(&self, key: Key, first: u64, count: u64, recorded: bool) -> Vec<Block> {
        self.blocks(spans(key, first, count).collect(), recorded)
    }

    /// The first `users` buyers of each of some replicates, in blocks: threads that a small replicate would leave idle work
    /// on the next. Nothing of what they chose is kept but the folds.
    pub fn replicates(&self, seed: u64, replicates: Range<u32>, users: u64) -> Vec<Vec<Block>> {
        let all = replicates.clone().flat_map(|replicate| spans(Key { seed, replicate }, 0, users));
        let mut blocks = self.blocks(all.collect(), false).into_iter();
        replicates.map(|_| blocks.by_ref().take(users.div_ceil(BLOCK) as usize).collect()).collect()
    }

    fn blocks(&self, spans: Vec<(Key, u64, usize)>, recorded: bool) -> Vec<Block> {
        self.pool.install(|| {
            spans
                .into_par_iter()
                .map_init(Workspace::default, |work, (key, first, count)| {
                    self.block(work, key, first, count, recorded)
                })
                .collect()
        })
    }

    fn block(&self, work: &mut Workspace, key: Key, first: u64, count: usize, recorded: bool) -> Block {
        let buyers = self.population.draw(key, first, count);
        // They choose in the order of their deciles: what is folded needs no sorting then, and neighbours look up the same
        // part of a menu.
        let order = self.edges.order(&buyers.index);
        let sorted = |column: &[f64]| order.iter().map(|row| column[*row as usize]).collect::<Vec<f64>>();
        let crowd = Crowd {
            key,
            powers: self.technology.power_columns(sorted(&buyers.index)),
            buyers: &buyers,
            order: &order,
        };
        let Workspace { efficient, dearer, outcomes } = work;
        efficient.make_room(count);
        let buyer = |row| crowd.buyer(self.population, row);
        Offer::FullExtraction.choose_all(self.technology, &crowd.powers, buyer, &mut efficient.columns());
        // First-best surplus is what full extraction earns.
        efficient.account(self.technology);
        outcomes.resize_with(self.menus.len(), Outcomes::default);
        for ((menu, dearer_menu), outcomes) in self.menus.iter().zip(&self.dearer).zip(&mut *outcomes) {
            self.choose(&menu.offer, &crowd, outcomes);
            outcomes.account(self.technology);
            if !menu.offer.splits_at_cost(self.technology) {
                outcomes.tokens = self.tokens(&menu.offer, outcomes);
            }
            if let Some(menu) = dearer_menu {
                self.choose(menu, &crowd, dearer);
                outcomes.dearer_spend.clone_from(&dearer.spend);
            }
        }
        let segment: Option<Vec<u16>> =
            buyers.segment.as_ref().map(|segment| order.iter().map(|row| segment[*row as usize]).collect());
        let segments = segment.as_deref().map(|segment| (segment, self.population.segment_names().len()));
        let groups = Groups::new(&self.edges, &crowd.powers.index, segments);
        let fold = Fold::of_block(&groups, &efficient.profit, outcomes);
        let outcomes = if recorded {
            let places = places_of(&order);
            outcomes.iter().map(|own| own.in_rows(&places)).collect()
        } else {
            Vec::new()
        };
        Block { buyers, outcomes, fold }
    }

    fn choose(&self, offer: &Offer, crowd: &Crowd, outcomes: &mut Outcomes) {
        let buyer = |row| crowd.buyer(self.population, row);
        outcomes.make_room(crowd.order.len());
        let mut columns = outcomes.columns();
        if self.behaviour.is_rational() {
            offer.choose_all(self.technology, &crowd.powers, buyer, &mut columns);
            return;
        }
        for row in 0..crowd.order.len() {
            let user = crowd.buyers.first_user + u64::from(crowd.order[row]);
            let choice = self.behaviour.choose(self.technology, offer, &buyer(row), crowd.key, user);
            columns.set(row, &choice);
        }
    }

    /// Mtok class by class.
    fn tokens(&self, offer: &Offer, outcomes: &Outcomes) -> Vec<Vec<f64>> {
        let buyers = outcomes.item.len();
        let mut classes = vec![Vec::with_capacity(buyers); self.technology.tokens_per_spend().len()];
        for row in 0..buyers {
            let tokens = offer.tokens(self.technology, &outcomes.choice(row));
            classes.iter_mut().zip(tokens).for_each(|(column, x)| column.push(x));
        }
        classes
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

/// Where in the order each buyer stands.
fn places_of(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, row) in (0..).zip(order) {
        places[*row as usize] = place;
    }
    places
}

/// The blocks of buyers `first..first + count` of a replicate: whose, from where, how many.
fn spans(key: Key, first: u64, count: u64) -> impl Iterator<Item = (Key, u64, usize)> {
    let end = first + count;
    (first..end).step_by(BLOCK as usize).map(move |first| (key, first, BLOCK.min(end - first) as usize))
}

/// Columns of a block, kept for the next one that the same thread takes.
#[derive(Debug, Default)]
struct Workspace {
    /// The efficient use.
    efficient: Outcomes,
    /// Choices at dearer tokens.
    dearer: Outcomes,
    /// One per rule.
    outcomes: Vec<Outcomes>,
}

/// The buyers of a block as they choose, in the order of their deciles.
struct Crowd<'a> {
    key: Key,
    powers: PowerColumns,
    buyers: &'a Buyers,
    order: &'a [u32],
}

impl Crowd<'_> {
    fn buyer(&self, population: &Population, row: usize) -> Buyer<'_> {
        seen(self.powers.of(row), population, self.buyers, self.order[row] as usize)
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
