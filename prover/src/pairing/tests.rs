//! Everything here against `ark-ec` and `ark-ff`.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use ark_bls12_381::{Bls12_381, Fq, Fq2, Fq6, Fq12, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, CyclotomicMultSubgroup, Field, UniformRand, Zero};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::tower::{Fp12, Line, MonicLine};
use super::{FixedLines, final_exponentiation, invert_all, miller_loop};

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn g1(rng: &mut ChaCha20Rng) -> G1Projective {
    // Not normalised: Jacobian with another third coordinate than one.
    G1Projective::rand(rng) + G1Affine::generator()
}

fn g2(rng: &mut ChaCha20Rng) -> G2Affine {
    (G2Affine::generator() * Fr::rand(rng)).into_affine()
}

/// b0 + b1·v + b4·v·w in the library's terms.
fn sparse(b0: Fq2, b1: Fq2, b4: Fq2) -> Fq12 {
    let zero = Fq2::ZERO;
    Fq12::new(Fq6::new(b0, b1, zero), Fq6::new(zero, b4, zero))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn products_are_those_of_the_library(seed: u64) {
        let rng = &mut rng(seed);
        let (x, y) = (Fq12::rand(rng), Fq12::rand(rng));
        let (own_x, own_y) = (Fp12::from(x), Fp12::from(y));
        prop_assert_eq!(Fq12::from(own_x * own_y), x * y);
        prop_assert_eq!(Fq12::from(own_x.square()), x.square());

        let [a0, a1, a4, b0, b1, b4] = std::array::from_fn(|_| Fq2::rand(rng));
        let line = |b0: Fq2, b1: Fq2, b4: Fq2| Line { b0: b0.into(), b1: b1.into(), b4: b4.into() };
        let (first, second) = (line(a0, a1, a4), line(b0, b1, b4));
        let (dense_first, dense_second) = (sparse(a0, a1, a4), sparse(b0, b1, b4));
        prop_assert_eq!(Fq12::from(own_x.times_line(first)), x * dense_first);
        let pair = own_x.times_pair(first.times(second));
        prop_assert_eq!(Fq12::from(pair), x * dense_first * dense_second);
        let monic = MonicLine { b0: a0.into(), b1: a1.into() };
        prop_assert_eq!(
            Fq12::from(own_x.times_monic(monic, Fq::ONE)),
            x * sparse(a0, a1, Fq2::ONE)
        );
    }

    #[test]
    fn the_final_exponentiation_is_that_of_the_library(seed: u64) {
        let f = Fq12::rand(&mut rng(seed));
        let expected = Bls12_381::final_exponentiation(MillerLoopOutput(f)).unwrap().0;
        prop_assert_eq!(final_exponentiation(f), Some(expected));
    }

    /// Any number of pairs, some with the identity, some at fixed points.
    #[test]
    fn products_of_pairings_are_those_of_the_library(
        seed: u64,
        pairs in 0usize..6,
        fixed in 0usize..4,
        identities: u16,
    ) {
        let rng = &mut rng(seed);
        let first: Vec<G1Projective> = (0..pairs + fixed)
            .map(|i| if identities >> i & 3 == 3 { G1Projective::zero() } else { g1(rng) })
            .collect();
        let second: Vec<G2Affine> = (0..pairs + fixed).map(|_| g2(rng)).collect();
        let lines: Vec<FixedLines> = second[pairs..].iter().map(FixedLines::new).collect();
        let walked: Vec<_> = first.iter().copied().zip(second.iter().copied()).take(pairs).collect();
        let known: Vec<_> = first[pairs..].iter().copied().zip(&lines).collect();
        let product = final_exponentiation(miller_loop(&walked, &known)).unwrap();
        let affine = G1Projective::normalize_batch(&first);
        prop_assert_eq!(product, Bls12_381::multi_pairing(&affine, &second).0);
    }
}

#[test]
fn elements_whose_compressed_squares_cannot_be_completed() {
    let cases = [
        Fq12::ONE,
        -Fq12::ONE,
        // The subfields: the easy part makes one of them.
        Fq12::new(Fq6::rand(&mut rng(1)), Fq6::ZERO),
        Fq12::from_base_prime_field(Fq::rand(&mut rng(2))),
    ];
    for f in cases {
        let expected = Bls12_381::final_exponentiation(MillerLoopOutput(f)).unwrap();
        assert_eq!(final_exponentiation(f), Some(expected.0));
        assert_eq!(expected.0, Fq12::ONE);
    }
    assert_eq!(final_exponentiation(Fq12::ZERO), None);
}

#[test]
fn a_pairing_of_opposite_points_is_the_inverse() {
    let rng = &mut rng(3);
    let (p, q) = (g1(rng), g2(rng));
    let value = |p, q| final_exponentiation(miller_loop(&[(p, q)], &[])).unwrap();
    assert_eq!(value(-p, q), value(p, q).cyclotomic_inverse().unwrap());
    assert_eq!(value(p, -q), value(-p, q));
    let both = final_exponentiation(miller_loop(&[(p, q), (-p, q)], &[]));
    assert_eq!(both, Some(Fq12::ONE));
}

#[test]
fn inverses_of_all_but_zero() {
    let rng = &mut rng(4);
    for zeros in [&[][..], &[0], &[4], &[1, 2], &[0, 1, 2, 3, 4]] {
        let mut elements: Vec<Fq> = (0..5).map(|_| Fq::rand(rng)).collect();
        for i in zeros {
            elements[*i] = Fq::ZERO;
        }
        let expected: Vec<Fq> = elements
            .iter()
            .map(|x| x.inverse().unwrap_or(Fq::ZERO))
            .collect();
        invert_all(&mut elements);
        assert_eq!(elements, expected);
    }
    invert_all::<Fq>(&mut []);
}
