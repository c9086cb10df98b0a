//! Moments of several quantities of the same buyers.

use serde::{Deserialize, Serialize};

use super::moments::{Moments, weights};
use super::paired::Paired;

/// Moments of `N` quantities of the same buyers seen so far; merging two gives the moments of both streams.
///
/// The first `2 P` quantities are pairs (0, 1), (2, 3), ..., of which the products are known, too:
///
/// ```text
/// mean = Σ x / n,   m2 = Σ (x - x̄)²,   co = Σ (x - x̄)(y - ȳ)
/// ```
/// Each is what [`Moments::merge`] makes of it alone, but how many buyers there are is looked at once for all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Joint<const N: usize, const P: usize> {
    count: u64,
    mean: [f64; N],
    m2: [f64; N],
    co: [f64; P],
}

impl<const N: usize, const P: usize> Default for Joint<N, P> {
    fn default() -> Self {
        Self { count: 0, mean: [0.0; N], m2: [0.0; N], co: [0.0; P] }
    }
}

impl<const N: usize, const P: usize> Joint<N, P> {
    /// From the moments of each quantity and the sums of products of each pair.
    pub(super) fn of(quantities: [Moments; N], co: [f64; P]) -> Self {
        debug_assert!(quantities.windows(2).all(|two| two[0].count == two[1].count), "{quantities:?}");
        let count = quantities.first().map_or(0, |quantity| quantity.count);
        Self {
            count,
            mean: quantities.map(|quantity| quantity.mean),
            m2: quantities.map(|quantity| quantity.m2),
            co,
        }
    }

    /// How many buyers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The moments of one quantity.
    pub(super) fn at(&self, quantity: usize) -> Moments {
        Moments { count: self.count, mean: self.mean[quantity], m2: self.m2[quantity] }
    }

    /// Those of one pair.
    pub(super) fn pair(&self, pair: usize) -> Paired {
        Paired { x: self.at(2 * pair), y: self.at(2 * pair + 1), co: self.co[pair] }
    }

    /// Adds another stream's moments.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let [share, weight] = weights(self.count, other.count);
        let away: [f64; N] = std::array::from_fn(|quantity| other.mean[quantity] - self.mean[quantity]);
        for (pair, co) in self.co.iter_mut().enumerate() {
            *co += other.co[pair] + away[2 * pair] * away[2 * pair + 1] * weight;
        }
        for (quantity, away) in away.into_iter().enumerate() {
            self.mean[quantity] += away * share;
            self.m2[quantity] += other.m2[quantity] + away * away * weight;
        }
        self.count += other.count;
    }

    /// Its means as a single observation, or nothing if there was none.
    #[must_use]
    pub fn as_one(&self) -> Self {
        Self { count: self.count.min(1), mean: self.mean, m2: [0.0; N], co: [0.0; P] }
    }
}

/// As it stands in a checkpoint.
#[derive(Serialize, Deserialize)]
struct Written {
    count: u64,
    mean: Vec<f64>,
    m2: Vec<f64>,
    co: Vec<f64>,
}

impl<const N: usize, const P: usize> From<Joint<N, P>> for Written {
    fn from(joint: Joint<N, P>) -> Self {
        Self { count: joint.count, mean: joint.mean.to_vec(), m2: joint.m2.to_vec(), co: joint.co.to_vec() }
    }
}

impl<const N: usize, const P: usize> TryFrom<Written> for Joint<N, P> {
    type Error = String;

    fn try_from(Written { count, mean, m2, co }: Written) -> Result<Self, String> {
        let wrong = |found: Vec<f64>| format!("{} numbers for {N} quantities and {P} pairs", found.len());
        Ok(Self {
            count,
            mean: mean.try_into().map_err(wrong)?,
            m2: m2.try_into().map_err(wrong)?,
            co: co.try_into().map_err(wrong)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(triples: &[(f64, f64, f64)]) -> Joint<3, 1> {
        let column = |of: fn(&(f64, f64, f64)) -> f64| triples.iter().map(of).collect::<Vec<f64>>();
        let (x, y, z) = (column(|row| row.0), column(|row| row.1), column(|row| row.2));
        let Paired { x, y, co } = Paired::of(&x, &y);
        Joint::of([x, y, Moments::of(&z)], [co])
    }

    proptest! {
        #[test]
        fn merging_gives_the_moments_of_both(
            a in prop::collection::vec((-1e3f64..1e3, 1e6f64..1e6 + 10.0, 0.0..1.0f64), 0..40),
            b in prop::collection::vec((-10f64..10.0, -1e3f64..1e3, 5.0..6.0f64), 2..40)
        ) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let both = of(&[a.clone(), b.clone()].concat());
            let (found, expected) = (merged.pair(0), both.pair(0));
            prop_assert!((found.co - expected.co).abs() <= 1e-9 * (expected.x.m2 * expected.y.m2).sqrt() + 1e-6);
            prop_assert_eq!(merged.count(), both.count());
            // One by one they are the same numbers.
            for quantity in 0..3 {
                let mut alone = of(&a).at(quantity);
                alone.merge(&of(&b).at(quantity));
                prop_assert_eq!(merged.at(quantity), alone);
            }
        }

        #[test]
        fn what_is_written_is_read(a in prop::collection::vec((-1e3f64..1e3, -1.0..1.0f64, 0.0..1.0f64), 0..9)) {
            let json = serde_json::to_string(&of(&a)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Joint<3, 1>>(&json).unwrap(), of(&a));
            prop_assert!(serde_json::from_str::<Joint<4, 1>>(&json).is_err());
        }
    }

    #[test]
    fn one_observation_has_no_spread() {
        let one = of(&[(1.0, 2.0, 3.0), (3.0, 2.0, 1.0)]).as_one();
        assert_eq!(
            (one.count(), one.at(0), one.pair(0).co),
            (1, Moments { count: 1, mean: 2.0, m2: 0.0 }, 0.0)
        );
        assert_eq!(Joint::<3, 1>::default().as_one(), Joint::default());
    }
}
