//! One lane of the base field on the library's own arithmetic: what runs where the processor has no vector unit that
//! helps.

use ark_bls12_381::{Fq, Fq2};
use ark_ff::Field;

use super::lanes::{Lanes, Stored};

impl Stored for Fq {
    type Ark = Self;
    const FORM: u32 = 1;

    fn from_ark(value: &Self) -> Self {
        *value
    }

    fn to_ark(&self) -> Self {
        *self
    }

    fn to_raw(&self) -> Self {
        *self
    }

    fn from_raw(raw: &Self) -> Self {
        *raw
    }
}

impl Stored for Fq2 {
    type Ark = Self;
    const FORM: u32 = 1;

    fn from_ark(value: &Self) -> Self {
        *value
    }

    fn to_ark(&self) -> Self {
        *self
    }

    fn to_raw(&self) -> Self {
        *self
    }

    fn from_raw(raw: &Self) -> Self {
        *raw
    }
}

/// One element, always fully reduced.
#[derive(Clone, Copy)]
pub(crate) struct Single<F>(F);

impl<F: Stored<Ark = F> + Field> Lanes for Single<F> {
    const COUNT: usize = 1;
    type Stored = F;

    fn one() -> Self {
        Self(F::ONE)
    }

    fn gather<'a>(from: impl Fn(usize) -> &'a F) -> Self {
        Self(*from(0))
    }

    fn scatter(&self, mut put: impl FnMut(usize, &F)) {
        put(0, &self.0);
    }

    fn add(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    fn sub(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    fn sub_two(&self, b: &Self, c: &Self) -> Self {
        Self(self.0 - b.0 - c.0)
    }

    fn sub_two_reduced(&self, b: &Self, c: &Self) -> Self {
        self.sub_two(b, c)
    }

    fn sub_reduced(&self, b: &Self) -> Self {
        self.sub(b)
    }

    fn mul(&self, other: &Self) -> Self {
        Self(self.0 * other.0)
    }

    fn square(&self) -> Self {
        Self(self.0.square())
    }

    fn neg_where(&self, mask: u8) -> Self {
        if mask & 1 == 1 { Self(-self.0) } else { *self }
    }

    fn invert(&self) -> Option<Self> {
        self.0.inverse().map(Self)
    }
}
