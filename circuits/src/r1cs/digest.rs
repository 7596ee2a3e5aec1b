//! A digest of a circuit's constraints.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, R1CS_PREDICATE_LABEL,
    SynthesisError, SynthesisMode,
};
use sha2::{Digest, Sha256};

use crate::field;

/// Sizes of a circuit and a digest of all its constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct R1csSummary {
    /// Number of constraints.
    pub constraints: usize,
    /// Number of public inputs, without the constant one.
    pub public_inputs: usize,
    /// Number of witness variables.
    pub witnesses: usize,
    /// SHA-256 over the number of public inputs and of witnesses, then over the matrices A, B, C:
    /// number of rows; for each row number of entries; for each entry column and canonical
    /// coefficient. All numbers are 64 bits, little-endian.
    pub digest: [u8; 32],
}

/// Synthesizes the circuit as for a set-up and sums it up. Proving keys belong to one digest.
///
/// # Errors
/// What the circuit's synthesis returns; none for the circuits of this crate.
pub fn summarize<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Result<R1csSummary, SynthesisError> {
    let system = ConstraintSystem::new_ref();
    system.set_optimization_goal(OptimizationGoal::Constraints);
    system.set_mode(SynthesisMode::Setup);
    circuit.generate_constraints(system.clone())?;
    system.finalize();

    let public_inputs = system.num_instance_variables() - 1;
    let witnesses = system.num_witness_variables();
    let mut hasher = Sha256::new();
    let number = |hasher: &mut Sha256, n: usize| hasher.update((n as u64).to_le_bytes());
    number(&mut hasher, public_inputs);
    number(&mut hasher, witnesses);
    let matrices = system.to_matrices()?;
    let matrices = matrices
        .get(R1CS_PREDICATE_LABEL)
        .ok_or(SynthesisError::PredicateNotFound)?;
    for matrix in matrices {
        number(&mut hasher, matrix.len());
        for row in matrix {
            number(&mut hasher, row.len());
            for (coefficient, column) in row {
                number(&mut hasher, *column);
                hasher.update(field::to_bytes(coefficient));
            }
        }
    }
    Ok(R1csSummary {
        constraints: system.num_constraints(),
        public_inputs,
        witnesses,
        digest: hasher.finalize().into(),
    })
}
