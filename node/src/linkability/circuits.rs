//! The circuits over which one trader's messages come, and when the node saw each of them made.

use super::{Micros, micros};
use rand::Rng;
use tally_transport::schedule::WarmCircuits;

/// When circuits are made in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refill {
    /// A random wait after one has been used, as the transport does it.
    AfterAWait,
    /// At once when one has been used: what the wait is there to avoid.
    AtOnce,
    /// At random times that nothing the trader does moves, each in place of the oldest if there are enough: never seen to
    /// answer a message, at the price of circuits that nobody uses.
    ByItsOwnClock,
}

impl Refill {
    /// In a few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AfterAWait => "after a random wait",
            Self::AtOnce => "at once",
            Self::ByItsOwnClock => "by its own clock",
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
    policy: WarmCircuits,
    refill: Refill,
    /// Oldest first.
    ready: Vec<Circuit>,
    next: Option<Micros>,
}

impl Circuits {
    /// None yet, at this time.
    pub fn new(policy: WarmCircuits, refill: Refill, now: Micros, random: &mut impl Rng) -> Self {
        let mut circuits = Self {
            policy,
            refill,
            ready: Vec::new(),
            next: None,
        };
        circuits.plan_next(now, random);
        circuits
    }

    /// The oldest that is ready at this time; times must not go back.
    pub fn take(&mut self, now: Micros, random: &mut impl Rng) -> Taken {
        self.advance(now, random);
        if self.ready.is_empty() {
            return Taken::OnTheSpot;
        }
        let circuit = self.ready.remove(0);
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
        if self.ready.len() >= self.policy.ready {
            self.ready.remove(0);
        }
        let kept = micros(self.policy.draw_kept(random));
        self.ready.push(Circuit {
            made: now,
            given_up: now + kept,
        });
        self.next = None;
        self.plan_next(now, random);
    }

    /// Plans the next one unless it is planned already, or not needed.
    fn plan_next(&mut self, now: Micros, random: &mut impl Rng) {
        let wanted = self.refill == Refill::ByItsOwnClock || self.ready.len() < self.policy.ready;
        if self.next.is_some() || !wanted || self.policy.ready == 0 {
            return;
        }
        self.next = Some(match self.refill {
            Refill::AtOnce => now,
            Refill::AfterAWait | Refill::ByItsOwnClock => {
                now + micros(self.policy.draw_refill(random)).max(1)
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkability::SECOND;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn circuits(refill: Refill) -> (Circuits, StdRng) {
        let mut random = StdRng::seed_from_u64(1);
        (
            Circuits::new(WarmCircuits::THREE, refill, 0, &mut random),
            random,
        )
    }

    #[test]
    fn at_once_the_fourth_message_comes_over_what_the_first_has_made() {
        let (mut circuits, mut random) = circuits(Refill::AtOnce);
        let times = [10, 20, 30, 40, 50].map(|second| second * SECOND);
        let taken = times.map(|time| circuits.take(time, &mut random));
        let expected = [0, 0, 0, times[0], times[1]].map(Taken::Ready);
        assert_eq!(taken, expected);
    }

    #[test]
    fn who_sends_faster_than_circuits_are_made_has_none_ready() {
        let (mut circuits, mut random) = circuits(Refill::AfterAWait);
        let now = 600 * SECOND;
        let taken: Vec<_> = (0..4).map(|_| circuits.take(now, &mut random)).collect();
        assert!(
            taken[..3]
                .iter()
                .all(|taken| matches!(taken, Taken::Ready(_)))
        );
        assert_eq!(taken[3], Taken::OnTheSpot);
    }

    #[test]
    fn no_circuit_is_kept_longer_than_its_limit() {
        for refill in [Refill::AfterAWait, Refill::AtOnce, Refill::ByItsOwnClock] {
            let (mut circuits, mut random) = circuits(refill);
            let longest = micros(WarmCircuits::THREE.kept.1);
            for now in (1..200).map(|step| step * 200 * SECOND) {
                if let Taken::Ready(made) = circuits.take(now, &mut random) {
                    assert!(made <= now && now - made <= longest);
                }
            }
        }
    }

    #[test]
    fn its_own_clock_does_not_hear_of_messages() {
        let (mut quiet, mut one) = circuits(Refill::ByItsOwnClock);
        let (mut busy, mut other) = circuits(Refill::ByItsOwnClock);
        busy.take(100 * SECOND, &mut other);
        let at = 200 * SECOND;
        assert_eq!(quiet.take(at, &mut one), busy.take(at, &mut other));
    }
}
