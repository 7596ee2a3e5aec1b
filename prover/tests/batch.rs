//! Batch verification: what it accepts, and whom it blames.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_serialize::CanonicalSerialize;
use common::{keys, proof, rng};
use proptest::prelude::*;
use std::sync::OnceLock;
use tally_prover::{BatchError, Proof, verify, verify_batch};

type Item = ([Fr; 3], Proof);

/// Seventeen good proofs.
fn good() -> Vec<Item> {
    static GOOD: OnceLock<Vec<Item>> = OnceLock::new();
    GOOD.get_or_init(|| (0..17).map(proof).collect()).clone()
}

fn check(items: &[Item]) -> Result<(), BatchError> {
    let batch: Vec<(&[Fr], &Proof)> = items.iter().map(|(x, p)| (&x[..], p)).collect();
    verify_batch(&keys().verifying, &batch, &mut rng(99))
}

fn rejected(bad: &[usize]) -> Result<(), BatchError> {
    Err(BatchError::Rejected { bad: bad.to_vec() })
}

/// Makes an item's inputs wrong.
fn spoil(item: &mut Item) {
    item.0[1] += Fr::from(1u64);
}

/// The same proof with `shift` added to C.
fn shift_c(proof: &Proof, shift: G1Affine) -> Proof {
    let mut ark = proof.to_ark();
    ark.c = (ark.c + shift).into_affine();
    let mut bytes = Vec::new();
    ark.serialize_compressed(&mut bytes).unwrap();
    Proof::from_bytes(&bytes).unwrap()
}

#[test]
fn good_batches_of_every_size_are_accepted() {
    let good = good();
    for n in [0, 1, 2, 3, 4, 7, 8, 9, 16, 17] {
        assert_eq!(check(&good[..n]), Ok(()), "{n}");
    }
}

#[test]
fn one_bad_proof_is_named_wherever_it_is() {
    for n in [1, 2, 3, 17] {
        for bad in 0..n {
            let mut items = good()[..n].to_vec();
            spoil(&mut items[bad]);
            assert_eq!(check(&items), rejected(&[bad]), "{bad} of {n}");
        }
    }
}

#[test]
fn several_bad_proofs_are_all_named() {
    let sets: [&[usize]; 6] = [
        &[0, 1],
        &[0, 16],
        &[3, 4, 12],
        &[7, 8, 9, 10],
        &[1, 3, 5, 7, 9, 11, 13, 15],
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    ];
    for bad in sets {
        let mut items = good();
        bad.iter().for_each(|i| spoil(&mut items[*i]));
        assert_eq!(check(&items), rejected(bad));
    }
}

#[test]
fn inputs_swapped_between_two_proofs_are_caught() {
    let mut items = good();
    let (fifth, ninth) = (items[5].0, items[9].0);
    (items[5].0, items[9].0) = (ninth, fifth);
    assert_eq!(check(&items), rejected(&[5, 9]));
}

#[test]
fn proofs_swapped_between_two_inputs_are_caught() {
    let mut items = good();
    let (second, tenth) = (items[2].1.clone(), items[10].1.clone());
    (items[2].1, items[10].1) = (tenth, second);
    assert_eq!(check(&items), rejected(&[2, 10]));
}

/// The product of the equations left to right sides, all to the power one.
fn holds_without_powers(items: &[Item]) -> bool {
    let key = keys().verifying.to_ark();
    let one = |(x, proof): &Item| {
        let proof = proof.to_ark();
        let inputs = x
            .iter()
            .zip(&key.gamma_abc_g1[1..])
            .fold(key.gamma_abc_g1[0].into_group(), |sum, (x, point)| {
                sum + *point * x
            });
        Bls12_381::multi_pairing(
            [proof.a, -key.alpha_g1, (-inputs).into(), -proof.c],
            [proof.b, key.beta_g2, key.gamma_g2, key.delta_g2],
        )
    };
    let sum = items.iter().map(one).reduce(|a, b| a + b).unwrap();
    ark_ff::Zero::is_zero(&sum)
}

#[test]
fn errors_that_cancel_without_random_powers_are_caught() {
    let shift = G1Projective::from(G1Affine::generator()) * Fr::from(1234u64);
    let shift = shift.into_affine();
    let mut items = good();
    items[4].1 = shift_c(&items[4].1, shift);
    items[11].1 = shift_c(&items[11].1, -shift);
    assert!(
        holds_without_powers(&items),
        "or this test would test nothing"
    );
    assert!(verify(&keys().verifying, &items[4].0, &items[4].1).is_err());
    assert_eq!(check(&items), rejected(&[4, 11]));
}

#[test]
fn errors_of_three_proofs_that_cancel_are_caught() {
    let generator = G1Projective::from(G1Affine::generator());
    let shift = |k: i64| {
        let scaled = generator * Fr::from(k.unsigned_abs());
        if k < 0 { -scaled } else { scaled }.into_affine()
    };
    let mut items = good();
    for (i, k) in [(0, 5), (1, -3), (2, -2)] {
        items[i].1 = shift_c(&items[i].1, shift(k));
    }
    assert!(holds_without_powers(&items));
    assert_eq!(check(&items), rejected(&[0, 1, 2]));
}

#[test]
fn inputs_of_the_wrong_number_name_their_proof() {
    let items = good();
    let key = &keys().verifying;
    for (index, got) in [(0, 2), (16, 0), (7, 4)] {
        let long = [Fr::from(0u64); 4];
        let batch: Vec<(&[Fr], &Proof)> = items
            .iter()
            .enumerate()
            .map(|(i, (x, p))| {
                if i == index {
                    (&long[..got], p)
                } else {
                    (&x[..], p)
                }
            })
            .collect();
        let expected = 3;
        assert_eq!(
            verify_batch(key, &batch, &mut rng(1)),
            Err(BatchError::InputCount {
                index,
                expected,
                got
            })
        );
    }
}

#[test]
fn a_proof_may_appear_twice() {
    let mut items = good();
    items[3] = items[2].clone();
    assert_eq!(check(&items), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The batch blames exactly those that single verification refuses, whatever the powers.
    #[test]
    fn batch_and_single_verification_agree(
        n in 0usize..=17,
        spoilt in proptest::collection::btree_set(0usize..17, 0..5),
        swap in (0usize..17, 0usize..17),
        seed: u64,
    ) {
        let mut items = good();
        spoilt.iter().for_each(|i| spoil(&mut items[*i]));
        let (a, b) = (items[swap.0].0, items[swap.1].0);
        (items[swap.0].0, items[swap.1].0) = (b, a);
        items.truncate(n);
        let key = &keys().verifying;
        let bad: Vec<usize> =
            (0..n).filter(|i| verify(key, &items[*i].0, &items[*i].1).is_err()).collect();
        let batch: Vec<(&[Fr], &Proof)> = items.iter().map(|(x, p)| (&x[..], p)).collect();
        let outcome = verify_batch(key, &batch, &mut rng(seed));
        prop_assert_eq!(outcome, if bad.is_empty() { Ok(()) } else { rejected(&bad) });
    }
}
