//! Progress bars on a terminal; silence when stderr is piped.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use sim::Progress;

use crate::signals::Signals;

/// The bar of the current stage.
pub(crate) struct Bars {
    bar: Mutex<ProgressBar>,
    signals: Option<Signals>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()), signals: None }
    }

    /// Bars of work that stops when a signal has come.
    pub(crate) fn stopped_by(signals: Signals) -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()), signals: Some(signals) }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().expect("no drawing thread panicked")
    }
}

impl Progress for Bars {
    fn begin(&self, stage: &str, total: u64) {
        let template = if total > 0 {
            "{msg:8} {wide_bar} {human_pos}/{human_len}  {rate}  {eta} left"
        } else {
            "{msg:8} {spinner} {elapsed}"
        };
        let style = ProgressStyle::with_template(template).expect("a fixed template").with_key(
            "rate",
            |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // A failed write to the terminal is no reason to stop a run.
                let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
            },
        );
        let bar = if total > 0 { ProgressBar::new(total) } else { ProgressBar::new_spinner() };
        bar.set_style(style);
        bar.set_message(stage.to_string());
        // Drawing by a ticker keeps workers from ever waiting for the terminal.
        if std::io::stderr().is_terminal() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        *self.bar() = bar;
    }

    fn advance(&self, steps: u64) {
        self.bar().inc(steps);
    }

    fn end(&self) {
        self.bar().finish_and_clear();
    }

    fn note(&self, message: &str) {
        self.bar().suspend(|| eprintln!("{message}"));
    }

    fn keep(&self) {
        if let Some(signals) = &self.signals {
            signals.keep();
        }
    }

    fn stopped(&self) -> bool {
        self.signals.as_ref().is_some_and(|signals| signals.caught().is_some())
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar().finish_and_clear();
    }
}
