//! The random wait before a message.
//!
//! It passes before the message is built. A message names a root and an expiry, and so the block on which it was built: one
//! that were built first and sent later would be told by its age, and the longer it waited the better.

use super::{Desk, DeskError};
use rand::rngs::OsRng;
use std::time::{Duration, Instant};
use tally_transport::schedule::SendDelay;

/// How long one look for blocks lasts meanwhile.
const LOOK: Duration = Duration::from_millis(500);

/// What was waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pacing {
    delay: SendDelay,
    /// Whether the next message has had its wait.
    has_waited: bool,
}

impl Pacing {
    pub(super) const fn new(delay: SendDelay) -> Self {
        Self {
            delay,
            has_waited: false,
        }
    }
}

impl Desk {
    /// Waits at random, as the desk's options say, before a message is built, and takes in what comes meanwhile; says whether
    /// it has waited, so that what was looked at before has to be looked at again. The next message has its wait when one was
    /// sent.
    pub(super) fn wait_to_build(&mut self) -> Result<bool, DeskError> {
        if self.pacing.has_waited || self.pacing.delay.most().is_zero() {
            return Ok(false);
        }
        let until = Instant::now() + self.pacing.delay.draw(&mut OsRng);
        self.pacing.has_waited = true;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(true);
            }
            self.pump(left.min(LOOK))?;
        }
    }

    /// The same, unless it is only said what a message would do.
    pub(super) fn wait_unless(&mut self, preview: bool) -> Result<(), DeskError> {
        if !preview {
            self.wait_to_build()?;
        }
        Ok(())
    }

    /// A message is being sent, or something else begins: the next one waits again.
    pub(super) const fn has_sent(&mut self) {
        self.pacing.has_waited = false;
    }
}
