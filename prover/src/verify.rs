//! Checking one proof.

use ark_bls12_381::{Fq12, Fr};
use ark_ff::Field;

use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
use crate::pairing::{final_exponentiation, miller_loop};
use crate::proof::Proof;

/// Why a proof is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// More or fewer public inputs than the statement has.
    #[error("the statement has {expected} public inputs, got {got}")]
    InputCount {
        /// What the key asks for.
        expected: usize,
        /// What was offered.
        got: usize,
    },
    /// The proof does not prove the statement for these public inputs.
    #[error("the proof does not hold for these public inputs")]
    Rejected,
}

/// Checks `proof` for `public_inputs` (without the constant one, in the statement's order).
///
/// The equation is e(A, B) = e(alpha, beta) · e(I, gamma) · e(C, delta), where I is the key's first
/// input point plus the others, each times its public input: Groth 2016, section 3.2.
///
/// # Errors
/// If the number of inputs is wrong or the equation does not hold.
pub fn verify<K: KeyKind>(
    key: &VerifyingKey<K>,
    public_inputs: &[Fr],
    proof: &Proof,
) -> Result<(), VerifyError> {
    check_input_count(key, public_inputs)?;
    let scalars: Vec<Fr> = [Fr::ONE].iter().chain(public_inputs).copied().collect();
    let inputs = key.input_table().combine(&scalars);
    let product: Fq12 = miller_loop(
        &[(proof.a.into(), proof.b)],
        &[(inputs, key.neg_gamma()), (proof.c.into(), key.neg_delta())],
    );
    match final_exponentiation(product) {
        Some(value) if value == *key.alpha_beta() => Ok(()),
        // The final exponentiation has no result only for zero, which no Miller loop yields.
        _ => Err(VerifyError::Rejected),
    }
}

/// Refuses the wrong number of public inputs.
pub(crate) fn check_input_count<K: KeyKind>(
    key: &VerifyingKey<K>,
    public_inputs: &[Fr],
) -> Result<(), VerifyError> {
    let (expected, got) = (key.num_public_inputs(), public_inputs.len());
    if expected == got {
        Ok(())
    } else {
        Err(VerifyError::InputCount { expected, got })
    }
}
