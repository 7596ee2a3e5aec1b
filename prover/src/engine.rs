//! From a satisfying assignment to the three group elements: the part that takes the time.
//!
//! Everything above deals in circuits, checks and errors; everything below in transforms and
//! multi-scalar multiplications. A faster prover replaces this function and nothing else.

use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::SynthesisError;

use crate::r1cs::R1cs;

/// Computes A, B and C for the blinding scalars `r` and `s`.
///
/// `assignment` is (1, public inputs, witness), as long as `r1cs` says, and satisfies it; `key` was made
/// for `r1cs`. With other arguments the result is a proof that no verifier accepts.
pub(crate) fn prove_assignment(
    key: &ProvingKey<Bls12_381>,
    r1cs: &R1cs,
    assignment: &[Fr],
    r: Fr,
    s: Fr,
) -> Result<ark_groth16::Proof<Bls12_381>, SynthesisError> {
    Groth16::<Bls12_381>::create_proof_with_reduction_and_matrices(
        key,
        r,
        s,
        &r1cs.matrices,
        r1cs.num_instance,
        r1cs.num_constraints,
        assignment,
    )
}
