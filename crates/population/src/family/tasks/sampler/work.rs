//! What is in the hand while a tile of buyers is drawn.

use super::super::sums::CesSums;
use super::Scores;
use crate::cholesky::Cholesky;
use crate::luck::Crowd;
use crate::special::normal::Scorer;
use crate::stream::{Level, Purpose};

/// Numbers of one task, or of two, for each buyer of a tile.
pub(super) struct Work {
    /// Levels of an even task and of the next: one block of random bits holds both.
    pub(super) levels: [Vec<Level>; 2],
    /// Her common factor, weighted.
    factor: Vec<f64>,
    /// Correlated scores, task by task.
    correlated: Vec<f64>,
    /// Normal scores of a task.
    pub(super) scores: Vec<f64>,
    /// Values w of a task.
    pub(super) values: Vec<f64>,
    /// ln w of a task.
    pub(super) logarithms: Vec<f64>,
    /// Sums over the tasks.
    pub(super) sums: CesSums,
    /// Makes scores of levels.
    pub(super) scorer: Scorer,
}

impl Work {
    /// Room for so many buyers.
    pub(super) fn new(buyers: usize, sigma: f64) -> Self {
        let numbers = || vec![0.0; buyers];
        Self {
            levels: [vec![Level::LOWEST; buyers], vec![Level::LOWEST; buyers]],
            factor: numbers(),
            correlated: Vec::new(),
            scores: numbers(),
            values: numbers(),
            logarithms: numbers(),
            sums: CesSums::new(buyers, sigma),
            scorer: Scorer::new(buyers),
        }
    }

    fn draw_pair(&mut self, crowd: Crowd, purpose: Purpose, pair: u32) {
        let buyers = crowd.users().len();
        crowd.pair(purpose, pair, 0, self.levels.each_mut().map(|levels| &mut levels[..buyers]));
    }

    /// The factor common to all tasks of a buyer, times its weight.
    pub(super) fn draw_factor(&mut self, crowd: Crowd, common: f64) {
        let buyers = crowd.users().len();
        self.draw_pair(crowd, Purpose::Factor, 0);
        self.scorer.fill(&self.levels[0][..buyers], &mut self.factor[..buyers]);
        self.factor.iter_mut().for_each(|factor| *factor *= common);
    }

    /// The correlated scores of all tasks.
    pub(super) fn draw_correlated(&mut self, crowd: Crowd, factor: &Cholesky, tasks: usize) {
        let buyers = crowd.users().len();
        self.correlated.resize(tasks * buyers, 0.0);
        for task in 0..tasks {
            if task.is_multiple_of(2) {
                self.draw_pair(crowd, Purpose::Task, task as u32 / 2);
            }
            let scores = &mut self.correlated[task * buyers..][..buyers];
            self.scorer.fill(&self.levels[task % 2][..buyers], scores);
        }
        factor.correlate(&mut self.correlated[..tasks * buyers], buyers);
    }

    /// The levels of a task, and with a copula its scores.
    pub(super) fn draw_task(&mut self, crowd: Crowd, dependence: &Scores, task: usize) {
        let buyers = crowd.users().len();
        if let Scores::Correlated(_) = dependence {
            self.scores[..buyers].copy_from_slice(&self.correlated[task * buyers..][..buyers]);
            return;
        }
        if task.is_multiple_of(2) {
            self.draw_pair(crowd, Purpose::Task, task as u32 / 2);
        }
        if let Scores::OneFactor { own, .. } = dependence {
            self.scorer.fill(&self.levels[task % 2][..buyers], &mut self.scores[..buyers]);
            for (score, factor) in self.scores[..buyers].iter_mut().zip(&self.factor) {
                *score = factor + own * *score;
            }
        }
    }
}
