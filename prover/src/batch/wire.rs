//! Batches as they come from the network.

use ark_bls12_381::Fr;
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;

use super::{BatchError, check_input_counts, verify_batch};
use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
use crate::proof::{Proof, ProofDecodeError};

/// Why a batch of encoded proofs is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireBatchError {
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
    /// Some byte strings are no proofs or some proofs do not hold; all others of the batch do.
    #[error("proofs {undecodable:?} of the batch are malformed, {rejected:?} do not hold")]
    Refused {
        /// The positions of the malformed ones, ascending, counted from 0, and what is wrong.
        undecodable: Vec<(usize, ProofDecodeError)>,
        /// The positions of those that do not hold for their public inputs, ascending.
        rejected: Vec<usize>,
    },
}

/// Decodes and checks all proofs, each for its public inputs, and names every one that does not hold.
///
/// An empty batch is accepted. The work is spread over the threads of the pool.
///
/// # Errors
/// If some proof has the wrong number of inputs (nothing else is checked then), is malformed, or does not
/// hold.
pub fn verify_batch_from_wire<K, R>(
    key: &VerifyingKey<K>,
    batch: &[(&[Fr], &[u8; Proof::BYTES])],
    rng: &mut R,
) -> Result<(), WireBatchError>
where
    K: KeyKind,
    R: RngCore + CryptoRng,
{
    check_input_counts(key, batch.iter().map(|(inputs, _)| *inputs)).map_err(refused)?;
    let decoded: Vec<Result<Proof, ProofDecodeError>> = batch
        .par_iter()
        .map(|(_, bytes)| Proof::from_bytes(*bytes))
        .collect();
    let mut undecodable = Vec::new();
    let mut positions = Vec::with_capacity(batch.len());
    let mut proofs = Vec::with_capacity(batch.len());
    for (position, ((inputs, _), proof)) in batch.iter().zip(&decoded).enumerate() {
        match proof {
            Ok(proof) => {
                positions.push(position);
                proofs.push((*inputs, proof));
            }
            Err(error) => undecodable.push((position, *error)),
        }
    }
    let rejected = match verify_batch(key, &proofs, rng) {
        Ok(()) => Vec::new(),
        Err(BatchError::Rejected { bad }) => bad.into_iter().map(|i| positions[i]).collect(),
        Err(error @ BatchError::InputCount { .. }) => return Err(refused(error)),
    };
    if undecodable.is_empty() && rejected.is_empty() {
        Ok(())
    } else {
        Err(WireBatchError::Refused {
            undecodable,
            rejected,
        })
    }
}

/// The same error for encoded proofs.
fn refused(error: BatchError) -> WireBatchError {
    match error {
        BatchError::InputCount {
            index,
            expected,
            got,
        } => WireBatchError::InputCount {
            index,
            expected,
            got,
        },
        BatchError::Rejected { bad } => WireBatchError::Refused {
            undecodable: Vec::new(),
            rejected: bad,
        },
    }
}
