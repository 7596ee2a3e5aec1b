//! The decryption of an epoch's one sum.
//!
//! The ciphertexts are frozen when the window closes; there is one [`SumOpening`] an epoch and no way to change its
//! ciphertexts: two opened sums that differ by one note would open that note. A share is proved against the key share
//! of its seat and against these very ciphertexts, in the context of round and epoch, so that a share of anything else
//! fails here.
//!
//! ```text
//! CLOSE        share_time         share_time again
//!   |---- shares ----|---- if there are too few ----| -> open, or L stays pending
//! ```
//!
//! At the first deadline the seats without a share have failed their duty and pay. If there are too few shares, they may
//! still post them until the second one: the participants of a key are fixed, and without them nobody could open the sum.
//! That brings back no bond and no reward.

mod outcome;

pub use outcome::{OpenedSums, OpeningRefusal, ShareDeadline, ShareFault, ShareRefusal};

use crate::epoch::rounds::{RoundKey, index_of, seats_where};
use crate::message::OpeningMessage;
use crate::units::Time;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::elgamal::Ciphertext;
use tally_circuits::jubjub::Point;
use tally_circuits::refresh::LIMB_BITS;
use tally_mpc::Context;
use tally_mpc::decryption::{CheckedShare, DecryptionShare, combine, matches, verify_share};
use tally_mpc::keygen::{JointKey, Participants};

/// The largest magnitude of an opened position, contracts: the bound within which decryptors look for the value. At the
/// initial margin of the embedded contract so many contracts would take six trillion dollars.
pub const MAX_POSITION_SUM: i64 = 1 << 33;

/// What is added to a note's cash before it is cut into limbs, cents.
const CASH_OFFSET: i128 = 1 << 47;

/// A decryption under way, or done.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SumOpening {
    context: Context,
    /// Position, and where the epoch opens it low and high limb of the cash.
    ciphertexts: Vec<Ciphertext>,
    /// How many notes are in the sum.
    refreshed: u64,
    /// Seat numbers in the participants' order.
    seats: Vec<u32>,
    participants: Participants,
    joint: JointKey,
    /// Indices of those who can't post.
    excluded: BTreeSet<u32>,
    /// Indices of those who missed the first deadline: slashed, but they may still post until the second.
    late: BTreeSet<u32>,
    shares: BTreeMap<u32, CheckedShare>,
    until: Time,
    extended: bool,
    closed: bool,
    points: Option<Vec<Point>>,
}

impl SumOpening {
    /// Freezes the sum of `refreshed` notes of an epoch: position, and where the epoch opens it the limbs of the cash.
    ///
    /// A sum without randomness, such as that of no note, hides nothing: it is open at once and nobody owes a share.
    #[must_use]
    pub fn begin(
        key: &RoundKey,
        epoch: u64,
        (position, cash): (Ciphertext, Option<[Ciphertext; 2]>),
        refreshed: u64,
        until: Time,
    ) -> Self {
        let ciphertexts: Vec<Ciphertext> = std::iter::once(position)
            .chain(cash.into_iter().flatten())
            .collect();
        let is_plain = ciphertexts.iter().all(|sum| sum.ephemeral.is_identity());
        let points = is_plain.then(|| ciphertexts.iter().map(|sum| sum.masked).collect());
        Self {
            context: Context {
                epoch,
                ..*key.context()
            },
            ciphertexts,
            refreshed,
            seats: key.seats().to_vec(),
            participants: key.participants().clone(),
            joint: key.joint().clone(),
            excluded: key.excluded().clone(),
            late: BTreeSet::new(),
            shares: BTreeMap::new(),
            until,
            extended: false,
            closed: is_plain,
            points,
        }
    }

    /// What the shares are bound to: chain, market, round, epoch.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The epoch whose sum this is.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.context.epoch
    }

    /// The frozen ciphertexts.
    #[must_use]
    pub fn ciphertexts(&self) -> &[Ciphertext] {
        &self.ciphertexts
    }

    /// How many notes are in the sum.
    #[must_use]
    pub const fn refreshed(&self) -> u64 {
        self.refreshed
    }

    /// The joint key under which the sum is encrypted.
    #[must_use]
    pub const fn joint(&self) -> &JointKey {
        &self.joint
    }

    /// The deadline.
    #[must_use]
    pub const fn until(&self) -> Time {
        self.until
    }

    /// Whether this is the second deadline.
    #[must_use]
    pub const fn is_extended(&self) -> bool {
        self.extended
    }

    /// Whether shares are no longer taken.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether enough shares were in: the values can be posted.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.points.is_some()
    }

    /// The sums times the generator, once enough shares are in: whoever finds the logarithms posts them.
    #[must_use]
    pub fn points(&self) -> Option<&[Point]> {
        self.points.as_deref()
    }

    /// How many shares are in.
    #[must_use]
    pub fn share_count(&self) -> usize {
        self.shares.len()
    }

    /// The index of a seat among the participants of the key.
    #[must_use]
    pub fn index_of(&self, seat: u32) -> Option<u32> {
        index_of(&self.seats, seat)
    }

    /// The key of a participant, with which its share is signed: also after the seat was slashed for being late.
    #[must_use]
    pub fn seat_key(&self, seat: u32) -> Option<Point> {
        self.participants.key(self.index_of(seat)?)
    }

    /// The seats that neither posted a share nor are excluded.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        seats_where(&self.seats, |index| self.is_missing(index))
    }

    /// The seats that posted a good share in time: they share what was slashed in this decryption.
    #[must_use]
    pub fn completers(&self) -> Vec<u32> {
        seats_where(&self.seats, |index| {
            self.shares.contains_key(&index)
                && !self.late.contains(&index)
                && !self.excluded.contains(&index)
        })
    }

    /// Takes a seat's share, whose signature was checked against [`SumOpening::seat_key`].
    ///
    /// # Errors
    /// [`ShareFault::Refused`] if it comes too late, twice or from nobody who has one; [`ShareFault::Offence`] if it is
    /// wrong. A seat that was late has no bond left to slash.
    pub fn add_share(
        &mut self,
        seat: u32,
        share: &DecryptionShare,
        now: Time,
    ) -> Result<(), ShareFault> {
        if self.closed || now >= self.until {
            return Err(ShareRefusal::Closed.into());
        }
        let index = self.index_of(seat);
        let index = index.ok_or(ShareRefusal::NotParticipant(seat))?;
        if self.excluded.contains(&index) {
            return Err(ShareRefusal::Excluded(seat).into());
        }
        if self.shares.contains_key(&index) {
            return Err(ShareRefusal::Twice(seat).into());
        }
        let checked = verify_share(&self.context, index, &self.joint, &self.ciphertexts, share);
        let Ok(checked) = checked else {
            self.excluded.insert(index);
            return Err(ShareFault::Offence);
        };
        self.shares.insert(index, checked);
        self.combine_if_enough();
        Ok(())
    }

    /// Excludes a seat that was slashed elsewhere: it owes no share. One that it posted stays, for it is right.
    pub fn exclude(&mut self, seat: u32) {
        if let Some(index) = self.index_of(seat) {
            self.excluded.insert(index);
        }
    }

    /// Takes note of the time, once in every block before its messages. Says what a deadline brings, each once.
    ///
    /// Everybody's share ends the duty before the deadline.
    pub fn advance(&mut self, now: Time, share_time: u64) -> Option<ShareDeadline> {
        if self.closed {
            return None;
        }
        let missing = self.missing();
        if now < self.until && !(self.is_open() && missing.is_empty()) {
            return None;
        }
        let offenders = seats_where(&self.seats, |index| {
            self.is_missing(index) && !self.late.contains(&index)
        });
        if self.is_open() {
            self.closed = true;
            return Some(ShareDeadline::Over { offenders });
        }
        // A second deadline makes sense only if those who are missing could still open the sum.
        let reachable = self.shares.len() + missing.len() >= self.joint.threshold();
        if self.extended || !reachable {
            self.closed = true;
            return Some(ShareDeadline::Pending { offenders });
        }
        self.late = missing
            .iter()
            .filter_map(|seat| self.index_of(*seat))
            .collect();
        self.extended = true;
        self.until = now.plus_seconds(share_time);
        Some(ShareDeadline::Extended { offenders })
    }

    /// Checks posted values: the market is the caller's to check.
    ///
    /// # Errors
    /// [`OpeningRefusal`].
    pub fn check(&self, message: &OpeningMessage) -> Result<OpenedSums, OpeningRefusal> {
        if message.epoch != self.epoch() {
            return Err(OpeningRefusal::Epoch {
                given: message.epoch,
                expected: self.epoch(),
            });
        }
        let points = self.points().ok_or_else(|| OpeningRefusal::TooFewShares {
            shares: u32::try_from(self.shares.len()).unwrap_or(u32::MAX),
            needed: u32::try_from(self.joint.threshold()).unwrap_or(u32::MAX),
        })?;
        let limbs = message.cash.into_iter().flatten();
        let values: Vec<i64> = std::iter::once(message.position).chain(limbs).collect();
        if values.len() != points.len() {
            return Err(OpeningRefusal::Cash);
        }
        self.check_bounds(message)?;
        let wrong = values
            .iter()
            .zip(points)
            .find(|(value, point)| !matches(**point, **value));
        if let Some((value, _)) = wrong {
            return Err(OpeningRefusal::Value(*value));
        }
        Ok(OpenedSums {
            position: message.position,
            cash: message.cash.map(|limbs| self.cash_sum(limbs)),
        })
    }

    fn check_bounds(&self, message: &OpeningMessage) -> Result<(), OpeningRefusal> {
        if message.position.unsigned_abs() > MAX_POSITION_SUM.unsigned_abs() {
            return Err(OpeningRefusal::Bounds(message.position));
        }
        // A limb is below 2^24 and a tree has at most 2^20 leaves.
        let most = i128::from(self.refreshed) << LIMB_BITS;
        let outside = |limb: &i64| !(0..=most).contains(&i128::from(*limb));
        match message.cash.into_iter().flatten().find(outside) {
            Some(limb) => Err(OpeningRefusal::Bounds(limb)),
            None => Ok(()),
        }
    }

    /// The sum of m' from the sums of the limbs of m' + 2^47.
    fn cash_sum(&self, [low, high]: [i64; 2]) -> i128 {
        i128::from(low) + (i128::from(high) << LIMB_BITS) - i128::from(self.refreshed) * CASH_OFFSET
    }

    fn is_missing(&self, index: u32) -> bool {
        !self.shares.contains_key(&index) && !self.excluded.contains(&index)
    }

    fn combine_if_enough(&mut self) {
        if self.points.is_some() || self.shares.len() < self.joint.threshold() {
            return;
        }
        // Shares were checked one by one and are enough, so that there is nothing to refuse.
        self.points = combine(&self.joint, self.shares.values(), &self.ciphertexts).ok();
    }
}
