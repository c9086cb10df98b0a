//! How long work reports itself, without knowing who watches.

/// Receives the progress of a run. Methods may be called from any thread.
pub trait Progress: Sync {
    /// A stage begins, of `total` steps; 0 where their number is not known.
    fn begin(&self, stage: &str, total: u64);
    /// `steps` more are done.
    fn advance(&self, steps: u64);
    /// The stage is over.
    fn end(&self);
    /// Something worth a line.
    fn note(&self, message: &str);
    /// From now on an interruption leaves something to continue from: until then the process may simply end.
    fn keep(&self) {}
    /// Whether to stop at the next batch of buyers, leaving what is finished to whoever continues.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, _: &str) {}
}
