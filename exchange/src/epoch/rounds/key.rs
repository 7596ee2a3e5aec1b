//! The outcome of a key generation.

use super::dealings::{Dealings, digest_of};
use super::{index_of, seats_where};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeSet;
use tally_circuits::jubjub::Point;
use tally_mpc::Context;
use tally_mpc::keygen::{JointKey, Participants};

/// A joint key with those who hold its shares.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoundKey {
    pub(super) context: Context,
    pub(super) seats: Vec<u32>,
    pub(super) participants: Participants,
    pub(super) joint: JointKey,
    pub(super) dealings: Dealings,
    pub(super) excluded: BTreeSet<u32>,
}

impl RoundKey {
    /// What the round's messages were bound to; its epoch is zero.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The round's number.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.context.round
    }

    /// The seats of all participants, excluded ones included, in the participants' order.
    #[must_use]
    pub fn seats(&self) -> &[u32] {
        &self.seats
    }

    /// The participants' keys.
    #[must_use]
    pub const fn participants(&self) -> &Participants {
        &self.participants
    }

    /// The joint key with the participants' verification keys.
    #[must_use]
    pub const fn joint(&self) -> &JointKey {
        &self.joint
    }

    /// The key under which everybody encrypts.
    #[must_use]
    pub const fn key(&self) -> Point {
        self.joint.key
    }

    /// The dealings that it consists of: a participant finds its secret share in them.
    #[must_use]
    pub const fn dealings(&self) -> &Dealings {
        &self.dealings
    }

    /// Indices of those who can't post shares.
    #[must_use]
    pub const fn excluded(&self) -> &BTreeSet<u32> {
        &self.excluded
    }

    /// The index of a seat among the participants.
    #[must_use]
    pub fn index_of(&self, seat: u32) -> Option<u32> {
        index_of(&self.seats, seat)
    }

    /// The seats that can post shares.
    #[must_use]
    pub fn decryptors(&self) -> Vec<u32> {
        seats_where(&self.seats, |index| !self.excluded.contains(&index))
    }

    /// Excludes a seat that was slashed after the round: it is no seat any more and owes no share.
    pub fn exclude(&mut self, seat: u32) {
        if let Some(index) = self.index_of(seat) {
            self.excluded.insert(index);
        }
    }

    /// Whether enough seats are left to open a sum. A key that can't is out of use.
    #[must_use]
    pub fn can_open(&self) -> bool {
        self.decryptors().len() >= self.participants.threshold()
    }

    /// What stands for the key in the market's state hash.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest_of(
            "tally/round/key/1",
            &(
                (&self.context, &self.seats, &self.participants),
                (&self.joint, &self.excluded),
                self.dealings.digests(),
            ),
        )
    }
}
