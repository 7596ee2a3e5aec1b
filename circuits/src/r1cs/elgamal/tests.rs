//! The bits of an exponent, and the tables of the fixed base.

use ark_ff::{AdditiveGroup, Field, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::{DIGITS, EXPONENT_BITS, exponent_bits, has_negative_weight};
use crate::jubjub::Scalar;
use crate::r1cs::fixed_base::{self, places};

/// The exponent for which the bits stand.
fn value(bits: &[bool; EXPONENT_BITS]) -> Scalar {
    let mut weight = Scalar::ONE;
    let mut sum = Scalar::ZERO;
    for (place, bit) in bits.iter().enumerate() {
        if *bit {
            sum += if has_negative_weight(place) {
                -weight
            } else {
                weight
            };
        }
        weight.double_in_place();
    }
    sum
}

#[test]
fn the_bits_stand_for_the_exponent() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let third = Scalar::from(3_u64).inverse().unwrap();
    let power = (0..DIGITS).fold(Scalar::ONE, |power, _| power * Scalar::from(4_u64));
    // The largest and the smallest integer that the bits can stand for, and their neighbours.
    let (largest, smallest) = (
        (power - Scalar::ONE) * third.double(),
        -(power - Scalar::ONE) * third,
    );
    let mut exponents: Vec<Scalar> = (0..200).map(|_| Scalar::rand(&mut rng)).collect();
    for corner in [Scalar::ZERO, largest, smallest] {
        exponents.extend([corner, corner + Scalar::ONE, corner - Scalar::ONE]);
    }
    for exponent in exponents {
        assert_eq!(value(&exponent_bits(&exponent)), exponent);
    }
    assert_eq!(exponent_bits(&Scalar::ZERO), [false; EXPONENT_BITS]);
}

/// Every bit is in one window, and the first two of a window are a digit.
#[test]
fn the_windows_cover_every_bit_once() {
    let mut seen: Vec<usize> = (0..EXPONENT_BITS / 3).flat_map(places).collect();
    for i in 0..EXPONENT_BITS / 3 {
        let [u, v, _] = places(i);
        assert!(u % 2 == 0 && v == u + 1);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..EXPONENT_BITS).collect::<Vec<_>>());
    assert_eq!(fixed_base::EXPONENT.len(), EXPONENT_BITS / 3);
    assert_eq!(fixed_base::UNSIGNED.len(), 24 / 3);
    assert_eq!(fixed_base::SIGNED.len(), 24 / 3);
}
