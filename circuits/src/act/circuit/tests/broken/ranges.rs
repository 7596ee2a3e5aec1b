//! Amounts just outside their ranges.

use super::{Case, valid_with};
use crate::act::ActViolation;
use crate::act::circuit::tests::fixture::Parts;
use crate::margin::{BandCents, MarginRequirement};
use crate::note::{NoteField, NoteRangeError};

/// An old note with one amount just outside its range, otherwise valid.
pub(super) fn broken_old_ranges() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, field) in NoteField::ALL.into_iter().enumerate() {
        for amount in [field.lowest() - 1, field.highest() + 1] {
            let parts = valid_with(&Parts::member(), |parts| parts.old[i] = amount);
            let violation = ActViolation::OldNoteRange(NoteRangeError { field });
            let name = format!("old {field} {amount}");
            cases.push(Case::new(name, &parts, |_| (), violation, "old note range"));
        }
    }
    cases
}

/// Terms and new amounts that are solvent with the amount of `field` at `amount`, be it in range
/// or one beyond. The position limits exceed the parameters' bounds where they have to.
pub(super) fn roomy(field: NoteField, amount: i128) -> Parts {
    let mut parts = Parts::member();
    let edge: i64 = 1 << 36;
    let at = |cents: i64| BandCents {
        lo: cents,
        hi: cents,
    };
    parts.requirement = MarginRequirement::default();
    parts.position_limit = 1 << 23;
    let high = amount > 0;
    let half: i128 = 1 << 23;
    (parts.new, parts.band) = match (field, high) {
        (NoteField::Position, true) => ([0, amount, 0, 0, 4_096, 0], at(0)),
        (NoteField::Position, false) => ([0, amount, 4_096, 0, 0, 0], at(0)),
        (NoteField::BuyQuantity, true) => ([0, -half, amount, 0, 0, 0], at(0)),
        (NoteField::SellQuantity, true) => ([0, half - 1, 0, 0, amount, 0], at(0)),
        _ => ([0, 4_096, 0, 0, 0, 0], at(edge)),
    };
    if parts.new[1] < -half || field == NoteField::SellQuantity {
        parts.position_limit += 1;
    }
    let index = NoteField::ALL.iter().position(|one| *one == field).unwrap();
    parts.new[index] = amount;
    parts
}

/// A new note with one amount just outside its range, otherwise valid.
pub(super) fn broken_new_ranges() -> Vec<Case> {
    let mut cases = Vec::new();
    for field in NoteField::ALL {
        for amount in [field.lowest() - 1, field.highest() + 1] {
            let violation = ActViolation::NewNoteRange(NoteRangeError { field });
            let name = format!("new {field} {amount}");
            let parts = roomy(field, amount);
            cases.push(Case::new(name, &parts, |_| (), violation, "new note range"));
        }
    }
    cases
}
