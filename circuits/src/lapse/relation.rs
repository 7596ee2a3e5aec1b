//! The relation of Lapse in native code: what the circuit proves, clause by clause.

use ark_bls12_381::Fr;

use super::{LapseStatement, LapseTerms, LapseWitness};
use crate::note::{Note, NoteField, NoteRangeError};
use crate::refresh::{Refreshed, has_reservations};

/// The clause of Lapse that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LapseViolation {
    /// The old note is not in range.
    #[error("old note: {0}")]
    OldNoteRange(NoteRangeError),
    /// The old position is -2^23, which has no size of 23 bits.
    #[error("the old position of -2^23 contracts is beyond every position limit")]
    OldPosition,
    /// The old note has reservations.
    #[error("the old note has reservations; claim or release every order in its epoch first")]
    Reservations,
    /// The new note is not in range.
    #[error("new note: {0}")]
    NewNoteRange(NoteRangeError),
    /// The path does not lead from the old note's commitment to the root.
    #[error("the old note is not in the tree under this root; take its path and root again")]
    Membership,
    /// The nullifier is not the old note's.
    #[error("the nullifier is not that of the old note under this key and market")]
    Nullifier,
    /// The new commitment is not that of the note that comes back.
    #[error("the new commitment is not that of the note which the terms make of the old one")]
    Commitment,
}

/// Checks the relation. The statement's parameters are taken to be within their bounds, see
/// [`LapseStatement::check_parameters`].
///
/// # Errors
/// [`LapseViolation`] names the first clause that does not hold.
pub fn check(statement: &LapseStatement, witness: &LapseWitness) -> Result<(), LapseViolation> {
    let LapseWitness {
        key,
        old_note,
        path,
    } = witness;

    let new_note = lapsed(&statement.terms, old_note, statement.nullifier)?;

    // The old note is in the tree, is nullified, and its successor committed to.
    if path.root(old_note.commitment(statement.market, key)) != statement.root {
        return Err(LapseViolation::Membership);
    }
    if old_note.nullifier(statement.market, key) != statement.nullifier {
        return Err(LapseViolation::Nullifier);
    }
    if new_note.commitment(statement.market, key) != statement.new_commitment {
        return Err(LapseViolation::Commitment);
    }
    Ok(())
}

/// The note that the terms make of `old`.
pub(super) fn lapsed(
    terms: &LapseTerms,
    old: &Note,
    nullifier: Fr,
) -> Result<Note, LapseViolation> {
    old.check_range().map_err(LapseViolation::OldNoteRange)?;
    if i128::from(old.position) == NoteField::Position.lowest() {
        return Err(LapseViolation::OldPosition);
    }
    if has_reservations(old) {
        return Err(LapseViolation::Reservations);
    }
    let after = Refreshed {
        cash: terms.cash_back(old.cash, old.position),
        position: 0,
    };
    after
        .to_note(nullifier)
        .map_err(LapseViolation::NewNoteRange)
}
