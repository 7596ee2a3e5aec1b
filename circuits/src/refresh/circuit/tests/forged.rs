//! Forgeries that no honest assignment leads to, each held up by one constraint alone. Together
//! they show that no checking constraint can be dropped, and that no private value is free but
//! where it says nothing.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

use crate::r1cs::testing::{Forger, System};
use crate::refresh::circuit::{Assignment, synthesize};
use crate::refresh::tests::fixture::Parts;
use crate::refresh::{RefreshCircuit, RefreshStatement};

/// Column of the public flag that says whether every position is closed.
const IS_FORCED: usize = 1 + 8;

/// The circuit for a valid Refresh.
pub fn system(parts: &Parts) -> System {
    forged(parts, |_, _| ())
}

/// The circuit with statement and private values changed.
pub fn forged(parts: &Parts, edit: impl FnOnce(&mut RefreshStatement, &mut Assignment)) -> System {
    let mut statement = parts.statement();
    let mut assignment = Assignment::new(&statement, &parts.witness());
    edit(&mut statement, &mut assignment);
    static BLANK: OnceLock<System> = OnceLock::new();
    let blank = BLANK.get_or_init(|| {
        let RefreshCircuit { statement, witness } = RefreshCircuit::blank();
        let assignment = Assignment::new(&statement, &witness);
        System::of(|system| synthesize(system, &statement, &assignment))
    });
    blank.again(|system| synthesize(system, &statement, &assignment))
}

/// The column of the lowest bit of a clause.
fn bit(system: &System, clause: &str) -> usize {
    system.bits_of(clause)[0].1
}

/// Checks that a forgery by hand shows to be needed.
fn by_hand() -> Vec<usize> {
    let mut found = Vec::new();
    let two = Fr::from(2_u64);

    // A side that is neither, of a note without position; everything kept twice over of none; and
    // a flag of two.
    let mut idle = Forger::new(system(&Parts::idle()));
    let columns = [
        bit(&idle.system, "side"),
        bit(&idle.system, "whole"),
        IS_FORCED,
    ];
    found.extend(columns.map(|column| idle.only(&[(column, two)]).unwrap()));

    // Four of seven kept, said to be all.
    let parts = Parts::cut();
    let all = forged(&parts, |_, private| private.is_whole = Fr::ONE);
    found.push(only(&all));

    // All kept where all have to be closed.
    let mut parts = Parts::whole();
    parts.terms.forced = true;
    let kept = forged(&parts, |statement, private| {
        *statement = parts.statement_of(20_000, -5);
        (private.kept, private.new_cash, private.is_whole) = (5, 20_000, Fr::ONE);
    });
    found.push(only(&kept));

    // One more closed than the old note has, at a price of nothing.
    let mut parts = Parts::cut();
    parts.terms.mark = parts.terms.haircut;
    parts.terms.band.lo = parts.terms.mark - 500;
    parts.old.cash = 3_000;
    let mut free = Forger::new(system(&parts));
    let column = bit(&free.system, "closed");
    let other = Fr::ONE - free.system.z[column];
    found.extend(free.only(&[(column, other)]));
    found
}

/// The one constraint that fails.
fn only(system: &System) -> usize {
    let failing = system.failing();
    assert_eq!(failing.len(), 1, "{:?}", system.failing_clauses());
    failing[0]
}

#[test]
fn no_check_can_be_dropped() {
    let mut forger = Forger::new(system(&Parts::cut()));
    let mut sole: BTreeSet<usize> = forger.sole();
    sole.extend(by_hand());
    let unguarded: Vec<_> = forger
        .structure
        .checks()
        .difference(&sole)
        .map(|row| (*row, forger.system.clause(*row)))
        // The path is that of every statement, and has its own forgeries.
        .filter(|(_, clause)| *clause != "path")
        .collect();
    assert_eq!(unguarded, [], "constraints that no forgery needs");
}

#[test]
fn every_variable_is_free_or_defined_once() {
    let forger = Forger::new(system(&Parts::cut()));
    let (system, structure) = (&forger.system, &forger.structure);
    let exponents = 3 * 252;
    let integers = 48 + 23 + 23 + 23 + 64 + 64 + 48 + 24;
    let bits = exponents + integers + 2 + 2 * 10;
    let (children, key_and_rho) = (4 * 10, 2);
    assert_eq!(structure.free.len(), bits + children + key_and_rho);

    let hashes = 12 * 297 + 294;
    let revaluation = 1 + 2 + 2 + 1;
    let additions = 83 + 125 + 8;
    let chosen = 2 * 84 + 4 * 126 + 3 * 8;
    let ciphertext = 126 + chosen + 4 * additions;
    let products = hashes + 2 * 10 + revaluation + 48 + 3 * 251 + 3 * ciphertext + 1;
    // The last addition of a point of a ciphertext ends in public inputs.
    let quotients = 2 * 251 + 3 * 2 * (additions - 2);
    assert_eq!(structure.definitions(), [products, quotients]);

    let defined = products + quotients;
    assert_eq!(
        structure.free.len() + defined,
        system.z.len() - system.first_witness
    );
    let flags = 2;
    let selections_and_root = 10 + 1;
    let equalities = 7 + selections_and_root + 2;
    let coordinates = 3 * 4;
    assert_eq!(
        structure.checks().len(),
        bits + flags + equalities + coordinates
    );
}

#[test]
fn no_single_variable_can_change() {
    for parts in [Parts::cut(), Parts::whole()] {
        system(&parts).no_single_variable_can_change();
    }
}

#[test]
fn every_public_input_is_bound() {
    let mut system = system(&Parts::cut());
    system.every_public_input_is_bound();
    // The context is held by its own constraint alone.
    let last = system.first_witness - 1;
    system.z[last] += Fr::ONE;
    assert_eq!(system.failing_clauses(), ["context"]);
}

#[test]
fn no_private_value_can_change_but_those_that_say_nothing() {
    let free = |parts: &Parts| Forger::new(system(parts)).free_clauses();
    assert_eq!(free(&Parts::cut()), [""; 0]);
    assert_eq!(free(&Parts::whole()), [""; 0]);
    // In a forced closing it is nobody's business whether all are kept of none, and a note without
    // position has no side.
    assert_eq!(free(&Parts::idle()), ["side", "whole"]);
}

/// If all can be kept and one more could not, there are two ways to say so, and one outcome.
#[test]
fn all_may_be_kept_for_either_reason() {
    for left in [0, 699] {
        let parts = Parts::cut().with(|parts| parts.old.cash = 7 * 700 + left - 7 * 2_900);
        assert_eq!(parts.outcome().1, 7);
        let said_otherwise = forged(&parts, |_, private| private.is_whole = Fr::ZERO);
        assert!(said_otherwise.failing().is_empty());
    }
    let room_for_one_more = Parts::cut().with(|parts| parts.old.cash = 8 * 700 - 7 * 2_900);
    let said_otherwise = forged(&room_for_one_more, |_, private| private.is_whole = Fr::ZERO);
    assert_eq!(said_otherwise.failing_clauses(), ["largest"]);
}

/// A ciphertext whose parts have different randomness, or a shift of the plaintext hidden in it.
#[test]
fn both_parts_of_a_ciphertext_have_one_randomness() {
    let parts = Parts::cut();
    let other = parts.with(|parts| parts.randomness[0] += crate::jubjub::Scalar::from(1_u64));
    let mixed = forged(&parts, |statement, _| {
        statement.position.ephemeral = other.statement().position.ephemeral;
    });
    assert_eq!(mixed.failing_clauses(), ["position ephemeral"]);
    let mixed = forged(&parts, |statement, _| {
        statement.position.masked = other.statement().position.masked;
    });
    assert_eq!(mixed.failing_clauses(), ["position masked"]);
}
