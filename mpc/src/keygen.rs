//! Distributed key generation over a ledger.
//!
//! Every participant deals: it commits to a random polynomial with [`threshold`](crate::threshold) coefficients (Feldman),
//! proves that it knows the constant term, and encrypts the polynomial's value at every participant's place for that
//! participant. All of it is one message, [`Dealing`]. Whoever got a value that does not match the commitments shows it by a
//! [`Complaint`] that everybody can judge, and the dealer is out. The joint key is the sum of the constant terms of the
//! dealers that are left; a participant's share of its secret is the sum of the values that they dealt to it.
//!
//! 1. [`deal`]; the state machine and everybody else: [`verify_dealing`].
//! 2. [`open_shares`]; for every dealer at fault: [`complain`]. The state machine: [`judge`].
//! 3. [`combine`], and with the seat's own shares [`KeyShare::new`].
//!
//! # At least `threshold` dealers have to be left
//!
//! The joint secret is unknown to a coalition only if some dealer outside of it is among those that are left. [`combine`]
//! therefore insists on as many dealers as shares are needed to decrypt: fewer seats than could read everything anyway
//! never make the key among themselves, however many others sleep.
//!
//! # The proof of knowledge covers both secrets of a dealer
//!
//! Without a proof for the constant term, the last dealer could choose it as X minus the sum of all others and own the
//! joint key X. Without one for the ephemeral key, a dealer could take another dealer's for its own and provoke complaints
//! by bad shares: each would open a Diffie-Hellman key that hides a share of the *other* dealer. The one proof
//! `z * G = R + c * constant + c^2 * ephemeral` shows both (R. Gennaro, D. Leigh, R. Sundaram, W. Yerazunis, "Batching
//! Schnorr identification scheme with applications to privacy-preserving authorization and low-bandwidth communication
//! devices", 2004): three challenges for one R give both logarithms. It absorbs the whole dealing, the dealer's index and
//! all participants' keys.
//!
//! # The known bias of the joint key
//!
//! Feldman's commitments show the constant terms as soon as they are posted. A dealer that waits for all others can try
//! many polynomials and post the one that makes the joint key look as it likes, and coalitions can do the same by having
//! members excluded after the fact (R. Gennaro, S. Jarecki, H. Krawczyk, T. Rabin, "Secure distributed key generation for
//! discrete-log based cryptosystems", 2007). The key is then not uniform.
//!
//! That is harmless for ElGamal. The joint key is Y = H + a * G, where H belongs to an honest dealer, uniform and unknown,
//! and a is the sum of all other terms, which their dealers know by the proofs above. Whatever a is and however it was
//! chosen, a ciphertext (k * G, M + k * Y) turns into the one under H, (k * G, M + k * H), by taking away a times its first
//! point: opening under Y is as hard as opening under H. (K. Gurkan et al., "Aggregatable distributed key generation",
//! 2021, calls such a key expressable and such encryption rekeyable, and proves it.) An honest dealer is never excluded, for
//! no complaint against it holds. What a biased key must not be is a source of randomness: nothing here reads it as one,
//! and nothing may.

mod complaint;
mod dealer;
mod dealing;
mod joint;
mod participants;
mod share;

#[cfg(test)]
mod tests;

use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::jubjub::CurvePoint;

pub use complaint::{ComplaintError, Verdict, complain, judge};
#[cfg(feature = "misconduct")]
pub use dealer::deal_with_wrong_share;
pub use dealer::{DealError, deal};
pub use dealing::{CheckedDealing, DealingError, verify_dealing};
pub use joint::{CombineError, JointKey, KeyShare, KeyShareError, combine};
pub use participants::{Participants, ParticipantsError};
pub use share::{OpenedShares, SecretShare, ShareError, open_share, open_shares};

use crate::schnorr::Signature;

/// A dealer's contribution: Feldman commitments, a proof that the dealer knows the constant term, one encrypted share for
/// every participant.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dealing {
    /// Commitments to the t + 1 coefficients, constant term first.
    pub commitments: Vec<CurvePoint>,
    /// Proof of knowledge of the constant term and of the ephemeral key's secret, bound to the context, the participants,
    /// the dealer's index and everything else in the dealing.
    pub knowledge: Signature,
    /// The ephemeral key of the encrypted shares.
    pub ephemeral: CurvePoint,
    /// The share of every participant, encrypted for it: one scalar of 32 bytes each, in the participants' order.
    pub shares: Vec<[u8; 32]>,
}

/// A participant's evidence that a dealer's share for it is wrong: the Diffie-Hellman key, opened for everybody to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Complaint {
    /// The dealer's index.
    pub dealer: u32,
    /// The complainer's secret times the dealing's ephemeral key.
    pub shared: CurvePoint,
    /// Proof that this is so.
    pub proof: Signature,
}
