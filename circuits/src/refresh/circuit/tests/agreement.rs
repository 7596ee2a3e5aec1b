//! Valid Refreshes hold natively and in the circuit.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, SynthesisMode,
};
use proptest::prelude::*;

use crate::jubjub::Point;
use crate::note::{NullifierKey, market_element};
use crate::refresh::tests::fixture::{Parts, element, exponent, valid};
use crate::refresh::{RefreshCircuit, RefreshStatement, RefreshWitness, check};
use crate::tree::Tree;

fn synthesized(
    statement: &RefreshStatement,
    witness: &RefreshWitness,
    construct_matrices: bool,
) -> ConstraintSystemRef<Fr> {
    let system = ConstraintSystem::new_ref();
    system.set_mode(SynthesisMode::Prove {
        construct_matrices,
        generate_lc_assignments: construct_matrices,
    });
    let circuit = RefreshCircuit {
        statement: statement.clone(),
        witness: witness.clone(),
    };
    circuit.generate_constraints(system.clone()).unwrap();
    system
}

fn satisfied(statement: &RefreshStatement, witness: &RefreshWitness) -> bool {
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
    for parts in [Parts::cut(), Parts::whole(), Parts::forced(), Parts::idle()] {
        holds(&parts);
        holds(&parts.without_cash());
    }
    assert_eq!(Parts::cut().outcome(), (-8_600, 4));
    assert_eq!(Parts::whole().outcome(), (20_000, -5));
    assert_eq!(Parts::forced().outcome(), (3_700, 0));
}

#[test]
fn the_blank_circuit_holds() {
    let RefreshCircuit { statement, witness } = RefreshCircuit::blank();
    assert_eq!(statement.check_parameters(), Ok(()));
    assert_eq!(check(&statement, &witness), Ok(()));
    assert!(satisfied(&statement, &witness));
}

#[test]
fn the_circuit_takes_its_inputs_from_the_statement() {
    let parts = Parts::cut();
    let (statement, witness) = (parts.statement(), parts.witness());
    let instance = synthesized(&statement, &witness, true)
        .instance_assignment()
        .unwrap();
    assert_eq!(instance[0], Fr::from(1_u64));
    assert_eq!(instance[1..], statement.public_inputs());
}

#[test]
fn the_assignment_does_not_depend_on_whether_matrices_are_built() {
    let parts = Parts::cut();
    let (statement, witness) = (parts.statement(), parts.witness());
    let with = synthesized(&statement, &witness, true);
    let without = synthesized(&statement, &witness, false);
    assert_eq!(without.num_constraints(), 0);
    assert_eq!(
        with.witness_assignment().unwrap(),
        without.witness_assignment().unwrap()
    );
}

/// A lineage through the trees of three epochs: cut, then kept whole, then closed at expiry.
#[test]
fn a_lineage_of_refreshes() {
    let mut parts = Parts::cut();
    parts.market = market_element(&[7; 32], "HEG2017");
    parts.key =
        crate::field::from_bytes(&NullifierKey::from_uniform_bytes(&[9; 64]).to_bytes()).unwrap();
    for (mark, forced, kept) in [(3_000, false, 4), (3_050, false, 4), (3_100, true, 0)] {
        let mut tree = Tree::new();
        tree.append(element(40)).unwrap();
        let leaf = parts.old.commitment(parts.market, &parts.key());
        parts.index = tree.append(leaf).unwrap();
        parts.siblings = tree.path(parts.index).unwrap().siblings;
        parts.terms.mark = mark;
        parts.terms.forced = forced;
        if forced {
            parts.terms.haircut = 0;
        }
        assert_eq!(parts.statement().root, tree.root());
        holds(&parts);
        let nullifier = parts.nullifier();
        parts.old = parts.terms.successor(&parts.old, nullifier).unwrap();
        assert_eq!(parts.old.position, kept);
    }
}

/// Randomness at its corners, and the neutral element where additions meet it.
#[test]
fn any_randomness_will_do() {
    use crate::jubjub::Scalar;
    use ark_ff::{AdditiveGroup, Field, PrimeField};
    let one = Scalar::ONE;
    let half = Scalar::from(2_u64).inverse().unwrap();
    let third = -Scalar::from_le_bytes_mod_order(&[0x55; 32]);
    for randomness in [Scalar::ZERO, one, -one, half, -half, third] {
        let mut parts = Parts::cut();
        parts.randomness = [randomness, -randomness, randomness.double()];
        holds(&parts);
        // With a key whose multiples meet those of the generator.
        parts.joint_key = Point::generator();
        holds(&parts);
        parts.joint_key = Point::of_scalar(&-exponent(1));
        holds(&parts);
    }
}

#[test]
fn debug_shows_nothing_private() {
    let parts = Parts::cut();
    let circuit = RefreshCircuit {
        statement: parts.statement(),
        witness: parts.witness(),
    };
    let text = format!("{circuit:?} {:?}", circuit.witness.randomness);
    assert!(text.contains("RefreshWitness(private)"));
    assert!(text.contains("Randomness(secret)"));
    assert!(!text.contains("17300"), "old cash");
    assert!(!text.contains(&crate::field::Element(parts.key).to_string()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn valid_refreshes_hold_natively_and_in_the_circuit(parts in valid()) {
        holds(&parts);
    }
}
