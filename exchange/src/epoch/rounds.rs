//! One key generation: dealings, complaints, the joint key.
//!
//! ```text
//! start            dealing_time            complaint_time
//!   |--- dealings ------|------ complaints ------| -> joint key, or failed
//! ```
//!
//! - **Dealings** end early when nobody's is missing any more. Whoever has not dealt by then is excluded.
//! - **Complaints** always run their full time from the block in which they begin: silence is consent, and there is no
//!   message by which a participant says that its shares are right.
//! - **Exclusion** is whole: an excluded seat has no part in the joint key and can't post shares under it, whichever of
//!   its messages was wrong. Its dealing is dropped even if only its complaint was false: then what the key consists of
//!   does not depend on a seat that cheated. That its owner can still decide to drop it after seeing the others' dealings
//!   biases the joint key, as any Feldman dealing allows; for ElGamal with proofs of knowledge of the constant terms the
//!   bias helps nobody to decrypt (Gennaro, Jarecki, Krawczyk, Rabin 2007), and each try costs a bond.
//! - The round fails if fewer than threshold(N) dealings are left, N counting all who began: then fewer than that could
//!   post shares as well, and no sum could be opened.
//!
//! Every message comes with the signature of its seat over chain, market, round and the message itself, checked by the
//! caller: so a wrong dealing or a false complaint can only be its seat's own, and the seat pays for it.

mod dealings;
mod key;
mod outcome;

pub use dealings::Dealings;
pub use key::RoundKey;
pub use outcome::{Advance, Progress, RoundFault, RoundRefusal};

use crate::units::Time;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeSet;
use tally_circuits::jubjub::Point;
use tally_mpc::Context;
use tally_mpc::keygen::{
    Complaint, Dealing, Participants, ParticipantsError, Verdict, combine, judge, verify_dealing,
};

/// Where a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RoundPhase {
    /// Dealings are taken.
    Dealing {
        /// The first instant at which they no longer are.
        until: Time,
    },
    /// Complaints are taken.
    Complaining {
        /// The first instant at which they no longer are.
        until: Time,
    },
}

/// A key generation under way.
///
/// Participants are named by the numbers of their seats towards the market, and by their index in the list, from 0,
/// towards the cryptography.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyRound {
    context: Context,
    /// Seat numbers in the participants' order, strictly increasing.
    seats: Vec<u32>,
    participants: Participants,
    phase: RoundPhase,
    complaint_time: u64,
    dealings: Dealings,
    /// Indices of those who are out.
    excluded: BTreeSet<u32>,
}

impl KeyRound {
    /// Begins a round among these seats with their keys; their indices follow the order of their numbers.
    ///
    /// `context.epoch` is zero.
    ///
    /// # Errors
    /// [`ParticipantsError`]: none, too many, or keys that are none.
    pub fn start(
        context: Context,
        seats: &[(u32, Point)],
        now: Time,
        dealing_time: u64,
        complaint_time: u64,
    ) -> Result<Self, ParticipantsError> {
        let mut members = seats.to_vec();
        members.sort_unstable_by_key(|(seat, _)| *seat);
        let (seats, keys) = members.into_iter().unzip();
        Ok(Self {
            context,
            seats,
            participants: Participants::new(keys)?,
            phase: RoundPhase::Dealing {
                until: now.plus_seconds(dealing_time),
            },
            complaint_time,
            dealings: Dealings::default(),
            excluded: BTreeSet::new(),
        })
    }

    /// What the round's messages are bound to.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The round's number.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.context.round
    }

    /// The seats that take part, excluded ones included, in the participants' order.
    #[must_use]
    pub fn seats(&self) -> &[u32] {
        &self.seats
    }

    /// The participants' keys.
    #[must_use]
    pub const fn participants(&self) -> &Participants {
        &self.participants
    }

    /// Where the round stands.
    #[must_use]
    pub const fn phase(&self) -> RoundPhase {
        self.phase
    }

    /// The good dealings so far.
    #[must_use]
    pub const fn dealings(&self) -> &Dealings {
        &self.dealings
    }

    /// Indices of those who are out.
    #[must_use]
    pub const fn excluded(&self) -> &BTreeSet<u32> {
        &self.excluded
    }

    /// The index of a seat among the participants.
    #[must_use]
    pub fn index_of(&self, seat: u32) -> Option<u32> {
        index_of(&self.seats, seat)
    }

    /// The seats whose dealings count: they share what was slashed in the round.
    #[must_use]
    pub fn completers(&self) -> Vec<u32> {
        self.seats_where(|index| self.dealings.contains(index))
    }

    /// The seats that still owe a dealing.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        self.seats_where(|index| !self.dealings.contains(index) && !self.excluded.contains(&index))
    }

    /// Takes a seat's dealing.
    ///
    /// # Errors
    /// [`RoundFault::Refused`] if it is late, comes twice or from nobody who may deal; [`RoundFault::Offence`] if the
    /// dealing is wrong.
    pub fn deal(&mut self, seat: u32, dealing: &Dealing, now: Time) -> Result<(), RoundFault> {
        if !matches!(self.phase, RoundPhase::Dealing { until } if now < until) {
            return Err(RoundRefusal::Phase.into());
        }
        let index = self.participant(seat)?;
        if self.dealings.contains(index) {
            return Err(RoundRefusal::Twice.into());
        }
        match verify_dealing(&self.context, &self.participants, index, dealing) {
            Ok(checked) => {
                self.dealings.insert(index, checked);
                Ok(())
            }
            Err(_) => Err(self.offend(index)),
        }
    }

    /// Judges a seat's complaint. Returns the seat of the dealer, who cheated: it is excluded and to be slashed.
    ///
    /// No seat complains about another one twice: whichever way a complaint is judged, one of the two is out.
    ///
    /// # Errors
    /// [`RoundFault::Refused`] if the complaint comes at the wrong time, about no dealing that counts, or proves nothing;
    /// [`RoundFault::Offence`] if it is false: the share that it shows is right.
    pub fn complain(
        &mut self,
        seat: u32,
        complaint: &Complaint,
        now: Time,
    ) -> Result<u32, RoundFault> {
        if !matches!(self.phase, RoundPhase::Complaining { until } if now < until) {
            return Err(RoundRefusal::Phase.into());
        }
        let complainer = self.participant(seat)?;
        let dealer = complaint.dealer;
        let no_dealing = RoundRefusal::NoDealing(dealer);
        let accused = self.seat_at(dealer).filter(|_| dealer != complainer);
        let (accused, dealing) = accused.zip(self.dealings.get(dealer)).ok_or(no_dealing)?;
        let verdict = judge(
            &self.context,
            &self.participants,
            complainer,
            dealing,
            complaint,
        )
        .map_err(|_| RoundRefusal::Proof)?;
        match verdict {
            Verdict::DealerAtFault => {
                self.exclude_index(dealer);
                Ok(accused)
            }
            Verdict::ComplaintFalse => Err(self.offend(complainer)),
        }
    }

    /// Excludes a seat that was slashed elsewhere: it is no seat any more.
    pub fn exclude(&mut self, seat: u32) {
        if let Some(index) = self.index_of(seat) {
            self.exclude_index(index);
        }
    }

    /// Takes note of the time, once in every block before its messages.
    ///
    /// After `Done` and `Failed` the round is over and is to be dropped.
    pub fn advance(&mut self, now: Time) -> Advance {
        let mut offenders = Vec::new();
        match self.phase {
            RoundPhase::Dealing { until } => {
                let missing = self.missing();
                if now < until && !missing.is_empty() {
                    return Advance::running(offenders);
                }
                missing.iter().for_each(|seat| self.exclude(*seat));
                offenders = missing;
                // From this block and not from the deadline: a gap between blocks takes nothing of the time to complain.
                let until = now.plus_seconds(self.complaint_time);
                self.phase = RoundPhase::Complaining { until };
            }
            RoundPhase::Complaining { until } if now >= until => {
                let progress = self.conclude();
                return Advance {
                    offenders,
                    progress,
                };
            }
            RoundPhase::Complaining { .. } => {}
        }
        if self.has_enough() {
            return Advance::running(offenders);
        }
        Advance {
            offenders,
            progress: Progress::Failed,
        }
    }

    /// What stands for the round in the market's state hash. Dealings are hashed once, when they come in.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        dealings::digest_of(
            "tally/round/running/1",
            &(
                (&self.context, &self.seats, &self.participants),
                (&self.phase, self.complaint_time),
                &self.excluded,
                self.dealings.digests(),
            ),
        )
    }

    fn conclude(&self) -> Progress {
        // Too few dealings, or constant terms that cancel.
        let Ok(joint) = combine(&self.participants, self.dealings.all().values()) else {
            return Progress::Failed;
        };
        Progress::Done(Box::new(RoundKey {
            context: self.context,
            seats: self.seats.clone(),
            participants: self.participants.clone(),
            joint,
            dealings: self.dealings.clone(),
            excluded: self.excluded.clone(),
        }))
    }

    fn has_enough(&self) -> bool {
        self.dealings.all().len() >= self.participants.threshold()
    }

    /// The index of a seat that takes part and is not excluded.
    fn participant(&self, seat: u32) -> Result<u32, RoundRefusal> {
        let index = self.index_of(seat);
        let index = index.ok_or(RoundRefusal::NotParticipant(seat))?;
        if self.excluded.contains(&index) {
            return Err(RoundRefusal::Excluded(seat));
        }
        Ok(index)
    }

    fn offend(&mut self, index: u32) -> RoundFault {
        self.exclude_index(index);
        RoundFault::Offence
    }

    fn exclude_index(&mut self, index: u32) {
        self.excluded.insert(index);
        self.dealings.remove(index);
    }

    fn seat_at(&self, index: u32) -> Option<u32> {
        self.seats.get(usize::try_from(index).ok()?).copied()
    }

    fn seats_where(&self, holds: impl Fn(u32) -> bool) -> Vec<u32> {
        seats_where(&self.seats, holds)
    }
}

/// The index of a seat in a list of strictly increasing seat numbers.
pub(super) fn index_of(seats: &[u32], seat: u32) -> Option<u32> {
    u32::try_from(seats.binary_search(&seat).ok()?).ok()
}

/// The seats whose index satisfies `holds`.
pub(super) fn seats_where(seats: &[u32], holds: impl Fn(u32) -> bool) -> Vec<u32> {
    (0..)
        .zip(seats)
        .filter(|(index, _)| holds(*index))
        .map(|(_, seat)| *seat)
        .collect()
}
