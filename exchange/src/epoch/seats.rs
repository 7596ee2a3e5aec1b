//! The decryptors' seats: pseudonyms with a bond.
//!
//! All money in here left the traders' notes by bonds and goes back only by [`Seats::withdraw`]; what is slashed waits in
//! a pot until the duty it was slashed in is over, then the completers of that duty get their capped part and the fund
//! the rest. No cent is made or lost on the way: [`Seats::total`] counts bonds, rewards and pots.

use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Read};
use tally_circuits::field::Element;
use tally_circuits::jubjub::Point;

/// Where a seat stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum SeatStatus {
    /// Takes part in the next key generation.
    Active = 0,
    /// Left out of later key generations; still has its duties under keys that live.
    Leaving = 1,
    /// Free of duties: the bond can be taken back.
    Released = 2,
}

/// A seat with a bond. A slashed seat has none and is no seat any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Seat {
    /// The Jubjub key: signs duties, and shares are encrypted to it.
    pub key: Point,
    /// The tag of the bond: whose note it came from is known to its owner only.
    pub bond: Element,
    /// Bond and rewards, cents.
    pub amount: i64,
    /// Where it stands.
    pub status: SeatStatus,
}

/// The duty in which a seat was slashed: its completers share what it lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum Pot {
    /// The key generation under way.
    KeyGeneration = 0,
    /// The decryption under way.
    Decryption = 1,
}

/// Why a seat is not given, left or paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatError {
    /// As many seats, released ones included, as one key generation can have.
    #[error(
        "all {} seats are taken; wait until a released one is paid out",
        tally_mpc::MAX_SEATS
    )]
    Full,
    /// Another seat has this key.
    #[error("the seat key is another seat's; make a fresh one")]
    KeyTaken,
    /// Another bond has this tag.
    #[error("the tag is another bond's; build the message anew")]
    TagTaken,
    /// A bond of nothing, or more than can be added up.
    #[error("a bond of {0} cents can't be held; post the contract's decryptor_bond")]
    Amount(i64),
    /// No such seat, or it was slashed.
    #[error("there is no seat {0}; it was slashed, paid out or never given")]
    Unknown(u32),
    /// The seat leaves already.
    #[error("seat {0} leaves already; wait until it is released")]
    Leaving(u32),
    /// No bond has this tag, or its seat was slashed.
    #[error("no bond has this tag; its seat was slashed or paid out")]
    UnknownBond,
    /// The seat still has duties.
    #[error("seat {0} still has duties; ask to leave and wait until its last key is out of use")]
    NotReleased(u32),
}

/// All seats of a market by number.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Seats {
    /// The number that the next seat gets; numbers are never used twice.
    next: u32,
    seats: BTreeMap<u32, Seat>,
    /// Slashed money that is not shared out yet, cents.
    pots: BTreeMap<Pot, i64>,
}

impl Default for Seats {
    fn default() -> Self {
        Self::new()
    }
}

impl Seats {
    /// No seat; the first one gets number 1.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            next: 1,
            seats: BTreeMap::new(),
            pots: BTreeMap::new(),
        }
    }

    /// Whether a seat could be given for this key and bond, and why not.
    ///
    /// # Errors
    /// [`SeatError`].
    pub fn check(&self, key: Point, bond: Element, amount: i64) -> Result<(), SeatError> {
        if amount <= 0 || self.total().checked_add(amount).is_none() {
            return Err(SeatError::Amount(amount));
        }
        if self.seats.len() >= tally_mpc::MAX_SEATS || self.next == u32::MAX {
            return Err(SeatError::Full);
        }
        if self.seats.values().any(|seat| seat.key == key) {
            return Err(SeatError::KeyTaken);
        }
        if self.seats.values().any(|seat| seat.bond == bond) {
            return Err(SeatError::TagTaken);
        }
        Ok(())
    }

    /// Gives a seat for a bond of `amount` cents and returns its number.
    ///
    /// # Errors
    /// As [`Seats::check`]; nothing has changed.
    pub fn register(&mut self, key: Point, bond: Element, amount: i64) -> Result<u32, SeatError> {
        self.check(key, bond, amount)?;
        let number = self.next;
        self.next += 1;
        let status = SeatStatus::Active;
        self.seats.insert(
            number,
            Seat {
                key,
                bond,
                amount,
                status,
            },
        );
        Ok(number)
    }

    /// The seat with this number, unless it was slashed or paid out.
    #[must_use]
    pub fn get(&self, seat: u32) -> Option<&Seat> {
        self.seats.get(&seat)
    }

    /// All seats in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Seat)> {
        self.seats.iter().map(|(number, seat)| (*number, seat))
    }

    /// The active seats in the order of their numbers: the participants of the next key generation.
    #[must_use]
    pub fn active(&self) -> Vec<u32> {
        self.iter()
            .filter(|(_, seat)| seat.status == SeatStatus::Active)
            .map(|(number, _)| number)
            .collect()
    }

    /// All money held here, cents: bonds with their rewards, and slashed money that is not shared out yet.
    #[must_use]
    pub fn total(&self) -> i64 {
        // Never more than was registered, and `check` refuses what can't be added up.
        let held: i64 = self.seats.values().map(|seat| seat.amount).sum();
        held + self.pots.values().sum::<i64>()
    }

    /// Leaves a seat out of later key generations.
    ///
    /// # Errors
    /// [`SeatError::Unknown`], [`SeatError::Leaving`].
    pub fn leave(&mut self, seat: u32) -> Result<(), SeatError> {
        let entry = self.seats.get_mut(&seat).ok_or(SeatError::Unknown(seat))?;
        if entry.status != SeatStatus::Active {
            return Err(SeatError::Leaving(seat));
        }
        entry.status = SeatStatus::Leaving;
        Ok(())
    }

    /// Takes a seat's bond and rewards into the pot of a duty and returns the cents; the seat is gone.
    ///
    /// Zero if there is no such seat: an offender is slashed once.
    pub fn slash(&mut self, seat: u32, pot: Pot) -> i64 {
        let Some(entry) = self.seats.remove(&seat) else {
            return 0;
        };
        *self.pots.entry(pot).or_insert(0) += entry.amount;
        entry.amount
    }

    /// Shares the pot of a duty among the seats that completed it, at most `cap` cents each, and returns what is left
    /// for the fund.
    ///
    /// All together never get more than was slashed, so nobody gains by making seats of his own fail: he loses a whole
    /// bond for a part of it.
    pub fn share_out(&mut self, pot: Pot, completers: &[u32], cap: i64) -> i64 {
        let Some(slashed) = self.pots.remove(&pot) else {
            return 0;
        };
        let held: BTreeSet<u32> = completers
            .iter()
            .copied()
            .filter(|seat| self.seats.contains_key(seat))
            .collect();
        let Some(count) = i64::try_from(held.len()).ok().filter(|count| *count > 0) else {
            return slashed;
        };
        let each = (slashed / count).min(cap.max(0));
        for seat in &held {
            if let Some(entry) = self.seats.get_mut(seat) {
                entry.amount += each;
            }
        }
        slashed - each * count
    }

    /// What is in the pot of a duty, cents.
    #[must_use]
    pub fn pot(&self, pot: Pot) -> i64 {
        self.pots.get(&pot).copied().unwrap_or(0)
    }

    /// Releases the leaving seats that are in no key of `bound`, and returns them.
    ///
    /// `bound` are the seats of every key that may still decrypt and of the key generation under way.
    pub fn release(&mut self, bound: &BTreeSet<u32>) -> Vec<u32> {
        self.release_where(|number, seat| {
            seat.status == SeatStatus::Leaving && !bound.contains(&number)
        })
    }

    /// Releases every seat, after the contract month's last epoch.
    pub fn release_all(&mut self) -> Vec<u32> {
        self.release_where(|_, seat| seat.status != SeatStatus::Released)
    }

    fn release_where(&mut self, is_free: impl Fn(u32, &Seat) -> bool) -> Vec<u32> {
        let mut released = Vec::new();
        for (number, seat) in &mut self.seats {
            if is_free(*number, seat) {
                seat.status = SeatStatus::Released;
                released.push(*number);
            }
        }
        released
    }

    /// What would be paid out for the bond with this tag, cents.
    ///
    /// # Errors
    /// [`SeatError::UnknownBond`], [`SeatError::NotReleased`].
    pub fn withdrawable(&self, bond: Element) -> Result<i64, SeatError> {
        self.released(bond).map(|(_, amount)| amount)
    }

    /// Pays out the bond with this tag: the seat is gone. Returns bond and rewards, cents.
    ///
    /// # Errors
    /// As [`Seats::withdrawable`]; nothing has changed.
    pub fn withdraw(&mut self, bond: Element) -> Result<i64, SeatError> {
        let (number, amount) = self.released(bond)?;
        self.seats.remove(&number);
        Ok(amount)
    }

    fn released(&self, bond: Element) -> Result<(u32, i64), SeatError> {
        let (number, seat) = self
            .iter()
            .find(|(_, seat)| seat.bond == bond)
            .ok_or(SeatError::UnknownBond)?;
        if seat.status != SeatStatus::Released {
            return Err(SeatError::NotReleased(number));
        }
        Ok((number, seat.amount))
    }

    fn is_consistent(&self) -> bool {
        let amounts = self.seats.values().map(|seat| seat.amount);
        let total = amounts
            .chain(self.pots.values().copied())
            .try_fold(0_i64, |sum, amount| {
                sum.checked_add(amount).filter(|_| amount >= 0)
            });
        let bonds: BTreeSet<Element> = self.seats.values().map(|seat| seat.bond).collect();
        total.is_some()
            && bonds.len() == self.seats.len()
            && self
                .seats
                .keys()
                .all(|number| (1..self.next).contains(number))
    }
}

/// Reads a snapshot; numbers, bonds and amounts are checked.
impl BorshDeserialize for Seats {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let invalid = |reason: &'static str| Error::new(ErrorKind::InvalidData, reason);
        let next = u32::deserialize_reader(reader)?;
        // Counted before anything is read, so that a snapshot can't ask for more memory than all seats take.
        let count = u32::deserialize_reader(reader)?;
        if usize::try_from(count).is_ok_and(|count| count > tally_mpc::MAX_SEATS) {
            return Err(invalid("seats: more than one key generation can have"));
        }
        let mut seats = BTreeMap::new();
        for _ in 0..count {
            let (number, seat) = <(u32, Seat)>::deserialize_reader(reader)?;
            if seats
                .last_key_value()
                .is_some_and(|(last, _)| *last >= number)
            {
                return Err(invalid("seats: numbers do not increase"));
            }
            seats.insert(number, seat);
        }
        let pots = BTreeMap::deserialize_reader(reader)?;
        let seats = Self { next, seats, pots };
        if !seats.is_consistent() {
            return Err(invalid(
                "seats: numbers, bonds or amounts contradict each other",
            ));
        }
        Ok(seats)
    }
}
