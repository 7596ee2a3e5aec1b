//! Notes: everything a trader has in one market, committed to and spent by nullifier.
//!
//! ```text
//! commitment = Poseidon(NOTE; market, pack(amounts), key, rho)
//! nullifier  = Poseidon(NULL; market, key, rho)        rho of the successor = nullifier
//! tag        = Poseidon(TAG; key, nullifier)
//! ```
//!
//! Hiding rests on the key alone: every rho but the first is a published nullifier, and the first
//! is zero. A lineage of notes can therefore be found again from the key and the public log.

mod amounts;
mod key;

use std::fmt;
use std::io::{Read, Write};

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use amounts::{
    CASH_BITS, COST_BITS, Deltas, NoteField, NoteRangeError, POSITION_BITS, QUANTITY_BITS,
};
pub use key::NullifierKey;

#[cfg(all(test, feature = "r1cs"))]
pub(crate) use amounts::pack as pack_amounts;

use crate::field::{self, Element};
use crate::poseidon::{self, Domain};

/// The field element that stands for one market: the chain's identifier and the contract's symbol.
#[must_use]
pub fn market_element(chain_id: &[u8; 32], symbol: &str) -> Fr {
    field::hash_to_field("tally/market", &[chain_id, symbol.as_bytes()])
}

/// The owner mark of the order, bond or transfer that is made by the Act which publishes
/// `nullifier`. Never zero but with negligible probability; zero stands for "no tag".
#[must_use]
pub fn tag(key: &NullifierKey, nullifier: Fr) -> Fr {
    poseidon::hash2(Domain::Tag, [key.element(), nullifier])
}

/// A trader's cash, position and reservations in one market. Private: `Debug` shows nothing, and
/// the content is wiped when it is dropped.
///
/// The owner's key is kept apart, in [`NullifierKey`]. The fields are plain integers and may
/// leave the range of a note; [`Note::check_range`] tells, and whatever is decoded is checked.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Note {
    /// Cash including notional, in cents: buying x contracts at p takes `x * (p * tau + fee)`.
    /// 48 bits: from -2^47 up to and including 2^47 - 1.
    pub cash: i64,
    /// Position in contracts, long positive. 24 bits: from -2^23 up to and including 2^23 - 1.
    pub position: i32,
    /// Contracts of own buy orders not yet released. 24 bits: up to and including 2^24 - 1.
    pub buy_quantity: u32,
    /// Cost of these orders in cents, `sum of quantity * (limit * tau + fee)`. 48 bits as `cash`.
    pub buy_cost: i64,
    /// Contracts of own sell orders not yet released. 24 bits as `buy_quantity`.
    pub sell_quantity: u32,
    /// Proceeds of these orders in cents, `sum of quantity * (limit * tau - fee)`. 48 bits as
    /// `cash`.
    pub sell_cost: i64,
    /// The lineage's unique value: zero at first, then the predecessor's nullifier.
    pub rho: Fr,
}

impl Note {
    /// The empty note that an opening spends.
    #[must_use]
    pub fn opening() -> Self {
        Self::empty(Fr::ZERO)
    }

    /// A note without cash, position or reservations.
    #[must_use]
    pub fn empty(rho: Fr) -> Self {
        Self {
            cash: 0,
            position: 0,
            buy_quantity: 0,
            buy_cost: 0,
            sell_quantity: 0,
            sell_cost: 0,
            rho,
        }
    }

    /// The commitment that goes into the tree. Binding for notes in range only: out of range, two
    /// different sets of amounts can pack into the same element.
    #[must_use]
    pub fn commitment(&self, market: Fr, key: &NullifierKey) -> Fr {
        poseidon::hash4(Domain::Note, [market, self.pack(), key.element(), self.rho])
    }

    /// The nullifier that spending this note publishes.
    #[must_use]
    pub fn nullifier(&self, market: Fr, key: &NullifierKey) -> Fr {
        nullifier(market, key, self.rho)
    }

    /// True if all six amounts are zero, whatever rho is.
    #[must_use]
    pub fn has_no_amounts(&self) -> bool {
        self.amounts() == [0; 6]
    }

    /// The successor after `deltas`, with its own rho.
    ///
    /// # Errors
    /// [`NoteRangeError`] names the field that leaves its range.
    pub fn apply(&self, deltas: &Deltas, new_rho: Fr) -> Result<Self, NoteRangeError> {
        amounts::check(&self.amounts())?;
        let mut new = self.amounts();
        for (amount, delta) in new.iter_mut().zip(deltas.in_order()) {
            // In range, an amount is below 2^48, and a delta is 64 bits wide.
            *amount += i128::from(delta);
        }
        amounts::to_note(&new, new_rho)
    }

    /// Checks that every field is in its range.
    ///
    /// # Errors
    /// [`NoteRangeError`] names the first field that is not.
    pub fn check_range(&self) -> Result<(), NoteRangeError> {
        amounts::check(&self.amounts())
    }

    /// The amounts in the order of the protocol: cash, position, buy quantity, buy cost, sell
    /// quantity, sell cost.
    pub(crate) fn amounts(&self) -> [i128; 6] {
        [
            self.cash.into(),
            self.position.into(),
            self.buy_quantity.into(),
            self.buy_cost.into(),
            self.sell_quantity.into(),
            self.sell_cost.into(),
        ]
    }

    /// All six amounts in one element of 216 bits: each plus its offset, the cash lowest.
    #[must_use]
    pub fn pack(&self) -> Fr {
        amounts::pack(&self.amounts())
    }
}

/// The nullifier of the note with this `rho`: a wallet can compute it before it knows the amounts.
#[must_use]
pub fn nullifier(market: Fr, key: &NullifierKey, rho: Fr) -> Fr {
    poseidon::hash3(Domain::Nullifier, [market, key.element(), rho])
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(private)")
    }
}

impl BorshSerialize for Note {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.cash.serialize(writer)?;
        self.position.serialize(writer)?;
        self.buy_quantity.serialize(writer)?;
        self.buy_cost.serialize(writer)?;
        self.sell_quantity.serialize(writer)?;
        self.sell_cost.serialize(writer)?;
        Element(self.rho).serialize(writer)
    }
}

impl BorshDeserialize for Note {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let note = Self {
            cash: i64::deserialize_reader(reader)?,
            position: i32::deserialize_reader(reader)?,
            buy_quantity: u32::deserialize_reader(reader)?,
            buy_cost: i64::deserialize_reader(reader)?,
            sell_quantity: u32::deserialize_reader(reader)?,
            sell_cost: i64::deserialize_reader(reader)?,
            rho: Element::deserialize_reader(reader)?.0,
        };
        note.check_range()
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))?;
        Ok(note)
    }
}

#[cfg(test)]
mod tests;
