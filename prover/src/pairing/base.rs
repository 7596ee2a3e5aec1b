//! `ark-bls12-381`'s base field as the base of the tower.

use ark_bls12_381::{Fq, Fq2, Fq6, Fq12};
use ark_ff::{AdditiveGroup, Field};

use super::tower::{Base, Fp2, Fp6, Fp12};

impl Base for Fq {
    #[inline(always)]
    fn double(self) -> Self {
        AdditiveGroup::double(&self)
    }

    // Not inlined: a Miller loop has so many products that its code would not fit the instruction cache.
    #[inline(never)]
    fn complex_product(a: [Self; 2], b: [Self; 2]) -> [Self; 2] {
        let negated = -a[1];
        [
            Self::sum_of_products(&[a[0], negated], &b),
            Self::sum_of_products(&a, &[b[1], b[0]]),
        ]
    }
}

impl From<Fq2> for Fp2<Fq> {
    fn from(x: Fq2) -> Self {
        Self::new(x.c0, x.c1)
    }
}

impl From<Fp2<Fq>> for Fq2 {
    fn from(x: Fp2<Fq>) -> Self {
        Self::new(x.c0, x.c1)
    }
}

impl From<Fp6<Fq>> for Fq6 {
    fn from(x: Fp6<Fq>) -> Self {
        Self::new(x.c0.into(), x.c1.into(), x.c2.into())
    }
}

impl From<Fp12<Fq>> for Fq12 {
    fn from(x: Fp12<Fq>) -> Self {
        Self::new(x.c0.into(), x.c1.into())
    }
}

impl From<Fq12> for Fp12<Fq> {
    fn from(x: Fq12) -> Self {
        Self {
            c0: Fp6::new(x.c0.c0.into(), x.c0.c1.into(), x.c0.c2.into()),
            c1: Fp6::new(x.c1.c0.into(), x.c1.c1.into(), x.c1.c2.into()),
        }
    }
}
