//! Stratified levels: every block of 4096 buyers has exactly one in each of 4096 equal strata.
//!
//! The strata are visited in the order of a scrambled binary reversal, a keyed random permutation in which every aligned
//! run of 2^k buyers also visits 2^k equal strata once each; blocks are independent of each other. Whole blocks are the
//! even ones, and their buyers are the same people in every longer run.

use crate::scrambling::{Tree, Use};
use crate::stream::{Key, Level};

/// Buyers in a block, and strata.
pub const BLOCK: u64 = 1 << DIGITS;
const DIGITS: u32 = 12;

/// The level of a buyer in the one stratified dimension.
///
/// ```text
/// (stratum of (u mod 4096) in block floor(u / 4096) + keyed uniform of u) / 4096
/// ```
#[inline]
pub fn level(key: Key, user: u64) -> Level {
    let tree = Tree { key, purpose: Use::Strata, number: user / BLOCK };
    Level::from_bits(tree.scramble::<2, 5>((user as u32).reverse_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { seed: 20_250_702, replicate: 0 };

    fn strata(first: u64, users: u64, strata: u64) -> Vec<u64> {
        (first..first + users).map(|user| (level(KEY, user).below() * strata as f64) as u64).collect()
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

    #[test]
    fn blocks_and_replicates_have_orders_of_their_own() {
        let first = strata(0, BLOCK, BLOCK);
        assert_ne!(first, strata(BLOCK, BLOCK, BLOCK));
        let replicate = Key { replicate: 1, ..KEY };
        assert!((0..BLOCK).any(|user| level(replicate, user) != level(KEY, user)));
    }
}
