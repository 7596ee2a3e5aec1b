//! Random powers of 128 bits that are cheap to multiply points by.

use ark_bls12_381::{Fr, g1};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::AdditiveGroup;
use rand::{CryptoRng, RngCore};

/// Digits of one half of a power.
pub(super) const DIGITS: usize = 16;
/// Bits of a digit.
pub(super) const DIGIT_BITS: u32 = 4;

/// A random power z = y + lambda·z', where lambda·(x, y) = (beta·x, y) on G1 and y and z' are odd and
/// between −2⁶⁴ and 2⁶⁴.
///
/// **These are 2¹²⁸ different powers, none of them zero**, in the field of order r: lambda² + lambda +
/// 1 = 0, so a + lambda·b = 0 with integers a and b means that r divides a² − a·b + b². For differences
/// of two powers, or for one of them, this is below 3·2¹³⁰ < r: it is zero, and so are a and b. The halves
/// of a power are odd, so it is not zero itself.
///
/// Odd numbers in this range are exactly those with sixteen digits to base 16 from ±1, ±3, ... ±15:
/// no digit is zero, and every bit string is one number.
#[derive(Clone, Copy)]
pub(crate) struct Power {
    halves: [u64; 2],
}

impl Power {
    /// Draws one of the 2¹²⁸ powers.
    pub(crate) fn random<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        Self {
            halves: [rng.next_u64(), rng.next_u64()],
        }
    }

    /// The power as an element of the scalar field.
    pub(crate) fn value(self) -> Fr {
        let [low, high] = self.halves.map(|bits| {
            // The sum of (2·b − 15)·16^i over the digits b of the bit string.
            Fr::from(bits).double() + Fr::from(1u64) - Fr::from(1u128 << 64)
        });
        low + <g1::Config as GLVConfig>::LAMBDA * high
    }

    /// The digits at one place, that of the lower half first: half its absolute value rounded down, and
    /// whether it is negative.
    #[inline]
    pub(super) fn digits(self, place: usize) -> [(usize, bool); 2] {
        self.halves.map(|bits| {
            // The digit is 2·nibble − 15.
            let byte = bits.to_le_bytes()[place / 2];
            let nibble = usize::from(if place.is_multiple_of(2) {
                byte & 15
            } else {
                byte >> 4
            });
            if nibble >= 8 {
                (nibble - 8, false)
            } else {
                (7 - nibble, true)
            }
        })
    }
}
