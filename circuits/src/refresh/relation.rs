//! The relation of Refresh in native code: what the circuit proves, clause by clause.

use std::fmt;

use ark_bls12_381::Fr;

use super::{LIMB_BITS, Randomness, RefreshStatement, RefreshTerms, RefreshWitness};
use crate::elgamal::Ciphertext;
use crate::jubjub::Point;
use crate::note::{Note, NoteField, NoteRangeError};

/// The clause of Refresh that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshViolation {
    /// The old note is not in range.
    #[error("old note: {0}")]
    OldNoteRange(NoteRangeError),
    /// The old position is -2^23, which has no size of 23 bits.
    #[error("the old position of -2^23 contracts is beyond every position limit")]
    OldPosition,
    /// The old note has reservations.
    #[error("the old note has reservations; claim or release every order first")]
    Reservations,
    /// The old note is under water at the closing price.
    #[error(
        "equity would be {shortfall} cents short after closing the position; deposit before refreshing"
    )]
    UnderWater {
        /// Missing cash, in cents.
        shortfall: i128,
    },
    /// The new note is not in range.
    #[error("new note: {0}")]
    NewNoteRange(NoteRangeError),
    /// The path does not lead from the old note's commitment to the root.
    #[error("the old note is not in the tree under this root; take its path and root again")]
    Membership,
    /// The nullifier is not the old note's.
    #[error("the nullifier is not that of the old note under this key and market")]
    Nullifier,
    /// The new commitment is not that of the refreshed note.
    #[error("the new commitment is not that of the note which the terms make of the old one")]
    Commitment,
    /// The first part of a ciphertext is not the randomness times the generator.
    #[error("the first point of the {0}'s ciphertext was not made with this randomness")]
    Ephemeral(Plaintext),
    /// The second part of a ciphertext does not hold what it should.
    #[error("the second point of the {0}'s ciphertext does not hold the new note's value")]
    Masked(Plaintext),
}

/// What a Refresh encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plaintext {
    /// The new position.
    Position,
    /// The low limb of the new cash plus 2^47.
    LowLimb,
    /// The high limb.
    HighLimb,
}

impl fmt::Display for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Position => "position",
            Self::LowLimb => "low limb of the cash",
            Self::HighLimb => "high limb of the cash",
        })
    }
}

/// Checks the relation. The statement's parameters are taken to be within their bounds, see
/// [`RefreshStatement::check_parameters`].
///
/// # Errors
/// [`RefreshViolation`] names the first clause that does not hold.
pub fn check(
    statement: &RefreshStatement,
    witness: &RefreshWitness,
) -> Result<(), RefreshViolation> {
    let RefreshWitness {
        key,
        old_note,
        path,
        randomness,
    } = witness;

    let new_note = refreshed(&statement.terms, old_note, statement.nullifier)?;

    // The old note is in the tree, is nullified, and its successor committed to.
    if path.root(old_note.commitment(statement.market, key)) != statement.root {
        return Err(RefreshViolation::Membership);
    }
    if old_note.nullifier(statement.market, key) != statement.nullifier {
        return Err(RefreshViolation::Nullifier);
    }
    if new_note.commitment(statement.market, key) != statement.new_commitment {
        return Err(RefreshViolation::Commitment);
    }

    // The ciphertexts hold the new note's position and, at the daily settlement, its cash.
    let expected = encryptions(
        &new_note,
        statement.joint_key,
        randomness,
        statement.cash.is_some(),
    );
    for ((expected, found), plaintext) in expected.iter().zip(statement.ciphertexts()).zip([
        Plaintext::Position,
        Plaintext::LowLimb,
        Plaintext::HighLimb,
    ]) {
        if expected.ephemeral != found.ephemeral {
            return Err(RefreshViolation::Ephemeral(plaintext));
        }
        if expected.masked != found.masked {
            return Err(RefreshViolation::Masked(plaintext));
        }
    }
    Ok(())
}

/// True if an order of the note's owner is not yet claimed or released.
pub(crate) fn has_reservations(note: &Note) -> bool {
    [note.buy_quantity, note.sell_quantity] != [0; 2] || [note.buy_cost, note.sell_cost] != [0; 2]
}

/// The note that the terms make of `old`.
pub(super) fn refreshed(
    terms: &RefreshTerms,
    old: &Note,
    nullifier: Fr,
) -> Result<Note, RefreshViolation> {
    old.check_range().map_err(RefreshViolation::OldNoteRange)?;
    if i128::from(old.position) == NoteField::Position.lowest() {
        return Err(RefreshViolation::OldPosition);
    }
    if has_reservations(old) {
        return Err(RefreshViolation::Reservations);
    }
    let Some(after) = terms.apply(old.cash, old.position) else {
        return Err(RefreshViolation::UnderWater {
            shortfall: -terms.equity_when_closed(old.cash, old.position),
        });
    };
    after
        .to_note(nullifier)
        .map_err(RefreshViolation::NewNoteRange)
}

/// The three ciphertexts of a new note: of its position and of the two limbs of its cash. Without
/// cash the last two are of zero.
pub(super) fn encryptions(
    new: &Note,
    key: Point,
    randomness: &Randomness,
    with_cash: bool,
) -> [Ciphertext; 3] {
    let raised = i128::from(new.cash) + NoteField::Cash.offset();
    // A note in range has 48 bits of cash: two limbs.
    let limb = |i: u32| i64::try_from(raised >> (i * LIMB_BITS) & ((1 << LIMB_BITS) - 1));
    let limbs = [limb(0), limb(1)].map(|limb| if with_cash { limb.unwrap_or(0) } else { 0 });
    let values = [new.position.into(), limbs[0], limbs[1]];
    std::array::from_fn(|i| Ciphertext::encrypt(values[i], &randomness.0[i], key))
}
