//! The decryptors: their seats, the joint key, and the key generation under way.

use super::Market;
use crate::epoch::rounds::{KeyRound, RoundKey};
use crate::epoch::seats::Seats;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeSet;
use tally_mpc::Context;

/// Seats and keys.
#[derive(Clone, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct Committee {
    pub(super) seats: Seats,
    /// Key generations begun so far: the number of the last.
    pub(super) rounds: u64,
    /// The key generation under way.
    pub(super) running: Option<KeyRound>,
    /// The joint key that serves.
    pub(super) key: Option<RoundKey>,
    /// A newer one, made while a window or a decryption is bound to the old one: it serves from the result on.
    pub(super) fresh: Option<RoundKey>,
}

impl Committee {
    /// The seats that still have duties.
    pub(super) fn bound(&self) -> BTreeSet<u32> {
        let keys = self.key.iter().chain(&self.fresh);
        let running = self.running.iter().flat_map(KeyRound::seats);
        keys.flat_map(RoundKey::seats)
            .chain(running)
            .copied()
            .collect()
    }
}

impl Market {
    /// The joint key under which Refreshes encrypt, if there is one.
    #[must_use]
    pub const fn joint_key(&self) -> Option<&RoundKey> {
        self.committee.key.as_ref()
    }

    /// The key generation under way.
    #[must_use]
    pub const fn key_round(&self) -> Option<&KeyRound> {
        self.committee.running.as_ref()
    }

    /// All seats.
    #[must_use]
    pub const fn seats(&self) -> &Seats {
        &self.committee.seats
    }

    /// What proofs of key generation `round` are bound to, and with `epoch` those of its decryption.
    #[must_use]
    pub fn context(&self, round: u64, epoch: u64) -> Context {
        Context {
            chain: self.chain.0,
            market: self.market_element.to_bytes(),
            round,
            epoch,
        }
    }

    /// What a bond's proof of possession is bound to.
    #[must_use]
    pub fn mpc_context_for_bond(&self) -> Context {
        self.context(0, 0)
    }
}
