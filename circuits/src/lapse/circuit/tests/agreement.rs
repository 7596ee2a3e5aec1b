//! Valid Lapses hold natively and in the circuit.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, SynthesisMode,
};
use proptest::prelude::*;

use crate::lapse::tests::fixture::{Parts, terms, valid};
use crate::lapse::{LapseCircuit, LapseStatement, LapseTerms, LapseWitness, check};
use crate::refresh::tests::fixture::{bare, element, position};
use crate::refresh::tests::vectors;
use crate::tree::Tree;

fn synthesized(
    statement: &LapseStatement,
    witness: &LapseWitness,
    construct_matrices: bool,
) -> ConstraintSystemRef<Fr> {
    let system = ConstraintSystem::new_ref();
    system.set_mode(SynthesisMode::Prove {
        construct_matrices,
        generate_lc_assignments: construct_matrices,
    });
    let circuit = LapseCircuit {
        statement: statement.clone(),
        witness: witness.clone(),
    };
    circuit.generate_constraints(system.clone()).unwrap();
    system
}

fn satisfied(statement: &LapseStatement, witness: &LapseWitness) -> bool {
    synthesized(statement, witness, true)
        .is_satisfied()
        .unwrap()
}

fn holds(parts: &Parts) {
    let (statement, witness) = (parts.statement(), parts.witness());
    assert_eq!(statement.check_parameters(), Ok(()));
    assert_eq!(check(&statement, &witness), Ok(()));
    assert!(satisfied(&statement, &witness));
}

#[test]
fn the_fixtures_hold() {
    let left = [Parts::solvent(), Parts::broke(), Parts::idle()].map(|parts| {
        holds(&parts);
        parts.outcome()
    });
    assert_eq!(left, [1_400, 0, 0]);
}

#[test]
fn the_blank_circuit_holds() {
    let LapseCircuit { statement, witness } = LapseCircuit::blank();
    assert_eq!(statement.check_parameters(), Ok(()));
    assert_eq!(check(&statement, &witness), Ok(()));
    assert!(satisfied(&statement, &witness));
}

#[test]
fn the_circuit_takes_its_inputs_from_the_statement() {
    let parts = Parts::solvent();
    let (statement, witness) = (parts.statement(), parts.witness());
    let instance = synthesized(&statement, &witness, true)
        .instance_assignment()
        .unwrap();
    assert_eq!(instance[0], Fr::from(1_u64));
    assert_eq!(instance[1..], statement.public_inputs());
}

#[test]
fn the_assignment_does_not_depend_on_whether_matrices_are_built() {
    let parts = Parts::solvent();
    let (statement, witness) = (parts.statement(), parts.witness());
    let with = synthesized(&statement, &witness, true);
    let without = synthesized(&statement, &witness, false);
    assert_eq!(without.num_constraints(), 0);
    assert_eq!(
        with.witness_assignment().unwrap(),
        without.witness_assignment().unwrap()
    );
}

#[test]
fn a_lapse_from_a_real_tree() {
    let mut parts = Parts::solvent();
    let mut tree = Tree::new();
    tree.append(element(40)).unwrap();
    let leaf = parts.old.commitment(parts.market, &parts.key());
    parts.index = tree.append(leaf).unwrap();
    tree.append(element(41)).unwrap();
    parts.siblings = tree.path(parts.index).unwrap().siblings;
    assert_eq!(parts.statement().root, tree.root());
    holds(&parts);
}

#[test]
fn the_circuit_matches_the_reference() {
    for (tau, value) in vectors::parts("lapse").iter().take(60) {
        let number = |name: &str| value[name].as_i64().unwrap();
        let (mark, reopening) = (number("p") * tau, number("reopen") * tau);
        let parts = Parts::solvent().with(|parts| {
            parts.old = bare(number("m"), number("v").try_into().unwrap());
            parts.terms = LapseTerms {
                long_price: mark.min(reopening),
                short_price: mark.max(reopening),
                haircut: number("h_late"),
                opening_fee: 0,
            };
        });
        assert_eq!(parts.outcome(), i128::from(number("m_after")));
        holds(&parts);
    }
}

#[test]
fn debug_shows_nothing_private() {
    let parts = Parts::solvent();
    let circuit = LapseCircuit {
        statement: parts.statement(),
        witness: parts.witness(),
    };
    let text = format!("{circuit:?}");
    assert!(text.contains("LapseWitness(private)"));
    assert!(!text.contains("17125"), "old cash");
    assert!(!text.contains(&crate::field::Element(parts.key).to_string()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn valid_lapses_hold_natively_and_in_the_circuit(parts in valid()) {
        holds(&parts);
    }

    /// Also where the note is refused because too much would be left.
    #[test]
    fn circuit_and_native_agree_on_any_note(
        terms in terms(),
        position in position(),
        cash in prop_oneof![
            Just(-(1_i64 << 47)), Just((1 << 47) - 1), Just(0), -(1_i64 << 47)..1 << 47,
        ],
    ) {
        let parts = Parts::solvent().with(|parts| {
            parts.terms = terms;
            parts.old = bare(cash, position);
        });
        let (statement, witness) = (parts.statement(), parts.witness());
        let native = check(&statement, &witness).is_ok();
        prop_assert_eq!(satisfied(&statement, &witness), native);
        prop_assert_eq!(terms.successor(&parts.old, parts.nullifier()).is_some(), native);
    }
}
