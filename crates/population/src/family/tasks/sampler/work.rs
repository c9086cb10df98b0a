//! What is in the hand while a tile of buyers is drawn.

use std::ops::Range;

use model::kernel::Aligned;

use super::super::sums::CesSums;
use super::Scores;
use super::leading::Leading;
use super::length::Lengths;
use crate::luck::{Crowd, FOUR, Room};
use crate::stream::Purpose;

/// Numbers of a tile of buyers.
pub(super) struct Work {
    /// Room to draw in; its levels are those of a pair of tasks, an even one and the next.
    pub(super) room: Room,
    /// Rows of normal scores: of four tasks, or, where they are `held`, of the common factor and of all tasks.
    pub(super) scores: Aligned<f64>,
    /// Length of a row.
    stride: usize,
    /// Independent scores held before those of the tasks, if all are held.
    held: Option<usize>,
    /// Values w of a task.
    pub(super) values: Aligned<f64>,
    /// ln w of a task.
    pub(super) logarithms: Aligned<f64>,
    /// Sums over the tasks.
    pub(super) sums: CesSums,
    /// Her common factor, weighted; zero without one.
    pub(super) factor: Aligned<f64>,
    /// How long all her scores but the first are to be together.
    lengths: Aligned<f64>,
}

impl Work {
    /// Room for so many buyers, and for the scores of four tasks, or, if `held`, for so many independent scores and those
    /// of so many tasks.
    pub(super) fn new(buyers: usize, sigma: f64, held: Option<(usize, usize)>) -> Self {
        let numbers = || Aligned::filled(buyers, 0.0);
        // Rows begin lines of the cache; scores are drawn in fours, those of the factor before there are any of tasks.
        let stride = buyers.next_multiple_of(8);
        let rows = held.map_or(FOUR, |(factors, tasks)| factors + tasks.next_multiple_of(FOUR));
        Self {
            room: Room::new(buyers),
            scores: Aligned::filled(rows * stride, 0.0),
            stride,
            held: held.map(|(factors, _)| factors),
            values: numbers(),
            logarithms: numbers(),
            sums: CesSums::new(buyers, sigma),
            factor: numbers(),
            lengths: numbers(),
        }
    }

    /// Levels of a pair of tasks.
    pub(super) fn draw_levels(&mut self, crowd: Crowd, pair: usize) {
        let buyers = crowd.users().len();
        let levels = self.room.levels.each_mut().map(|levels| &mut levels[..buyers]);
        crowd.pair(Purpose::Task, pair as u32, levels);
    }

    /// The factor common to all tasks of a buyer, times its weight.
    pub(super) fn draw_factor(&mut self, crowd: Crowd, common: f64) {
        self.draw_factor_score(crowd);
        self.weigh_factor(common);
    }

    fn weigh_factor(&mut self, common: f64) {
        for (factor, score) in self.factor.iter_mut().zip(&self.scores[..self.stride]) {
            *factor = common * score;
        }
    }

    /// The score of the factor common to all tasks into the first row, and anything into the next three.
    fn draw_factor_score(&mut self, crowd: Crowd) {
        self.draw_four(crowd, Purpose::Factor, (0, 1), 0);
    }

    /// Four scores of tasks into this row and the next.
    fn draw_own_scores(&mut self, crowd: Crowd, four: usize, row: usize) {
        self.draw_four(crowd, Purpose::TaskScore, (four, FOUR), row);
    }

    fn draw_four(&mut self, crowd: Crowd, purpose: Purpose, (four, count): (usize, usize), row: usize) {
        let mut rows = self.scores[row * self.stride..].chunks_exact_mut(self.stride);
        let scores = std::array::from_fn(|_| rows.next().expect("rows are in fours"));
        crowd.scores(purpose, four as u32, count, &mut self.room, scores);
    }

    /// The scores of all tasks, and of the factor common to them, each made of all that are independent.
    pub(super) fn draw_all(
        &mut self,
        crowd: Crowd,
        dependence: &Scores,
        leading: Option<(&Leading, &Lengths)>,
        tasks: usize,
    ) {
        let mut crowd = crowd;
        if let Some((_, lengths)) = leading {
            let own = &mut self.lengths[..crowd.users().len()];
            crowd = crowd.scores_of_lengths(&mut self.room, own);
            lengths.of(own);
        }
        let factors = dependence.factors();
        if factors > 0 {
            self.draw_factor_score(crowd);
        }
        for four in 0..tasks.div_ceil(FOUR) {
            self.draw_own_scores(crowd.after(factors as u32), four, factors + FOUR * four);
        }
        let all = &mut self.scores[..(factors + tasks) * self.stride];
        if let Some((leading, _)) = leading {
            leading.reflect(all, self.stride, &self.lengths);
        }
        match dependence {
            Scores::Independent => {}
            Scores::OneFactor { common, .. } => self.weigh_factor(*common),
            Scores::Correlated(factor) => factor.correlate(all, self.stride),
        }
    }

    /// Scores of four tasks, without the common factor; those that are held are drawn already.
    pub(super) fn draw_scores(&mut self, crowd: Crowd, four: usize) {
        if self.held.is_none() {
            self.draw_own_scores(crowd, four, 0);
        }
    }

    /// Where the scores of a task stand, of so many buyers.
    pub(super) fn row(&self, task: usize, buyers: usize) -> Range<usize> {
        let first = self.held.map_or(task % FOUR, |factors| factors + task) * self.stride;
        first..first + buyers
    }

    /// Adds the common factor to the scores of a task, which have this weight beside it.
    pub(super) fn add_factor(&mut self, task: usize, own: f64) {
        let row = self.row(task, self.factor.len());
        for (score, factor) in self.scores[row].iter_mut().zip(&self.factor) {
            *score = factor + own * *score;
        }
    }
}
