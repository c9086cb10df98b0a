//! Stratified levels: every block of 4096 buyers has exactly one in each of 4096 equal strata.
//!
//! A block is a scrambled van der Corput sequence: the strata are visited in a keyed random order in which every aligned run
//! of 2^k buyers also visits 2^k equal strata once each; blocks are independent of each other. Whole blocks are the even
//! ones, and their buyers are the same people in every longer run. A second coordinate, that of Sobol's sequence, makes a net of two
//! dimensions of it: one buyer of a block is in each of 4096 rectangles of 2^-k by 2^(k-12), for every k.

use crate::level::Level;
use crate::scrambling::{Indices, Scrambled, Source, Use};
use crate::sobol::directions;
use crate::stream::Key;

/// Buyers in a block, and strata.
pub const BLOCK: u64 = 1 << DIGITS;
const DIGITS: u32 = 12;

/// What a level is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coordinate {
    /// Of the draw that matters most.
    First,
    /// Of the length of all scores but the first.
    Second,
}

/// The level of a buyer in the one stratified dimension, from the keyed one she would have elsewhere.
///
/// ```text
/// (stratum + keyed level) / 4096,   stratum: the first 12 digits of point u mod 4096 of block floor(u / 4096)
/// ```
pub fn level(key: Key, user: u64, keyed: Level) -> Level {
    inside(block(key, Coordinate::First, user / BLOCK).level(within(user)), keyed)
}

/// [`level`] of each of many buyers in a coordinate, in place of their keyed levels.
pub(crate) fn stratify(key: Key, coordinate: Coordinate, users: &[u64], mut levels: &mut [Level]) {
    let mut strata = vec![Level::LOWEST; users.len()];
    for users in users.chunk_by(|one, next| one / BLOCK == next / BLOCK) {
        let (own, rest) = levels.split_at_mut(users.len());
        let strata = &mut strata[..users.len()];
        let points: Vec<u64> = users.iter().map(|user| within(*user).into()).collect();
        block(key, coordinate, users[0] / BLOCK).fill(Indices::new(&points), strata);
        for (level, stratum) in own.iter_mut().zip(strata) {
            *level = inside(*stratum, *level);
        }
        levels = rest;
    }
}

/// Sobol's first dimension is van der Corput's: the digits of the index in reverse.
fn block(key: Key, coordinate: Coordinate, number: u64) -> Scrambled {
    let (purpose, dimension) = match coordinate {
        Coordinate::First => (Use::Strata, 0),
        Coordinate::Second => (Use::SecondStrata, 1),
    };
    Scrambled::new(Source { key, purpose, number }, directions(dimension), DIGITS)
}

fn within(user: u64) -> u32 {
    (user % BLOCK) as u32
}

/// The first digits of one level and then those of another.
fn inside(stratum: Level, keyed: Level) -> Level {
    Level::from_bits(stratum.bits() >> (64 - DIGITS) << (64 - DIGITS) | keyed.bits() >> DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Purpose;

    const KEY: Key = Key { seed: 20_250_702, replicate: 0 };

    fn strata(first: u64, users: u64, strata: u64) -> Vec<u64> {
        let keyed = |user| crate::stream::level(KEY, Purpose::Index, user, 0);
        (first..first + users)
            .map(|user| (level(KEY, user, keyed(user)).below() * strata as f64) as u64)
            .collect()
    }

    #[test]
    fn every_block_visits_every_stratum_once() {
        for block in [0, 1, 77, 1 << 50] {
            let mut visited = strata(block * BLOCK, BLOCK, BLOCK);
            visited.sort_unstable();
            assert!(visited.iter().copied().eq(0..BLOCK), "block {block}");
        }
    }

    #[test]
    fn aligned_parts_of_a_block_are_strata_too() {
        for (first, users) in [(0, 2), (6, 2), (64, 64), (3 * BLOCK + 1024, 1024)] {
            let mut visited = strata(first, users, users);
            visited.sort_unstable();
            assert!(visited.iter().copied().eq(0..users), "{users} users from {first}");
        }
    }

    /// Of every shape that halvings of the two coordinates give.
    #[test]
    fn every_block_visits_every_rectangle_once() {
        for block in [0, 5] {
            let users: Vec<u64> = (block * BLOCK..(block + 1) * BLOCK).collect();
            let [first, second] = [Coordinate::First, Coordinate::Second].map(|coordinate| {
                let mut levels = vec![Level::LOWEST; users.len()];
                stratify(KEY, coordinate, &users, &mut levels);
                levels
            });
            for halvings in 0..=DIGITS {
                let of = |level: &Level, halvings| (level.below() * f64::from(1_u32 << halvings)) as u64;
                let rectangle = |(first, second)| {
                    of(first, halvings) << (DIGITS - halvings) | of(second, DIGITS - halvings)
                };
                let mut visited: Vec<u64> = first.iter().zip(&second).map(rectangle).collect();
                visited.sort_unstable();
                assert!(
                    visited.into_iter().eq(0..BLOCK),
                    "{halvings} halvings of the first in block {block}"
                );
            }
        }
    }

    #[test]
    fn blocks_and_replicates_have_orders_of_their_own() {
        let first = strata(0, BLOCK, BLOCK);
        assert_ne!(first, strata(BLOCK, BLOCK, BLOCK));
        let replicate = Key { replicate: 1, ..KEY };
        let stratum = |key, user| level(key, user, Level::LOWEST);
        assert!((0..BLOCK).any(|user| stratum(replicate, user) != stratum(KEY, user)));
    }

    /// Whoever they are, and in whatever order they come.
    #[test]
    fn many_are_stratified_one_by_one() {
        let users: Vec<u64> = (4000..4200).chain([3, 1, 9000, 9001, 9001, 5]).collect();
        let keyed: Vec<Level> =
            users.iter().map(|user| crate::stream::level(KEY, Purpose::Factor, *user, 0)).collect();
        let mut levels = keyed.clone();
        stratify(KEY, Coordinate::First, &users, &mut levels);
        for ((user, keyed), found) in users.iter().zip(keyed).zip(levels) {
            assert_eq!(found, level(KEY, *user, keyed));
            let (in_stratum, own) = (found.below() * 4096.0, keyed.below());
            assert!((in_stratum.fract() - own).abs() < 1e-12);
        }
    }
}
