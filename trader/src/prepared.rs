//! Messages on their way: message, statement and witness, before the proof and after.

mod act;
mod lapse;
mod refresh;

pub use act::PreparedAct;
pub use lapse::PreparedLapse;
pub use refresh::PreparedRefresh;

use crate::error::WalletError;
use crate::step::spent_by;
use rand::{CryptoRng, RngCore};
use tally_circuits::field::Element;
use tally_exchange::message::Transaction;
use tally_prover::ProvingKey;
use tally_prover::kind::KeyKind;

/// The proving keys of the three statements.
pub struct ProvingKeys<'a, K: KeyKind> {
    /// Of Act.
    pub act: &'a ProvingKey<K>,
    /// Of Refresh.
    pub refresh: &'a ProvingKey<K>,
    /// Of Lapse.
    pub lapse: &'a ProvingKey<K>,
}

/// A message of any kind that only lacks its proof, or is ready.
#[derive(Debug)]
pub enum Prepared {
    /// An Act.
    Act(Box<PreparedAct>),
    /// A Refresh.
    Refresh(Box<PreparedRefresh>),
    /// A Lapse.
    Lapse(Box<PreparedLapse>),
    /// A transaction that needs no proof.
    Ready(Box<Transaction>),
}

impl Prepared {
    /// The nullifier that the message will spend; none if it spends no note.
    #[must_use]
    pub fn nullifier(&self) -> Option<Element> {
        match self {
            Self::Act(act) => Some(act.message.nullifier),
            Self::Refresh(refresh) => Some(refresh.message.nullifier),
            Self::Lapse(lapse) => Some(lapse.message.nullifier),
            Self::Ready(transaction) => spent_by(transaction),
        }
    }

    /// Proves what has to be proved: the message can be sent.
    ///
    /// # Errors
    /// [`WalletError::Prove`] if the prover fails; nothing has been sent or spent.
    pub fn prove<K: KeyKind, R: RngCore + CryptoRng>(
        self,
        keys: &ProvingKeys<'_, K>,
        rng: &mut R,
    ) -> Result<Transaction, WalletError> {
        match self {
            Self::Act(act) => act.prove(keys.act, rng),
            Self::Refresh(refresh) => refresh.prove(keys.refresh, rng),
            Self::Lapse(lapse) => lapse.prove(keys.lapse, rng),
            Self::Ready(transaction) => Ok(*transaction),
        }
    }
}
