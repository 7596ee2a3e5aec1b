//! Multiplications of points.

use ark_ec::{CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use tally_circuits::jubjub::{Point, Scalar};
use zeroize::Zeroizing;

/// Window of the signed digits, bits: digits are odd and below 2^(WINDOW - 1) in magnitude.
const WINDOW: usize = 5;

/// Odd multiples of a base that its digits select: 1, 3, ..., 15.
const MULTIPLES: usize = 1 << (WINDOW - 2);

/// From this many terms on, [`linear_combination`] sorts into buckets rather than interleaving digits.
const BUCKETS_FROM: usize = 32;

/// `scalar * point`.
pub(crate) fn multiple(scalar: &Scalar, point: Point) -> Point {
    Point::of_subgroup_arithmetic(interleaved(&[(*scalar, point)]))
}

/// The sum of `scalar * point` over all terms.
pub(crate) fn linear_combination(terms: &[(Scalar, Point)]) -> Point {
    let sum = if terms.len() < BUCKETS_FROM {
        interleaved(terms)
    } else {
        let (scalars, points): (Vec<Scalar>, Vec<EdwardsAffine>) = terms
            .iter()
            .map(|&(scalar, point)| (scalar, point.affine()))
            .unzip();
        // Cuts to the shorter list, and both have the terms' length.
        EdwardsProjective::msm_unchecked(&points, &scalars)
    };
    Point::of_subgroup_arithmetic(sum)
}

/// Many multiples, with one inversion for all of them.
pub(crate) fn normalise(points: &[EdwardsProjective]) -> Vec<Point> {
    EdwardsProjective::normalize_batch(points)
        .into_iter()
        .map(|point| Point::of_subgroup_arithmetic(point.into()))
        .collect()
}

/// `scalar * G` without normalisation.
pub(crate) fn multiple_of_generator(scalar: &Scalar) -> EdwardsProjective {
    EdwardsProjective::generator() * scalar
}

/// `factor * point` for a small factor: as many doublings as it has bits, less one.
pub(crate) fn small_multiple(factor: u32, point: &EdwardsProjective) -> EdwardsProjective {
    let Some(top) = factor.checked_ilog2() else {
        return EdwardsProjective::ZERO;
    };
    (0..top).rev().fold(*point, |mut sum, bit| {
        sum.double_in_place();
        if factor >> bit & 1 == 1 {
            sum += point;
        }
        sum
    })
}

/// Straus: one chain of doublings for all terms, signed digits of each.
pub(crate) fn interleaved(terms: &[(Scalar, Point)]) -> EdwardsProjective {
    let tables: Vec<_> = terms
        .iter()
        .map(|&(scalar, point)| (signed_digits(&scalar), odd_multiples(point)))
        .collect();
    let length = tables.iter().map(|(digits, _)| digits.len()).max();
    let mut sum = EdwardsProjective::ZERO;
    for place in (0..length.unwrap_or(0)).rev() {
        sum.double_in_place();
        for (digits, multiples) in &tables {
            let digit = digits.get(place).copied().unwrap_or(0);
            let multiple = &multiples[usize::from(digit.unsigned_abs() / 2)];
            match digit.signum() {
                1 => sum += multiple,
                -1 => sum -= multiple,
                _ => {}
            }
        }
    }
    sum
}

/// The digits of a scalar, lowest first: zero, or odd and below 2^(WINDOW - 1) in magnitude.
fn signed_digits(scalar: &Scalar) -> Zeroizing<Vec<i8>> {
    let mut rest = Zeroizing::new(scalar.into_bigint());
    // No reallocation may leave a copy behind: a scalar of 252 bits has at most 253 digits.
    let mut digits = Zeroizing::new(Vec::with_capacity(256));
    while !rest.is_zero() {
        let digit = lowest_digit(rest.0[0]);
        let magnitude = u64::from(digit.unsigned_abs()).into();
        if digit >= 0 {
            rest.sub_with_borrow(&magnitude);
        } else {
            rest.add_with_carry(&magnitude);
        }
        digits.push(digit);
        rest.div2();
    }
    digits
}

/// The signed residue of an odd number modulo 2^WINDOW; zero for an even one.
fn lowest_digit(limb: u64) -> i8 {
    if limb & 1 == 0 {
        return 0;
    }
    let [low, ..] = limb.to_le_bytes();
    // Shifting the window to the top and back extends its sign.
    let unused = 8 - WINDOW;
    (low << unused).cast_signed() >> unused
}

/// 1, 3, ..., 15 times `point`.
fn odd_multiples(point: Point) -> [EdwardsProjective; MULTIPLES] {
    let mut multiples = [EdwardsProjective::from(point.affine()); MULTIPLES];
    let double = multiples[0].double();
    for index in 1..MULTIPLES {
        multiples[index] = multiples[index - 1] + double;
    }
    multiples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::scalar;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn combinations_are_sums_of_products(count in 0_usize..80, seed in any::<u64>(), kind in 0_u32..4) {
            // Random scalars, those of 128 bits, small ones, and their negatives: bucket sorting treats each in its way.
            let term = |number: u64| {
                let wide = scalar(seed ^ number << 1);
                let coefficient = match kind {
                    0 => wide,
                    1 => Scalar::from(u128::from(seed) << 64 | u128::from(number)),
                    2 => Scalar::from(seed % (1 << (number % 33))),
                    _ => -Scalar::from(seed % (1 << (number % 33))),
                };
                (coefficient, Point::of_scalar(&scalar(seed ^ number << 1 ^ 1)))
            };
            let terms: Vec<_> = (0..count as u64).map(term).collect();
            let sum = terms.iter().fold(Point::identity(), |sum, &(scalar, point)| sum + point * scalar);
            prop_assert_eq!(linear_combination(&terms), sum);
            prop_assert_eq!(Point::of_subgroup_arithmetic(interleaved(&terms)), sum);
        }

        #[test]
        fn small_multiples_are_multiples(factor in 0_u32..2_000, seed in any::<u64>()) {
            let point = Point::of_scalar(&scalar(seed));
            let multiple = small_multiple(factor, &point.affine().into());
            prop_assert_eq!(Point::of_subgroup_arithmetic(multiple), point * Scalar::from(factor));
        }
    }

    #[test]
    fn edge_scalars_and_the_neutral_element() {
        let generator = Point::generator();
        let minus_one = -Scalar::from(1_u64);
        for edge in [
            Scalar::ZERO,
            Scalar::from(1_u64),
            minus_one,
            Scalar::from(15_u64),
            Scalar::from(16_u64),
            minus_one - minus_one - minus_one,
        ] {
            assert_eq!(multiple(&edge, generator), generator * edge);
            assert!(multiple(&edge, Point::identity()).is_identity());
        }
        assert!(linear_combination(&[]).is_identity());
        assert!(
            linear_combination(&[(minus_one, generator), (Scalar::from(1_u64), generator)])
                .is_identity()
        );
    }
}
