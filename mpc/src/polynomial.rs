//! Polynomials over the exponents: evaluation, evaluation of committed ones, interpolation at zero.
//!
//! A participant's share is the value at its index plus one: the value at zero is the secret itself.

use ark_ed_on_bls12_381::EdwardsProjective;
use ark_ff::{AdditiveGroup, batch_inversion};
use tally_circuits::jubjub::{Point, Scalar};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::arithmetic::{multiple_of_generator, normalise, small_multiple};

/// The place at which the participant with this index, counted from 0, has its share.
pub(crate) const fn place(index: u32) -> u32 {
    index + 1
}

/// A secret polynomial, constant term first; wiped when it is dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Polynomial(Vec<Scalar>);

impl Polynomial {
    /// A polynomial with `length` coefficients, made by `coefficient` from their exponents.
    pub(crate) fn new(length: usize, coefficient: impl FnMut(usize) -> Scalar) -> Self {
        Self((0..length).map(coefficient).collect())
    }

    /// The constant term.
    pub(crate) fn constant(&self) -> Scalar {
        self.0.first().copied().unwrap_or(Scalar::ZERO)
    }

    /// The value at `x`, by Horner's rule.
    pub(crate) fn at(&self, x: u32) -> Zeroizing<Scalar> {
        let x = Scalar::from(x);
        let value = self
            .0
            .iter()
            .rev()
            .fold(Scalar::ZERO, |sum, &term| sum * x + term);
        Zeroizing::new(value)
    }

    /// The Feldman commitments: every coefficient times the generator.
    pub(crate) fn commitments(&self) -> Vec<Point> {
        let multiples: Vec<_> = self.0.iter().map(multiple_of_generator).collect();
        normalise(&multiples)
    }
}

/// The value at `x` of a polynomial that is known by its commitments, times the generator.
///
/// Horner's rule with a small factor: about log2(x) doublings and half as many additions per coefficient, where a product
/// with powers of `x` modulo the order would take 252 doublings.
pub(crate) fn committed_value(commitments: &[Point], x: u32) -> EdwardsProjective {
    commitments
        .iter()
        .rev()
        .fold(EdwardsProjective::ZERO, |sum, commitment| {
            small_multiple(x, &sum) + commitment.affine()
        })
}

/// The factors with which the values at `places` add up to the value at zero; the places are distinct and not zero.
///
/// Lagrange: the factor at i is the product of j / (j - i) over all other places j.
pub(crate) fn lagrange_at_zero(places: &[u32]) -> Vec<Scalar> {
    let places: Vec<Scalar> = places.iter().map(|&place| Scalar::from(place)).collect();
    let product: Scalar = places.iter().product();
    // The denominator i * prod(j - i): dividing the product of all places by it leaves out i itself.
    let mut factors: Vec<Scalar> = places
        .iter()
        .map(|&own| {
            let others = places.iter().filter(|&&other| other != own);
            others.fold(own, |denominator, &other| denominator * (other - own))
        })
        .collect();
    batch_inversion(&mut factors);
    for factor in &mut factors {
        *factor *= product;
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::scalar;
    use ark_ec::CurveGroup;
    use ark_ff::Field;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn commitments_are_evaluated_like_the_polynomial(seed in any::<u64>(), length in 1_usize..9, x in 0_u32..1_025) {
            let polynomial = Polynomial::new(length, |exponent| scalar(seed ^ exponent as u64));
            let powers: Scalar = (0..length)
                .map(|exponent| scalar(seed ^ exponent as u64) * Scalar::from(x).pow([exponent as u64]))
                .sum();
            prop_assert_eq!(*polynomial.at(x), powers);
            let value = committed_value(&polynomial.commitments(), x).into_affine();
            prop_assert_eq!(value, Point::of_scalar(&powers).affine());
        }

        #[test]
        fn as_many_values_as_coefficients_give_the_constant(seed in any::<u64>(), length in 1_usize..9, skip in 0_u32..50) {
            let polynomial = Polynomial::new(length, |exponent| scalar(seed ^ exponent as u64));
            let places: Vec<u32> = (0..).map(|step| 1 + skip + 7 * step).take(length).collect();
            let sum: Scalar = lagrange_at_zero(&places)
                .into_iter()
                .zip(&places)
                .map(|(factor, &place)| factor * *polynomial.at(place))
                .sum();
            prop_assert_eq!(sum, polynomial.constant());
        }
    }
}
