//! Public cash accounts: where deposits come from and withdrawals go to.
//!
//! An account is an Ed25519 public key with a balance in cents that everybody can see. A cashier, whose key
//! the book names, credits accounts with cash that came from outside and pays out cash that leaves; the
//! owner of an account authorises each deposit into a market with a signature that covers the whole deposit
//! message. Every signature covers a domain tag and the chain, so that it is worth nothing elsewhere.
//!
//! The book is deterministic: the same requests in the same order give the same bytes.

mod authorization;
mod book;
mod cashier;
mod error;
mod id;
mod snapshot;

pub use authorization::{DEPOSIT_AUTHORIZATION_BYTES, DepositAuthorization};
pub use book::{AccountBook, MAX_ACCOUNTS, Totals};
pub use cashier::{CASHIER_REQUEST_BYTES, CashierRequest, Credit, Faucet, PayOut};
pub use ed25519_dalek::SigningKey;
pub use error::{AccountError, KeyFault, RequestDecodeError, SnapshotDecodeError};
pub use id::AccountId;

/// Length of a signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;
