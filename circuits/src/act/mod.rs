//! The statement **Act**: open, deposit, withdraw, post, claim, release, replace, bond, transfer.
//!
//! In words: the old note is in the tree under the root (unless this is an opening: then all its
//! amounts and its rho are zero), the nullifier is its own, the new note is the old one plus the
//! public deltas with the same key and the nullifier as its rho, both notes are in range, both
//! tags are the owner's, and the new note is solvent over the band.
//!
//! [`ActStatement`] is public, [`ActWitness`] private, [`check`] is the relation in native code,
//! and `ActCircuit` (feature `r1cs`) the same relation as constraints.
//!
//! The verifier of a proof does three things: it computes the statement itself from the message
//! and its own state, calls [`ActStatement::check_parameters`] on it, and verifies the proof
//! against [`ActStatement::public_inputs`].

mod relation;

#[cfg(feature = "r1cs")]
mod circuit;

use std::fmt;

use ark_bls12_381::Fr;

pub use relation::{ActViolation, check};

#[cfg(feature = "r1cs")]
pub use circuit::ActCircuit;

use crate::field::{self, Element};
use crate::margin::{self, BandCents, MarginRequirement, ParameterError};
use crate::note::{Deltas, Note, NullifierKey};
use crate::tree::Path;

/// Number of public inputs of the circuit.
pub const PUBLIC_INPUTS: usize = 19;

/// Everything public about an Act. The state machine computes all of it but the nullifier, the
/// commitment and the tags, which the message names.
#[derive(Clone, PartialEq, Eq)]
pub struct ActStatement {
    /// The market, see [`crate::note::market_element`].
    pub market: Fr,
    /// A block-end root of the epoch's note tree. Without effect in an opening.
    pub root: Fr,
    /// The old note's nullifier.
    pub nullifier: Fr,
    /// The new note's commitment.
    pub new_commitment: Fr,
    /// True if the old note is the empty one that is in no tree.
    pub is_open: bool,
    /// The tag whose record is claimed or released; zero if none.
    pub old_tag: Fr,
    /// The tag of the record that this Act makes; zero if none.
    pub new_tag: Fr,
    /// New note minus old note.
    pub deltas: Deltas,
    /// The price band.
    pub band: BandCents,
    /// The margin that the new note has to meet.
    pub requirement: MarginRequirement,
    /// Largest exposure either way, in contracts.
    pub position_limit: i64,
    /// Hash of the whole message without proof and signatures.
    pub context: Fr,
}

impl ActStatement {
    /// The public inputs of the circuit, for prover and verifier alike: market, root, nullifier,
    /// new commitment, is open, old tag, new tag, the deltas of cash, position, buy quantity, buy
    /// cost, sell quantity and sell cost, lower and upper edge, lower and upper requirement,
    /// position limit, context.
    #[must_use]
    pub fn public_inputs(&self) -> Vec<Fr> {
        self.inputs().to_vec()
    }

    /// [`ActStatement::public_inputs`] with its length in the type.
    fn inputs(&self) -> [Fr; PUBLIC_INPUTS] {
        let [cash, position, buys, buy_cost, sells, sell_cost] =
            self.deltas.in_order().map(field::from_i64);
        [
            self.market,
            self.root,
            self.nullifier,
            self.new_commitment,
            Fr::from(self.is_open),
            self.old_tag,
            self.new_tag,
            cash,
            position,
            buys,
            buy_cost,
            sells,
            sell_cost,
            field::from_i64(self.band.lo),
            field::from_i64(self.band.hi),
            field::from_i64(self.requirement.lo),
            field::from_i64(self.requirement.hi),
            field::from_i64(self.position_limit),
            self.context,
        ]
    }

    /// Checks the public parameters against the bounds on which the circuit's range checks rest.
    /// The circuit does not constrain them: every verifier has to call this (or take the
    /// parameters from a contract that was checked once).
    ///
    /// # Errors
    /// [`ParameterError`] names the parameter and its bound.
    pub fn check_parameters(&self) -> Result<(), ParameterError> {
        margin::check(&self.band, &self.requirement, self.position_limit)
    }
}

impl fmt::Debug for ActStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActStatement")
            .field("market", &Element(self.market))
            .field("root", &Element(self.root))
            .field("nullifier", &Element(self.nullifier))
            .field("new_commitment", &Element(self.new_commitment))
            .field("is_open", &self.is_open)
            .field("old_tag", &Element(self.old_tag))
            .field("new_tag", &Element(self.new_tag))
            .field("deltas", &self.deltas)
            .field("band", &self.band)
            .field("requirement", &self.requirement)
            .field("position_limit", &self.position_limit)
            .field("context", &Element(self.context))
            .finish()
    }
}

/// What the sender of an Act knows. Private: `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ActWitness {
    /// The owner's key, the same for the old and the new note.
    pub key: NullifierKey,
    /// The note that is spent, [`Note::opening`] in an opening.
    pub old_note: Note,
    /// Its path in the tree, [`Path::zero`] in an opening.
    pub path: Path,
    /// The nullifier of the Act that made the old tag; any value, such as zero, if there is none.
    pub old_tag_nullifier: Fr,
}

impl fmt::Debug for ActWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActWitness(private)")
    }
}
