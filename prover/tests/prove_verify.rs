//! Proving and single verification.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::{Groth16, prepare_verifying_key};
use ark_relations::gr1cs::SynthesisError;
use common::{Factors, Small, SmallChanged, keys, proof, rng};
use proptest::prelude::*;
use tally_prover::{
    Proof, ProveError, R1cs, VerifyError, one_party_setup, prove, seeded_test_setup, verify,
};

#[test]
fn a_true_statement_is_proven_and_accepted() {
    let (public, proof) = proof(1);
    assert_eq!(verify(&keys().verifying, &public, &proof), Ok(()));
    let decoded = Proof::from_bytes(&proof.to_bytes()).unwrap();
    assert_eq!(verify(&keys().verifying, &public, &decoded), Ok(()));
}

#[test]
fn one_party_keys_work_too_and_differ_every_time() {
    let first = one_party_setup::<Small>(&mut rng(1)).unwrap();
    let second = one_party_setup::<Small>(&mut rng(2)).unwrap();
    assert_ne!(first.verifying.sha256(), second.verifying.sha256());
    let circuit = Factors::<20>::new(3, 4);
    let public = circuit.public;
    let proof = prove(&first.proving, circuit, &mut rng(3)).unwrap();
    assert_eq!(verify(&first.verifying, &public, &proof), Ok(()));
    assert_eq!(
        verify(&second.verifying, &public, &proof),
        Err(VerifyError::Rejected)
    );
}

#[test]
fn two_proofs_of_one_statement_differ() {
    let circuit = Factors::<20>::new(3, 4);
    let mut rng = rng(5);
    let first = prove(&keys().proving, circuit.clone(), &mut rng).unwrap();
    let second = prove(&keys().proving, circuit, &mut rng).unwrap();
    assert_ne!(first, second);
}

#[test]
fn every_wrong_public_input_is_rejected() {
    let (public, proof) = proof(2);
    for i in 0..public.len() {
        let mut wrong = public;
        wrong[i] += Fr::from(1u64);
        assert_eq!(
            verify(&keys().verifying, &wrong, &proof),
            Err(VerifyError::Rejected)
        );
    }
    let swapped = [public[1], public[0], public[2]];
    assert_eq!(
        verify(&keys().verifying, &swapped, &proof),
        Err(VerifyError::Rejected)
    );
}

#[test]
fn the_wrong_number_of_public_inputs_is_an_error() {
    let (public, proof) = proof(2);
    let zero = Fr::from(0u64);
    let too_many = [public[0], public[1], public[2], zero];
    for inputs in [&[][..], &public[..1], &public[..2], &too_many] {
        let (expected, got) = (3, inputs.len());
        assert_eq!(
            verify(&keys().verifying, inputs, &proof),
            Err(VerifyError::InputCount { expected, got })
        );
    }
}

#[test]
fn a_false_statement_is_refused_before_proving() {
    for i in 0..3 {
        let mut circuit = Factors::<20>::new(3, 4);
        circuit.public[i] += Fr::from(1u64);
        let error = prove(&keys().proving, circuit, &mut rng(1)).unwrap_err();
        // Product, sum, twenty squarings, last power.
        let expected = [0, 1, 22][i];
        assert!(
            matches!(error, ProveError::Unsatisfied { constraint, .. } if constraint == expected)
        );
    }
}

#[test]
fn a_circuit_of_another_shape_is_refused() {
    let error = prove(&keys().proving, Factors::<21>::new(3, 4), &mut rng(1)).unwrap_err();
    assert!(matches!(
        error,
        ProveError::WrongCircuit {
            expected_public: 3,
            expected_private: 22,
            public: 3,
            private: 23,
            ..
        }
    ));
}

#[test]
fn a_missing_witness_is_an_error() {
    let error = prove(&keys().proving, common::blank::<20>(), &mut rng(1)).unwrap_err();
    assert!(matches!(
        error,
        ProveError::Synthesis {
            source: SynthesisError::AssignmentMissing,
            ..
        }
    ));
}

/// Proofs are malleable: this is why replay protection never looks at proof bytes.
#[test]
fn a_rerandomised_proof_is_another_valid_proof() {
    let (public, proof) = proof(3);
    let key = &keys().verifying;
    let other =
        Groth16::<Bls12_381>::rerandomize_proof(&key.to_ark(), &proof.to_ark(), &mut rng(9));
    let mut bytes = Vec::new();
    ark_serialize::CanonicalSerialize::serialize_compressed(&other, &mut bytes).unwrap();
    let other = Proof::from_bytes(&bytes).unwrap();
    assert_ne!(other, proof);
    assert_eq!(verify(key, &public, &other), Ok(()));
}

/// An independent verifier with the same key agrees, on good and on bad.
#[test]
fn the_library_verifier_agrees() {
    let (public, proof) = proof(4);
    let prepared = prepare_verifying_key(&keys().verifying.to_ark());
    let accepts = |inputs: &[Fr]| {
        Groth16::<Bls12_381>::verify_proof(&prepared, &proof.to_ark(), inputs).unwrap()
    };
    assert!(accepts(&public));
    assert!(!accepts(&[public[1], public[0], public[2]]));
}

#[test]
fn the_seeded_set_up_is_reproducible() {
    let again = seeded_test_setup::<Small>(7).unwrap();
    assert_eq!(again.verifying, keys().verifying);
    let other = seeded_test_setup::<Small>(8).unwrap();
    assert_ne!(other.verifying, keys().verifying);
}

#[test]
fn the_digest_follows_the_circuit() {
    let (small, changed) = (
        R1cs::of::<Small>().unwrap(),
        R1cs::of::<SmallChanged>().unwrap(),
    );
    assert_eq!(small.digest(), R1cs::of::<Small>().unwrap().digest());
    assert_ne!(small.digest(), changed.digest());
    assert_eq!(small.num_constraints(), 23);
    assert_eq!(small.num_public_inputs(), 3);
    assert_eq!(small.num_witness(), 22);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every true statement verifies, for its own inputs and for no others.
    #[test]
    fn proofs_hold_for_their_inputs_only(x: u64, y: u64, delta in 1u64.., which in 0usize..3) {
        let circuit = Factors::<20>::new(x, y);
        let mut public = circuit.public;
        let proof = prove(&keys().proving, circuit, &mut rng(x ^ y)).unwrap();
        prop_assert_eq!(verify(&keys().verifying, &public, &proof), Ok(()));
        public[which] += Fr::from(delta);
        prop_assert_eq!(verify(&keys().verifying, &public, &proof), Err(VerifyError::Rejected));
    }
}
