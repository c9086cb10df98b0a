//! A person's luck: the levels at which everything about her is drawn, under whatever sampling design.

use model::kernel::Aligned;

use crate::design::Design;
use crate::level::Level;
use crate::scrambling::Indices;
use crate::special::box_muller;
use crate::special::normal::Scorer;
use crate::stratified::{Coordinate, stratify};
use crate::stream::{Key, Purpose, level_pairs, word_pairs};

/// Normal scores that are made together.
pub(crate) const FOUR: usize = 4;

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
/// Most important first, since `stratified` reaches dimension 0 alone; of tasks that are made of normal scores no single one is,
/// and all are turned until the first is the direction in which the index moves most. How long the others are together is then a
/// draw of its own: before them all under `sobol`, and reached beside the first under `stratified`. Nothing above has more
/// dimensions than `sobol` reaches; a draw beyond would be the keyed one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd<'a> {
    design: Design,
    key: Key,
    users: Indices<'a>,
    /// Dimensions used up before: positions are counted from here.
    used: u32,
}

impl<'a> Crowd<'a> {
    /// The luck of these buyers.
    pub(crate) fn new(design: Design, key: Key, users: &'a [u64]) -> Self {
        Self { design, key, users: Indices::new(users), used: 0 }
    }

    /// The same with so many more dimensions used up.
    pub(crate) fn after(self, dimensions: u32) -> Self {
        Self { used: self.used + dimensions, ..self }
    }

    /// The same luck of other buyers.
    pub(crate) fn of(self, users: &[u64]) -> Crowd<'_> {
        Crowd { design: self.design, key: self.key, users: Indices::new(users), used: self.used }
    }

    /// Who they are.
    pub(crate) fn users(&self) -> &'a [u64] {
        self.users.all()
    }

    /// Whether all but the first of their draws are keyed one by one.
    pub(crate) fn is_keyed(&self) -> bool {
        self.design.is_keyed_from(1)
    }

    /// Whether the design reaches any of their draws.
    pub(crate) fn is_spread(&self) -> bool {
        !self.design.is_keyed_from(self.used)
    }

    /// The luck of each.
    pub(crate) fn each(self) -> impl Iterator<Item = Luck> {
        let Self { design, key, users, .. } = self;
        users.all().iter().map(move |user| Luck { design, key, user: *user })
    }

    /// Normal scores 4 `four` to 4 `four` + 3 for a purpose, of each buyer, or the first `count` of them and any others.
    ///
    /// Those that the design does not reach are made of one random block by Box and Muller's method, which takes half as long; others
    /// are the quantiles of their levels, so that they are as even as these.
    pub(crate) fn scores(
        self,
        purpose: Purpose,
        four: u32,
        count: usize,
        room: &mut Room,
        scores: [&mut [f64]; FOUR],
    ) {
        let buyers = self.users().len();
        let mut scores = scores.map(|scores| &mut scores[..buyers]);
        if self.design.is_keyed_from(self.used + FOUR as u32 * four) {
            let [one, other] = room.words.each_mut().map(|words| &mut words[..buyers]);
            word_pairs(self.key, purpose, self.users(), four, one, other);
            box_muller::scores([one, other], scores);
            return;
        }
        let [even, odd] = room.levels.each_mut().map(|levels| &mut levels[..buyers]);
        for (pair, scores) in (2 * four..).zip(scores[..count].chunks_mut(2)) {
            self.pair(purpose, pair, [&mut *even, &mut *odd]);
            for (levels, scores) in [&*even, &*odd].into_iter().zip(scores) {
                room.scorer.fill(levels, scores);
            }
        }
    }

    /// The score of how long all scores of each one but the first are together, which a design that reaches any of them spreads jointly
    /// with the first, and the luck that is left for the scores themselves.
    pub(crate) fn scores_of_lengths(self, room: &mut Room, scores: &mut [f64]) -> Self {
        let [levels, unused] = room.levels.each_mut().map(|levels| &mut levels[..self.users().len()]);
        let left = if self.design == Design::Stratified {
            level_pairs(self.key, Purpose::Length, self.users(), 0, levels, unused);
            stratify(self.key, Coordinate::Second, self.users(), levels);
            self
        } else {
            self.pair(Purpose::Length, 0, [levels, unused]);
            self.after(1)
        };
        room.scorer.fill(&room.levels[0][..scores.len()], scores);
        left
    }

    /// The levels of draws 2 `pair` and 2 `pair` + 1 for a purpose, in positions as far from those used up.
    pub(crate) fn pair(self, purpose: Purpose, pair: u32, [first, second]: [&mut [Level]; 2]) {
        let place = (2 * pair, self.used + 2 * pair);
        self.design.level_pairs(self.key, purpose, self.users, place, [first, second]);
    }
}

/// Room to make the scores of many buyers in.
pub(crate) struct Room {
    /// Random words of four scores.
    words: [Aligned<u64>; 2],
    /// Levels of a pair.
    pub(crate) levels: [Aligned<Level>; 2],
    scorer: Scorer,
}

impl Room {
    /// For so many buyers.
    pub(crate) fn new(buyers: usize) -> Self {
        Self {
            words: [(); 2].map(|()| Aligned::filled(buyers, 0)),
            levels: [(); 2].map(|()| Aligned::filled(buyers, Level::LOWEST)),
            scorer: Scorer::new(buyers),
        }
    }
}

/// The level of draw 0 for a purpose, in position `dimension`, of each of many buyers.
pub(crate) fn level_of_each(crowd: Crowd, purpose: Purpose, dimension: u32) -> Vec<Level> {
    let mut levels = vec![Level::LOWEST; crowd.users().len()];
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
                    crowd.after(2).pair(Purpose::Task, pair, levels.each_mut().map(Vec::as_mut_slice));
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

    /// Where the design does not reach they are Box and Muller's, elsewhere the quantiles of their levels.
    #[test]
    fn scores_are_as_even_as_their_levels() {
        let key = Key { seed: 5, replicate: 1 };
        let users: Vec<u64> = (3..103).collect();
        let mut words = [vec![0; 100], vec![0; 100]];
        let mut found = [(); FOUR].map(|()| Aligned::filled(100, f64::NAN));
        let mut room = Room::new(100);
        for (design, used, four, is_keyed) in [
            (Design::Pseudo, 0, 0, true),
            (Design::Stratified, 0, 0, false),
            (Design::Stratified, 1, 0, true),
            (Design::Stratified, 0, 1, true),
            (Design::Sobol, 1, 3, false),
            (Design::Sobol, 1, 1039, false),
            (Design::Sobol, 5, 1039, true),
        ] {
            let crowd = Crowd::new(design, key, &users).after(used);
            crowd.scores(
                Purpose::TaskScore,
                four,
                FOUR,
                &mut room,
                found.each_mut().map(|scores| &mut scores[..]),
            );
            let mut expected = [(); FOUR].map(|()| Aligned::filled(100, f64::NAN));
            if is_keyed {
                let [one, other] = &mut words;
                word_pairs(key, Purpose::TaskScore, &users, four, one, other);
                box_muller::scores([one, other], expected.each_mut().map(|scores| &mut scores[..]));
            } else {
                for (scores, number) in expected.iter_mut().zip(4 * four..) {
                    for (score, user) in scores.iter_mut().zip(&users) {
                        let level = design.level(key, Purpose::TaskScore, *user, number, used + number);
                        *score = crate::special::normal::score(level.tails());
                    }
                }
            }
            assert_eq!(found, expected, "{design:?} {used} {four}");
        }
        // Where one is asked for the levels of the others are not looked at.
        let mut first = [(); FOUR].map(|()| Aligned::filled(100, 0.0));
        let crowd = Crowd::new(Design::Stratified, key, &users);
        crowd.scores(Purpose::TaskScore, 0, 1, &mut room, first.each_mut().map(|scores| &mut scores[..]));
        crowd.scores(Purpose::TaskScore, 0, FOUR, &mut room, found.each_mut().map(|scores| &mut scores[..]));
        assert!(
            first[0] == found[0] && first[1..].iter().all(|scores| scores.iter().all(|score| *score == 0.0))
        );
    }
}
