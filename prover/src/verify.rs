//! Checking one proof.

use ark_bls12_381::{Bls12_381, Fr, G1Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, PrimeField};

use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
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
    let inputs = combine_inputs(key, public_inputs).into_affine();
    let miller = Bls12_381::multi_miller_loop(
        [proof.a, inputs, proof.c],
        [
            proof.b.into(),
            key.neg_gamma().clone(),
            key.neg_delta().clone(),
        ],
    );
    // The final exponentiation has no result only for zero, which no Miller loop yields.
    match Bls12_381::final_exponentiation(miller) {
        Some(value) if value.0 == *key.alpha_beta() => Ok(()),
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

/// The key's first input point plus the others, each times its public input.
fn combine_inputs<K: KeyKind>(key: &VerifyingKey<K>, public_inputs: &[Fr]) -> G1Projective {
    // The number of inputs has been checked: the points are one more, the first for the constant.
    let (constant, points) = (key.input_points()[0], &key.input_points()[1..]);
    let scalars: Vec<BigInt<4>> = public_inputs.iter().map(|x| x.into_bigint()).collect();
    G1Projective::msm_bigint(points, &scalars) + constant
}
