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
    let mut sum = Linear::constant(Fr::ZERO);
    let mut weight = Fr::ONE;
    for i in 0..count {
        let rest = value >> i;
        let bit = if i + 1 == count { rest } else { rest & 1 };
        let bit = builder.boolean(field::from_i128(bit))?;
        sum.add_scaled(weight, &bit);
        weight.double_in_place();
    }
    Ok(sum)
}
