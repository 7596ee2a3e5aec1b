//! The circuits over which one trader's messages come, and when the node saw each of them made.

use super::{Micros, SECOND, micros};
use rand::Rng;
use std::time::Duration;
use tally_transport::schedule::WarmCircuits;

/// The mean of the random wait after use that was considered.
pub const CONSIDERED_WAIT: Duration = Duration::from_secs(5);
/// An unused circuit was to be given up after a time between these, under the policies that were considered.
pub const CONSIDERED_KEPT: (Micros, Micros) = (240 * SECOND, 480 * SECOND);

/// When circuits are made in advance, and which of them a message takes: the oldest unless it is said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// At random times that nothing the trader does moves, each in place of the oldest if there are enough; a message takes
    /// any of those that are ready: what the transport does.
    ByItsOwnClock,
    /// The same, but the oldest is taken: a trader's circuits then come in the order in which they were made, and a young one
    /// says that the older ones were used. Considered and not taken.
    ByItsOwnClockOldestFirst,
    /// At once when one has been used: considered and not taken.
    AtOnceAfterUse,
    /// A random wait after one has been used: considered and not taken.
    AWaitAfterUse,
}

impl Making {
    /// In a few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByItsOwnClock => "by their own clock",
            Self::ByItsOwnClockOldestFirst => "own clock, oldest*",
            Self::AtOnceAfterUse => "at once after use*",
            Self::AWaitAfterUse => "a wait after use*",
        }
    }

    const fn is_own_clock(self) -> bool {
        matches!(self, Self::ByItsOwnClock | Self::ByItsOwnClockOldestFirst)
    }

    /// How long until the next is made.
    fn wait(self, random: &mut impl Rng) -> Micros {
        let policy = match self {
            Self::AtOnceAfterUse => return 0,
            Self::ByItsOwnClock | Self::ByItsOwnClockOldestFirst => WarmCircuits::THREE,
            Self::AWaitAfterUse => WarmCircuits {
                every: CONSIDERED_WAIT,
                ..WarmCircuits::THREE
            },
        };
        // Time goes on between two circuits.
        micros(policy.draw_wait(random)).max(1)
    }

    /// How long one is kept unused.
    fn kept(self, random: &mut impl Rng) -> Micros {
        if self.is_own_clock() {
            micros(WarmCircuits::THREE.kept)
        } else {
            random.gen_range(CONSIDERED_KEPT.0..=CONSIDERED_KEPT.1)
        }
    }
}

/// A circuit that waits for a message.
#[derive(Clone, Copy, Debug)]
struct Circuit {
    made: Micros,
    given_up: Micros,
}

/// What a message travels over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A circuit that was ready, made at this time.
    Ready(Micros),
    /// None was ready: one has to be made for it.
    OnTheSpot,
}

/// One trader's circuits.
#[derive(Clone, Debug)]
pub struct Circuits {
    making: Making,
    /// Oldest first.
    ready: Vec<Circuit>,
    next: Option<Micros>,
}

impl Circuits {
    /// None yet, at this time.
    pub fn new(making: Making, now: Micros, random: &mut impl Rng) -> Self {
        let mut circuits = Self {
            making,
            ready: Vec::new(),
            next: None,
        };
        circuits.plan_next(now, random);
        circuits
    }

    /// One that is ready at this time; times must not go back.
    pub fn take(&mut self, now: Micros, random: &mut impl Rng) -> Taken {
        self.advance(now, random);
        if self.ready.is_empty() {
            return Taken::OnTheSpot;
        }
        let place = match self.making {
            Making::ByItsOwnClock => random.gen_range(0..self.ready.len()),
            _ => 0,
        };
        let circuit = self.ready.remove(place);
        self.plan_next(now, random);
        Taken::Ready(circuit.made)
    }

    /// Makes and gives up circuits until this time.
    fn advance(&mut self, now: Micros, random: &mut impl Rng) {
        loop {
            let given_up = self.ready.iter().map(|circuit| circuit.given_up).min();
            let made = self
                .next
                .filter(|made| given_up.is_none_or(|end| *made <= end));
            match (made, given_up) {
                (Some(made), _) if made <= now => self.make(made, random),
                (None, Some(end)) if end <= now => {
                    self.ready.retain(|circuit| circuit.given_up > end);
                    self.plan_next(end, random);
                }
                _ => return,
            }
        }
    }

    fn make(&mut self, now: Micros, random: &mut impl Rng) {
        if self.ready.len() >= WarmCircuits::THREE.ready {
            self.ready.remove(0);
        }
        self.ready.push(Circuit {
            made: now,
            given_up: now + self.making.kept(random),
        });
        self.next = None;
        self.plan_next(now, random);
    }

    /// Plans the next one unless it is planned already, or not wanted: a clock of its own wants one always.
    fn plan_next(&mut self, now: Micros, random: &mut impl Rng) {
        let is_wanted = self.making.is_own_clock() || self.ready.len() < WarmCircuits::THREE.ready;
        if self.next.is_none() && is_wanted {
            self.next = Some(now + self.making.wait(random));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn circuits(making: Making) -> (Circuits, StdRng) {
        let mut random = StdRng::seed_from_u64(1);
        (Circuits::new(making, 0, &mut random), random)
    }

    #[test]
    fn at_once_the_fourth_message_comes_over_what_the_first_has_made() {
        let (mut circuits, mut random) = circuits(Making::AtOnceAfterUse);
        let times = [10, 20, 30, 40, 50].map(|second| second * SECOND);
        let taken = times.map(|time| circuits.take(time, &mut random));
        let expected = [0, 0, 0, times[0], times[1]].map(Taken::Ready);
        assert_eq!(taken, expected);
    }

    #[test]
    fn who_sends_faster_than_circuits_are_made_has_none_ready() {
        for making in [Making::ByItsOwnClock, Making::AWaitAfterUse] {
            let (mut circuits, mut random) = circuits(making);
            let now = 600 * SECOND;
            let taken: Vec<_> = (0..4).map(|_| circuits.take(now, &mut random)).collect();
            let is_ready = |taken: &Taken| matches!(taken, Taken::Ready(_));
            assert!(taken[..3].iter().all(is_ready));
            assert_eq!(taken[3], Taken::OnTheSpot);
        }
    }

    #[test]
    fn no_circuit_is_kept_longer_than_its_limit() {
        let longest = micros(WarmCircuits::THREE.kept).max(CONSIDERED_KEPT.1);
        for making in [
            Making::ByItsOwnClock,
            Making::ByItsOwnClockOldestFirst,
            Making::AtOnceAfterUse,
            Making::AWaitAfterUse,
        ] {
            let (mut circuits, mut random) = circuits(making);
            for now in (1..200).map(|step| step * 200 * SECOND) {
                if let Taken::Ready(made) = circuits.take(now, &mut random) {
                    assert!(made <= now && now - made <= longest);
                }
            }
        }
    }

    /// The times at which circuits are made until a time, with the messages taking theirs.
    fn makings(making: Making, messages: &[Micros]) -> Vec<Micros> {
        let (mut circuits, mut random) = circuits(making);
        // Which one is taken is drawn apart: the times are to be the same draws with messages and without.
        let mut choice = StdRng::seed_from_u64(2);
        let mut made = Vec::new();
        for second in 1..600 {
            circuits.advance(second * SECOND, &mut random);
            made.extend(circuits.ready.iter().map(|circuit| circuit.made));
            if messages.contains(&second) {
                circuits.take(second * SECOND, &mut choice);
            }
        }
        made.sort_unstable();
        made.dedup();
        made
    }

    #[test]
    fn their_own_clock_does_not_hear_of_messages() {
        let messages = [100, 101, 102, 300];
        let quiet = makings(Making::ByItsOwnClock, &[]);
        assert_eq!(quiet, makings(Making::ByItsOwnClock, &messages));
        // Three a minute.
        assert!((20..40).contains(&quiet.len()), "{quiet:?}");
        let made = makings(Making::AWaitAfterUse, &messages);
        assert_ne!(made, makings(Making::AWaitAfterUse, &[]));
    }
}
