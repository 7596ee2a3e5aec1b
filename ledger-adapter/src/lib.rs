//! The ordered log and the public cash accounts of Tally.
//!
//! This crate moves bytes: it knows nothing of orders, notes or proofs, and depends on no other crate of
//! the workspace.
//!
//! * [`log`]: what an ordered log promises. Opaque transactions in a total order, in durable blocks that
//!   form a hash chain, and a subscription from any height.
//! * [`embedded`]: that log in one process on one machine, crash-safe, with group commit. Its operator is
//!   trusted to include transactions and to order them fairly, and sees them before it orders them; it is
//!   not trusted for safety.
//! * [`accounts`]: the public cash accounts that deposits come from and withdrawals go to, with signed
//!   requests.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod embedded;
pub mod log;

mod hashing;
