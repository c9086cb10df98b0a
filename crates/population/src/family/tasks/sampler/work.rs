//! What is in the hand while a tile of buyers is drawn.

use super::super::sums::CesSums;
use super::Scores;
use crate::cholesky::Cholesky;
use crate::luck::Crowd;
use crate::special::normal::Scorer;
use crate::stream::{Level, Purpose};

/// Numbers of a pair of tasks, an even one and the next, for each buyer of a tile: one block of random bits holds both.
pub(super) struct Work {
    /// Levels of both.
    pub(super) levels: [Vec<Level>; 2],
    /// Normal scores of both.
    pub(super) scores: [Vec<f64>; 2],
    /// Values w of a task.
    pub(super) values: Vec<f64>,
    /// ln w of a task.
    pub(super) logarithms: Vec<f64>,
    /// Sums over the tasks.
    pub(super) sums: CesSums,
    /// Her common factor, weighted; zero without one.
    pub(super) factor: Vec<f64>,
    /// Correlated scores, task by task.
    correlated: Vec<f64>,
    /// Makes scores of levels.
    scorer: Scorer,
}

impl Work {
    /// Room for so many buyers.
    pub(super) fn new(buyers: usize, sigma: f64) -> Self {
        let numbers = || vec![0.0; buyers];
        let levels = || vec![Level::LOWEST; buyers];
        Self {
            levels: [levels(), levels()],
            scores: [numbers(), numbers()],
            values: numbers(),
            logarithms: numbers(),
            sums: CesSums::new(buyers, sigma),
            factor: numbers(),
            correlated: Vec::new(),
            scorer: Scorer::new(buyers),
        }
    }

    /// Levels of a pair of tasks.
    pub(super) fn draw_levels(&mut self, crowd: Crowd, pair: usize) {
        let buyers = crowd.users().len();
        let levels = self.levels.each_mut().map(|levels| &mut levels[..buyers]);
        crowd.pair(Purpose::Task, pair as u32, 0, levels);
    }

    /// Independent scores 2 `pair` and 2 `pair` + 1.
    fn draw_own_scores(&mut self, crowd: Crowd, purpose: Purpose, pair: usize) {
        let buyers = crowd.users().len();
        let levels = self.levels.each_mut().map(|levels| &mut levels[..buyers]);
        let scores = self.scores.each_mut().map(|scores| &mut scores[..buyers]);
        crowd.scores(purpose, pair as u32, 0, (levels, &mut self.scorer), scores);
    }

    /// The factor common to all tasks of a buyer, times its weight.
    pub(super) fn draw_factor(&mut self, crowd: Crowd, common: f64) {
        self.draw_own_scores(crowd, Purpose::Factor, 0);
        for (factor, score) in self.factor.iter_mut().zip(&self.scores[0]) {
            *factor = common * score;
        }
    }

    /// The correlated scores of all tasks.
    pub(super) fn draw_correlated(&mut self, crowd: Crowd, factor: &Cholesky, tasks: usize) {
        let buyers = crowd.users().len();
        self.correlated.resize(tasks * buyers, 0.0);
        for task in 0..tasks {
            if task.is_multiple_of(2) {
                self.draw_own_scores(crowd, Purpose::TaskScore, task / 2);
            }
            self.correlated[task * buyers..][..buyers].copy_from_slice(&self.scores[task % 2][..buyers]);
        }
        factor.correlate(&mut self.correlated[..tasks * buyers], buyers);
    }

    /// Scores of a pair of tasks, the second of which there need not be, without the common factor.
    pub(super) fn draw_scores(&mut self, crowd: Crowd, dependence: &Scores, pair: usize) {
        let buyers = crowd.users().len();
        if let Scores::Correlated(_) = dependence {
            let drawn = self.correlated[2 * pair * buyers..].chunks(buyers);
            for (scores, drawn) in self.scores.iter_mut().zip(drawn) {
                scores[..buyers].copy_from_slice(drawn);
            }
            return;
        }
        self.draw_own_scores(crowd, Purpose::TaskScore, pair);
    }

    /// Adds the common factor to the scores of a task, which have this weight beside it.
    pub(super) fn add_factor(&mut self, task: usize, own: f64) {
        for (score, factor) in self.scores[task % 2].iter_mut().zip(&self.factor) {
            *score = factor + own * *score;
        }
    }
}
