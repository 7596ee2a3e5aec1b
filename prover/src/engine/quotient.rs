//! The coefficients of the quotient H = (A·B - C)/Z.
//!
//! A, B and C interpolate the rows' products over a domain of roots of unity on which Z vanishes, so the division takes
//! place on a coset. Only A and B are carried there: the part of C in the result is C itself over Z's constant value on
//! the coset, for C has fewer coefficients than the domain has points. That is six transforms, not seven.

use ark_bls12_381::Fr;
use ark_ff::{FftField, Field};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::rows::Rows;
use crate::r1cs::R1cs;

/// Elements that one task works on.
const TASK: usize = 1_024;

/// The evaluation domain of a constraint system.
pub(crate) struct Quotients {
    domain: Radix2EvaluationDomain<Fr>,
    coset: Radix2EvaluationDomain<Fr>,
    /// 1/Z on the coset.
    over_vanishing: Fr,
    /// The same domain on the vector unit, if there is one.
    #[cfg(target_arch = "x86_64")]
    vector: Option<crate::arithmetic::transforms::Domain>,
}

impl Quotients {
    /// The domain of this size, a power of two; `None` if the field has no such roots of unity.
    pub(crate) fn new(size: usize) -> Option<Self> {
        let domain = Radix2EvaluationDomain::<Fr>::new(size)?;
        let vanishing = domain.evaluate_vanishing_polynomial(Fr::GENERATOR);
        Some(Self {
            coset: domain.get_coset(Fr::GENERATOR)?,
            domain,
            over_vanishing: vanishing.inverse()?,
            #[cfg(target_arch = "x86_64")]
            vector: crate::arithmetic::transforms::Domain::new(size),
        })
    }

    /// Bytes of its tables.
    pub(crate) fn bytes(&self) -> usize {
        #[cfg(target_arch = "x86_64")]
        if let Some(domain) = &self.vector {
            return domain.bytes();
        }
        0
    }

    /// One coefficient for every point of the domain; the highest is zero.
    ///
    /// As the key generator's reduction has it (libsnark's), the public inputs follow the constraints' rows of A, so that
    /// they can't be traded for one another.
    pub(super) fn coefficients(
        &self,
        r1cs: &R1cs,
        assignment: &[Fr],
        mut rows: Rows,
    ) -> Zeroizing<Vec<Fr>> {
        let inputs = r1cs.num_constraints..r1cs.num_constraints + r1cs.num_instance;
        rows.a[inputs].copy_from_slice(&assignment[..r1cs.num_instance]);
        #[cfg(target_arch = "x86_64")]
        if let Some(domain) = &self.vector {
            return domain.quotient(&rows.a, &rows.b, &rows.c);
        }
        self.portably(rows)
    }

    /// By the library's transforms.
    pub(super) fn portably(&self, rows: Rows) -> Zeroizing<Vec<Fr>> {
        let Rows {
            mut a,
            mut b,
            mut c,
        } = rows;
        let onto_coset = |values: &mut Vec<Fr>| {
            self.domain.ifft_in_place(values);
            self.coset.fft_in_place(values);
        };
        rayon::join(
            || onto_coset(&mut a),
            || {
                rayon::join(|| onto_coset(&mut b), || self.domain.ifft_in_place(&mut *c));
            },
        );
        a.par_iter_mut()
            .with_min_len(TASK)
            .zip(b.par_iter())
            .for_each(|(a, b)| *a *= *b);
        self.coset.ifft_in_place(&mut *a);
        let over = self.over_vanishing;
        a.par_iter_mut()
            .with_min_len(TASK)
            .zip(c.par_iter())
            .for_each(|(product, c)| *product = (*product - c) * over);
        a
    }
}
