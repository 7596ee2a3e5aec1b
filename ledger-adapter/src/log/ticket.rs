//! Tickets: how a submitter learns that its transaction is durable.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

/// Where a transaction is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Height of its block.
    pub height: u64,
    /// Its index among the transactions of the block, from 0.
    pub index: usize,
}

/// Why a ticket has no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TicketError {
    /// Not durable yet.
    #[error("the transaction was not in a durable block after {waited:?}; wait again")]
    Timeout {
        /// How long was waited.
        waited: Duration,
    },
    /// The log was closed or failed before it acknowledged the transaction.
    #[error(
        "the log stopped before it acknowledged the transaction; open it again and look there before submitting again"
    )]
    Abandoned,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Pending,
    Durable(Position),
    Abandoned,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// Held by the submitter of a transaction.
#[derive(Clone, Debug)]
pub struct Ticket(Arc<Shared>);

/// Held by the log until the transaction is durable; dropped unresolved, it abandons the ticket.
#[derive(Debug)]
pub struct TicketResolver(Arc<Shared>);

impl Ticket {
    /// A ticket, and what the log resolves it with.
    #[must_use]
    pub fn new() -> (Self, TicketResolver) {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Pending),
            changed: Condvar::new(),
        });
        (Self(Arc::clone(&shared)), TicketResolver(shared))
    }

    /// Waits until the transaction is in a durable block and returns its position.
    ///
    /// # Errors
    /// [`TicketError::Timeout`] after `timeout`, and the ticket may be waited on again;
    /// [`TicketError::Abandoned`] if the log stopped first.
    pub fn wait(&self, timeout: Duration) -> Result<Position, TicketError> {
        // A deadline beyond what the clock can represent is none.
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *state {
                State::Durable(position) => return Ok(position),
                State::Abandoned => return Err(TicketError::Abandoned),
                State::Pending => {}
            }
            state = match deadline {
                None => self
                    .0
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(TicketError::Timeout { waited: timeout });
                    }
                    self.0
                        .changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

impl TicketResolver {
    /// Says that the transaction is durable at `position`.
    pub fn resolve(self, position: Position) {
        self.finish(State::Durable(position));
    }

    fn finish(&self, outcome: State) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Pending) {
            *state = outcome;
            self.0.changed.notify_all();
        }
    }
}

impl Drop for TicketResolver {
    fn drop(&mut self) {
        self.finish(State::Abandoned);
    }
}
