//! The level at which a quantile is taken: a uniform number that is as exact near one as near zero.

use crate::special::Tails;

/// A keyed uniform seen from both ends: the level (k + 1/2) 2^-53 at which a quantile is taken.
///
/// The half cannot be written behind a k above 2^52, so that a level next to one is known by its distance to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(u64);

impl Level {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    const LARGEST: u64 = (1 << 53) - 1;
    /// The level nearest to zero.
    pub const LOWEST: Self = Self(0);

    /// The level made of the top 53 bits of a word.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
    pub fn from_bits(word: u64) -> Self {
        Self(word >> 11)
    }

    /// The smaller of the shares below and above, exact, and a zero with the sign of a score there: negative if it is the share
    /// below.
    ///
    /// By arithmetic alone: with a condition in it, compilers make two loops of what is done with the result, and do both.
    #[inline(always)]
    pub fn nearer_end(self) -> (f64, f64) {
        /// 2^52: or-ed with its bits an integer below 2^52 is a number.
        const LARGE: f64 = 4_503_599_627_370_496.0;
        let from_above = Self::LARGEST - self.0;
        // Both are below 2^53, so that the difference has their order as its sign.
        let difference = self.0.wrapping_sub(from_above);
        let all_if_lower = (difference.cast_signed() >> 63).cast_unsigned();
        let nearer = from_above.wrapping_add(difference & all_if_lower);
        let side = f64::from_bits(difference & (1 << 63));
        ((f64::from_bits(nearer | LARGE.to_bits()) - LARGE + 0.5) * Self::STEP, side)
    }

    /// k as the top 53 bits of a word.
    pub(crate) fn bits(self) -> u64 {
        self.0 << 11
    }

    /// Share below: (k + 1/2) 2^-53, exact up to one half, rounded above it but never to one.
    #[inline]
    pub fn below(self) -> f64 {
        ((self.0 as f64 + 0.5) * Self::STEP).min(1.0 - Self::STEP)
    }

    /// Share above: 1 minus the share below, exact up to one half.
    #[inline]
    pub fn above(self) -> f64 {
        Self(Self::LARGEST - self.0).below()
    }

    /// Both shares.
    #[inline]
    pub fn tails(self) -> Tails {
        Tails { lower: self.below(), upper: self.above() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_half_steps_from_both_ends() {
        assert_eq!(Level::from_bits(0).below(), 0.5 / (1_u64 << 53) as f64);
        assert_eq!(Level::from_bits(u64::MAX).above(), 0.5 / (1_u64 << 53) as f64);
        assert!(Level::from_bits(u64::MAX).below() < 1.0 && Level::from_bits(0).above() < 1.0);
        let middle = Level::from_bits(1 << 62);
        assert_eq!(middle.below(), 0.25 + Level::STEP / 2.0);
        assert_eq!(middle.above(), 0.75);
    }

    #[test]
    fn the_nearer_end_is_the_smaller_share() {
        let middle = 1_u64 << 52;
        for k in [0, 1, 12345, middle - 1, middle, middle + 1, Level::LARGEST - 1, Level::LARGEST] {
            let level = Level(k);
            let lower = level.below() <= level.above();
            let (nearer, side) = level.nearer_end();
            assert_eq!((nearer, side), (level.below().min(level.above()), 0.0), "{k}");
            assert_eq!(side.is_sign_negative(), lower, "{k}");
        }
    }
}
