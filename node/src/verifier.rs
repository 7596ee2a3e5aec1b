//! Proofs of a block, checked in one batch for each statement before the block is executed.

use crate::keys::VerifyingKeys;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tally_circuits::Fr;
use tally_circuits::act::ActStatement;
use tally_circuits::field::Element;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::message::PROOF_BYTES;
use tally_exchange::ports::Verifier;
use tally_prover::kind::KeyKind;
use tally_prover::{Proof, VerifyingKey, WireBatchError, verify, verify_batch_from_wire};

/// A statement and the proof that came with it.
pub enum Claimed<'a> {
    /// An Act.
    Act(Box<ActStatement>, &'a [u8; PROOF_BYTES]),
    /// A Refresh.
    Refresh(Box<RefreshStatement>, &'a [u8; PROOF_BYTES]),
    /// A Lapse.
    Lapse(Box<LapseStatement>, &'a [u8; PROOF_BYTES]),
}

/// A verifier that can look at a block's proofs before they are executed.
pub trait BlockVerifier: Verifier + Sync {
    /// Prepares the answers for these statements and proofs. Answers never change by it, only their cost.
    fn prepare(&self, claimed: &[Claimed<'_>]);
    /// Whether it makes anything of [`BlockVerifier::prepare`]: if not, nobody has to work out statements for it.
    fn prepares(&self) -> bool {
        true
    }
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

/// What can be proved; the order is that of the verifying keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Act,
    Refresh,
    Lapse,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Act, Self::Refresh, Self::Lapse];

    /// Begins the names of its answers, so that no answer for one statement is taken for another's.
    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Act => b"tally/verified/act/1",
            Self::Refresh => b"tally/verified/refresh/1",
            Self::Lapse => b"tally/verified/lapse/1",
        }
    }
}

/// Public inputs of a statement; none if its parameters are out of range, so that no proof of it counts.
type Inputs = Option<Vec<Fr>>;

/// Verifies Groth16 proofs of Act, Refresh and Lapse, each under its verifying key.
pub struct Groth16Verifier<K: KeyKind> {
    keys: VerifyingKeys<K>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    answers: BTreeMap<[u8; 32], bool>,
    cost: VerificationCost,
}

impl<K: KeyKind> Groth16Verifier<K> {
    /// A verifier under `keys`.
    #[must_use]
    pub fn new(keys: VerifyingKeys<K>) -> Self {
        Self {
            keys,
            inner: Mutex::new(Inner::default()),
        }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Answers are inserted whole: a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn key(&self, kind: Kind) -> &VerifyingKey<K> {
        match kind {
            Kind::Act => &self.keys.act,
            Kind::Refresh => &self.keys.refresh,
            Kind::Lapse => &self.keys.lapse,
        }
    }

    /// Checks all proofs of one statement together, from their encodings.
    fn check_batch(
        &self,
        kind: Kind,
        batch: &[(Inputs, &[u8; PROOF_BYTES])],
        answers: &mut BTreeMap<[u8; 32], bool>,
    ) {
        let mut names = Vec::with_capacity(batch.len());
        let mut claims: Vec<(&[Fr], &[u8; PROOF_BYTES])> = Vec::with_capacity(batch.len());
        for (inputs, proof) in batch {
            let name = name(kind, inputs.as_deref(), proof);
            if let Some(inputs) = inputs {
                names.push(name);
                claims.push((inputs, proof));
            } else {
                answers.insert(name, false);
            }
        }
        let mut holds = vec![true; claims.len()];
        match verify_batch_from_wire(self.key(kind), &claims, &mut OsRng) {
            Ok(()) => {}
            Err(WireBatchError::Refused {
                undecodable,
                rejected,
            }) => {
                let undecodable = undecodable.into_iter().map(|(position, _)| position);
                for position in undecodable.chain(rejected) {
                    holds[position] = false;
                }
            }
            // A statement of the wrong length: nothing of the batch has been checked.
            Err(WireBatchError::InputCount { .. }) => holds.fill(false),
        }
        answers.extend(names.into_iter().zip(holds));
    }

    fn answer(&self, kind: Kind, inputs: Inputs, proof: &[u8; PROOF_BYTES]) -> bool {
        if let Some(answer) = self
            .inner()
            .answers
            .get(&name(kind, inputs.as_deref(), proof))
        {
            return *answer;
        }
        let start = Instant::now();
        let holds = inputs.is_some_and(|inputs| {
            Proof::from_bytes(proof)
                .is_ok_and(|proof| verify(self.key(kind), &inputs, &proof).is_ok())
        });
        let mut inner = self.inner();
        inner.cost.proofs += 1;
        inner.cost.time += start.elapsed();
        holds
    }
}

impl<K: KeyKind> BlockVerifier for Groth16Verifier<K> {
    fn prepare(&self, claimed: &[Claimed<'_>]) {
        let start = Instant::now();
        let mut answers = BTreeMap::new();
        for kind in Kind::ALL {
            let batch: Vec<_> = claimed
                .iter()
                .filter_map(|claimed| inputs_of(kind, claimed))
                .collect();
            if !batch.is_empty() {
                self.check_batch(kind, &batch, &mut answers);
            }
        }
        let mut inner = self.inner();
        inner.cost.proofs += claimed.len() as u64;
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
        self.answer(Kind::Act, act_inputs(statement), proof)
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.answer(Kind::Refresh, refresh_inputs(statement), proof)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.answer(Kind::Lapse, lapse_inputs(statement), proof)
    }
}

/// The public inputs and the proof of what is claimed, if it is of this kind.
fn inputs_of<'a>(kind: Kind, claimed: &Claimed<'a>) -> Option<(Inputs, &'a [u8; PROOF_BYTES])> {
    match (kind, claimed) {
        (Kind::Act, Claimed::Act(statement, proof)) => Some((act_inputs(statement), proof)),
        (Kind::Refresh, Claimed::Refresh(statement, proof)) => {
            Some((refresh_inputs(statement), proof))
        }
        (Kind::Lapse, Claimed::Lapse(statement, proof)) => Some((lapse_inputs(statement), proof)),
        _ => None,
    }
}

fn act_inputs(statement: &ActStatement) -> Inputs {
    statement.check_parameters().ok()?;
    Some(statement.public_inputs())
}

fn refresh_inputs(statement: &RefreshStatement) -> Inputs {
    statement.check_parameters().ok()?;
    Some(statement.public_inputs())
}

fn lapse_inputs(statement: &LapseStatement) -> Inputs {
    statement.check_parameters().ok()?;
    Some(statement.public_inputs())
}

/// Statement and proof together as one hash.
fn name(kind: Kind, inputs: Option<&[Fr]>, proof: &[u8; PROOF_BYTES]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(kind.domain());
    for input in inputs.unwrap_or_default() {
        hash.update(Element(*input).to_bytes());
    }
    hash.update(proof);
    hash.finalize().into()
}

/// A verifier whose answers for a block are there already: the block's proofs were checked before it was ordered.
pub(crate) struct Prepared<'a, V: BlockVerifier>(pub(crate) &'a V);

impl<V: BlockVerifier> Verifier for Prepared<'_, V> {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_act(statement, proof)
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_refresh(statement, proof)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_lapse(statement, proof)
    }
}

impl<V: BlockVerifier> BlockVerifier for Prepared<'_, V> {
    fn prepare(&self, _: &[Claimed<'_>]) {}

    fn prepares(&self) -> bool {
        false
    }

    fn cost(&self) -> VerificationCost {
        self.0.cost()
    }
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

    fn verify_refresh(&self, _: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        *proof == NO_PROOF
    }

    fn verify_lapse(&self, _: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        *proof == NO_PROOF
    }
}

impl BlockVerifier for UnprovenDryRun {
    fn prepare(&self, _: &[Claimed<'_>]) {}

    fn prepares(&self) -> bool {
        false
    }

    fn cost(&self) -> VerificationCost {
        VerificationCost::default()
    }
}

/// Accepts every proof: for an own copy of a ledger whose proofs were verified when its blocks were taken in, executed
/// again beside the states on record, from which a wrong answer would part it. For nothing else.
pub struct Recorded(());

impl Recorded {
    /// For the blocks of an own copy that this software has verified and written down itself. Whoever uses it compares
    /// each state with the one on record.
    #[must_use]
    pub const fn own_copy() -> Self {
        Self(())
    }
}

impl Verifier for Recorded {
    fn verify_act(&self, _: &ActStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }

    fn verify_refresh(&self, _: &RefreshStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }

    fn verify_lapse(&self, _: &LapseStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }
}

impl BlockVerifier for Recorded {
    fn prepare(&self, _: &[Claimed<'_>]) {}

    fn prepares(&self) -> bool {
        false
    }

    fn cost(&self) -> VerificationCost {
        VerificationCost::default()
    }
}
