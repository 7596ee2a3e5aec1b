//! Forgeries that no honest assignment leads to, each held up by one constraint alone. Together
//! with the broken clauses they show that no checking constraint can be dropped.

use std::collections::BTreeSet;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::broken;
use super::fixture::Parts;
use super::structure::Structure;
use super::system::{System, arbitrary};
use crate::act::circuit::Assignment;
use crate::tree::{self, DEPTH};

/// The columns of the bits that a clause allocates, lowest first.
fn bits_of(system: &System, clause: &str) -> Vec<usize> {
    (0..system.rows())
        .filter(|row| system.clause(*row) == clause)
        .filter_map(|row| system.boolean(row))
        .collect()
}

/// The one constraint that fails.
fn only(system: &System, what: &str) -> usize {
    let failing = system.failing();
    assert_eq!(failing.len(), 1, "{what}: {:?}", system.failing_clauses());
    failing[0]
}

/// Which child is on the path at `height`, if the position bits are bits.
pub fn place(assignment: &Assignment, height: usize) -> usize {
    let [low, high] = assignment.path.digits[height];
    usize::from(low == Fr::ONE) + 2 * usize::from(high == Fr::ONE)
}

/// Hashes up again from `height` on, so that only that level is forged; the new root.
pub fn rehash(assignment: &mut Assignment, height: usize) -> Fr {
    for above in height + 1..DEPTH {
        let node = tree::node(assignment.path.children[above - 1]);
        let place = place(assignment, above);
        assignment.path.children[above][place] = node;
    }
    tree::node(assignment.path.children[DEPTH - 1])
}

/// A node replaced on the path, everything above it and the root made to fit.
fn swapped_nodes() -> Vec<System> {
    (0..DEPTH)
        .map(|height| {
            let parts = Parts::member();
            let (mut statement, mut assignment) = (parts.statement(), parts.assignment());
            let place = place(&assignment, height);
            assignment.path.children[height][place] = arbitrary(77);
            statement.root = rehash(&mut assignment, height);
            System::of(&statement, &assignment)
        })
        .collect()
}

/// A path whose nodes do not contain the current one, but whose position is no position: a field
/// element that makes the selection come out at the current node.
fn unreal_positions() -> Vec<System> {
    let mut forged = Vec::new();
    for height in 0..DEPTH {
        for high_bit in [false, true] {
            let parts = Parts::member();
            let (mut statement, mut assignment) = (parts.statement(), parts.assignment());
            let [low, high] = assignment.path.digits[height];
            let place = place(&assignment, height);
            let current = assignment.path.children[height][place];
            assignment.path.children[height][place] = arbitrary(78);
            // Hash up with the honest position bits of the other levels.
            statement.root = rehash(&mut assignment, height);
            let [c0, c1, c2, c3] = assignment.path.children[height];
            let between =
                |from: Fr, to: Fr| (current - from) * (to - from).inverse().unwrap_or_default();
            if high_bit {
                let (lower, upper) = (c0 + (c1 - c0) * low, c2 + (c3 - c2) * low);
                assignment.path.digits[height][1] = between(lower, upper);
            } else if high == Fr::ZERO {
                assignment.path.digits[height][0] = between(c0, c1);
            } else {
                assignment.path.digits[height][0] = between(c2, c3);
            }
            forged.push(System::of(&statement, &assignment));
        }
    }
    forged
}

/// A worst case or a slack that is not what the note and the terms say.
fn invented_slacks() -> Vec<System> {
    let mut forged = Vec::new();
    for (equity, margin) in [
        ("equity at the low edge", "margin at the low edge"),
        ("equity at the high edge", "margin at the high edge"),
    ] {
        // The worst case and its slack over the requirement, both changed by the same amount.
        let mut system = Parts::member().system();
        let worst = bits_of(&system, equity);
        let slack = bits_of(&system, margin);
        let same = (0..64)
            .find(|i| system.z[worst[*i]] == system.z[slack[*i]])
            .unwrap();
        for column in [worst[same], slack[same]] {
            system.z[column] = Fr::ONE - system.z[column];
        }
        forged.push(system);
    }
    for clause in [
        "margin at the low edge",
        "margin at the high edge",
        "long limit",
        "short limit",
    ] {
        let mut system = Parts::member().system();
        let lowest = bits_of(&system, clause)[0];
        system.z[lowest] = Fr::ONE - system.z[lowest];
        forged.push(system);
    }
    forged
}

/// An opening flag of two.
fn unreal_flag() -> System {
    let mut system = Parts::opening().system();
    // With an honest path the clauses that the flag scales all hold whatever the flag.
    system.z[5] = Fr::from(2_u64);
    system
}

/// Every bit but the highest of its integer, made 2 or more, or negative, with the next bit making
/// up for it: the constraint that fails for each.
fn unreal_bits(system: &mut System) -> BTreeSet<usize> {
    let booleans: Vec<(usize, usize)> = (0..system.rows())
        .filter_map(|row| system.boolean(row).map(|column| (row, column)))
        .collect();
    let rows = system.rows_by_column();
    let mut found = BTreeSet::new();
    for pair in booleans.windows(2) {
        let ((row, bit), (_, next)) = (pair[0], pair[1]);
        let before = (system.z[bit], system.z[next]);
        let step = if before.1 == Fr::ONE {
            Fr::ONE
        } else {
            -Fr::ONE
        };
        system.z[bit] += step.double();
        system.z[next] -= step;
        let touched: BTreeSet<usize> = rows[bit].iter().chain(&rows[next]).copied().collect();
        let failing: Vec<usize> = touched
            .into_iter()
            .filter(|row| !system.holds(*row))
            .collect();
        // Where the pair spans two integers, other constraints fail as well.
        if failing == [row] {
            found.insert(row);
        }
        (system.z[bit], system.z[next]) = before;
    }
    found
}

#[test]
fn no_check_can_be_dropped() {
    let mut system = Parts::member().system();
    let mut sole = unreal_bits(&mut system);
    for case in broken::all() {
        let failing = case.system().failing();
        if let [row] = failing[..] {
            sole.insert(row);
        }
    }
    sole.insert(only(&unreal_flag(), "opening flag"));
    for (what, forged) in [
        ("swapped node", swapped_nodes()),
        ("unreal position", unreal_positions()),
        ("invented slack", invented_slacks()),
    ] {
        for system in forged {
            sole.insert(only(&system, what));
        }
    }
    let checks = Structure::of(&system).checks;
    let unguarded: Vec<_> = checks
        .difference(&sole)
        .map(|row| (row, system.clause(*row)))
        .collect();
    assert_eq!(unguarded, [], "constraints that no forgery needs");
}
