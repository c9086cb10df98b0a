//! Signals that ask a sweep to stop: it finishes the batch at hand, leaves everything resumable and says why it ended.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// The signals that are caught.
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGUSR1];

/// The first signal that came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    caught: Arc<AtomicUsize>,
    /// Nothing has been begun that could be continued.
    idle: Arc<AtomicBool>,
}

impl Signals {
    /// Catches interruptions from now on; a second one ends the process at once, and so does the first one before
    /// [`Signals::keep`].
    pub(crate) fn catch() -> std::io::Result<Self> {
        let signals = Self { idle: Arc::new(AtomicBool::new(true)), ..Self::default() };
        for signal in SIGNALS {
            let again = Arc::new(AtomicBool::new(false));
            // The order matters: the flag is looked at before it is set.
            for at_once in [&signals.idle, &again] {
                flag::register_conditional_shutdown(signal, exit_code(signal).into(), at_once.clone())?;
            }
            flag::register(signal, again)?;
            flag::register_usize(signal, signals.caught.clone(), signal as usize)?;
        }
        Ok(signals)
    }

    /// From now on there is something to keep.
    pub(crate) fn keep(&self) {
        self.idle.store(false, Ordering::Relaxed);
    }

    /// The exit code of the signal that came, if one did: 130 for SIGINT, 143 for SIGTERM, 75 (requeue me) for SIGUSR1.
    pub(crate) fn caught(&self) -> Option<ExitCode> {
        let caught = self.caught.load(Ordering::Relaxed);
        SIGNALS.into_iter().find(|signal| *signal as usize == caught).map(|signal| exit_code(signal).into())
    }
}

fn exit_code(signal: i32) -> u8 {
    if signal == SIGUSR1 { 75 } else { 128 + signal as u8 }
}
