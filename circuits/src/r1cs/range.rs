//! Range checks by explicit bits.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::{Builder, Linear};
use crate::field;

/// A new non-negative integer of `count` bits, as the combination of its bits: the caller sets it
/// equal to what has to be in range.
///
/// The assignment of a value out of range puts the excess into the highest bit, so that exactly
/// that bit's constraint fails.
pub(crate) fn bits(
    builder: &mut Builder,
    value: i128,
    count: u32,
) -> Result<Linear, SynthesisError> {
    Ok(from_bits(&bit_list(builder, value, count)?))
}

/// The bits of [`bits`] one by one, lowest first.
pub(crate) fn bit_list(
    builder: &mut Builder,
    value: i128,
    count: u32,
) -> Result<Vec<Linear>, SynthesisError> {
    let bit = |i: u32| {
        let rest = value >> i;
        let is_highest = i + 1 == count;
        field::from_i128(if is_highest { rest } else { rest & 1 })
    };
    (0..count).map(|i| builder.boolean(bit(i))).collect()
}

/// The integer with these bits, lowest first.
pub(crate) fn from_bits(bits: &[Linear]) -> Linear {
    let mut sum = Linear::constant(Fr::ZERO);
    let mut weight = Fr::ONE;
    for bit in bits {
        sum.add_scaled(weight, bit);
        weight.double_in_place();
    }
    sum
}
