//! Indexed Sobol points, scrambled: buyers that fill the space of all their random numbers evenly.
//!
//! The first 2^m points put one point into each of 2^m equal parts of every axis, and nearly so for most small boxes in
//! several dimensions; a mean over buyers thereby misses much less than over independent buyers. Scrambled points are
//! uniform one by one, so every mean is unbiased, but they are not independent of each other: the standard error is that
//! between replicates, each of which is a scrambling of its own.
//!
//! A buyer's number is the index of her point. Points are addressed in any order, and a longer run only adds points; runs
//! of a power of two buyers are the even ones.
//!
//! # References
//! I. Sobol', "On the distribution of points in a cube and the approximate evaluation of integrals", USSR Computational
//! Mathematics and Mathematical Physics 7 (1967).
//! S. Joe, F. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM Journal on Scientific
//! Computing 30 (2008) (doi 10.1137/070709359).

mod directions;

pub(crate) use self::directions::directions;
use crate::level::Level;
use crate::scrambling::{Indices, Scrambled, Source, Use, digits_of};
use crate::stream::Key;

/// Number of dimensions: the largest number of tasks, and 64 draws beside them.
pub const DIMENSIONS: u32 = 4160;

/// Number of points of a replicate, 2^32.
pub const POINTS: u64 = 1 << 32;

/// Coordinate `dimension` (below [`DIMENSIONS`]) of point `index` under the scrambling of a seed and replicate.
///
/// ```text
/// x = i_1 v_1 xor i_2 v_2 xor ... xor i_32 v_32,   i_1 the lowest binary digit of the index, v_k direction numbers
/// ```
/// The 32 digits of x are scrambled to 64, of which a level takes 53. An index of 32 bits cannot leave the sequence.
pub fn level(key: Key, dimension: u32, index: u32) -> Level {
    level_for(Use::Sobol, key, dimension, index)
}

/// The same under the scramblings for a use.
pub(crate) fn level_for(purpose: Use, key: Key, dimension: u32, index: u32) -> Level {
    scrambled(purpose, key, dimension, digits_of(index)).level(index)
}

/// [`level`] of each of many points; `false`: there is no such dimension, or one of the points, and none is filled.
pub(crate) fn levels(key: Key, dimension: u32, indices: Indices, levels: &mut [Level]) -> bool {
    let are_there = dimension < DIMENSIONS && indices.digits() <= u32::BITS;
    if are_there {
        scrambled(Use::Sobol, key, dimension, indices.digits()).fill(indices, levels);
    }
    are_there
}

fn scrambled(purpose: Use, key: Key, dimension: u32, digits: u32) -> Scrambled {
    let source = Source { key, purpose, number: u64::from(dimension) };
    Scrambled::new(source, directions(dimension), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { seed: 20_250_702, replicate: 2 };

    /// The coordinate of a point before scrambling, in units of 2^-32.
    fn point(directions: &[u32; 32], index: u32) -> u32 {
        let digits = directions.iter().enumerate();
        digits.fold(0, |x, (digit, direction)| x ^ direction & 0_u32.wrapping_sub(index >> digit & 1))
    }

    /// scipy 1.17.1, `qmc.Sobol(d=4160, scramble=False, bits=32).random(4096)`, times 2^32. It walks in Gray order: its
    /// point i is ours of index i xor floor(i / 2). The last rows are sums of its direction numbers.
    #[test]
    fn unscrambled_points_are_those_of_scipy() {
        const IN_DIMENSIONS: [u32; 6] = [0, 1, 2, 63, 1110, 4159];
        for (index, expected) in [
            (0, [0; 6]),
            (1, [0x8000_0000; 6]),
            (2, [0x4000_0000, 0xC000_0000, 0xC000_0000, 0x4000_0000, 0x4000_0000, 0xC000_0000]),
            (1000, [0x17C0_0000, 0x2940_0000, 0x7340_0000, 0xFFC0_0000, 0xF140_0000, 0xD440_0000]),
            (4095, [0xFFF0_0000, 0x1110_0000, 0x00B0_0000, 0xE750_0000, 0x6D90_0000, 0xCD30_0000]),
            (1 << 31, [0x0000_0001, 0xFFFF_FFFF, 0xC500_5555, 0x121D_6761, 0x2700_003D, 0xC9CF_4E1F]),
            (0x89AB_CDEF, [0xF7B3_D591, 0x000A_0C8F, 0xE9D2_3145, 0x3D90_3971, 0x8944_98ED, 0xC876_0DCF]),
            (u32::MAX, [0xFFFF_FFFF, 0x0000_0001, 0x4F00_FFFF, 0x5FF5_F5DF, 0x4D00_0027, 0xBD4D_327D]),
        ] {
            assert_eq!(IN_DIMENSIONS.map(|d| point(directions(d), index)), expected, "point {index}");
        }
    }

    /// Boxes of 2^-a by 2^-b that hold a point each, among 2^(a+b) scrambled points of dimensions `d` and `e`.
    fn boxes_hit(d: u32, e: u32, first: u32, a: u32, b: u32) -> usize {
        let part = |dimension, index, digits| {
            (level(KEY, dimension, index).below() * f64::from(1_u32 << digits)) as usize
        };
        let mut hit = vec![false; 1 << (a + b)];
        for index in first..first + (1 << (a + b)) {
            hit[part(d, index, a) << b | part(e, index, b)] = true;
        }
        hit.iter().filter(|hit| **hit).count()
    }

    #[test]
    fn scrambled_points_fill_every_axis_evenly() {
        for dimension in [0, 1, 2, 17, 1000, DIMENSIONS - 1] {
            for (first, digits) in [(0, 1), (0, 6), (0, 12), (3 << 12, 12), (u32::MAX - 2047, 10)] {
                assert_eq!(boxes_hit(dimension, 0, first, digits, 0), 1 << digits, "dimension {dimension}");
            }
        }
    }

    #[test]
    fn the_first_two_dimensions_fill_the_square_evenly() {
        for digits in [4, 9, 12] {
            for a in 0..=digits {
                assert_eq!(boxes_hit(0, 1, 0, a, digits - a), 1 << digits);
                assert_eq!(boxes_hit(0, 1, 5 << digits, a, digits - a), 1 << digits);
            }
        }
        // Not every pair is that good: the test can fail.
        assert_eq!(boxes_hit(3, 5, 0, 6, 6), 1 << 11);
    }

    #[test]
    fn levels_are_keyed_by_replicate_and_use() {
        let own = level(KEY, 7, 123_456_789);
        assert_ne!(own, level(Key { replicate: 3, ..KEY }, 7, 123_456_789));
        assert_ne!(own, level_for(Use::DesignPoint, KEY, 7, 123_456_789));
    }
}
