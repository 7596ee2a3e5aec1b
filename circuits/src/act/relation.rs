//! The relation of Act in native code: what the circuit proves, clause by clause.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

use super::{ActStatement, ActWitness};
use crate::margin::{self, MarginViolation};
use crate::note::{NoteRangeError, tag};

/// The clause of Act that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActViolation {
    /// The old note is not in range.
    #[error("old note: {0}")]
    OldNoteRange(NoteRangeError),
    /// An opening spends a note with an amount that is not zero.
    #[error("an opening has to spend the empty note, but the old note has amounts")]
    OpeningAmounts,
    /// An opening spends a note whose rho is not zero.
    #[error("an opening has to spend the empty note, but the old note's rho is not zero")]
    OpeningRho,
    /// The path does not lead from the old note's commitment to the root.
    #[error("the old note is not in the tree under this root; take its path and root again")]
    Membership,
    /// The nullifier is not the old note's.
    #[error("the nullifier is not that of the old note under this key and market")]
    Nullifier,
    /// The new note is not in range.
    #[error("new note: {0}")]
    NewNoteRange(NoteRangeError),
    /// The new commitment is not that of the old note plus the deltas.
    #[error("the new commitment is not that of the old note plus the deltas")]
    Commitment,
    /// The old tag is not the owner's.
    #[error("the old tag was not made with this key and nullifier")]
    OldTag,
    /// The new tag is not this Act's.
    #[error("the new tag is not that of this key and this Act's nullifier")]
    NewTag,
    /// The new note is not solvent.
    #[error("new note: {0}")]
    Margin(MarginViolation),
}

/// Checks the relation. The statement's parameters are taken to be within their bounds, see
/// [`ActStatement::check_parameters`].
///
/// # Errors
/// [`ActViolation`] names the first clause that does not hold.
pub fn check(statement: &ActStatement, witness: &ActWitness) -> Result<(), ActViolation> {
    let ActWitness {
        key,
        old_note,
        path,
        old_tag_nullifier,
    } = witness;

    // Both notes in range.
    old_note.check_range().map_err(ActViolation::OldNoteRange)?;
    let new_note = old_note
        .apply(&statement.deltas, statement.nullifier)
        .map_err(ActViolation::NewNoteRange)?;

    // The old note is empty, or in the tree.
    if statement.is_open {
        if !old_note.has_no_amounts() {
            return Err(ActViolation::OpeningAmounts);
        }
        if old_note.rho != Fr::ZERO {
            return Err(ActViolation::OpeningRho);
        }
    } else if path.root(old_note.commitment(statement.market, key)) != statement.root {
        return Err(ActViolation::Membership);
    }

    // It is nullified, and its successor committed to.
    if old_note.nullifier(statement.market, key) != statement.nullifier {
        return Err(ActViolation::Nullifier);
    }
    if new_note.commitment(statement.market, key) != statement.new_commitment {
        return Err(ActViolation::Commitment);
    }

    // Both tags, where there are any, are the owner's.
    if statement.old_tag != Fr::ZERO && statement.old_tag != tag(key, *old_tag_nullifier) {
        return Err(ActViolation::OldTag);
    }
    if statement.new_tag != Fr::ZERO && statement.new_tag != tag(key, statement.nullifier) {
        return Err(ActViolation::NewTag);
    }

    margin::solvent(
        &new_note,
        &statement.band,
        &statement.requirement,
        statement.position_limit,
    )
    .map_err(ActViolation::Margin)
}
