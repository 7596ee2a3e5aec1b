//! The joint computation of Tally: threshold exponential ElGamal on Jubjub among the decryptors of a market.
//!
//! - [`schnorr`]: seat keys, their signatures and proofs of possession;
//! - [`keygen`]: Feldman dealings with proofs of knowledge, encrypted shares, publicly verifiable complaints, the joint key;
//! - [`decryption`]: shares of ciphertexts with one batched proof, their combination, the check of an opened value;
//! - [`discrete_log`]: small signed logarithms by baby steps and giant steps;
//! - [`subgroup`]: the subgroup check, ten times as fast as a multiplication by the order.
//!
//! Every proof is made on a merlin transcript that absorbs a domain, the [`Context`] (chain, market, round, epoch) and all
//! bases and keys. Nothing here talks to anybody: messages go over the ledger, and the state machine judges them with the
//! functions of this crate, which are deterministic wherever they verify. Provers are deterministic too: every nonce and
//! every polynomial is hashed from a secret and from what it is used for, so that a participant that is killed and
//! restarted repeats its messages and never contradicts them.
//!
//! The arithmetic is not constant in time. Whoever can time a participant's processor to the nanosecond is outside of what
//! this crate defends against; messages leave over a network that hides such times.

#![forbid(unsafe_code)]

mod arithmetic;
pub mod decryption;
pub mod discrete_log;
mod dleq;
mod encoding;
pub mod keygen;
mod polynomial;
pub mod schnorr;
pub mod subgroup;
#[cfg(test)]
mod test_support;
mod transcript;

pub use encoding::DecodeError;
pub use transcript::Context;

/// Most seats of one key generation.
pub const MAX_SEATS: usize = 1_024;

/// How many shares open a ciphertext of `seats` decryptors: t + 1 = ceil(2 * seats / 3).
#[must_use]
pub const fn threshold(seats: usize) -> usize {
    (2 * seats).div_ceil(3)
}
