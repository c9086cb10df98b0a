//! Nested uniform scrambling: random numbers that keep the evenness of the points they start from.
//!
//! Owen's scrambling flips every binary digit of a point by a fair coin that depends on all digits above it. Points that
//! share their first k digits still share them afterwards and part at the next, so a net stays a net, while every point
//! alone becomes uniform. The coins are the nodes of a binary tree, and a tree is keyed, never stored: one Philox block
//! holds the coins of seven digits below a node, so that 32 digits cost five blocks. Hashes that imitate a tree in a few
//! multiplications (Laine and Karras; Burley) are several times faster, but how far their coins are fair and independent
//! can only be tested; these are as good as all other random numbers of the project.
//!
//! # References
//! A. Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences", in: Monte Carlo and Quasi-Monte Carlo Methods in
//! Scientific Computing, 1995 (doi 10.1007/978-1-4612-2552-2_19).
//! B. Burley, "Practical hash-based Owen scrambling", Journal of Computer Graphics Techniques 10 (2020).

use crate::philox::philox4x32_10;
use crate::stream::{Key, REPLICATES};

/// Digits whose coins are in one block of 128 bits: 2^7 - 1 coins, and one bit left over.
const DIGITS_PER_BLOCK: u32 = 7;

/// Points that are scrambled together.
pub(crate) const TILE: usize = 64;

/// What a tree scrambles: in the counter where a [`crate::stream::Purpose`] stands, and never the number of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Use {
    /// A dimension of an experiment's design, which shares no coin with buyers.
    DesignPoint = 251,
    /// The order of strata in a block of buyers.
    Strata = 254,
    /// A dimension of a Sobol sequence.
    Sobol = 255,
}

/// A binary tree of fair coins.
///
/// Node 1 is the root and the children of node n are 2n and 2n + 1: a node is the digits on the way to it behind a one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree {
    pub(crate) key: Key,
    pub(crate) purpose: Use,
    /// Which tree of this key and purpose.
    pub(crate) number: u64,
}

impl Tree {
    /// Scrambles the first 7 (`BLOCKS` - 1) + `LAST` digits of a point and appends random ones: 64 digits, highest first.
    ///
    /// `point` has its digits in its top bits. The last block has few coins, so that its halves b and a can also say what
    /// is appended at leaf l (the last digits behind a one):
    ///
    /// ```text
    /// appended digits = (a l + b) mod 2^64, highest first
    /// ```
    /// They are uniform, and independent between any two leaves down to the 28th at least, since b is random above its
    /// 2^`LAST` coins (multiply-add hashing: M. Dietzfelbinger, STACS 1996, doi 10.1007/3-540-60922-9_46).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    pub(crate) fn scramble<const BLOCKS: u32, const LAST: u32>(self, point: u32) -> u64 {
        let mut word = [0];
        self.scramble_all::<BLOCKS, LAST>(&[point], &mut word);
        word[0]
    }

    /// [`Tree::scramble`] of each of up to [`TILE`] points, in loops that all do one thing, of which compilers make vectors.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    pub(crate) fn scramble_all<const BLOCKS: u32, const LAST: u32>(self, points: &[u32], words: &mut [u64]) {
        const { assert!(1 <= LAST && LAST <= 5 && DIGITS_PER_BLOCK * (BLOCKS - 1) + LAST <= 32) };
        let (mut flips, mut low, mut high) = ([0; TILE], [0; TILE], [0; TILE]);
        let number = points.len();
        let (flips, low, high) = (&mut flips[..number], &mut low[..number], &mut high[..number]);
        for block in 0..BLOCKS - 1 {
            let depth = DIGITS_PER_BLOCK * block;
            self.flip::<DIGITS_PER_BLOCK>(depth, points, (&mut *low, &mut *high), flips);
        }
        self.flip::<LAST>(DIGITS_PER_BLOCK * (BLOCKS - 1), points, (&mut *low, &mut *high), flips);
        let digits = DIGITS_PER_BLOCK * (BLOCKS - 1) + LAST;
        for ((((point, b), a), flips), word) in points.iter().zip(low).zip(high).zip(flips).zip(words) {
            let leaf = leaf::<LAST>(digits_to(*point, digits));
            let appended = a.wrapping_mul(u64::from(leaf)).wrapping_add(*b);
            *word = u64::from(digits_to(*point, digits) ^ *flips) << (64 - digits) | appended >> digits;
        }
    }

    /// Appends to `flips` the coins of the `DEEP` digits below the first `depth`; `low` and `high` get the blocks they are in.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    fn flip<const DEEP: u32>(
        self,
        depth: u32,
        points: &[u32],
        (low, high): (&mut [u64], &mut [u64]),
        flips: &mut [u32],
    ) {
        for ((point, low), high) in points.iter().zip(&mut *low).zip(&mut *high) {
            [*low, *high] = self.block(1 << depth | digits_to(*point, depth));
        }
        for (((point, low), high), flips) in points.iter().zip(low).zip(high).zip(flips) {
            let leaf = leaf::<DEEP>(digits_to(*point, depth + DEEP));
            let mut coins = 0;
            for up in (1..=DEEP).rev() {
                let node = leaf >> up;
                let half = if node < 64 { *low } else { *high };
                coins = coins << 1 | (half >> (node & 63)) & 1;
            }
            *flips = *flips << DEEP | coins as u32;
        }
    }

    /// The block of a node.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    fn block(self, node: u32) -> [u64; 2] {
        debug_assert!(self.key.replicate < REPLICATES, "replicate {} leaves no room", self.key.replicate);
        let (number, seed) = (self.number, self.key.seed);
        let purpose = self.purpose as u32 | self.key.replicate << 8;
        let counter = [node, purpose, number as u32, (number >> 32) as u32];
        let [w0, w1, w2, w3] = philox4x32_10(counter, [seed as u32, (seed >> 32) as u32]);
        [u64::from(w0) | u64::from(w1) << 32, u64::from(w2) | u64::from(w3) << 32]
    }
}

/// The leaf of a subtree `DEPTH` deep that ends on these digits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn leaf<const DEPTH: u32>(digits: u32) -> u32 {
    1 << DEPTH | digits & ((1 << DEPTH) - 1)
}

/// The first digits of a point.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn digits_to(point: u32, depth: u32) -> u32 {
    (u64::from(point) >> (32 - depth)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(number: u64) -> Tree {
        Tree { key: Key { seed: 0x0123_4567_89AB_CDEF, replicate: 5 }, purpose: Use::Sobol, number }
    }

    fn scramble(number: u64, point: u32) -> u64 {
        tree(number).scramble::<5, 4>(point)
    }

    /// Digit by digit, as the module says it.
    #[test]
    fn every_digit_is_flipped_by_the_coin_of_the_digits_above() {
        for (number, point) in [(0, 0), (3, u32::MAX), (1 << 40 | 7, 0x89AB_CDEF), (4159, 0x1234_5678)] {
            let mut expected = 0;
            for depth in 0..32 {
                let above = |depth: u32| 1 << depth | (u64::from(point) >> (32 - depth));
                let root = depth / 7 * 7;
                let within = above(depth) & ((1 << (depth - root)) - 1) | 1 << (depth - root);
                let counter = [above(root) as u32, 255 | 5 << 8, number as u32, (number >> 32) as u32];
                let words = philox4x32_10(counter, [0x89AB_CDEF, 0x0123_4567]);
                let coin = words[within as usize / 32] >> (within % 32) & 1;
                expected = expected << 1 | (point >> (31 - depth) & 1) ^ coin;
            }
            let found = scramble(number, point);
            assert_eq!((found >> 32) as u32, expected);
            let [b, a] = tree(number).block(1 << 28 | point >> 4).map(u128::from);
            let leaf = u128::from(16 + point % 16);
            assert_eq!(found as u32, ((a * leaf + b) >> 32) as u32);
        }
    }

    #[test]
    fn exactly_the_shared_digits_stay_shared() {
        for number in 0..50 {
            for shared in 0..32 {
                let point = 0xB504_F333_u32.rotate_left(number as u32);
                let (one, other) = (scramble(number, point), scramble(number, point ^ 1 << (31 - shared)));
                assert_eq!((one ^ other).leading_zeros(), shared);
            }
        }
    }

    /// Where two points part, they part independently: over 20,000 trees the correlation of what follows is normal with
    /// standard error 0.007; five of them are exceeded 6e-7 often in each of 40 comparisons.
    #[test]
    fn digits_below_a_fork_are_independent() {
        const TREES: u64 = 20_000;
        let unit = |word: u64| (word >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        for shared in [0, 1, 6, 7, 13, 20, 27, 28, 30, 31] {
            for others in [0, 1, 5, 0xFFFF_FFFF] {
                let fork = 1_u32 << (31 - shared);
                let (one, other) = (0x9E37_79B9, 0x9E37_79B9 ^ fork ^ others & (fork - 1));
                let below = |number, point| unit(scramble(number, point) << (shared + 1));
                let products = (0..TREES).map(|number| below(number, one) * below(number, other));
                let correlation = products.sum::<f64>() / TREES as f64 * 12.0;
                assert!(correlation.abs() < 5.0 / (TREES as f64).sqrt(), "after {shared}: {correlation}");
            }
        }
    }

    #[test]
    fn every_coordinate_of_a_tree_matters() {
        let Tree { key, number, .. } = tree(9);
        let mut words: Vec<u64> = [
            tree(9),
            tree(10),
            tree(9 | 1 << 33),
            Tree { purpose: Use::Strata, ..tree(9) },
            Tree { key: Key { replicate: 6, ..key }, purpose: Use::Sobol, number },
            Tree { key: Key { seed: key.seed ^ 1 << 50, ..key }, purpose: Use::Sobol, number },
        ]
        .map(|tree| tree.scramble::<5, 4>(77))
        .to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 6);
    }
}
