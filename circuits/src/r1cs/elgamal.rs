//! Exponential ElGamal as constraints, see [`crate::elgamal`].
//!
//! The randomness k is 252 bits. Two neighbouring bits are a digit -1, 0, 1 or 2: the lower bit
//! weighs -4^i, the upper 2*4^i. Four digits in a row of integers are what radix 4 needs, so the
//! bits stand for every integer from -(4^126 - 1)/3 to 2*(4^126 - 1)/3, each once; there are 2^252
//! of them, more than the group's order, so every exponent can be had. And unlike the digits 0 to
//! 3 they need no table with the triple of the key: only doublings. Zero is all bits zero.
//!
//! What is proven is that both parts of a ciphertext have the same integer k. Which of the
//! integers that are equal modulo the order it is makes no difference to the points.

use ark_bls12_381::Fr;
use ark_ff::{BigInteger, Field, PrimeField};
use ark_relations::gr1cs::SynthesisError;

use super::fixed_base::{self, Window, places};
use super::{Affine, Builder, Linear};
use crate::jubjub::Scalar;

/// Bits of an exponent.
pub(crate) const EXPONENT_BITS: usize = 252;
/// Digits of an exponent.
const DIGITS: usize = EXPONENT_BITS / 2;

/// The weight of bit `place` is `2^place`, or its negative.
pub(super) const fn has_negative_weight(place: usize) -> bool {
    place.is_multiple_of(2)
}

/// The bits that stand for `exponent`.
pub(crate) fn exponent_bits(exponent: &Scalar) -> [bool; EXPONENT_BITS] {
    // Plus one in every digit they are the ordinary digits 0 to 3. In binary that is 0101...01.
    let ones = ark_ff::BigInt::<4>::new([
        0x5555_5555_5555_5555,
        0x5555_5555_5555_5555,
        0x5555_5555_5555_5555,
        0x0555_5555_5555_5555,
    ]);
    let mut raised = exponent.into_bigint();
    // Both are below 2^252, so nothing is carried out of 256 bits.
    raised.add_with_carry(&ones);
    if raised.num_bits() as usize > EXPONENT_BITS {
        // The order lies between 2^251 and 2^252: one subtraction is enough, and it takes nothing
        // that is not there.
        raised.sub_with_borrow(&Scalar::MODULUS);
    }
    std::array::from_fn(|place| raised.get_bit(place) != has_negative_weight(place))
}

/// A secret exponent.
pub(crate) struct Exponent {
    bits: Vec<Linear>,
    /// The product of the two bits of each digit.
    pairs: Vec<Linear>,
}

impl Exponent {
    /// 252 bits and 126 products.
    pub fn allocate(
        builder: &mut Builder,
        values: &[bool; EXPONENT_BITS],
    ) -> Result<Self, SynthesisError> {
        let mut bits = Vec::with_capacity(EXPONENT_BITS);
        for value in values {
            bits.push(builder.boolean(Fr::from(*value))?);
        }
        let mut pairs = Vec::with_capacity(DIGITS);
        for digit in bits.chunks_exact(2) {
            pairs.push(builder.product(&digit[0], &digit[1])?);
        }
        Ok(Self { bits, pairs })
    }

    /// The multiple of the generator is `result`.
    fn enforce_times_generator(
        &self,
        builder: &mut Builder,
        result: &Affine,
    ) -> Result<(), SynthesisError> {
        let mut points = Vec::with_capacity(fixed_base::EXPONENT.len());
        for (i, window) in fixed_base::EXPONENT.iter().enumerate() {
            let at = places(i);
            let bits = at.map(|place| &self.bits[place]);
            points.push(window.choose(builder, bits, &self.pairs[at[0] / 2])?);
        }
        enforce_total(builder, &points, result)
    }

    /// The points `digit * 4^i * key`, which add up to the multiple of the key.
    fn parts_of_key(
        &self,
        builder: &mut Builder,
        key: &KeyMultiples,
    ) -> Result<Vec<Affine>, SynthesisError> {
        let mut parts = Vec::with_capacity(DIGITS);
        let digits = self.bits.chunks_exact(2).zip(&self.pairs);
        for ((bits, both), [once, twice]) in digits.zip(&key.0) {
            // Digit 2 is the upper bit alone, digit -1 the lower alone, digit 1 both.
            let (lower, upper) = (&bits[0], &bits[1]);
            let is_two = upper.minus(both);
            let sign = both.plus(both).minus(lower);
            let x_twice = builder.product(&twice.x, &is_two)?;
            let x_once = builder.product(&once.x, &sign)?;
            let y_twice = builder.product(&twice.y.plus_constant(-Fr::ONE), &is_two)?;
            let y_once = builder.product(&once.y.plus_constant(-Fr::ONE), lower)?;
            parts.push(Affine {
                x: x_twice.plus(&x_once),
                y: y_twice.plus(&y_once).plus_constant(Fr::ONE),
            });
        }
        Ok(parts)
    }
}

/// `4^i * key` and its double for every digit: what all exponents of one key share.
pub(crate) struct KeyMultiples(Vec<[Affine; 2]>);

impl KeyMultiples {
    /// 251 doublings.
    pub fn of(builder: &mut Builder, key: &Affine) -> Result<Self, SynthesisError> {
        let mut multiples = Vec::with_capacity(DIGITS);
        let mut once = key.clone();
        for digit in 0..DIGITS {
            let twice = once.double(builder)?;
            let next = if digit + 1 < DIGITS {
                twice.double(builder)?
            } else {
                twice.clone()
            };
            multiples.push([once, twice]);
            once = next;
        }
        Ok(Self(multiples))
    }
}

/// What is encrypted: 24 bits, lowest first.
pub(crate) enum Plaintext<'a> {
    /// The integer with these bits.
    Unsigned(&'a [Linear]),
    /// The integer which plus 2^23 has these bits.
    Signed(&'a [Linear]),
}

impl Plaintext<'_> {
    /// The points that add up to the multiple of the generator.
    fn parts(&self, builder: &mut Builder) -> Result<Vec<Affine>, SynthesisError> {
        let (windows, bits): (&[Window], _) = match self {
            Self::Unsigned(bits) => (&fixed_base::UNSIGNED, bits),
            Self::Signed(bits) => (&fixed_base::SIGNED, bits),
        };
        let mut parts = Vec::with_capacity(windows.len());
        for (i, window) in windows.iter().enumerate() {
            let [u, v, w] = places(i).map(|place| &bits[place]);
            let uv = builder.product(u, v)?;
            parts.push(window.choose(builder, [u, v, w], &uv)?);
        }
        Ok(parts)
    }
}

/// `[ephemeral, masked]` is the ciphertext of `plaintext` with the randomness `exponent`.
pub(crate) fn encrypt(
    builder: &mut Builder,
    plaintext: &Plaintext<'_>,
    exponent: &Exponent,
    key: &KeyMultiples,
    [ephemeral, masked]: &[Affine; 2],
    clauses: [&'static str; 2],
) -> Result<(), SynthesisError> {
    builder.clause(clauses[0]);
    exponent.enforce_times_generator(builder, ephemeral)?;
    builder.clause(clauses[1]);
    let mut parts = exponent.parts_of_key(builder, key)?;
    parts.extend(plaintext.parts(builder)?);
    enforce_total(builder, &parts, masked)
}

/// The points add up to `total`; there are at least two.
fn enforce_total(
    builder: &mut Builder,
    points: &[Affine],
    total: &Affine,
) -> Result<(), SynthesisError> {
    let [first, others @ .., last] = points else {
        return Err(SynthesisError::AssignmentMissing);
    };
    let mut sum = first.clone();
    for point in others {
        sum = sum.plus(builder, point)?;
    }
    sum.enforce_sum(builder, last, total)
}

#[cfg(test)]
mod tests;
