//! The pieces from which circuits are built, and a digest of what they build.
//!
//! Circuits are written over linear combinations: additions, constants and matrices cost nothing,
//! a product of two combinations costs one constraint and one witness variable.

mod builder;
mod digest;
mod linear;
mod poseidon;
mod range;

pub use digest::{R1csSummary, summarize};

pub(crate) use builder::{Builder, Clauses};
pub(crate) use linear::Linear;
pub(crate) use poseidon::{hash2, hash3, hash4};
pub(crate) use range::bits;
