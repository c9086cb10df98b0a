//! The market itself: blocks of buyers are drawn, choose under every rule, and are folded in block order.

use std::ops::Range;

use model::choice::Buyer;
use model::kernel::Aligned;
use model::menu::Offer;
use model::technology::{PowerColumns, Powers, Technology};
use population::{Behaviour, Buyers, Key, Population};
use rayon::prelude::*;

use crate::error::RunError;
use crate::outcome::{Edges, Fold, Group, GroupFold, Groups, Outcomes};

/// Buyers whose sums are taken together: the unit of folding, whatever the batch.
pub const BLOCK: u64 = 8192;

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
    /// What is offered under each rule.
    pub posted: Vec<Posted<'a>>,
    /// How buyers are grouped.
    pub edges: Edges,
    /// Threads that work.
    pub pool: &'a rayon::ThreadPool,
}

/// What is offered under one rule.
#[derive(Debug)]
pub struct Posted<'a> {
    /// The offer.
    pub offer: &'a Offer,
    /// The same with token prices [`DEARER`] times as high, where tokens have a price.
    pub dearer: Option<Offer>,
    /// Whether buyers split what they spend as costs do, so that tokens of every class are a constant rate of it.
    pub splits_at_cost: bool,
    /// Smallest index of a buyer who takes anything.
    pub sold_from: f64,
}

/// One block: its buyers and what they chose under every rule, where that is recorded, and the moments.
#[derive(Debug)]
pub struct Block {
    /// The buyers; nobody where they are not recorded.
    pub buyers: Buyers,
    /// One per rule, in the order of the buyers; none where they are not recorded.
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
        let segments =
            buyers.segment.as_deref().map(|of_each| (of_each, self.population.segment_names().len()));
        let groups = Groups::new(&self.edges, &buyers.index, segments);
        let mut kept = Vec::new();
        if recorded {
            kept.resize_with(self.posted.len(), Outcomes::default);
        }
        work.outcomes.resize_with(self.posted.len(), Outcomes::default);
        // Group by group, so that what a group chose is folded while it is at hand.
        let of_group = |group: &Group| {
            let rows = &groups.order[group.places.clone()];
            let index = &groups.index[group.places.clone()];
            self.technology.fill_powers(index, &mut work.powers);
            let crowd = Crowd { key, population: self.population, buyers: &buyers, rows };
            self.choose_all(work, &crowd, self.edges.largest(group));
            for (outcomes, kept) in work.outcomes.iter().zip(&mut kept) {
                outcomes.put(rows, kept, count);
            }
            GroupFold::new(&self.edges, group, index, &work.first_best, &work.outcomes)
        };
        let parts: Vec<GroupFold> = groups.groups.iter().map(of_group).collect();
        let fold = Fold::of_groups(&groups, &parts);
        let buyers = if recorded { buyers } else { Buyers::nobody(first) };
        Block { buyers, outcomes: kept, fold }
    }

    /// What the buyers of a group whose powers are known, and none of whose indices is larger than `largest`, choose under every
    /// rule, and their first-best surplus.
    fn choose_all(&self, work: &mut Workspace, crowd: &Crowd, largest: f64) {
        let Workspace { powers, first_best, dearer, outcomes } = work;
        first_best.resize(crowd.rows.len(), 0.0);
        self.technology.fill_surplus(powers, first_best);
        for (posted, outcomes) in self.posted.iter().zip(outcomes) {
            if self.behaviour.is_rational() && posted.sold_from > largest {
                outcomes.set_nothing(crowd.rows.len());
            } else {
                self.choose(posted.offer, crowd, powers, outcomes);
                outcomes.account(self.technology);
            }
            if !posted.splits_at_cost {
                outcomes.tokens = self.tokens(posted.offer, outcomes);
            }
            if let Some(offer) = &posted.dearer {
                self.choose_spend(offer, crowd, powers, dearer);
                std::mem::swap(&mut outcomes.dearer_spend, &mut dearer.spend);
            }
        }
    }

    fn choose(&self, offer: &Offer, crowd: &Crowd, powers: &PowerColumns, outcomes: &mut Outcomes) {
        let buyer = |place| crowd.buyer(powers, place);
        outcomes.make_room(crowd.rows.len());
        let mut columns = outcomes.columns();
        if self.behaviour.is_rational() {
            offer.choose_all(self.technology, powers, buyer, &mut columns);
            return;
        }
        for (place, row) in crowd.rows.iter().enumerate() {
            let user = crowd.buyers.first_user + u64::from(*row);
            let choice = self.behaviour.choose(self.technology, offer, &buyer(place), crowd.key, user);
            columns.set(place, &choice);
        }
    }

    /// Their tokens at cost alone: other columns of `outcomes` may be those of others.
    fn choose_spend(&self, offer: &Offer, crowd: &Crowd, powers: &PowerColumns, outcomes: &mut Outcomes) {
        match offer {
            Offer::Prices { demand, .. } if self.behaviour.is_rational() => {
                outcomes.spend.resize(crowd.rows.len(), 0.0);
                demand.fill_spend(powers, &mut outcomes.spend);
            }
            _ => self.choose(offer, crowd, powers, outcomes),
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

/// The blocks of buyers `first..first + count` of a replicate: whose, from where, how many.
fn spans(key: Key, first: u64, count: u64) -> impl Iterator<Item = (Key, u64, usize)> {
    let end = first + count;
    (first..end).step_by(BLOCK as usize).map(move |first| (key, first, BLOCK.min(end - first) as usize))
}

/// Columns of a group of buyers, kept for the next one that the same thread takes.
#[derive(Debug, Default)]
struct Workspace {
    /// Powers of their indices.
    powers: PowerColumns,
    /// First-best surplus.
    first_best: Aligned<f64>,
    /// Choices at dearer tokens.
    dearer: Outcomes,
    /// One per rule.
    outcomes: Vec<Outcomes>,
}

/// The buyers of a group as they choose.
struct Crowd<'a> {
    key: Key,
    population: &'a Population,
    /// The buyers of their block.
    buyers: &'a Buyers,
    /// Which of them they are.
    rows: &'a [u32],
}

impl Crowd<'_> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what an offer does not look at need not be put together")]
    fn buyer(&self, powers: &PowerColumns, place: usize) -> Buyer<'_> {
        seen(powers.of(place), self.population, self.buyers, self.rows[place] as usize)
    }
}

/// Buyer `i` of a batch, with the powers of her index, as offers see her.
#[inline(always)]
#[expect(clippy::inline_always, reason = "what an offer does not look at need not be put together")]
pub(crate) fn seen<'b>(powers: Powers, population: &Population, buyers: &'b Buyers, i: usize) -> Buyer<'b> {
    let column = |column: &Option<Vec<f64>>| column.as_ref().map_or(f64::NAN, |values| values[i]);
    let profile = |values: &'b Vec<f64>| {
        let n_tasks = population.n_tasks().unwrap_or(0);
        &values[i * n_tasks..(i + 1) * n_tasks]
    };
    Buyer {
        powers,
        value: column(&buyers.value),
        scale: column(&buyers.scale),
        profile: buyers.task_values.as_ref().map_or(&[], profile),
    }
}
