//! Known answers from the independent reference `tests/vectors/poseidon_ref.py`.

use super::permutation::HALF;
use super::*;
use crate::field;
use ark_ff::Field;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The permutation as the paper writes it: dense matrix, all constants, every round.
fn plain<const T: usize>(parameters: &Parameters<T>, state: &[Fr; T]) -> [Fr; T] {
    let partial = parameters.constants.len() - FULL_ROUNDS;
    let fifth = |x: Fr| x.square().square() * x;
    let mut state = *state;
    for (round, constants) in parameters.constants.iter().enumerate() {
        for (lane, constant) in state.iter_mut().zip(constants) {
            *lane += constant;
        }
        state[0] = fifth(state[0]);
        if !(HALF..HALF + partial).contains(&round) {
            for lane in &mut state[1..] {
                *lane = fifth(*lane);
            }
        }
        state = std::array::from_fn(|i| (0..T).map(|j| parameters.mds[i][j] * state[j]).sum());
    }
    state
}

fn element(value: &Value) -> Fr {
    let digits = value.as_str().unwrap().trim_start_matches("0x");
    let padded = format!("{digits:0>64}");
    let mut bytes = [0; 32];
    hex::decode_to_slice(padded, &mut bytes).unwrap();
    bytes.reverse();
    field::from_bytes(&bytes).unwrap()
}

fn elements<const T: usize>(value: &Value) -> [Fr; T] {
    let list = value.as_array().unwrap();
    assert_eq!(list.len(), T);
    std::array::from_fn(|i| element(&list[i]))
}

fn digest<const T: usize>(rows: &[[Fr; T]]) -> String {
    let mut hasher = Sha256::new();
    for value in rows.iter().flatten() {
        hasher.update(field::to_bytes(value));
    }
    hex::encode(hasher.finalize())
}

fn check_instance<const T: usize>(partial_rounds: usize, instance: &Permutation<T>) {
    let file: Value = serde_json::from_str(include_str!("../../tests/vectors/poseidon.json"))
        .expect("the vector file is JSON");
    let expected = file["instances"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["t"] == T)
        .unwrap();
    assert_eq!(expected["full_rounds"], FULL_ROUNDS);
    assert_eq!(expected["partial_rounds"], partial_rounds);
    let parameters = Parameters::<T>::generate(partial_rounds);
    assert_eq!(
        digest(&parameters.constants),
        expected["constants_sha256_le32"]
    );
    assert_eq!(digest(&parameters.mds), expected["mds_sha256_le32"]);
    assert_eq!(parameters.mds[0], elements(&expected["mds_first_row"]));
    let answers = expected["known_answers"].as_array().unwrap();
    assert_eq!(answers.len(), 4);
    for answer in answers {
        let input = elements::<T>(&answer["in"]);
        let output = elements::<T>(&answer["out"]);
        assert_eq!(plain(&parameters, &input), output);
        let mut state = input;
        instance.permute(&mut state);
        assert_eq!(state, output);
    }
}

#[test]
fn width_3_matches_the_reference() {
    check_instance(PARTIAL_ROUNDS_3, &WIDTH_3);
}

#[test]
fn width_5_matches_the_reference() {
    check_instance(PARTIAL_ROUNDS_5, &WIDTH_5);
}

#[test]
fn domains_and_arities_differ() {
    let zero = Fr::ZERO;
    let domains = [Domain::Node, Domain::Note, Domain::Nullifier, Domain::Tag];
    let mut seen = Vec::new();
    for domain in domains {
        seen.push(hash2(domain, [zero; 2]));
        seen.push(hash3(domain, [zero; 3]));
        seen.push(hash4(domain, [zero; 4]));
    }
    for i in 0..seen.len() {
        assert!(!seen[..i].contains(&seen[i]));
    }
}

#[test]
fn the_capacity_holds_letters_and_arity() {
    assert_eq!(
        Domain::Node.constant(4),
        Fr::from(0x4e_4f_44_45_04_u64),
        "N O D E, 4"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sparse_equals_plain(seed in any::<[u64; 5]>()) {
        let state = seed.map(|word| Fr::from(word).square().square().square());
        let mut sparse = state;
        WIDTH_5.permute(&mut sparse);
        prop_assert_eq!(sparse, plain(&Parameters::<5>::generate(PARTIAL_ROUNDS_5), &state));
        let narrow = [state[0], state[1], state[2]];
        let mut sparse = narrow;
        WIDTH_3.permute(&mut sparse);
        prop_assert_eq!(sparse, plain(&Parameters::<3>::generate(PARTIAL_ROUNDS_3), &narrow));
    }
}

/// Rank of square matrix rows by Gaussian elimination.
fn rank<const T: usize>(mut rows: Vec<[Fr; T]>) -> usize {
    let mut rank = 0;
    for column in 0..T {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column] != Fr::ZERO) else {
            continue;
        };
        rows.swap(rank, pivot);
        let head = rows[rank];
        let inverse = head[column].inverse().unwrap();
        for row in &mut rows[rank + 1..] {
            let factor = row[column] * inverse;
            for (entry, subtract) in row.iter_mut().zip(&head) {
                *entry -= factor * subtract;
            }
        }
        rank += 1;
    }
    rank
}

fn check_spans<const T: usize>(partial_rounds: usize) {
    let mds = Parameters::<T>::generate(partial_rounds).mds;
    let times = |m: &[[Fr; T]; T], v: &[Fr; T]| -> [Fr; T] {
        std::array::from_fn(|i| (0..T).map(|j| m[i][j] * v[j]).sum())
    };
    let transposed: [[Fr; T]; T] = std::array::from_fn(|i| std::array::from_fn(|j| mds[j][i]));
    for matrix in [mds, transposed] {
        for power in 1..=2 * T {
            let mut vector = [Fr::ZERO; T];
            vector[0] = Fr::ONE;
            let mut orbit = vec![vector];
            while orbit.len() < T {
                for _ in 0..power {
                    vector = times(&matrix, &vector);
                }
                orbit.push(vector);
            }
            assert_eq!(rank(orbit), T, "power {power}");
        }
    }
}

/// The lane with the S-box reaches every lane, and every lane reaches it, whatever regular step one looks at.
#[test]
fn powers_of_the_matrix_spread_the_first_lane_over_the_whole_space() {
    check_spans::<3>(PARTIAL_ROUNDS_3);
    check_spans::<5>(PARTIAL_ROUNDS_5);
}
