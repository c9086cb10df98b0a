//! The simulation proper: which buyers are drawn together, written, folded and checkpointed, and when they are enough.

use std::time::{Duration, Instant};

use population::Key;

use super::checkpoint::Checkpoint;
use crate::config::Market;
use crate::engine::{BLOCK, Block, Engine};
use crate::error::RunError;
use crate::outcome::{Tally, relative_error};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::sink::{PART, PartLayout, ROW_GROUP};

/// A market being simulated: part by part, or several small replicates together, with a checkpoint after all that would take long
/// to draw again.
pub(super) struct Simulation<'a> {
    pub(super) market: &'a Market,
    pub(super) engine: &'a Engine<'a>,
    pub(super) layout: PartLayout,
    pub(super) progress: &'a dyn Progress,
}

/// Buyers drawn together of whom nobody is recorded: 32 blocks, for as many threads.
const UNRECORDED: u64 = 32 * BLOCK;

/// What takes longer is not drawn again.
const A_WHILE: Duration = Duration::from_millis(200);

/// Nothing simulated: all buyers to come, or, where only whole replicates tell the error, one block of each.
pub(super) fn first_stage(market: &Market) -> Checkpoint {
    let run = &market.run;
    let growing = run.target_se.is_some() && !run.standard_errors().are_of_buyers();
    let users = if growing { BLOCK.min(run.users) } else { run.users };
    Checkpoint::new(users, market.rules.len(), run.standard_errors())
}

impl Simulation<'_> {
    /// Simulates every part that the state does not yet hold.
    ///
    /// With a target and independent buyers they are counted as they come. Where only replicates tell the errors all of
    /// them are drawn again with twice the buyers, the same people and as many more, until they are precise.
    pub(super) fn finish(&self, mut state: Checkpoint) -> Result<Checkpoint, RunError> {
        let run = &self.market.run;
        loop {
            self.progress.begin("buyers", state.users * u64::from(run.replicates));
            self.progress.advance(state.tally.buyers.first_best.count);
            self.stage(&mut state)?;
            self.progress.end();
            if state.users == run.users || self.is_precise(&state.tally) {
                break;
            }
            state = Checkpoint { users: run.users.min(2 * state.users), ..first_stage(self.market) };
        }
        if run.target_se.is_some() {
            let (drawn, error) = (state.tally.buyers.first_best.count, self.error(&state.tally));
            let percent = 100.0 * error;
            self.progress.note(&format!(
                "{drawn} buyers, standard errors up to {percent:.4} % of the baseline's profit"
            ));
        }
        Ok(state)
    }

    /// Simulates as many buyers of each replicate as the stage has.
    fn stage(&self, state: &mut Checkpoint) -> Result<(), RunError> {
        let parts = Plan::parts(state.users);
        let together = self.replicates_together(state.users);
        let is_recorded = self.market.run.record.of(state.users) > 0;
        let (mut kept, mut since) = (state.tally.buyers.first_best.count, Instant::now());
        while state.parts_done < parts * u64::from(self.market.run.replicates)
            && !self.is_enough(&state.tally)
        {
            if together > 1 {
                self.small_replicates(together, state)?;
            } else {
                let part = state.parts_done;
                self.part(part, (part / parts) as u32, part % parts * PART, state)?;
                if (part + 1).is_multiple_of(parts) {
                    state.tally.end_replicate();
                }
                state.parts_done = part + 1;
            }
            let drawn = state.tally.buyers.first_best.count;
            // A few buyers are about as soon drawn again as their sums are written.
            if is_recorded || drawn - kept >= ROW_GROUP / 2 || since.elapsed() > A_WHILE {
                state.write(&self.layout.folder)?;
                (kept, since) = (drawn, Instant::now());
            }
        }
        Ok(())
    }

    /// How many whole replicates are drawn together: several where nobody is recorded and they are small.
    fn replicates_together(&self, users: u64) -> u32 {
        if self.market.run.record.of(users) > 0 {
            return 1;
        }
        // Of fewer buyers than a block has, the moments are what takes memory.
        (UNRECORDED / users.max(BLOCK)).max(1) as u32
    }

    /// Up to `most` whole replicates.
    fn small_replicates(&self, most: u32, state: &mut Checkpoint) -> Result<(), RunError> {
        if self.progress.stopped() {
            return Err(RunError::Interrupted);
        }
        let run = &self.market.run;
        let first = state.parts_done as u32;
        let last = run.replicates.min(first.saturating_add(most));
        for mut blocks in self.engine.replicates(run.seed, first..last, state.users) {
            blocks.truncate(self.merge(&blocks, &mut state.tally));
            self.progress.advance(buyers_of(&blocks));
            state.tally.end_replicate();
            state.parts_done += 1;
            if self.is_enough(&state.tally) {
                break;
            }
        }
        Ok(())
    }

    /// The largest standard error as a share of the baseline's profit.
    fn error(&self, tally: &Tally) -> f64 {
        relative_error(tally.observations(), self.market.baseline())
    }

    fn is_precise(&self, tally: &Tally) -> bool {
        self.market.run.target_se.is_some_and(|target| self.error(tally) <= target)
    }

    /// Whether independent buyers are as many as the target needs: asked after 1, 2, 4, 8, ... blocks.
    fn is_enough(&self, tally: &Tally) -> bool {
        let (count, users) = (tally.buyers.first_best.count, self.market.run.users);
        // The last block of a replicate may be a short one.
        let blocks = count / users * users.div_ceil(BLOCK) + (count % users).div_ceil(BLOCK);
        blocks.is_power_of_two()
            && self.market.run.standard_errors().are_of_buyers()
            && self.is_precise(tally)
    }

    /// One part: while a batch is written, the next is drawn and chooses.
    fn part(&self, part: u64, replicate: u32, first: u64, state: &mut Checkpoint) -> Result<(), RunError> {
        let run = &self.market.run;
        let key = Key { seed: run.seed, replicate };
        let end = state.users.min(first + PART);
        let recorded = run.record.of(state.users);
        let mut files = if first < recorded { self.layout.open(part, replicate)? } else { Vec::new() };
        let mut previous = (Vec::new(), 0);
        let together = if first < recorded { ROW_GROUP } else { UNRECORDED };
        for batch in (first..end).step_by(together as usize) {
            if self.progress.stopped() {
                return Err(RunError::Interrupted);
            }
            let count = together.min(end - batch);
            let (written, mut blocks) = self.engine.together(
                &mut files,
                |file| file.write(&previous.0, previous.1),
                || self.engine.batch(key, batch, count, batch < recorded),
            );
            written?;
            blocks.truncate(self.merge(&blocks, &mut state.tally));
            let count = buyers_of(&blocks);
            self.progress.advance(count);
            previous = (blocks, recorded.saturating_sub(batch).min(count) as usize);
            if self.is_enough(&state.tally) {
                break;
            }
        }
        self.engine.together(&mut files, |file| file.write(&previous.0, previous.1), || ()).0?;
        for file in files {
            state.files.push(file.finish()?);
        }
        Ok(())
    }

    /// Adds blocks in their order until there are enough; how many were added.
    fn merge(&self, blocks: &[Block], tally: &mut Tally) -> usize {
        for (position, block) in blocks.iter().enumerate() {
            tally.merge(&block.fold);
            if self.is_enough(tally) {
                return position + 1;
            }
        }
        blocks.len()
    }
}

fn buyers_of(blocks: &[Block]) -> u64 {
    blocks.iter().map(|block| block.fold.first_best.count).sum()
}
