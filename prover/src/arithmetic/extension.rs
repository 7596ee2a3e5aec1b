//! The quadratic extension Fq[u]/(u² + 1) over any lanes of the base field: coordinates of G2.

use ark_bls12_381::{Fq, Fq2};
use ark_ff::Field;

use super::lanes::{Lanes, MOST, Stored};

/// An element in memory: the part without u, the part with it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Pair<S>(S, S);

impl<S: Stored<Ark = Fq>> Stored for Pair<S> {
    type Ark = Fq2;
    const FORM: u32 = S::FORM;

    fn from_ark(value: &Fq2) -> Self {
        Self(S::from_ark(&value.c0), S::from_ark(&value.c1))
    }

    fn to_ark(&self) -> Fq2 {
        Fq2::new(self.0.to_ark(), self.1.to_ark())
    }

    fn to_raw(&self) -> Fq2 {
        Fq2::new(self.0.to_raw(), self.1.to_raw())
    }

    fn from_raw(raw: &Fq2) -> Self {
        Self(S::from_raw(&raw.c0), S::from_raw(&raw.c1))
    }
}

/// Lanes of a + b·u.
#[derive(Clone, Copy)]
pub(crate) struct Quadratic<L> {
    a: L,
    b: L,
}

impl<L: Lanes> Lanes for Quadratic<L>
where
    L::Stored: Stored<Ark = Fq>,
{
    const COUNT: usize = L::COUNT;
    type Stored = Pair<L::Stored>;

    #[inline(always)]
    fn one() -> Self {
        let one = L::one();
        let zero = L::Stored::from_ark(&Fq::from(0u64));
        Self {
            a: one,
            b: L::gather(|_| &zero),
        }
    }

    #[inline(always)]
    fn prefetch<T>(value: &T) {
        L::prefetch(value);
    }

    #[inline(always)]
    fn gather<'a>(from: impl Fn(usize) -> &'a Self::Stored) -> Self {
        Self {
            a: L::gather(
                #[inline(always)]
                |lane| &from(lane).0,
            ),
            b: L::gather(
                #[inline(always)]
                |lane| &from(lane).1,
            ),
        }
    }

    #[inline(always)]
    fn scatter(&self, mut put: impl FnMut(usize, &Self::Stored)) {
        let mut first = [None; MOST];
        self.a.scatter(
            #[inline(always)]
            |lane, value| first[lane] = Some(*value),
        );
        self.b.scatter(
            #[inline(always)]
            |lane, value| {
                if let Some(first) = first[lane] {
                    put(lane, &Pair(first, *value));
                }
            },
        );
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self {
            a: self.a.add(&other.a),
            b: self.b.add(&other.b),
        }
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self {
            a: self.a.sub(&other.a),
            b: self.b.sub(&other.b),
        }
    }

    #[inline(always)]
    fn sub_two(&self, b: &Self, c: &Self) -> Self {
        Self {
            a: self.a.sub_two(&b.a, &c.a),
            b: self.b.sub_two(&b.b, &c.b),
        }
    }

    #[inline(always)]
    fn sub_two_reduced(&self, b: &Self, c: &Self) -> Self {
        Self {
            a: self.a.sub_two_reduced(&b.a, &c.a),
            b: self.b.sub_two_reduced(&b.b, &c.b),
        }
    }

    #[inline(always)]
    fn sub_reduced(&self, b: &Self) -> Self {
        Self {
            a: self.a.sub_reduced(&b.a),
            b: self.b.sub_reduced(&b.b),
        }
    }

    /// Karatsuba's three products. What is subtracted is a product of the base field, below 2p; the sum of the parts
    /// stays below 2^17 p, and 2^17 p times itself over 2^416 is still below p.
    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        let low = self.a.mul(&other.a);
        let high = self.b.mul(&other.b);
        let cross = self.a.add(&self.b).mul(&other.a.add(&other.b));
        Self {
            a: low.sub_reduced(&high),
            b: cross.sub_two_reduced(&low, &high),
        }
    }

    /// (a + b)(a - b) and 2ab.
    #[inline(always)]
    fn square(&self) -> Self {
        let product = self.a.mul(&self.b);
        Self {
            a: self.a.add(&self.b).mul(&self.a.sub(&self.b)),
            b: product.add(&product),
        }
    }

    #[inline(always)]
    fn neg_where(&self, mask: u8) -> Self {
        Self {
            a: self.a.neg_where(mask),
            b: self.b.neg_where(mask),
        }
    }

    fn invert(&self) -> Option<Self> {
        let mut lanes = [Fq2::ONE; MOST];
        self.scatter(|lane, value| lanes[lane] = value.to_ark());
        let lanes = &mut lanes[..Self::COUNT];
        // The library's batch inversion skips zeros, so they are looked for first.
        if lanes.iter().any(|value| *value == Fq2::from(0u64)) {
            return None;
        }
        ark_ff::batch_inversion(lanes);
        let stored: [Self::Stored; MOST] =
            std::array::from_fn(|lane| Pair::from_ark(&lanes[lane.min(Self::COUNT - 1)]));
        Some(Self::gather(|lane| &stored[lane]))
    }
}
