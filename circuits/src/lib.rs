//! Notes, commitment tree, margin arithmetic and the zero-knowledge statements of Tally.
//!
//! The table of contents, bottom up:
//!
//! - [`field`]: the scalar field of BLS12-381 and its canonical encoding;
//! - [`poseidon`]: the one hash function that circuits see;
//! - [`note`]: what a trader has in one market, its commitment, nullifier and tags;
//! - [`tree`]: the append-only tree of note commitments of one epoch;
//! - [`margin`]: solvency over a price band;
//! - [`act`]: the statement that accompanies every order, deposit, withdrawal and claim;
//! - [`jubjub`], [`elgamal`]: the embedded curve and additively homomorphic encryption on it;
//! - [`refresh`], [`lapse`]: a note's way into the next epoch, in time and late.
//!
//! Everything exists as native code; with the feature `r1cs` each statement also has its circuit
//! twin, which proves exactly the native relation. Integers only: prices in ticks, quantities in
//! contracts, money in cents.
//!
//! Two habits hold throughout. What is public is ordinary data. What is a trader's secret
//! ([`note::NullifierKey`], [`note::Note`], [`tree::Path`]) never prints its content.

#![forbid(unsafe_code)]

pub mod act;
pub mod elgamal;
pub mod field;
pub mod jubjub;
pub mod lapse;
pub mod margin;
pub mod note;
pub mod poseidon;
pub mod refresh;
pub mod tree;

#[cfg(feature = "r1cs")]
pub mod r1cs;

pub use ark_bls12_381::Fr;
