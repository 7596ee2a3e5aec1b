//! bellperson on blstrs: the library of Filecoin, with its parallel processor code.
//!
//! The key's points are the same; only those that are the identity are left out, as bellperson's own keys do: a variable
//! that is in no row of A (or B) has none. Multiplications run on the process's rayon threads, transforms on as many
//! threads of its own.

use super::{PeerError, Prover, Task, Timed};
use crate::measure::timed;
use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::CanonicalSerialize;
use bellperson::groth16::{Parameters, VerifyingKey, create_random_proof};
use bellperson::{Circuit, ConstraintSystem, Index, LinearCombination, SynthesisError, Variable};
use blstrs::{Bls12, Scalar};
use rand::rngs::OsRng;
use std::hint::black_box;
use std::sync::Arc;
use tally_prover::{InsecureOneParty, ProvingKey, R1cs, Statement};

/// The library and its version, which the workspace pins.
const NAME: &str = "bellperson 0.26.0";
/// Bytes of an uncompressed point of G1 and of G2.
const G1_BYTES: usize = 96;
const G2_BYTES: usize = 192;

/// A row as bellperson takes it.
type Row = Vec<(Scalar, Variable)>;

/// bellperson with our key and rows in its own types.
pub(super) struct Bellperson {
    parameters: Parameters<Bls12>,
    rows: Vec<[Row; 3]>,
    num_instance: usize,
}

impl Bellperson {
    /// Converts key and rows.
    pub(super) fn new(key: &ProvingKey<InsecureOneParty>) -> Result<Self, PeerError> {
        let r1cs = key.r1cs();
        Ok(Self {
            parameters: parameters(key.as_ark(), r1cs)?,
            rows: rows(r1cs)?,
            num_instance: r1cs.num_public_inputs() + 1,
        })
    }
}

impl<S: Statement> Prover<S> for Bellperson {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn prove(&self, task: Task<'_, S>) -> Result<Timed, PeerError> {
        let assignment: Vec<Scalar> = task
            .assignment
            .iter()
            .map(scalar)
            .collect::<Result<_, _>>()?;
        let rows = Rows {
            rows: &self.rows,
            num_instance: self.num_instance,
            assignment: black_box(&assignment),
        };
        let (proof, took) = timed(|| create_random_proof(rows, &self.parameters, &mut OsRng));
        let proof = proof?;
        let mut bytes = proof.a.to_compressed().to_vec();
        bytes.extend(proof.b.to_compressed());
        bytes.extend(proof.c.to_compressed());
        Ok((bytes, took))
    }
}

/// The circuit that gives bellperson rows and assignment.
struct Rows<'a> {
    rows: &'a [[Row; 3]],
    num_instance: usize,
    assignment: &'a [Scalar],
}

impl Circuit<Scalar> for Rows<'_> {
    fn synthesize<C: ConstraintSystem<Scalar>>(self, system: &mut C) -> Result<(), SynthesisError> {
        let (instance, witness) = self.assignment.split_at(self.num_instance);
        // The first public input, the constant one, is the library's own.
        for value in &instance[1..] {
            system.alloc_input(String::new, || Ok(*value))?;
        }
        for value in witness {
            system.alloc(String::new, || Ok(*value))?;
        }
        for [a, b, c] in self.rows {
            system.enforce(
                String::new,
                |zero| sum(zero, a),
                |zero| sum(zero, b),
                |zero| sum(zero, c),
            );
        }
        Ok(())
    }
}

fn sum(zero: LinearCombination<Scalar>, row: &Row) -> LinearCombination<Scalar> {
    row.iter().fold(zero, |sum, term| sum + *term)
}

/// The rows of A, B and C in bellperson's types.
fn rows(r1cs: &R1cs) -> Result<Vec<[Row; 3]>, PeerError> {
    let instance = r1cs.num_public_inputs() + 1;
    let convert = |row: &Vec<(Fr, usize)>| -> Result<Row, PeerError> {
        let term = |(coefficient, position): &(Fr, usize)| {
            Ok((
                scalar(coefficient)?,
                Variable::new_unchecked(index(*position, instance)),
            ))
        };
        row.iter().map(term).collect()
    };
    let [a, b, c] = r1cs.matrices();
    a.iter()
        .zip(b)
        .zip(c)
        .map(|((a, b), c)| Ok([convert(a)?, convert(b)?, convert(c)?]))
        .collect()
}

/// Where a variable of the assignment is in bellperson's two lists.
const fn index(position: usize, instance: usize) -> Index {
    if position < instance {
        Index::Input(position)
    } else {
        Index::Aux(position - instance)
    }
}

fn parameters(
    key: &ark_groth16::ProvingKey<Bls12_381>,
    r1cs: &R1cs,
) -> Result<Parameters<Bls12>, PeerError> {
    let vk = VerifyingKey {
        alpha_g1: g1(&key.vk.alpha_g1)?,
        beta_g1: g1(&key.beta_g1)?,
        beta_g2: g2(&key.vk.beta_g2)?,
        gamma_g2: g2(&key.vk.gamma_g2)?,
        delta_g1: g1(&key.delta_g1)?,
        delta_g2: g2(&key.vk.delta_g2)?,
        ic: all(&key.vk.gamma_abc_g1, g1)?,
    };
    let instance = r1cs.num_public_inputs() + 1;
    let [in_a, in_b, _] = r1cs.matrices();
    let used = |rows: &[Vec<(Fr, usize)>]| {
        let mut used = vec![false; instance + r1cs.num_witness()];
        for (_, position) in rows.iter().flatten() {
            used[*position] = true;
        }
        used
    };
    // The rows that the library adds have every public input in A.
    let mut a_used = used(in_a);
    a_used[..instance].fill(true);
    let b_used = used(in_b);
    Ok(Parameters {
        vk,
        h: Arc::new(all(&key.h_query, g1)?),
        l: Arc::new(all(&key.l_query, g1)?),
        a: Arc::new(all(&selected(&key.a_query, &a_used), g1)?),
        b_g1: Arc::new(all(&selected(&key.b_g1_query, &b_used), g1)?),
        b_g2: Arc::new(all(&selected(&key.b_g2_query, &b_used), g2)?),
    })
}

/// The points of the variables that are used.
fn selected<G: AffineRepr>(points: &[G], used: &[bool]) -> Vec<G> {
    let pairs = points.iter().zip(used);
    pairs
        .filter(|(_, used)| **used)
        .map(|(point, _)| *point)
        .collect()
}

fn all<A, B>(points: &[A], convert: fn(&A) -> Result<B, PeerError>) -> Result<Vec<B>, PeerError> {
    points.iter().map(convert).collect()
}

fn conversion(what: &'static str) -> PeerError {
    let library = NAME;
    PeerError::Conversion { what, library }
}

/// The same point: both libraries use the encoding of Zcash. The key is known to be good.
fn g1(point: &G1Affine) -> Result<blstrs::G1Affine, PeerError> {
    let mut bytes = [0; G1_BYTES];
    let written = point.serialize_uncompressed(&mut bytes[..]);
    let point = written
        .ok()
        .and_then(|()| blstrs::G1Affine::from_uncompressed_unchecked(&bytes).into_option());
    point.ok_or_else(|| conversion("a point of G1"))
}

/// The same point: see [`g1`].
fn g2(point: &G2Affine) -> Result<blstrs::G2Affine, PeerError> {
    let mut bytes = [0; G2_BYTES];
    let written = point.serialize_uncompressed(&mut bytes[..]);
    let point = written
        .ok()
        .and_then(|()| blstrs::G2Affine::from_uncompressed_unchecked(&bytes).into_option());
    point.ok_or_else(|| conversion("a point of G2"))
}

/// The same number.
fn scalar(number: &Fr) -> Result<Scalar, PeerError> {
    let bytes: Result<[u8; 32], _> = number.into_bigint().to_bytes_le().try_into();
    let scalar = bytes
        .ok()
        .and_then(|bytes| Scalar::from_bytes_le(&bytes).into_option());
    scalar.ok_or_else(|| conversion("a number"))
}
