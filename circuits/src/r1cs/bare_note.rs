//! Notes without reservations, whose position is a size and a side.

use ark_bls12_381::Fr;
use ark_ff::Field;
use ark_relations::gr1cs::SynthesisError;
use zeroize::Zeroize;

use super::{Builder, Linear, bits};
use crate::note::{CASH_BITS, Note, NoteField, POSITION_BITS};

/// Bits of a position's size: up to and including 2^23 - 1. The position -2^23, which a packed
/// note could hold, has no such size; no note in a tree has it, since it is beyond every position
/// limit.
pub(crate) const SIZE_BITS: u32 = POSITION_BITS - 1;

/// Cash and position as private values of a circuit.
#[derive(Clone, Zeroize)]
pub(crate) struct SidedValues {
    /// Cents.
    pub cash: i128,
    /// Contracts, without sign.
    pub size: i128,
    /// One for a long position, zero for a short one.
    pub is_long: Fr,
}

impl SidedValues {
    /// Cash and position of `note`. A note without position counts as short.
    pub fn of(note: &Note) -> Self {
        Self {
            cash: note.cash.into(),
            size: note.position.unsigned_abs().into(),
            is_long: Fr::from(note.position > 0),
        }
    }
}

/// A note in range whose reservations are the constant zero, with its position as size and side.
pub(crate) struct SidedNote {
    /// Cents.
    pub cash: Linear,
    /// Contracts, without sign.
    pub size: Linear,
    /// One or zero.
    is_long: Linear,
    /// The note.
    pub bare: BareNote,
}

impl SidedNote {
    /// 48 bits, 23 bits, the side and a product.
    ///
    /// Without position either side will do: it then meets products with zero only.
    pub fn allocate(builder: &mut Builder, values: &SidedValues) -> Result<Self, SynthesisError> {
        builder.clause("old cash");
        let cash = cash(builder, values.cash)?;
        builder.clause("old size");
        let size = bits(builder, values.size, SIZE_BITS)?;
        builder.clause("side");
        let is_long = builder.boolean(values.is_long)?;
        let position = builder.product(&size, &sign(&is_long))?;
        Ok(Self {
            bare: BareNote::new(&cash, &position),
            cash,
            size,
            is_long,
        })
    }

    /// One for a long position, minus one for a short one.
    pub fn sign(&self) -> Linear {
        sign(&self.is_long)
    }

    /// `long` for a long position, `short` for a short one: a product.
    pub fn by_side(
        &self,
        builder: &mut Builder,
        long: &Linear,
        short: &Linear,
    ) -> Result<Linear, SynthesisError> {
        let change = builder.product(&long.minus(short), &self.is_long)?;
        Ok(short.plus(&change))
    }
}

/// One or minus one.
fn sign(is_long: &Linear) -> Linear {
    is_long.plus(is_long).plus_constant(-Fr::ONE)
}

/// Cash in range: 48 bits.
fn cash(builder: &mut Builder, value: i128) -> Result<Linear, SynthesisError> {
    let offset = NoteField::Cash.offset();
    let raised = bits(builder, value + offset, CASH_BITS)?;
    Ok(raised.plus_constant(-crate::field::from_i128(offset)))
}

/// A note whose reservations are the constant zero.
pub(crate) struct BareNote {
    /// All amounts in one element.
    pub packed: Linear,
}

impl BareNote {
    /// The note with this cash and position, which the caller has checked to be in range.
    pub fn new(cash: &Linear, position: &Linear) -> Self {
        // Packing is linear: the empty note's packed amounts hold all the offsets.
        let mut packed = cash.plus_constant(Note::opening().pack());
        packed.add_scaled(Fr::from(1_u64 << CASH_BITS), position);
        Self { packed }
    }
}
