//! The statement **Lapse**: the way back of a note that was not refreshed.
//!
//! In words: the old note is in the tree of the epoch in which it stayed behind, without
//! reservations, and the nullifier is its own; its successor has no position and the cash
//!
//! ```text
//! m' = max(0, m + v*price - |v|*haircut - fee)
//! ```
//!
//! where the price is the worse for the note of the epoch's mark and the reopening price, the
//! haircut the late one, and the fee the opening fee, taken as far as the note has it.
//!
//! **The magnitude fits 61 bits.** Within the bounds of [`LapseTerms::check`] prices, haircut and
//! fee are at most 2^36 in magnitude, a closing price `price - haircut` or `price + haircut` at
//! most 2^37. For a note in range |m| <= 2^47 and |v| < 2^23, so what is left is at most
//! 2^60 + 2^47 + 2^36 < 2^61 in magnitude. It is proven to be plus or minus a number of 61 bits;
//! since the modulus is far above 2^62, there is exactly one such number, and one sign unless it
//! is zero. With plus it is the new cash and has to be below 2^47; with minus the new cash is zero.
//!
//! The verifier of a proof does three things: it computes the statement itself from the message
//! and its own state, calls [`LapseStatement::check_parameters`] on it, and verifies the proof
//! against [`LapseStatement::public_inputs`].

#[cfg(feature = "r1cs")]
mod circuit;
mod relation;
mod terms;

use std::fmt;

use ark_bls12_381::Fr;

#[cfg(feature = "r1cs")]
pub use circuit::LapseCircuit;
pub use relation::{LapseViolation, check};
pub use terms::{LapseTerms, LapseTermsError};

use crate::field::{self, Element};
use crate::note::{Note, NullifierKey};
use crate::tree::Path;

/// Number of public inputs of the circuit.
pub const PUBLIC_INPUTS: usize = 8;

/// Everything public about a Lapse.
#[derive(Clone, PartialEq, Eq)]
pub struct LapseStatement {
    /// The market, see [`crate::note::market_element`].
    pub market: Fr,
    /// A root of the tree of the epoch in which the note stayed behind.
    pub root: Fr,
    /// The old note's nullifier.
    pub nullifier: Fr,
    /// The new note's commitment.
    pub new_commitment: Fr,
    /// What the way back costs.
    pub terms: LapseTerms,
    /// Hash of the whole message without the proof.
    pub context: Fr,
}

impl LapseStatement {
    /// The public inputs of the circuit, for prover and verifier alike: market, root, nullifier,
    /// new commitment; what closing a contract of a long position brings (the price less the
    /// haircut) and of a short one costs (the price plus the haircut), the opening fee, all in
    /// cents; context.
    #[must_use]
    pub fn public_inputs(&self) -> Vec<Fr> {
        self.inputs().to_vec()
    }

    /// [`LapseStatement::public_inputs`] with its length in the type.
    fn inputs(&self) -> [Fr; PUBLIC_INPUTS] {
        [
            self.market,
            self.root,
            self.nullifier,
            self.new_commitment,
            field::from_i64(self.terms.closing_price(true)),
            field::from_i64(self.terms.closing_price(false)),
            field::from_i64(self.terms.opening_fee),
            self.context,
        ]
    }

    /// Checks the public parameters against the bounds on which the circuit's range checks rest.
    /// The circuit does not constrain them: every verifier has to call this (or take the
    /// parameters from a state that was checked once).
    ///
    /// # Errors
    /// [`LapseTermsError`] names the number and its bound.
    pub fn check_parameters(&self) -> Result<(), LapseTermsError> {
        self.terms.check()
    }
}

/// What the sender of a Lapse knows. Private: `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct LapseWitness {
    /// The owner's key.
    pub key: NullifierKey,
    /// The note that comes back.
    pub old_note: Note,
    /// Its path in the tree of the epoch in which it stayed behind.
    pub path: Path,
}

impl fmt::Debug for LapseWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LapseWitness(private)")
    }
}

impl fmt::Debug for LapseStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LapseStatement")
            .field("market", &Element(self.market))
            .field("root", &Element(self.root))
            .field("nullifier", &Element(self.nullifier))
            .field("new_commitment", &Element(self.new_commitment))
            .field("terms", &self.terms)
            .field("context", &Element(self.context))
            .finish()
    }
}

#[cfg(test)]
#[cfg(feature = "r1cs")]
pub(crate) mod tests;
