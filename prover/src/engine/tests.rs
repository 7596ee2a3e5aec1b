//! Whole proofs, element by element, against `ark-groth16` with the same blinding scalars.

#[path = "../../tests/common/act.rs"]
mod act;

use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::{Field, PrimeField, UniformRand};
use ark_groth16::Groth16;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::tables::TablesOf;
use super::{Precomputed, Quotients, Rows, Tables, prove_assignment};
use crate::arithmetic::engine::Portable;
use crate::keys::ProvingKey;
use crate::kind::SeededTest;
use crate::phases::Phases;
use crate::prove::assign;

/// The key of Act and an assignment.
fn example(seed: u64) -> (&'static ProvingKey<SeededTest>, Vec<Fr>) {
    let (key, _) = crate::act_test_keys();
    let assignment = assign(key, act::example(seed)).expect("an honest example");
    (key, assignment.to_vec())
}

fn implementations(key: &ProvingKey<SeededTest>) -> Vec<(&'static str, Box<dyn Tables>)> {
    let key = key.as_ark();
    let portable = TablesOf::<Portable>::new(key).expect("points of odd order");
    let mut all: Vec<(&str, Box<dyn Tables>)> = vec![("portable", Box::new(portable))];
    #[cfg(target_arch = "x86_64")]
    if super::has_vector() {
        let vector = TablesOf::<crate::arithmetic::engine::Vector>::new(key);
        all.push(("vector", Box::new(vector.expect("points of odd order"))));
    }
    all
}

#[test]
fn proofs_equal_those_of_the_library() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (key, _) = example(0);
    let edge = Fr::from(Fr::MODULUS_MINUS_ONE_DIV_TWO);
    for (name, tables) in implementations(key) {
        let quotients = Quotients::new(key.r1cs().domain_size()).expect("the key has this domain");
        let precomputed = Precomputed { tables, quotients };
        let random = [(); 2].map(|()| [Fr::rand(&mut rng), Fr::rand(&mut rng)]);
        let blindings = [
            random[0],
            random[1],
            [Fr::ONE, -Fr::ONE],
            [edge, edge + Fr::ONE],
        ];
        for (seed, blinding) in (0..).zip(blindings) {
            let (_, assignment) = example(seed);
            let r1cs = key.r1cs();
            let rows = Rows::satisfied(r1cs, &assignment).expect("an honest example");
            let got = prove_assignment(
                key.as_ark(),
                &precomputed,
                r1cs,
                &assignment,
                rows,
                blinding,
                &mut Phases::default(),
            );
            let [r, s] = blinding;
            let expected = Groth16::<Bls12_381>::create_proof_with_reduction_and_matrices(
                key.as_ark(),
                r,
                s,
                r1cs.matrices(),
                r1cs.num_instance,
                r1cs.num_constraints(),
                &assignment,
            )
            .expect("an honest example");
            assert_eq!(got, expected, "{name}, example {seed}");
            let verifying = ark_groth16::prepare_verifying_key(&key.as_ark().vk);
            let inputs = &assignment[1..r1cs.num_instance];
            let holds = Groth16::<Bls12_381>::verify_proof(&verifying, &got, inputs);
            assert!(
                holds.expect("the right number of inputs"),
                "{name}, example {seed}"
            );
        }
    }
}

#[test]
fn tables_survive_encoding_and_are_refused_when_they_do_not_fit() {
    let (key, _) = example(0);
    let made = <dyn Tables>::of(key.as_ark()).expect("points of odd order");
    let bytes = made.encode();
    let decoded = <dyn Tables>::decode(key.as_ark(), &bytes).expect("as just encoded");
    assert_eq!(decoded.encode(), bytes);
    assert_eq!(decoded.bytes(), made.bytes());
    for changed in [
        &bytes[1..],
        &bytes[..bytes.len() - 1],
        &[&*bytes, &[0]].concat(),
    ] {
        assert!(<dyn Tables>::decode(key.as_ark(), changed).is_none());
    }
    // The form, the shape, the number of bases, the first point of the first base; a coordinate not below the modulus.
    let beyond = (20 + 96 + 47, 0xff);
    for (place, value) in [(0, 1), (4, 1), (8, 1), (12, 1), (20, 1), beyond] {
        let mut changed = bytes.clone();
        changed[place] ^= value;
        assert!(
            <dyn Tables>::decode(key.as_ark(), &changed).is_none(),
            "byte {place}"
        );
    }
    let (other, _) = crate::lapse_test_keys();
    assert!(<dyn Tables>::decode(other.as_ark(), &bytes).is_none());
}

#[test]
fn an_assignment_that_does_not_satisfy_is_found() {
    let (key, assignment) = example(1);
    let r1cs = key.r1cs();
    assert!(Rows::satisfied(r1cs, &assignment).is_ok());
    let first_of = |position: usize| {
        (0..r1cs.num_constraints()).find(|row| {
            r1cs.matrices()
                .iter()
                .any(|m| m[*row].iter().any(|(_, at)| *at == position))
        })
    };
    for position in [1, r1cs.num_instance, assignment.len() - 1] {
        let mut changed = assignment.clone();
        changed[position] += Fr::ONE;
        let Err(violated) = Rows::satisfied(r1cs, &changed) else {
            panic!("variable {position} is free")
        };
        assert!(
            Some(violated) >= first_of(position),
            "no earlier row has it"
        );
    }
}

/// The vector unit's transforms against the library's, for every size from the least, on values at the edges.
#[cfg(target_arch = "x86_64")]
#[test]
fn quotients_agree_with_the_library() {
    use crate::arithmetic::transforms::Domain;
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let edge = Fr::from(Fr::MODULUS_MINUS_ONE_DIV_TWO);
    let edges = [
        Fr::from(0u64),
        Fr::ONE,
        -Fr::ONE,
        edge,
        edge + Fr::ONE,
        -Fr::from(2u64),
    ];
    for log in 0..=13 {
        let size = 1_usize << log;
        let Some(domain) = Domain::new(size) else {
            assert!(size < 64 || !super::has_vector());
            continue;
        };
        let library = Quotients::new(size).expect("the field has these roots");
        let random = (0..size).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>();
        let unit = |at: usize| {
            (0..size)
                .map(|i| Fr::from(u64::from(i == at)))
                .collect::<Vec<_>>()
        };
        let mut inputs = vec![
            random,
            unit(0),
            unit(size - 1),
            unit(size / 3),
            vec![-Fr::ONE; size],
        ];
        inputs.push((0..size).map(|i| edges[i % edges.len()]).collect());
        for (index, a) in inputs.iter().enumerate() {
            let b = &inputs[(index + 1) % inputs.len()];
            let c = &inputs[(index + 3) % inputs.len()];
            let copy = |values: &Vec<Fr>| zeroize::Zeroizing::new(values.clone());
            let rows = Rows {
                a: copy(a),
                b: copy(b),
                c: copy(c),
            };
            assert_eq!(
                *domain.quotient(a, b, c),
                *library.portably(rows),
                "2^{log}, input {index}"
            );
        }
    }
}
