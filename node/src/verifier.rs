//! Proofs of a block, checked in one batch before the block is executed.

use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tally_circuits::Fr;
use tally_circuits::act::ActStatement;
use tally_circuits::field::Element;
use tally_exchange::message::{ActTransaction, PROOF_BYTES};
use tally_exchange::ports::Verifier;
use tally_prover::kind::KeyKind;
use tally_prover::{BatchError, Proof, VerifyingKey, verify, verify_batch};

/// A verifier that can look at a block's Acts before they are executed.
pub trait BlockVerifier: Verifier + Sync {
    /// Prepares the answers for these statements and proofs. Answers never change by it, only their cost.
    fn prepare(&self, acts: &[(ActStatement, &ActTransaction)]);
    /// Proofs checked so far and the time that it took.
    fn cost(&self) -> VerificationCost;
}

/// What verification took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerificationCost {
    /// Proofs decoded and checked.
    pub proofs: u64,
    /// Time from wire bytes to answers, wall clock.
    pub time: Duration,
}

/// Verifies Groth16 proofs of Act under one verifying key.
pub struct Groth16Verifier<K: KeyKind> {
    key: VerifyingKey<K>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    answers: BTreeMap<[u8; 32], bool>,
    cost: VerificationCost,
}

impl<K: KeyKind> Groth16Verifier<K> {
    /// A verifier under `key`.
    #[must_use]
    pub fn new(key: VerifyingKey<K>) -> Self {
        Self {
            key,
            inner: Mutex::new(Inner::default()),
        }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Answers are inserted whole: a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: KeyKind> BlockVerifier for Groth16Verifier<K> {
    fn prepare(&self, acts: &[(ActStatement, &ActTransaction)]) {
        let start = Instant::now();
        let mut names = Vec::with_capacity(acts.len());
        let mut decoded: Vec<(Vec<Fr>, Proof)> = Vec::with_capacity(acts.len());
        let mut answers = BTreeMap::new();
        for (statement, act) in acts {
            let name = name(statement, &act.proof);
            match (statement.check_parameters(), Proof::from_bytes(&act.proof)) {
                (Ok(()), Ok(proof)) => {
                    names.push(name);
                    decoded.push((statement.public_inputs(), proof));
                }
                _ => {
                    answers.insert(name, false);
                }
            }
        }
        let batch: Vec<(&[Fr], &Proof)> = decoded
            .iter()
            .map(|(inputs, proof)| (inputs.as_slice(), proof))
            .collect();
        let bad = match verify_batch(&self.key, &batch, &mut OsRng) {
            Ok(()) => Vec::new(),
            Err(BatchError::Rejected { bad }) => bad,
            // A statement of the wrong length: nothing of the batch has been checked.
            Err(BatchError::InputCount { .. }) => (0..names.len()).collect(),
        };
        for (index, name) in names.into_iter().enumerate() {
            answers.insert(name, !bad.contains(&index));
        }
        let mut inner = self.inner();
        inner.cost.proofs += acts.len() as u64;
        inner.cost.time += start.elapsed();
        // Only this block's answers are of use.
        inner.answers = answers;
    }

    fn cost(&self) -> VerificationCost {
        self.inner().cost
    }
}

impl<K: KeyKind> Verifier for Groth16Verifier<K> {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        if let Some(answer) = self.inner().answers.get(&name(statement, proof)) {
            return *answer;
        }
        let start = Instant::now();
        let holds = statement.check_parameters().is_ok()
            && Proof::from_bytes(proof)
                .is_ok_and(|proof| verify(&self.key, &statement.public_inputs(), &proof).is_ok());
        let mut inner = self.inner();
        inner.cost.proofs += 1;
        inner.cost.time += start.elapsed();
        holds
    }
}

/// Statement and proof together as one hash.
fn name(statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"tally/verified/act/1");
    for input in statement.public_inputs() {
        hash.update(Element(input).to_bytes());
    }
    hash.update(proof);
    hash.finalize().into()
}

/// The stand-in of a dry run: it accepts the one byte string that is no proof, and nothing else.
///
/// Only a replay's dry run makes one; the witness is checked in native code when the message is built.
pub struct UnprovenDryRun(());

/// What stands in a dry run's transactions where a proof belongs: not a point of the curve.
pub const NO_PROOF: [u8; PROOF_BYTES] = [0xff; PROOF_BYTES];

impl UnprovenDryRun {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

impl Verifier for UnprovenDryRun {
    fn verify_act(&self, _: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        *proof == NO_PROOF
    }
}

impl BlockVerifier for UnprovenDryRun {
    fn prepare(&self, _: &[(ActStatement, &ActTransaction)]) {}

    fn cost(&self) -> VerificationCost {
        VerificationCost::default()
    }
}
