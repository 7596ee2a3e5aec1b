//! For every clause of Refresh a statement that breaks just that clause: refused natively with the
//! clause's own violation, and in the circuit by constraints of that clause alone.

mod amounts;

use ark_bls12_381::Fr;
use ark_ff::Field;
use proptest::prelude::*;

use super::forged::forged;
use crate::elgamal::Ciphertext;
use crate::jubjub::{Point, Scalar};
use crate::refresh::circuit::Assignment;
use crate::refresh::tests::fixture::{Parts, bare, valid};
use crate::refresh::{Plaintext, RefreshStatement, RefreshViolation, check};

/// `parts` with statement and private values changed: the native verdict, and the clauses that
/// fail in the circuit.
fn is_refused(
    name: &str,
    parts: &Parts,
    edit: impl Fn(&mut RefreshStatement, &mut Assignment),
    violation: RefreshViolation,
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

/// Breaks of equalities, from any valid Refresh.
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
        let edit = |statement: &mut RefreshStatement, _: &mut _| statement.root = root;
        is_refused(name, &parts, edit, RefreshViolation::Membership, &["root"]);
    }
    is_refused(
        "another root",
        valid,
        |statement, _| statement.root += one,
        RefreshViolation::Membership,
        &["root"],
    );
    let (cash, position) = valid.outcome();
    is_refused(
        "another nullifier, with the successor to match",
        valid,
        |statement, _| {
            statement.nullifier += one;
            statement.new_commitment = valid.commitment(cash, position, statement.nullifier);
        },
        RefreshViolation::Nullifier,
        &["nullifier"],
    );
    is_refused(
        "another commitment",
        valid,
        |statement, _| statement.new_commitment += one,
        RefreshViolation::Commitment,
        &["new commitment"],
    );
    is_refused(
        "the new note belongs to another key",
        valid,
        |statement, _| {
            let other = valid.with(|parts| parts.key += one);
            statement.new_commitment = other.commitment(cash, position, statement.nullifier);
        },
        RefreshViolation::Commitment,
        &["new commitment"],
    );
    is_refused(
        "the new note's rho is not the nullifier",
        valid,
        |statement, _| statement.new_commitment = valid.commitment(cash, position, one),
        RefreshViolation::Commitment,
        &["new commitment"],
    );
    broken_ciphertexts(valid);
}

fn broken_ciphertexts(valid: &Parts) {
    let shift = Point::generator();
    let names = [
        (
            Plaintext::Position,
            ["position ephemeral", "position masked"],
        ),
        (
            Plaintext::LowLimb,
            ["low limb ephemeral", "low limb masked"],
        ),
        (
            Plaintext::HighLimb,
            ["high limb ephemeral", "high limb masked"],
        ),
    ];
    let count = if valid.with_cash { 3 } else { 1 };
    for (i, (plaintext, [ephemeral, masked])) in names.into_iter().enumerate().take(count) {
        fn part(statement: &mut RefreshStatement, i: usize) -> &mut Ciphertext {
            match (i, &mut statement.cash) {
                (1.., Some(cash)) => &mut cash[i - 1],
                _ => &mut statement.position,
            }
        }
        is_refused(
            "another ephemeral point",
            valid,
            |statement, _| {
                let one = part(statement, i);
                one.ephemeral = one.ephemeral + shift;
            },
            RefreshViolation::Ephemeral(plaintext),
            &[ephemeral],
        );
        is_refused(
            "one more encrypted",
            valid,
            |statement, _| {
                let one = part(statement, i);
                one.masked = one.masked + shift;
            },
            RefreshViolation::Masked(plaintext),
            &[masked],
        );
    }
}

#[test]
fn broken_equalities_are_refused() {
    for parts in [Parts::cut(), Parts::whole(), Parts::idle()] {
        broken_equalities(&parts);
    }
}

#[test]
fn a_flag_that_does_not_fit_the_ciphertexts_is_refused() {
    // Ciphertexts of nothing where the cash is asked for.
    let parts = Parts::whole().with(|parts| parts.with_cash = true);
    is_refused(
        "no cash encrypted",
        &parts,
        |statement, _| statement.cash = Some([Ciphertext::neutral(); 2]),
        RefreshViolation::Masked(Plaintext::LowLimb),
        &["low limb masked", "high limb masked"],
    );
    // Randomness where nothing is encrypted.
    let parts = Parts::whole().with(|parts| parts.randomness[1] = Scalar::from(1_u64));
    is_refused(
        "randomness without cash",
        &parts,
        |_, _| (),
        RefreshViolation::Ephemeral(Plaintext::LowLimb),
        &["low limb ephemeral", "low limb masked"],
    );
}

#[test]
fn a_statement_for_another_market_is_refused() {
    let parts = Parts::cut();
    let mut statement = parts.statement();
    statement.market += Fr::ONE;
    let violation = RefreshViolation::Membership;
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
fn a_ciphertext_for_another_key_is_refused() {
    let parts = Parts::cut();
    let other = parts.with(|parts| parts.joint_key = Point::generator());
    let violation = RefreshViolation::Masked(Plaintext::Position);
    is_refused(
        "another key",
        &parts,
        |statement, _| {
            (statement.position, statement.cash) =
                (other.statement().position, other.statement().cash);
        },
        violation,
        &["position masked", "low limb masked", "high limb masked"],
    );
}

#[test]
fn wild_notes_do_not_panic() {
    for cash in [i64::MIN, i64::MAX] {
        for position in [i32::MIN, i32::MAX] {
            let parts = Parts::cut().with(|parts| parts.old = bare(cash, position));
            let statement = Parts::cut().statement();
            assert!(check(&statement, &parts.witness()).is_err());
            let system = forged(&Parts::cut(), |statement, private| {
                statement.terms.mark = i64::MAX;
                *private = Assignment::new(statement, &parts.witness());
            });
            assert!(!system.failing().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn every_broken_equality_of_any_valid_refresh_is_refused(parts in valid()) {
        broken_equalities(&parts);
    }
}
