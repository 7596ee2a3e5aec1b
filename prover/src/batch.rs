//! Checking many proofs of one statement at once.
//!
//! Each proof has its equation e(A, B) = e(alpha, beta) · e(I, gamma) · e(C, delta). Raised to a random
//! 128-bit power each and multiplied together, they collapse into
//!
//! prod e(z_i·A_i, B_i) · e(-sum z_i·alpha, beta) · e(-sum z_i·I_i, gamma) · e(-sum z_i·C_i, delta) = 1:
//!
//! n + 3 Miller loops and one final exponentiation. If one of the n equations is wrong, this product is
//! one for at most one value of its z_i given the others, so a wrong batch passes with probability at
//! most 2^-128 (all elements are of prime order: decoding a [`Proof`] checks it). Without the powers two
//! wrong proofs whose errors cancel would pass together.
//!
//! **Where the powers come from.** They must be unpredictable to whoever made the proofs, so they are
//! drawn from the caller's generator (pass the operating system's) after the proofs are fixed. Deriving
//! them from a transcript would do as well, but then an adversary could search for a bad batch off line.
//! The *answer* does not depend on the powers, except with that probability, so replicas that draw
//! different ones still agree.

use ark_bls12_381::{Bls12_381, Fq12, Fr, G1Affine, G1Projective};
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, One, PrimeField};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;

use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
use crate::proof::Proof;
use crate::verify::{VerifyError, check_input_count, verify};

/// Proofs per Miller loop: enough to share the squarings, few enough to spread over the cores and to
/// bound the memory for prepared points (20 kB each).
const CHUNK: usize = 8;
/// A failing part of at most this many proofs is checked one by one.
const LEAF: usize = 3;

/// Why a batch is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// One of the proofs comes with more or fewer public inputs than the statement has.
    #[error("proof {index}: the statement has {expected} public inputs, got {got}")]
    InputCount {
        /// The first such proof, counted from 0.
        index: usize,
        /// What the key asks for.
        expected: usize,
        /// What was offered.
        got: usize,
    },
    /// Some proofs do not hold; all others of the batch do.
    #[error("proofs {bad:?} of the batch do not hold for their public inputs")]
    Rejected {
        /// Their positions, ascending, counted from 0.
        bad: Vec<usize>,
    },
}

/// Checks all proofs, each for its public inputs, and names every one that does not hold.
///
/// An empty batch is accepted. When a batch fails it is halved until the bad proofs are found: one bad
/// proof among n costs about twice the batch and log n final exponentiations more; the worst batch costs
/// about log n times the work of checking one by one.
///
/// # Errors
/// If some proof has the wrong number of inputs (nothing else is checked then), or does not hold.
pub fn verify_batch<K, R>(
    key: &VerifyingKey<K>,
    batch: &[(&[Fr], &Proof)],
    rng: &mut R,
) -> Result<(), BatchError>
where
    K: KeyKind,
    R: RngCore + CryptoRng,
{
    for (index, (inputs, _)) in batch.iter().enumerate() {
        if let Err(VerifyError::InputCount { expected, got }) = check_input_count(key, inputs) {
            return Err(BatchError::InputCount {
                index,
                expected,
                got,
            });
        }
    }
    let mut bad = Vec::new();
    find_bad(key, batch, 0, false, rng, &mut bad);
    if bad.is_empty() {
        Ok(())
    } else {
        Err(BatchError::Rejected { bad })
    }
}

/// Appends the positions of the bad proofs of `part`, which begins at position `start`, in order.
///
/// `known_bad`: there is at least one, so the part as a whole need not be checked. Recursion is as deep as
/// the logarithm of the part's length.
fn find_bad<K, R>(
    key: &VerifyingKey<K>,
    part: &[(&[Fr], &Proof)],
    start: usize,
    known_bad: bool,
    rng: &mut R,
    bad: &mut Vec<usize>,
) where
    K: KeyKind,
    R: RngCore + CryptoRng,
{
    if part.len() > 1 && !known_bad && all_hold(key, part, rng) {
        return;
    }
    if part.len() <= LEAF {
        let outcomes: Vec<bool> = part
            .par_iter()
            .map(|(inputs, proof)| verify(key, inputs, proof).is_ok())
            .collect();
        let numbered = (start..).zip(outcomes);
        bad.extend(numbered.filter(|(_, ok)| !ok).map(|(index, _)| index));
        return;
    }
    let (left, right) = part.split_at(part.len() / 2);
    let before = bad.len();
    find_bad(key, left, start, false, rng, bad);
    // If the left half is good, the fault is in the right one.
    let right_is_bad = bad.len() == before;
    find_bad(key, right, start + left.len(), right_is_bad, rng, bad);
}

/// A proof and the random power to which its equation is raised: 128 bits, low half first.
struct Weighted<'a> {
    proof: &'a Proof,
    inputs: &'a [Fr],
    power: [u64; 2],
}

/// The combined equation, with fresh powers.
fn all_hold<K, R>(key: &VerifyingKey<K>, part: &[(&[Fr], &Proof)], rng: &mut R) -> bool
where
    K: KeyKind,
    R: RngCore + CryptoRng,
{
    let weighted: Vec<Weighted<'_>> = part
        .iter()
        .map(|(inputs, proof)| Weighted {
            proof,
            inputs,
            power: [rng.next_u64(), rng.next_u64()],
        })
        .collect();
    let (pairs, fixed) = rayon::join(|| proof_pairs(&weighted), || fixed_pairs(key, &weighted));
    let product = MillerLoopOutput(pairs * fixed);
    Bls12_381::final_exponentiation(product).is_some_and(|value| value.0.is_one())
}

/// prod e(z_i·A_i, B_i), before the final exponentiation.
fn proof_pairs(weighted: &[Weighted<'_>]) -> Fq12 {
    weighted
        .par_chunks(CHUNK)
        .map(|chunk| {
            let scaled: Vec<G1Projective> = chunk
                .iter()
                .map(|one| one.proof.a.mul_bigint(one.power))
                .collect();
            let scaled = G1Projective::normalize_batch(&scaled);
            let twisted = chunk.iter().map(|one| one.proof.b);
            Bls12_381::multi_miller_loop(scaled, twisted).0
        })
        .product()
}

/// The three pairings with the key's own points, before the final exponentiation.
fn fixed_pairs<K: KeyKind>(key: &VerifyingKey<K>, weighted: &[Weighted<'_>]) -> Fq12 {
    let c_points: Vec<G1Affine> = weighted.iter().map(|one| one.proof.c).collect();
    let powers: Vec<BigInt<4>> = weighted
        .iter()
        .map(|one| BigInt([one.power[0], one.power[1], 0, 0]))
        .collect();
    let scalars = input_scalars(key.num_public_inputs(), weighted);
    let (c_sum, input_sum) = rayon::join(
        || G1Projective::msm_bigint(&c_points, &powers),
        || G1Projective::msm_bigint(key.input_points(), &scalars),
    );
    // The first scalar is the sum of the powers: it belongs to the constant one.
    let alpha = -(key.alpha().mul_bigint(scalars[0]));
    let points = G1Projective::normalize_batch(&[alpha, input_sum, c_sum]);
    let twisted = [key.beta(), key.neg_gamma(), key.neg_delta()];
    Bls12_381::multi_miller_loop(points, twisted.map(Clone::clone)).0
}

/// For the constant one and every public input the sum over the batch of power times value.
fn input_scalars(num_inputs: usize, weighted: &[Weighted<'_>]) -> Vec<BigInt<4>> {
    let mut sums = vec![Fr::from(0u64); num_inputs + 1];
    for one in weighted {
        let [low, high] = one.power.map(u128::from);
        let power = Fr::from(high << 64 | low);
        sums[0] += power;
        for (sum, input) in sums[1..].iter_mut().zip(one.inputs) {
            *sum += power * input;
        }
    }
    sums.into_iter().map(PrimeField::into_bigint).collect()
}
