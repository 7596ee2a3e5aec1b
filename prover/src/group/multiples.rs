//! Sums of points of G1, each times a [`Power`].

use ark_bls12_381::{Fq, G1Affine, G1Projective, g1};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::{AdditiveGroup, Zero};

use super::power::{DIGIT_BITS, DIGITS, Power};
use crate::pairing::invert_all;

/// Odd multiples up to fifteen.
const MULTIPLES: usize = 1 << (DIGIT_BITS - 1);

/// P, 3P, 5P, ... 15P of a point P, and their images under the endomorphism (x, y) to (beta·x, y):
/// 1.1 kB.
pub(crate) struct OddMultiples {
    /// x, beta·x, y.
    coordinates: [(Fq, Fq, Fq); MULTIPLES],
}

impl OddMultiples {
    /// The multiples of all points, with one inversion. The points are of prime order and none is the
    /// identity, so none of the multiples is.
    pub(crate) fn of_all(points: &[G1Affine]) -> Vec<Self> {
        let mut projective = Vec::with_capacity(points.len() * MULTIPLES);
        for point in points {
            let mut multiple = G1Projective::from(*point);
            let twice = multiple.double();
            projective.push(multiple);
            for _ in 1..MULTIPLES {
                multiple += twice;
                projective.push(multiple);
            }
        }
        let mut inverses: Vec<Fq> = projective.iter().map(|point| point.z).collect();
        invert_all(&mut inverses);
        let beta = <g1::Config as GLVConfig>::ENDO_COEFFS[0];
        let coordinates = |(point, inverse): (&G1Projective, &Fq)| {
            let square = *inverse * inverse;
            let x = point.x * square;
            (x, x * beta, point.y * square * inverse)
        };
        projective
            .chunks_exact(MULTIPLES)
            .zip(inverses.chunks_exact(MULTIPLES))
            .map(|(points, inverses)| Self {
                coordinates: std::array::from_fn(|i| coordinates((&points[i], &inverses[i]))),
            })
            .collect()
    }

    /// The multiples for both digits of `power` at `place`.
    #[inline]
    fn at(&self, power: Power, place: usize) -> [G1Affine; 2] {
        let [low, high] = power.digits(place);
        let (x, _, y) = self.coordinates[low.0];
        let (_, beta_x, beta_y) = self.coordinates[high.0];
        let signed = |x, y: Fq, negative| G1Affine::new_unchecked(x, if negative { -y } else { y });
        [signed(x, y, low.1), signed(beta_x, beta_y, high.1)]
    }
}

/// The sum of all points, each times its power: sixty doublings in all and thirty-two additions each.
pub(crate) fn combine(terms: &[(&OddMultiples, Power)]) -> G1Projective {
    let mut sum = G1Projective::zero();
    for place in (0..DIGITS).rev() {
        if !sum.is_zero() {
            for _ in 0..DIGIT_BITS {
                sum.double_in_place();
            }
        }
        for (multiples, power) in terms {
            for point in multiples.at(*power, place) {
                sum += point;
            }
        }
    }
    sum
}
