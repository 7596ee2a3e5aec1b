//! Who may stay: the places for connections, and the memory for what they are sending.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::{ServerCounters, ServerLimits};

/// All places of a server.
///
/// One who must leave is out of the books at once, and out of memory when its task runs next.
pub(super) struct Seats {
    connections: usize,
    buffered_bytes: usize,
    counters: Arc<ServerCounters>,
    books: Mutex<Books>,
    /// Told when the last connection has ended.
    emptied: Notify,
}

/// Numbers grow with time, so the first entries are the oldest.
#[derive(Default)]
struct Books {
    last_number: u64,
    buffered: usize,
    entries: BTreeMap<u64, Entry>,
}

struct Entry {
    has_asked: bool,
    receiving_since: Option<Instant>,
    buffered: usize,
    leave: Arc<Notify>,
}

impl Seats {
    pub(super) fn new(limits: &ServerLimits, counters: Arc<ServerCounters>) -> Self {
        Self {
            connections: limits.connections,
            buffered_bytes: limits.buffered_bytes,
            counters,
            books: Mutex::default(),
            emptied: Notify::new(),
        }
    }

    /// A place for a newcomer: a free one, or that of the connection that has been there longest without
    /// ever having completed a request.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Seat> {
        let mut books = self.books();
        if books.entries.len() >= self.connections {
            let silent = books.entries.iter().find(|(_, entry)| !entry.has_asked);
            let Some(number) = silent.map(|(number, _)| *number) else {
                self.counters.refused();
                return None;
            };
            self.displace(&mut books, number);
        }
        books.last_number += 1;
        let number = books.last_number;
        let leave = Arc::new(Notify::new());
        let entry = Entry {
            has_asked: false,
            receiving_since: None,
            buffered: 0,
            leave: Arc::clone(&leave),
        };
        books.entries.insert(number, entry);
        self.counters.opened();
        Some(Seat {
            seats: Arc::clone(self),
            number,
            leave,
        })
    }

    /// Waits until no connection is open.
    pub(super) async fn empty(&self) {
        loop {
            // Before looking, so that nothing is missed between looking and waiting.
            let emptied = self.emptied.notified();
            if self.counters.counts().open == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn displace(&self, books: &mut Books, number: u64) {
        if let Some(entry) = books.remove(number) {
            entry.leave.notify_one();
            self.counters.displaced();
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        self.buffered -= entry.buffered;
        Some(entry)
    }

    /// The connection that has been sending a request for longest.
    fn slowest(&self) -> Option<u64> {
        let sending = self
            .entries
            .iter()
            .filter_map(|(number, entry)| Some((entry.receiving_since?, *number)));
        sending.min().map(|(_, number)| number)
    }
}

/// The place of one connection, free again when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    leave: Arc<Notify>,
}

impl Seat {
    /// Unique within the server.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Waits until others need the place.
    pub(super) async fn lost(&self) {
        self.leave.notified().await;
    }

    /// A request begins.
    pub(super) fn begin(&self) {
        if let Some(entry) = self.seats.books().entries.get_mut(&self.number) {
            entry.receiving_since = Some(Instant::now());
        }
    }

    /// Asks for `bytes` of memory for the request. If there are none, those who have been sending for
    /// longest go first, and this one may be among them: a flood of halves must not stop quick senders.
    pub(super) fn make_room(&self, bytes: usize) -> bool {
        let mut books = self.seats.books();
        loop {
            let total = books.buffered.saturating_add(bytes);
            let Some(entry) = books.entries.get_mut(&self.number) else {
                return false;
            };
            if total <= self.seats.buffered_bytes {
                entry.buffered += bytes;
                books.buffered = total;
                return true;
            }
            // Would not fit even if it were alone.
            let hopeless = entry.buffered.saturating_add(bytes) > self.seats.buffered_bytes;
            let slowest = books.slowest().filter(|_| !hopeless);
            self.seats
                .displace(&mut books, slowest.unwrap_or(self.number));
        }
    }

    /// The request is complete.
    pub(super) fn complete(&self) {
        self.seats.counters.request();
        let mut books = self.seats.books();
        let Some(entry) = books.entries.get_mut(&self.number) else {
            return;
        };
        entry.has_asked = true;
        entry.receiving_since = None;
        let bytes = std::mem::take(&mut entry.buffered);
        books.buffered -= bytes;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.books().remove(self.number);
        if self.seats.counters.closed() == 0 {
            self.seats.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Seat, Seats};
    use crate::server::{ServerCounters, ServerLimits};

    fn seats(connections: usize, buffered_bytes: usize) -> (Arc<Seats>, Arc<ServerCounters>) {
        let limits = ServerLimits {
            connections,
            buffered_bytes,
            ..ServerLimits::default()
        };
        let counters = Arc::new(ServerCounters::default());
        let seats = Seats::new(&limits, Arc::clone(&counters));
        (Arc::new(seats), counters)
    }

    fn sender(seats: &Arc<Seats>) -> Seat {
        let seat = seats.admit().unwrap();
        seat.begin();
        seat
    }

    #[test]
    fn the_slowest_sender_makes_room() {
        let (seats, counters) = seats(9, 100);
        let slow = sender(&seats);
        assert!(slow.make_room(60));
        let quick = sender(&seats);
        assert!(quick.make_room(40), "exactly full");
        assert_eq!(counters.counts().displaced, 0);
        assert!(quick.make_room(10));
        assert_eq!(counters.counts().displaced, 1);
        assert!(!slow.make_room(1), "has lost its place");
        assert!(quick.make_room(50), "what the slow one held is free");
        assert_eq!(seats.books().buffered, 100);
    }

    #[test]
    fn whoever_asks_too_much_goes_alone() {
        let (seats, counters) = seats(9, 100);
        let modest = sender(&seats);
        assert!(modest.make_room(90));
        let greedy = sender(&seats);
        assert!(!greedy.make_room(101));
        assert_eq!(counters.counts().displaced, 1);
        assert!(modest.make_room(10), "keeps its place");
    }

    #[test]
    fn memory_is_free_after_completion_and_after_hanging_up() {
        let (seats, _) = seats(9, 100);
        let one = sender(&seats);
        assert!(one.make_room(100));
        one.complete();
        assert_eq!(seats.books().buffered, 0);
        one.begin();
        assert!(one.make_room(100));
        drop(one);
        assert_eq!(seats.books().buffered, 0);
        assert!(seats.books().entries.is_empty());
    }
}
