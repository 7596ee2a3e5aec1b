//! How blocks come to a desk: fetched when it waits for some, or brought by a thread that always reads on.
//!
//! A one-shot command fetches by itself: what it reads, it reads around the time at which it sends, and a node may guess
//! that the two belong together. A desk that stays at work never asks for a block because of what it does: see
//! [`Desk::read_on`] and [`crate::reader`]. Its other questions (who the node is, the genesis, keys, a snapshot) are asked
//! when it is opened and before it reads on.

use super::{Desk, DeskError, NodeClock, take};
use crate::follower::{FollowError, Follower};
use crate::journal::Fate;
use crate::node_client::NodeError;
use crate::reader::Reader;
use crate::reply::Failure;
use std::time::{Duration, Instant};
use tally_exchange::refusal::Refusal;
use tally_node::api::{BlockRange, Decline};

/// How long a declined message is looked for in blocks that are on their way.
const DECLINED_WAIT: Duration = Duration::from_secs(1);
/// The same where the node says that its note is spent, perhaps by this very message.
const SPENT_WAIT: Duration = Duration::from_secs(4);

/// How long a node that says it has a block may take to give it.
const SAID_WAIT: Duration = Duration::from_secs(2);
/// Most answers without a block in a row, below the height that the node says it has.
const MOST_EMPTY: u32 = 5;

/// What a reader's answers said of the node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The first error.
    pub(crate) lost: Option<String>,
    /// Whether it has answered, after the last error if there was one.
    pub(crate) answers: bool,
}

impl Heard {
    fn error(&mut self, error: &NodeError) {
        self.lost.get_or_insert_with(|| error.to_string());
        self.answers = false;
    }
}

impl Desk {
    /// Takes in what is new, waiting for it up to `wait`; returns how many blocks came. They are fetched for this, or, once
    /// the desk reads on, taken from what was brought, one answer of the node at a time.
    ///
    /// # Errors
    /// [`DeskError`]: the node does not answer, or lies.
    pub fn pump(&mut self, wait: Duration) -> Result<u64, DeskError> {
        match (self.next_range(wait)?, &self.silent) {
            (Some(taken), _) => Ok(taken),
            (None, None) => Ok(0),
            (None, Some(silent)) => Err(DeskError::Before(silent.clone())),
        }
    }

    /// As [`Desk::pump`]; none if nothing came in time.
    pub(crate) fn next_range(&mut self, wait: Duration) -> Result<Option<u64>, DeskError> {
        let brought = match &self.reader {
            None => Some((self.follower.fetch(&self.node, wait), true)),
            Some(reader) => reader.take(wait).map(|(brought, is_last)| {
                let brought = brought.map_err(FollowError::from);
                (brought, is_last)
            }),
        };
        let Some((brought, is_last)) = brought else {
            return Ok(None);
        };
        match brought {
            Ok(range) => {
                self.heard.answers = true;
                self.silent = None;
                self.absorb(&range).map(Some)
            }
            Err(FollowError::Node(error)) => {
                self.heard.error(&error);
                let error = DeskError::from(FollowError::Node(error));
                self.silent = Some(error.failure());
                if is_last {
                    return Err(error);
                }
                // It was lost for a while, and has been asked again since: what counts is the newest.
                Ok(Some(0))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Has blocks brought from now on, by a thread that reads whatever the desk does; nothing changes if they are already.
    pub fn read_on(&mut self) {
        self.read_on_and(|| {});
    }

    /// As [`Desk::read_on`]; `wake` is called whenever there is something to be taken in.
    pub(crate) fn read_on_and(&mut self, wake: impl Fn() + Send + 'static) {
        if self.reader.is_none() {
            let from = self.follower.next_read();
            self.reader = Some(Reader::start(self.node.clone(), from, wake));
        }
    }

    /// Loads the proving keys, and fetches them before if they are not there: a desk that is going to send does it before
    /// it reads on, or its first message would be seen in what it reads.
    ///
    /// # Errors
    /// [`DeskError`]: the node does not answer, or its keys are not those of the genesis.
    pub fn load_keys(&mut self) -> Result<(), DeskError> {
        if self.holder.is_some() {
            self.keys.proving(&self.node)?;
        }
        Ok(())
    }

    /// Whether blocks are brought.
    pub(super) const fn reads_on(&self) -> bool {
        self.reader.is_some()
    }

    /// What the node was heard to do since this was asked last.
    pub(crate) fn heard(&mut self) -> Heard {
        std::mem::take(&mut self.heard)
    }

    /// Takes in blocks that follow; those that the replica has are passed over.
    fn absorb(&mut self, range: &BlockRange) -> Result<u64, DeskError> {
        if let Some(poison) = &self.poison {
            return Err(DeskError::Before(poison.clone()));
        }
        self.clock = NodeClock {
            said: range.now,
            at: Instant::now(),
            speed: range.speed,
        };
        let Self {
            follower,
            holder,
            feed,
            ..
        } = self;
        let taken = follower.take(range, &mut |followed| {
            take(holder.as_mut(), feed, &followed)
        });
        let taken = match taken {
            Ok(taken) => taken,
            Err(error) => {
                let error = DeskError::from(error);
                self.poison = Some(error.failure());
                return Err(error);
            }
        };
        let height = self.follower.replica().height();
        if height - self.saved_at >= super::BLOCKS_BETWEEN_SAVES {
            self.save()?;
        }
        Ok(taken)
    }

    /// Looks for a message that the node has declined in the blocks that it had made by then: perhaps it was included
    /// before, and the answer was lost, or the node does one thing and says another.
    ///
    /// What was brought already is all taken in. Then the next two answers are waited for, though not for long: the second
    /// of them was asked for after the message was declined, so no block of before is missing. A message that shows in a
    /// later block, or a later answer, still gets its outcome there: see [`crate::journal::Journal::take`].
    pub(super) fn look_for_declined(
        &mut self,
        number: u64,
        why: &Decline,
    ) -> Result<(), DeskError> {
        if !self.reads_on() {
            return self.catch_up_to_tip();
        }
        let wait = match why {
            Decline::Refused(Refusal::Spent) => SPENT_WAIT,
            _ => DECLINED_WAIT,
        };
        let start = Instant::now();
        while self.next_range(Duration::ZERO)?.is_some() {}
        for _ in 0..2 {
            if self.entry(number)?.fate != Fate::Pending {
                break;
            }
            let left = wait.saturating_sub(start.elapsed());
            if self.next_range(left)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Fetches until the height that the node says it has.
    fn catch_up_to_tip(&mut self) -> Result<(), DeskError> {
        self.pump(Duration::ZERO)?;
        self.fetch_up_to(self.follower.node_tip(), &mut |_| {})
    }

    /// Fetches blocks until the one of a height that the node says it has.
    pub(super) fn fetch_up_to(
        &mut self,
        height: u64,
        each: &mut dyn FnMut(&Follower),
    ) -> Result<(), DeskError> {
        let mut empty = 0;
        while self.follower.next_read() <= height {
            let before = self.follower.next_read();
            self.pump(SAID_WAIT)?;
            empty = if self.follower.next_read() > before {
                0
            } else {
                empty + 1
            };
            // The newest may be executed yet, which is no lie.
            if empty >= MOST_EMPTY {
                let what = "the blocks up to the height that it says it has";
                return Err(self.node.other(what).into());
            }
            each(&self.follower);
        }
        Ok(())
    }

    /// Height of the next block that is wanted.
    #[must_use]
    pub fn next_height(&self) -> u64 {
        self.follower.replica().height() + 1
    }

    /// Whether the replica has met something wrong, and can't be trusted to be in step any more.
    #[must_use]
    pub const fn is_poisoned(&self) -> bool {
        self.poison.is_some()
    }

    /// What the replica has met that is wrong.
    pub(crate) const fn poison(&self) -> Option<&Failure> {
        self.poison.as_ref()
    }
}
