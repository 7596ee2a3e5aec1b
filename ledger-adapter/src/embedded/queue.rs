//! Transactions that wait for a block.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::log::{EMPTY_BLOCK_BYTES, check_transaction, encoded_transaction_len};
use crate::log::{LogError, MAX_BLOCK_BYTES, Ticket, TicketResolver};

/// A bounded queue, in order of arrival.
pub(super) struct Queue {
    transaction_limit: usize,
    byte_limit: usize,
    state: Mutex<State>,
    grew: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Vec<u8>, TicketResolver)>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new(transaction_limit: usize, byte_limit: usize) -> Self {
        Self {
            transaction_limit,
            byte_limit,
            state: Mutex::default(),
            grew: Condvar::new(),
        }
    }

    pub(super) fn push(&self, transaction: Vec<u8>) -> Result<Ticket, LogError> {
        check_transaction(&transaction)?;
        let mut state = self.lock();
        if state.closed {
            return Err(LogError::Closed);
        }
        let bytes = state.bytes.saturating_add(transaction.len());
        if state.waiting.len() >= self.transaction_limit || bytes > self.byte_limit {
            return Err(LogError::QueueFull {
                transactions: state.waiting.len(),
                bytes: state.bytes,
                transaction_limit: self.transaction_limit,
                byte_limit: self.byte_limit,
            });
        }
        let (ticket, resolver) = Ticket::new();
        state.bytes = bytes;
        state.waiting.push_back((transaction, resolver));
        self.grew.notify_all();
        Ok(ticket)
    }

    /// Takes the oldest transactions, as many as fit into one block and at most `limit`.
    pub(super) fn take(&self, limit: usize) -> (Vec<Vec<u8>>, Vec<TicketResolver>) {
        let mut state = self.lock();
        let mut room = MAX_BLOCK_BYTES - EMPTY_BLOCK_BYTES;
        let mut count = 0;
        for (transaction, _) in state.waiting.iter().take(limit) {
            let Some(left) = room.checked_sub(encoded_transaction_len(transaction)) else {
                break;
            };
            room = left;
            count += 1;
        }
        let taken: (Vec<_>, Vec<_>) = state.waiting.drain(..count).unzip();
        state.bytes -= taken.0.iter().map(Vec::len).sum::<usize>();
        taken
    }

    /// Waits until `count` transactions are queued, the queue is closed or `timeout` is over; returns how
    /// many are queued.
    pub(super) fn wait(&self, count: usize, timeout: Duration) -> usize {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        while state.waiting.len() < count && !state.closed {
            state = match deadline {
                None => self
                    .grew
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    self.grew
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        state.waiting.len()
    }

    /// Abandons what is queued and refuses everything from now on.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.bytes = 0;
        // Dropping the resolvers abandons their tickets.
        state.waiting.clear();
        self.grew.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
