//! Everything here against `ark-ec` and `ark-ff`.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use ark_bls12_381::{Fq, Fq2, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, UniformRand, Zero};
use proptest::prelude::*;
use rand::{CryptoRng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::root::{root, root_in_fq2};
use super::{InputTable, OddMultiples, Power, combine};

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A "generator" that yields the given words.
struct Words(Vec<u64>);

impl RngCore for Words {
    fn next_u32(&mut self) -> u32 {
        unreachable!("powers are made of words of 64 bits")
    }
    fn next_u64(&mut self) -> u64 {
        self.0.pop().unwrap()
    }
    fn fill_bytes(&mut self, _: &mut [u8]) {
        unreachable!("powers are made of words of 64 bits")
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), rand::Error> {
        unreachable!("powers are made of words of 64 bits")
    }
}

impl CryptoRng for Words {}

fn power(low: u64, high: u64) -> Power {
    Power::random(&mut Words(vec![high, low]))
}

/// Words with digits of all kinds: extremes, small ones, random ones.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(u64::MAX),
        Just(1 << 63),
        Just(0x7777_7777_7777_7777),
        Just(0x8888_8888_8888_8888),
        any::<u64>(),
    ]
}

fn multiples(power: Power, point: G1Affine) -> G1Projective {
    let table = OddMultiples::of_all(&[point]);
    combine(&[(&table[0], power)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_multiple_is_the_point_times_the_value(low in word(), high in word(), seed: u64) {
        let point = G1Projective::rand(&mut rng(seed)).into_affine();
        let power = power(low, high);
        prop_assert!(!power.value().is_zero());
        prop_assert_eq!(multiples(power, point), point * power.value());
    }

    /// With repeated and opposite points among them.
    #[test]
    fn a_sum_is_that_of_the_multiples(
        terms in proptest::collection::vec((0usize..3, any::<bool>(), word(), word()), 0..8),
        seed: u64,
    ) {
        let rng = &mut rng(seed);
        let bases: [G1Affine; 3] = std::array::from_fn(|_| G1Projective::rand(rng).into_affine());
        let points: Vec<G1Affine> = terms
            .iter()
            .map(|(i, negative, ..)| if *negative { -bases[*i] } else { bases[*i] })
            .collect();
        let powers: Vec<Power> = terms.iter().map(|(_, _, low, high)| power(*low, *high)).collect();
        let tables = OddMultiples::of_all(&points);
        let expected: G1Projective =
            points.iter().zip(&powers).map(|(point, power)| *point * power.value()).sum();
        let terms: Vec<_> = tables.iter().zip(powers).collect();
        prop_assert_eq!(combine(&terms), expected);
    }

    #[test]
    fn table_combinations_are_those_of_the_library(
        small in proptest::collection::vec(any::<u64>(), 0..4),
        large in 0usize..4,
        seed: u64,
    ) {
        let rng = &mut rng(seed);
        let mut scalars: Vec<Fr> = small.into_iter().map(Fr::from).collect();
        scalars.extend((0..large).map(|_| Fr::rand(rng)));
        scalars.extend([Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(128u64), Fr::from(129u64)]);
        let points: Vec<G1Affine> =
            scalars.iter().map(|_| G1Projective::rand(rng).into_affine()).collect();
        let expected = G1Projective::msm(&points, &scalars).unwrap();
        prop_assert_eq!(InputTable::new(&points).combine(&scalars), expected);
    }

    #[test]
    fn roots_are_roots_and_found_whenever_there_are_any(seed: u64) {
        let rng = &mut rng(seed);
        let x = Fq::rand(rng);
        prop_assert_eq!(root(x).map(|r| r.square()), x.sqrt().map(|_| x));
        prop_assert_eq!(root(x.square()).map(|r| r.square()), Some(x.square()));
        let x = Fq2::rand(rng);
        prop_assert_eq!(root_in_fq2(x).map(|r| r.square()), x.sqrt().map(|_| x));
        prop_assert_eq!(root_in_fq2(x.square()).map(|r| r.square()), Some(x.square()));
    }
}

#[test]
fn roots_of_special_elements() {
    let two = Fq::from(2u64);
    for x in [Fq::ZERO, Fq::ONE, -Fq::ONE, two, -two, Fq::from(4u64)] {
        assert_eq!(root(x).map(|r| r.square()), x.sqrt().map(|_| x));
        for x in [Fq2::new(x, Fq::ZERO), Fq2::new(Fq::ZERO, x), Fq2::new(x, x)] {
            assert_eq!(root_in_fq2(x).map(|r| r.square()), x.sqrt().map(|_| x));
        }
    }
}

#[test]
fn powers_fill_their_range() {
    let two_64 = Fr::from(1u128 << 64);
    let lambda = power(0, u64::MAX).value() - power(0, 0).value();
    // From the lowest to the highest half: 2^65 - 2.
    let span = two_64.double() - Fr::from(2u64);
    assert_eq!(power(u64::MAX, 0).value() - power(0, 0).value(), span);
    let lambda = lambda * span.inverse().unwrap();
    assert_eq!(lambda.square() + lambda + Fr::ONE, Fr::ZERO);
    assert_eq!(power(1 << 63, 1 << 63).value(), Fr::ONE + lambda);
}

/// More points than there are tables for.
#[test]
fn points_without_tables_count_too() {
    let rng = &mut rng(1);
    let base = G1Affine::generator();
    let points: Vec<G1Affine> = (1..70u64)
        .map(|i| (base * Fr::from(i)).into_affine())
        .collect();
    let scalars: Vec<Fr> = points.iter().map(|_| Fr::rand(rng)).collect();
    let expected = G1Projective::msm(&points, &scalars).unwrap();
    assert_eq!(InputTable::new(&points).combine(&scalars), expected);
}
