//! The deterministic state machine of Tally.
//!
//! Traders' notes enter as commitments and leave as nullifiers; what everybody sees (book, records, mark, settlement,
//! epochs, seats, funds) is kept here. Proofs enter through [`ports::Verifier`], cash through [`ports::CashAccounts`]; there is no
//! clock, no thread, no input or output and no randomness in this crate. Same blocks, same states, byte for byte.

#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::disallowed_types)]

pub mod book;
pub mod calendar;
pub mod epoch;
pub mod identity;
pub mod mark;
pub mod market;
pub mod message;
pub mod ports;
pub mod receipt;
pub mod record;
pub mod refusal;
pub mod settlement;
pub mod specification;
pub mod units;
