//! The statement **Refresh**: revalidation of a note into the next epoch.
//!
//! In words: the old note is in the tree of the closing epoch, without reservations, and the
//! nullifier is its own; its successor's position is *computed*, never chosen: the largest of the
//! same sign, not above the old one, that is solvent at maintenance margin in the new band after
//! the rest was closed at the mark with the haircut; and the ciphertexts under the joint key hold
//! that position and, at the daily settlement, the two limbs of the cash.
//!
//! ```text
//! long:   X = m + v*(P - h),    D = (P - lo') + mu - h,   v' = min(v, floor(X/D)),       m' = m + (v - v')*(P - h)
//! short:  X = m - |v|*(P + h),  D = (hi' - P) + mu - h,   |v'| = min(|v|, floor(X/D)),   m' = m - (|v| - |v'|)*(P + h)
//! ```
//!
//! with all prices times tau. Nothing is divided: `v'*D <= X`, and `v' = v` or `X < (v' + 1)*D`.
//!
//! **Every inequality is a 64-bit check.** Within the bounds of [`RefreshTerms::check`] the mark,
//! the edges, mu and h are at most 2^36 in magnitude and 0 <= h <= mu, lo' <= P <= hi'. A closing
//! price `P - h` or `P + h` is then at most 2^37 in magnitude, and D lies between 0 and
//! 2^37 + 2^36 = 1.5 * 2^37. For a note in range |m| <= 2^47 and |v| < 2^23. Hence
//!
//! ```text
//! |X|                 <= 2^47 + 2^23 * 2^37              =  2^60 + 2^47
//! |v'| * D            <= 2^23 * 1.5 * 2^37               =  1.5 * 2^60
//! |X - |v'|*D|        <= 2.5 * 2^60 + 2^47               <  2^62
//! (|v'| + 1)*D - X    <= 2^23 * 1.5 * 2^37 + |X|         <  2^62
//! ```
//!
//! Such a difference is non-negative exactly if its field element is below 2^64, and a negative
//! one is near the modulus, far above. `m'` differs from m by less than 2^61 and is a cash in
//! range exactly if `m' + 2^47` is below 2^48; what a limb holds are those very bits.
//!
//! The verifier of a proof does three things: it computes the statement itself from the message
//! and its own state, calls [`RefreshStatement::check_parameters`] on it, and verifies the proof
//! against [`RefreshStatement::public_inputs`].

#[cfg(feature = "r1cs")]
mod circuit;
mod relation;
mod terms;

use std::fmt;

use ark_bls12_381::Fr;
use zeroize::{Zeroize, ZeroizeOnDrop};

#[cfg(feature = "r1cs")]
pub use circuit::RefreshCircuit;
pub use relation::{Plaintext, RefreshViolation, check};
pub use terms::{RefreshTerms, Refreshed, TermsError};

pub(crate) use relation::has_reservations;

use crate::elgamal::Ciphertext;
use crate::field::{self, Element};
use crate::jubjub::{Point, Scalar};
use crate::note::{Note, NullifierKey};
use crate::tree::Path;

/// Bits of one limb of the cash: `cash + 2^47 = low + 2^24 * high`.
pub const LIMB_BITS: u32 = 24;

/// Number of public inputs of the circuit.
pub const PUBLIC_INPUTS: usize = 25;

/// Parameters of a statement with which a proof would prove too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshParameterError {
    /// The terms are out of bounds.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The joint key hides nothing.
    #[error("the joint key is the neutral element, under which nothing is hidden; make a new key")]
    JointKey,
}

/// Everything public about a Refresh.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshStatement {
    /// The market, see [`crate::note::market_element`].
    pub market: Fr,
    /// A block-end root of the closing epoch's note tree.
    pub root: Fr,
    /// The old note's nullifier.
    pub nullifier: Fr,
    /// The new note's commitment.
    pub new_commitment: Fr,
    /// What the epoch asks of everybody.
    pub terms: RefreshTerms,
    /// The joint key of the decryptors.
    pub joint_key: Point,
    /// The new position, encrypted.
    pub position: Ciphertext,
    /// At the daily settlement the low and the high limb of the new cash plus 2^47, encrypted.
    pub cash: Option<[Ciphertext; 2]>,
    /// Hash of the whole message without the proof.
    pub context: Fr,
}

impl RefreshStatement {
    /// The public inputs of the circuit, for prover and verifier alike: market, root, nullifier,
    /// new commitment; closing price of longs and of shorts, keeping cost D of longs and of
    /// shorts, all in cents; whether forced; the joint key; the position's ciphertext, that of the
    /// low and that of the high limb of the cash, each ephemeral point first, neutral without
    /// cash; whether with cash; context. A point is x, then y.
    #[must_use]
    pub fn public_inputs(&self) -> Vec<Fr> {
        self.inputs().to_vec()
    }

    /// [`RefreshStatement::public_inputs`] with its length in the type.
    fn inputs(&self) -> [Fr; PUBLIC_INPUTS] {
        let RefreshTerms { forced, .. } = self.terms;
        let [key_x, key_y] = self.joint_key.coordinates();
        let [position, low, high] = self.ciphertexts().map(|ciphertext| {
            let [c1x, c1y] = ciphertext.ephemeral.coordinates();
            let [c2x, c2y] = ciphertext.masked.coordinates();
            [c1x, c1y, c2x, c2y]
        });
        [
            self.market,
            self.root,
            self.nullifier,
            self.new_commitment,
            field::from_i64(self.terms.closing_price(true)),
            field::from_i64(self.terms.closing_price(false)),
            field::from_i64(self.terms.keeping_cost(true)),
            field::from_i64(self.terms.keeping_cost(false)),
            Fr::from(forced),
            key_x,
            key_y,
            position[0],
            position[1],
            position[2],
            position[3],
            low[0],
            low[1],
            low[2],
            low[3],
            high[0],
            high[1],
            high[2],
            high[3],
            Fr::from(self.cash.is_some()),
            self.context,
        ]
    }

    /// The ciphertexts of position, low and high limb; neutral where there is none.
    fn ciphertexts(&self) -> [Ciphertext; 3] {
        let [low, high] = self.cash.unwrap_or([Ciphertext::neutral(); 2]);
        [self.position, low, high]
    }

    /// Checks the public parameters against the bounds on which the circuit's range checks rest,
    /// and that the joint key hides something. The circuit does not constrain them: every verifier
    /// has to call this (or take the parameters from a state that was checked once).
    ///
    /// That the joint key is in the subgroup of prime order, on which the circuit's point
    /// arithmetic rests, is in its type.
    ///
    /// # Errors
    /// [`RefreshParameterError`] names the parameter and its bound.
    pub fn check_parameters(&self) -> Result<(), RefreshParameterError> {
        self.terms.check()?;
        if self.joint_key.is_identity() {
            return Err(RefreshParameterError::JointKey);
        }
        Ok(())
    }

    /// What the sender of a Refresh computes: the new note, the ciphertext of its position and, if
    /// `with_cash`, those of the low and the high limb of its cash plus 2^47.
    ///
    /// `None` if the terms make no note of the old one, see [`RefreshTerms::successor`]. Without
    /// cash the last two scalars of the randomness have to be zero, or [`check`] refuses.
    #[must_use]
    pub fn encrypt(
        terms: &RefreshTerms,
        note: &Note,
        nullifier: Fr,
        joint_key: Point,
        randomness: &Randomness,
        with_cash: bool,
    ) -> Option<(Note, Ciphertext, Option<[Ciphertext; 2]>)> {
        let new = terms.successor(note, nullifier)?;
        let [position, low, high] = relation::encryptions(&new, joint_key, randomness, with_cash);
        Some((new, position, with_cash.then_some([low, high])))
    }
}

/// What the sender of a Refresh knows. Private: `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshWitness {
    /// The owner's key.
    pub key: NullifierKey,
    /// The note that is spent.
    pub old_note: Note,
    /// Its path in the closing epoch's tree.
    pub path: Path,
    /// The randomness of the three ciphertexts: position, low limb, high limb.
    pub randomness: Randomness,
}

/// The randomness of the three ciphertexts: position, low limb and high limb of the cash. Wiped
/// when dropped.
///
/// Uniform and independent of each other, used once. Without cash ciphertexts the last two are
/// zero.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Randomness(pub [Scalar; 3]);

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness(secret)")
    }
}

impl fmt::Debug for RefreshWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshWitness(private)")
    }
}

impl fmt::Debug for RefreshStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshStatement")
            .field("market", &Element(self.market))
            .field("root", &Element(self.root))
            .field("nullifier", &Element(self.nullifier))
            .field("new_commitment", &Element(self.new_commitment))
            .field("terms", &self.terms)
            .field("joint_key", &self.joint_key)
            .field("position", &self.position)
            .field("cash", &self.cash)
            .field("context", &Element(self.context))
            .finish()
    }
}

#[cfg(test)]
#[cfg(feature = "r1cs")]
pub(crate) mod tests;
