//! The same constraint system, key and witness through other provers, interleaved with ours.
//!
//! In every round each prover proves the round's statement once, one after the other, in one process and on as many
//! threads: whatever disturbs the machine disturbs all of them. Every proof is checked under our verifying key, so that all
//! of them prove the same. Ours is timed as traders use it: it computes the witness and checks the finished proof. The
//! others are timed as their users call them:
//!
//! | prover | what is timed |
//! |---|---|
//! | ark-groth16 | `Groth16::prove`: synthesis of circuit and matrices, proof |
//! | ark-groth16, matrices kept | `create_proof_with_reduction_and_matrices`: the proof from matrices and a ready assignment |
//! | bellperson | `create_random_proof` of a circuit that gives it the rows, converted before, and a ready assignment |

mod ark;
#[cfg(feature = "peers")]
mod bell;
mod ours;

use crate::measure::{Sampled, median, percentile};
use crate::results::PeerCost;
use ark_bls12_381::Fr;
use tally_prover::{
    InsecureOneParty, Keys, Proof, ProofDecodeError, ProveError, Statement, VerifyError, assign,
    verify,
};

/// Why provers can't be compared.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The sample breaks a rule of its statement.
    #[error("sample {number} of statement {statement} does not hold")]
    Sample {
        /// The statement.
        statement: &'static str,
        /// The sample.
        number: u64,
    },
    /// Our own prover fails, or the sample has no witness.
    #[error(transparent)]
    Ours(#[from] ProveError),
    /// ark-groth16 fails.
    #[error("ark-groth16 makes no proof: {0}")]
    Ark(#[from] ark_relations::gr1cs::SynthesisError),
    /// bellperson fails.
    #[cfg(feature = "peers")]
    #[error("bellperson makes no proof: {0}")]
    Bellperson(#[from] bellperson::SynthesisError),
    /// A number or point of the key is not one of the other library's.
    #[error("{what} of the key or witness can't be given to {library}")]
    Conversion {
        /// What it is.
        what: &'static str,
        /// Whose.
        library: &'static str,
    },
    /// A prover's result is no proof.
    #[error("{prover} returns no proof: {source}")]
    NotAProof {
        /// The prover.
        prover: String,
        /// What is wrong.
        source: ProofDecodeError,
    },
    /// A prover's proof does not hold under our verifying key.
    #[error("the proof of {prover} does not hold under the verifying key: {source}")]
    Rejected {
        /// The prover.
        prover: String,
        /// What is wrong.
        source: VerifyError,
    },
}

/// What one prover gets in one round.
struct Task<'a, S: Statement> {
    /// The circuit with its witness.
    circuit: S::Circuit,
    /// What the circuit assigns: (1, public inputs, witness).
    assignment: &'a [Fr],
}

/// A finished proof's bytes and the time that it took, ms.
type Timed = (Vec<u8>, f64);

/// A prover with its key.
trait Prover<S: Statement> {
    /// Its name and version.
    fn name(&self) -> String;
    /// Proves, and times what its users wait for.
    fn prove(&self, task: Task<'_, S>) -> Result<Timed, PeerError>;
}

/// Proves so many samples with every prover, in turn, after a round that is not timed. `begin` is told the statement and
/// the round, from 0, that begins.
///
/// # Errors
/// [`PeerError`] if a prover fails or its proof does not hold.
pub fn compare<S: Sampled>(
    keys: &Keys<InsecureOneParty>,
    rounds: usize,
    begin: &mut dyn FnMut(&str, usize),
) -> Result<Vec<PeerCost>, PeerError> {
    let provers = provers::<S>(keys)?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); provers.len()];
    one_round::<S>(keys, &provers, 0)?;
    for (round, number) in (0..rounds).zip(1..) {
        begin(S::NAME, round);
        let round = one_round::<S>(keys, &provers, number)?;
        for (times, took) in times.iter_mut().zip(round) {
            times.push(took);
        }
    }
    let ours = times.first().map_or(0.0, |times| median(times));
    let costs = provers
        .iter()
        .zip(times)
        .map(|(prover, prove_ms)| PeerCost {
            name: prover.name(),
            statement: S::NAME.to_owned(),
            prove_ms_median: median(&prove_ms),
            prove_ms_p10: percentile(&prove_ms, 10),
            prove_ms_p90: percentile(&prove_ms, 90),
            ratio_median: if ours > 0.0 {
                median(&prove_ms) / ours
            } else {
                0.0
            },
            prove_ms,
        });
    Ok(costs.collect())
}

/// All provers; ours is the first.
fn provers<'a, S: Sampled>(
    keys: &'a Keys<InsecureOneParty>,
) -> Result<Vec<Box<dyn Prover<S> + 'a>>, PeerError> {
    let provers: Vec<Box<dyn Prover<S> + 'a>> = vec![
        Box::new(ours::Ours(&keys.proving)),
        Box::new(ark::Whole(&keys.proving)),
        Box::new(ark::MatricesKept(&keys.proving)),
        #[cfg(feature = "peers")]
        Box::new(bell::Bellperson::new(&keys.proving)?),
    ];
    Ok(provers)
}

/// Every prover proves the sample with this number once; their times, ms. All proofs are verified, while no clock runs.
fn one_round<S: Sampled>(
    keys: &Keys<InsecureOneParty>,
    provers: &[Box<dyn Prover<S> + '_>],
    number: u64,
) -> Result<Vec<f64>, PeerError> {
    let statement = S::NAME;
    let sample = || S::sample(number).ok_or(PeerError::Sample { statement, number });
    let public_inputs = sample()?.public_inputs;
    let assignment = assign(&keys.proving, sample()?.circuit)?;
    let mut times = Vec::new();
    for prover in provers {
        let circuit = sample()?.circuit;
        let assignment = &assignment;
        let (bytes, took) = prover.prove(Task {
            circuit,
            assignment,
        })?;
        let proof = Proof::from_bytes(&bytes).map_err(|source| PeerError::NotAProof {
            prover: prover.name(),
            source,
        })?;
        verify(&keys.verifying, &public_inputs, &proof).map_err(|source| PeerError::Rejected {
            prover: prover.name(),
            source,
        })?;
        times.push(took);
    }
    Ok(times)
}

/// What a reader of the comparison must know.
#[must_use]
pub fn notes() -> Vec<String> {
    let threads = rayon::current_num_threads();
    let mut notes = vec![format!(
        "provers side by side: one key, constraint system and witness, interleaved, {threads} threads each in one process, \
         after one round that is not timed; ours computes the witness and checks its finished proof, ark-groth16 \
         synthesises the circuit, the others get the assignment ready"
    )];
    // bellperson asks the system how many cores there are, whatever our own pool was told.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cfg!(feature = "peers") && cores != threads {
        notes.push(format!(
            "bellperson also starts {cores} threads of its own for transforms, where the others have {threads}"
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
