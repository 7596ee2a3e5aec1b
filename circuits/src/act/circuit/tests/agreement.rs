//! Valid Acts hold natively and in the circuit.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, SynthesisMode,
};
use proptest::prelude::*;

use super::fixture::{Parts, valid};
use crate::act::{ActCircuit, ActStatement, ActWitness, check};
use crate::note::{Note, NullifierKey, market_element};
use crate::tree::Tree;

fn satisfied(statement: &ActStatement, witness: &ActWitness) -> bool {
    synthesized(statement, witness, true)
        .is_satisfied()
        .unwrap()
}

fn synthesized(
    statement: &ActStatement,
    witness: &ActWitness,
    construct_matrices: bool,
) -> ConstraintSystemRef<Fr> {
    let system = ConstraintSystem::new_ref();
    system.set_mode(SynthesisMode::Prove {
        construct_matrices,
        generate_lc_assignments: construct_matrices,
    });
    let circuit = ActCircuit {
        statement: statement.clone(),
        witness: witness.clone(),
    };
    circuit.generate_constraints(system.clone()).unwrap();
    system
}

fn holds(parts: &Parts) {
    let (statement, witness) = (parts.statement(), parts.witness().unwrap());
    assert_eq!(statement.check_parameters(), Ok(()));
    assert_eq!(check(&statement, &witness), Ok(()));
    assert!(satisfied(&statement, &witness));
}

#[test]
fn the_fixtures_hold() {
    holds(&Parts::member());
    holds(&Parts::opening());
}

#[test]
fn the_blank_circuit_holds() {
    let ActCircuit { statement, witness } = ActCircuit::blank();
    assert_eq!(statement.check_parameters(), Ok(()));
    assert_eq!(check(&statement, &witness), Ok(()));
    assert!(satisfied(&statement, &witness));
}

#[test]
fn the_circuit_takes_its_inputs_from_the_statement() {
    let parts = Parts::member();
    let (statement, witness) = (parts.statement(), parts.witness().unwrap());
    let instance = synthesized(&statement, &witness, true)
        .instance_assignment()
        .unwrap();
    assert_eq!(instance[0], Fr::from(1_u64));
    assert_eq!(instance[1..], statement.public_inputs());
}

#[test]
fn the_assignment_does_not_depend_on_whether_matrices_are_built() {
    let parts = Parts::member();
    let (statement, witness) = (parts.statement(), parts.witness().unwrap());
    let with = synthesized(&statement, &witness, true);
    let without = synthesized(&statement, &witness, false);
    assert_eq!(without.num_constraints(), 0);
    assert_eq!(
        with.witness_assignment().unwrap(),
        without.witness_assignment().unwrap()
    );
}

/// A lineage through a real tree: open with a deposit, post a buy, claim its fill.
#[test]
fn a_lineage_of_acts_in_a_tree() {
    let market = market_element(&[7; 32], "HEG2017");
    let key = NullifierKey::from_uniform_bytes(&[9; 64]);
    let mut tree = Tree::new();
    tree.append(Fr::from(11_u64)).unwrap();
    let mut base = Parts::opening();
    base.market = market;
    base.key = crate::field::from_bytes(&key.to_bytes()).unwrap();
    base.new = [1_000_000, 0, 0, 0, 0, 0];
    let steps = [
        ([1_000_000, 0, 2, 5_600_100, 0, 0], None, true),
        ([-4_600_100, 2, 0, 0, 0, 0], Some(()), false),
    ];
    base.has_new_tag = false;
    base.band = crate::margin::BandCents {
        lo: 2_600_000,
        hi: 3_000_000,
    };
    base.requirement = crate::margin::MarginRequirement {
        lo: 10_000,
        hi: 10_000,
    };
    let mut tag_maker = Fr::default();
    holds(&base);
    for (new, claims, posts) in steps {
        let before = base.clone();
        let index = tree.append(before.statement().new_commitment).unwrap();
        base.is_open = false;
        base.rho = before.nullifier();
        base.old = before.new;
        base.new = new;
        base.index = index;
        base.siblings = tree.path(index).unwrap().siblings;
        base.old_tag = claims.map(|()| tag_maker);
        base.has_new_tag = posts;
        tag_maker = base.nullifier();
        assert_eq!(base.statement().root, tree.root());
        holds(&base);
    }
}

#[test]
fn debug_shows_nothing_private() {
    let parts = Parts::member();
    let circuit = ActCircuit {
        statement: parts.statement(),
        witness: parts.witness().unwrap(),
    };
    let text = format!("{circuit:?} {:?} {:?}", parts.key(), Note::opening());
    assert!(text.contains("ActWitness(private)"));
    assert!(!text.contains("5000000"), "old cash");
    let key = crate::field::Element(parts.key).to_string();
    assert!(!text.contains(&key));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn valid_acts_hold_natively_and_in_the_circuit(parts in valid()) {
        holds(&parts);
    }
}
