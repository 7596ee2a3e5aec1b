//! Key generations: when they begin, what becomes of them, and what seats lose and earn.

use super::Market;
use super::revalidation::Progress as EpochProgress;
use crate::epoch::opening::SumOpening;
use crate::epoch::rounds::{Advance, KeyRound, Progress, RoundKey};
use crate::epoch::seats::Pot;
use crate::receipt::{Event, Offence, Phase};

impl Market {
    /// Deadlines of the key generation under way; a newer key takes over as soon as no epoch is bound to the old one; a
    /// trigger that waits for a key begins a key generation.
    pub(super) fn advance_keys(&mut self, events: &mut Vec<Event>) -> bool {
        if self.halted || self.phase == Phase::Expired {
            return false;
        }
        if !self.is_bound_to_key() {
            if let Some(fresh) = self.committee.fresh.take() {
                self.committee.key = Some(fresh);
                self.release_seats();
                return true;
            }
            if self
                .committee
                .key
                .as_ref()
                .is_some_and(|key| !key.can_open())
            {
                self.drop_key(events);
                return true;
            }
        }
        self.advance_round(events)
            || (self.is_awaiting_key()
                && self.committee.key.is_none()
                && self.start_key_round(events))
    }

    /// Begins a key generation among the active seats, if they are enough and none is under way.
    pub(super) fn start_key_round(&mut self, events: &mut Vec<Event>) -> bool {
        let seats = self.committee.seats.active();
        let least = usize::try_from(self.specification.minimum_seats).unwrap_or(usize::MAX);
        if self.committee.running.is_some() || seats.len() < least {
            return false;
        }
        let keys: Vec<_> = seats
            .iter()
            .filter_map(|seat| Some((*seat, self.committee.seats.get(*seat)?.key)))
            .collect();
        let round = self.committee.rounds.saturating_add(1);
        let started = KeyRound::start(
            self.context(round, 0),
            &keys,
            self.time,
            self.specification.dealing_time,
            self.specification.complaint_time,
        );
        // Seats are at most as many as a key generation can have, and their keys were checked with their bonds.
        let Ok(started) = started else {
            return false;
        };
        self.committee.rounds = round;
        self.committee.running = Some(started);
        events.push(Event::KeyRoundStarted { round, seats });
        true
    }

    fn advance_round(&mut self, events: &mut Vec<Event>) -> bool {
        let Some(running) = &mut self.committee.running else {
            return false;
        };
        let Advance {
            offenders,
            progress,
        } = running.advance(self.time);
        let (round, completers) = (running.round(), running.completers());
        for seat in offenders {
            self.slash(seat, Pot::KeyGeneration, Offence::NoDealing, events);
        }
        let key = match progress {
            Progress::Running => return false,
            Progress::Done(key) => Some(*key),
            Progress::Failed => None,
        };
        self.committee.running = None;
        self.share_pot(Pot::KeyGeneration, &completers);
        match key {
            Some(key) => self.take_key(round, key, events),
            None => {
                events.push(Event::KeyFailed { round });
                self.release_seats();
                self.start_key_round(events);
            }
        }
        true
    }

    fn take_key(&mut self, round: u64, key: RoundKey, events: &mut Vec<Event>) {
        let out = |(index, seat): (u32, &u32)| key.excluded().contains(&index).then_some(*seat);
        let excluded = (0..).zip(key.seats()).filter_map(out).collect();
        events.push(Event::KeyMade { round, excluded });
        self.committee.fresh = Some(key);
    }

    /// Whether a window or a decryption is bound to the present key. A decryption is to its deadline, also after the result:
    /// a seat that comes back needs the key's dealings for its share.
    fn is_bound_to_key(&self) -> bool {
        let takes_shares = |opening: &SumOpening| !opening.is_closed();
        self.opening.as_ref().is_some_and(takes_shares)
            || self
                .revalidation
                .as_ref()
                .is_some_and(|revalidation| revalidation.progress != EpochProgress::AwaitingKey)
    }

    /// The key is out of use; a new one is begun at once.
    pub(super) fn drop_key(&mut self, events: &mut Vec<Event>) {
        self.committee.key = None;
        self.release_seats();
        if self.committee.fresh.is_none() {
            self.start_key_round(events);
        }
    }

    /// Frees the leaving seats that have no duties any more.
    pub(super) fn release_seats(&mut self) {
        let bound = self.committee.bound();
        self.committee.seats.release(&bound);
    }

    /// After the last epoch every bond can be taken back.
    pub(super) fn dissolve_committee(&mut self) {
        self.finish_opening();
        for pot in [Pot::KeyGeneration, Pot::Decryption] {
            self.share_pot(pot, &[]);
        }
        self.committee.running = None;
        self.committee.key = None;
        self.committee.fresh = None;
        self.committee.seats.release_all();
    }

    /// Takes a seat's bond. It is no seat any more, in no key and no key generation.
    pub(super) fn slash(&mut self, seat: u32, pot: Pot, offence: Offence, events: &mut Vec<Event>) {
        let committee = &mut self.committee;
        if committee.seats.get(seat).is_none() {
            return;
        }
        committee.seats.slash(seat, pot);
        if let Some(running) = &mut committee.running {
            running.exclude(seat);
        }
        for key in committee.key.iter_mut().chain(&mut committee.fresh) {
            key.exclude(seat);
        }
        events.push(Event::Slashed { seat, offence });
    }

    /// What was slashed in a duty goes to those who completed it, each at most the cap, and the rest to the fund.
    pub(super) fn share_pot(&mut self, pot: Pot, completers: &[u32]) {
        let cap = self.specification.reward_cap;
        let rest = self.committee.seats.share_out(pot, completers, cap);
        // Bonds came out of notes: with the fund they are part of all deposits, which fit 64 bits.
        self.funds.insurance = self.funds.insurance.saturating_add(rest);
    }
}
