//! Amounts that break a clause: ranges, reservations, debts, and outcomes of the sender's choice.

use ark_bls12_381::Fr;

use super::is_refused;
use crate::margin::BandCents;
use crate::note::{NoteField, NoteRangeError};
use crate::r1cs::PathValues;
use crate::refresh::circuit::Assignment;
use crate::refresh::circuit::tests::forged::system;
use crate::refresh::tests::fixture::{Parts, bare};
use crate::refresh::{RefreshStatement, RefreshTerms, RefreshViolation, check};

#[test]
fn reservations_are_refused() {
    let edits: [fn(&mut Parts); 4] = [
        |parts| parts.old.buy_quantity = 1,
        |parts| parts.old.buy_cost = -1,
        |parts| parts.old.sell_quantity = 1,
        |parts| parts.old.sell_cost = 1,
    ];
    for edit in edits {
        let parts = Parts::cut().with(edit);
        let violation = RefreshViolation::Reservations;
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
    // Enough is left in either case, and the new cash is in range.
    for (cash, position, mark) in [(lowest - 1, 4_096, 1 << 36), (-lowest, -4_096, 1 << 35)] {
        let parts = Parts::cut().without_cash().with(|parts| {
            parts.old = bare(cash, position);
            parts.terms = RefreshTerms {
                mark,
                band: BandCents { lo: mark, hi: mark },
                forced: true,
                ..RefreshTerms::default()
            };
        });
        let field = NoteField::Cash;
        let violation = RefreshViolation::OldNoteRange(NoteRangeError { field });
        is_refused("old cash", &parts, |_, _| (), violation, &["old cash"]);
    }
    let half = 1 << 23;
    let field = NoteField::Position;
    let out = RefreshViolation::OldNoteRange(NoteRangeError { field });
    for (position, violation) in [
        (half, out),
        (-half - 1, out),
        (-half, RefreshViolation::OldPosition),
    ] {
        // Half of it can be kept.
        let parts = Parts::cut().with(|parts| {
            parts.old = bare(1 << 22, position);
            parts.terms = RefreshTerms {
                maintenance: 1,
                ..RefreshTerms::default()
            };
        });
        is_refused("old position", &parts, |_, _| (), violation, &["old size"]);
    }
}

#[test]
fn notes_under_water_are_refused() {
    for (position, mark) in [(7, 3_000), (-7, 3_000), (0, 0), (7, -50), (-7, -50)] {
        let parts = |left: i64| {
            Parts::cut().with(|parts| {
                parts.terms.mark = mark;
                parts.terms.band = BandCents {
                    lo: mark - 500,
                    hi: mark + 400,
                };
                let closed = parts.terms.equity_when_closed(0, position);
                parts.old = bare(left - i64::try_from(closed).unwrap(), position);
            })
        };
        let (statement, witness) = (parts(0).statement(), parts(0).witness());
        assert_eq!(check(&statement, &witness), Ok(()));
        assert!(system(&parts(0)).failing().is_empty());
        let violation = RefreshViolation::UnderWater { shortfall: 1 };
        is_refused("in debt", &parts(-1), |_, _| (), violation, &["solvency"]);
    }
}

#[test]
fn new_cash_out_of_range_is_refused() {
    let highest = i64::try_from(NoteField::Cash.highest()).unwrap();
    let field = NoteField::Cash;
    let violation = RefreshViolation::NewNoteRange(NoteRangeError { field });
    // Closed at 100, or bought back at -100.
    for (position, mark) in [(7, 100), (-7, -100)] {
        let parts = |cash: i64| {
            Parts::forced().without_cash().with(|parts| {
                parts.old = bare(cash, position);
                parts.terms.mark = mark;
                parts.terms.band = BandCents { lo: mark, hi: mark };
            })
        };
        let fits = parts(highest - 700);
        assert!(system(&fits).failing().is_empty());
        let beyond = parts(highest - 699);
        is_refused("new cash", &beyond, |_, _| (), violation, &["new cash"]);
    }
}

/// A new note that the terms do not prescribe, with commitment and ciphertexts to match.
#[test]
fn chosen_outcomes_are_refused() {
    let violation = RefreshViolation::Commitment;
    let choose = |name, parts: &Parts, kept: i128, extra: i128, clauses: &[&str]| {
        let long = parts.old.position > 0;
        let sign = if long { 1 } else { -1 };
        let closed = i128::from(parts.old.position.abs()) - kept;
        let price = i128::from(parts.terms.closing_price(long));
        let cash = i128::from(parts.old.cash) + sign * closed * price + extra;
        let edit = |statement: &mut RefreshStatement, private: &mut Assignment| {
            *statement = parts.statement_of(cash, sign * kept);
            private.kept = kept;
            private.new_cash = cash;
            private.is_whole = Fr::from(closed == 0);
        };
        is_refused(name, parts, edit, violation, clauses);
    };
    for parts in [
        Parts::cut(),
        Parts::cut().with(|parts| {
            // The mirror image: D = 600, so that five can be kept of seven.
            parts.old = bare(3_000 + 7 * 3_100, -7);
        }),
    ] {
        let most = parts.outcome().1.abs();
        choose("less than could be kept", &parts, most - 1, 0, &["largest"]);
        choose("nothing kept", &parts, 0, 0, &["largest"]);
        choose("more than is solvent", &parts, most + 1, 0, &["solvency"]);
        choose("everything kept", &parts, 7, 0, &["solvency"]);
        choose("a cent more", &parts, most, 1, &["new cash"]);
        choose("a cent less", &parts, most, -1, &["new cash"]);
    }
    choose("one closed needlessly", &Parts::whole(), 4, 0, &["largest"]);
    // One more kept than there was leaves minus one to close, which is not all either.
    let more = ["closed", "largest"];
    choose("more than there was", &Parts::whole(), 6, 0, &more);
    choose("one kept at expiry", &Parts::forced(), 1, 0, &["forced"]);
    let rich = Parts::forced().with(|parts| parts.old.cash = 20_000);
    choose("all kept at expiry", &rich, 7, 0, &["forced"]);
}

/// The boundaries of the division: X = n'*D, and one cent on either side.
#[test]
fn the_division_is_exact_at_its_boundaries() {
    for (position, cost) in [(7, 700), (-7, 600)] {
        for kept in 0..=7_i64 {
            for cents in [-1_i64, 0, 1] {
                let parts = Parts::cut().with(|parts| {
                    let closed = parts.terms.equity_when_closed(0, position);
                    let cash = kept * cost + cents - i64::try_from(closed).unwrap();
                    parts.old = bare(cash, position);
                });
                let expected = if cents < 0 { kept - 1 } else { kept };
                let outcome = parts.terms.apply(parts.old.cash, position);
                if expected < 0 {
                    assert_eq!(outcome, None);
                    continue;
                }
                assert_eq!(outcome.unwrap().position.abs(), expected);
            }
        }
    }
}
