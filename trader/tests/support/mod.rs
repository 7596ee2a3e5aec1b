//! An in-process ledger with its market and accounts, and wallets that can be killed, for the tests of the wallet.

// Each test file uses its own part of this module, and a test may panic: that is how it fails.
#![allow(dead_code, unused_imports, clippy::unwrap_used)]

pub mod cash;
pub mod floor;
pub mod groth16;
pub mod ledger;
pub mod requests;
pub mod scenario;
pub mod verifier;
pub mod wallets;

pub use floor::Floor;
pub use groth16::Groth16;
pub use ledger::{Ledger, genesis, receipt_of};
pub use requests::{HI, LO, MIDDLE, buy, fok, ioc, post_only, sell};
pub use verifier::{Bound, proof_of, sent};
pub use wallets::{crash, follow, opened, seed};
