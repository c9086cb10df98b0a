//! Sampling designs: how evenly buyers are spread over everything that is random about them.
//!
//! | design | level of draw number `dimension` of a buyer | even over |
//! |---|---|---|
//! | `pseudo` | keyed by purpose and number | nothing: buyers are independent |
//! | `stratified` | dimension 0 stratified, others as in `pseudo`, but for a length | the draw that matters most |
//! | `sobol` | coordinate `dimension` of her point | all draws jointly |
//!
//! Where normal scores of tasks are turned the length of all but the first is a draw, too, and is spread jointly with the first.
//!
//! In every design a level is uniform and belongs to seed, replicate and buyer alone, so that means are unbiased and buyer
//! 17 is the same person in every batch and every longer run. Under the last two, buyers of one replicate are not
//! independent of each other: replicates are, and standard errors come from them.

use model::config::Invalid;
use serde::Serialize;

use crate::level::Level;
use crate::scrambling::Indices;
use crate::sobol;
use crate::stratified::{self, Coordinate};
use crate::stream::{self, Key, Purpose};

/// How the levels of the designs are formed, beside those of [`stream::SEED_FORMULA`]: for the manifest.
pub const SEED_FORMULA: &str = "stratified, dimension 0: the first 12 digits of point user mod 4096 of van der Corput's \
    sequence under scrambling (254, floor(user / 4096)), then the first 41 as under pseudo; sobol, dimension d < 4160, user < \
    2^32: coordinate d of Joe-Kuo point number user (in binary order, not Gray's) under scrambling (255, d); any other: as \
    pseudo. Scrambling (p, t) takes the binary digits x of a coordinate, highest first, to the 64 digits L x + e mod 2: half \
    j mod 2 of the Philox block with counter (floor(j / 2), p + 256 replicate, t mod 2^32, floor(t / 2^32)) is, highest digit \
    first, e for j = 0 and else column j of L, of which the first j - 1 digits are put to 0 and the next to 1; the level is \
    (k + 1/2) 2^-53 of the first 53 digits k. The normal scores y that a buyer's tasks are made of where all are \
    lognormal or a copula joins them, the factor's first, of which a design reaches the first, become y - u (u.y) with u = (e_1 - d) \
    2^(1/2)/|e_1 - d| for the unit vector d, d_1 >= 0, along (a_i), along ((rho)^(1/2) sum a_i, (1 - rho)^(1/2) a_1, ...) with a \
    factor, or along L'a with L L' the matrix, unless d = e_1 or there is none: a_i = mass_i sum_k z_k w_i(z_k)^(1/(1-sigma)) \
    over the scores z_k of the levels (k + 1/2)/32. Where scores are so turned the other m of y are \
    multiplied by one number before, after which their squares add up to the chi-square quantile, m degrees of freedom and to 1e-10 of \
    itself, of a level: under sobol that of dimension 0, or 1 in segments, and those of y have the dimensions after it; under \
    stratified the first 12 digits of coordinate 1 of Joe-Kuo point user mod 4096 under scrambling (250, floor(user / 4096)), then the \
    first 41 of uniform number 0 of purpose 9";

/// Names in configuration files, in the order of [`Design`].
pub const NAMES: [&str; 3] = ["pseudo", "stratified", "sobol"];

/// Fewest replicates from which the standard error of a design with dependent buyers is known.
pub const FEWEST_REPLICATES: u32 = 8;

/// How buyers are spread over their random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Design {
    /// Independent buyers.
    Pseudo,
    /// The first dimension stratified in blocks of [`stratified::BLOCK`] buyers.
    Stratified,
    /// Scrambled Sobol points.
    Sobol,
}

impl Design {
    /// The design of a name in [`NAMES`].
    pub fn named(name: &str) -> Option<Self> {
        let designs = [Self::Pseudo, Self::Stratified, Self::Sobol];
        NAMES.iter().zip(designs).find_map(|(known, design)| (*known == name).then_some(design))
    }

    /// Its name in configuration files.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Checks that a design can serve so many users and replicates.
    ///
    /// # Errors
    /// Names `replicates` below [`FEWEST_REPLICATES`] unless buyers are independent, and `users` beyond the last Sobol
    /// point.
    pub fn check(self, users: u64, replicates: u32) -> Result<(), Invalid> {
        if self != Self::Pseudo && replicates < FEWEST_REPLICATES {
            let reason = "buyers of one replicate are not independent, so that only replicates tell the standard error";
            return Err(Invalid::new(
                "replicates",
                replicates,
                format!("at least {FEWEST_REPLICATES} under this sampling design ({reason})"),
            ));
        }
        if self == Self::Sobol && users > sobol::POINTS {
            let allowed =
                format!("at most 2^32 = {} under sobol (more buyers: more replicates)", sobol::POINTS);
            return Err(Invalid::new("users", users, allowed));
        }
        Ok(())
    }

    /// Whether draws from position `dimension` on are as under `pseudo`.
    pub(crate) fn is_keyed_from(self, dimension: u32) -> bool {
        match self {
            Self::Pseudo => true,
            Self::Stratified => dimension > 0,
            Self::Sobol => dimension >= sobol::DIMENSIONS,
        }
    }

    /// [`Design::level`] of each of many persons, for draws `number` (even) and `number` + 1 in positions `dimension` and the
    /// next.
    pub(crate) fn level_pairs(
        self,
        key: Key,
        purpose: Purpose,
        users: Indices,
        (number, dimension): (u32, u32),
        [first, second]: [&mut [Level]; 2],
    ) {
        debug_assert!(number % 2 == 0, "number {number} is the second of a pair");
        if self == Self::Sobol && !self.is_keyed_from(dimension) {
            for (levels, next) in [first, second].into_iter().zip(0..) {
                self.levels(key, purpose, users, (number + next, dimension + next), levels);
            }
            return;
        }
        stream::level_pairs(key, purpose, users.all(), number / 2, first, second);
        if self == Self::Stratified && dimension == 0 {
            stratified::stratify(key, Coordinate::First, users.all(), first);
        }
    }

    /// [`Design::level`] of each of many persons.
    pub(crate) fn levels(
        self,
        key: Key,
        purpose: Purpose,
        users: Indices,
        (number, dimension): (u32, u32),
        levels: &mut [Level],
    ) {
        if self == Self::Sobol && sobol::levels(key, dimension, users, levels) {
            return;
        }
        for (user, level) in users.all().iter().zip(levels) {
            *level = self.level(key, purpose, *user, number, dimension);
        }
    }

    /// The level at which a person's draw is taken.
    ///
    /// `dimension` is the position of the draw among all draws of a person, the most important first; `purpose` and
    /// `number` are its address without a design. Under `pseudo` this is [`stream::level`]. So it is for draws the
    /// other designs do not reach: dimensions after the first under `stratified`; under `sobol` dimensions from
    /// [`sobol::DIMENSIONS`] and users from [`sobol::POINTS`], whom [`Design::check`] refuses.
    #[inline]
    pub fn level(self, key: Key, purpose: Purpose, user: u64, number: u32, dimension: u32) -> Level {
        match (self, dimension, u32::try_from(user)) {
            (Self::Sobol, 0..sobol::DIMENSIONS, Ok(index)) => sobol::level(key, dimension, index),
            (Self::Stratified, 0, _) => {
                stratified::level(key, user, stream::level(key, purpose, user, number))
            }
            _ => stream::level(key, purpose, user, number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { seed: 20_250_702, replicate: 3 };
    const DESIGNS: [Design; 3] = [Design::Pseudo, Design::Stratified, Design::Sobol];

    #[test]
    fn designs_are_named_in_order() {
        for (name, design) in NAMES.into_iter().zip(DESIGNS) {
            assert_eq!((Design::named(name), design.name()), (Some(design), name));
            assert_eq!(format!("{design:?}").to_lowercase(), name);
        }
        assert_eq!(Design::named("Sobol"), None);
    }

    #[test]
    fn draws_a_design_does_not_reach_are_the_keyed_ones() {
        let (purpose, number) = (Purpose::Task, 11);
        for (design, user, dimension) in [
            (Design::Pseudo, 7, 0),
            (Design::Pseudo, 1 << 40, 5000),
            (Design::Stratified, 7, 1),
            (Design::Sobol, 7, sobol::DIMENSIONS),
            (Design::Sobol, sobol::POINTS + 7, 0),
        ] {
            let keyed = stream::level(KEY, purpose, user, number);
            assert_eq!(design.level(KEY, purpose, user, number, dimension), keyed, "{design:?}");
            assert_eq!(design.is_keyed_from(dimension), user != sobol::POINTS + 7, "{design:?}");
        }
        let reached = Design::Sobol.level(KEY, purpose, sobol::POINTS - 1, number, sobol::DIMENSIONS - 1);
        assert_eq!(reached, sobol::level(KEY, sobol::DIMENSIONS - 1, u32::MAX));
        let keyed = stream::level(KEY, purpose, 9, number);
        assert_eq!(Design::Stratified.level(KEY, purpose, 9, number, 0), stratified::level(KEY, 9, keyed));
        assert!(!Design::Sobol.is_keyed_from(sobol::DIMENSIONS - 1) && !Design::Stratified.is_keyed_from(0));
    }

    #[test]
    fn what_a_design_cannot_serve_is_refused() {
        assert!(Design::Pseudo.check(u64::MAX, 1).is_ok());
        assert!(Design::Sobol.check(sobol::POINTS, FEWEST_REPLICATES).is_ok());
        assert_eq!(Design::Sobol.check(sobol::POINTS + 1, 8).unwrap_err().key, "users");
        for design in [Design::Stratified, Design::Sobol] {
            assert_eq!(design.check(1000, 7).unwrap_err().key, "replicates");
        }
    }

    /// A change here changes results: it is an entry in the changelog. Other tests say why the levels are right.
    #[test]
    fn first_levels_of_a_fixed_seed_are_pinned() {
        let found = DESIGNS
            .map(|design| [0, 1, 5000].map(|user| design.level(KEY, Purpose::Value, user, 0, 0).below()));
        let pinned: [[f64; 3]; 3] = [
            [0.960_387_433_050_368_8, 0.146_496_951_570_297_35, 0.533_811_351_706_217_1],
            [0.757_802_828_963_147_1, 0.456_822_875_232_316_96, 0.852_425_246_912_037_7],
            [0.873_792_971_638_975_6, 0.162_556_365_066_431_29, 0.799_791_354_805_176_3],
        ];
        assert_eq!(found, pinned);
    }
}
