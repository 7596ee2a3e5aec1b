//! Checking many proofs of one statement at once.
//!
//! Each proof has its equation e(A, B) = e(alpha, beta) · e(I, gamma) · e(C, delta). Raised to a random
//! power of 128 bits each and multiplied together, they collapse into
//!
//! prod e(z_i·A_i, B_i) · e(-sum z_i·alpha, beta) · e(-sum z_i·I_i, gamma) · e(-sum z_i·C_i, delta) = 1:
//!
//! n + 3 Miller loops and one final exponentiation. If one of the n equations is wrong, this product is
//! one for at most one value of its z_i given the others, so a wrong batch passes with probability at
//! most 2^-128 (all elements are of prime order: decoding a [`Proof`] checks it). Without the powers two
//! wrong proofs whose errors cancel would pass together.
//!
//! **Where the powers come from.** They must be unpredictable to whoever made the proofs, so they are
//! drawn from the caller's generator (pass the operating system's) after the proofs are fixed. Deriving
//! them from a transcript would do as well, but then an adversary could search for a bad batch off line.
//! The *answer* does not depend on the powers, except with that probability, so replicas that draw
//! different ones still agree.
//!
//! **Finding the bad ones.** If the product is not one, that of the left half is computed, from what the
//! first pass kept; that of the right half is their quotient. So every halving costs one equation, and
//! one bad proof among n is named after 1 + log2 n of them. The powers stay the same: the subsets that
//! can be asked about, fewer than 2n, are fixed by n alone, before the powers are drawn, and each one
//! that has a bad proof in it passes with probability at most 2^-128. A single proof's equation, to a
//! power that is not zero, is exact.

mod part;
mod search;
mod wire;

use ark_bls12_381::Fr;
use rand::{CryptoRng, RngCore};

pub use wire::{WireBatchError, verify_batch_from_wire};

use crate::group::Power;
use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
use crate::proof::Proof;
use crate::verify::{VerifyError, check_input_count, verify};

/// Why a batch is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// One of the proofs comes with more or fewer public inputs than the statement has.
    #[error("proof {index}: the statement has {expected} public inputs, got {got}")]
    InputCount {
        /// The first such proof, counted from 0.
        index: usize,
        /// What the key asks for.
        expected: usize,
        /// What was offered.
        got: usize,
    },
    /// Some proofs do not hold; all others of the batch do.
    #[error("proofs {bad:?} of the batch do not hold for their public inputs")]
    Rejected {
        /// Their positions, ascending, counted from 0.
        bad: Vec<usize>,
    },
}

/// What checking a batch took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchCost {
    /// Equations checked: one for a good batch (none for an empty one), at most 1 + b·ceil(log2 n) for
    /// b bad proofs among n, and never more than n.
    pub equations: usize,
}

/// Checks all proofs, each for its public inputs, and names every one that does not hold.
///
/// An empty batch is accepted.
///
/// # Errors
/// If some proof has the wrong number of inputs (nothing else is checked then), or does not hold.
pub fn verify_batch<K, R>(
    key: &VerifyingKey<K>,
    batch: &[(&[Fr], &Proof)],
    rng: &mut R,
) -> Result<(), BatchError>
where
    K: KeyKind,
    R: RngCore + CryptoRng,
{
    verify_batch_measured(key, batch, rng).0
}

/// [`verify_batch`], with what it took.
pub fn verify_batch_measured<K, R>(
    key: &VerifyingKey<K>,
    batch: &[(&[Fr], &Proof)],
    rng: &mut R,
) -> (Result<(), BatchError>, BatchCost)
where
    K: KeyKind,
    R: RngCore + CryptoRng,
{
    if let Err(error) = check_input_counts(key, batch.iter().map(|(inputs, _)| *inputs)) {
        return (Err(error), BatchCost::default());
    }
    let (bad, equations) = match batch {
        [] => (Vec::new(), 0),
        // The equation of one proof needs no power.
        [(inputs, proof)] => match verify(key, inputs, proof) {
            Ok(()) => (Vec::new(), 1),
            Err(_) => (vec![0], 1),
        },
        _ => {
            let powers: Vec<Power> = batch.iter().map(|_| Power::random(rng)).collect();
            search::find_bad(key, batch, &powers)
        }
    };
    let outcome = if bad.is_empty() {
        Ok(())
    } else {
        Err(BatchError::Rejected { bad })
    };
    (outcome, BatchCost { equations })
}

/// Refuses the first proof with the wrong number of inputs.
fn check_input_counts<'a, K: KeyKind>(
    key: &VerifyingKey<K>,
    inputs: impl Iterator<Item = &'a [Fr]>,
) -> Result<(), BatchError> {
    for (index, inputs) in inputs.enumerate() {
        if let Err(VerifyError::InputCount { expected, got }) = check_input_count(key, inputs) {
            return Err(BatchError::InputCount {
                index,
                expected,
                got,
            });
        }
    }
    Ok(())
}
