//! Making a proof.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, SynthesisError, SynthesisMode,
};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::engine::{self, Rows};
use crate::keys::ProvingKey;
use crate::kind::KeyKind;
use crate::phases::{Phases, timed};
use crate::proof::Proof;
use crate::r1cs::R1cs;
use crate::setup::non_zero;
use crate::verify::verify;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The circuit's own code failed, for instance because a witness is missing.
    #[error("statement {statement}: the circuit can't be synthesised: {source}")]
    Synthesis {
        /// The statement of the key.
        statement: String,
        /// What the circuit reported.
        source: SynthesisError,
    },
    /// The circuit has other variables than the one that the key was made for.
    #[error(
        "statement {statement}: the key is for {expected_public} public and {expected_private} private variables, \
         the circuit has {public} and {private}: use the key of this circuit"
    )]
    WrongCircuit {
        /// The statement of the key.
        statement: String,
        /// Public inputs that the key expects.
        expected_public: usize,
        /// Private variables that the key expects.
        expected_private: usize,
        /// Public inputs of the circuit.
        public: usize,
        /// Private variables of the circuit.
        private: usize,
    },
    /// The witness does not satisfy the statement: nobody could prove this.
    #[error(
        "statement {statement}: constraint {constraint} is not satisfied, so there is nothing to prove"
    )]
    Unsatisfied {
        /// The statement of the key.
        statement: String,
        /// The first violated constraint.
        constraint: usize,
    },
    /// The finished proof does not verify: key or machine is faulty.
    #[error(
        "statement {statement}: the finished proof does not verify, so the proving key or the machine is faulty: \
         delete the key and run again to make new keys"
    )]
    SelfCheck {
        /// The statement of the key.
        statement: String,
    },
}

/// Proves that the witness inside `circuit` satisfies the statement of `key`.
///
/// `rng` blinds the proof: pass the operating system's generator. The proof is checked before it is
/// returned, against the public inputs that the circuit allocated.
///
/// The witness and the blinding scalars are overwritten when they have been used; copies that the
/// arithmetic library makes on the way are not in our hands.
///
/// # Errors
/// If the circuit is not the key's, or its witness is missing or does not satisfy it, or the result does
/// not verify.
pub fn prove<K, C, R>(key: &ProvingKey<K>, circuit: C, rng: &mut R) -> Result<Proof, ProveError>
where
    K: KeyKind,
    C: ConstraintSynthesizer<Fr>,
    R: RngCore + CryptoRng,
{
    prove_measured(key, circuit, rng).map(|(proof, _)| proof)
}

/// As [`prove`], with the time that each phase took.
///
/// # Errors
/// As [`prove`].
pub fn prove_measured<K, C, R>(
    key: &ProvingKey<K>,
    circuit: C,
    rng: &mut R,
) -> Result<(Proof, Phases), ProveError>
where
    K: KeyKind,
    C: ConstraintSynthesizer<Fr>,
    R: RngCore + CryptoRng,
{
    let statement = || key.statement().to_owned();
    let mut phases = Phases::default();
    let r1cs = key.r1cs();
    let assignment = timed(&mut phases.witness, || assign(key, circuit))?;
    let rows = timed(&mut phases.rows, || Rows::satisfied(r1cs, &assignment));
    let rows = rows.map_err(|constraint| ProveError::Unsatisfied {
        statement: statement(),
        constraint,
    })?;
    let blinding = Zeroizing::new([non_zero(rng), non_zero(rng)]);
    let proof = engine::prove_assignment(
        key.as_ark(),
        key.precomputed(),
        r1cs,
        &assignment,
        rows,
        *blinding,
        &mut phases,
    );
    let proof = Proof::from_prover(&proof);
    let public_inputs = &assignment[1..r1cs.num_instance];
    timed(&mut phases.self_check, || {
        verify(key.verifying_key(), public_inputs, &proof)
    })
    .map_err(|_| ProveError::SelfCheck {
        statement: statement(),
    })?;
    Ok((proof, phases))
}

/// Runs the circuit's code for its variables only (the matrices are with the key) and returns the assignment
/// (1, public inputs, witness). It is not checked against the constraints.
///
/// # Errors
/// If the circuit is not the key's, or its witness is missing.
pub fn assign<K, C>(key: &ProvingKey<K>, circuit: C) -> Result<Zeroizing<Vec<Fr>>, ProveError>
where
    K: KeyKind,
    C: ConstraintSynthesizer<Fr>,
{
    let statement = || key.statement().to_owned();
    let synthesis = |source| ProveError::Synthesis {
        statement: statement(),
        source,
    };
    synthesise(circuit, key.r1cs(), &synthesis, &statement)
}

/// Runs the circuit's code for its variables only (the matrices are with the key) and returns
/// (1, public inputs, witness).
fn synthesise<C: ConstraintSynthesizer<Fr>>(
    circuit: C,
    r1cs: &R1cs,
    synthesis: &impl Fn(SynthesisError) -> ProveError,
    statement: &impl Fn() -> String,
) -> Result<Zeroizing<Vec<Fr>>, ProveError> {
    let cs = ConstraintSystem::<Fr>::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove {
        construct_matrices: false,
        generate_lc_assignments: false,
    });
    let outcome = circuit.generate_constraints(cs.clone());
    // Taken out whether or not synthesis succeeded, so that the witness is overwritten in any case.
    // What the vectors left behind while they grew is out of reach.
    let (instance, witness) = cs
        .borrow_mut()
        .map(|mut cs| {
            let assignments = &mut cs.assignments;
            (
                std::mem::take(&mut assignments.instance_assignment),
                Zeroizing::new(std::mem::take(&mut assignments.witness_assignment)),
            )
        })
        .ok_or_else(|| synthesis(SynthesisError::MissingCS))?;
    outcome.map_err(synthesis)?;
    if instance.len() != r1cs.num_instance || witness.len() != r1cs.num_witness {
        return Err(ProveError::WrongCircuit {
            statement: statement(),
            expected_public: r1cs.num_public_inputs(),
            expected_private: r1cs.num_witness,
            public: instance.len().saturating_sub(1),
            private: witness.len(),
        });
    }
    let mut assignment = Vec::with_capacity(instance.len() + witness.len());
    assignment.extend_from_slice(&instance);
    assignment.extend_from_slice(&witness);
    Ok(Zeroizing::new(assignment))
}
