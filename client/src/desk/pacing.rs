//! The random wait before a message.
//!
//! It passes before the message is built. A message names a root and an expiry, and so the block on which it was built: if it
//! was built first and sent later, its age tells it from others, the better the longer it waited.
//!
//! Nobody waits while a revalidation or the making of a joint key is under way: there are deadlines, orders are not taken,
//! and what is sent then is sent by everybody.

use super::{Desk, DeskError};
use rand::rngs::OsRng;
use std::time::{Duration, Instant};
use tally_exchange::market::Stage;
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
        let waits = !self.pacing.has_waited && !self.pacing.delay.most().is_zero();
        if !waits || self.is_hurried() {
            return Ok(false);
        }
        let until = Instant::now() + self.pacing.delay.draw(&mut OsRng);
        self.pacing.has_waited = true;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.is_hurried() {
                return Ok(true);
            }
            self.pump(left.min(LOOK))?;
        }
    }

    fn is_hurried(&self) -> bool {
        let mut markets = self.follower.replica().markets();
        markets.any(|market| market.stage() != Stage::Open || market.key_round().is_some())
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
