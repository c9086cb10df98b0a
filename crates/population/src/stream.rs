//! Keyed randomness: which number answers for which person, purpose and replicate.
//!
//! A draw is addressed, never consumed: nothing here has a state that a thread, a batch or a pricing rule could advance.

use std::convert::Infallible;

use rand::rand_core::{TryRng, utils};

use crate::level::Level;
use crate::philox::{philox4x32_10, philox4x32_10_abreast, philox4x32_10_in_a_row};

/// How every random number of a run is formed: for the manifest.
pub const SEED_FORMULA: &str = "Philox4x32-10 with key = (seed mod 2^32, floor(seed / 2^32)) and counter = (block, \
    purpose + 256 replicate, user mod 2^32, floor(user / 2^32)), purposes kind 0, value 1, scale 2, task 3, index 4, \
    factor 5, segment 6, choice 7, score of a task 8, length of \
    scores 9, replicate seed 252, design point 253; \
    uniform number j of a (purpose, user) is (k + 1/2) 2^-53 with k the top 53 bits of 64-bit half j mod 2 (word 0 or \
    2 low, word 1 or 3 high) of block floor(j / 2); normal scores j = 4 q to 4 q + 3 of purposes 5 and 8 are made of halves 0 \
    and 1 of block 2^30 + q, each with top 32 bits m, bit x, bit y, 19 bits n and 11 bits l: with u = (m + 1/2) 2^-32, \
    s = -2 ln(u_0 u_1) and v = (2^11 l_0 + l_1 + 1/2) 2^-22, half 0 has r = (s v)^(1/2) and half 1 r = (s (1 - v))^(1/2), and two \
    scores (-1)^y r cos t and (-1)^y r sin t, t = pi/2 ((n + 1/2) 2^-19 - 1/2), exchanged if x = 1; but of four of which a \
    sampling design reaches one all are the normal quantiles of uniform numbers j; the stream of lane l (a \
    task) starts at block 2^31 + 2^19 l; the design sample is replicate 2^24 - 1, and its first 2^14 sobol buyers fix deciles \
    where no law is known; replicate r > 0 of a sweep's cell has as seed the top 63 bits of half 0 of block 0 of user r and \
    replicate 0 under the sweep's seed";

/// Number of possible replicates; the last one is [`DESIGN_REPLICATE`].
pub const REPLICATES: u32 = 1 << 24;

/// The replicate of the design sample a seller may learn from: never that of simulated buyers.
pub const DESIGN_REPLICATE: u32 = REPLICATES - 1;

/// Number of lanes of a [`Stream`]: the largest number of tasks.
pub const LANES: u32 = 1 << 12;

/// First block of the words that normal scores are made of; keyed uniforms stay below it.
const FIRST_WORD_BLOCK: u32 = 1 << 30;

/// First block of the streams; keyed words stay below it.
const FIRST_STREAM_BLOCK: u32 = 1 << 31;
const BLOCKS_PER_LANE_LOG2: u32 = 19;

/// Numbers of 64 bits in a line of the cache.
const LINE: usize = 8;

/// What all buyers of one replicate share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The seed of the run.
    pub seed: u64,
    /// The replicate, below 2^24.
    pub replicate: u32,
}

impl Key {
    /// The key of the design sample of a run.
    pub fn design(seed: u64) -> Self {
        Self { seed, replicate: DESIGN_REPLICATE }
    }
}

/// What a random number decides about a person. Numbers are part of the seed formula: append, never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Which type of a finite population she is.
    Kind = 0,
    /// Her value of precision w.
    Value = 1,
    /// Her scale s.
    Scale = 2,
    /// Her value of each task.
    Task = 3,
    /// Her index θ, where it is drawn directly.
    Index = 4,
    /// Her common factor in the values of all tasks.
    Factor = 5,
    /// Which segment she belongs to.
    Segment = 6,
    /// Her shocks in choosing: number 0 for nothing, k + 1 for item k.
    Choice = 7,
    /// The normal score of her value of each task, in fours.
    TaskScore = 8,
    /// The length of all normal scores but the first, where they are turned.
    Length = 9,
    /// No person's: the seed of a replicate in a sweep.
    ReplicateSeed = 252,
    /// No person's: the point of an experiment's design.
    DesignPoint = 253,
    // 10 to 249 are free; 250, 251, 254 and 255 are the scramblings of the designs.
}

/// The 128-bit block of a person and purpose as two 64-bit halves.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn halves(key: Key, purpose: Purpose, user: u64, block: u32) -> [u64; 2] {
    philox4x32_10(counter(key, purpose, user, block), seed_words(key))
}

#[inline]
fn counter(key: Key, purpose: Purpose, user: u64, block: u32) -> [u32; 4] {
    debug_assert!(key.replicate < REPLICATES, "replicate {} leaves no room for the purpose", key.replicate);
    [block, purpose as u32 | key.replicate << 8, user as u32, (user >> 32) as u32]
}

#[inline]
fn seed_words(key: Key) -> [u32; 2] {
    [key.seed as u32, (key.seed >> 32) as u32]
}

/// Seed of a replicate of a sweep, below 2^63: the sweep's own for replicate 0, else a keyed draw.
///
/// Neighbouring seeds have no replicates in common, as seed + r would: seeds drawn from 2^63 coincide by accident only, with
/// probability R^2 2^-64 among R replicates.
pub fn replicate_seed(seed: u64, replicate: u32) -> u64 {
    match replicate {
        0 => seed,
        _ => halves(Key { seed, replicate: 0 }, Purpose::ReplicateSeed, u64::from(replicate), 0)[0] >> 1,
    }
}

model::kernel! {
    /// Both levels of a block, numbers 2 `block` and 2 `block` + 1, of each of many persons for one purpose.
    ///
    /// The two slices are as long as `users`.
    pub fn level_pairs(
        key: Key,
        purpose: Purpose,
        users: &[u64],
        block: u32,
        first: &mut [Level],
        second: &mut [Level],
    ) {
        both_halves((key, purpose, block), users, [first, second], Level::from_bits);
    }
}

model::kernel! {
    /// Words 2 `block` and 2 `block` + 1 of each of many persons for one purpose: 64 random bits, of which no level is made.
    ///
    /// The two slices are as long as `users`.
    pub fn word_pairs(
        key: Key,
        purpose: Purpose,
        users: &[u64],
        block: u32,
        first: &mut [u64],
        second: &mut [u64],
    ) {
        both_halves((key, purpose, FIRST_WORD_BLOCK + block), users, [first, second], |bits| bits);
    }
}

/// What is made of both halves of a block of each of many persons: of four of them at a time, a quarter of all apart.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn both_halves<T>(
    (key, purpose, block): (Key, Purpose, u32),
    users: &[u64],
    [first, second]: [&mut [T]; 2],
    made: impl Fn(u64) -> T,
) {
    // Quarters begin lines of the cache.
    let quarter = users.len() / (4 * LINE) * LINE;
    let (users, last_users) = users.split_at(4 * quarter);
    let (first, last_first) = first.split_at_mut(4 * quarter);
    let (second, last_second) = second.split_at_mut(4 * quarter);
    let seed = seed_words(key);
    let [u, v, w, x] = quarters(users);
    let [a, b, c, d] = quarters_mut(first);
    let [e, f, g, h] = quarters_mut(second);
    let made_of_each = a.iter_mut().zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
    for ((((u, v), w), x), (((((((a, b), c), d), e), f), g), h)) in
        u.iter().zip(v).zip(w).zip(x).zip(made_of_each)
    {
        let counters = [*u, *v, *w, *x].map(|user| counter(key, purpose, user, block));
        let blocks = philox4x32_10_abreast(counters, seed);
        [[*a, *e], [*b, *f], [*c, *g], [*d, *h]] = blocks.map(|block| block.map(&made));
    }
    for ((user, first), second) in last_users.iter().zip(last_first).zip(last_second) {
        [*first, *second] = halves(key, purpose, *user, block).map(&made);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn quarters<T>(all: &[T]) -> [&[T]; 4] {
    let (front, back) = all.split_at(all.len() / 2);
    let ((a, b), (c, d)) = (front.split_at(front.len() / 2), back.split_at(back.len() / 2));
    [a, b, c, d]
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn quarters_mut<T>(all: &mut [T]) -> [&mut [T]; 4] {
    let (front, back) = all.split_at_mut(all.len() / 2);
    let half = front.len() / 2;
    let ((a, b), (c, d)) = (front.split_at_mut(half), back.split_at_mut(half));
    [a, b, c, d]
}

/// Level number `number` of a person and purpose.
#[inline]
pub fn level(key: Key, purpose: Purpose, user: u64, number: u32) -> Level {
    Level::from_bits(halves(key, purpose, user, number >> 1)[(number & 1) as usize])
}

/// Uniform number `number` of a person and purpose, in (0, 1).
#[inline]
pub fn uniform(key: Key, purpose: Purpose, user: u64, number: u32) -> f64 {
    level(key, purpose, user, number).below()
}

/// Levels 0, 1, 2, ... of a person and purpose, each block computed once.
pub fn levels(key: Key, purpose: Purpose, user: u64) -> impl Iterator<Item = Level> {
    (0..FIRST_WORD_BLOCK).flat_map(move |block| halves(key, purpose, user, block)).map(Level::from_bits)
}

/// Numbers of a person and purpose that are computed together by [`batch`].
pub(crate) const BATCH: usize = 2 * BLOCKS_PER_BATCH;

const BLOCKS_PER_BATCH: usize = 4;

/// Levels `BATCH batch` to `BATCH (batch + 1) - 1` of a person and purpose: the same as [`level`], faster.
#[inline]
pub(crate) fn batch(key: Key, purpose: Purpose, user: u64, batch: u32) -> [Level; BATCH] {
    let first = counter(key, purpose, user, batch * BLOCKS_PER_BATCH as u32);
    let words = philox4x32_10_in_a_row::<BLOCKS_PER_BATCH>(first, seed_words(key));
    std::array::from_fn(|number| {
        let (block, half) = (number >> 1, 2 * (number & 1));
        Level::from_bits(u64::from(words[half][block]) | u64::from(words[half + 1][block]) << 32)
    })
}

/// A person's own generator for one purpose and lane, for samplers that reject and so need unknown many numbers.
#[derive(Debug, Clone)]
pub struct Stream {
    key: Key,
    purpose: Purpose,
    user: u64,
    first_block: u32,
    drawn: u32,
}

impl Stream {
    /// The stream of a person, purpose and lane (a task, below [`LANES`]) from its beginning.
    pub fn new(key: Key, purpose: Purpose, user: u64, lane: u32) -> Self {
        debug_assert!(lane < LANES, "lane {lane} would reach into another");
        let first_block = FIRST_STREAM_BLOCK | lane << BLOCKS_PER_LANE_LOG2;
        Self { key, purpose, user, first_block, drawn: 0 }
    }

    #[inline]
    fn next_word(&mut self) -> u64 {
        // A lane holds 2^20 words; a sampler that rejects half of them never gets there.
        let block = self.first_block | (self.drawn >> 1 & ((1 << BLOCKS_PER_LANE_LOG2) - 1));
        let word = halves(self.key, self.purpose, self.user, block)[(self.drawn & 1) as usize];
        self.drawn = self.drawn.wrapping_add(1);
        word
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_word() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_word())
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(destination, || Ok(self.next_word()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::Rng;

    use super::*;

    const KEY: Key = Key { seed: 0x0123_4567_89AB_CDEF, replicate: 3 };

    #[test]
    fn every_coordinate_of_the_address_matters() {
        let base = uniform(KEY, Purpose::Value, 17, 0);
        let mut seen = BTreeSet::from([base.to_bits()]);
        for seed in [KEY.seed + 1, KEY.seed ^ 1 << 40] {
            seen.insert(uniform(Key { seed, ..KEY }, Purpose::Value, 17, 0).to_bits());
        }
        for replicate in [0, 4, DESIGN_REPLICATE] {
            seen.insert(uniform(Key { replicate, ..KEY }, Purpose::Value, 17, 0).to_bits());
        }
        for purpose in [
            Purpose::Kind,
            Purpose::Scale,
            Purpose::Task,
            Purpose::Index,
            Purpose::Factor,
            Purpose::Segment,
            Purpose::Choice,
            Purpose::TaskScore,
            Purpose::Length,
        ] {
            seen.insert(uniform(KEY, purpose, 17, 0).to_bits());
        }
        for user in [16, 17 + (1 << 32)] {
            seen.insert(uniform(KEY, Purpose::Value, user, 0).to_bits());
        }
        for number in [1, 2, 3] {
            seen.insert(uniform(KEY, Purpose::Value, 17, number).to_bits());
        }
        assert_eq!(seen.len(), 20);
    }

    #[test]
    fn pairs_of_many_persons_are_the_addressed_levels() {
        let users: Vec<u64> = (0..77).map(|i| i * i * 0x1234_5678_9ABC).collect();
        let (mut first, mut second) = (vec![Level::LOWEST; 77], vec![Level::LOWEST; 77]);
        level_pairs(KEY, Purpose::Task, &users, 5, &mut first, &mut second);
        for (i, user) in users.into_iter().enumerate() {
            assert_eq!(first[i], level(KEY, Purpose::Task, user, 10));
            assert_eq!(second[i], level(KEY, Purpose::Task, user, 11));
        }
    }

    /// From block 2^30 on, so that no level shares a block with them.
    #[test]
    fn words_of_many_persons_are_the_documented_ones() {
        let users: Vec<u64> = (0..77).map(|i| i * i * 0x1234_5678_9ABC).collect();
        let (mut first, mut second) = (vec![0; 77], vec![0; 77]);
        word_pairs(KEY, Purpose::TaskScore, &users, 5, &mut first, &mut second);
        for (i, user) in users.into_iter().enumerate() {
            let counter = [(1 << 30) + 5, 8 | 3 << 8, user as u32, (user >> 32) as u32];
            assert_eq!([first[i], second[i]], philox4x32_10(counter, [0x89AB_CDEF, 0x0123_4567]));
        }
    }

    #[test]
    fn levels_in_order_are_the_addressed_ones() {
        for (number, found) in levels(KEY, Purpose::Task, 5).take(9).enumerate() {
            assert_eq!(found, level(KEY, Purpose::Task, 5, number as u32));
        }
        let batched = (0..3).flat_map(|number| batch(KEY, Purpose::Task, 5, number));
        assert!(batched.eq(levels(KEY, Purpose::Task, 5).take(3 * BATCH)));
    }

    #[test]
    fn the_address_is_the_documented_one() {
        let counter = [1, 1 | 3 << 8, 17, 2];
        let k = philox4x32_10(counter, [0x89AB_CDEF, 0x0123_4567])[1] >> 11;
        let expected = (k as f64 + 0.5) / (1_u64 << 53) as f64;
        assert_eq!(uniform(KEY, Purpose::Value, 0x2_0000_0011, 3), expected);
    }

    #[test]
    fn neighbouring_seeds_share_no_replicates() {
        assert_eq!(replicate_seed(5, 0), 5);
        assert_eq!(replicate_seed(5, 3), philox4x32_10([0, 252, 3, 0], [5, 0])[0] >> 1);
        let seeds: BTreeSet<u64> = (0..100)
            .flat_map(|seed| (0..100).map(move |replicate| replicate_seed(seed, replicate)))
            .collect();
        assert_eq!(seeds.len(), 10_000);
        assert!(seeds.iter().all(|seed| *seed < 1 << 63));
    }

    #[test]
    fn lanes_are_apart_from_each_other_from_uniforms_and_from_words() {
        let draw = |lane| {
            let mut stream = Stream::new(KEY, Purpose::Task, 1, lane);
            (0..100).map(|_| stream.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        let mut seen: BTreeSet<u64> = [0, 1, LANES - 1].into_iter().flat_map(draw).collect();
        seen.extend((0..100).flat_map(|block| halves(KEY, Purpose::Task, 1, block)));
        seen.extend((0..100).flat_map(|block| {
            let (mut first, mut second) = ([0], [0]);
            word_pairs(KEY, Purpose::Task, &[1], block, &mut first, &mut second);
            [first[0], second[0]]
        }));
        assert_eq!(seen.len(), 700);
    }
}
