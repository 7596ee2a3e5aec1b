//! Batches of encoded proofs: the malformed and the wrong are named, as by decoding and verifying one by
//! one with `ark-groth16`.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use std::sync::OnceLock;

use ark_bls12_381::{Bls12_381, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField, UniformRand};
use ark_groth16::{Groth16, prepare_verifying_key};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use common::{keys, proof, rng};
use proptest::prelude::*;
use tally_prover::proof::Element;
use tally_prover::{Proof, ProofDecodeError, WireBatchError, verify_batch_from_wire};

type Item = ([Fr; 3], [u8; Proof::BYTES]);

/// Nine good ones.
fn good() -> Vec<Item> {
    static GOOD: OnceLock<Vec<Item>> = OnceLock::new();
    let encoded = |i| {
        let (inputs, proof) = proof(i);
        (inputs, proof.to_bytes())
    };
    GOOD.get_or_init(|| (0..9).map(encoded).collect()).clone()
}

fn check(items: &[Item]) -> Result<(), WireBatchError> {
    let batch: Vec<(&[Fr], &[u8; Proof::BYTES])> = items.iter().map(|(x, p)| (&x[..], p)).collect();
    verify_batch_from_wire(&keys().verifying, &batch, &mut rng(3))
}

/// All positions that are refused, for whatever reason.
fn refused(outcome: Result<(), WireBatchError>) -> Vec<usize> {
    match outcome {
        Ok(()) => Vec::new(),
        Err(WireBatchError::Refused {
            undecodable,
            rejected,
        }) => {
            let mut all: Vec<usize> = undecodable.into_iter().map(|(i, _)| i).collect();
            all.extend(rejected);
            all.sort_unstable();
            all
        }
        Err(error @ WireBatchError::InputCount { .. }) => panic!("{error}"),
    }
}

/// `ark-serialize` and `ark-groth16`, one by one.
fn refused_by_ark(items: &[Item]) -> Vec<usize> {
    let key = prepare_verifying_key(&keys().verifying.to_ark());
    let accepts = |(inputs, bytes): &Item| {
        ark_groth16::Proof::<Bls12_381>::deserialize_compressed(&bytes[..])
            .is_ok_and(|proof| Groth16::<Bls12_381>::verify_proof(&key, &proof, inputs).unwrap())
    };
    (0..items.len()).filter(|i| !accepts(&items[*i])).collect()
}

fn put(bytes: &mut [u8; Proof::BYTES], element: Element, with: &impl CanonicalSerialize) {
    let start = match element {
        Element::A => 0,
        Element::B => 48,
        Element::C => 144,
    };
    with.serialize_compressed(&mut bytes[start..]).unwrap();
}

fn g1_outside(seed: u64) -> G1Affine {
    let mut rng = rng(seed);
    std::iter::repeat_with(|| Fq::rand(&mut rng))
        .find_map(|x| G1Affine::get_point_from_x_unchecked(x, true))
        .unwrap()
}

fn g2_outside(seed: u64) -> G2Affine {
    let mut rng = rng(seed);
    std::iter::repeat_with(|| Fq2::rand(&mut rng))
        .find_map(|x| G2Affine::get_point_from_x_unchecked(x, false))
        .unwrap()
}

#[test]
fn good_batches_are_accepted() {
    let good = good();
    for n in 0..=good.len() {
        assert_eq!(check(&good[..n]), Ok(()), "{n}");
    }
}

/// One of every kind of malformed proof, between good and wrong ones.
#[test]
fn malformed_and_wrong_proofs_are_told_apart_and_named() {
    let not_in_group = |element| ProofDecodeError::NotInGroup { element };
    let identity = |element| ProofDecodeError::Identity { element };
    let base = good()[0];
    let with = |change: &dyn Fn(&mut [u8; Proof::BYTES])| {
        let mut item = base;
        change(&mut item.1);
        item
    };
    let order_three = G1Affine::new_unchecked(Fq::from(0u64), Fq::from(2u64));
    let low_g2 = g2_outside(1).mul_bigint(Fr::MODULUS).into_affine();
    let malformed: Vec<(Item, ProofDecodeError)> = vec![
        (
            with(&|b| put(b, Element::A, &G1Affine::zero())),
            identity(Element::A),
        ),
        (
            with(&|b| put(b, Element::B, &G2Affine::zero())),
            identity(Element::B),
        ),
        (
            with(&|b| put(b, Element::C, &G1Affine::zero())),
            identity(Element::C),
        ),
        (
            with(&|b| put(b, Element::A, &g1_outside(1))),
            not_in_group(Element::A),
        ),
        (
            with(&|b| put(b, Element::B, &g2_outside(1))),
            not_in_group(Element::B),
        ),
        (
            with(&|b| put(b, Element::C, &g1_outside(2))),
            not_in_group(Element::C),
        ),
        (
            with(&|b| put(b, Element::A, &order_three)),
            not_in_group(Element::A),
        ),
        (
            with(&|b| put(b, Element::B, &low_g2)),
            not_in_group(Element::B),
        ),
        (with(&|b| b[0] ^= 0x80), not_in_group(Element::A)),
        (with(&|b| b[48] ^= 0x40), not_in_group(Element::B)),
        (with(&|b| b[144..].fill(0xff)), not_in_group(Element::C)),
        (with(&|b| b.fill(0)), not_in_group(Element::A)),
        (with(&|b| b.fill(0xff)), not_in_group(Element::A)),
    ];
    let mut items = good();
    let mut undecodable = Vec::new();
    let mut rejected = Vec::new();
    for (item, error) in malformed {
        undecodable.push((items.len(), error));
        items.push(item);
        // A wrong one after each, and a good one.
        rejected.push(items.len());
        items.push((good()[1].0, base.1));
        items.push(good()[2]);
    }
    let outcome = check(&items);
    assert_eq!(refused(outcome.clone()), refused_by_ark(&items));
    assert_eq!(
        outcome,
        Err(WireBatchError::Refused {
            undecodable,
            rejected
        })
    );
}

/// x + p in place of x: a second encoding of the same point, were it accepted.
#[test]
fn coordinates_above_the_modulus_are_malformed() {
    let items = good();
    let mut tried = 0;
    for (position, (_, bytes)) in items.iter().enumerate() {
        for (start, element) in [(0, Element::A), (48, Element::B), (144, Element::C)] {
            let mut other = *bytes;
            let x = &mut other[start..start + 48];
            let flags = x[0] & 0xe0;
            x[0] &= 0x1f;
            let carry = add_modulus(x);
            if carry || x[0] & 0xe0 != 0 {
                continue;
            }
            x[0] |= flags;
            tried += 1;
            let mut items = items.clone();
            items[position].1 = other;
            let undecodable = vec![(position, ProofDecodeError::NotInGroup { element })];
            let rejected = Vec::new();
            let expected = Err(WireBatchError::Refused {
                undecodable,
                rejected,
            });
            assert_eq!(check(&items), expected);
            assert_eq!(refused_by_ark(&items), [position]);
        }
    }
    assert!(tried > 0, "or this test would test nothing");
}

/// Big-endian addition; whether something is carried out.
fn add_modulus(bytes: &mut [u8]) -> bool {
    let mut carry = 0;
    for (byte, other) in bytes.iter_mut().zip(Fq::MODULUS.to_bytes_be()).rev() {
        let sum = u16::from(*byte) + u16::from(other) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    carry > 0
}

#[test]
fn errors_that_cancel_are_named() {
    let mut items = good();
    let shift = (G1Affine::generator() * Fr::from(99u64)).into_affine();
    for (position, shift) in [(2, shift), (7, -shift)] {
        let proof = Proof::from_bytes(&items[position].1).unwrap().to_ark();
        let shifted = (proof.c + shift).into_affine();
        put(&mut items[position].1, Element::C, &shifted);
    }
    let undecodable = Vec::new();
    let rejected = vec![2, 7];
    assert_eq!(
        check(&items),
        Err(WireBatchError::Refused {
            undecodable,
            rejected
        })
    );
    assert_eq!(refused_by_ark(&items), [2, 7]);
}

#[test]
fn nothing_is_decoded_when_a_number_of_inputs_is_wrong() {
    let items = good();
    let malformed = [0; Proof::BYTES];
    let batch: Vec<(&[Fr], &[u8; Proof::BYTES])> =
        vec![(&items[0].0, &malformed), (&items[1].0[..2], &items[1].1)];
    let expected = WireBatchError::InputCount {
        index: 1,
        expected: 3,
        got: 2,
    };
    assert_eq!(
        verify_batch_from_wire(&keys().verifying, &batch, &mut rng(1)),
        Err(expected)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Any bytes changed anywhere: refused exactly where the library's verifier refuses.
    #[test]
    fn changed_bytes_are_judged_as_by_the_library(
        changes in proptest::collection::vec((0usize..9, 0usize..192, 1u8..), 0..4),
    ) {
        let mut items = good();
        for (position, byte, change) in changes {
            items[position].1[byte] ^= change;
        }
        prop_assert_eq!(refused(check(&items)), refused_by_ark(&items));
    }
}
