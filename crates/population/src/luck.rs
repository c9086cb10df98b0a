//! A person's luck: the levels at which everything about her is drawn, under whatever sampling design.

use crate::design::Design;
use crate::stream::{Key, Level, Purpose, levels};

/// The random numbers of one buyer.
///
/// Beside its address without a design (purpose and number) every draw has a dimension, its position among all draws of
/// a buyer:
///
/// | family | dimension 0, 1, ... |
/// |---|---|
/// | `index` | θ |
/// | `value-scale` | w, s (with a copula the independent levels of the two) |
/// | `tasks` | tasks in their order; with a common factor that one before them |
/// | `finite`, `empirical` | her type, her row |
/// | `segments` | her segment, then those of its family |
///
/// Most important first, since `stratified` reaches dimension 0 alone. Nothing above has more dimensions than `sobol`
/// reaches; a draw beyond would be the keyed one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Luck {
    /// How buyers are spread.
    pub(crate) design: Design,
    /// Seed and replicate.
    pub(crate) key: Key,
    /// Who she is.
    pub(crate) user: u64,
    /// Dimensions used up before: positions are counted from here.
    used: u32,
}

impl Luck {
    /// The luck of a buyer.
    pub(crate) fn new(design: Design, key: Key, user: u64) -> Self {
        Self { design, key, user, used: 0 }
    }

    /// The same with so many more dimensions used up.
    pub(crate) fn after(self, dimensions: u32) -> Self {
        Self { used: self.used + dimensions, ..self }
    }

    /// The level of draw `number` for a purpose, which is in position `dimension`.
    #[inline]
    pub(crate) fn level(self, purpose: Purpose, number: u32, dimension: u32) -> Level {
        self.design.level(self.key, purpose, self.user, number, self.used + dimension)
    }

    /// Fills `values` from the levels of draws 0, 1, 2, ... for a purpose, in the positions from the first free one on.
    #[inline]
    pub(crate) fn fill(self, purpose: Purpose, values: &mut [f64], value: impl Fn(usize, Level) -> f64) {
        if self.design == Design::Pseudo {
            // Two levels from each block.
            for (number, (slot, level)) in
                values.iter_mut().zip(levels(self.key, purpose, self.user)).enumerate()
            {
                *slot = value(number, level);
            }
        } else {
            for (number, slot) in values.iter_mut().enumerate() {
                *slot = value(number, self.level(purpose, number as u32, number as u32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_is_taking_level_after_level() {
        let key = Key { seed: 5, replicate: 1 };
        for design in [Design::Pseudo, Design::Stratified, Design::Sobol] {
            for used in [0, 1, 4157] {
                let luck = Luck::new(design, key, 9).after(used);
                let mut values = [0.0; 7];
                luck.fill(Purpose::Task, &mut values, |number, level| number as f64 + level.below());
                for (number, value) in values.into_iter().enumerate() {
                    let (number, dimension) = (number as u32, number as u32 + used);
                    let level = design.level(key, Purpose::Task, 9, number, dimension);
                    assert_eq!(value, f64::from(number) + level.below());
                }
            }
        }
    }
}
