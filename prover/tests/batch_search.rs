//! Batches of every shape, each proof also given to `ark-groth16`'s verifier, and the steps that naming
//! the bad ones takes.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use std::sync::OnceLock;

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::UniformRand;
use ark_groth16::{Groth16, PreparedVerifyingKey, prepare_verifying_key};
use ark_serialize::CanonicalSerialize;
use common::{keys, proof, rng};
use proptest::prelude::*;
use tally_prover::{BatchCost, BatchError, Proof, verify, verify_batch_measured};

type Item = ([Fr; 3], Proof);
type ArkProof = ark_groth16::Proof<Bls12_381>;

/// Good proofs, all different: of 33 statements, blinded anew; at most 257.
fn good(n: usize) -> Vec<Item> {
    static GOOD: OnceLock<Vec<Item>> = OnceLock::new();
    let all = GOOD.get_or_init(|| {
        let first: Vec<Item> = (0..33).map(proof).collect();
        let key = keys().verifying.to_ark();
        let rng = &mut rng(77);
        let blinded = |(inputs, proof): &Item| {
            let ark = proof.to_ark();
            let other = Groth16::<Bls12_381>::rerandomize_proof(&key, &ark, &mut *rng);
            (*inputs, from_ark(&other))
        };
        first.iter().cycle().take(257).map(blinded).collect()
    });
    all[..n].to_vec()
}

fn from_ark(proof: &ArkProof) -> Proof {
    let mut bytes = Vec::new();
    proof.serialize_compressed(&mut bytes).unwrap();
    Proof::from_bytes(&bytes).unwrap()
}

/// The other verifier, one by one.
fn refused_by_ark(items: &[Item]) -> Vec<usize> {
    static PREPARED: OnceLock<PreparedVerifyingKey<Bls12_381>> = OnceLock::new();
    let key = PREPARED.get_or_init(|| prepare_verifying_key(&keys().verifying.to_ark()));
    let accepts = |(inputs, proof): &Item| {
        Groth16::<Bls12_381>::verify_proof(key, &proof.to_ark(), inputs).unwrap()
    };
    (0..items.len()).filter(|i| !accepts(&items[*i])).collect()
}

fn measured(items: &[Item]) -> (Result<(), BatchError>, BatchCost) {
    let batch: Vec<(&[Fr], &Proof)> = items.iter().map(|(x, p)| (&x[..], p)).collect();
    verify_batch_measured(&keys().verifying, &batch, &mut rng(5))
}

/// Checks the answer against both verifiers, one by one; the bad ones and the number of equations.
fn check(items: &[Item]) -> (Vec<usize>, usize) {
    let (outcome, cost) = measured(items);
    let bad = match outcome {
        Ok(()) => Vec::new(),
        Err(BatchError::Rejected { bad }) => bad,
        Err(error @ BatchError::InputCount { .. }) => panic!("{error}"),
    };
    assert_eq!(bad, refused_by_ark(items));
    let single = |(x, p): &Item| verify(&keys().verifying, x, p).is_ok();
    let refused: Vec<usize> = (0..items.len()).filter(|i| !single(&items[*i])).collect();
    assert_eq!(bad, refused);
    (bad, cost.equations)
}

fn spoil(item: &mut Item) {
    item.0[2] += Fr::from(1u64);
}

fn ceil_log2(n: usize) -> usize {
    n.next_power_of_two().ilog2() as usize
}

#[test]
fn a_good_batch_of_any_size_takes_one_equation() {
    for n in [0, 1, 2, 3, 15, 16, 17, 255, 256, 257] {
        let (outcome, cost) = measured(&good(n));
        assert_eq!(outcome, Ok(()), "{n}");
        assert_eq!(cost.equations, n.min(1), "{n}");
    }
}

#[test]
fn one_bad_proof_at_any_of_33_positions_is_named_in_logarithmic_steps() {
    for position in 0..33 {
        let mut items = good(33);
        spoil(&mut items[position]);
        let (outcome, cost) = measured(&items);
        let bad = vec![position];
        assert_eq!(outcome, Err(BatchError::Rejected { bad }));
        assert!(cost.equations <= 1 + ceil_log2(33), "{cost:?}");
    }
    let mut items = good(33);
    spoil(&mut items[20]);
    assert_eq!(check(&items).0, [20]);
}

#[test]
fn one_bad_proof_among_256_takes_nine_equations() {
    for position in [0, 1, 127, 128, 200, 255] {
        let mut items = good(256);
        spoil(&mut items[position]);
        let (outcome, cost) = measured(&items);
        let bad = vec![position];
        assert_eq!(outcome, Err(BatchError::Rejected { bad }));
        assert_eq!(cost.equations, 1 + 8, "{position}");
    }
}

#[test]
fn bad_proofs_at_the_ends_of_batches_of_odd_sizes() {
    for n in [2, 3, 255, 257] {
        let mut items = good(n);
        spoil(&mut items[0]);
        spoil(&mut items[n - 1]);
        let (outcome, cost) = measured(&items);
        let bad = vec![0, n - 1];
        assert_eq!(outcome, Err(BatchError::Rejected { bad }), "{n}");
        assert!(cost.equations <= 1 + 2 * ceil_log2(n), "{n}: {cost:?}");
    }
}

#[test]
fn a_batch_of_bad_proofs_only_takes_an_equation_each() {
    for n in [1, 2, 3, 33] {
        let mut items = good(n);
        items.iter_mut().for_each(spoil);
        let (bad, equations) = check(&items);
        assert_eq!(bad, (0..n).collect::<Vec<_>>());
        assert_eq!(equations, n);
    }
}

/// How the work is spread decides the chunks; it decides no answer, and no number of steps is exceeded.
#[test]
fn answers_do_not_depend_on_the_number_of_threads() {
    let mut items = good(30);
    for position in [3, 14, 15, 29] {
        spoil(&mut items[position]);
    }
    for threads in [1, 2, 3, 4, 7, 32] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let (outcome, cost) = pool.install(|| measured(&items));
        let bad = vec![3, 14, 15, 29];
        assert_eq!(outcome, Err(BatchError::Rejected { bad }), "{threads}");
        assert!(cost.equations <= 1 + 4 * ceil_log2(30), "{cost:?}");
    }
}

/// Every way of tampering with a proof that leaves its elements in the groups, one at a time and all in
/// one batch.
#[test]
fn tampered_proofs_are_judged_as_by_the_other_verifier() {
    let good = good(8);
    let [first, second] = [&good[0], &good[1]].map(|(inputs, proof)| (*inputs, proof.to_ark()));
    let (inputs, base) = first;
    let g1 = G1Affine::generator();
    let g2 = G2Affine::generator();
    let shifted = |point: G1Affine| (point + g1).into_affine();
    let variants: Vec<(&str, ArkProof, bool)> = vec![
        ("untouched", base.clone(), true),
        (
            "A and C exchanged",
            ArkProof {
                a: base.c,
                b: base.b,
                c: base.a,
            },
            false,
        ),
        (
            "A of another",
            ArkProof {
                a: second.1.a,
                ..base.clone()
            },
            false,
        ),
        (
            "B of another",
            ArkProof {
                b: second.1.b,
                ..base.clone()
            },
            false,
        ),
        (
            "C of another",
            ArkProof {
                c: second.1.c,
                ..base.clone()
            },
            false,
        ),
        (
            "A negated",
            ArkProof {
                a: -base.a,
                ..base.clone()
            },
            false,
        ),
        (
            "B negated",
            ArkProof {
                b: -base.b,
                ..base.clone()
            },
            false,
        ),
        (
            "C negated",
            ArkProof {
                c: -base.c,
                ..base.clone()
            },
            false,
        ),
        // The pairing of opposites is the same: another proof of the same statement.
        (
            "A and B negated",
            ArkProof {
                a: -base.a,
                b: -base.b,
                c: base.c,
            },
            true,
        ),
        (
            "all negated",
            ArkProof {
                a: -base.a,
                b: -base.b,
                c: -base.c,
            },
            false,
        ),
        (
            "A shifted",
            ArkProof {
                a: shifted(base.a),
                ..base.clone()
            },
            false,
        ),
        (
            "C shifted",
            ArkProof {
                c: shifted(base.c),
                ..base.clone()
            },
            false,
        ),
        (
            "C is A",
            ArkProof {
                c: base.a,
                ..base.clone()
            },
            false,
        ),
        (
            "generators",
            ArkProof {
                a: g1,
                b: g2,
                c: g1,
            },
            false,
        ),
        (
            "the key's own points",
            {
                let key = keys().verifying.to_ark();
                ArkProof {
                    a: key.alpha_g1,
                    b: key.beta_g2,
                    c: key.alpha_g1,
                }
            },
            false,
        ),
    ];
    let mut all = good.clone();
    let mut expected = Vec::new();
    for (name, variant, holds) in variants {
        let item = (inputs, from_ark(&variant));
        let mut items = good.clone();
        items.insert(5, item.clone());
        let bad = check(&items).0;
        assert_eq!(bad, if holds { vec![] } else { vec![5] }, "{name}");
        if !holds {
            expected.push(all.len());
        }
        all.push(item);
    }
    assert_eq!(check(&all).0, expected);
}

/// Inputs for which most additions, or all but one, fall away.
#[test]
fn small_and_extreme_inputs() {
    let zero = Fr::from(0u64);
    let one = Fr::from(1u64);
    let mut items = good(6);
    for (item, inputs) in items.iter_mut().zip([
        [zero, zero, zero],
        [one, one, one],
        [-one, -one, -one],
        [one, zero, -one],
    ]) {
        item.0 = inputs;
    }
    assert_eq!(check(&items).0, [0, 1, 2, 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Random errors in random places: the same answers as one by one, in few steps.
    #[test]
    fn random_errors_are_found(
        n in 1usize..=33,
        errors in proptest::collection::vec((0usize..33, 0u8..4), 0..6),
        seed: u64,
    ) {
        let mut items = good(n);
        let rng = &mut rng(seed);
        for (position, kind) in errors {
            let Some((inputs, proof)) = items.get_mut(position) else { continue };
            let mut ark = proof.to_ark();
            match kind {
                0 => inputs[0] = Fr::rand(rng),
                1 => ark.a = (ark.a * Fr::rand(rng)).into_affine(),
                2 => ark.b = (ark.b * Fr::rand(rng)).into_affine(),
                _ => ark.c = (ark.c * Fr::rand(rng)).into_affine(),
            }
            *proof = from_ark(&ark);
        }
        let (bad, equations) = check(&items);
        prop_assert!(equations <= 1 + bad.len() * ceil_log2(n));
    }
}
