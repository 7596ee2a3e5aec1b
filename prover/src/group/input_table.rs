//! The combination of a key's input points with public inputs, by tables.

use ark_bls12_381::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, PrimeField, Zero};

/// Bytes of a scalar.
const BYTES: usize = 32;
/// Bytes between the places for which there are tables.
const STRIDE: usize = 16;
/// Multiples of a place: digits are between −127 and 128.
const MULTIPLES: usize = 128;
/// Points that have tables: these bound the memory to 1.6 MB.
const MOST_POINTS: usize = 65;

/// For each of a key's input points P the multiples 1·Q to 128·Q of Q = P and of Q = 2¹²⁸·P: 24.6 kB a
/// point. Only the first [`MOST_POINTS`] points have tables.
pub(crate) struct InputTable {
    multiples: Vec<G1Affine>,
    /// The points without tables.
    others: Vec<G1Affine>,
}

impl InputTable {
    /// Tables for these points.
    pub(crate) fn new(points: &[G1Affine]) -> Self {
        let mut multiples = Vec::new();
        for point in points.iter().take(MOST_POINTS) {
            let low = G1Projective::from(*point);
            let mut high = low;
            for _ in 0..8 * STRIDE {
                high.double_in_place();
            }
            for base in [low, high] {
                let mut multiple = base;
                multiples.push(multiple);
                for _ in 1..MULTIPLES {
                    multiple += base;
                    multiples.push(multiple);
                }
            }
        }
        Self {
            multiples: G1Projective::normalize_batch(&multiples),
            others: points.iter().skip(MOST_POINTS).copied().collect(),
        }
    }

    /// The sum of all points, each times its scalar; there are as many scalars as points.
    pub(crate) fn combine(&self, scalars: &[Fr]) -> G1Projective {
        let (tabled, rest) = scalars.split_at(scalars.len().min(MOST_POINTS));
        let digits: Vec<[i16; BYTES]> = tabled.iter().map(signed_bytes).collect();
        let mut sum = G1Projective::zero();
        for place in (0..STRIDE).rev() {
            if !sum.is_zero() {
                for _ in 0..8 {
                    sum.double_in_place();
                }
            }
            for (point, digits) in digits.iter().enumerate() {
                self.add_multiple(&mut sum, 2 * point, digits[place]);
                self.add_multiple(&mut sum, 2 * point + 1, digits[place + STRIDE]);
            }
        }
        let others = self.others.iter().zip(rest);
        others.fold(sum, |sum, (point, scalar)| sum + *point * scalar)
    }

    /// Adds the digit-fold of the base of the table with this number.
    #[inline]
    fn add_multiple(&self, sum: &mut G1Projective, table: usize, digit: i16) {
        let magnitude = usize::from(digit.unsigned_abs());
        if magnitude > 0 {
            let multiple = self.multiples[table * MULTIPLES + magnitude - 1];
            *sum += if digit < 0 { -multiple } else { multiple };
        }
    }
}

/// The digits of a scalar to base 256, between −127 and 128, lowest first.
fn signed_bytes(scalar: &Fr) -> [i16; BYTES] {
    let limbs = scalar.into_bigint().0.map(u64::to_le_bytes);
    let mut carry = 0;
    // The order of the group has 255 bits: the last digit is below 128, and no carry is left.
    std::array::from_fn(|i| {
        let digit = i16::from(limbs[i / 8][i % 8]) + carry;
        carry = i16::from(digit > 128);
        digit - 256 * carry
    })
}
