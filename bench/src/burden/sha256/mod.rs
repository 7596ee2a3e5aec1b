//! Membership in a SHA-256 tree, the statement that arrangement (b) proves after every event, as a circuit of its own:
//! what it costs is measured with the same prover as everything else.
//!
//! A leaf is one compression of 64 bytes (cash, position, nonce, key), a node one compression of its two children, both
//! without padding, as in Zerocash. That is the cheapest choice with SHA-256: hashing with padding takes two
//! compressions a node and doubles the circuit.
//!
//! [`Sha256Membership`] proves no more than membership and that the inventory is worth something at the public price.
//! It has no nullifier, no successor, no owner's authorisation and no reservations for open orders: a real
//! revalidation needs them, so that its cost here is a lower bound.

mod bits;
mod compression;
mod cost;
mod inventory;
mod statement;
#[cfg(test)]
mod tests;

pub use cost::{FULL_DEPTH, QUICK_DEPTH, Sha256Cost, Sha256Depth, measure_sha256_event};
pub use inventory::{Inventory, MerklePath};
pub use statement::{Sha256Circuit, Sha256Membership};
