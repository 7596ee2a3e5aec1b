//! For every clause of Act a statement that breaks just that clause: refused natively with the
//! clause's own violation, and in the circuit by constraints of that clause alone.

mod margins;
mod ranges;

use ark_bls12_381::Fr;
use ark_ff::Field;
use proptest::prelude::*;

use super::fixture::{Parts, valid};
use super::system::{System, arbitrary};
use crate::act::circuit::Assignment;
use crate::act::{ActStatement, ActViolation, check};
use crate::margin::BandCents;
use crate::note::{NoteField, NullifierKey, tag};
use margins::{boundaries, broken_margins};
use ranges::{broken_new_ranges, broken_old_ranges, roomy};

/// A statement that does not hold, and why.
pub struct Case {
    pub name: String,
    parts: Parts,
    statement: ActStatement,
    assignment: Assignment,
    violation: ActViolation,
    clause: &'static str,
}

impl Case {
    /// `parts` with its statement changed by `edit`.
    fn new(
        name: impl Into<String>,
        parts: &Parts,
        edit: impl FnOnce(&mut ActStatement),
        violation: ActViolation,
        clause: &'static str,
    ) -> Self {
        let mut statement = parts.statement();
        edit(&mut statement);
        Self {
            name: name.into(),
            parts: parts.clone(),
            statement,
            assignment: parts.assignment(),
            violation,
            clause,
        }
    }

    pub fn system(&self) -> System {
        System::of(&self.statement, &self.assignment)
    }

    fn is_refused(&self) {
        // A negative quantity fits no note, so that only a forger's circuit can hold one.
        if let Some(witness) = self.parts.witness() {
            let refusal = check(&self.statement, &witness);
            assert_eq!(refusal, Err(self.violation), "{}", self.name);
        } else {
            assert!(matches!(self.violation, ActViolation::OldNoteRange(_)));
        }
        let clauses = self.system().failing_clauses();
        assert_eq!(clauses, [self.clause], "{}", self.name);
    }
}

/// Breaks of an equality, from any valid member.
fn broken_equalities(valid: &Parts) -> Vec<Case> {
    let mut cases = broken_membership(valid);
    let one = Fr::ONE;
    let honest = valid.statement();
    let commitment = ActViolation::Commitment;
    let mut case = |name: &str, edit: &dyn Fn(&mut ActStatement), violation, clause| {
        cases.push(Case::new(name, valid, edit, violation, clause));
    };
    let foreign = valid_with(valid, |parts| parts.rho += one);
    case(
        "another nullifier, with successor and tag to match",
        &|statement| {
            let nullifier = foreign.nullifier();
            statement.nullifier = nullifier;
            statement.new_commitment =
                foreign_commitment(valid, nullifier, &NullifierKey::from_element(valid.key));
            if valid.has_new_tag {
                statement.new_tag = tag(&valid.key(), nullifier);
            }
        },
        ActViolation::Nullifier,
        "nullifier",
    );
    case(
        "another commitment",
        &|statement| statement.new_commitment += one,
        commitment,
        "new commitment",
    );
    case(
        "the new note belongs to another key",
        &|statement| {
            let other = NullifierKey::from_element(valid.key + one);
            statement.new_commitment = foreign_commitment(valid, honest.nullifier, &other);
        },
        commitment,
        "new commitment",
    );
    case(
        "the new note's rho is not the nullifier",
        &|statement| {
            statement.new_commitment = foreign_commitment(valid, one, &valid.key());
        },
        commitment,
        "new commitment",
    );
    case(
        "an old tag of somebody else",
        &|statement| statement.old_tag = tag(&NullifierKey::from_element(one), one),
        ActViolation::OldTag,
        "old tag",
    );
    case(
        "a new tag of somebody else",
        &|statement| {
            let other = NullifierKey::from_element(valid.key + one);
            statement.new_tag = tag(&other, honest.nullifier);
        },
        ActViolation::NewTag,
        "new tag",
    );
    cases.extend(broken_deltas(valid));
    cases
}

fn broken_membership(valid: &Parts) -> Vec<Case> {
    if valid.is_open {
        return Vec::new();
    }
    let root = valid.statement().root;
    let case = |name: &str, parts: Parts| {
        Case::new(
            name,
            &parts,
            |statement| statement.root = root,
            ActViolation::Membership,
            "root",
        )
    };
    let one = Fr::ONE;
    let other_root = Case::new(
        "another root",
        valid,
        |statement| statement.root += one,
        ActViolation::Membership,
        "root",
    );
    vec![
        other_root,
        case(
            "another sibling",
            valid_with(valid, |parts| parts.siblings[5][1] += one),
        ),
        case(
            "another position",
            valid_with(valid, |parts| parts.index ^= 1),
        ),
        case("another key", valid_with(valid, |parts| parts.key += one)),
        case("another rho", valid_with(valid, |parts| parts.rho += one)),
        case(
            "another market",
            valid_with(valid, |parts| parts.market += one),
        ),
        case(
            "another old amount",
            valid_with(valid, |parts| {
                let room = parts.old[3] < NoteField::BuyCost.highest();
                parts.old[3] += if room { 1 } else { -1 };
            }),
        ),
    ]
}

fn broken_deltas(valid: &Parts) -> Vec<Case> {
    let shift = |i: usize| {
        let room = valid.new[i] < NoteField::ALL[i].highest();
        if room { 1 } else { -1 }
    };
    let edits: [&dyn Fn(&mut ActStatement); 6] = [
        &|statement| statement.deltas.cash += shift(0),
        &|statement| statement.deltas.position += shift(1),
        &|statement| statement.deltas.buy_quantity += shift(2),
        &|statement| statement.deltas.buy_cost += shift(3),
        &|statement| statement.deltas.sell_quantity += shift(4),
        &|statement| statement.deltas.sell_cost += shift(5),
    ];
    NoteField::ALL
        .into_iter()
        .zip(edits)
        .map(|(field, edit)| {
            let name = format!("another delta of {field}");
            Case::new(name, valid, edit, ActViolation::Commitment, "deltas")
        })
        .collect()
}

fn valid_with(valid: &Parts, edit: impl FnOnce(&mut Parts)) -> Parts {
    let mut parts = valid.clone();
    edit(&mut parts);
    parts
}

/// The commitment of the new note of `parts` with a rho and a key of choice.
fn foreign_commitment(parts: &Parts, rho: Fr, key: &NullifierKey) -> Fr {
    let packed = crate::note::pack_amounts(&parts.new);
    let key = crate::field::from_bytes(&key.to_bytes()).unwrap();
    let inputs = [parts.market, packed, key, rho];
    crate::poseidon::hash4(crate::poseidon::Domain::Note, inputs)
}

fn broken_openings() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, field) in NoteField::ALL.into_iter().enumerate() {
        let parts = valid_with(&Parts::opening(), |parts| parts.old[i] = 1);
        let violation = ActViolation::OpeningAmounts;
        let name = format!("an opening with {field}");
        cases.push(Case::new(
            name,
            &parts,
            |_| (),
            violation,
            "opening amounts",
        ));
    }
    let parts = valid_with(&Parts::opening(), |parts| parts.rho = arbitrary(6));
    let violation = ActViolation::OpeningRho;
    cases.push(Case::new(
        "an opening with rho",
        &parts,
        |_| (),
        violation,
        "opening rho",
    ));
    cases
}

/// Every break, from the fixed valid Acts.
pub fn all() -> Vec<Case> {
    let mut cases = broken_equalities(&Parts::member());
    cases.extend(broken_equalities(&Parts::opening()));
    cases.extend(broken_old_ranges());
    cases.extend(broken_new_ranges());
    cases.extend(broken_openings());
    cases.extend(broken_margins());
    cases
}

#[test]
fn every_broken_clause_is_refused() {
    for case in all() {
        case.is_refused();
    }
}

#[test]
fn the_boundaries_hold() {
    for (met, ..) in boundaries() {
        assert_eq!(met.system().failing_clauses(), [""; 0]);
        let witness = met.witness().unwrap();
        assert_eq!(check(&met.statement(), &witness), Ok(()));
    }
    for field in NoteField::ALL {
        for amount in [field.lowest(), field.highest()] {
            let met = roomy(field, amount);
            assert_eq!(met.system().failing_clauses(), [""; 0], "new {field}");
            let old = valid_with(&Parts::member(), |parts| {
                let index = NoteField::ALL.iter().position(|one| *one == field).unwrap();
                parts.old[index] = amount;
            });
            assert_eq!(old.system().failing_clauses(), [""; 0], "old {field}");
        }
    }
}

#[test]
fn every_public_input_is_bound() {
    let mut system = Parts::member().system();
    let rows = system.rows_by_column();
    for (column, rows) in rows.iter().enumerate().take(20).skip(1) {
        let other = system.z[column] + Fr::ONE;
        assert!(system.notices(column, other, rows), "public input {column}");
    }
    // The context is held by its own constraint alone.
    system.z[19] += Fr::ONE;
    assert_eq!(system.failing_clauses(), ["context"]);
}

#[test]
fn a_statement_for_another_market_is_refused() {
    let parts = Parts::member();
    let mut statement = parts.statement();
    statement.market += Fr::ONE;
    let witness = parts.witness().unwrap();
    assert_eq!(check(&statement, &witness), Err(ActViolation::Membership));
    let assignment = Assignment::new(&statement, &witness);
    let clauses = System::of(&statement, &assignment).failing_clauses();
    assert_eq!(clauses, ["root", "nullifier", "new commitment"]);
}

#[test]
fn wild_deltas_do_not_panic() {
    let parts = Parts::member();
    let mut statement = parts.statement();
    statement.deltas.position = i64::MAX;
    statement.deltas.buy_quantity = i64::MAX;
    statement.band = BandCents {
        lo: i64::MIN,
        hi: i64::MAX,
    };
    let witness = parts.witness().unwrap();
    assert!(statement.check_parameters().is_err());
    assert!(check(&statement, &witness).is_err());
    let assignment = Assignment::new(&statement, &witness);
    assert!(!System::of(&statement, &assignment).failing().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_broken_equality_of_any_valid_act_is_refused(parts in valid()) {
        for case in broken_equalities(&parts) {
            case.is_refused();
        }
    }
}
