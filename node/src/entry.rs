//! What one transaction of the ledger is to a node: a message to the market or a request of the cashier.

use tally_exchange::message::{DecodeError, Transaction};
use tally_ledger_adapter::accounts::{CashierRequest, RequestDecodeError};
use thiserror::Error;

const MARKET: u8 = 0;
const CASHIER: u8 = 1;

/// One transaction of the ledger, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// To the market.
    Market(Transaction),
    /// Cash coming in from outside or going out.
    Cashier(CashierRequest),
}

/// Why bytes of the ledger are no entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// The first byte names no kind of entry.
    #[error("ledger entry is empty or of an unknown kind; use this version's encoding")]
    Kind,
    /// No transaction of a market.
    #[error(transparent)]
    Market(#[from] DecodeError),
    /// No request of a cashier.
    #[error(transparent)]
    Cashier(#[from] RequestDecodeError),
}

impl Entry {
    /// The entry's bytes: one for the kind, then the content.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, content) = match self {
            Self::Market(transaction) => (MARKET, transaction.to_bytes()),
            Self::Cashier(request) => (CASHIER, request.encode()),
        };
        let mut bytes = Vec::with_capacity(content.len() + 1);
        bytes.push(kind);
        bytes.extend(content);
        bytes
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// [`EntryError`] unless `bytes` are exactly what [`Entry::to_bytes`] gives for some entry.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        match bytes.split_first() {
            Some((&MARKET, content)) => Ok(Self::Market(Transaction::from_bytes(content)?)),
            Some((&CASHIER, content)) => Ok(Self::Cashier(CashierRequest::decode(content)?)),
            _ => Err(EntryError::Kind),
        }
    }
}
