//! For every clause of Lapse a statement that breaks just that clause: refused natively with the
//! clause's own violation, and in the circuit by constraints of that clause alone.

use ark_bls12_381::Fr;
use ark_ff::Field;
use proptest::prelude::*;

use super::forged::{forged, system};
use crate::lapse::circuit::Assignment;
use crate::lapse::tests::fixture::{Parts, valid};
use crate::lapse::{LapseStatement, LapseTerms, LapseViolation, check};
use crate::note::{NoteField, NoteRangeError};
use crate::r1cs::PathValues;
use crate::refresh::tests::fixture::bare;

/// `parts` with statement and private values changed: the native verdict, and the clauses that
/// fail in the circuit.
fn is_refused(
    name: &str,
    parts: &Parts,
    edit: impl Fn(&mut LapseStatement, &mut Assignment),
    violation: LapseViolation,
    clauses: &[&str],
) {
    let mut changed = None;
    let system = forged(parts, |statement, private| {
        edit(statement, private);
        changed = Some(statement.clone());
    });
    let verdict = check(&changed.unwrap(), &parts.witness());
    assert_eq!(verdict, Err(violation), "{name}");
    assert_eq!(system.failing_clauses(), clauses, "{name}");
}

/// Breaks of equalities, from any valid Lapse.
fn broken_equalities(valid: &Parts) {
    let one = Fr::ONE;
    let root = valid.statement().root;
    let elsewhere = [
        ("another sibling", valid.with(|p| p.siblings[5][1] += one)),
        ("another place", valid.with(|p| p.index ^= 1)),
        ("another key", valid.with(|p| p.key += one)),
        ("another rho", valid.with(|p| p.old.rho += one)),
        ("another market", valid.with(|p| p.market += one)),
    ];
    for (name, parts) in elsewhere {
        let edit = |statement: &mut LapseStatement, _: &mut _| statement.root = root;
        is_refused(name, &parts, edit, LapseViolation::Membership, &["root"]);
    }
    is_refused(
        "another root",
        valid,
        |statement, _| statement.root += one,
        LapseViolation::Membership,
        &["root"],
    );
    let cash = valid.outcome();
    is_refused(
        "another nullifier, with the successor to match",
        valid,
        |statement, _| {
            statement.nullifier += one;
            statement.new_commitment = valid.commitment(cash, 0, statement.nullifier);
        },
        LapseViolation::Nullifier,
        &["nullifier"],
    );
    let commitments: [(&str, &dyn Fn(Fr) -> Fr); 5] = [
        ("another commitment", &|nullifier| {
            valid.commitment(cash, 0, nullifier) + one
        }),
        ("the new note belongs to another key", &|nullifier| {
            let other = valid.with(|parts| parts.key += one);
            other.commitment(cash, 0, nullifier)
        }),
        ("the new note's rho is not the nullifier", &|_| {
            valid.commitment(cash, 0, one)
        }),
        ("the new note has a position", &|nullifier| {
            valid.commitment(cash, 1, nullifier)
        }),
        ("the new note has another cash", &|nullifier| {
            valid.commitment(cash + 1, 0, nullifier)
        }),
    ];
    for (name, commitment) in commitments {
        is_refused(
            name,
            valid,
            |statement, _| statement.new_commitment = commitment(statement.nullifier),
            LapseViolation::Commitment,
            &["new commitment"],
        );
    }
}

#[test]
fn broken_equalities_are_refused() {
    for parts in [Parts::solvent(), Parts::broke(), Parts::idle()] {
        broken_equalities(&parts);
    }
}

#[test]
fn reservations_are_refused() {
    let edits: [fn(&mut Parts); 4] = [
        |parts| parts.old.buy_quantity = 1,
        |parts| parts.old.buy_cost = -1,
        |parts| parts.old.sell_quantity = 1,
        |parts| parts.old.sell_cost = 1,
    ];
    for edit in edits {
        let parts = Parts::solvent().with(edit);
        let violation = LapseViolation::Reservations;
        // With the path as it is, the leaf is not the note; with a path from the note, the root is
        // not the tree's.
        is_refused("reserved", &parts, |_, _| (), violation, &["path"]);
        let (cash, position) = (parts.old.cash.into(), parts.old.position.into());
        let leaf = parts.commitment(cash, position, parts.old.rho);
        let from_leaf = |_: &mut _, private: &mut Assignment| {
            private.path = PathValues::of(&parts.path(), leaf);
        };
        is_refused("reserved", &parts, from_leaf, violation, &["root"]);
    }
}

#[test]
fn old_notes_out_of_range_are_refused() {
    let lowest = i64::try_from(NoteField::Cash.lowest()).unwrap();
    // Something in range is left in either case.
    for (cash, position) in [(lowest - 1, 4_096), (-lowest, -4_096)] {
        let parts = Parts::solvent().with(|parts| {
            let price = 1 << 35;
            parts.old = bare(cash, position);
            parts.terms = LapseTerms {
                long_price: price,
                short_price: price,
                ..LapseTerms::default()
            };
        });
        let field = NoteField::Cash;
        let violation = LapseViolation::OldNoteRange(NoteRangeError { field });
        is_refused("old cash", &parts, |_, _| (), violation, &["old cash"]);
    }
    let half = 1 << 23;
    let field = NoteField::Position;
    let out = LapseViolation::OldNoteRange(NoteRangeError { field });
    for (position, violation) in [
        (half, out),
        (-half - 1, out),
        (-half, LapseViolation::OldPosition),
    ] {
        let parts = Parts::solvent().with(|parts| parts.old = bare(0, position));
        is_refused("old position", &parts, |_, _| (), violation, &["old size"]);
    }
}

#[test]
fn new_cash_out_of_range_is_refused() {
    let highest = i64::try_from(NoteField::Cash.highest()).unwrap();
    let field = NoteField::Cash;
    let violation = LapseViolation::NewNoteRange(NoteRangeError { field });
    let parts = |cash: i64| {
        Parts::solvent().with(|parts| {
            parts.old = bare(cash, 7);
            parts.terms.haircut = 0;
            parts.terms.long_price = 100;
        })
    };
    assert!(system(&parts(highest - 675)).failing().is_empty());
    let beyond = parts(highest - 674);
    is_refused("new cash", &beyond, |_, _| (), violation, &["new cash"]);
}

/// A new note that the terms do not prescribe, with the commitment to match.
#[test]
fn chosen_outcomes_are_refused() {
    let choose = |name, parts: &Parts, magnitude: i128, is_left: bool, clauses: &[&str]| {
        let edit = |statement: &mut LapseStatement, private: &mut Assignment| {
            (private.magnitude, private.is_left) = (magnitude, Fr::from(is_left));
            let cash = if is_left { magnitude } else { 0 };
            statement.new_commitment = parts.commitment(cash, 0, statement.nullifier);
        };
        is_refused(name, parts, edit, LapseViolation::Commitment, clauses);
    };
    let solvent = Parts::solvent();
    assert_eq!(solvent.outcome(), 1_400);
    choose("more", &solvent, 1_401, true, &["magnitude"]);
    choose("less", &solvent, 1_399, true, &["magnitude"]);
    choose("nothing", &solvent, 0, true, &["magnitude"]);
    choose("a debt", &solvent, 1_400, false, &["magnitude"]);
    choose("no magnitude", &solvent, -1_400, false, &["magnitude"]);

    let broke = Parts::broke();
    assert_eq!(broke.terms.left(broke.old.cash, broke.old.position), -425);
    choose("the debt as cash", &broke, 425, true, &["magnitude"]);
    choose("some cash", &broke, 1, true, &["magnitude"]);
    // Less than nothing: neither a magnitude nor a cash.
    choose(
        "less than nothing",
        &broke,
        -425,
        true,
        &["magnitude", "new cash"],
    );
}

/// The point where nothing is left, and one cent on either side.
#[test]
fn the_boundary_holds() {
    for (position, cents) in [(7, 0), (7, 1), (-7, 0), (-7, 1), (0, 0), (0, 1)] {
        for left in [-1_i64, 0, 1] {
            let parts = Parts::solvent().with(|parts| {
                parts.terms.opening_fee = cents;
                let rest = parts.terms.left(0, position);
                parts.old = bare(left - i64::try_from(rest).unwrap(), position);
            });
            assert_eq!(parts.outcome(), i128::from(left.max(0)));
            assert!(system(&parts).failing().is_empty());
        }
    }
}

#[test]
fn a_statement_for_another_market_is_refused() {
    let parts = Parts::solvent();
    let mut statement = parts.statement();
    statement.market += Fr::ONE;
    let violation = LapseViolation::Membership;
    assert_eq!(check(&statement, &parts.witness()), Err(violation));
    let system = forged(&parts, |statement, private| {
        statement.market += Fr::ONE;
        *private = Assignment::new(statement, &parts.witness());
    });
    assert_eq!(
        system.failing_clauses(),
        ["root", "nullifier", "new commitment"]
    );
}

#[test]
fn wild_notes_do_not_panic() {
    for cash in [i64::MIN, i64::MAX] {
        for position in [i32::MIN, i32::MAX] {
            let parts = Parts::solvent().with(|parts| parts.old = bare(cash, position));
            let statement = Parts::solvent().statement();
            assert!(check(&statement, &parts.witness()).is_err());
            let system = forged(&Parts::solvent(), |statement, private| {
                statement.terms.short_price = i64::MAX;
                *private = Assignment::new(statement, &parts.witness());
            });
            assert!(!system.failing().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_broken_equality_of_any_valid_lapse_is_refused(parts in valid()) {
        broken_equalities(&parts);
    }
}
