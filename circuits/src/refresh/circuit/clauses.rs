//! Public inputs and ciphertexts of Refresh.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::SynthesisError;

use super::revaluation::NewNote;
use crate::r1cs::{
    Affine, Builder, EXPONENT_BITS, Exponent, KeyMultiples, Linear, Plaintext, encrypt,
};
use crate::refresh::{LIMB_BITS, PUBLIC_INPUTS};

/// The public inputs in the order of [`crate::refresh::RefreshStatement::public_inputs`].
pub(super) struct PublicInputs {
    pub market: Linear,
    pub root: Linear,
    pub nullifier: Linear,
    pub new_commitment: Linear,
    /// What closing one contract brings, by side: for longs the price, for shorts its negative.
    pub long_price: Linear,
    pub short_price: Linear,
    pub long_cost: Linear,
    pub short_cost: Linear,
    pub is_forced: Linear,
    pub joint_key: Affine,
    /// Of position, low limb and high limb: ephemeral and masked point.
    pub ciphertexts: [[Affine; 2]; 3],
    pub with_cash: Linear,
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
            long_cost,
            short_cost,
            is_forced,
            key_x,
            key_y,
            c1x,
            c1y,
            c2x,
            c2y,
            low_c1x,
            low_c1y,
            low_c2x,
            low_c2y,
            high_c1x,
            high_c1y,
            high_c2x,
            high_c2y,
            with_cash,
            context,
        ] = inputs;
        let point = |x, y| Affine { x, y };
        Ok(Self {
            market,
            root,
            nullifier,
            new_commitment,
            long_price,
            short_price,
            long_cost,
            short_cost,
            is_forced,
            joint_key: point(key_x, key_y),
            ciphertexts: [
                [point(c1x, c1y), point(c2x, c2y)],
                [point(low_c1x, low_c1y), point(low_c2x, low_c2y)],
                [point(high_c1x, high_c1y), point(high_c2x, high_c2y)],
            ],
            with_cash,
            context,
        })
    }
}

/// The three ciphertexts. Without cash the last two are of zero.
pub(super) fn encryptions(
    builder: &mut Builder,
    public: &PublicInputs,
    new: &NewNote,
    exponents: &[[bool; EXPONENT_BITS]; 3],
) -> Result<(), SynthesisError> {
    builder.clause("multiples of the joint key");
    let key = KeyMultiples::of(builder, &public.joint_key)?;

    builder.clause("cash flag");
    builder.enforce_boolean(&public.with_cash)?;
    builder.clause("limbs");
    let mut cash = Vec::with_capacity(new.cash.len());
    for bit in &new.cash {
        cash.push(builder.product(bit, &public.with_cash)?);
    }
    let (low, high) = cash.split_at(LIMB_BITS as usize);

    let plaintexts = [
        (
            Plaintext::Signed(&new.position),
            [
                "position randomness",
                "position ephemeral",
                "position masked",
            ],
        ),
        (
            Plaintext::Unsigned(low),
            [
                "low limb randomness",
                "low limb ephemeral",
                "low limb masked",
            ],
        ),
        (
            Plaintext::Unsigned(high),
            [
                "high limb randomness",
                "high limb ephemeral",
                "high limb masked",
            ],
        ),
    ];
    for (((plaintext, [randomness, ephemeral, masked]), bits), ciphertext) in
        plaintexts.iter().zip(exponents).zip(&public.ciphertexts)
    {
        builder.clause(randomness);
        let exponent = Exponent::allocate(builder, bits)?;
        encrypt(
            builder,
            plaintext,
            &exponent,
            &key,
            ciphertext,
            [ephemeral, masked],
        )?;
    }
    Ok(())
}
