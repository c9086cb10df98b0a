//! What is in the hand while a tile of buyers is drawn.

use model::kernel::Aligned;

use super::super::sums::CesSums;
use super::Scores;
use crate::cholesky::Cholesky;
use crate::luck::{Crowd, Room};
use crate::stream::Purpose;

/// Tasks whose scores are drawn together: one block of random bits holds them.
pub(super) const GROUP: usize = 4;

/// Numbers of a group of tasks for each buyer of a tile.
pub(super) struct Work {
    /// Room to draw in; its levels are those of a pair of tasks, an even one and the next.
    pub(super) room: Room,
    /// Normal scores of the group.
    pub(super) scores: [Aligned<f64>; GROUP],
    /// Values w of a task.
    pub(super) values: Aligned<f64>,
    /// ln w of a task.
    pub(super) logarithms: Aligned<f64>,
    /// Sums over the tasks.
    pub(super) sums: CesSums,
    /// Her common factor, weighted; zero without one.
    pub(super) factor: Aligned<f64>,
    /// Correlated scores, task by task.
    correlated: Vec<f64>,
}

impl Work {
    /// Room for so many buyers.
    pub(super) fn new(buyers: usize, sigma: f64) -> Self {
        let numbers = || Aligned::filled(buyers, 0.0);
        Self {
            room: Room::new(buyers),
            scores: [(); GROUP].map(|()| numbers()),
            values: numbers(),
            logarithms: numbers(),
            sums: CesSums::new(buyers, sigma),
            factor: numbers(),
            correlated: Vec::new(),
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
        crowd.scores(Purpose::Factor, 0, &mut self.room, &mut self.scores[..2]);
        for (factor, score) in self.factor.iter_mut().zip(&self.scores[0]) {
            *factor = common * score;
        }
    }

    /// The independent scores of a group, of so many tasks in all.
    fn draw_own_scores(&mut self, crowd: Crowd, group: usize, tasks: usize) {
        let own = (tasks - GROUP * group).next_multiple_of(2).min(GROUP);
        crowd.scores(Purpose::TaskScore, group as u32, &mut self.room, &mut self.scores[..own]);
    }

    /// The correlated scores of all tasks.
    pub(super) fn draw_correlated(&mut self, crowd: Crowd, factor: &Cholesky, tasks: usize) {
        let buyers = crowd.users().len();
        self.correlated.resize(tasks * buyers, 0.0);
        for task in 0..tasks {
            if task.is_multiple_of(GROUP) {
                self.draw_own_scores(crowd, task / GROUP, tasks);
            }
            self.correlated[task * buyers..][..buyers].copy_from_slice(&self.scores[task % GROUP][..buyers]);
        }
        factor.correlate(&mut self.correlated[..tasks * buyers], buyers);
    }

    /// Scores of a group, of so many tasks in all, without the common factor.
    pub(super) fn draw_scores(&mut self, crowd: Crowd, dependence: &Scores, group: usize, tasks: usize) {
        let buyers = crowd.users().len();
        if let Scores::Correlated(_) = dependence {
            let drawn = self.correlated[GROUP * group * buyers..].chunks(buyers);
            for (scores, drawn) in self.scores.iter_mut().zip(drawn) {
                scores[..buyers].copy_from_slice(drawn);
            }
            return;
        }
        self.draw_own_scores(crowd, group, tasks);
    }

    /// Adds the common factor to the scores of a task, which have this weight beside it.
    pub(super) fn add_factor(&mut self, task: usize, own: f64) {
        for (score, factor) in self.scores[task % GROUP].iter_mut().zip(&self.factor) {
            *score = factor + own * *score;
        }
    }
}
