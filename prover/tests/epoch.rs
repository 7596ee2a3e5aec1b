//! The statements Refresh and Lapse: keys, proofs, and that no proof is good for anything else.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "common/epoch.rs"]
mod epoch;

use std::sync::OnceLock;

use ark_bls12_381::Fr;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tally_prover::{
    BatchError, Keys, Lapse, Proof, ProveError, R1cs, Refresh, SeededTest, Statement, VerifyError,
    prove, seeded_test_setup, verify, verify_batch,
};

/// One set of keys for each statement for all tests of this file.
fn keys<S: Statement>(cell: &'static OnceLock<Keys<SeededTest>>) -> &'static Keys<SeededTest> {
    cell.get_or_init(|| seeded_test_setup::<S>(1).unwrap())
}

fn refresh_keys() -> &'static Keys<SeededTest> {
    static KEYS: OnceLock<Keys<SeededTest>> = OnceLock::new();
    keys::<Refresh>(&KEYS)
}

fn lapse_keys() -> &'static Keys<SeededTest> {
    static KEYS: OnceLock<Keys<SeededTest>> = OnceLock::new();
    keys::<Lapse>(&KEYS)
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

/// A proof of a Refresh with its public inputs.
fn refreshed(seed: u64, is_daily: bool) -> (Vec<Fr>, Proof) {
    let circuit = epoch::refresh(seed, is_daily);
    let inputs = circuit.statement.public_inputs();
    let proof = prove(&refresh_keys().proving, circuit, &mut rng()).unwrap();
    (inputs, proof)
}

/// A proof of a Lapse with its public inputs.
fn lapsed(seed: u64) -> (Vec<Fr>, Proof) {
    let circuit = epoch::lapse(seed);
    let inputs = circuit.statement.public_inputs();
    let proof = prove(&lapse_keys().proving, circuit, &mut rng()).unwrap();
    (inputs, proof)
}

/// Change with the circuits: then put the new values here, knowingly.
const PINNED: [&str; 2] = [
    "8f0f379df2b678203c562ff5bf2fe5ccf76e5b3c97734513d734a814f45096aa",
    "8997a915ffa05dce1336c89c2f98a45f7896f8f3887b52c33b2c7a08eef351f1",
];

#[test]
fn the_seeded_keys_are_pinned() {
    let found = [refresh_keys(), lapse_keys()].map(|keys| hex::encode(keys.verifying.sha256()));
    assert_eq!(found, PINNED);
}

#[test]
fn the_constraint_systems_are_those_that_the_circuits_report() {
    fn agrees<S: Statement>(most: usize) {
        let ours = R1cs::of::<S>().unwrap();
        let theirs = tally_circuits::r1cs::summarize(S::blank()).unwrap();
        assert_eq!(ours.digest().0, theirs.digest);
        assert_eq!(ours.num_constraints(), theirs.constraints);
        assert_eq!(ours.num_public_inputs(), theirs.public_inputs);
        assert_eq!(ours.num_witness(), theirs.witnesses);
        // The transforms have as many points as there are constraints, public inputs and one, rounded
        // up to a power of two.
        assert!(ours.num_constraints() + 1 + ours.num_public_inputs() <= most);
    }
    agrees::<Refresh>(1 << 14);
    agrees::<Lapse>(1 << 12);
}

/// Verifies for its own inputs and for no others.
fn is_bound(keys: &Keys<SeededTest>, (inputs, proof): &(Vec<Fr>, Proof)) {
    assert_eq!(verify(&keys.verifying, inputs, proof), Ok(()));
    for i in 0..inputs.len() {
        let mut wrong = inputs.clone();
        wrong[i] += Fr::from(1u64);
        assert_eq!(
            verify(&keys.verifying, &wrong, proof),
            Err(VerifyError::Rejected)
        );
    }
}

#[test]
fn refreshes_are_proven_and_verified_alone_and_together() {
    let proven = [refreshed(1, true), refreshed(2, true), refreshed(3, false)];
    for one in &proven {
        is_bound(refresh_keys(), one);
    }
    let verifying = &refresh_keys().verifying;
    let batch: Vec<(&[Fr], &Proof)> = proven.iter().map(|(x, p)| (&x[..], p)).collect();
    assert_eq!(verify_batch(verifying, &batch, &mut rng()), Ok(()));
    let swapped = [batch[0], (batch[2].0, batch[1].1), (batch[1].0, batch[2].1)];
    let bad = vec![1, 2];
    assert_eq!(
        verify_batch(verifying, &swapped, &mut rng()),
        Err(BatchError::Rejected { bad })
    );
}

#[test]
fn lapses_are_proven_and_verified_alone_and_together() {
    let proven = [lapsed(1), lapsed(2), lapsed(4)];
    for one in &proven {
        is_bound(lapse_keys(), one);
    }
    let verifying = &lapse_keys().verifying;
    let batch: Vec<(&[Fr], &Proof)> = proven.iter().map(|(x, p)| (&x[..], p)).collect();
    assert_eq!(verify_batch(verifying, &batch, &mut rng()), Ok(()));
    let swapped = [(batch[1].0, batch[0].1), (batch[0].0, batch[1].1), batch[2]];
    let bad = vec![0, 1];
    assert_eq!(
        verify_batch(verifying, &swapped, &mut rng()),
        Err(BatchError::Rejected { bad })
    );
}

/// The first inputs of both statements mean the same, so a mix-up could go unnoticed.
#[test]
fn a_proof_of_one_statement_is_none_of_another() {
    let (refresh_inputs, refresh_proof) = refreshed(2, false);
    let (lapse_inputs, lapse_proof) = lapsed(2);
    assert_eq!(
        verify(&lapse_keys().verifying, &refresh_inputs, &refresh_proof),
        Err(VerifyError::InputCount {
            expected: 8,
            got: 25
        })
    );
    // With the right number of inputs too.
    assert_eq!(
        verify(
            &lapse_keys().verifying,
            &refresh_inputs[..8],
            &refresh_proof
        ),
        Err(VerifyError::Rejected)
    );
    assert_eq!(
        verify(&lapse_keys().verifying, &lapse_inputs, &refresh_proof),
        Err(VerifyError::Rejected)
    );
    let mut padded = lapse_inputs;
    padded.resize(25, Fr::from(0u64));
    for inputs in [&padded, &refresh_inputs] {
        assert_eq!(
            verify(&refresh_keys().verifying, inputs, &lapse_proof),
            Err(VerifyError::Rejected)
        );
    }
}

#[test]
fn a_circuit_is_not_proven_with_the_keys_of_another() {
    let error = prove(&lapse_keys().proving, epoch::refresh(2, false), &mut rng()).unwrap_err();
    assert!(matches!(error, ProveError::WrongCircuit { .. }), "{error}");
    let error = prove(&refresh_keys().proving, epoch::lapse(2), &mut rng()).unwrap_err();
    assert!(matches!(error, ProveError::WrongCircuit { .. }), "{error}");
}

#[test]
fn what_does_not_hold_is_not_proven() {
    let mut circuit = epoch::refresh(1, true);
    circuit.statement.terms.mark += 1_000;
    let error = prove(&refresh_keys().proving, circuit, &mut rng()).unwrap_err();
    assert!(matches!(error, ProveError::Unsatisfied { .. }), "{error}");
    let mut circuit = epoch::lapse(2);
    circuit.statement.terms.haircut -= 1;
    let error = prove(&lapse_keys().proving, circuit, &mut rng()).unwrap_err();
    assert!(matches!(error, ProveError::Unsatisfied { .. }), "{error}");
}

#[cfg(feature = "test-fixtures")]
#[test]
fn the_fixtures_are_the_seeded_set_ups() {
    for (fixture, made) in [
        (tally_prover::refresh_test_keys(), refresh_keys()),
        (tally_prover::lapse_test_keys(), lapse_keys()),
    ] {
        assert_eq!(fixture.1, made.verifying);
        assert_eq!(fixture.0.verifying_key(), &fixture.1);
    }
}
