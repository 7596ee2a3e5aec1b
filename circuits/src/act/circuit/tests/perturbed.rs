//! Changing one witness of a satisfied instance breaks it.

use ark_bls12_381::Fr;
use ark_ff::Field;

use super::fixture::Parts;
use super::forged::{place, rehash};
use super::system::{FIRST_WITNESS, System, arbitrary};
use crate::act::circuit::Assignment;

/// Every witness variable by itself, with all others kept: no exceptions.
#[test]
fn no_single_variable_can_change() {
    for parts in [Parts::member(), Parts::opening()] {
        let mut system = parts.system();
        assert!(system.failing().is_empty());
        let rows = system.rows_by_column();
        for (column, rows) in rows.iter().enumerate().skip(FIRST_WITNESS) {
            let value = system.z[column];
            for other in [value + Fr::ONE, value - Fr::ONE, arbitrary(column as u64)] {
                assert!(
                    system.notices(column, other, rows),
                    "column {column} in {}",
                    system.clause(rows[0])
                );
            }
        }
    }
}

type Edit = (&'static str, fn(&mut Assignment));

/// Private values as the prover chooses them; everything that follows from them follows anew.
const EDITS: [Edit; 10] = [
    ("key", |private| private.key += Fr::ONE),
    ("rho", |private| private.rho += Fr::ONE),
    ("old tag's nullifier", |private| {
        private.old_tag_nullifier += Fr::ONE;
    }),
    ("old amount", |private| private.old[0] += 1),
    ("new amount", |private| private.new[0] += 1),
    ("both amounts", |private| {
        private.old[0] += 1;
        private.new[0] += 1;
    }),
    ("low position bit", |private| {
        private.path.digits[4][0] = Fr::ONE - private.path.digits[4][0];
    }),
    ("high position bit", |private| {
        private.path.digits[4][1] = Fr::ONE - private.path.digits[4][1];
    }),
    ("node on the path", |private| {
        let place = place(private, 4);
        private.path.children[4][place] += Fr::ONE;
        rehash(private, 4);
    }),
    ("node beside the path", |private| {
        let place = place(private, 4);
        private.path.children[4][(place + 1) % 4] += Fr::ONE;
        rehash(private, 4);
    }),
];

fn accepted(parts: &Parts) -> Vec<&'static str> {
    let statement = parts.statement();
    EDITS
        .iter()
        .filter(|(_, edit)| {
            let mut private = parts.assignment();
            edit(&mut private);
            System::of(&statement, &private).failing().is_empty()
        })
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn no_private_value_can_change_but_those_that_say_nothing() {
    assert_eq!(accepted(&Parts::member()), [""; 0]);

    // Without an old tag there is no Act that made it, so its nullifier is free.
    let mut untagged = Parts::member();
    untagged.old_tag = None;
    assert_eq!(accepted(&untagged), ["old tag's nullifier"]);

    // An opening spends no leaf, so the nodes beside its path lead to any root. (A node on the
    // path still has to be the one below it, and a position bit has to choose it.)
    assert_eq!(
        accepted(&Parts::opening()),
        ["old tag's nullifier", "node beside the path"]
    );
}

/// An opening's position is as free as its siblings: a whole other path is accepted.
#[test]
fn an_opening_may_carry_any_path() {
    let statement = Parts::opening().statement();
    let mut other = Parts::opening();
    other.index = Parts::member().index;
    other.siblings = Parts::member().siblings;
    let system = System::of(&statement, &other.assignment());
    assert!(system.failing().is_empty());
}
