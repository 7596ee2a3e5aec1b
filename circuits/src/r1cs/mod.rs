//! The pieces from which circuits are built, and a digest of what they build.
//!
//! Circuits are written over linear combinations: additions, constants and matrices cost nothing,
//! a product of two combinations costs one constraint and one witness variable.

mod bare_note;
mod builder;
mod chain;
mod digest;
mod edwards;
mod elgamal;
mod fixed_base;
mod linear;
mod poseidon;
mod range;
mod spend;
#[cfg(test)]
pub(crate) mod testing;

pub use chain::HashChain;
pub use digest::{R1csSummary, summarize};

pub(crate) use bare_note::{BareNote, SIZE_BITS, SidedNote, SidedValues};
pub(crate) use builder::{Builder, Clauses};
pub(crate) use edwards::Affine;
pub(crate) use elgamal::{
    EXPONENT_BITS, Exponent, KeyMultiples, Plaintext, encrypt, exponent_bits,
};
pub(crate) use linear::Linear;
pub(crate) use poseidon::{hash2, hash3, hash4};
pub(crate) use range::{bit_list, bits, from_bits};
pub(crate) use spend::{PathValues, Spend, climb, commitment};
