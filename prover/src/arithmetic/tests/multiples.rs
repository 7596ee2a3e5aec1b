//! Sums of multiples against the library's multiplications.

use ark_bls12_381::{Fr, g1, g2};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use proptest::prelude::*;

use super::super::bases::{FixedBases, Shape};
use super::super::engine::{Engine, Portable};
use super::super::raw::Raw;
use super::{awkward_elements, awkward_points, random_points, rng};

fn expected<P: SWCurveConfig<ScalarField = Fr>>(bases: &[Affine<P>], scalars: &[Fr]) -> Affine<P> {
    let terms = bases
        .iter()
        .zip(scalars)
        .map(|(base, scalar)| *base * *scalar);
    terms.sum::<Projective<P>>().into_affine()
}

fn agree<P, E>(bases: &[Affine<P>], scalars: &[Fr], shape: Shape)
where
    P: SWCurveConfig<ScalarField = Fr, BaseField: Raw>,
    E: Engine<P>,
{
    let fixed = FixedBases::<P, E>::new(bases, shape).expect("points of odd order");
    let got = fixed.multiply(scalars).into_affine();
    assert_eq!(got, expected(bases, scalars), "{shape:?}");
}

/// Scalars at the edges of digits, windows and the order.
fn awkward_scalars() -> Vec<Fr> {
    let mut scalars: Vec<Fr> = awkward_elements(6);
    let half = Fr::from(Fr::MODULUS_MINUS_ONE_DIV_TWO);
    scalars.extend([half, half + Fr::ONE, half - Fr::ONE, half.double()]);
    // All bits set, in each window's length.
    for bits in 1..=254_u32 {
        scalars.push(Fr::from(2u64).pow([u64::from(bits)]) - Fr::ONE);
    }
    scalars
}

fn awkward_multiples_agree<P, E>()
where
    P: SWCurveConfig<ScalarField = Fr, BaseField: Raw>,
    E: Engine<P>,
{
    let points = awkward_points::<P>(7);
    let scalars = awkward_scalars();
    for (index, bits) in (2..=16).enumerate() {
        let digits = Shape { bits, sets: 1 }.digits();
        for sets in [1, 2, 3, digits - 1, digits] {
            if bits > 10 && sets > 3 {
                continue;
            }
            let shape = Shape { bits, sets };
            let chosen: Vec<Fr> = (0..points.len())
                .map(|i| scalars[(index * 37 + i * 11) % scalars.len()])
                .collect();
            agree::<P, E>(&points, &chosen, shape);
        }
    }
    // Each awkward scalar by itself, and with its opposite on the same base.
    let point = points[0];
    let shape = Shape { bits: 7, sets: 2 };
    let fixed = FixedBases::<P, E>::new(&[point, point], shape).expect("points of odd order");
    for scalar in scalars.iter().step_by(3) {
        let alone = fixed.multiply(&[*scalar, Fr::ZERO]).into_affine();
        assert_eq!(alone, (point * *scalar).into_affine(), "{scalar}");
        assert_eq!(
            fixed.multiply(&[*scalar, -*scalar]).into_affine(),
            Affine::zero()
        );
        assert_eq!(
            fixed.multiply(&[*scalar; 2]).into_affine(),
            (point * scalar.double()).into_affine()
        );
    }
}

fn edges_agree<P, E>()
where
    P: SWCurveConfig<ScalarField = Fr, BaseField: Raw>,
    E: Engine<P>,
{
    let shape = Shape { bits: 5, sets: 3 };
    agree::<P, E>(&[], &[], shape);
    agree::<P, E>(&[Affine::zero(); 3], &[Fr::ONE; 3], shape);
    let base = random_points::<P>(1, 8)[0];
    for count in [1, 2, 63, 500] {
        for scalar in [
            Fr::ZERO,
            Fr::ONE,
            -Fr::ONE,
            Fr::from(Fr::MODULUS_MINUS_ONE_DIV_TWO),
        ] {
            agree::<P, E>(&vec![base; count], &vec![scalar; count], shape);
            let opposite: Vec<Affine<P>> = (0..count)
                .map(|i| if i % 2 == 0 { base } else { -base })
                .collect();
            agree::<P, E>(&opposite, &vec![scalar; count], shape);
        }
    }
}

fn all_of<P, E>()
where
    P: SWCurveConfig<ScalarField = Fr, BaseField: Raw>,
    E: Engine<P>,
{
    awkward_multiples_agree::<P, E>();
    edges_agree::<P, E>();
    let mut rng = rng(9);
    let points = random_points::<P>(700, 9);
    let scalars: Vec<Fr> = (0..700).map(|_| Fr::rand(&mut rng)).collect();
    agree::<P, E>(&points, &scalars, Shape { bits: 9, sets: 2 });
}

#[test]
fn portable_multiples_agree_with_the_library() {
    all_of::<g1::Config, Portable>();
    all_of::<g2::Config, Portable>();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn vector_multiples_agree_with_the_library() {
    use super::super::engine::Vector;
    if super::can_test_vector() {
        all_of::<g1::Config, Vector>();
        all_of::<g2::Config, Vector>();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_multiples_agree(
        choices in prop::collection::vec((0usize..16, 0usize..500, any::<u64>()), 0..80),
        bits in 2u32..12,
        sets in 1u32..6,
    ) {
        let (points, scalars) = (awkward_points::<g1::Config>(10), awkward_scalars());
        let bases: Vec<_> = choices.iter().map(|(point, ..)| points[*point]).collect();
        let scalars: Vec<Fr> = choices
            .iter()
            .map(|(_, index, small)| scalars.get(*index).copied().unwrap_or(Fr::from(*small)))
            .collect();
        let shape = Shape { bits, sets };
        agree::<g1::Config, Portable>(&bases, &scalars, shape);
        #[cfg(target_arch = "x86_64")]
        if super::has_vector() {
            agree::<g1::Config, super::super::engine::Vector>(&bases, &scalars, shape);
        }
    }
}
