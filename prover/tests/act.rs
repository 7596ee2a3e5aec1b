//! The statement Act: keys, proofs, load time.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "common/act.rs"]
mod act;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use act::example;
use ark_bls12_381::Fr;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tally_prover::{
    Act, BatchError, KeyCache, Keys, Proof, ProveError, R1cs, SeededTest, Statement, VerifyError,
    prove, verify, verify_batch,
};

/// One set of keys for all tests of this file, and where it is kept.
fn keys() -> &'static (tempfile::TempDir, Keys<SeededTest>) {
    static KEYS: OnceLock<(tempfile::TempDir, Keys<SeededTest>)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let cache = KeyCache::open(directory.path()).unwrap();
        let keys = cache.load_or_create_seeded::<Act>(1).unwrap();
        (directory, keys)
    })
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

/// Changes with the circuit of Act: then put the new value here, knowingly.
const PINNED: &str = "7bd6e02fb25ab6fa037a76460a4ce744b9a4fb2f0018c69c6eef6376a1a448d1";

#[test]
fn the_seeded_key_is_pinned() {
    assert_eq!(hex::encode(keys().1.verifying.sha256()), PINNED);
}

#[test]
fn the_constraint_system_is_the_one_that_the_circuits_report() {
    let ours = R1cs::of::<Act>().unwrap();
    let theirs = tally_circuits::r1cs::summarize(Act::blank()).unwrap();
    assert_eq!(ours.digest().0, theirs.digest);
    assert_eq!(ours.num_constraints(), theirs.constraints);
    assert_eq!(ours.num_public_inputs(), theirs.public_inputs);
    assert_eq!(ours.num_witness(), theirs.witnesses);
    assert!(ours.num_constraints() <= 6_000);
}

#[test]
fn acts_are_proven_and_verified_alone_and_together() {
    let (proving, verifying) = (&keys().1.proving, &keys().1.verifying);
    let proven: Vec<(Vec<Fr>, Proof)> = (0..3)
        .map(|seed| {
            let circuit = example(seed);
            let inputs = circuit.statement.public_inputs();
            (inputs, prove(proving, circuit, &mut rng()).unwrap())
        })
        .collect();
    for (inputs, proof) in &proven {
        assert_eq!(verify(verifying, inputs, proof), Ok(()));
        for i in 0..inputs.len() {
            let mut wrong = inputs.clone();
            wrong[i] += Fr::from(1u64);
            assert_eq!(verify(verifying, &wrong, proof), Err(VerifyError::Rejected));
        }
    }
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
fn an_act_that_does_not_hold_is_not_proven() {
    let mut circuit = example(1);
    circuit.statement.deltas.cash += 1;
    let error = prove(&keys().1.proving, circuit, &mut rng()).unwrap_err();
    assert!(matches!(error, ProveError::Unsatisfied { .. }), "{error}");
}

/// The bound holds for release builds; others only show that loading works and how long it took.
#[test]
fn keys_load_in_under_a_second() {
    let (directory, made) = keys();
    let cache = KeyCache::open(directory.path()).unwrap();
    let start = Instant::now();
    let loaded = cache.load_or_create_seeded::<Act>(1).unwrap();
    let elapsed = start.elapsed();
    println!("the keys of Act were loaded in {} ms", elapsed.as_millis());
    assert_eq!(loaded.verifying, made.verifying);
    if !cfg!(debug_assertions) {
        assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    }
}

#[cfg(feature = "test-fixtures")]
#[test]
fn the_fixture_is_the_seeded_set_up() {
    let (proving, verifying) = tally_prover::act_test_keys();
    assert_eq!(verifying, &keys().1.verifying);
    assert_eq!(proving.verifying_key(), verifying);
    assert!(std::ptr::eq(
        proving,
        &raw const tally_prover::act_test_keys().0
    ));
}
