//! A market with traders, cash accounts and proofs checked natively, for the tests of the state machine.

// Each test file uses its own part of this module, and a test may panic: that is how it fails.
#![allow(dead_code, unused_imports, clippy::unwrap_used)]

pub mod books;
pub mod cash;
pub mod epochs;
pub mod exchange;
pub mod scene;
pub mod seats;
pub mod snapshots;
pub mod terms;
pub mod trader;
pub mod verifier;

pub use exchange::{TestExchange, act_receipt};
pub use scene::Scene;
pub use terms::{HI, LO, MIDDLE, buy, cancel_key, fok, ioc, order, post_only, sell};
pub use trader::{Prepared, TestTrader};
