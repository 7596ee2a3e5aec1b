//! A statement's constraint system, without a witness: matrices, sizes, digest.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::{BigInteger, PrimeField};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, Matrix, OptimizationGoal, R1CS_PREDICATE_LABEL,
    SynthesisError, SynthesisMode,
};
use sha2::{Digest, Sha256};

use crate::statement::Statement;

/// Why a statement's constraint system can't be used.
#[derive(Debug, thiserror::Error)]
pub enum R1csError {
    /// The circuit's own code failed.
    #[error("statement {statement}: the blank circuit can't be synthesised: {source}")]
    Synthesis {
        /// The statement.
        statement: &'static str,
        /// What the circuit reported.
        source: SynthesisError,
    },
    /// The circuit allocates another number of public inputs than the statement declares.
    #[error(
        "statement {statement} declares {declared} public inputs, its circuit has {allocated}: make them agree"
    )]
    PublicInputs {
        /// The statement.
        statement: &'static str,
        /// [`Statement::PUBLIC_INPUTS`].
        declared: usize,
        /// What the circuit allocated.
        allocated: usize,
    },
    /// The circuit uses constraints that are not of the form A·z ∘ B·z = C·z.
    #[error("statement {statement} uses constraints other than rank-1: Groth16 can't prove them")]
    NotRankOne {
        /// The statement.
        statement: &'static str,
    },
}

/// SHA-256 over a constraint system's sizes and matrices: two circuits with one digest are one circuit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CircuitDigest(pub [u8; 32]);

impl CircuitDigest {
    /// The first eight bytes in hexadecimal: 16 characters for file names.
    #[must_use]
    pub fn prefix(&self) -> String {
        hex::encode(&self.0[..8])
    }
}

impl fmt::Display for CircuitDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for CircuitDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CircuitDigest({self})")
    }
}

/// A rank-1 constraint system: (A·z) ∘ (B·z) = C·z for the assignment z = (1, public inputs, witness).
pub struct R1cs {
    pub(crate) statement: &'static str,
    /// A, B and C, by rows; every entry is a coefficient and a position in z.
    pub(crate) matrices: [Matrix<Fr>; 3],
    /// The constant one and the public inputs.
    pub(crate) num_instance: usize,
    pub(crate) num_witness: usize,
    pub(crate) num_constraints: usize,
    digest: CircuitDigest,
}

impl R1cs {
    /// Synthesises the blank circuit of `S`.
    ///
    /// # Errors
    /// If the circuit's code fails, or has other public inputs than declared, or other than rank-1
    /// constraints: all of them faults of the circuit, none of outside input.
    pub fn of<S: Statement>() -> Result<Self, R1csError> {
        let statement = S::NAME;
        let synthesis = |source| R1csError::Synthesis { statement, source };
        let cs = ConstraintSystem::<Fr>::new_ref();
        // The same goal and mode as the key generator's, or the matrices would not be the key's.
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Setup);
        S::blank()
            .generate_constraints(cs.clone())
            .map_err(synthesis)?;
        cs.finalize();

        let allocated = cs.num_instance_variables() - 1;
        if allocated != S::PUBLIC_INPUTS {
            let declared = S::PUBLIC_INPUTS;
            return Err(R1csError::PublicInputs {
                statement,
                declared,
                allocated,
            });
        }
        let mut by_predicate = cs.to_matrices().map_err(synthesis)?;
        let rank_one = by_predicate.remove(R1CS_PREDICATE_LABEL);
        let matrices: [Matrix<Fr>; 3] = rank_one
            .filter(|_| by_predicate.is_empty())
            .and_then(|matrices| matrices.try_into().ok())
            .ok_or(R1csError::NotRankOne { statement })?;

        let mut r1cs = Self {
            statement,
            matrices,
            num_instance: cs.num_instance_variables(),
            num_witness: cs.num_witness_variables(),
            num_constraints: cs.num_constraints(),
            digest: CircuitDigest([0; 32]),
        };
        r1cs.digest = r1cs.compute_digest();
        Ok(r1cs)
    }

    /// The name of the statement.
    #[must_use]
    pub const fn statement(&self) -> &'static str {
        self.statement
    }

    /// The number of constraints.
    #[must_use]
    pub const fn num_constraints(&self) -> usize {
        self.num_constraints
    }

    /// The number of public inputs, without the constant one.
    #[must_use]
    pub const fn num_public_inputs(&self) -> usize {
        self.num_instance - 1
    }

    /// The number of private variables.
    #[must_use]
    pub const fn num_witness(&self) -> usize {
        self.num_witness
    }

    /// A, B and C, by rows; every entry is a coefficient and a position in z.
    #[must_use]
    pub const fn matrices(&self) -> &[Matrix<Fr>; 3] {
        &self.matrices
    }

    /// The number of non-zero entries of the three matrices.
    #[must_use]
    pub fn num_non_zero(&self) -> usize {
        self.matrices.iter().flatten().map(Vec::len).sum()
    }

    /// The digest of sizes and matrices.
    #[must_use]
    pub const fn digest(&self) -> CircuitDigest {
        self.digest
    }

    /// Points of the domain over which the rows are interpolated: one for every constraint and for every public input and
    /// the constant one, to the next power of two.
    pub(crate) const fn domain_size(&self) -> usize {
        (self.num_constraints + self.num_instance).next_power_of_two()
    }

    /// Number of public inputs and of private variables; then for each matrix the number of rows, for
    /// each row the number of entries, for each entry position and canonical coefficient. All numbers
    /// have 64 bits, little-endian. The same as [`tally_circuits::r1cs::R1csSummary::digest`].
    fn compute_digest(&self) -> CircuitDigest {
        let mut hash = Sha256::new();
        let number = |hash: &mut Sha256, n: usize| hash.update((n as u64).to_le_bytes());
        number(&mut hash, self.num_public_inputs());
        number(&mut hash, self.num_witness);
        for matrix in &self.matrices {
            number(&mut hash, matrix.len());
            for row in matrix {
                number(&mut hash, row.len());
                for (coefficient, position) in row {
                    number(&mut hash, *position);
                    hash.update(coefficient.into_bigint().to_bytes_le());
                }
            }
        }
        CircuitDigest(hash.finalize().into())
    }
}

impl fmt::Debug for R1cs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("R1cs")
            .field("statement", &self.statement)
            .field("constraints", &self.num_constraints)
            .field("public_inputs", &self.num_public_inputs())
            .field("witness", &self.num_witness)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
