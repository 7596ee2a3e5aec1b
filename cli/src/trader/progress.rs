//! How far a desk is in coming up: a bar on the terminal, once it takes a while.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};
use tally_client::desk::SyncProgress;

/// What passes without a bar.
const QUIET: Duration = Duration::from_millis(500);

/// A bar that shows itself late.
pub struct Progress {
    start: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            bar: None,
        }
    }

    /// Takes in how far it is.
    pub fn show(&mut self, progress: SyncProgress) {
        if self.start.elapsed() < QUIET {
            return;
        }
        let bar = self.bar.get_or_insert_with(bar);
        // First, as each of these draws the bar.
        bar.set_message(progress.stage);
        bar.set_length(progress.of);
        bar.set_position(progress.done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// It draws nothing where stderr is no terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // The template is fixed; were it wrong, the usual one would do.
    if let Ok(style) = ProgressStyle::with_template("{msg}: {pos} of {len} {wide_bar}") {
        bar.set_style(style);
    }
    bar
}
