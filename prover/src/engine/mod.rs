//! From a satisfying assignment to the three group elements: the part that takes the time.
//!
//! Everything above deals in circuits, checks and errors; everything below in transforms and sums. The proofs are those
//! of `ark-groth16` for the same key, assignment and blinding scalars, element by element.

mod quotient;
mod rows;
mod shapes;
mod tables;
#[cfg(all(test, feature = "test-fixtures"))]
mod tests;

use ark_bls12_381::{Fr, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::PrimeField;
use zeroize::Zeroizing;

use crate::arithmetic::engine::has_vector;
use crate::arithmetic::engine::{Engines, Portable};
use crate::phases::{Phases, timed};
use crate::r1cs::R1cs;

pub(crate) use quotient::Quotients;
pub(crate) use rows::Rows;
pub(crate) use tables::{ArkKey, Sums, Tables};

/// What the field arithmetic of the prover runs on in this process: `avx512-ifma` or `portable`.
#[must_use]
pub fn arithmetic_name() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if has_vector() {
        return crate::arithmetic::engine::Vector::NAME;
    }
    Portable::NAME
}

/// What a key and its constraint system determine, computed once.
pub(crate) struct Precomputed {
    pub(crate) tables: Box<dyn Tables>,
    pub(crate) quotients: Quotients,
}

impl Precomputed {
    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.tables.bytes() + self.quotients.bytes()
    }
}

/// Computes A, B and C for the blinding scalars `r` and `s`.
///
/// `assignment` is (1, public inputs, witness), as long as `r1cs` says, and satisfies it; `rows` are its products with
/// the matrices; `key` was made for `r1cs` and `precomputed` from both. With other arguments the result is a proof that no
/// verifier accepts.
///
/// Groth 2016, section 3.2, with the sums that end in the same element merged: the blinding terms with delta are bases
/// like the others.
pub(crate) fn prove_assignment(
    key: &ArkKey,
    precomputed: &Precomputed,
    r1cs: &R1cs,
    assignment: &[Fr],
    rows: Rows,
    [r, s]: [Fr; 2],
    phases: &mut Phases,
) -> ark_groth16::Proof<ark_bls12_381::Bls12_381> {
    let quotient = timed(&mut phases.transforms, || {
        precomputed.quotients.coefficients(r1cs, assignment, rows)
    });
    let sums = timed(&mut phases.sums, || {
        precomputed
            .tables
            .sums(assignment, &quotient, r1cs.num_instance, [r, s])
    });
    timed(&mut phases.assembly, || assemble(key, &sums, [r, s]))
}

/// The elements of the proof from the sums.
fn assemble(
    key: &ArkKey,
    sums: &Sums,
    [r, s]: [Fr; 2],
) -> ark_groth16::Proof<ark_bls12_381::Bls12_381> {
    let a = sums.a + key.vk.alpha_g1;
    let b_g1 = sums.b_g1 + key.beta_g1;
    let b = sums.b_g2 + key.vk.beta_g2;
    let (s_a, r_b) = rayon::join(|| times(&a, s), || times(&b_g1, r));
    let c = sums.c + s_a + r_b;
    let g1 = G1Projective::normalize_batch(&[a, c]);
    ark_groth16::Proof {
        a: g1[0],
        b: b.into_affine(),
        c: g1[1],
    }
}

fn times(point: &G1Projective, scalar: Fr) -> G1Projective {
    let scalar = Zeroizing::new(scalar.into_bigint().0);
    point.mul_bigint(*scalar)
}
