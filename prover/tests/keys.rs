//! Encoding of verifying keys, and what keys print.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use ark_bls12_381::{Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::Zero;
use ark_serialize::CanonicalSerialize;
use common::{Small, SmallChanged, keys, rng};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tally_prover::{
    InsecureOneParty, KeyDecodeError, Kind, R1cs, SeededTest, VerifyingKey, one_party_setup,
};

type TestKey = VerifyingKey<SeededTest>;

/// Where the fields of an encoded key of the statement "small" begin.
const KIND: usize = 8;
const NAME: usize = 9;
const DIGEST: usize = 15;
const INPUTS: usize = 47;
const ALPHA: usize = 49;
const BETA: usize = 97;
const GAMMA: usize = 193;
const DELTA: usize = 289;
const POINTS: usize = 385;

fn bytes() -> Vec<u8> {
    keys().verifying.to_bytes()
}

fn compressed(point: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes
}

/// The verifying key of the seeded set-up for the small statement. It changes only with the circuit in
/// `common`, the derivation of the seed, the generator's algorithm, or the encoding.
#[test]
fn the_seeded_key_is_pinned() {
    assert_eq!(hex::encode(keys().verifying.sha256()), PINNED);
}

const PINNED: &str = "c4a9141c2706b0ccb19f441218d5ae4a93cf7060468f031bda59ebb4441f8826";

#[test]
fn encoding_round_trips() {
    let key = &keys().verifying;
    assert_eq!(bytes().len(), POINTS + 4 * 48);
    assert!(bytes().len() <= TestKey::MAX_BYTES);
    let decoded = TestKey::from_bytes(&bytes()).unwrap();
    assert_eq!(decoded, *key);
    assert_eq!(decoded.to_bytes(), bytes());
    assert_eq!(decoded.sha256(), key.sha256());
    assert_eq!(decoded.sha256()[..], Sha256::digest(bytes())[..]);
    assert_eq!(decoded.statement(), "small");
    assert_eq!(decoded.num_public_inputs(), 3);
}

#[test]
fn a_key_of_one_kind_is_not_one_of_another() {
    let expected = Kind::InsecureOneParty;
    assert_eq!(
        VerifyingKey::<InsecureOneParty>::from_bytes(&bytes()),
        Err(KeyDecodeError::Kind {
            expected,
            found: Some(Kind::SeededTest),
            tag: 3
        })
    );
    let one_party = one_party_setup::<Small>(&mut rng(1)).unwrap().verifying;
    let expected = Kind::SeededTest;
    assert_eq!(
        TestKey::from_bytes(&one_party.to_bytes()),
        Err(KeyDecodeError::Kind {
            expected,
            found: Some(Kind::InsecureOneParty),
            tag: 1
        })
    );
    for (tag, found) in [(0, None), (2, Some(Kind::Ceremony)), (4, None), (255, None)] {
        let mut bytes = bytes();
        bytes[KIND] = tag;
        assert_eq!(
            TestKey::from_bytes(&bytes),
            Err(KeyDecodeError::Kind {
                expected,
                found,
                tag
            })
        );
    }
}

#[test]
fn whatever_prints_a_key_says_that_it_is_insecure() {
    let seeded = keys();
    let one_party = one_party_setup::<Small>(&mut rng(1)).unwrap();
    let printed = [
        seeded.verifying.to_string(),
        seeded.proving.to_string(),
        format!("{:?}", seeded.verifying),
        format!("{:?}", seeded.proving),
        format!("{seeded:?}"),
        one_party.verifying.to_string(),
        one_party.proving.to_string(),
        format!("{one_party:?}"),
    ];
    for text in printed {
        assert!(text.contains("INSECURE"), "{text}");
    }
}

#[test]
fn every_length_but_the_right_one_is_refused() {
    let good = bytes();
    for n in 0..good.len() {
        assert!(TestKey::from_bytes(&good[..n]).is_err());
    }
    let mut long = good;
    long.push(0);
    assert_eq!(
        TestKey::from_bytes(&long),
        Err(KeyDecodeError::Length {
            expected: POINTS + 192,
            got: POINTS + 193
        })
    );
}

#[test]
fn header_fields_are_checked() {
    let change = |position: usize, byte: u8| {
        let mut bytes = bytes();
        bytes[position] = byte;
        TestKey::from_bytes(&bytes)
    };
    let what = "verifying key";
    assert_eq!(change(7, 2), Err(KeyDecodeError::Magic { what }));
    assert_eq!(change(0, b't'), Err(KeyDecodeError::Magic { what }));
    assert_eq!(change(NAME, 0), Err(KeyDecodeError::StatementName));
    assert_eq!(change(NAME + 1, b'S'), Err(KeyDecodeError::StatementName));
    assert_eq!(change(NAME + 1, b'/'), Err(KeyDecodeError::StatementName));
    assert_eq!(change(NAME + 1, 0xff), Err(KeyDecodeError::StatementName));
    assert!(change(NAME, 200).is_err());
    // More inputs than any statement has: refused before anything is allocated for them.
    assert_eq!(
        change(INPUTS + 1, 0xff),
        Err(KeyDecodeError::PublicInputs {
            expected: 1024,
            found: 0xff03
        })
    );
    assert!(matches!(
        change(INPUTS, 2),
        Err(KeyDecodeError::Length { .. })
    ));
    assert!(matches!(
        change(INPUTS, 4),
        Err(KeyDecodeError::Length { .. })
    ));
}

#[test]
fn statement_and_circuit_are_checked() {
    let small = R1cs::of::<Small>().unwrap();
    assert_eq!(keys().verifying.check_circuit(&small), Ok(()));
    let changed = R1cs::of::<SmallChanged>().unwrap();
    assert_eq!(
        keys().verifying.check_circuit(&changed),
        Err(KeyDecodeError::Circuit {
            expected: changed.digest(),
            found: small.digest()
        })
    );
    let mut bytes = bytes();
    bytes[NAME + 1] = b't';
    let other = TestKey::from_bytes(&bytes).unwrap();
    assert!(matches!(
        other.check_circuit(&small),
        Err(KeyDecodeError::Statement { .. })
    ));
    bytes[DIGEST] ^= 1;
    assert_ne!(TestKey::from_bytes(&bytes).unwrap(), other);
}

#[test]
fn every_point_is_checked() {
    let off_curve = {
        let x = (1u64..)
            .map(Fq::from)
            .find(|x| G1Affine::get_point_from_x_unchecked(*x, true).is_none())
            .unwrap();
        compressed(&G1Affine::new_unchecked(x, Fq::from(1u64)))
    };
    let order_three = compressed(&G1Affine::new_unchecked(Fq::zero(), Fq::from(2u64)));
    let identity = compressed(&G1Affine::zero());
    let g1 = [
        ("alpha", 0, ALPHA),
        ("input", 0, POINTS),
        ("input", 3, POINTS + 144),
    ];
    for (field, index, position) in g1 {
        for bad in [&off_curve, &order_three, &identity] {
            let mut bytes = bytes();
            bytes[position..position + 48].copy_from_slice(bad);
            assert_eq!(
                TestKey::from_bytes(&bytes),
                Err(KeyDecodeError::Point { field, index })
            );
        }
    }
    // With gamma or delta at infinity anybody could make proofs.
    for (field, position) in [("beta", BETA), ("gamma", GAMMA), ("delta", DELTA)] {
        let mut bytes = bytes();
        bytes[position..position + 96].copy_from_slice(&compressed(&G2Affine::zero()));
        let index = 0;
        assert_eq!(
            TestKey::from_bytes(&bytes),
            Err(KeyDecodeError::Point { field, index })
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A changed byte gives an error or another key, never the same key and never a panic.
    #[test]
    fn changed_bytes_never_mean_the_same(position in 0usize..577, change in 1u8..) {
        let mut bytes = bytes();
        bytes[position] ^= change;
        if let Ok(key) = TestKey::from_bytes(&bytes) {
            prop_assert_eq!(key.to_bytes(), bytes);
            prop_assert_ne!(&key, &keys().verifying);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        prop_assert!(TestKey::from_bytes(&bytes).is_err());
    }
}
