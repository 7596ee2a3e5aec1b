use super::bits::{self, Bit};
use super::compression::{BLOCK_WORDS, INITIAL, STATE_WORDS, compress_from, witness_words};
use super::cost::{FULL_DEPTH, constraints_at, constraints_of, measure};
use super::inventory::{BLOCK_BYTES, compress};
use super::{Sha256Circuit, Sha256Membership};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, R1CS_PREDICATE_LABEL,
};
use proptest::prelude::*;
use rand::rngs::OsRng;
use sha2::digest::generic_array::GenericArray;
use sha2::{Digest, Sha256, compress256};
use tally_prover::{Statement, prove, seeded_test_setup, verify};

/// What a contract is worth in the tests, cents.
const PRICE: i64 = 2_640_000;

fn system_of<const DEPTH: usize>(circuit: Sha256Circuit<DEPTH>) -> ConstraintSystemRef<Fr> {
    let system = ConstraintSystem::new_ref();
    circuit.generate_constraints(system.clone()).unwrap();
    system
}

fn holds<const DEPTH: usize>(circuit: Sha256Circuit<DEPTH>) -> bool {
    system_of(circuit).is_satisfied().unwrap()
}

/// The padded block of a message of at most 55 bytes (FIPS 180-4, section 5.1.1).
fn padded(message: &[u8]) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    let bits = 8 * message.len() as u64;
    block[56..].copy_from_slice(&bits.to_be_bytes());
    block
}

#[test]
fn native_compression_is_that_of_sha256() {
    for message in [&b""[..], b"abc", &[0xa5; 55]] {
        let expected: [u8; 32] = Sha256::digest(message).into();
        assert_eq!(compress(&padded(message)), expected, "{message:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn circuit_compression_is_the_native_one(
        state in any::<[u32; STATE_WORDS]>(),
        is_initial in any::<bool>(),
        bytes in proptest::collection::vec(any::<u8>(), BLOCK_BYTES),
    ) {
        let state = if is_initial { INITIAL } else { state };
        let block: [u8; BLOCK_BYTES] = bytes.clone().try_into().unwrap();
        let mut expected = state;
        compress256(&mut expected, &[GenericArray::from(block)]);

        let system = ConstraintSystem::new_ref();
        let words = witness_words::<BLOCK_WORDS>(&bytes, &system).unwrap();
        let result = compress_from(&state.map(bits::constant), &words, &system).unwrap();
        prop_assert_eq!(result.map(|word| bits::value(&word)), expected);
        prop_assert!(system.is_satisfied().unwrap());
    }
}

#[test]
fn a_member_that_is_solvent() {
    assert!(holds(Sha256Circuit::<1>::example(3, PRICE)));
    assert!(holds(Sha256Circuit::<3>::example(-3, PRICE)));
    // A price below zero, and an equity of exactly zero.
    assert!(holds(Sha256Circuit::<1>::example(5, -PRICE)));
    let mut zero = Sha256Circuit::<1>::example(3, PRICE);
    zero.inventory.cash = -3 * PRICE;
    assert_eq!(zero.inventory.equity(PRICE), 0);
    zero.root = zero.path.root(zero.inventory.commitment());
    assert!(holds(zero));
}

#[test]
fn whoever_is_no_member_or_not_solvent() {
    type Break = fn(&mut Sha256Circuit<1>);
    let breaks: [(&str, Break); 8] = [
        ("root, upper half", |circuit| circuit.root[3] ^= 1),
        ("root, lower half", |circuit| circuit.root[31] ^= 0x80),
        ("sibling", |circuit| circuit.path.siblings[0][7] ^= 4),
        ("side", |circuit| circuit.path.is_right[0] = true),
        ("cash", |circuit| circuit.inventory.cash += 1),
        ("position", |circuit| circuit.inventory.position += 1),
        ("nonce", |circuit| circuit.inventory.nonce[15] ^= 1),
        ("key", |circuit| circuit.inventory.key[0] ^= 1),
    ];
    for (what, alter) in breaks {
        let mut circuit = Sha256Circuit::example(3, PRICE);
        alter(&mut circuit);
        assert!(!holds(circuit), "{what}");
    }
    // A cent short, in a tree that has the inventory; and a price at which it is.
    let mut short = Sha256Circuit::<1>::example(3, PRICE);
    short.inventory.cash -= 2;
    assert_eq!(short.inventory.equity(PRICE), -1);
    short.root = short.path.root(short.inventory.commitment());
    assert!(!holds(short));
    let mut fallen = Sha256Circuit::<1>::example(3, PRICE);
    fallen.price -= 1;
    assert!(!holds(fallen));
}

/// Whatever a forger changes in one variable breaks a constraint, public inputs included.
#[test]
fn no_variable_is_free() {
    let system = system_of(Sha256Circuit::<1>::example(3, PRICE));
    system.finalize();
    let matrices = system.to_matrices().unwrap();
    let matrices = &matrices[R1CS_PREDICATE_LABEL];
    let system = system.borrow().unwrap();
    let assignments = &system.assignments;
    let values = [
        &assignments.instance_assignment[..],
        &assignments.witness_assignment[..],
    ]
    .concat();
    // For each variable the rows in which it occurs.
    let mut rows = vec![Vec::new(); values.len()];
    for matrix in matrices {
        for (row, entries) in matrix.iter().enumerate() {
            for (_, column) in entries {
                rows[*column].push(row);
            }
        }
    }
    let satisfied = |row: usize, changed: usize, value: Fr| {
        let product = |matrix: usize| -> Fr {
            let entries = matrices[matrix][row].iter();
            let of = |column: usize| {
                if column == changed {
                    value
                } else {
                    values[column]
                }
            };
            entries.map(|(factor, column)| *factor * of(*column)).sum()
        };
        product(0) * product(1) == product(2)
    };
    for (variable, value) in values.iter().enumerate().skip(1) {
        let other = if *value == Fr::ZERO {
            Fr::ONE
        } else {
            Fr::ZERO
        };
        for forged in [other, *value + Fr::from(2_u64)] {
            let breaks = |row: &usize| !satisfied(*row, variable, forged);
            assert!(rows[variable].iter().any(breaks), "variable {variable}");
        }
    }
}

#[test]
fn constraints_are_pinned() {
    let counts = [
        constraints_of::<1>().unwrap(),
        constraints_of::<2>().unwrap(),
        constraints_of::<3>().unwrap(),
    ];
    // One compression takes 26,192; a level adds a sibling, a side and the order of the two.
    assert_eq!(counts, [53_795, 80_756, 107_717]);
    assert_eq!(constraints_at(3, 1, counts[0]).unwrap(), counts[2]);
    assert_eq!(constraints_at(1, 3, counts[2]).unwrap(), counts[0]);
    assert_eq!(FULL_DEPTH, 20);
    assert_eq!(constraints_at(FULL_DEPTH, 3, counts[2]).unwrap(), 566_054);
}

#[test]
fn sums_carry() {
    let system = ConstraintSystem::new_ref();
    let word = |value: u32| witness_words::<1>(&value.to_be_bytes(), &system).unwrap()[0];
    for words in 1..=6_usize {
        let addends = vec![word(u32::MAX); words];
        let addends: Vec<_> = addends.iter().collect();
        let sum = bits::sum(&addends, u32::MAX, &system).unwrap();
        let expected = 0_u32.wrapping_sub(u32::try_from(words).unwrap() + 1);
        assert_eq!(bits::value(&sum), expected, "{words}");
    }
    assert!(system.is_satisfied().unwrap());
    assert!(matches!(bits::constant(1)[0], Bit::Constant(true)));
}

#[test]
fn proofs_of_it() {
    let keys = seeded_test_setup::<Sha256Membership<0>>(7).unwrap();
    let circuit = Sha256Circuit::<0>::example(-2, PRICE);
    let inputs = circuit.public_inputs();
    let proof = prove(&keys.proving, circuit.clone(), &mut OsRng).unwrap();
    assert!(verify(&keys.verifying, &inputs, &proof).is_ok());
    for input in 0..inputs.len() {
        let mut other = inputs;
        other[input] += Fr::ONE;
        assert!(verify(&keys.verifying, &other, &proof).is_err(), "{input}");
    }
    let mut forged = circuit;
    forged.inventory.cash += 1;
    assert!(prove(&keys.proving, forged, &mut OsRng).is_err());
    assert_eq!(Sha256Membership::<0>::PUBLIC_INPUTS, inputs.len());
}

#[test]
fn a_measurement_says_what_it_is() {
    let mut steps = Vec::new();
    let cost = measure::<0>(&mut |done, of| steps.push((done, of))).unwrap();
    assert!(cost.is_extrapolated && cost.measured_depth == 0 && cost.depth == FULL_DEPTH);
    assert_eq!(cost.constraints, 566_054);
    let scale = cost.constraints as f64 / cost.measured_constraints as f64;
    assert!((cost.prove_s / cost.measured_prove_s / scale - 1.0).abs() < 1e-9);
    assert!(cost.measured_prove_s > 0.0 && cost.setup_s > 0.0);
    assert!(
        cost.source().starts_with("EXTRAPOLATED to 20 levels"),
        "{}",
        cost.source()
    );
    assert_eq!(steps, [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
    let measured = super::Sha256Cost {
        is_extrapolated: false,
        prove_cpu_s: None,
        ..cost
    };
    assert!(measured.source().contains("wall time"));
    assert!((measured.event_s() - measured.prove_s).abs() < f64::EPSILON);
}
