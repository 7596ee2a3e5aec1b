//! Finding the bad proofs of a batch by halving.

use ark_bls12_381::{Fq12, Fr};
use ark_ff::{AdditiveGroup, CyclotomicMultSubgroup, Field};
use rayon::prelude::*;

use super::part::{Part, Weighted};
use crate::group::Power;
use crate::keys::VerifyingKey;
use crate::kind::KeyKind;
use crate::proof::Proof;

/// Most proofs in a chunk, a power of two: enough to share the squarings of a Miller loop and the doublings of the sum of
/// the C, few enough to spread over the cores and to look for a bad one inside.
const CHUNK: usize = 16;

/// The positions of all bad proofs, ascending, and the number of equations that it took. The batch is
/// not empty, and there is one power for each proof.
pub(super) fn find_bad<K: KeyKind>(
    key: &VerifyingKey<K>,
    batch: &[(&[Fr], &Proof)],
    powers: &[Power],
) -> (Vec<usize>, usize) {
    let weighted: Vec<Weighted<'_>> = batch
        .iter()
        .zip(powers)
        .map(|((inputs, proof), power)| Weighted {
            inputs,
            proof,
            power: *power,
        })
        .collect();
    // A power of two, so that halving the chunks and then one chunk takes no more steps than halving all.
    let share = weighted.len().div_ceil(rayon::current_num_threads());
    let size = 1 << share.clamp(1, CHUNK).ilog2();
    let chunks: Vec<Part> = weighted
        .par_chunks(size)
        .map(|chunk| Part::of(key, chunk))
        .collect();
    let search = Search {
        key,
        weighted: &weighted,
        chunks: &chunks,
        size,
    };
    let value = search.chunk_sum(0, chunks.len()).value(key);
    let (bad, equations) = search.chunks(0, chunks.len(), value);
    (bad, equations + 1)
}

struct Search<'a, K: KeyKind> {
    key: &'a VerifyingKey<K>,
    weighted: &'a [Weighted<'a>],
    /// The sums over every `size` proofs.
    chunks: &'a [Part],
    size: usize,
}

impl<K: KeyKind> Search<'_, K> {
    /// The sums over chunks `start` to `end`.
    fn chunk_sum(&self, start: usize, end: usize) -> Part {
        let chunks = self.chunks[start..end].iter();
        chunks.fold(Part::empty(self.key), Part::join)
    }

    /// The bad proofs of chunks `start` to `end`, at least one, whose equation has this value; and the
    /// number of further equations that it took. Recursion is as deep as the logarithm of their number.
    fn chunks(&self, start: usize, end: usize, value: Fq12) -> (Vec<usize>, usize) {
        if value == Fq12::ONE {
            return (Vec::new(), 0);
        }
        if end - start == 1 {
            let first = start * self.size;
            let last = self.weighted.len().min(first + self.size);
            return self.proofs(first, last, value);
        }
        let middle = start + (end - start) / 2;
        let left = self.chunk_sum(start, middle).value(self.key);
        joined(
            || self.chunks(start, middle, left),
            || self.chunks(middle, end, quotient(value, left)),
        )
    }

    /// The same for the proofs `start` to `end` of one chunk.
    fn proofs(&self, start: usize, end: usize, value: Fq12) -> (Vec<usize>, usize) {
        if value == Fq12::ONE {
            return (Vec::new(), 0);
        }
        if end - start == 1 {
            return (vec![start], 0);
        }
        let middle = start + (end - start) / 2;
        let left = Part::of(self.key, &self.weighted[start..middle]).value(self.key);
        joined(
            || self.proofs(start, middle, left),
            || self.proofs(middle, end, quotient(value, left)),
        )
    }
}

/// Both halves' bad proofs, and their equations with the one that told them apart.
fn joined(
    left: impl FnOnce() -> (Vec<usize>, usize) + Send,
    right: impl FnOnce() -> (Vec<usize>, usize) + Send,
) -> (Vec<usize>, usize) {
    let ((mut bad, left_equations), (right_bad, right_equations)) = rayon::join(left, right);
    bad.extend(right_bad);
    (bad, left_equations + right_equations + 1)
}

/// The value of the rest of a part, from those of the part and of the rest's complement in it.
fn quotient(whole: Fq12, complement: Fq12) -> Fq12 {
    // Values are in the cyclotomic subgroup, where the conjugate is the inverse.
    complement
        .cyclotomic_inverse()
        .map_or(Fq12::ZERO, |inverse| whole * inverse)
}
