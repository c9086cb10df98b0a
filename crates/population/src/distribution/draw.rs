//! Draws: which number of a distribution belongs to a person, purpose and number.

use model::kernel::exp_all;
use rand_distr::Distribution as _;

use super::Distribution;
use crate::design::Design;
use crate::level::Level;
use crate::luck::{Crowd, Luck};
use crate::special::Tails;
use crate::special::normal::Scorer;
use crate::stream::{self, Key, Purpose, Stream};

impl Distribution {
    /// The value drawn at a level: the quantile, but of a mixture that of the component on which the level falls.
    #[inline]
    pub(super) fn at(&self, level: Tails) -> f64 {
        match self {
            Self::Mixture(mixture) => mixture.at(level),
            Self::Truncated(truncated) => match truncated.other() {
                Some(other) => other.at(level),
                None => truncated.at(level),
            },
            _ => self.quantile_of_tails(level.lower, level.upper),
        }
    }

    /// The value that belongs to draw `number` of a person and purpose.
    ///
    /// The quantile of her keyed uniform, increasing in it; but gamma and beta, whose quantiles are slow, are sampled by
    /// `rand_distr` from her own [`Stream`] with `number` as lane. Those two therefore use the logarithm and
    /// exponential of std, all others `libm` alone. A mixture splits the unit interval into the shares of its components and
    /// takes the quantile of that on which the uniform falls; there, and where they are truncated, gamma and beta draw by
    /// their quantiles, too.
    #[inline]
    pub fn draw(&self, key: Key, purpose: Purpose, user: u64, number: u32) -> f64 {
        match self {
            Self::Gamma(law) => law.sampler().sample(&mut Stream::new(key, purpose, user, number)),
            Self::Beta(law) => {
                law.stretch(law.sampler().sample(&mut Stream::new(key, purpose, user, number)))
            }
            _ => self.at(stream::level(key, purpose, user, number).tails()),
        }
    }

    /// The value of draw `number` for a purpose, whose level was drawn already.
    ///
    /// A sampler would waste the evenness of a design: then gamma and beta, too, are drawn by their quantiles.
    #[inline]
    pub(crate) fn draw_at(&self, level: Tails, luck: Luck, purpose: Purpose, number: u32) -> f64 {
        if luck.design == Design::Pseudo && self.is_sampled() {
            self.draw(luck.key, purpose, luck.user, number)
        } else {
            self.at(level)
        }
    }

    /// Whether it is drawn by a sampler from the buyer's own stream.
    fn is_sampled(&self) -> bool {
        matches!(self, Self::Gamma(_) | Self::Beta(_))
    }

    /// Draw `number` for a purpose of each of many buyers, bit for bit [`Distribution::draw_at`] of each.
    pub(crate) fn fill(
        &self,
        crowd: Crowd,
        purpose: Purpose,
        number: u32,
        levels: &[Level],
        values: &mut [f64],
    ) {
        match self {
            Self::Uniform(law) => law.fill(levels, values),
            Self::Lognormal(law) => {
                let mut scores = vec![0.0; levels.len()];
                Scorer::new(levels.len()).fill(levels, &mut scores);
                law.logarithms_at(&scores, values);
                exp_all(values);
            }
            _ => {
                for ((value, level), luck) in values.iter_mut().zip(levels).zip(crowd.each()) {
                    *value = self.draw_at(level.tails(), luck, purpose, number);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn draws_are_quantiles_that_increase_with_the_level() {
        for (distribution, _) in testing::examples() {
            let mut previous = 0.0;
            for step in 1_u64..64 {
                let value = distribution.quantile(Level::from_bits(step << 58));
                assert!(value >= previous, "{distribution:?}");
                previous = value;
            }
        }
    }

    #[test]
    fn filling_is_drawing_one_by_one() {
        let key = Key { seed: 5, replicate: 1 };
        let users: Vec<u64> = (9..100).collect();
        let levels: Vec<Level> =
            users.iter().map(|user| stream::level(key, Purpose::Task, *user, 4)).collect();
        for (distribution, _) in testing::examples() {
            let mut values = vec![0.0; users.len()];
            let crowd = Crowd::new(Design::Pseudo, key, &users);
            distribution.fill(crowd, Purpose::Task, 4, &levels, &mut values);
            for (value, user) in values.into_iter().zip(&users) {
                assert_eq!(value, distribution.draw(key, Purpose::Task, *user, 4), "{distribution:?}");
            }
        }
    }
}
