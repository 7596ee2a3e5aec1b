//! The clauses of Lapse that no other statement has.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::Assignment;
use crate::lapse::PUBLIC_INPUTS;
use crate::note::CASH_BITS;
use crate::r1cs::{BareNote, Builder, Linear, SidedNote, bit_list, from_bits};

/// Bits of the magnitude of what is left, see [`crate::lapse`].
pub(super) const LEFT_BITS: u32 = 61;

/// The public inputs in the order of [`crate::lapse::LapseStatement::public_inputs`].
pub(super) struct PublicInputs {
    pub market: Linear,
    pub root: Linear,
    pub nullifier: Linear,
    pub new_commitment: Linear,
    pub long_price: Linear,
    pub short_price: Linear,
    pub opening_fee: Linear,
    pub context: Linear,
}

impl PublicInputs {
    pub fn allocate(
        builder: &mut Builder,
        values: &[Fr; PUBLIC_INPUTS],
    ) -> Result<Self, SynthesisError> {
        let mut inputs = Vec::with_capacity(PUBLIC_INPUTS);
        for value in values {
            inputs.push(builder.public(*value)?);
        }
        let inputs: [Linear; PUBLIC_INPUTS] = inputs
            .try_into()
            .map_err(|_| SynthesisError::AssignmentMissing)?;
        let [
            market,
            root,
            nullifier,
            new_commitment,
            long_price,
            short_price,
            opening_fee,
            context,
        ] = inputs;
        Ok(Self {
            market,
            root,
            nullifier,
            new_commitment,
            long_price,
            short_price,
            opening_fee,
            context,
        })
    }
}

/// The note that comes back: no position, and what is left after closing and the fee, or nothing.
pub(super) fn close(
    builder: &mut Builder,
    public: &PublicInputs,
    old: &SidedNote,
    private: &Assignment,
) -> Result<BareNote, SynthesisError> {
    builder.clause("what is left");
    let zero = Linear::constant(Fr::ZERO);
    let short_price = zero.minus(&public.short_price);
    let price = old.by_side(builder, &public.long_price, &short_price)?;
    let value = builder.product(&old.size, &price)?;
    let left = old.cash.plus(&value).minus(&public.opening_fee);

    // Its magnitude with its sign: no negative number is a magnitude.
    builder.clause("sign");
    let is_left = builder.boolean(private.is_left)?;
    let sign = is_left.plus(&is_left).plus_constant(-Fr::ONE);
    builder.clause("magnitude");
    let magnitude = bit_list(builder, private.magnitude, LEFT_BITS)?;
    let amount = from_bits(&magnitude);
    builder.enforce(&left, &sign, &amount)?;

    // What is left if anything is, and then in a note's range: 47 bits; else nothing.
    builder.clause("new cash");
    let cash = builder.product(&amount, &is_left)?;
    let (_, excess) = magnitude.split_at(CASH_BITS as usize - 1);
    builder.enforce(&from_bits(excess), &is_left, &zero)?;

    Ok(BareNote::new(&cash, &zero))
}
