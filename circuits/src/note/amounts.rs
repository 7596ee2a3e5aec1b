//! The six amounts of a note: their ranges, how they change and how they pack.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use borsh::{BorshDeserialize, BorshSerialize};

use super::Note;
use crate::field;

/// Bits of the cash, signed: -2^47 is in, 2^47 is out (two's complement, like every signed field).
pub const CASH_BITS: u32 = 48;
/// Bits of the position, signed: -2^23 is in, 2^23 is out.
pub const POSITION_BITS: u32 = 24;
/// Bits of a reserved quantity, unsigned.
pub const QUANTITY_BITS: u32 = 24;
/// Bits of a reserved cost, signed as the cash.
pub const COST_BITS: u32 = 48;

/// One of the six amounts of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteField {
    /// Cash including notional, in cents.
    Cash,
    /// Position, in contracts.
    Position,
    /// Contracts of own buy orders not yet released.
    BuyQuantity,
    /// Cost of own buy orders not yet released, in cents.
    BuyCost,
    /// Contracts of own sell orders not yet released.
    SellQuantity,
    /// Proceeds of own sell orders not yet released, in cents.
    SellCost,
}

impl NoteField {
    /// All six in the order in which they pack and appear among the public inputs.
    pub const ALL: [Self; 6] = [
        Self::Cash,
        Self::Position,
        Self::BuyQuantity,
        Self::BuyCost,
        Self::SellQuantity,
        Self::SellCost,
    ];

    /// Width of the field in a packed note, in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Cash => CASH_BITS,
            Self::Position => POSITION_BITS,
            Self::BuyQuantity | Self::SellQuantity => QUANTITY_BITS,
            Self::BuyCost | Self::SellCost => COST_BITS,
        }
    }

    /// What is added to the amount so that the range starts at zero.
    #[must_use]
    pub const fn offset(self) -> i128 {
        match self {
            Self::BuyQuantity | Self::SellQuantity => 0,
            Self::Cash | Self::Position | Self::BuyCost | Self::SellCost => 1 << (self.bits() - 1),
        }
    }

    /// The smallest amount in range.
    #[must_use]
    pub const fn lowest(self) -> i128 {
        -self.offset()
    }

    /// The largest amount in range.
    #[must_use]
    pub const fn highest(self) -> i128 {
        (1 << self.bits()) - self.offset() - 1
    }
}

impl fmt::Display for NoteField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cash => "cash",
            Self::Position => "position",
            Self::BuyQuantity => "buy quantity",
            Self::BuyCost => "buy cost",
            Self::SellQuantity => "sell quantity",
            Self::SellCost => "sell cost",
        })
    }
}

/// An amount is outside its field's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the note's {field} would be outside {}..={}; make the change smaller", field.lowest(), field.highest())]
pub struct NoteRangeError {
    /// The field that leaves its range. The amount itself is private and not kept.
    pub field: NoteField,
}

/// A public change of a note. The state machine computes it from the message and its records.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    BorshSerialize,
    BorshDeserialize,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Deltas {
    /// Change of the cash, in cents.
    pub cash: i64,
    /// Change of the position, in contracts.
    pub position: i64,
    /// Change of the reserved buy quantity, in contracts.
    pub buy_quantity: i64,
    /// Change of the reserved buy cost, in cents.
    pub buy_cost: i64,
    /// Change of the reserved sell quantity, in contracts.
    pub sell_quantity: i64,
    /// Change of the reserved sell cost, in cents.
    pub sell_cost: i64,
}

impl Deltas {
    /// The sum of both changes; nothing if a field leaves 64 bits.
    #[must_use]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        Some(Self {
            cash: self.cash.checked_add(other.cash)?,
            position: self.position.checked_add(other.position)?,
            buy_quantity: self.buy_quantity.checked_add(other.buy_quantity)?,
            buy_cost: self.buy_cost.checked_add(other.buy_cost)?,
            sell_quantity: self.sell_quantity.checked_add(other.sell_quantity)?,
            sell_cost: self.sell_cost.checked_add(other.sell_cost)?,
        })
    }

    /// The changes in the order of [`NoteField::ALL`].
    #[must_use]
    pub fn in_order(&self) -> [i64; 6] {
        [
            self.cash,
            self.position,
            self.buy_quantity,
            self.buy_cost,
            self.sell_quantity,
            self.sell_cost,
        ]
    }
}

/// Checks all six amounts.
pub(super) fn check(amounts: &[i128; 6]) -> Result<(), NoteRangeError> {
    for (field, amount) in NoteField::ALL.into_iter().zip(amounts) {
        if !(field.lowest()..=field.highest()).contains(amount) {
            return Err(NoteRangeError { field });
        }
    }
    Ok(())
}

/// Packs: sum of (amount + offset) times the power of two at which the field starts.
pub(crate) fn pack(amounts: &[i128; 6]) -> Fr {
    let mut packed = Fr::ZERO;
    let mut weight = Fr::from(1_u64);
    for (field, amount) in NoteField::ALL.into_iter().zip(amounts) {
        packed += weight * field::from_i128(amount + field.offset());
        weight *= Fr::from(1_u64 << field.bits());
    }
    packed
}

/// The note with these amounts, if all are in range.
pub(super) fn to_note(amounts: &[i128; 6], rho: Fr) -> Result<Note, NoteRangeError> {
    check(amounts)?;
    let [
        cash,
        position,
        buy_quantity,
        buy_cost,
        sell_quantity,
        sell_cost,
    ] = *amounts;
    Ok(Note {
        cash: narrow(cash, NoteField::Cash)?,
        position: narrow(position, NoteField::Position)?,
        buy_quantity: narrow(buy_quantity, NoteField::BuyQuantity)?,
        buy_cost: narrow(buy_cost, NoteField::BuyCost)?,
        sell_quantity: narrow(sell_quantity, NoteField::SellQuantity)?,
        sell_cost: narrow(sell_cost, NoteField::SellCost)?,
        rho,
    })
}

fn narrow<T: TryFrom<i128>>(amount: i128, field: NoteField) -> Result<T, NoteRangeError> {
    T::try_from(amount).map_err(|_| NoteRangeError { field })
}
