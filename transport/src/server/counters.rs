//! What a server has seen.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one server, updated while it runs.
#[derive(Debug, Default)]
pub struct ServerCounters {
    open: AtomicU64,
    accepted: AtomicU64,
    displaced: AtomicU64,
    timed_out: AtomicU64,
    idle: AtomicU64,
    oversized: AtomicU64,
    requests: AtomicU64,
}

/// The counts of a server at one time. All but `open` only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCounts {
    /// Connections that are open.
    pub open: u64,
    /// Connections that were given a place.
    pub accepted: u64,
    /// Connections dropped before their time-out, to make room for others.
    pub displaced: u64,
    /// Connections dropped because a request was not complete or an answer not taken in time.
    pub timed_out: u64,
    /// Connections closed because no request followed the last answer for long; nobody's fault.
    pub idle: u64,
    /// Connections dropped because they announced a request that is too long.
    pub oversized: u64,
    /// Requests received whole.
    pub requests: u64,
}

impl ServerCounters {
    /// All counts. Each is exact; together they may be some steps of the server apart.
    #[must_use]
    pub fn counts(&self) -> ServerCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ServerCounts {
            open: read(&self.open),
            accepted: read(&self.accepted),
            displaced: read(&self.displaced),
            timed_out: read(&self.timed_out),
            idle: read(&self.idle),
            oversized: read(&self.oversized),
            requests: read(&self.requests),
        }
    }

    pub(super) fn opened(&self) {
        add_one(&self.open);
        add_one(&self.accepted);
    }

    /// Returns how many are left.
    pub(super) fn closed(&self) -> u64 {
        self.open.fetch_sub(1, Ordering::Relaxed).saturating_sub(1)
    }

    pub(super) fn displaced(&self) {
        add_one(&self.displaced);
    }

    pub(super) fn timed_out(&self) {
        add_one(&self.timed_out);
    }

    pub(super) fn idle(&self) {
        add_one(&self.idle);
    }

    pub(super) fn oversized(&self) {
        add_one(&self.oversized);
    }

    pub(super) fn request(&self) {
        add_one(&self.requests);
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
