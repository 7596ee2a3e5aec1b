//! Who may stay: the places for connections, and the memory for what they send and take.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::{ServerCounters, ServerLimits};

/// All places of a server.
///
/// One who must leave is out of the books at once, and out of memory when its task runs next.
pub(super) struct Seats {
    limits: ServerLimits,
    counters: Arc<ServerCounters>,
    books: Mutex<Books>,
    /// Told when the last connection has ended.
    emptied: Notify,
}

/// Numbers and steps grow with time, so the first entries are the oldest.
#[derive(Default)]
struct Books {
    last_number: u64,
    last_step: u64,
    entries: BTreeMap<u64, Entry>,
}

struct Entry {
    /// The last step that it completed, a request or an answer; none if it has asked nothing yet.
    step: Option<u64>,
    hold: Option<Hold>,
    leave: Arc<Notify>,
}

/// Memory of one connection. It receives and sends in turn, so there is one at a time.
struct Hold {
    purpose: Purpose,
    since: Instant,
    bytes: usize,
}

/// What memory is for; there is a limit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A request that is being received.
    Request,
    /// An answer that is being sent.
    Answer,
}

impl Seats {
    pub(super) fn new(limits: ServerLimits, counters: Arc<ServerCounters>) -> Self {
        Self {
            limits,
            counters,
            books: Mutex::default(),
            emptied: Notify::new(),
        }
    }

    /// A place for a newcomer: a free one, or that of another, by [`Books::stillest`].
    pub(super) fn admit(self: &Arc<Self>) -> Seat {
        let mut books = self.books();
        let places = self.limits.connections.max(1);
        while books.entries.len() >= places
            && let Some(number) = books.stillest(places)
        {
            self.displace(&mut books, number);
        }
        books.last_number += 1;
        let number = books.last_number;
        let leave = Arc::new(Notify::new());
        let entry = Entry {
            step: None,
            hold: None,
            leave: Arc::clone(&leave),
        };
        books.entries.insert(number, entry);
        self.counters.opened();
        Seat {
            seats: Arc::clone(self),
            number,
            leave,
        }
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
        if let Some(entry) = books.entries.remove(&number) {
            entry.leave.notify_one();
            self.counters.displaced();
        }
    }

    fn limit(&self, purpose: Purpose) -> usize {
        match purpose {
            Purpose::Request => self.limits.buffered_bytes,
            Purpose::Answer => self.limits.answer_bytes,
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn holds(&self, purpose: Purpose) -> impl Iterator<Item = (u64, &Hold)> {
        self.entries.iter().filter_map(move |(number, entry)| {
            let hold = entry.hold.as_ref()?;
            (hold.purpose == purpose).then_some((*number, hold))
        })
    }

    fn hold_mut(&mut self, number: u64) -> Option<&mut Hold> {
        self.entries.get_mut(&number)?.hold.as_mut()
    }

    fn bytes(&self, purpose: Purpose) -> usize {
        self.holds(purpose).map(|(_, hold)| hold.bytes).sum()
    }

    /// Who gives way to a newcomer: the connection that has completed nothing for longest, no request and no answer.
    ///
    /// Messages come on new connections, so a newcomer is worth more than a long poll or an idle connection, which may come
    /// again: whoever holds places for long would otherwise keep all messages out. It has to have the time to ask, so those
    /// that have asked nothing yet go first only if they are more than half of all: a flood of them drives out itself.
    fn stillest(&self, places: usize) -> Option<u64> {
        let asked = self
            .entries
            .iter()
            .filter_map(|(number, entry)| Some((entry.step?, *number)));
        let asked = asked.min().map(|(_, number)| number);
        let silent = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.step.is_none())
            .map(|(number, _)| *number);
        let is_flood = 2 * silent.clone().count() > places;
        let silent = silent.min();
        if is_flood { silent } else { asked.or(silent) }
    }

    /// A connection has completed a request, or an answer, and holds no memory.
    fn complete(&mut self, number: u64) {
        if let Some(entry) = self.entries.get_mut(&number) {
            self.last_step += 1;
            entry.step = Some(self.last_step);
            entry.hold = None;
        }
    }

    /// The connection that has been busy with its request, or its answer, for longest.
    fn slowest(&self, purpose: Purpose) -> Option<u64> {
        let times = self
            .holds(purpose)
            .map(|(number, hold)| (hold.since, number));
        times.min().map(|(_, number)| number)
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

    /// A request or an answer begins; it has no memory yet.
    pub(super) fn begin(&self, purpose: Purpose) {
        if let Some(entry) = self.seats.books().entries.get_mut(&self.number) {
            entry.hold = Some(Hold {
                purpose,
                since: Instant::now(),
                bytes: 0,
            });
        }
    }

    /// Asks for `bytes` of memory for what has begun. If there are none, those who have been busy with
    /// theirs for longest go first, and this one may be among them: a flood of halves must not stop quick
    /// peers.
    pub(super) fn make_room(&self, bytes: usize) -> bool {
        let mut books = self.seats.books();
        let Some(hold) = books.hold_mut(self.number) else {
            return false;
        };
        hold.bytes = hold.bytes.saturating_add(bytes);
        let (purpose, own) = (hold.purpose, hold.bytes);
        let limit = self.seats.limit(purpose);
        while books.bytes(purpose) > limit {
            // What would not fit if it were alone drives nobody out.
            let slowest = books.slowest(purpose).filter(|_| own <= limit);
            let leaver = slowest.unwrap_or(self.number);
            self.seats.displace(&mut books, leaver);
        }
        books.entries.contains_key(&self.number)
    }

    /// The request is complete and the handler's.
    pub(super) fn has_asked(&self) {
        self.seats.counters.request();
        self.seats.books().complete(self.number);
    }

    /// The answer is taken.
    pub(super) fn is_answered(&self) {
        self.seats.books().complete(self.number);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.books().entries.remove(&self.number);
        if self.seats.counters.closed() == 0 {
            self.seats.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Purpose, Seat, Seats};
    use crate::server::{ServerCounters, ServerLimits};

    const BOTH: [Purpose; 2] = [Purpose::Request, Purpose::Answer];

    /// A hundred bytes for either purpose.
    fn seats() -> (Arc<Seats>, Arc<ServerCounters>) {
        let limits = ServerLimits {
            buffered_bytes: 100,
            answer_bytes: 100,
            ..ServerLimits::default()
        };
        let counters = Arc::new(ServerCounters::default());
        let seats = Seats::new(limits, Arc::clone(&counters));
        (Arc::new(seats), counters)
    }

    fn busy(seats: &Arc<Seats>, purpose: Purpose) -> Seat {
        let seat = seats.admit();
        seat.begin(purpose);
        seat
    }

    #[test]
    fn the_slowest_makes_room() {
        for purpose in BOTH {
            let (seats, counters) = seats();
            let slow = busy(&seats, purpose);
            assert!(slow.make_room(60));
            let quick = busy(&seats, purpose);
            assert!(quick.make_room(40), "exactly full");
            assert_eq!(counters.counts().displaced, 0);
            assert!(quick.make_room(10));
            assert_eq!(counters.counts().displaced, 1);
            assert!(!slow.make_room(1), "has lost its place");
            assert!(quick.make_room(50), "what the slow one held is free");
            assert_eq!(seats.books().bytes(purpose), 100);
        }
    }

    #[test]
    fn the_slowest_of_all_may_be_the_one_that_asks() {
        let (seats, _) = seats();
        let slow = busy(&seats, Purpose::Request);
        let quick = busy(&seats, Purpose::Request);
        assert!(quick.make_room(90));
        assert!(!slow.make_room(20));
        assert!(quick.make_room(10), "keeps its place");
    }

    #[test]
    fn whoever_asks_too_much_goes_alone() {
        let (seats, counters) = seats();
        let modest = busy(&seats, Purpose::Request);
        assert!(modest.make_room(90));
        let greedy = busy(&seats, Purpose::Request);
        assert!(!greedy.make_room(101));
        assert_eq!(counters.counts().displaced, 1);
        assert!(modest.make_room(10), "keeps its place");
    }

    #[test]
    fn requests_and_answers_do_not_compete() {
        let (seats, counters) = seats();
        let [one, other] = BOTH.map(|purpose| busy(&seats, purpose));
        assert!(one.make_room(100) && other.make_room(100));
        assert_eq!(counters.counts().displaced, 0);
    }

    fn places(connections: usize) -> (Arc<Seats>, Arc<ServerCounters>) {
        let limits = ServerLimits {
            connections,
            ..ServerLimits::default()
        };
        let counters = Arc::new(ServerCounters::default());
        let seats = Seats::new(limits, Arc::clone(&counters));
        (Arc::new(seats), counters)
    }

    fn is_here(seats: &Seats, seat: &Seat) -> bool {
        seats.books().entries.contains_key(&seat.number())
    }

    #[test]
    fn the_stillest_gives_way() {
        let (seats, counters) = places(4);
        let [polls, answered, idle, silent] = std::array::from_fn(|_| seats.admit());
        idle.has_asked();
        idle.is_answered();
        answered.has_asked();
        polls.has_asked();
        answered.is_answered();
        let first = seats.admit();
        assert!(!is_here(&seats, &idle));
        first.has_asked();
        let second = seats.admit();
        assert!(
            !is_here(&seats, &polls),
            "asked before another was answered"
        );
        // Whoever is busy all the time, and never gets done, is no better.
        answered.begin(Purpose::Answer);
        assert!(answered.make_room(1));
        silent.has_asked();
        let third = seats.admit();
        assert!(!is_here(&seats, &answered));
        for seat in [&silent, &first, &second, &third] {
            assert!(is_here(&seats, seat));
        }
        assert_eq!(counters.counts().displaced, 3);
    }

    #[test]
    fn a_flood_drives_out_itself() {
        let (seats, _) = places(4);
        let asked: [Seat; 2] = std::array::from_fn(|_| seats.admit());
        for seat in &asked {
            seat.has_asked();
        }
        let [slow, quick] = std::array::from_fn(|_| seats.admit());
        // Two of four are no flood: a newcomer has the time to ask.
        let third = seats.admit();
        assert!(is_here(&seats, &slow) && !is_here(&seats, &asked[0]));
        let fourth = seats.admit();
        assert!(!is_here(&seats, &slow), "silent for longest");
        quick.has_asked();
        for seat in [&asked[1], &quick, &third, &fourth] {
            assert!(is_here(&seats, seat));
        }
    }

    #[test]
    fn no_place_is_one() {
        let (seats, _) = places(0);
        let (first, second) = (seats.admit(), seats.admit());
        assert!(!is_here(&seats, &first) && is_here(&seats, &second));
    }

    #[test]
    fn memory_is_free_at_the_end() {
        let (seats, _) = seats();
        let one = busy(&seats, Purpose::Request);
        assert!(one.make_room(100));
        one.has_asked();
        assert_eq!(seats.books().bytes(Purpose::Request), 0);
        one.begin(Purpose::Answer);
        assert!(one.make_room(100));
        one.is_answered();
        assert_eq!(seats.books().bytes(Purpose::Answer), 0);
        one.begin(Purpose::Request);
        assert!(one.make_room(100));
        drop(one);
        assert_eq!(seats.books().bytes(Purpose::Request), 0);
        assert!(seats.books().entries.is_empty());
    }
}
