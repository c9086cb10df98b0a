//! A person's luck: the levels at which everything about her is drawn, under whatever sampling design.

use crate::design::Design;
use crate::special::box_muller::score_pairs;
use crate::special::normal::Scorer;
use crate::stream::{Key, Level, Purpose};

/// Where the random numbers of one buyer are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Luck {
    /// How buyers are spread.
    pub(crate) design: Design,
    /// Seed and replicate.
    pub(crate) key: Key,
    /// Who she is.
    pub(crate) user: u64,
}

/// The random numbers of many buyers, of whom one draw after the other is taken.
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
pub(crate) struct Crowd<'a> {
    design: Design,
    key: Key,
    users: &'a [u64],
    /// Dimensions used up before: positions are counted from here.
    used: u32,
}

impl<'a> Crowd<'a> {
    /// The luck of these buyers.
    pub(crate) fn new(design: Design, key: Key, users: &'a [u64]) -> Self {
        Self { design, key, users, used: 0 }
    }

    /// The same with so many more dimensions used up.
    pub(crate) fn after(self, dimensions: u32) -> Self {
        Self { used: self.used + dimensions, ..self }
    }

    /// The same luck of other buyers.
    pub(crate) fn of(self, users: &[u64]) -> Crowd<'_> {
        Crowd { design: self.design, key: self.key, users, used: self.used }
    }

    /// Who they are.
    pub(crate) fn users(&self) -> &'a [u64] {
        self.users
    }

    /// Whether all but the first of their draws are keyed one by one.
    pub(crate) fn is_keyed(&self) -> bool {
        self.design.is_keyed_from(1)
    }

    /// The luck of each.
    pub(crate) fn each(self) -> impl Iterator<Item = Luck> {
        let Self { design, key, users, .. } = self;
        users.iter().map(move |user| Luck { design, key, user: *user })
    }

    /// Normal scores 2 `pair` and 2 `pair` + 1 for a purpose, in positions as far from `dimension` on; `levels` and `scorer`
    /// are room to work in.
    ///
    /// Two of whom neither is reached by the design are made by Box and Muller's method, which takes half as long; others
    /// are the quantiles of their levels, so that they are as even as these.
    pub(crate) fn scores(
        self,
        purpose: Purpose,
        pair: u32,
        dimension: u32,
        (levels, scorer): ([&mut [Level]; 2], &mut Scorer),
        [first, second]: [&mut [f64]; 2],
    ) {
        let [even, odd] = levels;
        self.pair(purpose, pair, dimension, [&mut *even, &mut *odd]);
        if self.design.is_keyed_from(self.used + dimension + 2 * pair) {
            return score_pairs([even, odd], [first, second]);
        }
        scorer.fill(even, first);
        scorer.fill(odd, second);
    }

    /// The levels of draws 2 `pair` and 2 `pair` + 1 for a purpose, in positions as far from `dimension` on.
    pub(crate) fn pair(
        self,
        purpose: Purpose,
        pair: u32,
        dimension: u32,
        [first, second]: [&mut [Level]; 2],
    ) {
        let place = (2 * pair, self.used + dimension + 2 * pair);
        self.design.level_pairs(self.key, purpose, self.users, place, [first, second]);
    }
}

/// The level of draw 0 for a purpose, in position `dimension`, of each of many buyers.
pub(crate) fn level_of_each(crowd: Crowd, purpose: Purpose, dimension: u32) -> Vec<Level> {
    let mut levels = vec![Level::LOWEST; crowd.users.len()];
    let (design, place) = (crowd.design, (0, crowd.used + dimension));
    if design == Design::Sobol {
        design.levels(crowd.key, purpose, crowd.users, place, &mut levels);
    } else {
        let mut unused = levels.clone();
        design.level_pairs(crowd.key, purpose, crowd.users, place, [&mut levels, &mut unused]);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_taken_level_after_level() {
        let key = Key { seed: 5, replicate: 1 };
        let users: Vec<u64> = (3..153).collect();
        for design in [Design::Pseudo, Design::Stratified, Design::Sobol] {
            for used in [0, 1, 4157] {
                let crowd = Crowd::new(design, key, &users).after(used);
                let mut levels = [vec![Level::LOWEST; 150], vec![Level::LOWEST; 150]];
                for pair in [0, 1, 7] {
                    crowd.pair(Purpose::Task, pair, 2, levels.each_mut().map(Vec::as_mut_slice));
                    for (half, number) in [2 * pair, 2 * pair + 1].into_iter().enumerate() {
                        for (user, found) in users.iter().zip(&levels[half]) {
                            let dimension = used + 2 + number;
                            assert_eq!(*found, design.level(key, Purpose::Task, *user, number, dimension));
                        }
                    }
                }
            }
        }
    }

    /// Where the design does not reach they are Box and Muller's pairs, elsewhere the quantiles of their levels.
    #[test]
    fn scores_are_as_even_as_their_levels() {
        let key = Key { seed: 5, replicate: 1 };
        let users: Vec<u64> = (3..103).collect();
        let mut levels = [vec![Level::LOWEST; 100], vec![Level::LOWEST; 100]];
        let mut found = [vec![f64::NAN; 100], vec![f64::NAN; 100]];
        let mut scorer = Scorer::new(100);
        for (design, used, pair, in_pairs) in [
            (Design::Pseudo, 0, 0, true),
            (Design::Stratified, 0, 0, false),
            (Design::Stratified, 1, 0, true),
            (Design::Stratified, 0, 1, true),
            (Design::Sobol, 1, 7, false),
        ] {
            let crowd = Crowd::new(design, key, &users).after(used);
            let room = (levels.each_mut().map(Vec::as_mut_slice), &mut scorer);
            crowd.scores(Purpose::TaskScore, pair, 0, room, found.each_mut().map(Vec::as_mut_slice));
            for (row, user) in users.iter().enumerate() {
                let level = |number| design.level(key, Purpose::TaskScore, *user, number, used + number);
                let own = [level(2 * pair), level(2 * pair + 1)];
                let mut expected = own.map(|level| crate::special::normal::score(level.tails()));
                if in_pairs {
                    let [first, second] = &mut expected;
                    let [even, odd] = own;
                    score_pairs(
                        [&[even], &[odd]],
                        [std::slice::from_mut(first), std::slice::from_mut(second)],
                    );
                }
                assert_eq!([found[0][row], found[1][row]], expected, "{design:?} {used} {pair} {user}");
            }
        }
    }
}
