//! Cash on its way between contract months.

use super::Market;
use crate::identity::Symbol;
use crate::refusal::Refusal;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use std::collections::BTreeMap;
use tally_circuits::field::Element;

/// Cash that has arrived and waits for the owner of its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Transfer {
    /// The tag of the Act that sent it.
    pub tag: Element,
    /// Cents.
    pub amount: u64,
}

/// Cash that leaves for another contract month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct OutgoingTransfer {
    /// The contract month that gets it.
    pub to: Symbol,
    /// The tag of the Act that sent it.
    pub tag: Element,
    /// Cents.
    pub amount: u64,
}

/// Why a transfer can't be booked. Whoever carries it must stop: the cash has left the other market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// A tag is made once.
    #[error("a transfer of this tag waits already; carry every transfer once")]
    Tag,
    /// The sum of all deposits leaves 64 bits, or the amount a note's range.
    #[error(
        "transfer of {0} cents can't be added to the market's deposits; check the sender's books"
    )]
    Amount(u64),
}

/// Both directions.
#[derive(Clone, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct Transfers {
    pub(super) waiting: BTreeMap<Element, Transfer>,
    pub(super) outgoing: Vec<OutgoingTransfer>,
}

impl Transfers {
    /// All cash that waits, cents: part of what came in, so that it fits.
    pub(super) fn total(&self) -> i64 {
        let sum: u64 = self.waiting.values().map(|transfer| transfer.amount).sum();
        i64::try_from(sum).unwrap_or(i64::MAX)
    }
}

impl Market {
    /// Transfers that have arrived and wait, by tag.
    #[must_use]
    pub const fn transfers(&self) -> &BTreeMap<Element, Transfer> {
        &self.transfers.waiting
    }

    /// Transfers that have left since the last call. Whoever runs the markets of a chain hands each to the contract
    /// month named in it, by [`Market::receive_transfer`], right after the transaction that sent it.
    pub fn take_outgoing(&mut self) -> Vec<OutgoingTransfer> {
        std::mem::take(&mut self.transfers.outgoing)
    }

    /// Books a transfer from another contract month of the chain.
    ///
    /// # Errors
    /// [`TransferError`]; nothing has changed.
    pub fn receive_transfer(&mut self, tag: Element, amount: u64) -> Result<(), TransferError> {
        if self.transfers.waiting.contains_key(&tag) {
            return Err(TransferError::Tag);
        }
        let deposits = i64::try_from(amount)
            .ok()
            .and_then(|amount| self.funds.deposits.checked_add(amount))
            .ok_or(TransferError::Amount(amount))?;
        self.funds.deposits = deposits;
        self.transfers.waiting.insert(tag, Transfer { tag, amount });
        Ok(())
    }

    /// Whether an Act may send cash to `to`.
    pub(super) fn check_sibling(&self, to: Symbol) -> Result<(), Refusal> {
        if self.siblings.contains(&to) {
            return Ok(());
        }
        Err(Refusal::Sibling(to))
    }

    /// Whether exactly `amount` waits under `tag`.
    pub(super) fn check_waiting(&self, tag: &Element, amount: u64) -> Result<(), Refusal> {
        let waiting = self
            .transfers
            .waiting
            .get(tag)
            .ok_or(Refusal::UnknownTransfer)?
            .amount;
        if waiting != amount {
            return Err(Refusal::TransferAmount {
                given: amount,
                waiting,
            });
        }
        Ok(())
    }
}
