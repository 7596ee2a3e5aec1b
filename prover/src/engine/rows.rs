//! The rows of the three matrices times the assignment.

use ark_bls12_381::Fr;
use ark_ff::{Field, Zero};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use crate::r1cs::R1cs;

/// Rows that one task multiplies.
const TASK: usize = 256;

/// A·z, B·z and C·z. They depend on the witness, so they are overwritten after use.
pub(crate) struct Rows {
    pub(super) a: Zeroizing<Vec<Fr>>,
    pub(super) b: Zeroizing<Vec<Fr>>,
    pub(super) c: Zeroizing<Vec<Fr>>,
}

impl Rows {
    /// Multiplies; `assignment` must have one value for every variable, the constant one first. The vectors have room for
    /// the whole evaluation domain.
    ///
    /// # Errors
    /// The first constraint that the assignment violates.
    pub(crate) fn satisfied(r1cs: &R1cs, assignment: &[Fr]) -> Result<Self, usize> {
        let rows = Self::new(r1cs, assignment);
        let violated = rows.a[..r1cs.num_constraints]
            .par_iter()
            .with_min_len(TASK)
            .zip(&rows.b[..r1cs.num_constraints])
            .zip(&rows.c[..r1cs.num_constraints])
            .position_first(|((a, b), c)| *a * b != *c);
        match violated {
            None => Ok(rows),
            Some(constraint) => Err(constraint),
        }
    }

    fn new(r1cs: &R1cs, assignment: &[Fr]) -> Self {
        let size = r1cs.domain_size();
        let [a, b, c] = [0, 1, 2].map(|matrix| {
            let mut products = Zeroizing::new(vec![Fr::zero(); size]);
            products[..r1cs.num_constraints]
                .par_iter_mut()
                .with_min_len(TASK)
                .zip(&r1cs.matrices[matrix])
                .for_each(|(product, row)| *product = dot(row, assignment));
            products
        });
        Self { a, b, c }
    }
}

/// A row times the assignment. Most coefficients are 1.
pub(crate) fn dot(row: &[(Fr, usize)], assignment: &[Fr]) -> Fr {
    let mut sum = Fr::zero();
    for (coefficient, position) in row {
        let mut value = assignment[*position];
        if *coefficient == Fr::ONE {
            sum += value;
        } else {
            value *= coefficient;
            sum += value;
        }
        value.zeroize();
    }
    sum
}
