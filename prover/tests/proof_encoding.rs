//! What is and what is not a proof's encoding.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use ark_bls12_381::{Bls12_381, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField, UniformRand, Zero};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use common::{keys, proof, rng};
use proptest::prelude::*;
use tally_prover::proof::Element;
use tally_prover::{Proof, ProofDecodeError, verify};

/// The elements' ranges in the encoding.
const RANGES: [(Element, std::ops::Range<usize>); 3] = [
    (Element::A, 0..48),
    (Element::B, 48..144),
    (Element::C, 144..192),
];

fn compressed(point: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes
}

/// A valid proof with `bytes` in place of one element.
fn with(element: Element, bytes: &[u8]) -> Result<Proof, ProofDecodeError> {
    let mut encoded = proof(1).1.to_bytes();
    let (_, range) = RANGES.into_iter().find(|(e, _)| *e == element).unwrap();
    encoded[range].copy_from_slice(bytes);
    Proof::from_bytes(&encoded)
}

/// r·P = 0 by doubling and adding: slower than the library's check and independent of it.
fn in_subgroup<G: AffineRepr<ScalarField = Fr>>(point: &G) -> bool {
    point.mul_bigint(Fr::MODULUS).is_zero()
}

fn random_g1_on_curve(seed: u64) -> G1Affine {
    let mut rng = rng(seed);
    loop {
        if let Some(p) = G1Affine::get_point_from_x_unchecked(Fq::rand(&mut rng), true) {
            return p;
        }
    }
}

fn random_g2_on_curve(seed: u64) -> G2Affine {
    let mut rng = rng(seed);
    loop {
        if let Some(p) = G2Affine::get_point_from_x_unchecked(Fq2::rand(&mut rng), true) {
            return p;
        }
    }
}

fn refused(element: Element) -> Result<Proof, ProofDecodeError> {
    Err(ProofDecodeError::NotInGroup { element })
}

#[test]
fn encoding_round_trips() {
    let (_, proof) = proof(1);
    let bytes: [u8; Proof::BYTES] = (&proof).into();
    assert_eq!(Proof::try_from(bytes), Ok(proof.clone()));
    assert_eq!(Proof::try_from(&bytes[..]), Ok(proof));
}

#[test]
fn other_lengths_are_refused() {
    let mut bytes = proof(1).1.to_bytes().to_vec();
    bytes.push(0);
    assert_eq!(
        Proof::from_bytes(&bytes),
        Err(ProofDecodeError::Length { got: 193 })
    );
    for got in 0..192 {
        assert_eq!(
            Proof::from_bytes(&bytes[..got]),
            Err(ProofDecodeError::Length { got })
        );
    }
}

#[test]
fn no_single_bit_can_be_flipped() {
    let (public, proof) = proof(1);
    let bytes = proof.to_bytes();
    for position in 0..bytes.len() {
        // One bit of every byte in turn, all bits of the bytes with flags.
        let flags = RANGES.iter().any(|(_, range)| range.start == position);
        let bits = if flags {
            0..8
        } else {
            position % 8..position % 8 + 1
        };
        for bit in bits {
            let mut flipped = bytes;
            flipped[position] ^= 1 << bit;
            if let Ok(other) = Proof::from_bytes(&flipped) {
                // Still a proof's encoding (the sign of y, say): then it must not verify.
                assert_eq!(other.to_bytes(), flipped);
                assert!(verify(&keys().verifying, &public, &other).is_err());
            }
        }
    }
}

#[test]
fn each_element_negated_decodes_and_is_rejected() {
    let (public, proof) = proof(1);
    for (_, range) in RANGES {
        let mut bytes = proof.to_bytes();
        bytes[range.start] ^= 0x20;
        let negated = Proof::from_bytes(&bytes).unwrap();
        assert!(verify(&keys().verifying, &public, &negated).is_err());
    }
}

#[test]
fn flags_must_be_right() {
    for (element, range) in RANGES {
        let good = proof(1).1.to_bytes()[range].to_vec();
        // Not compressed; at infinity with a coordinate; infinity with a sign.
        for flip in [0x80, 0x40, 0xc0] {
            let mut bytes = good.clone();
            bytes[0] ^= flip;
            assert_eq!(with(element, &bytes), refused(element), "{flip:x}");
        }
        let mut signed_infinity = vec![0; good.len()];
        signed_infinity[0] = 0xe0;
        assert_eq!(with(element, &signed_infinity), refused(element));
    }
}

#[test]
fn identity_elements_are_refused() {
    let identity = |element| Err(ProofDecodeError::Identity { element });
    let (g1, g2) = (compressed(&G1Affine::zero()), compressed(&G2Affine::zero()));
    assert_eq!(with(Element::A, &g1), identity(Element::A));
    assert_eq!(with(Element::B, &g2), identity(Element::B));
    assert_eq!(with(Element::C, &g1), identity(Element::C));
}

#[test]
fn coordinates_off_the_curve_are_refused() {
    let mut found = 0;
    let mut x = Fq::from(1u64);
    while found < 8 {
        x += Fq::from(1u64);
        if G1Affine::get_point_from_x_unchecked(x, true).is_none() {
            let mut bytes = x.into_bigint().to_bytes_be();
            bytes[0] |= 0x80;
            assert_eq!(with(Element::A, &bytes), refused(Element::A));
            assert_eq!(with(Element::C, &bytes), refused(Element::C));
            found += 1;
        }
    }
    let x = (1u64..)
        .map(|i| Fq2::new(Fq::from(i), Fq::zero()))
        .find(|x| G2Affine::get_point_from_x_unchecked(*x, true).is_none())
        .unwrap();
    let mut bytes = [x.c1, x.c0].map(|c| c.into_bigint().to_bytes_be()).concat();
    bytes[0] |= 0x80;
    assert_eq!(with(Element::B, &bytes), refused(Element::B));
}

#[test]
fn coordinates_not_below_the_modulus_are_refused() {
    // x + modulus stands for the same x: a second encoding, were it accepted. It fits under the three
    // flag bits if x is small enough, which is so for about one point in four.
    let x = (1u64..)
        .map(|k| (G1Affine::generator() * Fr::from(k)).into_affine().x)
        .find(|x| x.into_bigint().to_bytes_be()[0] < 5)
        .unwrap();
    let mut above = x.into_bigint();
    assert!(!above.add_with_carry(&Fq::MODULUS));
    let mut bytes = above.to_bytes_be();
    assert_eq!(bytes[0] & 0xe0, 0, "room for the flags");
    bytes[0] |= 0x80;
    assert_eq!(with(Element::A, &bytes), refused(Element::A));
    let mut canonical = x.into_bigint().to_bytes_be();
    canonical[0] |= 0x80;
    assert!(with(Element::A, &canonical).is_ok());
}

#[test]
fn points_outside_the_subgroup_are_refused_in_g1() {
    for seed in 0..16 {
        let point = random_g1_on_curve(seed);
        assert!(point.is_on_curve() && !in_subgroup(&point));
        assert_eq!(with(Element::A, &compressed(&point)), refused(Element::A));
        assert_eq!(with(Element::C, &compressed(&point)), refused(Element::C));
    }
}

#[test]
fn points_of_order_three_and_their_sums_with_good_ones_are_refused() {
    // (0, 2) and (0, -2) have order 3: the curve is y^2 = x^3 + 4.
    let low = G1Affine::new_unchecked(Fq::zero(), Fq::from(2u64));
    assert!((low + low + low).is_zero());
    let good = proof(1).1.to_ark().a;
    for point in [low, -low, (good + low).into(), (good - low).into()] {
        assert!(point.is_on_curve() && !in_subgroup(&point));
        assert_eq!(with(Element::A, &compressed(&point)), refused(Element::A));
        assert_eq!(with(Element::C, &compressed(&point)), refused(Element::C));
    }
}

#[test]
fn points_outside_the_subgroup_are_refused_in_g2() {
    let good = proof(1).1.to_ark().b;
    for seed in 0..8 {
        let point = random_g2_on_curve(seed);
        // r·P has an order that divides the cofactor only.
        let low = point.mul_bigint(Fr::MODULUS).into_affine();
        for point in [point, low, (good + low).into()] {
            assert!(point.is_on_curve() && !in_subgroup(&point));
            assert_eq!(with(Element::B, &compressed(&point)), refused(Element::B));
        }
    }
}

#[test]
fn debug_shows_the_bytes() {
    let (_, proof) = proof(1);
    assert_eq!(
        format!("{proof:?}"),
        format!("Proof({})", hex::encode(proof.to_bytes()))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Arbitrary bytes decode to nothing, or to something that encodes to them again.
    #[test]
    fn arbitrary_bytes_never_have_two_meanings(mut bytes: [u8; 192], compressed: bool) {
        if compressed {
            for start in [0, 48, 144] {
                bytes[start] = 0x80 | ((bytes[start] & 0x3f) % 0x1a);
            }
        }
        if let Ok(proof) = Proof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes);
        }
    }

    /// Points of the curves, in the groups or not, decode exactly as with the library.
    #[test]
    fn points_decode_as_with_the_library(
        seed: u64,
        in_group: [bool; 3],
        larger: [bool; 3],
    ) {
        let g1 = |i: usize, seed| {
            let point = if in_group[i] {
                (G1Affine::generator() * Fr::rand(&mut rng(seed))).into_affine()
            } else {
                random_g1_on_curve(seed)
            };
            if larger[i] { point } else { -point }
        };
        let b = if in_group[1] {
            (G2Affine::generator() * Fr::rand(&mut rng(seed))).into_affine()
        } else {
            random_g2_on_curve(seed)
        };
        let b = if larger[1] { b } else { -b };
        let (a, c) = (g1(0, seed), g1(2, seed ^ 1));
        let bytes = [compressed(&a), compressed(&b), compressed(&c)].concat();
        let library = ark_groth16::Proof::<Bls12_381>::deserialize_compressed(&bytes[..]);
        match Proof::from_bytes(&bytes) {
            Ok(proof) => prop_assert_eq!(Some(proof.to_ark()), library.ok()),
            Err(_) => prop_assert!(library.is_err()),
        }
    }

    /// Every element of the groups is accepted in every place.
    #[test]
    fn group_elements_decode(a in 1u64.., b in 1u64.., c in 1u64..) {
        let g1 = |k: u64| (G1Affine::generator() * Fr::from(k)).into_affine();
        let bytes = [
            compressed(&g1(a)),
            compressed(&(G2Affine::generator() * Fr::from(b)).into_affine()),
            compressed(&g1(c)),
        ]
        .concat();
        prop_assert_eq!(Proof::from_bytes(&bytes).unwrap().to_bytes().to_vec(), bytes);
    }
}
