//! Parts of a batch: what is kept of them, and their equation.

use ark_bls12_381::{Fq12, Fr, G1Affine, G1Projective, G2Affine};
use ark_ff::{AdditiveGroup, Field, Zero};

use crate::group::{OddMultiples, Power, combine};
use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
use crate::pairing::{final_exponentiation, miller_loop};
use crate::proof::Proof;

/// A proof with its public inputs and its power.
#[derive(Clone, Copy)]
pub(super) struct Weighted<'a> {
    pub inputs: &'a [Fr],
    pub proof: &'a Proof,
    pub power: Power,
}

/// The sums over a set of proofs that their equation is made of.
#[derive(Clone)]
pub(super) struct Part {
    /// prod e(z·A, B), before the final exponentiation.
    pairs: Fq12,
    /// sum z·C.
    c_sum: G1Projective,
    /// sum z and, for every public input, the sum of z times its value.
    scalars: Vec<Fr>,
}

impl Part {
    /// The sums over no proof.
    pub(super) fn empty<K: KeyKind>(key: &VerifyingKey<K>) -> Self {
        Self {
            pairs: Fq12::ONE,
            c_sum: G1Projective::zero(),
            scalars: vec![Fr::zero(); key.num_public_inputs() + 1],
        }
    }

    /// The sums over two disjoint sets of proofs.
    pub(super) fn join(mut self, other: &Self) -> Self {
        self.pairs *= other.pairs;
        self.c_sum += other.c_sum;
        for (sum, other) in self.scalars.iter_mut().zip(&other.scalars) {
            *sum += other;
        }
        self
    }

    /// The sums over these proofs.
    pub(super) fn of<K: KeyKind>(key: &VerifyingKey<K>, proofs: &[Weighted<'_>]) -> Self {
        let a = proofs.iter().map(|one| one.proof.a);
        let points: Vec<G1Affine> = a.chain(proofs.iter().map(|one| one.proof.c)).collect();
        let multiples = OddMultiples::of_all(&points);
        let (of_a, of_c) = multiples.split_at(proofs.len());
        let pairs: Vec<(G1Projective, G2Affine)> = proofs
            .iter()
            .zip(of_a)
            .map(|(one, multiples)| (combine(&[(multiples, one.power)]), one.proof.b))
            .collect();
        let c_terms: Vec<(&OddMultiples, Power)> = of_c
            .iter()
            .zip(proofs)
            .map(|(multiples, one)| (multiples, one.power))
            .collect();
        let mut part = Self::empty(key);
        part.pairs = miller_loop(&pairs, &[]);
        part.c_sum = combine(&c_terms);
        for one in proofs {
            let power = one.power.value();
            part.scalars[0] += power;
            for (sum, input) in part.scalars[1..].iter_mut().zip(one.inputs) {
                *sum += power * input;
            }
        }
        part
    }

    /// The left side of the combined equation: one if all proofs of the part hold, an element of order r
    /// if one does not, except with probability 2^-128. The value of the union of two disjoint parts is
    /// the product of theirs.
    pub(super) fn value<K: KeyKind>(&self, key: &VerifyingKey<K>) -> Fq12 {
        let fixed = [
            (key.alpha() * -self.scalars[0], key.beta()),
            (key.input_table().combine(&self.scalars), key.neg_gamma()),
            (self.c_sum, key.neg_delta()),
        ];
        // Zero, for which there is no final exponentiation, is no product of Miller loops. Were it one, it
        // would not be the value of good proofs.
        final_exponentiation(self.pairs * miller_loop(&[], &fixed)).unwrap_or(Fq12::ZERO)
    }
}
