//! Forgeries that no honest assignment leads to, each held up by one constraint alone. Together
//! they show that no checking constraint can be dropped, and that no private value is free but
//! where it says nothing.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

use crate::lapse::circuit::{Assignment, synthesize};
use crate::lapse::tests::fixture::Parts;
use crate::lapse::{LapseCircuit, LapseStatement};
use crate::r1cs::PathValues;
use crate::r1cs::testing::{Forger, System, arbitrary};
use crate::tree::{self, DEPTH};

/// The circuit for a valid Lapse.
pub fn system(parts: &Parts) -> System {
    forged(parts, |_, _| ())
}

/// The circuit with statement and private values changed.
pub fn forged(parts: &Parts, edit: impl FnOnce(&mut LapseStatement, &mut Assignment)) -> System {
    static BLANK: OnceLock<System> = OnceLock::new();
    let blank = BLANK.get_or_init(|| {
        let LapseCircuit { statement, witness } = LapseCircuit::blank();
        let assignment = Assignment::new(&statement, &witness);
        System::of(|system| synthesize(system, &statement, &assignment))
    });
    let mut statement = parts.statement();
    let mut assignment = Assignment::new(&statement, &parts.witness());
    edit(&mut statement, &mut assignment);
    blank.again(|system| synthesize(system, &statement, &assignment))
}

/// The one constraint that fails.
fn only(system: &System) -> usize {
    let failing = system.failing();
    assert_eq!(failing.len(), 1, "{:?}", system.failing_clauses());
    failing[0]
}

/// Which child is on the path at `height`, if the position bits are bits.
fn place(path: &PathValues, height: usize) -> usize {
    let [low, high] = path.digits[height];
    usize::from(low == Fr::ONE) + 2 * usize::from(high == Fr::ONE)
}

/// Hashes up again from `height` on, so that only that level is forged; the new root.
fn rehash(path: &mut PathValues, height: usize) -> Fr {
    for above in height + 1..DEPTH {
        let node = tree::node(path.children[above - 1]);
        let place = place(path, above);
        path.children[above][place] = node;
    }
    tree::node(path.children[DEPTH - 1])
}

/// A node replaced on the path, everything above it and the root made to fit.
fn swapped_node(height: usize) -> System {
    forged(&Parts::solvent(), |statement, private| {
        let place = place(&private.path, height);
        private.path.children[height][place] = arbitrary(77);
        statement.root = rehash(&mut private.path, height);
    })
}

/// A path whose nodes do not contain the current one, but whose position is no position: a field
/// element that makes the selection come out at the current node.
fn unreal_position(height: usize, in_high_bit: bool) -> System {
    forged(&Parts::solvent(), |statement, private| {
        let path = &mut private.path;
        let [low, high] = path.digits[height];
        let place = place(path, height);
        let current = path.children[height][place];
        path.children[height][place] = arbitrary(78);
        // Hash up with the honest position bits of the other levels.
        statement.root = rehash(path, height);
        let [c0, c1, c2, c3] = path.children[height];
        let between =
            |from: Fr, to: Fr| (current - from) * (to - from).inverse().unwrap_or_default();
        path.digits[height] = if in_high_bit {
            [low, between(c0 + (c1 - c0) * low, c2 + (c3 - c2) * low)]
        } else if high == Fr::ZERO {
            [between(c0, c1), high]
        } else {
            [between(c2, c3), high]
        };
    })
}

/// Checks that a forgery by hand shows to be needed.
fn by_hand() -> Vec<usize> {
    let mut found = Vec::new();
    for height in 0..DEPTH {
        found.push(only(&swapped_node(height)));
        found.push(only(&unreal_position(height, false)));
        found.push(only(&unreal_position(height, true)));
    }
    // A side that is neither, of a note without position; and of nothing that is left twice.
    let mut idle = Forger::new(system(&Parts::idle()));
    for clause in ["side", "sign"] {
        let (_, column) = idle.system.bits_of(clause)[0];
        found.extend(idle.only(&[(column, Fr::from(2_u64))]));
    }
    // More left than fits a note.
    let parts = Parts::solvent().with(|parts| parts.old.cash = (1 << 47) - 1);
    found.push(only(&system(&parts)));
    found
}

#[test]
fn no_check_can_be_dropped() {
    let mut sole: BTreeSet<usize> = by_hand().into_iter().collect();
    for parts in [Parts::solvent(), Parts::broke()] {
        sole.extend(Forger::new(system(&parts)).sole());
    }
    let forger = Forger::new(system(&Parts::solvent()));
    let unguarded: Vec<_> = forger
        .structure
        .checks()
        .difference(&sole)
        .map(|row| (*row, forger.system.clause(*row)))
        .collect();
    assert_eq!(unguarded, [], "constraints that no forgery needs");
}

#[test]
fn every_variable_is_free_or_defined_once() {
    let forger = Forger::new(system(&Parts::solvent()));
    let (system, structure) = (&forger.system, &forger.structure);
    let bits = 48 + 23 + 1 + 1 + 61 + 2 * 10;
    let (children, key_and_rho) = (4 * 10, 2);
    assert_eq!(structure.free.len(), bits + children + key_and_rho);
    let hashes = 12 * 297 + 294;
    // Position, price, value, cash, context.
    let products = hashes + 2 * 10 + 5;
    assert_eq!(structure.definitions(), [products, 0]);
    assert_eq!(
        structure.free.len() + products,
        system.z.len() - system.first_witness
    );
    // Magnitude, range, selections, root, nullifier, commitment.
    let equalities = 2 + 10 + 1 + 2;
    assert_eq!(structure.checks().len(), bits + equalities);
}

#[test]
fn no_single_variable_can_change() {
    for parts in [Parts::solvent(), Parts::broke()] {
        system(&parts).no_single_variable_can_change();
    }
}

#[test]
fn every_public_input_is_bound() {
    let mut system = system(&Parts::solvent());
    system.every_public_input_is_bound();
    // The context is held by its own constraint alone.
    let last = system.first_witness - 1;
    system.z[last] += Fr::ONE;
    assert_eq!(system.failing_clauses(), ["context"]);
}

#[test]
fn no_private_value_can_change_but_those_that_say_nothing() {
    let free = |parts: &Parts| Forger::new(system(parts)).free_clauses();
    assert_eq!(free(&Parts::solvent()), [""; 0]);
    assert_eq!(free(&Parts::broke()), [""; 0]);
    // A note without position has no side, and zero no sign.
    assert_eq!(free(&Parts::idle()), ["side", "sign"]);
}
